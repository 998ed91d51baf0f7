"""What each actor was seen to do from where it is: which objects it may touch before somebody else has moved.

An actor's *control state* is where it is, without numbers (`fingerprint.controls`).  Each step seen is an edge of
a graph: from a control state of the actor to another, with the objects touched, and with what it did to the control
states of others (a message that arrived, a task that was woken).  `reach` asks the graph: if some actors stand still,
what may the others ever touch?  What depends on an actor that stands still does not come about, since no edge of
anybody else brings it about.

The graph is what was seen so far.  A search that decides by it is right once a whole pass adds nothing to it; while it
grows, the search has to be made again (`search`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

__all__ = ["TIMELINE", "Effects", "Footprint", "Learned", "Lesson", "Touch", "cell_object"]

TIMELINE = ("timeline",)
"""The object that is written by all that gets a position there which others may compare theirs with."""

Footprint = tuple[int, int]
"""Objects read and objects written, a bit each."""

Effects = tuple[tuple[int, int, int], ...]
"""(actor, control state before, and after) of everybody else whose control state a step changed."""


@dataclass(frozen=True, slots=True)
class Touch:
    """What a step touched, and what else might have come out of the mailboxes that it looked into.

    Attributes:
        footprint: without what follows from cells that are shared.
        awaited: labels of those mailboxes.
        heard: (mailbox, sender) of what did come out.
    """

    footprint: Footprint
    awaited: frozenset[str]
    heard: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Some of a graph, in words that do not depend on who learned it: what one process says to others.

    Attributes:
        controls, objects: control states and objects, by their place here.
        edges: (actor, control state before, after or -1, objects read, objects written, effects).
        cells: (cell, an actor that touched it).
    """

    controls: tuple[Hashable, ...]
    objects: tuple[Hashable, ...]
    edges: tuple[tuple[int, int, int, tuple[int, ...], tuple[int, ...], Effects], ...]
    cells: tuple[tuple[int, int], ...]


class Learned:
    """The graph of all actors.

    Attributes:
        grown: how many edges and shared cells it has; a pass that leaves it as it is was right.
        shared: cells of memory that more than one actor touched.
    """

    __slots__ = (
        "_bits",
        "_cells",
        "_controls",
        "_edges",
        "_log",
        "_mail",
        "_names",
        "_numbers",
        "_reached",
        "_shared_bits",
        "_timeline",
        "_touched_by",
        "grown",
        "shared",
    )

    def __init__(self) -> None:
        self._controls: list[Hashable] = []
        self._names: list[Hashable] = []
        self._log: list[tuple[int, int, int, Footprint, Effects]] = []
        self._cells: list[tuple[int, int]] = []
        self._numbers: dict[Hashable, int] = {}
        self._bits: dict[Hashable, int] = {}
        self._edges: dict[tuple[int, int], dict[tuple[int, Footprint, Effects], None]] = defaultdict(dict)
        self._reached: dict[Hashable, tuple[Footprint, ...]] = {}
        self._touched_by: dict[int, int] = {}
        self._mail: dict[str, list[tuple[int, int]]] = {}
        self.shared: set[int] = set()
        self._shared_bits = 0
        self._timeline = self.bits([TIMELINE])
        self.grown = 0

    def number(self, control: Hashable) -> int:
        """A control state by number."""
        number = self._numbers.get(control)
        if number is None:
            number = self._numbers[control] = len(self._controls)
            self._controls.append(control)
        return number

    def bits(self, objects: Iterable[Hashable]) -> int:
        """Objects as a set of bits."""
        found = 0
        for each in objects:
            bit = self._bits.get(each)
            if bit is None:
                bit = self._bits[each] = 1 << len(self._names)
                self._names.append(each)
                match each:
                    case "mail", str(label), int(sender):
                        self._mail.setdefault(label, []).append((sender, bit))
                    case _:
                        pass
            found |= bit
        return found

    def objects(self, bits: int) -> list[Hashable]:
        """The objects of a set of bits, for people."""
        return [each for each, bit in self._bits.items() if bit & bits]

    def touched_by(self, touch: Touch) -> Footprint:
        """What a step touches, as far as is known now: what might have come out instead counts as read."""
        reads, writes = touch.footprint
        for label in touch.awaited:
            for sender, bit in self._mail.get(label, ()):
                if (label, sender) not in touch.heard:
                    reads |= bit
        return reads, self._with_timeline(writes)

    def _with_timeline(self, writes: int) -> int:
        """A write to a cell that others touch has a position that they may compare theirs with."""
        return writes | self._timeline if writes & self._shared_bits else writes

    def touched(self, actor: int, cell: int) -> None:
        """An actor touched a cell of memory."""
        before = self._touched_by.get(cell)
        if before is None:
            self._touched_by[cell] = actor
            self._cells.append((cell, actor))
        elif before != actor and cell not in self.shared:
            self._cells.append((cell, actor))
            self.shared.add(cell)
            self._shared_bits |= self.bits([cell_object(cell)])
            self.grown += 1
            self._reached.clear()

    def note(self, actor: int, before: int, after: int, touched: Footprint, effects: Effects) -> None:
        """A step of `actor` was seen."""
        edges = self._edges[actor, before]
        edge = (after, touched, effects)
        if edge not in edges:
            edges[edge] = None
            self._log.append((actor, before, *edge))
            self.grown += 1
            self._reached.clear()

    # -- between processes ----------------------------------------------------------------------------------------

    @property
    def mark(self) -> tuple[int, int]:
        """How much is known now, for `lesson`."""
        return len(self._log), len(self._cells)

    def lesson(self, since: tuple[int, int] = (0, 0)) -> Lesson:
        """What was learned since then."""
        controls: dict[int, int] = {}
        objects: dict[int, int] = {}

        def control(number: int) -> int:
            return -1 if number < 0 else controls.setdefault(number, len(controls))

        def names(bits: int) -> tuple[int, ...]:
            found = []
            while bits:
                lowest = bits & -bits
                bits ^= lowest
                found.append(objects.setdefault(lowest.bit_length() - 1, len(objects)))
            return tuple(found)

        edges = [
            (
                actor,
                control(before),
                control(after),
                names(read),
                names(written),
                tuple([(other, control(its), control(then)) for other, its, then in effects]),
            )
            for actor, before, after, (read, written), effects in self._log[since[0] :]
        ]
        return Lesson(
            tuple([self._controls[number] for number in controls]),
            tuple([self._names[number] for number in objects]),
            tuple(edges),
            tuple(self._cells[since[1] :]),
        )

    def absorb(self, lesson: Lesson) -> None:
        """Learn what somebody else did."""
        controls = [self.number(control) for control in lesson.controls]
        bits = [self.bits([each]) for each in lesson.objects]
        for actor, before, after, read, written, effects in lesson.edges:
            self.note(
                actor,
                controls[before],
                -1 if after < 0 else controls[after],
                (sum(bits[at] for at in read), sum(bits[at] for at in written)),
                tuple([(other, controls[its], controls[then]) for other, its, then in effects]),
            )
        for cell, actor in lesson.cells:
            self.touched(actor, cell)

    # -- what is asked ----------------------------------------------------------------------------------------------

    def reach(
        self, control: tuple[int, ...], still: frozenset[int], effects: frozenset[Effects]
    ) -> tuple[Footprint, ...]:
        """For each actor what it may ever touch from here while those in `still` stand still.

        `effects` are those of the steps that stand still: a search that makes such a step first sees what the others
        do afterwards, and so where they are afterwards is a place to start from as well.
        """
        key = (control, still, effects)
        found = self._reached.get(key)
        if found is None:
            found = self._reached[key] = self._reach(control, still, effects)
        return found

    def _reach(
        self, control: tuple[int, ...], still: frozenset[int], effects: frozenset[Effects]
    ) -> tuple[Footprint, ...]:
        seen = [{state} for state in control]
        for each in effects:
            for other, _, then in each:
                seen[other].add(then)
        reads, writes = [0] * len(control), [0] * len(control)
        moved: dict[tuple[int, int], set[int]] = defaultdict(set)
        work = [(actor, state) for actor, states in enumerate(seen) for state in states]
        while work:
            actor, state = work.pop()
            for after in moved.get((actor, state), ()):
                if after not in seen[actor]:
                    seen[actor].add(after)
                    work.append((actor, after))
            if actor in still:
                continue
            for after, (read, written), brought in self._edges.get((actor, state), ()):
                reads[actor] |= read
                writes[actor] |= written
                if after not in seen[actor]:
                    seen[actor].add(after)
                    work.append((actor, after))
                for other, its, then in brought:
                    if then not in moved[other, its]:
                        moved[other, its].add(then)
                        if its in seen[other] and then not in seen[other]:
                            seen[other].add(then)
                            work.append((other, then))
        return tuple(zip(reads, map(self._with_timeline, writes), strict=True))


def cell_object(cell: int) -> Hashable:
    """A cell of memory as an object."""
    return ("cell", cell)
