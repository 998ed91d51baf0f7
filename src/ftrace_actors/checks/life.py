"""INV-LIFE: nobody touches or runs what was freed.

Lifetime is metadata: a pointer carries the number of the allocation it came from through registers, stacks and
messages, so a use after free is seen even when the address holds something else by then.  A load, a fetch and a call
are judged when they execute.  A store is judged at its timeline position: one that became visible before the free is
not a use after it, however late it executes.

A torn pointer (allocation -1) that is dereferenced breaks the invariant as well, and so does every fault: what is
there was never given to anybody.  But where the architecture has given no answer, a task may execute anything: an
instruction that traps (UDF, BRK, SVC, ...) after that is what UNPREDICTABLE means, not a thing of its own.  Whether a
fetch raced with a write is known when the run is over, so those are judged then.

Where an overwritten instruction led to a fault, the proof has more than the fault: the fetch that took the old word and
the write it missed (`missed.py`), and the write that put there what trapped.

A finding's window is where the victim was when what it uses was taken away from it: who enters a callback with a freed
ops was in the window before, and who returns from one into freed text was in the callback.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Final, Self

from ..events import Alloc, Callback, Early, Event, Fault, Fetch, Free, Load, Returned, Store, Window
from ..ordinals import Seq
from ..words import Severity
from .checker import Check, Findings
from .generations import Generations
from .missed import Missed
from .scene import Handlers, Scene

__all__ = ["Life"]

_TRAPS: Final = frozenset({"udf", "brk", "svc", "hvc", "smc"})
"""Reasons of faults that are an executed instruction, not an access."""

_CALLBACK: Final = "W2"


class Life(Check):
    """See the module."""

    __slots__ = ("_dead_text", "_freed", "_generations", "_missed", "_obtained", "_returning", "_trapped")

    name: ClassVar[str] = "INV-LIFE"
    about: ClassVar[str] = (
        "nobody reads, writes or runs an ops, a function or an image after it was freed, and nobody faults or "
        "executes an instruction that traps"
    )

    def __init__(self) -> None:
        self._freed: dict[int, Free] = {}
        self._dead_text: list[Free] = []
        self._generations = Generations()
        self._obtained: dict[tuple[str, int], Load] = {}
        self._returning: set[str] = set()
        """Tasks between the end of a callback and their next fetch from text that comes and goes."""
        self._missed = Missed()
        self._trapped: list[tuple[Fault, str, str, str | None, tuple[Fetch | None, ...]]] = []
        """Executed traps, with what was known at that moment: the place, the function and the window, the last stale
        fetch of the task and its fetch of the trap itself.
        """

    def handlers(self) -> Handlers:
        """Frees, and everything that goes through a pointer."""
        return {
            Alloc: self._on_alloc,
            Free: self._on_free,
            Load: self._on_load,
            Store: self._on_store,
            Fetch: self._on_fetch,
            Callback: self._on_callback,
            Fault: self._on_fault,
            Window: self._on_window,
            Early: self._missed.written,
            Returned: self._missed.returned,
        }

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """See `Check.copy`."""
        other = super().copy(scene, findings)
        other._freed = self._freed.copy()
        other._dead_text = self._dead_text.copy()
        other._generations = self._generations.copy()
        other._obtained = self._obtained.copy()
        other._returning = self._returning.copy()
        other._missed = self._missed.copy()
        other._trapped = self._trapped.copy()
        return other

    def state(self) -> Hashable:
        """What was freed, what of it is unused since, how tasks come to text, and the traps that nothing explains yet.

        Left out are `_obtained` and `_missed`, which are proofs, and when each free was, but for stores that are
        visible already.  A task's fetches and faults are judged when the run is over only by their order.
        """
        not_after = self.scene.not_after
        return (
            tuple(sorted([(prov, free.name, not_after(free.order)) for prov, free in self._freed.items()])),
            tuple(sorted([(free.prov, free.addr, free.size) for free in self._dead_text])),
            self._generations.state(),
            tuple(sorted(self._returning)),
            tuple(
                [
                    (fault.task, function, window or "", Seq(fault.seq))
                    for fault, _, function, window, _ in self._trapped
                    if not self._is_explained(fault)
                ]
            ),
        )

    def _is_explained(self, fault: Fault) -> bool:
        """The architecture had given no answer before; that can only be found to be earlier, so it stays."""
        since = self.scene.unpredictable.get(fault.task)
        return since is not None and since <= fault.seq

    def _on_alloc(self, event: Alloc) -> None:
        self._generations.allocated(event)
        if self._dead_text:
            end = event.addr + event.size
            self._dead_text = [
                free for free in self._dead_text if end <= free.addr or free.addr + free.size <= event.addr
            ]

    def _on_free(self, event: Free) -> None:
        self._freed[event.prov] = event
        self._dead_text.append(event)

    def _on_load(self, event: Load) -> None:
        pointer = event.pointer
        if pointer and (pointer < 0 or pointer in self._freed):
            self._broken(event, pointer, f"reads {self._place(event.addr, pointer)}")
        if event.prov > 0:
            self._obtained[event.task, event.prov] = event
            self._generations.loaded(event)

    def _on_store(self, event: Store) -> None:
        self._missed.written(event)
        if event.prov > 0:
            self._generations.stored(event)
        pointer = event.pointer
        if not pointer:
            return
        free = self._freed.get(pointer)
        if pointer < 0 or (free is not None and event.order > free.order):
            self._broken(event, pointer, f"writes {self._place(event.addr, pointer)}")

    def _on_fetch(self, event: Fetch) -> None:
        self._missed.fetched(event)
        if event.addr in self.scene.sites:
            self._generations.fetched_site(event)
            self._returning.discard(event.task)
            return
        returns = event.task in self._returning
        self._returning.discard(event.task)
        for free in self._dead_text:
            if free.addr <= event.addr < free.addr + free.size:
                place = f"{free.name}+{event.addr - free.addr:#x}"
                if returns:
                    self._broken(event, free.prov, f"returns from its callback to {place}", _CALLBACK)
                else:
                    self._broken(event, free.prov, f"runs {place}")
                return
        misled = self._generations.misled(event)
        if misled is not None and misled[0] in self._freed:
            meant, here = misled
            deed = f"runs {here.name}+{event.addr - here.addr:#x}, on its way to {self._freed[meant].name},"
            self._broken(event, meant, deed)

    def _on_callback(self, event: Callback) -> None:
        (self._returning.discard if event.begins else self._returning.add)(event.task)
        if event.begins and (event.prov < 0 or event.prov in self._freed):
            window = self.scene.called_from(event)
            self._broken(event, event.prov, f"enters {event.func} with its ops", window)

    def _on_window(self, event: Window) -> None:
        """A task that is out of the protocol comes to text by way of a site again."""
        if not event.window:
            self._returning.discard(event.task)
            self._generations.left(event.task)

    def _on_fault(self, event: Fault) -> None:
        stale = self._missed.stale(event.task)
        if event.pointer < 0 or event.pointer in self._freed:
            deed = f"faults ({event.reason}) at {event.addr:#x}"
            self._broken(event, event.pointer, deed, because=self._why(stale)[1])
            return
        where = self._at(event.addr)
        function = self._function(event)
        window = self.scene.window_of(event.task)
        if event.reason in _TRAPS:
            fetches = (stale, self._missed.fetch_of(event.task, event.addr))
            self._trapped.append((event, where, function, window, fetches))
            return
        said, proof = self._why(stale)
        message = f"{_who(event)} faults at {where}: {event.reason}{said}"
        self.report(Severity.CORRUPTION, message, function, window, (*proof, event))

    def finish(self) -> None:
        """Report the traps that no UNPREDICTABLE explains."""
        for event, where, function, window, (stale, trap) in self._trapped:
            if not self._is_explained(event):
                said, proof = self._why(stale)
                if trap is not None:
                    proof = (*proof, trap, self._missed.taken(trap))
                message = f"{_who(event)} executes {event.reason.upper()} at {where}{said}"
                self.report(Severity.CORRUPTION, message, function, window, (*proof, event))

    def _why(self, stale: Fetch | None) -> tuple[str, tuple[Event | None, ...]]:
        """How a stale fetch led to a fault, in words that end a sentence, and what proves it."""
        write = self._missed.write(stale) if stale is not None else None
        if stale is None or write is None:
            return "", ()
        words = (
            f", having fetched {stale.word:#010x} (@{stale.order}) at {self._at(stale.addr)}, where "
            f"{write.task or write.actor} on cpu{write.cpu} had written {write.value:#x} (@{write.order})"
        )
        return words, (stale, write)

    def _at(self, addr: int) -> str:
        """An address of code in words."""
        return self._generations.name(addr) or self.scene.describe(addr)

    def _broken(
        self,
        event: Event,
        pointer: int,
        deed: str,
        window: str | None = None,
        because: tuple[Event | None, ...] = (),
    ) -> None:
        window = window or self.scene.window_of(event.task)
        if pointer < 0:
            call = self.scene.call_of(event.task)
            self.report(
                Severity.CORRUPTION,
                f"{_who(event)} {deed} through a torn pointer, half of one ops and half of another",
                self._function(event),
                window,
                (*because, call.literal if call is not None else None, event),
            )
            return
        free = self._freed[pointer]
        self.report(
            Severity.USE_AFTER_FREE,
            f"{_who(event)} {deed} after {free.name} was freed",
            free.name,
            window,
            (*because, self._obtained.get((event.task, pointer)), free, event),
        )

    def _place(self, addr: int, pointer: int) -> str:
        """The address as an offset into what the pointer was allocated for."""
        free = self._freed.get(pointer)
        if free is not None and free.addr <= addr < free.addr + free.size:
            return f"{free.name}+{addr - free.addr:#x}"
        return self.scene.describe(addr)

    def _function(self, event: Event) -> str:
        """The traced function whose call the task is in; the task's own name when in none."""
        call = self.scene.call_of(event.task)
        return call.call.function if call is not None else event.task or event.actor


def _who(event: Event) -> str:
    """The task or actor of an event, and where it was: a service has no CPU."""
    where = f" on cpu{event.cpu}" if event.cpu >= 0 else ""
    return f"{event.task or event.actor}{where}"
