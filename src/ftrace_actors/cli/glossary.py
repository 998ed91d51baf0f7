"""Words with an explanation: from docs/glossary.md, and from the tables that the laboratory itself is made of.

An explanation is written down once. What a key, an invariant, an ordering or a design means is said where it is
defined; every other word has its entry in the glossary, which is a page for people and is read here as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..checks import CHECKS
from ..kernel.designs import DESIGNS
from ..kernel.orderings import GRACE_PERIODS, INSTRUCTIONS, KICKS, MESSAGES
from ..scenario.keys import Key, keys
from ..shipped import page
from ..words import SEVERITIES

__all__ = ["Entry", "entries", "in_glossary"]

_HEADING: Final = re.compile(r"^## (.+)$", re.MULTILINE)
_ENTRY: Final = re.compile(r"^- (?=\*\*)((?:.*\n(?!- |\n|#))*.*)$", re.MULTILINE)
_HEAD: Final = re.compile(r"(?:\*\*[^*]+\*\*|\(?`[^`]+`\)?|\([^)]*\)|, | / | )+(?=: )")
_WORD: Final = re.compile(r"\*\*([^*]+)\*\*|`([^`]+)`")

KINDS: Final = {
    "Tracing": "term",
    "Windows of a call in flight": "window",
    "Grace periods": "grace period",
    "Kernel functions and options": "kernel",
    "Actors": "actor",
    "Arm": "term",
    "The laboratory": "term",
    "Verdicts": "verdict",
    "Invariants": "invariant",
    "Severities": "severity",
    "Strategies": "strategy",
    "Actions of tasks": "action",
    "Things that `sometimes` names": "sometimes",
}
"""Section of the glossary -> what its words are."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A word, or several that mean one thing.

    Attributes:
        words: as they are looked up; the first is the name.
        kind: what it is a name of.
        text: what it means, a paragraph.
        page: the page in docs/ with more.
        values: of a key: what it may hold, where that is a closed set.
    """

    words: tuple[str, ...]
    kind: str
    text: str
    page: str
    values: tuple[str, ...] = ()


def entries() -> list[Entry]:
    """Every word with an explanation, by kind.  Raises InputError where the glossary did not come with the package."""
    of_glossary = [entry for entry in in_glossary() if entry.kind not in {"invariant", "severity"}]
    return [
        *(Entry((name,), "invariant", f"{about}.", "glossary.md") for name, about in CHECKS.items()),
        *of_glossary,
        *(Entry((name.value,), "severity", f"{about}.", "glossary.md") for name, about in SEVERITIES.items()),
        *_orderings(),
        *(Entry((name,), "design", f"{found.summary}.", "designs.md") for name, found in DESIGNS.items()),
        *(_of_key(key) for key in keys().values()),
    ]


def in_glossary() -> Iterator[Entry]:
    """The entries of docs/glossary.md."""
    text = page("glossary.md")
    headings = [*_HEADING.finditer(text)]
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    for heading, end in zip(headings, ends, strict=True):
        kind = KINDS[heading[1]]
        for found in _ENTRY.finditer(text, heading.end(), end):
            head = _HEAD.match(found[1])
            assert head is not None, f"docs/glossary.md: an entry without its words: {found[1][:40]}"
            yield Entry(_words(head[0]), kind, _plain(found[1][head.end() + 2 :]), "glossary.md")


def _words(head: str) -> tuple[str, ...]:
    found = (bold or code for bold, code in _WORD.findall(head))
    return tuple(word.strip("`") for group in found for word in re.split(r", | / ", group))


def _plain(text: str) -> str:
    """Markdown as a terminal shows it: one paragraph, without what marks emphasis and links."""
    text = re.sub(r"\[([^\]]+)\]\(([\w.-]+\.md)[^)]*\)", r"\1 (docs/\2)", " ".join(text.split()))
    return re.sub(r"\*\*?([^*]+)\*\*?", r"\1", text).replace("`", "")


def _orderings() -> Iterator[Entry]:
    for about, names in (
        ("Left out by drop", INSTRUCTIONS),
        ("What a message carries; left out by drop", MESSAGES),
        ("What a flavour of RCU counts; left out by drop", GRACE_PERIODS),
        ("An interrupt to every other CPU; left out by drop", KICKS),
    ):
        for name, text in names.items():
            yield Entry((name,), "ordering", f"{text}. {about}.", "orderings.md")


def _of_key(key: Key) -> Entry:
    words = [key.about]
    if key.choices and len(key.choices) > 1:
        words.append(f"May hold {', '.join(map(str, key.choices))}.")
    elif not key.choices:
        words.append(f"Holds a {key.kind}." if key.kind != "true or false" else "Holds true or false.")
    if key.required:
        words.append("Required.")
    elif key.default not in {None, ()}:
        shown = str(key.default).lower() if isinstance(key.default, bool) else str(key.default)
        words.append(f"Left out it is {shown or 'empty'}.")
    if not key.repeated:
        words.append(f"From the command line: --set {key.path}=VALUE.")
    return Entry((key.path,), "key", " ".join(words), "scenarios.md", tuple(map(str, key.choices)))
