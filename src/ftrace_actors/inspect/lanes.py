"""A run as a timeline in lanes: one column a CPU, the conductor's step on the left, time downwards.

```
  step  cpu0 (patcher)                      cpu1 (reader)
     3  ---- register(tracer_a) called -------------------------------------
     4  str bl ftrace_caller -> ... @1 early
     9                                      fetch bl ftrace_caller  (new @1)
        ... 3 events
  why   reader on cpu1 called vfs_read and tracer_a did not see it: ...
```

Only what matters for code patching and teardown is shown: what proves the findings, writes of sites and literals,
reads of them, windows, task switches, callbacks, registration, waits, grace periods and frees.  The rest is counted.
What services do stands across all lanes.  A store that became visible early is shown where it became visible.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from ..checks import Finding
from ..events import (
    Alloc,
    Callback,
    Early,
    Event,
    Fault,
    Fetch,
    Free,
    GracePeriod,
    Load,
    OpsDefined,
    Patch,
    RecordDefined,
    Register,
    Store,
    Switch,
    Unpredictable,
    Wait,
    Window,
)
from .phrases import Narrator, Phrase
from .symbols import Symbols

__all__ = ["render"]

MARGIN: Final = 8
"""Columns of the step number and what keeps it apart."""
GAP: Final = 2

_ACROSS: Final = (Register, Wait, GracePeriod, Free, Patch)
"""What services do: a line across all lanes."""
_ALWAYS: Final = (*_ACROSS, Callback, Early, Fault, Switch, Unpredictable)
_WORLD: Final = (Alloc, OpsDefined, RecordDefined)
"""What there is from the beginning: not shown, not counted."""


def render(events: Sequence[Event], findings: Sequence[Finding], symbols: Symbols, width: int = 80) -> str:
    """The timeline of a run and under it why each finding is one; no line is longer than `width` (at least 60)."""
    narrator = Narrator(events, symbols)
    proof = {seq for finding in findings for seq in finding.events}
    # A store that was early is shown where it became visible, so it is there that it proves.
    proof |= {
        event.seq
        for event in events
        if isinstance(event, Early) and (store := narrator.store_of(event)) is not None and store.seq in proof
    }
    shown = _dull_windows_removed([event for event in events if _matters(event, proof, narrator)], proof)
    lanes = _Lanes(shown, max(width, 60))
    lines = [lanes.heading()]
    kept = {event.seq for event in shown}
    left_out = 0
    for event in events:
        if event.seq not in kept:
            left_out += not isinstance(event, _WORLD)
            continue
        if left_out:
            lines.append(f"{'':{MARGIN}}... {left_out} event{'s' * (left_out > 1)}")
            left_out = 0
        lines.extend(lanes.lines(event, narrator.phrase(event), event.seq in proof))
    if left_out:
        lines.append(f"{'':{MARGIN}}... {left_out} event{'s' * (left_out > 1)}")
    if proof:
        lines.append(f"{'*':{MARGIN}}proves what follows")
    for finding in findings:
        lines.extend(_why(finding, max(width, 60)))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _matters(event: Event, proof: set[int], narrator: Narrator) -> bool:
    match event:
        case Store() if narrator.was_early(event):
            return False
        case Store():
            return narrator.patches(event) or event.seq in proof
        case Load():
            return narrator.reads_literal(event) or event.seq in proof
        case Fetch():
            return narrator.at_site(event) or event.seq in proof
        case Patch():
            return bool(event.errno) or event.seq in proof
        case Window():
            return bool(event.window) or event.seq in proof
        case GracePeriod():
            return event.phase != "scan" or event.seq in proof
        case _:
            return isinstance(event, _ALWAYS) or event.seq in proof


def _dull_windows_removed(events: list[Event], proof: set[int]) -> list[Event]:
    """Windows say where a task stood when something else happened: a window entered and left at once says nothing."""
    kept: list[Event] = []
    for event in events:
        if kept and isinstance(event, Window):
            last = kept[-1]
            if isinstance(last, Window) and last.task == event.task and last.seq not in proof:
                kept.pop()
        kept.append(event)
    return kept


def _why(finding: Finding, width: int) -> list[str]:
    where = f" in {finding.window}" if finding.window else ""
    text = f"{finding.invariant} ({finding.severity}{where}): {finding.message}"
    return textwrap.wrap(
        text, width, initial_indent="  why   ", subsequent_indent=" " * MARGIN, break_on_hyphens=False
    )


class _Lanes:
    """The columns: which CPUs have one, how wide it is, and how an event goes into it."""

    __slots__ = ("_at", "_lane", "_names", "_width")

    def __init__(self, shown: Iterable[Event], width: int) -> None:
        tasks: dict[int, list[str]] = {}
        for event in shown:
            if event.cpu >= 0 and not isinstance(event, _ACROSS):
                names = tasks.setdefault(event.cpu, [])
                if event.task and event.task not in names:
                    names.append(event.task)
        cpus = sorted(tasks)
        self._width = width
        count = max(1, len(cpus))
        self._lane = max((width - MARGIN - GAP * (count - 1)) // count, 1)
        self._at = {cpu: MARGIN + index * (self._lane + GAP) for index, cpu in enumerate(cpus)}
        self._names = {cpu: ", ".join(names) for cpu, names in tasks.items()}

    def heading(self) -> str:
        """One head a lane: the CPU and the tasks it is seen running."""
        line = "  step"
        for cpu, at in self._at.items():
            names = self._names[cpu]
            line = line.ljust(at) + _cut(f"cpu{cpu} ({names})" if names else f"cpu{cpu}", self._lane)
        return line

    def lines(self, event: Event, phrase: Phrase, proves: bool) -> list[str]:
        """The line or lines of one event; what proves a finding is marked."""
        mark = "*" if proves else " "
        head = f"{mark}{event.step:>5}  "
        text, remark = phrase
        at = self._at.get(event.cpu)
        if at is None or isinstance(event, _ACROSS):
            line = f"{head}-- {f'{text} {remark}'.rstrip()} "
            return [_cut(line, self._width).ljust(self._width, "-")]
        room = self._lane
        both = f"{text}  {remark}" if remark else text
        if len(both) <= room:
            return [head.ljust(at) + both]
        rows = textwrap.wrap(text, room, subsequent_indent="  ", break_on_hyphens=False)
        if remark:
            if len(rows[-1]) + 2 + len(remark) <= room:
                rows[-1] += f"  {remark}"
            else:
                rows.append(_cut(f"  {remark}", room))
        return [head.ljust(at) + rows[0], *(" " * at + row for row in rows[1:])]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
