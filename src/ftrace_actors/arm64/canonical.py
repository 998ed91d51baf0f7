"""Memory and PEs as values in which only what can still matter is left, for searches that recognise a state.

Two runs that came to one state by different ways differ in numbers: a store has another position of the timeline in
each.  What follows depends on the order of the positions that somebody can still tell apart, and on nothing else.  So a
message that no PE can read, fetch or respect any more is left out, and every view becomes its rank among the rest.

A write is left out when every byte of it was written over by writes that all PEs must respect already: no load of any
PE can take it (`AccessRules._read_floor` only rises), and no fetch (`FetchRules.fetch_floor` only rises).  An IC is
left out when every PE respects a newer one of its line, a DC when it is older than the one that counts for the oldest
IC left, and a completion when no IC that is left waits for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from .timeline import ALL_LINES, WRITE, Message

if TYPE_CHECKING:
    from .groups import Read
    from .pe import PE
    from .registers import Reg
    from .timeline import Timeline

__all__ = ["Kept", "Ranks", "kept"]


class Ranks:
    """Numbers by their order: `of(n)` is how many of the numbers that matter are at or before `n`."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = sorted({number for number in numbers if number > 0})

    def of(self, number: int) -> int:
        """The rank of a number, 0 when it is before all that matter."""
        return bisect_right(self._numbers, number)


class Kept:
    """What is left of a timeline: messages that matter, oldest first, and a floor below which positions are alike."""

    __slots__ = ("cells", "code", "exclusive", "floor", "floors", "messages")

    def __init__(
        self,
        messages: list[Message],
        cells: frozenset[int],
        code: Collection[int],
        floor: int,
        floors: list[tuple[int, ...]],
        exclusive: list[int],
    ) -> None:
        self.exclusive = exclusive
        self.messages = messages
        self.code = code
        self.cells = cells
        self.floor = floor
        self.floors = floors

    @property
    def positions(self) -> list[int]:
        """The positions that views are compared with."""
        floor, code = self.floor, self.code
        positions = [m.t for m in self.messages if m.t > floor or m.kind != WRITE or m.cell in code]
        # A store-exclusive asks which writes came after what its load took, however old that is.
        positions.extend(self.exclusive)
        return positions

    def memory(self, ranks: Ranks) -> tuple[Hashable, ...]:
        """The messages as a value."""
        of = ranks.of
        return tuple(
            [(of(m.t), m.kind, m.cell, m.mask, m.value, m.prov, m.cpu, m.local) for m in self.messages]
        )

    def machine(self, pe: PE, number: int, ranks: Ranks) -> tuple[Hashable, ...]:
        """One PE as a value, without its register context."""
        of = ranks.of
        cells = self.cells
        reads, all_accesses = _floors(pe)
        coh = [(unit, of(t)) for unit, t in pe.coh.items() if t > all_accesses and (unit >> 4 & ~7) in cells]
        units = [(cell, unit) for cell, unit in pe.units.items() if cell in cells]
        fwd = [
            (of(m.t), *[of(view) if view > pe.dsb else 0 for view in pe.fwd[m.t]])
            for m in self.messages
            if m.cpu == pe.cpu and m.t in pe.fwd and (m.t > reads or max(pe.fwd[m.t]) > pe.dsb)
        ]
        coh.sort()
        units.sort()
        return (
            tuple(map(of, _views(pe))),
            tuple(coh),
            tuple(units),
            tuple(fwd),
            tuple(sorted([(at, of(t)) for at, t in pe.vdc.items() if t > all_accesses])),
            tuple(map(of, self.floors[number])),
            tuple([of(m.t) for m in pe.promises]),
            pe.pending_ic,
            pe.dead,
            pe.fault,
            pe.pending,
            pe.mark_passed,
            pe.trap,
            tuple(sorted(pe.reserved)),
            None if pe.monitor is None else _monitor(pe.monitor, ranks),
            tuple([None if bound is None else bound.insn.word for bound in (pe.next, pe.fetched)]),
            tuple(sorted((name, reg_value(reg, ranks, pe.dsb)) for name, reg in pe.sysregs.items())),
        )


def _floors(pe: PE) -> tuple[int, int]:
    """What every later load respects, and what every later load, store and DC does."""
    reads = max(pe.nr, pe.tau)
    return reads, max(pe.tau, min(pe.nr, pe.nw, pe.ndc))


def _views(pe: PE) -> tuple[int, ...]:
    """The views of a PE, without what makes no difference since another view that is joined with it is as new.

    A view only ever goes into a maximum.  What a DSB completed (`dsb`) is in `nr`, `nw`, `ndc` and `nic` as well, and a
    context synchronization adds it to `tau`.  Where an older view would go, one of these is already: the reads, writes
    and cache maintenance up to there add nothing to what the next barrier orders, dependencies add nothing to what
    bounds a store.  `tau` is part of every bound, and so of `nr`, `ndc` and `nic`, but not of what is published with
    `nw`.  Only the completion of an IC that is pending is not after `dsb`.
    """
    dsb, tau, nr, nw = pe.dsb, pe.tau, pe.nr, pe.nw
    reads = max(tau, nr)
    completed = min(dsb, max(tau, pe.ics)) if pe.pending_ic else dsb
    control, address = max(pe.ctrl_v, pe.ctrl_d), max(pe.adr_v, pe.adr_d)
    return (
        pe.r if pe.r > completed else 0,
        pe.rn if pe.rn > completed else 0,
        pe.w if pe.w > completed else 0,
        pe.dcs if pe.dcs > completed else 0,
        pe.ics if pe.ics > completed else 0,
        pe.rel if pe.rel > reads else 0,
        dsb,
        control if control > dsb else 0,
        address if address > dsb else 0,
        reads,
        nw,
        max(pe.ndc, tau),
        max(pe.nic, tau),
        tau,
        pe.tau_sync,
        pe.own_fetch if pe.own_fetch > max(nw, tau) else 0,
    )


def context(pe: PE, ranks: Ranks, completed: int) -> tuple[Hashable, ...]:
    """The register context of what a PE runs, as a value; dependencies up to `completed` make no difference."""
    v, d = pe.flags_v, pe.flags_d
    return (
        registers(pe.regs, ranks, completed),
        (pe.nzcv, *dependency(v, d, ranks, completed), pe.pc, pe.daif),
        private(pe.private, ranks, completed),
    )


def dependency(v: int, d: int, ranks: Ranks, completed: int) -> tuple[int, int]:
    """The views of a register or of flags."""
    return (ranks.of(v) if v > completed else 0, ranks.of(d) if d > completed else 0)


def reg_value(reg: Reg, ranks: Ranks, completed: int) -> tuple[int, int, int, int]:
    """A register as a value."""
    value, v, d, prov = reg
    return (value, *dependency(v, d, ranks, completed), prov) if v or d else reg


def registers(regs: Sequence[Reg], ranks: Ranks, completed: int) -> tuple[Hashable, ...]:
    """General registers as a value."""
    return tuple([reg_value(reg, ranks, completed) for reg in regs])


def private(memory: dict[int, Reg], ranks: Ranks, completed: int) -> tuple[Hashable, ...]:
    """Private memory as a value."""
    return tuple(sorted([(addr, reg_value(reg, ranks, completed)) for addr, reg in memory.items()]))


def _monitor(monitor: tuple[int, int, tuple[Read, ...]], ranks: Ranks) -> Hashable:
    addr, size, reads = monitor
    return (
        addr,
        size,
        tuple((ranks.of(read.v), tuple((mask, ranks.of(t)) for mask, t in read.taken)) for read in reads),
    )


def kept(timeline: Timeline, pes: Sequence[PE], code: Collection[int]) -> Kept:
    """What is left of a timeline, `code` being the modifiable words."""
    floor = min(max(pe.nr, pe.tau) for pe in pes)
    promised = [m for pe in pes for m in pe.promises]
    messages: list[Message] = []
    cells: set[int] = set()
    words: list[int] = []
    by_cell: dict[int, list[int]] = {}
    for addr in code:
        by_cell.setdefault(addr & ~7, []).append(addr)
    for cell, writes in timeline.cells.items():
        if len(writes) == 1:
            continue
        left = _left(cell, writes, pes, by_cell.get(cell, ()))
        if len(left) > 1 or left[0].t > 0:
            messages.extend(left)
        if len(left) > 1:
            cells.add(cell)
            words.extend(by_cell.get(cell, ()))
    _maintenance(timeline, pes, messages)
    messages.extend(m for m in promised if m not in messages)
    messages.sort(key=_position)
    floors = [tuple([pe.fetch_floor(word) for word in words]) for pe in pes]
    exclusive = [t for pe in pes if pe.monitor is not None for read in pe.monitor[2] for _, t in read.taken]
    return Kept(messages, frozenset(cells), by_cell, floor, floors, exclusive)


def _position(message: Message) -> tuple[int, int]:
    return message.t, message.cell


def _left(cell: int, writes: list[Message], pes: Sequence[PE], words: Sequence[int]) -> list[Message]:
    """The writes to one cell that somebody may still take, oldest first."""
    if any(m.local for m in writes):
        return writes
    least = min(_load_floor(pe, cell) for pe in pes)
    for pe in pes:
        for word in words:
            least = min(least, pe.fetch_floor(word))
    covered = 0
    left: list[Message] = []
    for message in reversed(writes):
        if message.mask & ~covered == 0:
            continue
        left.append(message)
        if message.t <= least:
            covered |= message.mask
            if covered == 0xFF:
                break
    left.reverse()
    return left


def _load_floor(pe: PE, cell: int) -> int:
    """What every load of any byte of the cell is not older than."""
    floor = max(pe.nr, pe.tau)
    unit = pe.units.get(cell)
    coh = pe.coh
    if unit == 8:
        return max(floor, coh.get(cell << 4 | 8, 0))
    if unit == 4:
        return max(floor, min(coh.get(cell << 4 | 4, 0), coh.get((cell + 4) << 4 | 4, 0)))
    return floor


def _maintenance(timeline: Timeline, pes: Sequence[PE], messages: list[Message]) -> None:
    """Add the cache maintenance that somebody's fetches have still to respect."""
    if ALL_LINES in timeline.ics:
        messages.extend(m for m in timeline.messages if m.kind != WRITE)
        return
    waiting: dict[int, int] = {}
    for line, ics in timeline.ics.items():
        least = min(pe.last_invalidation(line) for pe in pes)
        left = [ic for ic in ics if ic.t >= least]
        messages.extend(left)
        for ic in left:
            waiting[ic.cpu] = min(ic.t, waiting.get(ic.cpu, ic.t))
        dcs = timeline.dcs.get(line, ())
        first = left[0].t if left else timeline.end + 1
        before = [dc for dc in dcs if dc.t < first]
        messages.extend(before[-1:])
        messages.extend(dc for dc in dcs if dc.t >= first)
    for line, dcs in timeline.dcs.items():
        if line not in timeline.ics:
            messages.extend(dcs[-1:])
    for cpu, times in timeline.comps.items():
        if cpu in waiting:
            messages.extend(timeline.messages[t - 1] for t in times if t > waiting[cpu])
