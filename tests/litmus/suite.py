"""The project's own litmus tests, `suite_data/*.litmus`: what each file says of itself.

The comment at the head of a file has the verdict and the question, the reasoning, and all final states.  A weaker test
names the stronger one it is paired with (`Stronger=`) and the rule of docs/arm-model.md that the difference is about
(`Rule=`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ftrace_actors.litmus import LitmusTest, parse

from .golden import States, split

FOLDER = Path(__file__).parent / "suite_data"
HEAD = re.compile(r"\(\* (Allowed|Forbidden): (.*?)\n\n   ([^\n]*):\n(.*?) \*\)", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """One file.  `source` says where the states come from; `rule` and `stronger` are "" for a strong test."""

    name: str
    path: Path
    test: LitmusTest
    verdict: str
    question: str
    reasoning: str
    source: str
    states: States

    @property
    def rule(self) -> str:
        return self.test.meta.get("Rule", "")

    @property
    def stronger(self) -> str:
        return self.test.meta.get("Stronger", "")


@cache
def entries() -> dict[str, Entry]:
    """All of them by name."""
    return {path.stem: read(path) for path in sorted(FOLDER.glob("*.litmus"))}


def read(path: Path) -> Entry:
    """One file.  Raises ValueError when its comment is not as it should be."""
    text = path.read_text(encoding="utf-8")
    match = HEAD.search(text)
    if match is None:
        raise ValueError(f"{path.name}: no comment with verdict, reasoning and states")
    verdict, body, source, lines = match.groups()
    flat = " ".join(body.split())
    question, _, reasoning = flat.partition(". ")
    states = frozenset(split(line) for line in lines.strip().splitlines())
    return Entry(path.stem, path, parse(text, str(path)), verdict, question, reasoning, source, states)
