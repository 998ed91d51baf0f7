"""One run's kernel, put together: addresses, books and hardware are made, and each actor is handed those that it needs.

Nothing here acts; what a run does is in the actors.  The order in which actors are made is that of their ids, and so
part of what recorded runs rely on.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..actors import Conductor, WaitEdge
from ..events import OpsDefined, RecordDefined, WordDefined
from ..events.flavours import FLAVOURS, RCU, RUDE, TASKS, Flavour
from .actor import KernelActor, Setting
from .allocator import OpsAllocator
from .books import Books
from .cpu import Cpu
from .ftrace import TracingCore
from .grace import GraceKthread
from .layout import OPS_NEXT, OPS_SIZE
from .locks import HELD
from .machine import Machine
from .mail import Mail
from .patcher import TextPatcher
from .rcu import Rcu
from .rcu_tasks import RcuTasks, RcuTasksRude
from .scheduler import Scheduler, Timekeeper
from .task import DEAD
from .text_allocator import TextAllocator
from .values import plain

if TYPE_CHECKING:
    from ..actors import Chooser, Tape
    from ..arm64.pe import PE
    from ..arm64.timeline import Timeline
    from ..events import Event
    from ..events.recorder import Recorder
    from .image import Image
    from .locks import Mutex
    from .ops import Ops
    from .task import Task

__all__ = ["KTHREADS", "SERVICES", "Parts", "System"]


@dataclass(frozen=True, slots=True)
class Parts:
    """What actors are made of: what surrounds each, addresses, what they know of each other, and hardware."""

    setting: Setting
    mail: Mail
    books: Books
    machine: Machine


KTHREADS: Final[dict[str, Callable[[Setting, Flavour, Mail, Books], GraceKthread[Any]]]] = {
    RCU.name: Rcu,
    TASKS.name: RcuTasks,
    RUDE.name: RcuTasksRude,
}
"""Flavour -> who makes the actor that runs its grace periods; one for each of `FLAVOURS`."""


def _kthreads(parts: Parts) -> list[KernelActor[Any]]:
    return [
        KTHREADS[name](parts.setting, flavour, parts.mail, parts.books) for name, flavour in FLAVOURS.items()
    ]


def _text_allocator(parts: Parts) -> list[KernelActor[Any]]:
    """None in a world whose design has no template."""
    template = parts.setting.image.template
    if template is None:
        return []
    return [
        TextAllocator(
            parts.setting, parts.mail.text_allocator, parts.books.numbers, parts.machine.timeline, template
        )
    ]


SERVICES: Final[dict[str, Callable[[Parts], list[KernelActor[Any]]]]] = {
    "scheduler": lambda parts: [
        Scheduler(parts.setting, parts.mail.scheduler, parts.mail.cpus, parts.books.queues, parts.books.tasks)
    ],
    "timekeeper": lambda parts: [Timekeeper(parts.setting, parts.mail.timekeeper, parts.mail.scheduler)],
    "tracing core": lambda parts: [
        TracingCore(parts.setting, parts.mail, parts.books.tasks, parts.books.ops)
    ],
    "text patcher": lambda parts: [
        TextPatcher(
            parts.setting,
            parts.mail.patcher,
            parts.mail.patcher_replies,
            parts.books.tasks,
            parts.books.ops,
        )
    ],
    "ops allocator": lambda parts: [
        OpsAllocator(
            parts.setting,
            parts.mail.allocator,
            parts.mail.allocator_replies,
            parts.books,
            parts.machine.timeline,
        )
    ],
    "grace periods": _kthreads,
    "text allocator": _text_allocator,
}
"""What serves tasks and CPUs -> who makes its actors.  They get their ids in this order, so a new one comes last.

The text allocator, which some worlds have and others do not, is last of those here: no other id depends on the world.
That of a service after it does.

The addresses of those here are in `Mail`.  A service that comes to them may have its own in a module of its own, which
those who send to it import (tests/kernel/additions/test_patcher.py).
"""


class System:
    """The kernel of one run, for those who start it and those who watch it; no actor knows of it.

    Made by `boot`, or by `copy` of another one.

    Attributes:
        image: what all runs of the world share.
        mail, books, machine: addresses, what actors know of each other, and hardware.
        conductor: who moves; run it with `actors.run_bare` or `run_trio`.
        cpus, services: the actors; services by name.
    """

    def __init__(
        self,
        image: Image,
        tape: Tape,
        log: Recorder,
        conducting: type[Conductor],
        books: Books,
        machine: Machine,
    ) -> None:
        self.image, self.log = image, log
        self.mail, self.books, self.machine = image.mail, books, machine
        spec = image.spec
        self.conductor = conducting(
            tape,
            steps_max=spec.steps_max,
            suffix_max=2 * spec.steps_max,
            finished=self._finished,
            rounds=self._rounds,
            wait_edges=self._wait_edges,
        )
        setting = Setting(self.conductor, log, image)
        parts = Parts(setting, self.mail, self.books, self.machine)
        self.cpus = [
            Cpu(setting, number, self.mail, self.books, pe, machine.reserved)
            for number, pe in enumerate(machine.pes)
        ]
        made = [actor for make in SERVICES.values() for actor in make(parts)]
        self.services: dict[str, KernelActor[Any]] = {actor.name: actor for actor in made}

    @classmethod
    def boot(
        cls, image: Image, tape: Tape, log: Recorder, *, conducting: type[Conductor] = Conductor
    ) -> System:
        """The kernel of a world's image, before its first step; the log says what the world consists of.

        `tape` has the choices of the run, `log` takes its events, `conducting` is the class of its conductor.
        """
        system = cls(image, tape, log, conducting, Books.of(image, image.mail), Machine(image))
        system._introduce()
        return system

    @property
    def actors(self) -> list[KernelActor[Any]]:
        """All actors, by id."""
        return [*self.cpus, *self.services.values()]

    def _introduce(self) -> None:
        """Have the log say what the world consists of."""
        core, image = self.services[self.mail.core.name], self.image
        design = image.design
        blind = {name: image.symbols[name] for name in design.blind if name in image.symbols}
        called = [blind[name] for name in design.trampolines(image.spec.protocol) if name in blind]
        for record in self.books.ops.records:
            spared = tuple(called) if record.literal else ()
            core.emit(RecordDefined, record.function, record.entry, record.site, record.literal, spared)
        for ops in self.ops.values():
            core.emit(
                OpsDefined,
                ops.name,
                ops.addr,
                ops.prov,
                ops.role,
                ops.func,
                ops.dynamic,
                ops.functions,
                ops.flags,
                OPS_SIZE,
                OPS_NEXT,
            )
        for name, _ in design.words:
            sites = tuple(image.symbols[site] for site in design.modifiable)
            core.emit(WordDefined, name, image.symbols[name], sites, tuple(blind.values()))

    # -- for those who watch --------------------------------------------------------------------------------------

    @property
    def tasks(self) -> list[Task]:
        """The scenario's tasks, then the kworkers."""
        return self.books.tasks.tasks

    @property
    def ops(self) -> dict[str, Ops]:
        """All ops, by name."""
        return self.books.ops.ops

    @property
    def pes(self) -> tuple[PE, ...]:
        """The processing elements, by number of the CPU."""
        return self.machine.pes

    @property
    def timeline(self) -> Timeline:
        """Memory."""
        return self.machine.timeline

    def task(self, name: str) -> Task:
        """A task by name."""
        return self.books.tasks[name]

    def mutex(self, name: str) -> Mutex:
        """A lock by name: one that the scenario names, or ftrace_lock."""
        return self.books.locks.mutex(name)

    # -- copies ---------------------------------------------------------------------------------------------------

    def state(self) -> tuple[Hashable, ...]:
        """The whole run as a value: actors, books, hardware, who waits for what, the messages that wait.

        Runs with equal states continue alike under equal choices, to the numbers of their events.  For that the value
        holds numbers that only tell what came before: of steps, of messages (`Envelope.sequence`), and of events
        (`cause`, and the next one's).  So states are equal of a run and its copies, and of two runs that came there
        alike; a search that wants to recognise a place that it reached by another way must renumber these first.
        """
        return (
            tuple(actor.state() for actor in self.actors),
            self.books.state(),
            self.machine.state(frozenset(cpu.number for cpu in self.cpus if cpu.current is not None)),
            self.conductor.state(),
            plain(self.conductor.mail()),
            self.log.seq,
        )

    def copy(
        self,
        chooser: Chooser,
        feed: Callable[[Event], None],
        conducting: type[Conductor] | None = None,
    ) -> System:
        """The run as it is, in the middle of it, to continue independently: while all actors are parked.

        `chooser` answers the choices to come, `feed` takes the events to come; `conducting` is the class of conductor,
        that of this run by default, so a copy of a stepped run is stepped.  What never changes is shared: the image,
        addresses, messages, events.
        """
        conducting = conducting or type(self.conductor)
        tape, log = self.conductor.tape.copy(chooser), self.log.copy(feed)
        twin = type(self)(self.image, tape, log, conducting, self.books.copy(), self.machine.copy(self.image))
        twin._assume(self)
        return twin

    def dismiss(self) -> None:
        """Take the run apart, when nobody continues it, copies it or looks at it again.

        Its objects refer to each other in circles.  Broken here, they are gone at once; a search, which makes a copy of
        a run for each step, spent a quarter of its time on having them found.
        """
        for actor in self.actors:
            actor.dismiss()
        self.conductor.dismiss()

    def _assume(self, other: System) -> None:
        for mine, its in zip(self.actors, other.actors, strict=True):
            mine.assume(its)
        for cpu in self.cpus:
            task = cpu.current
            if task is not None:
                # The context of a task that runs is in the PE, and its memory is the PE's (`Task.load`).
                task.regs, task.private = cpu.pe.regs, cpu.pe.private
        self.conductor.assume(other.conductor)

    # -- hooks of the conductor -----------------------------------------------------------------------------------

    def _finished(self) -> bool:
        """Nothing is enabled: is that because every task is done?"""
        return all(task.state == DEAD or task.kthread for task in self.books.tasks)

    def _rounds(self) -> int:
        """How often every timer has to fire before nothing can come of it: each runnable task runs once."""
        return 2 + sum(1 for task in self.books.tasks if task.on_rq)

    def _wait_edges(self) -> Iterable[WaitEdge]:
        """What the conductor cannot know: tasks wait for locks, lock holders and grace periods."""
        for task in self.books.tasks:
            if task.state != DEAD and task.waits_on and not task.kthread:
                yield WaitEdge(task.name, task.state, task.waits_on)
        for mutex in self.books.locks.mutexes.values():
            if mutex.owner:
                for name in (mutex.name, f"the holder of {mutex.name}"):
                    yield WaitEdge(name, HELD, mutex.owner)
