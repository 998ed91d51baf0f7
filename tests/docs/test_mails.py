"""Mails in the documentation are what one could send: plain text of at most 72 columns."""

import pytest

from tests.docs.snippets import PAGES, blocks

COLUMNS = 72
MAILS = [
    (page.name, block.text)
    for page in PAGES
    for block in blocks(page.read_text(encoding="utf-8"), "text")
    if block.text.startswith("Subject: ")
]


def test_there_is_a_mail() -> None:
    assert MAILS


@pytest.mark.parametrize(("page", "mail"), MAILS, ids=[page for page, _ in MAILS])
def test_a_mail_is_plain_and_narrow(page: str, mail: str) -> None:
    lines = mail.splitlines()
    assert [line for line in lines if len(line) > COLUMNS] == []
    assert mail.isascii()
    assert "\t" not in mail
    assert lines[1] == "", "a blank line ends the head"
