"""The steps of a run as a table: one column an actor, one row a visible step.

For tests that write actors of their own: there are no kernel events to draw lanes from, but the conductor knows who
made which visible step, and the tape which of them was not the dull one (`*`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from ..actors import Actor, Conductor, Kind, Pick, Tape

__all__ = ["Step", "TracedConductor", "table"]

MARGIN: Final = 8
"""Columns of the step number and what keeps it apart."""
LANE_MIN: Final = 14
"""Narrower columns are not readable; actors then stand one under the other."""
STRETCH_MAX: Final = 8
"""Longer undisturbed stretches of one actor are cut to their ends."""
ENDS: Final = 3


class Step(NamedTuple):
    """Before choice number `position`, `actor` was let go on with `op` on `obj`; `number` counts from 1."""

    number: int
    actor: str
    op: str
    obj: int | str
    position: int


class TracedConductor(Conductor):
    """A conductor that writes down who made which visible step.

    Attributes:
        trace: the steps so far.
    """

    def __init__(self, tape: Tape, *, steps_max: int, suffix_max: int) -> None:
        super().__init__(tape, steps_max=steps_max, suffix_max=suffix_max)
        self.trace: list[Step] = []

    def decide(self, actor: Actor) -> Actor:
        """As any conductor, and remember the answer."""
        chosen = super().decide(actor)
        self.trace.append(Step(self.steps, chosen.name, chosen.op, chosen.obj, self.tape.position))
        return chosen


def table(trace: Sequence[Step], picks: Sequence[Pick], width: int) -> str:
    """The steps for people; `picks` are the non-zero choices of the same run."""
    names = list(dict.fromkeys(step.actor for step in trace))
    if not names:
        return "  (no actor made a step)\n"
    lane = (width - MARGIN) // len(names) - 2
    in_lanes = lane >= LANE_MIN
    lines = ["  step" + "".join(f"  {name:<{lane}.{lane}}" for name in names)] if in_lanes else []
    switches = {pick.position + 1 for pick in picks if pick.kind is Kind.SCHEDULE}
    remarks = _remarks(trace, picks)
    for step in _without_long_stretches(trace):
        if step is None:
            lines.append(f"{'':{MARGIN}}...")
            continue
        mark = "*" if step.position in switches or step.number in remarks else " "
        text = _words(step.op, step.obj) + remarks.get(step.number, "")
        at = MARGIN + names.index(step.actor) * (lane + 2) if in_lanes else MARGIN
        head = f"{mark}{step.number:>5}".ljust(at)
        lines.append(head + (text if in_lanes else f"{step.actor}: {text}"))
    lines.append(f"{'':{MARGIN}}({len(trace)} steps; * is not what the dull schedule would do)")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _remarks(trace: Sequence[Step], picks: Sequence[Pick]) -> dict[int, str]:
    """What was picked inside each step, by its number."""
    found: dict[int, str] = {}
    ends = [*(later.position for _, later in pairwise(trace)), 1 << 62]
    for step, end in zip(trace, ends, strict=True):
        for pick in picks:
            if pick.kind is not Kind.SCHEDULE and step.position <= pick.position < end:
                option = (
                    f"  [{pick.kind} {_words(pick.op, pick.object)}: {pick.picked} of 0..{pick.count - 1}]"
                )
                found[step.number] = found.get(step.number, "") + option
    return found


def _words(op: str, obj: int | str) -> str:
    if isinstance(obj, str):
        return f"{op} {obj}".rstrip()
    return op if obj == 0 else f"{op} {obj:#x}" if obj > 0xFF else f"{op} {obj}"


def _without_long_stretches(trace: Sequence[Step]) -> list[Step | None]:
    """The steps to show; None stands for some that are left out."""
    shown: list[Step | None] = []
    for _, stretch in groupby(trace, key=lambda step: step.actor):
        steps = list(stretch)
        if len(steps) > STRETCH_MAX:
            shown += [*steps[:ENDS], None, *steps[-ENDS:]]
        else:
            shown += steps
    return shown
