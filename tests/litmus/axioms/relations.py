"""Locally-ordered-before: what one thread's program order and dependencies alone put in order.

In the words of Arm ARM B2.3 and `aarch64.cat`: dependency-, atomic-, barrier-ordered-before, local write successor, and
for fetches and cache maintenance those of Simner et al., ESOP 2020.  Each rule yields pairs of positions.
"""

from __future__ import annotations

from collections.abc import Iterator

from .events import Event, local_sources

Pairs = Iterator[tuple[int, int]]


def locally_ordered(events: list[Event]) -> set[tuple[int, int]]:
    """All pairs of one run."""
    rules = (dependencies, picks, through_memory, atomics, acquire_release, barriers, same_place, fetches)
    return {pair for rule in rules for pair in rule(events)}


def _after(events: list[Event], i: int) -> Iterator[tuple[int, Event]]:
    return ((j, events[j]) for j in range(i + 1, len(events)))


def _before(events: list[Event], j: int) -> Iterator[tuple[int, Event]]:
    return ((i, events[i]) for i in range(j))


def dependencies(events: list[Event]) -> Pairs:
    """addr | data | ctrl; [W | DC | IC | CSE] | addr; po; [W | CSE]."""
    for j, e in enumerate(events):
        for source in e.addr.basic | e.data.basic:
            yield source, j
        if e.kind in {"W", "DC", "IC", "cse"}:
            for source in e.ctrl.basic:
                yield source, j
        if e.kind in {"W", "cse"}:
            for _, a in _before(events, j):
                if a.memory:
                    for source in a.addr.basic:
                        yield source, j


def picks(events: list[Event]) -> Pairs:
    """pick-addr | pick-data | pick-ctrl; [W | DC | IC | CSE] | pick-addr; po; [W | CSE]: never into a read."""
    for j, e in enumerate(events):
        if e.kind not in {"W", "DC", "IC", "cse"}:
            continue
        for source in e.addr.pick | e.data.pick | e.ctrl.pick:
            yield source, j
        if e.kind in {"W", "cse"}:
            for _, a in _before(events, j):
                if a.memory:
                    for source in a.addr.pick:
                        yield source, j


def through_memory(events: list[Event]) -> Pairs:
    """(addr | data); lrs into reads, pick-addr and pick-data as well into acquiring ones.

    Into a fetch a pick dependency, whatever it fetched, to all later writes.
    """
    for j, e in enumerate(events):
        if e.kind == "R":
            for w in local_sources(events[:j], e):
                deps = events[w].addr | events[w].data
                for source in deps.all if e.tags & {"A", "Q"} else deps.basic:
                    yield source, j
        elif e.kind == "F":
            for w in local_sources(events[:j], e):
                for source in events[w].addr.all | events[w].data.all:
                    yield from ((source, k) for k, later in _after(events, j) if later.kind == "W")


def atomics(events: list[Event]) -> Pairs:
    """rmw | rmw; lrs; [A | Q]."""
    for j, e in enumerate(events):
        if e.rmw is not None:
            yield e.rmw, j
        if e.kind == "R" and e.tags & {"A", "Q"}:
            for w in local_sources(events[:j], e):
                read = events[w].rmw
                if read is not None:
                    yield read, j


def acquire_release(events: list[Event]) -> Pairs:
    """[A | Q]; po | po; [L] | [L]; po; [A] | [A]; amo; [L]; po, among memory accesses."""
    for i, a in enumerate(events):
        for j, b in _after(events, i):
            if a.memory and b.memory and _released(a, b):
                yield i, j


def _released(a: Event, b: Event) -> bool:
    acquires = a.kind == "R" and bool(a.tags & {"A", "Q"})
    full = a.kind == "W" and "AL" in a.tags
    return acquires or full or "L" in b.tags or ("L" in a.tags and b.kind == "R" and "A" in b.tags)


def barriers(events: list[Event]) -> Pairs:
    """po; [DMB | DSB]; po by what each waits for and holds; [DSB]; po; [CSE]."""
    for j, fence in enumerate(events):
        name, _, what = fence.kind.partition(".")
        if name not in {"dmb", "dsb"}:
            continue
        for i, a in _before(events, j):
            if _waits(name, what, a):
                yield i, j
        for k, b in _after(events, j):
            if _holds(name, what, b):
                yield j, k


def _waits(name: str, what: str, a: Event) -> bool:
    if what == "ld":
        return a.kind == "R" and "NoRet" not in a.tags
    if what == "st":
        return a.kind == "W"
    return a.memory or a.kind == "DC" or (name == "dsb" and a.kind in {"IC", "F"})


def _holds(name: str, what: str, b: Event) -> bool:
    if name == "dsb":
        return b.memory or b.kind in {"DC", "IC", "cse"}
    if what == "st":
        return b.kind == "W"
    return b.memory or (what == "sy" and b.kind == "DC")


def same_place(events: list[Event]) -> Pairs:
    """Local write successor: po-loc; [W].  DC after and before accesses to its line, and after DCs of it."""
    for i, a in enumerate(events):
        for j, b in _after(events, i):
            writes = a.memory and b.kind == "W" and a.overlaps(b)
            cleans = b.kind == "DC" and (a.memory or a.kind == "DC") and a.same_line(b)
            cleaned = a.kind == "DC" and b.memory and b.same_line(a)
            if writes or cleans or cleaned:
                yield i, j


def fetches(events: list[Event]) -> Pairs:
    """[F]; po: fetches in order, and each before all its instruction and later ones do.  [CSE]; po.

    A context synchronization itself does not wait for a fetch, only for control, address and DSB: it shows in what ICs
    it covers (`candidates.py`).
    """
    for i, a in enumerate(events):
        if a.kind in {"F", "cse"}:
            yield from ((i, j) for j, b in _after(events, i) if a.kind == "cse" or b.kind != "cse")
