"""A place: a run that is paused before a decision, with its checks; and the steps that lead from one to the next."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..actors.choices import Kind, RunInfo
from ..actors.drivers.single import begin, step_once, take_up
from ..actors.noted import NotedConductor, Notes
from ..arm64.timeline import WRITE
from ..checks import Checker
from ..checks.footprints import EVENTS, read_by, written_by
from ..events import Early, Fetch, Free, Load, RecordState, Store
from ..scenario.run import Run, Watcher
from .fingerprint import Parts, controls, fingerprint, parts
from .footprints import NotedBooks
from .learned import TIMELINE, Effects, Learned, Touch, cell_object
from .trail import Inner

if TYPE_CHECKING:
    from ..actors import RunOutcome
    from ..events import Event
    from ..kernel.boot import System
    from ..kernel.cpu import Cpu
    from ..scenario import World

__all__ = ["Asked", "Place", "Step", "Stepper"]

_RESERVED = ("reserved cells",)
"""What the open promises of some CPU rely on nobody else writing: others wait before they write there."""

_STORE = "store"
"""What `Early` calls a store that became visible."""

_ON_WAY = frozenset({"send", "receive", "wait", "switch", "action", "start", "eret", "scan", "sleep"})
"""Steps of a CPU before which it does not look for interrupts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A choice that was asked inside a step."""

    kind: Kind
    count: int


class _Script:
    """Answers the choices of one step: who moves by actor, the others from a list, then 0.

    Where it makes no difference which of several messages is taken (`Notes.either`), it is the oldest.
    """

    __slots__ = ("answers", "asked", "inner", "mover", "notes")

    def __init__(self, mover: int, inner: Inner, notes: Notes | None = None) -> None:
        self.mover = mover
        self.inner = inner
        self.notes = notes
        self.asked: list[Asked] = []
        self.answers: list[int] = []

    def begin(self, run: RunInfo) -> None:
        """Nothing to prepare."""

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """The next answer."""
        if kind is Kind.SCHEDULE:
            answer = actors.index(self.mover)
        elif kind is Kind.DELIVER and self.notes is not None and self.notes.either:
            answer = 0
        else:
            at = len(self.asked)
            self.asked.append(Asked(kind, count))
            answer = self.inner[at] if at < len(self.inner) else 0
        self.answers.append(answer)
        return answer

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


class _Wanting(Watcher):
    """Has the recorder make every event that touches something."""

    wanted = frozenset(EVENTS)


class Place:
    """A run, paused; nobody steps it any further, only copies of it.

    Attributes:
        system, checker: the run.
        control: the control state of each actor, by number.
        enabled: the actors that may move, lowest id first; none while a timer is due.
        last: who moved last, but for steps that were forced.
        parts: the kernel, written down.
    """

    __slots__ = ("checker", "control", "enabled", "last", "parts", "system")

    def __init__(
        self,
        system: System,
        checker: Checker,
        control: tuple[int, ...],
        enabled: tuple[int, ...],
        last: int,
        parts: Parts,
    ) -> None:
        self.system = system
        self.checker = checker
        self.control = control
        self.enabled = enabled
        self.last = last
        self.parts = parts


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a place.

    Attributes:
        mover: who moved, -1 when a timer fired.
        inner: what was picked inside it.
        asked: all choices asked inside it.
        answers: what a tape holds for it, who moves included.
        place: where it leads; None when the run is over, and then `outcome` says how.
        touched: what it touched.
        effects: what it did to the control states of others.
        early: the cells of stores that it made visible early, None for a cache operation: that concerns a line.
        back: its CPU executed an instruction and comes to one at a lower address, or to the same again.
    """

    mover: int
    inner: Inner
    asked: tuple[Asked, ...]
    answers: tuple[int, ...]
    place: Place | None
    outcome: RunOutcome | None
    checker: Checker
    touched: Touch
    effects: Effects
    early: tuple[int | None, ...]
    back: bool


class Stepper:
    """Makes places and steps of one world, and tells `learned` what it sees."""

    def __init__(self, world: World, learned: Learned, *, fuse: bool = True) -> None:
        self._world = world
        self._learned = learned
        self._fuse = fuse
        self._notes = Notes()
        self._books = NotedBooks(self._notes)

    def root(self) -> Place:
        """Where every run begins."""
        world = self._world
        checks = world.settings.checks()
        run = Run(
            world.image, _Script(-1, ()), checks=checks, watchers=(_Wanting(),), conducting=NotedConductor
        )
        conductor = self._watch(run.system)
        begin(conductor)
        self._books.release()
        controls = self._controls(run.system, conductor)
        return Place(run.system, run.checker, controls, _enabled(conductor), -1, parts(run.system))

    def _watch(self, system: System) -> NotedConductor:
        self._books.watch(system.books)
        conductor = system.conductor
        assert isinstance(conductor, NotedConductor)
        conductor.notes = self._notes
        return conductor

    def _controls(self, system: System, conductor: NotedConductor) -> tuple[int, ...]:
        number = self._learned.number
        return tuple([number(each) for each in controls(system, conductor)])

    def step(self, place: Place, mover: int, inner: Inner) -> Step:
        """The step that `mover` makes from a place, on a copy of the run."""
        script = _Script(mover, inner, self._notes if self._fuse else None)
        checker = place.checker.copy()
        events: list[Event] = []

        def feed(event: Event) -> None:
            checker.feed(event)
            events.append(event)

        system = place.system.copy(script, feed)
        conductor = self._watch(system)
        take_up(conductor)
        before = system.timeline.end
        notes = self._notes
        notes.begin()
        notes.on = True
        outcome = step_once(conductor)
        notes.on = False
        self._books.release()
        early = tuple(
            [event.addr & ~7 if event.what == _STORE else None for event in events if type(event) is Early]
        )
        if outcome is None:
            after_all = self._controls(system, conductor)
            effects = tuple(
                [
                    (other, its, then)
                    for other, (its, then) in enumerate(zip(place.control, after_all, strict=True))
                    if other != mover and its != then
                ]
            )
            after = after_all[mover] if mover >= 0 else -1
            known = parts(system, place.parts, self._changed(mover)) if mover >= 0 else parts(system)
            last = mover if mover >= 0 else place.last
            made = Place(system, checker, after_all, _enabled(conductor), last, known)
        else:
            effects, after, made = (), -1, None
        touched = self._touched(place, system, conductor, mover, events, before)
        if mover >= 0:
            self._learned.note(mover, place.control[mover], after, touched.footprint, effects)
        return Step(
            mover,
            inner,
            tuple(script.asked),
            tuple(script.answers),
            made,
            outcome,
            checker,
            touched,
            effects,
            early,
            self._goes_back(place, system, mover),
        )

    def _changed(self, mover: int) -> set[Hashable]:
        """The parts of the kernel that may be others after the step."""
        notes = self._notes
        changed: set[Hashable] = {("actor", mover)}
        for each in notes.reads | notes.writes:
            assert isinstance(each, tuple)
            changed.add(each[:2] if each[0] not in ("ops list", "numbers") else each[:1])
        return changed

    def _touched(
        self,
        place: Place,
        system: System,
        conductor: NotedConductor,
        mover: int,
        events: Sequence[Event],
        before: int,
    ) -> Touch:
        """What a step touched."""
        notes, learned = self._notes, self._learned
        reads, writes = notes.reads, notes.writes
        writes.update(self._books.changed(reads, place.system, system))
        writes.update(("mail", label, sender) for label, sender in notes.sent)
        reads.update(conductor.read_by_guard.get(mover, ()))
        for event in events:
            reads.update(read_by(event))
            reads.update(self._read_by(event, mover, system))
            writes.update(written_by(event))
        for message in system.timeline.messages[before:]:
            if message.kind == WRITE:
                learned.touched(mover, message.cell)
                writes.add(cell_object(message.cell))
            else:
                writes.add(TIMELINE)
        awaited = set(notes.awaited)
        cpu = self._executes(place, mover)
        if cpu is not None:
            reads.add(_RESERVED)
            if cpu.pe.monitor is not None:
                # A store-exclusive that fails leaves no event, and yet it looked.
                reads.add(cell_object(cpu.pe.monitor[0] & ~7))
            if not cpu.pe.promises and not cpu.pe.interrupts_masked:
                awaited.add(cpu.inbox.label)
        if system.machine.reserved != place.system.machine.reserved:
            writes.add(_RESERVED)
        return Touch((learned.bits(reads), learned.bits(writes)), frozenset(awaited), frozenset(notes.heard))

    def _read_by(self, event: Event, mover: int, system: System) -> list[Hashable]:
        """What of memory an event says was read."""
        match event:
            case Load() | Store():
                cells = {event.addr & ~7, event.addr + event.size - 1 & ~7}
            case Fetch():
                cells = {event.addr & ~7}
            case Free():
                return [TIMELINE]
            case RecordState():
                record = system.books.ops.record(event.function)
                return [cell_object(addr & ~7) for addr in (record.site, record.literal) if addr]
            case _:
                return []
        for cell in cells:
            self._learned.touched(mover, cell)
        return [] if isinstance(event, Store) else [cell_object(cell) for cell in cells]

    def _executes(self, place: Place, mover: int) -> Cpu | None:
        """The CPU that executed an instruction in the step, which it does not before it has looked for interrupts."""
        if not 0 <= mover < len(place.system.cpus):
            return None
        cpu = place.system.cpus[mover]
        return None if cpu.op in _ON_WAY else cpu

    def _goes_back(self, place: Place, system: System, mover: int) -> bool:
        cpu = self._executes(place, mover)
        return cpu is not None and system.cpus[mover].pe.pc <= cpu.pe.pc

    def key(self, place: Place, extra: int | None = None) -> int:
        """What is equal for places from which the same can happen, and which the checks see alike."""
        last = -1 if self._fuse else place.last
        value: Any = (fingerprint(place.system, last, place.checker.state(), place.parts), extra)
        # Version 2: later ones also write down which parts are one object; that must not count.
        return int.from_bytes(hashlib.blake2b(marshal.dumps(value, 2), digest_size=8).digest())


def _enabled(conductor: NotedConductor) -> tuple[int, ...]:
    return tuple(sorted(conductor.options()))
