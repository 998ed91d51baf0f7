"""A run as a timeline in lanes: one column a CPU, event numbers on the left, as `log` takes them, time downwards.

```
  event cpu0 (patcher)                      cpu1 (reader)
     3  ---- register(tracer_a) called -------------------------------------
     4  str bl ftrace_caller -> ... @1 early
     9                                      fetch bl ftrace_caller  (new @1)
        (5 of 40 events; * proves what follows)
  why   reader on cpu1 called vfs_read and tracer_a did not see it: ...
```

Only what a person has to see is shown (`focus`); long gaps are counted where they are, all of them in the last line.
What services do stands across all lanes.  A store that became visible early is shown where it became visible.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from ..checks import Finding
from ..events import Alloc, Early, Event, OpsDefined, RecordDefined, WordDefined
from ..events.ftrace_ops import with_fields
from ..terminal import fold
from .focus import ACROSS, focus
from .folding import Folding, endless, folded_rows
from .phrases import Narrator, Phrase
from .proof import proof_of
from .symbols import Symbols

__all__ = ["render", "render_events", "shown_proof"]

MARGIN: Final = 8
"""Columns of the event's number and what keeps it apart."""
GAP: Final = 2

_NUMBER: Final = re.compile(r"0x[0-9a-f]+|[0-9]+")

ROOM_MIN: Final = 35
"""Columns for what is said in a lane, as far as the line has them: one of three lanes is too narrow for words."""

ELIDED_MIN: Final = 8
"""Shorter gaps are not worth a line of their own; the last line counts them too."""

_WORLD: Final = (Alloc, OpsDefined, RecordDefined, WordDefined)
"""What there is from the beginning: not shown, not counted."""


def render(
    events: Sequence[Event],
    findings: Sequence[Finding],
    symbols: Symbols,
    width: int = 80,
    watched: Collection[int] = (),
) -> str:
    """The timeline of a run and under it why each finding is one; no line is longer than `width` (at least 60).

    `watched`: addresses of words that matter as a literal does, and of instructions that matter as a site does.
    """
    narrator = Narrator(events, symbols, watched)
    proof = shown_proof(events, findings, narrator)
    shown, long = focus(events, proof, narrator), Folding((), frozenset(), {})
    if not proof:
        long = endless(events)
        kept = {event.seq: event for event in (*shown, *long.first) if event.seq not in long.hidden}
        shown = [kept[seq] for seq in sorted(kept)]
    rows = folded_rows(shown, narrator, proof)
    after = {**rows.after, **long.after}
    lanes = _Lanes(shown, max(width, 60))
    lines = lanes.heading()
    seqs = {event.seq for event in shown}
    gap = told = 0
    for event in events:
        if event.seq in long.hidden or event.seq in rows.hidden:
            told += event.seq in rows.hidden
            gap = 0
            continue
        if event.seq not in seqs:
            gap += not isinstance(event, _WORLD)
            continue
        told += not isinstance(event, _WORLD)
        if gap >= ELIDED_MIN:
            lines.append(f"{'':{MARGIN}}... {gap} events")
        gap = 0
        lines.extend(lanes.lines(event, narrator.phrase(event), event.seq in proof))
        if event.seq in after:
            lines.append(f"{'':{MARGIN}}{after[event.seq]}")
    total = sum(not isinstance(event, _WORLD) for event in events)
    marks = "; * proves what follows" if proof else ""
    lines.append(f"{'':{MARGIN}}({told} of {total} events{marks})")
    for finding, more in _folded(findings):
        lines.extend(_why(finding, more, narrator, max(width, 60)))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def render_events(
    shown: Sequence[Event], narrator: Narrator, width: int = 80, marked: frozenset[int] = frozenset()
) -> str:
    """Just these events in lanes, a star at those of `marked` numbers; no line is longer than `width` (at least 60)."""
    rows = folded_rows(shown, narrator, marked)
    lanes = _Lanes(shown, max(width, 60))
    lines = lanes.heading()
    for event in shown:
        if event.seq in rows.hidden:
            continue
        lines.extend(lanes.lines(event, narrator.phrase(event), event.seq in marked))
        if event.seq in rows.after:
            lines.append(f"{'':{MARGIN}}{rows.after[event.seq]}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def shown_proof(events: Sequence[Event], findings: Sequence[Finding], narrator: Narrator) -> set[int]:
    """What proves the findings; a store that was early proves where it became visible, which is where it is shown."""
    proof = {seq for finding in findings for seq in proof_of(events, finding)}
    for event in events:
        if isinstance(event, Early):
            store = narrator.store_of(event)
            if store is not None and store.seq in proof:
                proof.remove(store.seq)
                proof.add(event.seq)
    return proof


def _folded(findings: Iterable[Finding]) -> list[tuple[Finding, int]]:
    """Findings, and how many more there are that differ from one in numbers alone: words of one text, say."""
    first: dict[tuple[str, str | None, str], Finding] = {}
    count: Counter[tuple[str, str | None, str]] = Counter()
    for finding in findings:
        kind = finding.invariant, finding.window, _NUMBER.sub("0", finding.message)
        first.setdefault(kind, finding)
        count[kind] += 1
    return [(finding, count[kind] - 1) for kind, finding in first.items()]


def _why(finding: Finding, more: int, narrator: Narrator, width: int) -> list[str]:
    where = f" in {finding.window}" if finding.window else ""
    message = with_fields(finding.message, narrator.ops_names)
    also = f" (and {more} more like it)" if more else ""
    text = f"{finding.invariant} ({finding.severity}{where}): {message}{also}"
    return fold(text, width, "  why   ", " " * MARGIN)


class _Lanes:
    """The columns: which CPUs have one, how wide it is, and how an event goes into it."""

    __slots__ = ("_at", "_lane", "_names", "_width")

    def __init__(self, shown: Iterable[Event], width: int) -> None:
        tasks: dict[int, list[str]] = {}
        for event in shown:
            if event.cpu >= 0 and not isinstance(event, ACROSS):
                names = tasks.setdefault(event.cpu, [])
                if event.task and event.task not in names:
                    names.append(event.task)
        cpus = sorted(tasks)
        self._width = width
        count = max(1, len(cpus))
        self._lane = max((width - MARGIN - GAP * (count - 1)) // count, 1)
        self._at = {cpu: MARGIN + index * (self._lane + GAP) for index, cpu in enumerate(cpus)}
        self._names = {cpu: ", ".join(names) for cpu, names in tasks.items()}

    def heading(self) -> list[str]:
        """One head a lane, the CPU and the tasks it is seen running, over as many lines as the longest takes."""
        heads = [self._head(cpu) for cpu in self._at]
        lines = ["  event", *[""] * (max(map(len, heads), default=1) - 1)]
        for at, head in zip(self._at.values(), heads, strict=True):
            for index, row in enumerate(head):
                lines[index] = lines[index].ljust(at) + row
        return lines

    def _head(self, cpu: int) -> list[str]:
        names = self._names[cpu]
        words = f"cpu{cpu} ({names})" if names else f"cpu{cpu}"
        return [_cut(row, self._lane) for row in fold(words, self._lane, "", "  ")]

    def lines(self, event: Event, phrase: Phrase, proves: bool) -> list[str]:
        """The line or lines of one event; what proves a finding is marked."""
        mark = "*" if proves else " "
        head = f"{mark}{event.seq:>5}  "
        text, remark = phrase
        at = self._at.get(event.cpu)
        if at is None or isinstance(event, ACROSS):
            *rows, last = fold(f"-- {f'{text} {remark}'.rstrip()}", self._width - 1, head, " " * (MARGIN + 3))
            return [*rows, _cut(f"{last} ", self._width).ljust(self._width, "-")]
        room = max(self._lane, min(ROOM_MIN, self._width - at))
        both = f"{text}  {remark}" if remark else text
        if len(both) <= room:
            return [head.ljust(at) + both]
        rows = fold(text, room, "", "  ")
        if remark:
            if len(rows[-1]) + 2 + len(remark) <= room:
                rows[-1] += f"  {remark}"
            else:
                rows.append(_cut(f"  {remark}", room))
        return [
            (head if index == 0 else "").ljust(self._start(at, row)) + row
            for index, row in enumerate(self._fitting(rows))
        ]

    def _fitting(self, rows: Iterable[str]) -> Iterator[str]:
        """The rows, one that is wider than all lanes together in pieces."""
        widest = self._width - MARGIN
        return (row[at : at + widest] for row in rows for at in range(0, len(row), widest))

    def _start(self, at: int, row: str) -> int:
        """Where a row begins: in its lane, or to the left of it when it ends in a long name that does not fit there."""
        return max(MARGIN, min(at, self._width - len(row)))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
