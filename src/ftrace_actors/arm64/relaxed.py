"""The same machine when it may break rules, a few, and says which: why a state does or does not come about.

A rule of the model is here a floor (what a read or fetch must not be older than) or a bound (what a message must
come after).  A `RelaxedPE` offers every choice, and where one goes below its floor or bound it notes a `Break` that
names the views responsible.  With an allowance of 0 it is the exact machine; with 1 it finds, for a forbidden state,
the executions that only one rule forbids.

Not relaxed: a read never takes a write of its own future, and writes of one CPU to one place stay in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from .budget import ENTRY, WORD, Budget, Limits
from .groups import Read
from .isa import Bound
from .options import Options
from .registers import Reg, shown
from .search import State, final_value
from .solo import Emitted, Solo, Task
from .solo_pe import SoloPE
from .timeline import DC, IC, WRITE, Message

__all__ = ["VIEWS", "Break", "Execution", "Note", "executions"]

VIEWS = ("nr", "nw", "ndc", "nic", "tau", "dsb")
"""The views an explanation shows, in this order."""


class Note(NamedTuple):
    """Something a CPU did at `pc`: `text`, and its `VIEWS` after it.

    `act` is "reads", "writes" or "fetches" what is at `addr`, by the message at `t`; or "maintains" it, at `t`; or "".
    """

    pc: int
    text: str
    views: tuple[int, ...]
    act: str = ""
    addr: int = 0
    t: int = 0


class Break(NamedTuple):
    """A rule broken: by the instruction at `pc`, what it did, and why the model forbids that.

    `what` and `rules` name addresses as `{addr}`; `raised` are the instructions that raised the views in question.
    """

    pc: int
    what: str
    rules: str
    raised: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Execution:
    """A timeline, what each CPU did on it, and the rules that had to be broken for it."""

    timeline: tuple[Message, ...]
    notes: tuple[tuple[Note, ...], ...]
    breaks: tuple[Break, ...]


class RelaxedPE(SoloPE):
    """A PE that notes what it does, and may break up to `allowance` rules."""

    __slots__ = ("address_views", "allowance", "breaks", "floors", "mismatch", "notes", "raisers", "snapshot")

    allowance: int
    notes: tuple[Note, ...]
    breaks: tuple[Break, ...]
    raisers: tuple[tuple[str, int, int], ...]
    """(view, value, pc of the instruction that raised it to that)."""
    snapshot: tuple[int, ...]
    floors: dict[str, int]
    address_views: dict[str, int]
    mismatch: bool

    def prepare(self, allowance: int) -> None:
        """Set up what the constructor of a PE does not know."""
        self.allowance = allowance
        self.notes, self.breaks, self.raisers = (), (), ()
        self.snapshot = (0,) * len(VIEWS)
        self.floors, self.address_views, self.mismatch = {}, {}, False
        self.observer = _Notes(self)

    def copy(self) -> RelaxedPE:
        """An independent copy, with its own notes."""
        other = super().copy()
        assert isinstance(other, RelaxedPE)
        other.prepare(self.allowance)
        other.notes, other.breaks, other.raisers = self.notes, self.breaks, self.raisers
        other.snapshot = self.snapshot
        return other

    def views(self) -> tuple[int, ...]:
        """The `VIEWS` now."""
        return (self.nr, self.nw, self.ndc, self.nic, self.tau, self.dsb)

    # -- breaking ----------------------------------------------------------------------------------------------

    def _break(self, what: str, causes: dict[str, int], needed: int) -> None:
        rules = [name for name, view in causes.items() if view >= needed]
        raised = tuple(
            dict.fromkeys(pc for name, value, pc in self.raisers if name in rules and value >= needed)
        )
        self.breaks += (Break(self.pc, what, ", ".join(rules), raised),)
        if len(self.breaks) > self.allowance:
            self.dead = True

    def _read_floor(self, a: Reg, addr: int, order: int) -> int:
        self.floors = {
            "nr": self.nr,
            "tau": self.tau,
            "address dependency": a[1],
            "own DC of the line": self.vdc.get(self.line_of(addr), 0),
            "release before an acquire": self.rel if order & 1 else 0,
        }
        return super()._read_floor(a, addr, order)

    def _readable(self, writes: list[Message], want: int, floor: int) -> list[Message] | None:
        readable = [m for m in reversed(writes) if m.mask & want and m not in self.promises]
        self.floors["floor"] = floor
        return readable if all(m.mask & want == want for m in readable) else None

    def _pick(self, readable: list[Message], addr: int) -> Message:
        message = super()._pick(readable, addr)
        floor = self.floors.pop("floor")
        forced = next((m for m in readable if m.t <= floor), message)
        if message.t < forced.t:
            causes = {**self.floors, "coherence": self.coherence(addr & ~7, 8)}
            self._break(
                f"reads {{{addr}}} as of {message.t}, but knows of the write at {forced.t}", causes, forced.t
            )
        return message

    def fetchable(self, addr: int) -> list[Message]:
        """All writes of the word, newest first."""
        mask = 0xF << (addr & 7)
        writes = self.timeline.writes(addr & ~7)
        return [m for m in reversed(writes) if m.mask & mask and m not in self.promises]

    def take_fetch(self, addr: int, message: Message) -> int:
        """Fetch, whatever cache maintenance forces."""
        floor, mask = self.fetch_floor(addr), 0xF << (addr & 7)
        forced = max(m.t for m in self.timeline.writes(addr & ~7) if m.mask & mask and m.t <= floor)
        if message.t < forced:
            what = f"fetches {{{addr}}} as of {message.t}, but cache maintenance up to the fetch view forces {forced}"
            self._break(what, {"tau": self.tau}, forced)
        dead = self.dead
        word = super().take_fetch(addr, message)
        self.dead = dead  # what was promised before the fetched write breaks a rule of its own
        return word

    def _write_bound(self, a: Reg, addr: int, size: int, data: Reg) -> int:
        self.address_views = {
            "coherence": self.coherence(addr, size),
            "address dependency": a[1],
            "pick dependency of the address": a[2],
            "data dependency": data[1],
            "pick dependency": data[2],  # the flags of a CSEL chose the value
        }
        return super()._write_bound(a, addr, size, data)

    def emit(
        self, kind: int, cell: int, mask: int, value: int, prov: int, bound: int, local: bool = False
    ) -> Message:
        """Give the message its place, before its bound if need be."""
        message = super().emit(kind, cell, mask, value, prov, 0, local)
        self.mismatch |= self.dead
        if message.t <= bound:
            lower = {WRITE: "nw", DC: "ndc", IC: "nic"}.get(kind, "")
            causes = {
                "tau": self.tau,
                "control dependency": max(self.ctrl_v, self.ctrl_d),
                **({lower: getattr(self, lower)} if lower else {"DSB": bound}),
                **({"address of an earlier access": max(self.adr_v, self.adr_d)} if kind == WRITE else {}),
                **(self.address_views if kind == WRITE else {}),
            }
            if all(view < message.t for view in causes.values()):
                causes = {"line order" if kind == DC else "release or atomic": bound}
            what = f"{_KINDS[kind].format(cell)} is at {message.t}, which must be after {bound}"
            self._break(what, causes, message.t)
        self.address_views = {}
        return message

    def _may_write_after(self, mask: int, t: int, writes: list[Message]) -> bool:
        return True

    def _write_after(
        self, a: Reg, size: int, data: Reg, order: int, read: Read, computed: bool, local: bool = False
    ) -> int:
        self.mismatch = self.dead
        breaks = len(self.breaks)
        t = super()._write_after(a, size, data, order, read, computed, local)
        if self.dead and not self.mismatch and len(self.breaks) == breaks:
            self.dead = False
            self._break(f"another CPU writes {{{a[0]}}} between the halves of an atomic", {"atomicity": 1}, 1)
        return t

    def note(self, text: str, act: str = "", addr: int = 0, t: int = 0) -> None:
        """Keep what just happened."""
        self.notes += (Note(self.pc, text, self.views(), act, addr, t),)


_KINDS = {WRITE: "the write of {{{}}}", DC: "DC of {{{}}}", IC: "IC of {{{}}}", 3: "the completion of ICs"}


class _Notes:
    """The observer of a `RelaxedPE`: what happened, as text."""

    __slots__ = ("_pe",)

    def __init__(self, pe: RelaxedPE) -> None:
        self._pe = pe

    def loaded(self, addr: int, size: int, value: int, t: int, pointer: int, prov: int) -> None:
        """A read."""
        self._pe.note(f"reads {{{addr}}} = {value:#x} of {t}", "reads", addr, t)

    def stored(self, addr: int, size: int, value: int, t: int, pointer: int, prov: int) -> None:
        """A write."""
        self._pe.note(f"writes {{{addr}}} = {value:#x} at {t}", "writes", addr, t)

    def fetched(self, addr: int, word: int, t: int, floor: int, newest: int, sync: int) -> None:
        """A fetch of a word that can be modified."""
        self._pe.note(f"fetches {{{addr}}} = {word:#x} of {t}", "fetches", addr, t)

    def barrier(self, name: str, view: int) -> None:
        """DMB or DSB; what it raised shows in the views."""
        self._pe.note("")

    def maintained(self, name: str, addr: int, t: int) -> None:
        """DC or IC."""
        self._pe.note(f"{name} {{{addr}}} at {t}" if t else f"{name} {{{addr}}}", "maintains", addr, t)

    def synchronized(self, reason: str, tau: int) -> None:
        """A context synchronization event."""
        self._pe.note("synchronizes the context")

    def unpredictable(self, reason: str, addr: int, t: int) -> None:
        """Arm gives no answer."""
        self._pe.note(reason)

    def faulted(self, reason: str, addr: int, prov: int) -> None:
        """An exception."""
        self._pe.note(f"faults: {reason}")


class _RelaxedSolo(Solo):
    """The walks of one CPU over a whole timeline; `ends` are the final registers with what it took to get there."""

    def __init__(self, task: Task, cpu: int, options: Options, budget: Budget, allowance: int) -> None:
        self.allowance = allowance
        self.ends: dict[tuple[int, ...], dict[tuple[Break, ...], tuple[Note, ...]]] = {}
        super().__init__(task, cpu, options, budget)

    def _blank(self) -> SoloPE:
        pe = RelaxedPE(self.cpu, self.timeline, self.options, self.program)
        pe.prepare(self.allowance)
        return pe

    def over(self, timeline: tuple[Message, ...]) -> dict[Emitted, bool]:
        """Walk over this timeline; what could be emitted next."""
        self.timeline.truncate(0)
        for message in timeline:
            self.timeline.append(message)
        self.own = [message for message in timeline if message.cpu == self.cpu]
        self.ends = {}
        return self.run([]).candidates

    def _after(self, pe: SoloPE, bound: Bound) -> bool:
        assert isinstance(pe, RelaxedPE)
        at = pe.pc - 4
        if pe.notes and pe.notes[-1].pc in {at, pe.pc}:
            pe.notes = (*pe.notes[:-1], pe.notes[-1]._replace(pc=at, views=pe.views()))
        for name, old, new in zip(VIEWS, pe.snapshot, pe.views(), strict=True):
            if new > old:
                pe.raisers += ((name, new, at),)
        pe.snapshot = pe.views()
        return super()._after(pe, bound)

    def _hopeless(self, pe: SoloPE) -> bool:
        return False

    def _spent(self, pe: SoloPE) -> bool:
        return False

    def _end(self, pe: SoloPE) -> None:
        super()._end(pe)
        assert isinstance(pe, RelaxedPE)
        if not pe.promises and len(self.timeline.messages) == pe.horizon:
            final = tuple([shown(pe.regs[number]) for number in self.start.observed])
            ways = self.ends.setdefault(final + pe.faults if self.start.faults else final, {})
            ways.setdefault(pe.breaks, pe.notes)


@dataclass(slots=True)
class _Walker:
    """All timelines, without any reduction: breaking rules is what the reductions do not expect."""

    task: Task
    wanted: Callable[[State], bool]
    allowance: int
    budget: Budget
    solos: list[_RelaxedSolo]
    seen: set[tuple[tuple[int, Emitted], ...]] = field(default_factory=set)

    def visit(self, timeline: tuple[Message, ...]) -> Iterator[Execution]:
        self.budget.timeline(len(self.seen))
        emitted = [solo.over(timeline) for solo in self.solos]
        yield from self._ends(timeline)
        path = tuple((m.cpu, (m.kind, m.cell, m.mask, m.value, m.prov, m.local)) for m in timeline)
        for cpu, candidates in enumerate(emitted):
            for message in candidates:
                key = (*path, (cpu, message))
                if key not in self.seen:
                    self.seen.add(key)
                    self.budget.hold(2 * ENTRY + WORD * len(key))
                    kind, cell, mask, value, prov, local = message
                    t = len(timeline) + 1
                    yield from self.visit((*timeline, Message(t, kind, cell, mask, value, prov, cpu, local)))

    def _ends(self, timeline: tuple[Message, ...]) -> Iterator[Execution]:
        memory = tuple([final_value(self.task, timeline, addr, size) for addr, size in self.task.cells])
        for registers in product(*[solo.ends for solo in self.solos]):
            if self.wanted((registers, memory)):
                ways = [solo.ends[final] for solo, final in zip(self.solos, registers, strict=True)]
                for breaks in product(*ways):
                    broken = tuple([each for path in breaks for each in path])
                    if len(broken) <= self.allowance:
                        notes = tuple([way[path] for way, path in zip(ways, breaks, strict=True)])
                        yield Execution(timeline, notes, broken)


def executions(
    task: Task,
    options: Options,
    wanted: Callable[[State], bool],
    allowance: int,
    limits: Limits,
    timeline: tuple[Message, ...] | None = None,
) -> Iterator[Execution]:
    """Executions that end in a state `wanted` and break at most `allowance` rules, on one timeline or on any.

    Raises `LimitError` where `limits` end the search.
    """
    budget = Budget(limits)
    solos = [_RelaxedSolo(task, cpu, options, budget, allowance) for cpu in range(len(task.starts))]
    walker = _Walker(task, wanted, allowance, budget, solos)
    if timeline is None:
        yield from walker.visit(())
        return
    for solo in solos:
        solo.over(timeline)
    yield from walker._ends(timeline)
