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

__all__ = ["Effects", "Footprint", "Learned"]

Footprint = tuple[int, int]
"""Objects read and objects written, a bit each."""

Effects = tuple[tuple[int, int, int], ...]
"""(actor, control state before, and after) of everybody else whose control state a step changed."""


class Learned:
    """The graph of all actors.

    Attributes:
        grown: how many edges and shared cells it has; a pass that leaves it as it is was right.
        shared: cells of memory that more than one actor touched.
    """

    __slots__ = ("_bits", "_edges", "_numbers", "_reached", "_touched_by", "grown", "shared")

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._bits: dict[Hashable, int] = {}
        self._edges: dict[tuple[int, int], dict[tuple[int, Footprint, Effects], None]] = defaultdict(dict)
        self._reached: dict[Hashable, tuple[Footprint, ...]] = {}
        self._touched_by: dict[int, int] = {}
        self.shared: set[int] = set()
        self.grown = 0

    def number(self, control: Hashable) -> int:
        """A control state by number."""
        return self._numbers.setdefault(control, len(self._numbers))

    def bits(self, objects: Iterable[Hashable]) -> int:
        """Objects as a set of bits."""
        found = 0
        for each in objects:
            bit = self._bits.get(each)
            if bit is None:
                bit = self._bits[each] = 1 << len(self._bits)
            found |= bit
        return found

    def objects(self, bits: int) -> list[Hashable]:
        """The objects of a set of bits, for people."""
        return [each for each, bit in self._bits.items() if bit & bits]

    def mail_to(self, labels: Iterable[str], heard: Iterable[tuple[str, int]]) -> int:
        """All that was ever seen to come to these mailboxes, but for the channels in `heard`."""
        wanted, left_out = set(labels), set(heard)
        found = 0
        for each, bit in self._bits.items():
            match each:
                case "mail", label, sender if label in wanted and (label, sender) not in left_out:
                    found |= bit
                case _:
                    pass
        return found

    def touched(self, actor: int, cell: int) -> None:
        """An actor touched a cell of memory."""
        before = self._touched_by.setdefault(cell, actor)
        if before != actor and cell not in self.shared:
            self.shared.add(cell)
            self.grown += 1
            self._reached.clear()

    def note(self, actor: int, before: int, after: int, touched: Footprint, effects: Effects) -> None:
        """A step of `actor` was seen."""
        edges = self._edges[actor, before]
        edge = (after, touched, effects)
        if edge not in edges:
            edges[edge] = None
            self.grown += 1
            self._reached.clear()

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
        return tuple(zip(reads, writes, strict=True))
