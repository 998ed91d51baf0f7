"""UNPREDICTABLE: the architecture gives no answer.

The machine reports what it meets itself (half a literal fetched as code).  What only the whole run tells is concurrent
modification and execution (CMODX, Arm ARM B2.2.5): a fetch that could have returned another word, where the old or the
new word is not one of those that may be modified while executed.

"Could have", as in the published model: a fetch that read the write at `order` happened somewhere after
lo = max(order, what context synchronization had raised the fetch view to) and before hi, the earliest of

* the CPU's own later messages (stores, DC, IC and their completion),
* for each of its later loads, the next write to that place by another CPU,
* an IC that would have forced a newer word on the fetch; and for earlier fetches the completion of such an IC, when a
  later fetch is stale to it.

A newer, different write of the word strictly between is a race.  hi is known when the run is over, so it is judged
then.  With DIC = 1 this never happens: give no hazards.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import ClassVar, Final, TypeAlias

from ..events import Event, Fetch, Load, Maintain, Store, Unpredictable
from .checker import Check
from .finding import UNPREDICTABLE
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

_Access: TypeAlias = Fetch | Load | Store | Maintain


def modifiable_while_executed(word: int) -> bool:
    """True for the instructions that Arm lets one CPU modify while another executes them."""
    return any(word & mask == value for mask, value in _SAFE)


class Unpredictables(Check):
    """See the module."""

    __slots__ = ("_by_cpu", "_comps", "_dcs", "_hazards", "_ics", "_idc", "_line", "_stores")

    name: ClassVar[str] = "UNPREDICTABLE"
    about: ClassVar[str] = "no CPU does what the architecture calls CONSTRAINED UNPREDICTABLE"

    def __init__(self, hazards: frozenset[int], *, idc: bool = True, line: int = LINE_BYTES) -> None:
        self._hazards = hazards
        self._idc = idc
        self._line = line
        self._by_cpu: dict[int, list[_Access]] = {}
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
        }

    def _on_unpredictable(self, event: Unpredictable) -> None:
        scene = self.scene
        where = scene.describe(event.addr)
        self._since(event)
        self.report(
            UNPREDICTABLE,
            f"{event.task or event.actor} on cpu{event.cpu} at {where}: {event.reason}",
            where,
            scene.window_of(event.task),
            (event,),
        )

    def _since(self, event: Event) -> None:
        """From here on the task may do anything."""
        known = self.scene.unpredictable
        known[event.task] = min(event.seq, known.get(event.task, event.seq))

    # -- gathering ------------------------------------------------------------------------------------------------

    def _on_fetch(self, event: Fetch) -> None:
        if event.addr in self._hazards:
            self._by_cpu.setdefault(event.cpu, []).append(event)

    def _on_load(self, event: Load) -> None:
        # Only what comes after a fetch in question can bound it.
        if event.cpu in self._by_cpu:
            self._by_cpu[event.cpu].append(event)

    def _on_store(self, event: Store) -> None:
        self._stores.append(event)
        if event.cpu in self._by_cpu:
            self._by_cpu[event.cpu].append(event)

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
        if event.cpu in self._by_cpu:
            self._by_cpu[event.cpu].append(event)

    # -- judging --------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Walk each CPU backwards: what is later bounds what is earlier."""
        self._stores.sort(key=lambda store: store.order)
        for accesses in self._by_cpu.values():
            self._judge(accesses)

    def _judge(self, accesses: list[_Access]) -> None:
        horizon = 1 << 62
        for event in reversed(accesses):
            if isinstance(event, Fetch):
                horizon = self._judge_fetch(event, horizon)
            elif isinstance(event, Load):
                horizon = min(horizon, self._next_foreign_write(event))
            elif event.order:
                horizon = min(horizon, event.order)

    def _next_foreign_write(self, load: Load) -> int:
        end = load.addr + load.size
        first = bisect_right(self._stores, load.order, key=lambda store: store.order)
        for store in self._stores[first:]:
            if store.cpu != load.cpu and store.addr < end and load.addr < store.addr + store.size:
                return store.order
        return 1 << 62

    def _judge_fetch(self, fetch: Fetch, horizon: int) -> int:
        """Report the race this fetch is in; returns the bound that holds for what comes before it."""
        low = max(fetch.order, fetch.sync)
        high = earlier = horizon
        writes = [store for store in self._stores if _covers(store, fetch.addr)]
        for ic in self._ics:
            if self._stale_to(fetch, ic, writes):
                high = min(high, ic.order)
                done = [comp.order for comp in self._comps if comp.cpu == ic.cpu and comp.order > ic.order]
                earlier = min([earlier, *done])
        for store in writes:
            if low < store.order < high and self._races(fetch, store):
                self._report_race(fetch, store)
                break
        return earlier

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

    def _races(self, fetch: Fetch, store: Store) -> bool:
        if store.addr > fetch.addr or store.addr + store.size < fetch.addr + 4:
            return True
        word = store.value >> 8 * (fetch.addr - store.addr) & 0xFFFF_FFFF
        if word == fetch.word:
            return False
        return not (modifiable_while_executed(fetch.word) and modifiable_while_executed(word))

    def _report_race(self, fetch: Fetch, store: Store) -> None:
        where = self.scene.describe(fetch.addr)
        proof: tuple[Event, ...] = (fetch, store)
        self._since(fetch)
        self.report(
            UNPREDICTABLE,
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
