"""The books of a run: what several actors know of each other, each by name, with the kernel lock that guards it.

An actor holds mailboxes and books, never another actor.  These are all the books there are; whatever else one actor is
to learn from another goes by mail.  Access takes no visible step, as in the kernel, where the lock is held for a few
instructions: an actor runs alone between two steps, so what it does to a book there is atomic.

| book | guarded in the kernel by | written by |
| --- | --- | --- |
| `RunQueue`, one a CPU | `rq->lock` | its CPU; the scheduler and a CPU that migrates a task, when they queue one |
| `TaskList` | `tasklist_lock`, each task `p->pi_lock` | the CPU that runs the task; the scheduler, when it wakes it |
| `Locks` | each mutex its `wait_lock` | the CPU whose task locks or unlocks |
| `OpsBook` | `ftrace_lock` | the tracing core; the allocator, for where an ops that nobody traces with is |
| `AllocationNumbers` | none: the laboratory's own count | the two allocators |
| `GraceBook`, one a flavour | `rnp->lock`, `rtp->cbs_gbl_lock` | its kthread; CPUs, when they make a report |
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from ..events.flavours import FLAVOURS
from .actions import LockMutex, Spin, UnlockMutex
from .collector import Collector
from .config import Preempt
from .locks import Mutex
from .mail import kworker_name
from .published import NOTHING
from .task import BLOCKED, Task
from .values import give, plain, state_of

if TYPE_CHECKING:
    from .config import KernelConfig
    from .image import Image
    from .mail import Mail
    from .ops import Ops
    from .records import Record
    from .slots import Text
    from .spec import Spec

__all__ = [
    "AllocationNumbers",
    "Books",
    "GraceBook",
    "Locks",
    "OpsBook",
    "RunQueue",
    "TaskList",
]


class RunQueue:
    """struct rq of one CPU, with the flags of the task that runs on it.

    `queue`: its runnable tasks, next first.  `current`: the running task, None when idle.  `need_resched` and
    `lazy_resched`: TIF_NEED_RESCHED and TIF_NEED_RESCHED_LAZY.  `idle_view`: what the CPU had completed when it went
    idle.  `skipped_by`: what the grace periods that found it idle, and so do not wait for it, had published when they
    began; the CPU joins that as it leaves idle.
    """

    __slots__ = (
        "_kernel",
        "current",
        "idle_view",
        "lazy_resched",
        "need_resched",
        "number",
        "queue",
        "skipped_by",
    )

    STATE: ClassVar[tuple[str, ...]] = ("need_resched", "lazy_resched", "idle_view", "skipped_by")

    def __init__(self, number: int, kernel: KernelConfig) -> None:
        self.number = number
        self.queue: list[Task] = []
        self.current: Task | None = None
        self.need_resched = False
        self.lazy_resched = False
        self.idle_view = self.skipped_by = NOTHING
        self._kernel = kernel

    @property
    def idle(self) -> bool:
        """In the idle loop: an extended quiescent state."""
        return self.current is None and not self.queue

    def request_resched(self, by: int) -> bool:
        """__resched_curr for a task about to be queued here; True when this CPU must be interrupted for it.

        `by` is the asking CPU.  An idle CPU is woken; a lazy request, and one of a CPU for itself, only set a flag.
        """
        if self.current is None:
            return True
        if self._kernel.preempt is Preempt.LAZY:
            self.lazy_resched = True
            return False
        self.need_resched = True
        return by != self.number

    def copy(self, tasks: TaskList) -> RunQueue:
        """The same, of the tasks of a copied run."""
        other = RunQueue(self.number, self._kernel)
        give(self, other, self.STATE)
        other.queue = [tasks[task.name] for task in self.queue]
        other.current = None if self.current is None else tasks[self.current.name]
        return other

    def state(self) -> tuple[Hashable, ...]:
        """As a value."""
        current = "" if self.current is None else self.current.name
        return (current, tuple(task.name for task in self.queue), *state_of(self, self.STATE))


class TaskList:
    """init_task.tasks: the scenario's tasks in order, then the kworkers."""

    __slots__ = ("_named", "kworkers", "tasks")

    def __init__(self, tasks: list[Task]) -> None:
        self.tasks = tasks
        self.kworkers = [task for task in tasks if task.kthread]
        self._named = {task.name: task for task in tasks}

    def __getitem__(self, name: str) -> Task:
        """A task by name; scenarios are checked, so it exists."""
        return self._named[name]

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def copy(self) -> TaskList:
        """Independent tasks."""
        return TaskList([task.copy() for task in self.tasks])

    def state(self) -> tuple[Hashable, ...]:
        """As a value."""
        return tuple(task.state_value() for task in self.tasks)


class Locks:
    """All mutexes, by name: ftrace_lock, then those that the scenario's tasks use, as they are first named there.

    All are made before the run begins, so that equal states are equal values, whatever was used or looked at first.
    """

    __slots__ = ("mutexes",)

    FTRACE_LOCK: ClassVar[str] = "ftrace_lock"

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.mutexes: dict[str, Mutex] = {name: Mutex(name) for name in (self.FTRACE_LOCK, *names)}

    @classmethod
    def of(cls, spec: Spec) -> Locks:
        """As they are when a run begins: nobody holds any."""
        actions = (action for task in spec.tasks for action in task.actions)
        return cls(action.mutex for action in actions if isinstance(action, LockMutex | UnlockMutex | Spin))

    def mutex(self, name: str) -> Mutex:
        """A lock by name."""
        return self.mutexes[name]

    def copy(self) -> Locks:
        """Independent mutexes."""
        other = Locks()
        other.mutexes = {name: mutex.copy() for name, mutex in self.mutexes.items()}
        return other

    def state(self) -> tuple[Hashable, ...]:
        """As a value."""
        return tuple(mutex.state() for mutex in self.mutexes.values())


class OpsBook:
    """ftrace_ops_list and the dyn_ftrace records.

    `ops`: all there are, by name.  `records`: one a site, in address order.  `registered`: the list, newest first.
    `texts`: ops -> its trampoline.
    """

    __slots__ = ("_at", "ops", "records", "registered", "texts")

    def __init__(self, ops: dict[str, Ops], records: list[Record]) -> None:
        self.ops = ops
        self.records = records
        self._at = {record.function: record for record in records}
        self.registered: list[Ops] = []
        self.texts: dict[str, Text] = {}

    @classmethod
    def of(cls, image: Image) -> OpsBook:
        """As it is when a run begins: nothing is registered."""
        records = image.records()
        for record in records:
            record.literal_value = image.resting_literal
        return cls({ops.name: replace(ops) for ops in image.ops}, records)

    def record(self, function: str) -> Record:
        """The record of a function's site."""
        return self._at[function]

    def copy(self) -> OpsBook:
        """Independent ops and records."""
        ops = {name: replace(one) for name, one in self.ops.items()}
        other = OpsBook(ops, [replace(record) for record in self.records])
        other.registered = [other.ops[ops.name] for ops in self.registered]
        other.texts = self.texts.copy()
        return other

    def state(self) -> tuple[Hashable, ...]:
        """As a value."""
        return (
            tuple(plain(ops) for ops in self.ops.values()),
            tuple(plain(record) for record in self.records),
            tuple(ops.name for ops in self.registered),
            plain(self.texts),
        )


class AllocationNumbers:
    """How many allocations there have been: each has a number that names it alone, whatever address it got.

    Address space is one sequence for ops and text, so that an access through an old pointer differs from one through
    a new pointer to the same address.  The kernel has nothing like it.
    """

    __slots__ = ("drawn",)

    def __init__(self, drawn: int) -> None:
        self.drawn = drawn

    def draw(self) -> int:
        """The number of a new allocation."""
        self.drawn += 1
        return self.drawn

    def copy(self) -> AllocationNumbers:
        """The same count."""
        return AllocationNumbers(self.drawn)

    def state(self) -> tuple[Hashable, ...]:
        """As a value."""
        return (self.drawn,)


class GraceBook:
    """Of one flavour: who is waited for (rnp->qsmask, the holdouts), and what its grace periods published.

    `collector`: CPUs or tasks, by name; a party looks there whether it owes a report, and notes there that it made one.
    `view`: what all grace periods that have started so far published; a CPU joins it at its quiescent state.
    """

    __slots__ = ("collector", "view")

    STATE: ClassVar[tuple[str, ...]] = ("collector", "view")

    def __init__(self) -> None:
        self.collector: Collector[str] = Collector()
        self.view = NOTHING

    def copy(self) -> GraceBook:
        """Independent."""
        other = GraceBook()
        give(self, other, self.STATE)
        return other

    def state(self) -> tuple[Hashable, ...]:
        """As a value."""
        return state_of(self, self.STATE)


@dataclass(frozen=True, slots=True)
class Books:
    """All books of a run."""

    queues: tuple[RunQueue, ...]
    tasks: TaskList
    locks: Locks
    ops: OpsBook
    numbers: AllocationNumbers
    grace: dict[str, GraceBook]
    """By flavour."""

    @classmethod
    def of(cls, image: Image, mail: Mail) -> Books:
        """As they are when a run begins: tasks that were started are queued."""
        spec = image.spec
        queues = tuple(RunQueue(number, spec.kernel) for number in range(spec.cpus))
        made = [
            Task(number, task.name, task.cpu, task.cpus, task.actions, mail.tasks[task.name])
            for number, task in enumerate(spec.tasks)
        ]
        for task, wanted in zip(made, spec.tasks, strict=True):
            if wanted.started:
                queues[task.cpu].queue.append(task)
            else:
                task.state, task.on_rq, task.waits_on = BLOCKED, False, "a wake-up"
        for number in range(spec.cpus):
            name = kworker_name(number)
            worker = Task(len(made), name, number, (number,), (), mail.tasks[name], kthread=True)
            worker.state, worker.on_rq = BLOCKED, False
            made.append(worker)
        grace = {flavour: GraceBook() for flavour in FLAVOURS}
        numbers = AllocationNumbers(image.allocations)
        return cls(queues, TaskList(made), Locks.of(spec), OpsBook.of(image), numbers, grace)

    def copy(self) -> Books:
        """Independent books."""
        tasks = self.tasks.copy()
        queues = tuple(queue.copy(tasks) for queue in self.queues)
        grace = {flavour: book.copy() for flavour, book in self.grace.items()}
        return Books(queues, tasks, self.locks.copy(), self.ops.copy(), self.numbers.copy(), grace)

    def state(self) -> tuple[Hashable, ...]:
        """As a value."""
        return (
            tuple(queue.state() for queue in self.queues),
            self.tasks.state(),
            self.locks.state(),
            self.ops.state(),
            self.numbers.state(),
            tuple(book.state() for book in self.grace.values()),
        )
