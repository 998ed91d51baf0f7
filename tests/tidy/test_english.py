"""Plain English, as far as a list of patterns can see it: see `tests.tidy.english`."""

import ast

import pytest

from tests.tidy import english
from tests.tidy.english import allowed, found, in_text

SLACK = 25
"""How far the list may lag behind the files, so that work side by side need not write it each time."""


def test_there_is_no_more_of_it_than_there_was() -> None:
    limits = allowed()
    worse = {name: hits for name, hits in found().items() if len(hits) > limits.get(name, 0)}
    assert worse == {}, "rewrite these; for a file that was only moved: python -m tests.tidy.english"


def test_the_list_is_as_short_as_it_can_be() -> None:
    left = sum(map(len, found().values()))
    assert sum(allowed().values()) <= left + SLACK, "write the list anew: python -m tests.tidy.english"


@pytest.mark.parametrize(
    "text",
    [
        "A value is no table.",
        "for the how-manieth time",
        "Who tears down waits.",
        "It ends. Whoever comes\nlater finds nothing",
        "One in so many runs",
        "A mistake is told by its column",
        "not the other way round",
        "a bug that is not mended yet",
        "nothing is looked for behind 3,000 runs",
        "instructions beside the nanoseconds",
        "the write stands\nafter its read",
        "the actor goes on",
    ],
)
def test_what_is_found(text: str) -> None:
    assert len(in_text(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "There is no table; there are no actors.",
        "It is no longer there, and no different.",
        "Who tears down?",
        "the task who waits for it",
        "`is no table` is what it used to say",
        "ACK stands for acknowledged",
        "it is mandatory, and must not be withheld",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    assert in_text(text) == []


def test_a_file_may_not_get_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    worse = {**found(), "README.md": ["told"] * 100}
    monkeypatch.setattr(f"{__name__}.found", lambda: worse)
    with pytest.raises(AssertionError, match=r"README\.md"):
        test_there_is_no_more_of_it_than_there_was()


def test_the_list_is_not_written_longer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = english.FILE.read_text(encoding="utf-8")
    monkeypatch.setattr(english, "found", lambda: {"README.md": ["told"] * 10_000})
    assert english.main() == 1
    assert "rewrite the new ones" in capsys.readouterr().err
    assert english.FILE.read_text(encoding="utf-8") == before


def test_comments_strings_and_paragraphs_are_read_and_code_is_not() -> None:
    source = 'x = f"{y} is no table"  # told\n# Who\n# waits.\n"""Doc goes on."""\nbehind = told\n'
    parts = list(english._in_python(source, ast.parse(source)))
    assert sorted(hit for part in parts for hit in in_text(part)) == [
        "Who waits.",
        "goes on",
        "is no ",
        "told",
    ]
    page = "One is\nno two.\n\n```text\nwe go on\n```\n"
    assert [hit for part in english._in_markdown(page) for hit in in_text(part)] == ["is no "]
