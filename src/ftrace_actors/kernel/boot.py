"""One run's kernel, put together: addresses, books and hardware are made, and each actor is handed those that it needs.

Nothing here acts; what a run does is in the actors.  The order in which actors are made is that of their ids, and so
part of what recorded runs rely on.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any

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

__all__ = ["System"]


KTHREADS: dict[str, Callable[[Setting, Flavour, Mail, Books], GraceKthread[Any]]] = {
    RCU.name: Rcu,
    TASKS.name: RcuTasks,
    RUDE.name: RcuTasksRude,
}
"""Flavour -> who makes the actor that runs its grace periods; one for each of `FLAVOURS`."""


class System:
    """The kernel of one run, for those who start it and those who watch it; no actor knows of it.

    Args:
        image: what the world was built to.
        tape: the choices of the run.
        log: takes its events.
        conducting: the class of its conductor.
        of: a run whose state it takes over (see `copy`).

    Attributes:
        image: what all runs of the world share.
        mail, books, machine: addresses, what actors know of each other, and hardware.
        conductor: who moves; run it with `actors.run_bare` or `run_trio`.
        cpus, scheduler, timekeeper, core, patcher, allocator, kthreads, text_allocator: the actors; `kthreads` by
            flavour; there is no `text_allocator` in a world whose design has no template.
    """

    def __init__(
        self,
        image: Image,
        tape: Tape,
        log: Recorder,
        *,
        conducting: type[Conductor] = Conductor,
        of: System | None = None,
    ) -> None:
        self.image, self.log = image, log
        if of is None:
            self.mail = image.mail
            self.books, self.machine = Books.of(image, self.mail), Machine(image)
        else:
            self.mail = of.mail
            self.books, self.machine = of.books.copy(), of.machine.copy(image)
        self._put_together(tape, conducting)
        if of is None:
            self._introduce()
        else:
            self._assume(of)

    def _put_together(self, tape: Tape, conducting: type[Conductor]) -> None:
        image, log = self.image, self.log
        mail, books, machine = self.mail, self.books, self.machine
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
        tasks, queues, timeline = books.tasks, books.queues, machine.timeline
        self.cpus = [Cpu(setting, number, mail, books, machine) for number in range(spec.cpus)]
        self.scheduler = Scheduler(setting, mail.scheduler, mail.cpus, queues, tasks)
        self.timekeeper = Timekeeper(setting, mail.timekeeper, mail.scheduler)
        self.core = TracingCore(
            setting, mail.core, mail.core_replies, mail.patcher, mail.text_allocator, tasks, books.ops
        )
        self.patcher = TextPatcher(setting, mail.patcher, mail.patcher_replies, tasks, books.ops)
        self.allocator = OpsAllocator(setting, mail.allocator, mail.allocator_replies, books, timeline)
        self.kthreads = {
            name: KTHREADS[name](setting, flavour, mail, books) for name, flavour in FLAVOURS.items()
        }
        self.text_allocator: TextAllocator | None = None
        if image.template is not None:
            self.text_allocator = TextAllocator(
                setting, mail.text_allocator, books.numbers, timeline, image.template
            )

    @property
    def actors(self) -> list[KernelActor[Any]]:
        """All actors, by id."""
        services: list[KernelActor[Any]] = [
            self.scheduler,
            self.timekeeper,
            self.core,
            self.patcher,
            self.allocator,
            *self.kthreads.values(),
        ]
        text = [self.text_allocator] if self.text_allocator is not None else []
        return [*self.cpus, *services, *text]

    def _introduce(self) -> None:
        """Have the log say what the world consists of."""
        core, image = self.core, self.image
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
        """The run as it is, in the middle of it, to go on independently: while all actors are parked.

        `chooser` answers the choices to come, `feed` takes the events to come; `conducting` is the class of conductor,
        that of this run by default.  What never changes is shared: the image, addresses, messages, events.
        """
        conducting = conducting or type(self.conductor)
        tape = self.conductor.tape.copy(chooser)
        return type(self)(self.image, tape, self.log.copy(feed), conducting=conducting, of=self)

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
                    yield WaitEdge(name, "held", mutex.owner)
