"""A second opinion, by another idea: candidate executions and an acyclicity check.

A program is a few abstract operations a thread.  Every combination of reads-from, coherence, and order of cache
operations is tried; one is an execution if it is internally consistent, atomics are atomic, and ordered-before has no
cycle.  Nothing here knows of views, promises or timelines.

Relations follow `aarch64.cat` (Deacon; Alglave et al., TOPLAS 2021) and, for fetches and cache maintenance, Simner et
al., ESOP 2020.  With at most one write to the code location both agree with the published tool on ICs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, permutations, product

CODE = "m"
OLD, NEW = 1, 2

READ_KINDS = {"R", "RA", "RQ"}
WRITE_KINDS = {"W", "WL"}


@dataclass(frozen=True)
class Op:
    """One operation.

    `kind`: R, RA (LDAR), RQ (LDAPR); W, WL (STLR); S, SA, SL, SAL (SWP); F (run the code word); DC, IC;
    dmb.sy, dmb.ld, dmb.st, dsb.sy, dsb.ld, dsb.st, isb; C (branch on a register).
    `place` x or y, or the code word.  `value` what a write writes.  `reg` the number of the register a read, swap or
    fetch fills.  `addr`, `data`: the register its address or data depends on, 0 for none; C has its register in `data`.
    """

    kind: str
    place: str = ""
    value: int = 0
    reg: int = 0
    addr: int = 0
    data: int = 0


@dataclass(frozen=True)
class Event:
    thread: int
    po: int
    op: Op
    read: bool = False
    write: bool = False

    @property
    def acquire(self) -> bool:
        return self.read and ("A" in self.op.kind[1:] or "Q" in self.op.kind[1:])

    @property
    def strong_acquire(self) -> bool:
        return self.read and "A" in self.op.kind[1:]

    @property
    def release(self) -> bool:
        return self.write and "L" in self.op.kind[1:]

    @property
    def memory(self) -> bool:
        return self.read or self.write


class Axioms:
    """One program on one kind of machine (`cache` "", "IDC" or "DIC")."""

    def __init__(self, threads: list[list[Op]], cache: str) -> None:
        self.cache = cache
        self.events: list[Event] = []
        for thread, ops in enumerate(threads):
            for po, op in enumerate(ops):
                if op.kind[0] == "S":
                    self.events.append(Event(thread, po, op, read=True))
                    self.events.append(Event(thread, po, op, write=True))
                else:
                    read, write = op.kind in READ_KINDS, op.kind in WRITE_KINDS
                    self.events.append(Event(thread, po, op, read, write))
        everything = range(len(self.events))
        self.reads = [i for i in everything if self.events[i].read]
        self.writes = [i for i in everything if self.events[i].write]
        self.fetches = [i for i in everything if self.events[i].op.kind == "F"]
        cached = {"": {"DC", "IC"}, "IDC": {"IC"}, "DIC": set[str]()}[cache]
        self.maintenance = [i for i in everything if self.events[i].op.kind in cached]
        self.rmw = [
            (i, i + 1) for i in everything if self.events[i].read and self.events[i].op.kind[0] == "S"
        ]
        self.fixed = list(self._fixed())

    # -- what program order alone gives --------------------------------------------------------------------------

    def _later(self, i: int) -> Iterator[int]:
        me = self.events[i]
        for j, other in enumerate(self.events):
            if other.thread == me.thread and (other.po > me.po or (other.po == me.po and j > i)):
                yield j

    def _rewrites(self, i: int) -> Iterator[int]:
        """Later writes of the same thread to the same place (coi)."""
        return (
            j
            for j in self._later(i)
            if self.events[j].write and self.events[j].op.place == self.events[i].op.place
        )

    def _source(self, thread: int, reg: int) -> int:
        """The read that fills a register."""
        return next(i for i in self.reads if self.events[i].thread == thread and self.events[i].op.reg == reg)

    def _fixed(self) -> Iterator[tuple[int, int]]:
        yield from self.rmw
        for i, a in enumerate(self.events):
            yield from self._dependencies(i, a)
            for j in self._later(i):
                b = self.events[j]
                if self._ordered(a, b):
                    yield i, j
                if a.memory and b.release:
                    yield from ((i, k) for k in self._rewrites(j))

    def _dependencies(self, i: int, a: Event) -> Iterator[tuple[int, int]]:
        for reg in {a.op.addr} - {0}:
            source = self._source(a.thread, reg)
            yield source, i
            for j in self._later(i):
                if self.events[j].write or self.events[j].op.kind == "isb":
                    yield source, j
        if a.op.data:
            source = self._source(a.thread, a.op.data)
            if a.op.kind == "C":
                for j in self._later(i):
                    if self.events[j].write or self.events[j].op.kind in {"isb", "DC", "IC"}:
                        yield source, j
            elif a.write:
                yield source, i
                yield from ((source, j) for j in self._rewrites(i))

    @staticmethod
    def _ordered(a: Event, b: Event) -> bool:
        """Is a before b by what they are, a being earlier in program order?"""
        ka, kb = a.op.kind, b.op.kind
        same_line = a.op.place == b.op.place != ""
        if ka == "F" and kb != "C":
            return True  # in-order fetch: before later fetches and everything else later
        if ka == "isb":
            return kb != "C"
        if kb == "isb":
            return ka.startswith("dsb")
        if ka[:3] in {"dmb", "dsb"}:
            return kb[:3] not in {"dmb", "dsb"} and Axioms._barrier_orders(ka, b)
        if kb[:3] in {"dmb", "dsb"}:
            return Axioms._barrier_waits(kb, a)
        if kb == "DC" and (a.memory or ka == "DC") and same_line:
            return True
        if ka == "DC" and b.memory and same_line:
            return True
        if a.memory and b.memory:
            acquire_release = a.write and len(ka) == 3 and ka[0] == "S"
            return a.acquire or b.release or (a.release and b.strong_acquire) or acquire_release
        return False

    @staticmethod
    def _barrier_waits(kind: str, a: Event) -> bool:
        ka = a.op.kind
        if kind.endswith("ld"):
            return a.read
        if kind.endswith("st"):
            return a.write
        return a.memory or ka == "DC" or (kind.startswith("dsb") and ka in {"IC", "F"})

    @staticmethod
    def _barrier_orders(kind: str, b: Event) -> bool:
        kb = b.op.kind
        if kind.startswith("dsb"):
            return b.memory or kb in {"DC", "IC"}
        if kind.endswith("st"):
            return b.write
        return b.memory or (kind == "dmb.sy" and kb == "DC")

    # -- candidates ------------------------------------------------------------------------------------------------

    def states(self) -> set[tuple[tuple[tuple[int, int], int], ...]]:
        """All final states, as sorted ((thread, register), value) and ((-1, place number), value)."""
        found = set()
        places = {p: [i for i in self.writes if self.events[i].op.place == p] for p in ("x", "y", CODE)}
        orders = [list(permutations(writes)) for writes in places.values()]
        choices = [[-1, *places[self.events[r].op.place]] for r in self.reads]
        fetched = [[-1, *places[CODE]] for _ in self.fetches]
        for chosen in product(*orders):
            co = dict(zip(places, chosen, strict=True))
            for rf in product(*choices):
                base = self._external(co, rf)
                if base is None:
                    continue
                for irf in product(*fetched):
                    state = self._state(co, rf, irf)
                    if state not in found and any(
                        not _cyclic([*self.fixed, *base, *more], len(self.events))
                        for more in self._maintained(co[CODE], irf)
                    ):
                        found.add(state)
        return found

    def _external(self, co: dict[str, tuple[int, ...]], rf: tuple[int, ...]) -> list[tuple[int, int]] | None:
        """Ordered-before edges of reads and writes; None if not coherent or not atomic."""
        reads_from = dict(zip(self.reads, rf, strict=True))
        if not self._atomic(co, reads_from):
            return None
        edges = [
            pair
            for order in co.values()
            for n, w in enumerate(order)
            for pair in product([w], order[n + 1 :])
        ]
        inner: list[tuple[int, int]] = []
        for r, w in reads_from.items():
            order = co[self._place(r)]
            if w >= 0:
                edges.append((w, r))
                if self._thread(w) == self._thread(r):
                    inner += self._through_memory(w, r)
            edges += [
                (r, later)
                for later in order[order.index(w) + 1 if w >= 0 else 0 :]
                if (r, later) not in self.rmw
            ]
        memory = [*self.reads, *self.writes]
        local = [
            (i, j)
            for i in memory
            for j in self._later(i)
            if j in memory and self._place(i) == self._place(j) and (i, j) not in self.rmw
        ]
        if _cyclic([*edges, *local], len(self.events)):
            return None
        return inner + [(i, j) for i, j in edges if self._thread(i) != self._thread(j)]

    def _thread(self, i: int) -> int:
        return self.events[i].thread

    def _place(self, i: int) -> str:
        return self.events[i].op.place

    def _atomic(self, co: dict[str, tuple[int, ...]], reads_from: dict[int, int]) -> bool:
        """No write of another thread between the two halves of an atomic."""
        for r, w in self.rmw:
            order = co[self._place(r)]
            start = order.index(reads_from[r]) if reads_from[r] >= 0 else -1
            end = order.index(w)
            if end <= start or any(self._thread(b) != self._thread(r) for b in order[start + 1 : end]):
                return False
        return True

    def _through_memory(self, w: int, r: int) -> Iterator[tuple[int, int]]:
        """A dependency into a write is one into the own read of that write; an acquire waits for an atomic's read."""
        event = self.events[w]
        for reg in {event.op.addr, event.op.data} - {0}:
            yield self._source(event.thread, reg), r
        if event.op.kind[0] == "S" and self.events[r].acquire:
            yield w - 1, r

    def _maintained(self, writes: tuple[int, ...], irf: tuple[int, ...]) -> Iterator[list[tuple[int, int]]]:
        """Edges of fetches and cache operations, for every order of writes to the code and cache operations."""
        if not self.fetches:
            yield []
            return
        for order in permutations([*writes, *self.maintenance]):
            kept = [w for w in order if w in writes]
            if tuple(kept) != writes:
                continue
            edges = list(pairwise(order))
            for f, source in zip(self.fetches, irf, strict=True):
                if source >= 0:
                    edges.append((source, f))
                for w in writes[writes.index(source) + 1 if source >= 0 else 0 :]:
                    last = self._visible(order, w)
                    if last is not None:
                        edges.append((f, last))
            yield edges

    def _visible(self, order: tuple[int, ...], w: int) -> int | None:
        """What makes a write visible to fetches: itself, or the cache operation that does; None if nothing does."""
        kinds = {"DIC": (), "IDC": ("IC",), "": ("DC", "IC")}[self.cache]
        at = order.index(w)
        for kind in kinds:
            found = [n for n in range(at + 1, len(order)) if self.events[order[n]].op.kind == kind]
            if not found:
                return None
            at = found[0]
        return order[at]

    def _state(
        self, co: dict[str, tuple[int, ...]], rf: tuple[int, ...], irf: tuple[int, ...]
    ) -> tuple[tuple[tuple[int, int], int], ...]:
        values: dict[int, int] = {-1: 0}
        source = dict(zip(self.reads, rf, strict=True))
        for (
            _
        ) in self.events:  # data may come from reads of reads; settles in as many rounds as there are writes
            for w in self.writes:
                op = self.events[w].op
                if op.data:
                    values[w] = values.get(source[self._source(self.events[w].thread, op.data)], 0)
                else:
                    values[w] = op.value
        state = {}
        for r, w in source.items():
            state[self.events[r].thread, self.events[r].op.reg] = values[w]
        for f, w in zip(self.fetches, irf, strict=True):
            state[self.events[f].thread, self.events[f].op.reg] = OLD if w < 0 else NEW
        for number, place in enumerate(("x", "y")):
            state[-1, number] = values[co[place][-1]] if co[place] else 0
        return tuple(sorted(state.items()))


def _cyclic(edges: list[tuple[int, int]], count: int) -> bool:
    """Does the relation have a cycle?  Takes away what nothing is before, until nothing can be taken."""
    after: list[set[int]] = [set() for _ in range(count)]
    waiting = [0] * count
    for i, j in set(edges):
        after[i].add(j)
        waiting[j] += 1
    free = [i for i in range(count) if not waiting[i]]
    done = 0
    while free:
        done += 1
        for j in after[free.pop()]:
            waiting[j] -= 1
            if not waiting[j]:
                free.append(j)
    return done < count
