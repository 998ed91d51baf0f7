"""Links between pages: to files and to headings of theirs, as GitHub and the site name them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"(?<!!)\[(?:[^\]\\]|\\.)*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*?) *#*$", re.MULTILINE)


class Link(NamedTuple):
    """Where a link leads: a file, from the page's directory ("" for the page itself), and a heading of it, or ""."""

    path: str
    anchor: str


def links(text: str) -> Iterator[Link]:
    """The links of a page that do not leave the repository; not those in code."""
    for match in _LINK.finditer(_CODE.sub("`", _FENCE.sub("", text))):
        if not re.match(r"[a-z]+:", match[1]):
            path, _, anchor = match[1].partition("#")
            yield Link(path, anchor)


def slug(heading: str) -> str:
    """What GitHub makes of a heading: lower case, without punctuation, blanks as hyphens."""
    shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
    return re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """All headings of a page by which one can link to them."""
    found: set[str] = set()
    for match in _HEADING.finditer(_FENCE.sub("", text)):
        name, number = slug(match[1]), 1
        while name in found:
            name, number = f"{slug(match[1])}-{number}", number + 1
        found.add(name)
    return found


def broken(page: Path) -> list[str]:
    """Links of a page that lead nowhere."""
    text = page.read_text(encoding="utf-8")
    wrong = []
    for link in links(text):
        target = page.parent / link.path if link.path else page
        leads = target.exists() and (
            not link.anchor or (target.suffix == ".md" and link.anchor in anchors(target.read_text("utf-8")))
        )
        if not leads:
            wrong.append(f"{link.path}#{link.anchor}" if link.anchor else link.path)
    return wrong
