"""UNPREDICTABLE: the architecture gives no answer.

The machine reports what it meets itself (half a literal fetched as code).  What only the whole run tells is concurrent
modification and execution (CMODX, Arm ARM B2.2.5): a fetch that could have returned another word, where the old or the
new word is not one of those that may be modified while executed.

"Could have", as in the published model: a fetch that read the write at `order` happened somewhere after
lo = max(order, what context synchronization had raised the fetch view to) and before hi, the earliest of

* its horizon: what the architecture and the kernel order after it, here and on other CPUs (`horizons.py`);
* an IC that would have forced a newer word on the fetch; and for earlier fetches the completion of such an IC, when a
  later fetch is stale to it.

A newer, different write of the word strictly between is a race.  hi is known when the run is over, so it is judged
then.  Nothing here asks whether a task or a text is still in use.  With DIC = 1 this never happens: give no hazards.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import ClassVar, Final

from ..events import Barrier, Event, Fetch, Join, Load, Maintain, Store, Sync, Unpredictable
from ..words import Severity
from .checker import Check
from .horizons import NEVER, Horizon, Horizons
from .scene import Handlers

__all__ = ["LINE_BYTES", "Unpredictables", "modifiable_while_executed"]

LINE_BYTES: Final = 64

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


class Unpredictables(Check):
    """See the module."""

    __slots__ = ("_comps", "_dcs", "_events", "_hazards", "_ics", "_idc", "_line", "_races", "_stores")

    name: ClassVar[str] = "UNPREDICTABLE"
    about: ClassVar[str] = "no CPU does what the architecture calls CONSTRAINED UNPREDICTABLE"

    def __init__(self, hazards: frozenset[int], *, idc: bool = True, line: int = LINE_BYTES) -> None:
        self._hazards = hazards
        self._idc = idc
        self._line = line
        self._events: list[Event] = []
        """From the first fetch in question on: all that may bound one."""
        self._races: list[tuple[Fetch, Store]] = []
        self._stores: list[Store] = []
        self._dcs: list[Maintain] = []
        self._ics: list[Maintain] = []
        self._comps: list[Maintain] = []

    def handlers(self) -> Handlers:
        """Without hazards nothing but what the machine reports."""
        if not self._hazards:
            return {Unpredictable: self._on_unpredictable}
        return {
            Unpredictable: self._on_unpredictable,
            Fetch: self._on_fetch,
            Load: self._on_load,
            Store: self._on_store,
            Maintain: self._on_maintain,
            Barrier: self._on_order,
            Sync: self._on_order,
            Join: self._on_order,
        }

    def _on_unpredictable(self, event: Unpredictable) -> None:
        scene = self.scene
        where = scene.describe(event.addr)
        self._since(event)
        self.report(
            Severity.UNPREDICTABLE,
            f"{event.task or event.actor} on cpu{event.cpu} at {where}: {event.reason}",
            where,
            scene.window_of(event.task),
            (event, next((store for store in self._stores if store.order == event.order), None)),
        )

    def _since(self, event: Event) -> None:
        """From here on the task may do anything."""
        known = self.scene.unpredictable
        known[event.task] = min(event.seq, known.get(event.task, event.seq))

    # -- gathering ------------------------------------------------------------------------------------------------

    def _on_fetch(self, event: Fetch) -> None:
        if event.addr in self._hazards:
            self._events.append(event)

    def _on_load(self, event: Load) -> None:
        if self._events:
            self._events.append(event)

    def _on_order(self, event: Event) -> None:
        if self._events:
            self._events.append(event)

    def _on_store(self, event: Store) -> None:
        self._stores.append(event)
        if self._events:
            self._events.append(event)

    def _on_maintain(self, event: Maintain) -> None:
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

    # -- judging --------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Walk back through the run: what is later bounds what is earlier."""
        self._stores.sort(key=lambda store: store.order)
        if not self._rivals():
            return
        Horizons().walk(self._events, self._visit)
        for fetch, store in sorted(self._races, key=lambda race: race[0].seq):
            self._report_race(fetch, store)

    def _rivals(self) -> bool:
        """Is there any write at all that some fetch could have taken instead of its own, were nothing ordered?"""
        writes = [store for store in self._stores if any(_covers(store, addr) for addr in self._hazards)]
        fetches = [event for event in self._events if isinstance(event, Fetch)] if writes else []
        return any(
            store.order > max(fetch.order, fetch.sync) and _covers(store, fetch.addr) and _races(fetch, store)
            for fetch in fetches
            for store in writes
        )

    def _visit(self, event: Event, horizon: Horizon) -> None:
        match event:
            case Fetch():
                self._judge(event, horizon)
            case Load():
                horizon.message(self._next_foreign_write(event, horizon.explicit))
            case Maintain(name="comp"):
                horizon.after_fetches(event.order)
            case Maintain() | Store():
                horizon.message(event.order)
            case _:
                pass

    def _next_foreign_write(self, load: Load, limit: int) -> int:
        """Where another CPU overwrites what the load read; NEVER when that is not before `limit`."""
        end = load.addr + load.size
        first = bisect_right(self._stores, load.order, key=lambda store: store.order)
        for store in self._stores[first:]:
            if store.order >= limit:
                break
            if store.cpu != load.cpu and store.addr < end and load.addr < store.addr + store.size:
                return store.order
        return NEVER

    def _judge(self, fetch: Fetch, horizon: Horizon) -> None:
        """Note the race this fetch is in, and what it means for what was fetched before it."""
        low = max(fetch.order, fetch.sync)
        high = horizon.of_fetch
        writes = [store for store in self._stores if _covers(store, fetch.addr)]
        for ic in self._ics:
            if self._stale_to(fetch, ic, writes):
                high = min(high, ic.order)
                for comp in self._comps:
                    if comp.cpu == ic.cpu and comp.order > ic.order:
                        horizon.after_fetches(comp.order)
        for store in writes:
            if low < store.order < high and _races(fetch, store):
                self._races.append((fetch, store))
                break

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

    def _report_race(self, fetch: Fetch, store: Store) -> None:
        where = self.scene.describe(fetch.addr)
        proof: tuple[Event, ...] = (fetch, store)
        self._since(fetch)
        self.report(
            Severity.UNPREDICTABLE,
            f"{fetch.task or fetch.actor} on cpu{fetch.cpu} runs {fetch.word:#010x} (@{fetch.order}) at {where} while "
            f"{store.task or store.actor} on cpu{store.cpu} writes {store.value:#x} there (@{store.order}): not both "
            f"are instructions that may be modified while they are executed",
            where,
            None,
            proof,
        )


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
