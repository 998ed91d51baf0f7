"""Which messages of others can make a difference to a CPU: what a search may leave out of its timeline.

A CPU meets the cache operations of others only in its fetches, and there only as "the newest write before the newest
DC before the newest IC" (`fetch.py`).  So, for a CPU that fetches the words F:

* a write counts if the CPU ever touches its cell;
* a DC counts if some word of F in its line was written since the line's last DC: otherwise that DC says the same;
* an IC counts if a DC (with IDC: a write) that counts for some word of F came after the last IC of that word.  Where
  ICs complete at moments of their own, only an earlier IC of the same CPU makes it redundant, because that one
  completes no later;
* a completion counts if an IC of its CPU that counts came after that CPU's last completion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .timeline import ALL_LINES, COMP, DC, WRITE, Message, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .options import Options

__all__ = ["matters"]


def matters(message: Message, timeline: Timeline, fetches: Iterable[int], options: Options) -> bool:
    """Could `message` of another CPU, appended now, ever change what a CPU that fetches `fetches` does?"""
    kind = message.kind
    if kind == WRITE:
        return message.cell in timeline.cells
    if kind == COMP:
        return _newest_ic_of(timeline, message.cpu) > max(timeline.comps.get(message.cpu, (0,)), default=0)
    if kind == DC:
        cleaned = _newest(timeline.dcs.get(message.cell))
        return any(
            addr & -options.line == message.cell and _newest_write(timeline, addr) > cleaned
            for addr in fetches
        )
    if message.local:
        return False
    return any(_invalidates(message, timeline, addr, options) for addr in fetches)


def _invalidates(ic: Message, timeline: Timeline, addr: int, options: Options) -> bool:
    line = addr & -options.line
    if ic.cell not in {line, ALL_LINES}:
        return False
    last = 0
    for where in (line, ALL_LINES):
        for other in timeline.ics.get(where, ()):
            if not other.local and (not options.exact_ic or other.cpu == ic.cpu):
                last = max(last, other.t)
    if options.idc:
        return _newest_write(timeline, addr) > last
    first = _oldest_write(timeline, addr)
    return first > 0 and _newest(timeline.dcs.get(line)) > max(last, first)


def _newest(messages: list[Message] | None) -> int:
    return messages[-1].t if messages else 0


def _newest_write(timeline: Timeline, addr: int) -> int:
    mask = 0xF << (addr & 7)
    return next((m.t for m in reversed(timeline.writes(addr & ~7)) if m.mask & mask), 0)


def _oldest_write(timeline: Timeline, addr: int) -> int:
    mask = 0xF << (addr & 7)
    return next((m.t for m in timeline.writes(addr & ~7) if m.t and m.mask & mask), 0)


def _newest_ic_of(timeline: Timeline, cpu: int) -> int:
    return max((ic.t for ics in timeline.ics.values() for ic in ics if ic.cpu == cpu), default=0)
