"""One run's kernel: everything that is made anew from an image, and wired together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..actors import Conductor, Mailbox, WaitEdge
from ..arm64.timeline import Timeline
from ..events import OpsDefined, RecordDefined, TaskState, Window, WordDefined
from .layout import OPS_NEXT, OPS_SIZE
from .locks import Mutex
from .task import BLOCKED, DEAD, Task

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..actors import Tape
    from ..events.recorder import Recorder
    from .actor import KernelActor
    from .cpu import Cpu
    from .image import Image
    from .ops import Ops
    from .rcu import Rcu
    from .rcu_tasks import RcuTasks, RcuTasksRude
    from .switching import Switching

__all__ = ["System"]


class System:
    """The machine, the actors and the tasks of one run.

    Attributes:
        image: what all runs of the world share.
        tasks: the scenario's tasks, then the kworkers.
        reserving: CPUs whose open promises rely on cells that nobody else may write meanwhile.
    """

    def __init__(self, image: Image, tape: Tape, log: Recorder) -> None:
        from .allocator import OpsAllocator
        from .cpu import Cpu
        from .ftrace import TracingCore
        from .patcher import TextPatcher
        from .rcu import Rcu
        from .rcu_tasks import RcuTasks, RcuTasksRude
        from .scheduler import Scheduler, Timekeeper
        from .text import TextAllocator

        spec = image.spec
        self.image = image
        self.log = log
        self.options = spec.options
        self.config = spec.kernel
        self.protocol = spec.protocol
        self.timeline = Timeline(image.cells)
        self.conductor = Conductor(
            tape,
            steps_max=spec.steps_max,
            suffix_max=2 * spec.steps_max,
            finished=self._finished,
            rounds=self._rounds,
            wait_edges=self._wait_edges,
        )
        self.ops: dict[str, Ops] = {ops.name: replace(ops) for ops in image.ops}
        self.mutexes: dict[str, Mutex] = {}
        self.ftrace_lock = self.mutex("ftrace_lock")
        self.tasks: list[Task] = []
        self.kworkers: list[Task] = []
        self.cpus: list[Cpu] = [Cpu(self, number) for number in range(spec.cpus)]
        self.pes = tuple(cpu.pe for cpu in self.cpus)
        self.reserving: set[int] = set()
        self.scheduler = Scheduler(self)
        self.timekeeper = Timekeeper(self)
        self.core = TracingCore(self)
        self.patcher = TextPatcher(self)
        self.allocator = OpsAllocator(self)
        self.rcu: Rcu = Rcu(self)
        self.rcu_tasks: RcuTasks = RcuTasks(self)
        self.rude: RcuTasksRude = RcuTasksRude(self)
        self.text_allocator = TextAllocator(self, image.template) if image.template is not None else None
        self._make_tasks()
        self._introduce()

    def _make_tasks(self) -> None:
        spec = self.image.spec
        for number, task in enumerate(spec.tasks):
            made = Task(number, task.name, task.cpu, task.cpus, task.actions, Mailbox(task.name))
            self.tasks.append(made)
            if task.started:
                self.cpus[task.cpu].queue.append(made)
            else:
                made.state, made.on_rq, made.waits_on = BLOCKED, False, "a wake-up"
        for number in range(spec.cpus):
            name = f"kworker/{number}"
            worker = Task(len(self.tasks), name, number, (number,), (), Mailbox(name))
            worker.kthread = True
            worker.state, worker.on_rq = BLOCKED, False
            self.tasks.append(worker)
            self.kworkers.append(worker)

    def _introduce(self) -> None:
        """Tell the log what the world consists of."""
        core, image = self.core, self.image
        design = image.design
        blind = {name: image.symbols[name] for name in design.blind if name in image.symbols}
        called = [blind[name] for name in design.trampolines(self.protocol) if name in blind]
        for record in core.records:
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

    # -- lookups ------------------------------------------------------------------------------------------------

    def task(self, name: str) -> Task:
        """A task by name; the scenario was checked, so it exists."""
        return next(task for task in self.tasks if task.name == name)

    def mutex(self, name: str) -> Mutex:
        """A lock by name, made on first use."""
        if name not in self.mutexes:
            self.mutexes[name] = Mutex(name)
        return self.mutexes[name]

    def dropped(self, ordering: str) -> bool:
        """Does the scenario leave this ordering out?"""
        return ordering in self.protocol.drop

    def grace_period_of(self, flavour: str) -> Rcu | RcuTasks | RcuTasksRude | None:
        """Who runs grace periods of a flavour in this kernel; None when waiting for one is a no-op."""
        if flavour == "rcu":
            return self.rcu
        if flavour == "rude":
            return self.rude if self.config.rude == "real" else None
        return self.rcu_tasks if self.config.tasks_rcu else self.rcu

    # -- shared events ------------------------------------------------------------------------------------------

    def task_event(self, actor: KernelActor, task: Task, state: str, on: str) -> None:
        """A task changed state."""
        actor.emit(TaskState, task.name, state, on)

    def window_event(self, cpu: Switching, window: str) -> None:
        """The task that runs on `cpu` entered a window, or left all."""
        cpu.emit(Window, window)

    async def release_locks(self, cpu: Cpu, task: Task) -> None:
        """A service is done with a task: ftrace_lock goes, if it was held for it."""
        from .task_actions import release

        if self.ftrace_lock.owner is task:
            await release(cpu, task, self.ftrace_lock)

    # -- hooks of the conductor -----------------------------------------------------------------------------------

    def _finished(self) -> bool:
        """Nothing is enabled: is that because every task is done?"""
        return all(task.state == DEAD or task.kthread for task in self.tasks)

    def _rounds(self) -> int:
        """How often every timer has to fire before nothing can come of it: each runnable task runs once."""
        return 2 + sum(1 for task in self.tasks if task.on_rq)

    def _wait_edges(self) -> Iterable[WaitEdge]:
        """What the conductor cannot know: tasks wait for locks, lock holders and grace periods."""
        for task in self.tasks:
            if task.state != DEAD and task.waits_on and not task.kthread:
                yield WaitEdge(task.name, task.state, task.waits_on)
        for mutex in self.mutexes.values():
            if mutex.owner is not None:
                for name in (mutex.name, f"the holder of {mutex.name}"):
                    yield WaitEdge(name, "held", mutex.owner.name)
