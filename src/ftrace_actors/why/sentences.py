"""Clauses put together to sentences: what one actor does in a row is one sentence, and loops are folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

__all__ = ["Clause", "Sentence", "numbered", "sentences"]

_CLAUSES_MAX: Final = 4
"""Of one sentence."""
_PERIOD_MAX: Final = 8
"""Clauses in one turn of a loop."""
_RUN_MIN: Final = 3
_TURNS_MIN: Final = 3
"""Fewer turns are not a loop."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A statement about a run, and the numbers of the events that it is about."""

    text: str
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """What somebody does.

    Attributes:
        subject: a task, a CPU or a grace period.
        text: the rest, from its verb on, without event numbers.
        events: what it is about; two numbers are a range when `ranged`.
        remark: a sentence of its own that follows.
        run: what several of a kind in a row are called, with {} for how many; "" for what is always said one by one.
    """

    subject: str
    text: str
    events: tuple[int, ...]
    cpu: int = -1
    ranged: bool = False
    remark: str = ""
    run: str = ""

    def __str__(self) -> str:
        return f"{self.text} {numbered(self.events, ranged=self.ranged)}".rstrip()


def numbered(events: Sequence[int], *, ranged: bool = False) -> str:
    """Event numbers as the text gives them; "" without any."""
    if not events:
        return ""
    if ranged and len(events) > 1:
        return f"[{events[0]}-{events[-1]}]"
    return f"[{', '.join(map(str, events))}]"


def sentences(clauses: Sequence[Clause]) -> list[Sentence]:
    """The clauses as sentences; where somebody is, is said when it changes."""
    found: list[Sentence] = []
    where: dict[str, int] = {}
    for group in _grouped(_folded(_in_runs(clauses))):
        subject, cpu = group[0].subject, group[0].cpu
        named = subject
        if cpu >= 0 and where.get(subject) != cpu:
            where[subject] = cpu
            named = f"{subject} on cpu{cpu}"
        text = _joined([str(clause) for clause in group])
        events = tuple(seq for clause in group for seq in clause.events)
        remark = f" {group[-1].remark}" if group[-1].remark else ""
        found.append(Sentence(f"{named} {text}.{remark}", events))
    return found


def _in_runs(clauses: Sequence[Clause]) -> list[Clause]:
    """Several of a kind in a row as one: a text that is fetched or written word by word."""
    found: list[Clause] = []
    for _, alike in groupby(clauses, key=lambda clause: (clause.subject, clause.run.partition(",")[0])):
        run = list(alike)
        last = run[-1]
        same = len(run) > 1 and len({clause.text for clause in run}) == 1
        if not last.run or (len(run) < _RUN_MIN and not same):
            found += run
            continue
        events = (run[0].events[0], last.events[-1])
        found.append(replace(last, text=last.run.format(len(run)), events=events, ranged=True))
    return found


def _joined(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _grouped(clauses: Sequence[Clause]) -> Iterator[list[Clause]]:
    group: list[Clause] = []
    for clause in clauses:
        alike = group and group[-1].subject == clause.subject and not group[-1].remark
        moved = group and clause.cpu >= 0 and group[-1].cpu >= 0 and clause.cpu != group[-1].cpu
        if group and (not alike or moved or len(group) == _CLAUSES_MAX):
            yield group
            group = []
        group.append(clause)
    if group:
        yield group


def _folded(clauses: Sequence[Clause]) -> list[Clause]:
    """Turns of a loop after the first, as one clause that counts them."""
    found: list[Clause] = []
    at = 0
    while at < len(clauses):
        period, turns = _loop(clauses, at)
        if turns < _TURNS_MIN:
            found.append(clauses[at])
            at += 1
            continue
        found += clauses[at : at + period]
        end = at + period * turns
        events = (clauses[at + period].events[0], clauses[end - 1].events[-1])
        more = f"does the same {turns - 1} more times"
        found.append(Clause(clauses[at].subject, more, events, clauses[end - 1].cpu, ranged=True))
        at = end
    return found


def _loop(clauses: Sequence[Clause], at: int) -> tuple[int, int]:
    """The shortest loop that begins with a clause, and how many turns it takes; one turn where there is none."""
    said = [(clause.subject, clause.text) for clause in clauses[at : at + 2 * _PERIOD_MAX]]
    for period in range(1, _PERIOD_MAX + 1):
        turn = said[:period]
        if said[period : 2 * period] != turn or any(clause.remark for clause in clauses[at : at + period]):
            continue
        turns = 1
        while [
            (clause.subject, clause.text)
            for clause in clauses[at + turns * period : at + (turns + 1) * period]
        ] == turn:
            turns += 1
        return period, turns
    return 1, 1
