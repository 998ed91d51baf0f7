"""Candidate executions of a whole test: which are allowed, and the states they end in.

A candidate is a run of each thread, a coherence order and a source for every read of every byte, a source for every
fetch, and an order of the writes and cache operations of every code word.  It is allowed when each location is
coherent by itself, atomics are atomic, and ordered-before has no cycle.  Accesses of several bytes are one node of
ordered-before, so that nobody sees half of one (single-copy atomicity).

An IC is no single moment.  A fetch that is stale to one comes before what a DSB after that IC completes; and the last
context synchronization before the fetch comes before that IC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product

from ftrace_actors.litmus.syntax import Cell, LitmusTest, Location, Register

from .events import Event, Run
from .relations import locally_ordered
from .source import Source, UnsupportedError
from .spelling import CELL, FULL, mask_of, spread
from .threads import Thread, Written

State = frozenset[str]
Edges = frozenset[tuple[int, int]]


@dataclass
class Choice:
    """A way to order the writes of some bytes, and to feed their reads: edges, and the last write (-1 for none)."""

    edges: Edges
    order: tuple[int, ...]


def states(test: LitmusTest) -> frozenset[State]:
    """All final states of a test, each a set of `place=value`.  Raises UnsupportedError."""
    source = Source(test)
    observed = source.observed()
    found: set[State] = set()
    ways = [[Way(run) for run in runs] for runs in _all_runs(source)]
    at_first = {
        (cell + n, value >> 8 * n & 0xFF) for cell, value in source.cells.items() for n in range(CELL)
    }
    for combination in product(*ways):
        given = at_first.union(*[way.gives for way in combination])
        if all(way.takes <= given for way in combination):
            found.update(Candidate(source, combination).memories(found, observed))
    return frozenset(found)


class Way:
    """A run with what it puts in order, and its bytes: (address, value) read, and written."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.lob = locally_ordered(run.events)
        self.takes = {byte for e in run.events if e.kind in {"R", "F"} for byte in _bytes(e)}
        self.gives = {byte for e in run.events if e.kind == "W" for byte in _bytes(e)}


def _bytes(e: Event) -> list[tuple[int, int]]:
    return [(e.at + n, e.value >> 8 * n & 0xFF) for n in range(e.size)]


def _all_runs(source: Source) -> list[list[Run]]:
    """Runs of every thread, guessing from all that runs write.

    A value takes as many rounds as writes had to be made one from the other, so no more than there are.
    """
    written: Written = {cell: {(FULL, value)} for cell, value in source.cells.items()}
    threads = [Thread(source, number) for number in source.threads]
    rounds = 0
    while True:
        runs = [_different(thread.runs(written)) for thread in threads]
        if rounds >= sum(max((_writes(run) for run in thread), default=0) for thread in runs):
            return runs
        rounds += 1
        more: Written = {cell: set(values) for cell, values in written.items()}
        for thread in runs:
            for run in thread:
                for e in run.events:
                    if e.kind == "W":
                        mask, shift = mask_of(e.at, e.size), 8 * (e.at % CELL)
                        more.setdefault(e.at & -CELL, set()).add((mask, e.value << shift))
        if more == written:
            return runs
        written = more


def _writes(run: Run) -> int:
    return sum(e.kind == "W" for e in run.events)


def _different(runs: Iterator[Run]) -> list[Run]:
    """Runs without repetitions."""
    return list({run.key(): run for run in runs}.values())


class Candidate:
    """The candidates that share the runs of their threads."""

    def __init__(self, source: Source, ways: Sequence[Way]) -> None:
        self.source = source
        self.runs = [way.run for way in ways]
        self.events: list[Event] = []
        self.thread: list[int] = []
        self.fixed: set[tuple[int, int]] = set()
        self.rmw: list[tuple[int, int]] = []
        for number, way in enumerate(ways):
            run, base = way.run, len(self.events)
            self.events += run.events
            self.thread += [number] * len(run.events)
            self.fixed |= {(base + i, base + j) for i, j in way.lob}
            for j, e in enumerate(run.events):
                if e.rmw is not None:
                    self.rmw.append((base + e.rmw, base + j))
        self.dic = source.option("dic")
        self.idc = self.dic or source.option("idc")

    # -- coherence, by groups of bytes that every access touches whole ----------------------------------------------

    def memories(self, known: set[State], observed: list[Location]) -> list[State]:
        """The states of these runs that are not known yet."""
        parts = []
        for cell, mask in self._groups():
            choices = list(self._choices(cell, mask))
            if not choices:
                return []
            parts.append((cell, mask, choices))
        done = set(known)
        new = []
        for chosen in self._together(parts, 0, self.fixed, []):
            state = self._state(parts, chosen, observed)
            if state not in done and self._fetched(parts, chosen):
                done.add(state)
                new.append(state)
        return new

    def _groups(self) -> list[tuple[int, int]]:
        """Bytes of each cell that no access tells apart: (cell, mask)."""
        masks: dict[int, set[int]] = {}
        for e in self.events:
            if e.memory or e.kind == "F":
                masks.setdefault(e.at & -CELL, set()).add(mask_of(e.at, e.size))
        found = []
        for cell, all_masks in sorted(masks.items()):
            groups: dict[tuple[bool, ...], int] = {}
            for byte in range(CELL):
                key = tuple(bool(m >> byte & 1) for m in sorted(all_masks))
                if any(key):
                    groups[key] = groups.get(key, 0) | 1 << byte
            found += [(cell, group) for group in groups.values()]
        return found

    def _touches(self, i: int, cell: int, mask: int) -> bool:
        e = self.events[i]
        return e.at & -CELL == cell and bool(mask_of(e.at, e.size) & mask)

    def _part(self, i: int, mask: int) -> int:
        """What an access reads or writes in these bytes, in place."""
        e = self.events[i]
        return e.value << 8 * (e.at % CELL) & spread(mask)

    def _choices(self, cell: int, mask: int) -> Iterator[Choice]:
        """Coherent, atomic ways for one group of bytes."""
        here = [i for i in range(len(self.events)) if self._touches(i, cell, mask)]
        writes = [i for i in here if self.events[i].kind == "W"]
        reads = [i for i in here if self.events[i].kind == "R"]
        start = self.source.cells.get(cell, 0) & spread(mask)
        for order in permutations(writes):
            place = {w: n for n, w in enumerate(order)}
            if any(
                self._earlier(order[m], order[n]) for n in range(len(order)) for m in range(n + 1, len(order))
            ):
                continue
            options = []
            for r in reads:
                wanted = self._part(r, mask)
                low = max((place[w] for w in order if self._earlier(w, r)), default=-1)
                high = min((place[w] for w in order if self._earlier(r, w)), default=len(order))
                options.append(
                    [
                        n
                        for n in range(low, high)
                        if (self._part(order[n], mask) if n >= 0 else start) == wanted
                    ]
                )
            for chosen in product(*options):
                at = dict(zip(reads, chosen, strict=True))
                if self._coherent(reads, at) and self._atomic(order, place, at):
                    yield Choice(self._edges(order, at), order)

    def _earlier(self, i: int, j: int) -> bool:
        return i < j and self.thread[i] == self.thread[j]

    def _coherent(self, reads: list[int], at: dict[int, int]) -> bool:
        """Two reads of a thread never go back."""
        return all(at[a] <= at[b] for a in reads for b in reads if self._earlier(a, b))

    def _atomic(self, order: tuple[int, ...], place: dict[int, int], at: dict[int, int]) -> bool:
        """No write of another thread between the two halves of an atomic."""
        return not any(
            self.thread[order[n]] != self.thread[r]
            for r, w in self.rmw
            if r in at and w in place
            for n in range(at[r] + 1, place[w])
        )

    def _edges(self, order: tuple[int, ...], at: dict[int, int]) -> Edges:
        """Observed-by: rfe | fre | coe."""
        pairs = [(order[m], order[n]) for n in range(len(order)) for m in range(n)]
        for r, n in at.items():
            if n >= 0:
                pairs.append((order[n], r))
            pairs += [(r, w) for w in order[n + 1 :]]
        return frozenset((i, j) for i, j in pairs if self.thread[i] != self.thread[j])

    def _together(
        self,
        parts: list[tuple[int, int, list[Choice]]],
        n: int,
        edges: set[tuple[int, int]],
        chosen: list[Choice],
    ) -> Iterator[list[Choice]]:
        """Choices for all groups whose edges have no cycle so far."""
        if acyclic(edges, len(self.events)):
            if n == len(parts):
                yield chosen
                return
            for choice in parts[n][2]:
                yield from self._together(parts, n + 1, edges | choice.edges, [*chosen, choice])

    # -- fetches -------------------------------------------------------------------------------------------------

    def _fetched(self, parts: list[tuple[int, int, list[Choice]]], chosen: list[Choice]) -> bool:
        """Is there a source for every fetch, and an order of cache operations, without a cycle?"""
        edges = set(self.fixed)
        words = []
        for (cell, mask, _), choice in zip(parts, chosen, strict=True):
            edges |= choice.edges
            fetches = [i for i, e in enumerate(self.events) if e.kind == "F" and self._touches(i, cell, mask)]
            if fetches:
                words.append((cell, mask, choice.order, fetches))
        return self._words(words, 0, edges)

    def _words(
        self,
        words: list[tuple[int, int, tuple[int, ...], list[int]]],
        n: int,
        edges: set[tuple[int, int]],
    ) -> bool:
        if n == len(words):
            return acyclic(edges, len(self.events))
        cell, mask, writes, fetches = words[n]
        if any(self.events[i].size != 4 for i in (*writes, *fetches)):
            raise UnsupportedError("code written in other sizes than words")
        start = self.source.cells.get(cell, 0) & spread(mask)
        options = [
            [
                k
                for k in range(-1, len(writes))
                if (self._part(writes[k], mask) if k >= 0 else start) == self._part(f, mask)
            ]
            for f in fetches
        ]
        at = self.events[fetches[0]]
        kinds = set() if self.dic else {"IC"} if self.idc else {"DC", "IC"}
        kept = [i for i, e in enumerate(self.events) if e.kind in kinds and at.same_line(e)]
        for order in self._orders([*writes, *kept], [*edges, *pairwise(writes)]):
            line = edges | set(pairwise(order))
            for chosen in product(*options):
                more = set(line)
                for f, k in zip(fetches, chosen, strict=True):
                    more.update(self._fetch_edges(f, k, writes, order))
                if acyclic(more, len(self.events)) and self._words(words, n + 1, more):
                    return True
        return False

    def _orders(self, items: list[int], edges: list[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
        """Every order of some events that agrees with what is before what already."""
        reach = reachable(edges, len(self.events))
        for order in permutations(items):
            if not any(reach[b] >> a & 1 for n, b in enumerate(order) for a in order[:n]):
                yield order

    def _fetch_edges(
        self, f: int, k: int, writes: tuple[int, ...], order: tuple[int, ...]
    ) -> Iterator[tuple[int, int]]:
        """irf; and for each newer write what a fetch that did not see it must come before."""
        if k >= 0:
            yield writes[k], f
        for w in writes[k + 1 :]:
            if self.dic:
                yield f, w
                continue
            after = order[order.index(w) + 1 :]
            if not self.idc:
                cleaned = [n for n, i in enumerate(after) if self.events[i].kind == "DC"]
                after = after[cleaned[0] + 1 :] if cleaned else ()
            for ic in after:
                if self.events[ic].kind == "IC":
                    yield from self._stale(f, ic)

    def _stale(self, f: int, ic: int) -> Iterator[tuple[int, int]]:
        """A fetch that did not respect an IC."""
        for i in range(f - 1, -1, -1):
            if self.thread[i] == self.thread[f] and self.events[i].kind == "cse":
                yield i, ic
                break
        for i in range(ic + 1, len(self.events)):
            if self.thread[i] == self.thread[ic] and self.events[i].kind == "dsb.sy":
                yield f, i
                break

    # -- states ----------------------------------------------------------------------------------------------------

    def _state(
        self,
        parts: list[tuple[int, int, list[Choice]]],
        chosen: list[Choice],
        observed: list[Location],
    ) -> State:
        cells = dict(self.source.cells)
        for (cell, mask, _), choice in zip(parts, chosen, strict=True):
            if choice.order:
                cells[cell] = cells.get(cell, 0) & ~spread(mask) | self._part(choice.order[-1], mask)
        shown = set()
        for place in observed:
            if isinstance(place, Register):
                regs = self.runs[self.source.threads.index(place.thread)].registers
                reg = regs.get(int(place.name[1:]))
                value = reg.value if reg is not None else 0
                if place.name[0] == "W":
                    value &= 0xFFFF_FFFF
            else:
                assert isinstance(place, Cell)
                addr, size = self.source.names[place.name]
                addr += place.index * size
                value = cells.get(addr & -CELL, 0) >> 8 * (addr % CELL) & (1 << 8 * size) - 1
            shown.add(f"{place}={self.source.show(place, value)}")
        return frozenset(shown)


def reachable(edges: list[tuple[int, int]] | set[tuple[int, int]], count: int) -> list[int]:
    """The transitive closure, a row of bits an event."""
    rows = [0] * count
    for i, j in edges:
        rows[i] |= 1 << j
    for k in range(count):
        row = rows[k]
        for i in range(count):
            if rows[i] >> k & 1:
                rows[i] |= row
    return rows


def acyclic(edges: set[tuple[int, int]], count: int) -> bool:
    """No cycle?  Takes away what nothing is before, until nothing can be taken."""
    before = [0] * count
    for i, j in edges:
        before[j] |= 1 << i
    left = (1 << count) - 1
    while left:
        free = 0
        for i in range(count):
            if left >> i & 1 and not before[i] & left:
                free |= 1 << i
        if not free:
            return False
        left &= ~free
    return True
