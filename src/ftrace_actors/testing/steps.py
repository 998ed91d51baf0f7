"""The steps of a run as a table: one column an actor, one row a visible step.

For tests that write actors of their own: there are no kernel events to draw lanes from, but the conductor knows who
made which visible step, and the tape which of them was not the dull one (`*`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeVar

from ..actors import Actor, Conductor, Envelope, Inbox, Kind, Outbox, Pick, Tape, Woken

__all__ = ["NOTED", "Note", "Step", "TracedConductor", "table", "words"]

T = TypeVar("T")

MARGIN: Final = 8
"""Columns of the step number and what keeps it apart."""
LANE_MIN: Final = 14
"""Narrower columns are not readable; actors then stand one under the other."""
NOTED: Final = "-- "
"""Comes before the test's own words."""
STRETCH_MAX: Final = 8
"""Longer undisturbed stretches of one actor are cut to their ends."""
ENDS: Final = 3
ROWS_MAX: Final = 100
"""A table of more rows, such as that of actors that spin, is cut to its ends and to what is not dull."""
ROWS_OF_ENDS: Final = 30


class Step(NamedTuple):
    """Before choice number `position`, `actor` was allowed to do `op` on `obj`; `number` counts from 1."""

    number: int
    actor: str
    op: str
    obj: int | str
    position: int

    def __str__(self) -> str:
        return f"{self.actor}: {words(self.op, self.obj)}"


class Note(NamedTuple):
    """What a test said of a run: after step number `step`, in the column of `actor`; "" where none was at it."""

    step: int
    actor: str
    text: str


class TracedConductor(Conductor):
    """A conductor that writes down who made which visible step.

    Attributes:
        trace: the steps so far.
        sent: number of a step in which a message was received -> that of the step in which it was sent.
    """

    def __init__(self, tape: Tape, *, steps_max: int, suffix_max: int) -> None:
        super().__init__(tape, steps_max=steps_max, suffix_max=suffix_max)
        self.trace: list[Step] = []
        self.sent: dict[int, int] = {}
        self._posted: dict[int, int] = {}

    def post(self, mailbox: Outbox[T], payload: T, sender: int = -1, cause: int | None = None) -> Envelope[T]:
        """As any conductor, and remember in which step."""
        envelope = super().post(mailbox, payload, sender, cause)
        if self.trace:
            self._posted[envelope.sequence] = self.trace[-1].number
        return envelope

    def take(
        self, actor: Actor, inboxes: Sequence[Inbox[Any]], guard: Callable[[], bool] | None
    ) -> Woken[Any] | None:
        """As any conductor, and remember where what was taken came from."""
        woken = super().take(actor, inboxes, guard)
        if woken is not None and woken.envelope is not None and woken.envelope.sequence in self._posted:
            self.sent[self.trace[-1].number] = self._posted[woken.envelope.sequence]
        return woken

    def decide(self, actor: Actor) -> Actor:
        """As any conductor, and remember the answer."""
        chosen = super().decide(actor)
        self.trace.append(Step(self.steps, chosen.name, chosen.op, chosen.obj, self.tape.position))
        return chosen


def table(trace: Sequence[Step], picks: Sequence[Pick], width: int, notes: Sequence[Note] = ()) -> str:
    """The steps for people; `picks` are the non-zero choices of the same run, `notes` what was said during it."""
    names = list(dict.fromkeys(step.actor for step in trace))
    if not names:
        return "".join(f"{line}\n" for line in ["  (no actor made a step)", *_outside(notes)])
    lane = (width - MARGIN) // len(names) - 2
    in_lanes = lane >= LANE_MIN
    lines = ["  step" + "".join(f"  {name:<{lane}.{lane}}" for name in names)] if in_lanes else []
    remarks = _remarks(trace, picks)
    marked = sorted(_switches(trace, picks) | remarks.keys())
    said = _said(trace, notes)
    lines += _outside(note for note in notes if note.step < trace[0].number)
    for at in _rows(trace, marked, said.keys()):
        if isinstance(at, range):
            lines.append(f"{'':{MARGIN}}... {len(at)} steps")
            continue
        step = trace[at]
        mark = "*" if at in marked else " "
        text = words(step.op, step.obj) + remarks.get(at, "")
        column = MARGIN + names.index(step.actor) * (lane + 2) if in_lanes else MARGIN
        who = "" if in_lanes else f"{step.actor}: "
        lines.append(f"{mark}{step.number:>5}".ljust(column) + who + text)
        lines += [f"{'':{column}}{who}{NOTED}{text}" for text in said.get(at, ())]
    lines += _outside(note for note in notes if not note.actor and note.step >= trace[0].number)
    lines.append(f"{'':{MARGIN}}({len(trace)} steps; * is not what the dull schedule would do)")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _said(trace: Sequence[Step], notes: Iterable[Note]) -> dict[int, list[str]]:
    """What was said by the actor at each step, by its index."""
    found: dict[int, list[str]] = {}
    places = {step.number: at for at, step in enumerate(trace)}
    for note in notes:
        if note.actor and note.step in places:
            found.setdefault(places[note.step], []).append(note.text)
    return found


def _outside(notes: Iterable[Note]) -> list[str]:
    """What was said before the first step or after the last one."""
    return [f"{'':{MARGIN}}{NOTED}{note.text}" for note in notes]


def _switches(trace: Sequence[Step], picks: Sequence[Pick]) -> set[int]:
    """The steps that non-zero choices of who moves led to, by index.

    Steps that were not a choice, since nobody else could move, have the position of the step before.
    """
    begins = [step.position for step in trace]
    after = (bisect_left(begins, pick.position + 1) for pick in picks if pick.kind is Kind.SCHEDULE)
    return {at for at in after if at < len(trace)}


def _remarks(trace: Sequence[Step], picks: Sequence[Pick]) -> dict[int, str]:
    """What was picked inside each step, by its index."""
    found: dict[int, str] = {}
    begins = [step.position for step in trace]
    for pick in picks:
        at = bisect_right(begins, pick.position) - 1
        if pick.kind is not Kind.SCHEDULE and at >= 0:
            option = f"  [{pick.kind} {words(pick.op, pick.object)}: {pick.picked} of 0..{pick.count - 1}]"
            found[at] = found.get(at, "") + option
    return found


def words(op: str, obj: int | str) -> str:
    """A step or a choice; in a choice a number is text already (`Tape.name`)."""
    if isinstance(obj, str) and obj.startswith("0x"):
        obj = int(obj, 16)
    if isinstance(obj, str):
        return f"{op} {obj}".rstrip()
    return op if obj == 0 else f"{op} {obj:#x}" if obj > 0xFF else f"{op} {obj}"


def _rows(trace: Sequence[Step], marked: Sequence[int], said: Iterable[int]) -> Iterator[int | range]:
    """Which steps to show, by index; a range stands for those that are left out."""
    telling_all = _with_neighbours(marked, len(trace)) | set(said)
    kept = _without_long_stretches(trace) | telling_all
    if len(kept) > ROWS_MAX:
        rows = sorted(kept)
        telling = sorted(telling_all)[: ROWS_MAX - 2 * ROWS_OF_ENDS]
        kept = {*rows[:ROWS_OF_ENDS], *telling, *rows[-ROWS_OF_ENDS:]}
    before = -1
    for at in sorted(kept):
        if at - before > 2:
            yield range(before + 1, at)
        elif at - before == 2:
            yield at - 1  # its place is at least as large as that of saying that it is left out
        yield at
        before = at


def _without_long_stretches(trace: Sequence[Step]) -> set[int]:
    """All steps, but of a long stretch of one actor only the ends."""
    shown: set[int] = set()
    for _, stretch in groupby(range(len(trace)), key=lambda at: trace[at].actor):
        steps = list(stretch)
        shown.update([*steps[:ENDS], *steps[-ENDS:]] if len(steps) > STRETCH_MAX else steps)
    return shown


def _with_neighbours(marked: Sequence[int], count: int) -> set[int]:
    return {near for at in marked for near in range(max(0, at - 1), min(count, at + 2))}
