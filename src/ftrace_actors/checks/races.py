"""Which fetches race with which writes, for UNPREDICTABLE (`cmodx.py`).

A fetch that read the write at `order` happened somewhere after lo = max(order, what context synchronization had raised
the fetch view to) and before hi, the earliest of

* its horizon: what the architecture and the kernel order after it, here and on other CPUs (`horizons.py`);
* an IC that would have forced a newer word on the fetch; and for earlier fetches the completion of such an IC, when a
  later fetch is stale to it.

A newer, different write of the word strictly between is a race.  hi is known when the run is over.  It only ever falls
as the run continues, so a fetch is settled before: once something bounds it, and no write is in between or may execute
there.  What distinguishes a place in the middle of a run is its unsettled fetches and what bounds these; that is
mostly nothing, as a CPU's next store bounds all that it has fetched.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Hashable, Iterator
from typing import Any, Final

from ..events import Barrier, Event, Fetch, Join, Load, Maintain, Store, Sync
from ..ordinals import At, Seq
from .horizons import NEVER, Horizon, Horizons, is_full_dsb
from .scene import Scene

__all__ = ["Races", "modifiable_while_executed"]

# (mask, value) of: b and bl, b.cond, cbz and cbnz, tbz and tbnz, brk, svc, hvc, smc, isb, nop, udf.
_SAFE: Final = (
    (0x7C00_0000, 0x1400_0000),
    (0xFF00_0010, 0x5400_0000),
    (0x7E00_0000, 0x3400_0000),
    (0x7E00_0000, 0x3600_0000),
    (0xFFE0_001F, 0xD420_0000),
    (0xFFE0_001F, 0xD400_0001),
    (0xFFE0_001F, 0xD400_0002),
    (0xFFE0_001F, 0xD400_0003),
    (0xFFFF_F0FF, 0xD503_30DF),
    (0xFFFF_FFFF, 0xD503_201F),
    (0xFFFF_0000, 0x0000_0000),
)


def modifiable_while_executed(word: int) -> bool:
    """True for the instructions that Arm lets one CPU modify while another executes them."""
    return any(word & mask == value for mask, value in _SAFE)


class Races:
    """Gathers fetches of `hazards`, the words in question, and all that may bound one."""

    __slots__ = ("_comps", "_dcs", "_events", "_hazards", "_ics", "_idc", "_line", "_stores", "_writes")

    def __init__(self, hazards: frozenset[int], *, idc: bool, line: int) -> None:
        self._hazards = hazards
        self._idc = idc
        self._line = line
        self._events: list[Event] = []
        """From the first fetch on that is not settled: all that may bound one."""
        self._stores: list[Store] = []
        """All stores, in the order of the timeline."""
        self._writes: list[Store] = []
        """Those of the words in question."""
        self._dcs: list[Maintain] = []
        self._ics: list[Maintain] = []
        self._comps: list[Maintain] = []

    def copy(self) -> Races:
        """Independent of this one."""
        other = Races(self._hazards, idc=self._idc, line=self._line)
        other._events = self._events.copy()
        other._stores = self._stores.copy()
        other._writes = self._writes.copy()
        other._dcs = self._dcs.copy()
        other._ics = self._ics.copy()
        other._comps = self._comps.copy()
        return other

    # -- gathering ------------------------------------------------------------------------------------------------

    def fetched(self, event: Fetch) -> None:
        """Any fetch."""
        if event.addr in self._hazards:
            self._events.append(event)

    def ordered(self, event: Load | Barrier | Sync | Join) -> None:
        """What bounds fetches without being on the timeline."""
        if self._events:
            self._events.append(event)

    def stored(self, event: Store) -> None:
        """Any store."""
        insort(self._stores, event, key=_order)
        if any(word in self._hazards for word in range(event.addr & ~3, event.addr + event.size, 4)):
            insort(self._writes, event, key=_order)
        if self._events:
            self._events.append(event)

    def maintained(self, event: Maintain) -> None:
        """Cache maintenance, or the completion of ICs."""
        if not event.order:
            return
        # A non-broadcast IC IALLU reaches no other CPU; for its own it is an own message already.
        kind = event.name.partition(" ")[0]
        if kind == "dc":
            self._dcs.append(event)
        elif kind == "comp":
            self._comps.append(event)
        elif event.name != "ic iallu":
            self._ics.append(event)
        if self._events:
            self._events.append(event)

    def write_at(self, order: int) -> Store | None:
        """The store at a position of the timeline."""
        return next((store for store in self._stores if store.order == order), None)

    # -- judging --------------------------------------------------------------------------------------------------

    def found(self) -> list[tuple[Fetch, Store]]:
        """The races of a run that is over, in the order of the fetches."""
        if not self._rivals():
            return []
        races: list[tuple[Fetch, Store]] = []
        for fetch, low, high in reversed(self._bounded()):
            store = next(self._between(fetch, low, high), None)
            if store is not None:
                races.append((fetch, store))
        return races

    def _rivals(self) -> bool:
        """Is there any write at all that some fetch could have taken instead of its own, were nothing ordered?"""
        fetches = [event for event in self._events if isinstance(event, Fetch)] if self._writes else []
        return any(next(self._between(fetch, _low(fetch), NEVER), None) is not None for fetch in fetches)

    def _between(self, fetch: Fetch, low: int, high: int) -> Iterator[Store]:
        """The writes between two positions that may not be taken instead of what was fetched."""
        return (
            store
            for store in self._writes
            if low < store.order < high and _covers(store, fetch.addr) and _races(fetch, store)
        )

    def _bounded(self) -> list[tuple[Fetch, int, int]]:
        """Each fetch with its lo and hi, as far as is known: in one walk back."""
        bounded: list[tuple[Fetch, int, int]] = []

        def visit(event: Event, horizon: Horizon) -> None:
            match event:
                case Fetch():
                    bounded.append((event, _low(event), self._high(event, horizon)))
                case Load():
                    horizon.message(self._next_foreign_write(event, horizon.explicit))
                case Maintain(name="comp"):
                    horizon.after_fetches(event.order)
                case Maintain() | Store():
                    horizon.message(event.order)
                case _:
                    pass

        Horizons().walk(self._events, visit)
        return bounded

    def _next_foreign_write(self, load: Load, limit: int) -> int:
        """Where another CPU overwrites what the load read; NEVER when that is not before `limit`."""
        end = load.addr + load.size
        first = bisect_right(self._stores, load.order, key=_order)
        for store in self._stores[first:]:
            if store.order >= limit:
                break
            if store.cpu != load.cpu and store.addr < end and load.addr < store.addr + store.size:
                return store.order
        return NEVER

    def _high(self, fetch: Fetch, horizon: Horizon) -> int:
        """Where the fetch has happened at the latest; brings `horizon` up to date for what was fetched before it."""
        high = horizon.of_fetch
        writes = [store for store in self._writes if _covers(store, fetch.addr)]
        for ic in self._ics:
            if self._stale_to(fetch, ic, writes):
                high = min(high, ic.order)
                for comp in self._comps:
                    if comp.cpu == ic.cpu and comp.order > ic.order:
                        horizon.after_fetches(comp.order)
        return high

    def _stale_to(self, fetch: Fetch, ic: Maintain, writes: list[Store]) -> bool:
        """Had the fetch respected this IC, it would have had to take a newer write."""
        addr = fetch.addr
        if ic.name != "ic ialluis" and addr // self._line != ic.addr // self._line:
            return False
        limit = ic.order
        if not self._idc:
            limit = max(
                (
                    dc.order
                    for dc in self._dcs
                    if dc.order < limit and addr // self._line == dc.addr // self._line
                ),
                default=0,
            )
        return any(fetch.order < write.order < limit for write in writes)

    # -- in the middle of a run -----------------------------------------------------------------------------------

    def settle(self, scene: Scene) -> set[int]:
        """The fetches that are not settled; forgets what came before them, which can bound no fetch any more."""
        still_open = {
            fetch.seq for fetch, low, high in self._bounded() if self._is_open(fetch, low, high, scene)
        }
        first = min(still_open, default=NEVER)
        if self._events and first > self._events[0].seq:
            self._events = [event for event in self._events if event.seq >= first]
        return still_open

    def _is_open(self, fetch: Fetch, low: int, high: int, scene: Scene) -> bool:
        """The fetch may be in a race when the run is over: with a write that is there, or one that executes there."""
        if high == NEVER or next(self._between(fetch, low, high), None) is not None:
            return True
        return any(low < early < high for early in scene.early)

    def state(self, scene: Scene) -> Hashable:
        """The fetches that are not settled and what bounds them; and what will bound those to come."""
        rows = tuple(self._rows(scene))
        # Also of the writes that are visible already and will execute.
        first = min([write.order for write in self._writes[:1]] + list(scene.early), default=NEVER)
        lines = {word // self._line for word in self._hazards}
        return (
            rows,
            tuple([(store.addr, store.size, store.value, At(store.order)) for store in self._writes]),
            # What is older than all writes forces none of them on anybody.
            tuple(sorted([self._maintenance(ic) for ic in self._ics if self._concerns(ic, first, lines)])),
            tuple(sorted([self._maintenance(dc) for dc in self._dcs if self._concerns(dc, first, lines)]))
            if not self._idc
            else (),
            tuple(sorted([(At(comp.order), comp.cpu) for comp in self._comps if comp.order > first])),
        )

    def _concerns(self, event: Maintain, first: int, lines: set[int]) -> bool:
        return event.order > first and (event.name == "ic ialluis" or event.addr // self._line in lines)

    def _maintenance(self, event: Maintain) -> tuple[At, int, int]:
        """Position, cache line (-1 is all of them) and CPU."""
        line = -1 if event.name == "ic ialluis" else event.addr // self._line
        return (At(event.order), line, event.cpu)

    def _rows(self, scene: Scene) -> Iterator[tuple[Hashable, ...]]:
        """What was gathered, where it is after a fetch that is not settled: on its CPU, or on one that joined that."""
        since: dict[int, int] = {}
        still_open = self.settle(scene)
        for event in self._events:
            joins = isinstance(event, Join) and since.get(event.publisher, NEVER) < event.until
            if event.seq in still_open or joins:
                since.setdefault(event.cpu, event.seq)
            if event.cpu in since:
                row = self._row(event, scene)
                if row:
                    yield (Seq(event.seq), event.cpu, *row)

    def _row(self, event: Event, scene: Scene) -> tuple[Any, ...]:
        """How an event bounds fetches."""
        match event:
            case Fetch():
                return ("fetch", event.task, event.addr, event.word, At(event.order), At(_low(event)))
            case Load():
                bound = self._next_foreign_write(event, NEVER)
                if scene.early:  # another may execute before the one that is the next so far
                    return ("load", event.addr, event.size, At(event.order))
                return ("load", event.addr, event.size, 0) if bound == NEVER else ("at", At(bound))
            case Maintain(name="comp"):
                return ("comp", At(event.order))
            case Maintain() | Store():
                return ("at", At(event.order))
            case Join():
                return ("join", event.ordering, event.publisher, Seq(event.until))
            case Barrier():
                return ("dsb",) if is_full_dsb(event) else ()
            case Sync():
                return ("sync",)
            case _:
                return ()


def _order(event: Store) -> int:
    return event.order


def _low(fetch: Fetch) -> int:
    """Where the fetch has happened at the earliest."""
    return max(fetch.order, fetch.sync)


def _covers(store: Store, addr: int) -> bool:
    """The store writes some byte of the word at `addr`."""
    return store.addr < addr + 4 and addr < store.addr + store.size


def _races(fetch: Fetch, store: Store) -> bool:
    """The word that the store leaves there may not be taken instead of the one that was fetched."""
    if store.addr > fetch.addr or store.addr + store.size < fetch.addr + 4:
        return True
    word = store.value >> 8 * (fetch.addr - store.addr) & 0xFFFF_FFFF
    if word == fetch.word:
        return False
    return not (modifiable_while_executed(fetch.word) and modifiable_while_executed(word))
