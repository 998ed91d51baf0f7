"""A task: a register context that CPUs run, with its stack, its actions and its place in the scheduler's books."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias

from ..arm64.registers import Reg, fresh
from .collector import Collector, Report
from .layout import TASK_PREEMPT_COUNT, task_base, task_stack
from .mode import Mode, Turn, turned
from .published import NOTHING
from .values import give, state_of

if TYPE_CHECKING:
    from ..actors import Mailbox
    from ..arm64.pe import PE
    from .actions import Action
    from .messages import Kicked, RoutineDone, Synchronized, TaskMessage

__all__ = ["BLOCKED", "DEAD", "RUNNABLE", "Task"]

State: TypeAlias = Literal["runnable", "blocked", "dead"]
RUNNABLE: Final = "runnable"
BLOCKED: Final = "blocked"
DEAD: Final = "dead"


class Task:
    """One kernel thread.

    Scheduler's books: `state`, `on_rq`, `cpu` (where it is or last was), `cpus` (where it may run), `nivcsw`
    (involuntary switches), `woken` (woken before it had blocked), `waits_on` (for the wait-for graph).  `wake_view` and
    `done_view` are joined when it is switched in: what a waker released, what a grace period completed.  `switch_view`
    is what its CPU had completed when it was switched out, for migration.

    `spins_on`: the mutex it spins for, in mode SPIN.

    `awaits` collects the end of the grace period it sleeps for, `kick` the answers of the CPUs it interrupted;
    `kicking` is who is notified when all have answered (None: nobody) and the function they run.  `work` is the
    request that a kworker was given, 0 for none.  `report` is its newest quiescent state of RCU Tasks that was asked
    for.
    """

    STATE: ClassVar[tuple[str, ...]] = (
        "awaits",
        "callbacks",
        "calls_left",
        "cpu",
        "cpu_before",
        "daif",
        "done_view",
        "exception_pending",
        "flags",
        "kick",
        "kicking",
        "mark_passed",
        "mode",
        "nivcsw",
        "on_rq",
        "pc",
        "position",
        "private",
        "regs",
        "reply",
        "report",
        "routine",
        "spins_on",
        "state",
        "switch_view",
        "waiting_reply",
        "waits_on",
        "wake_view",
        "window",
        "woken",
        "work",
    )
    """What changes; the rest is what the scenario says of it."""

    __slots__ = ("actions", "cpus", "kthread", "mailbox", "name", "number", *STATE)

    def __init__(
        self,
        number: int,
        name: str,
        cpu: int,
        cpus: tuple[int, ...],
        actions: tuple[Action, ...],
        mailbox: Mailbox[TaskMessage],
        *,
        kthread: bool = False,
    ) -> None:
        self.number = number
        self.name = name
        self.cpu = cpu
        self.cpu_before = cpu
        self.cpus = cpus or (cpu,)
        self.actions = actions
        self.mailbox = mailbox
        self.kthread = kthread
        self.regs: list[Reg] = fresh()
        self.flags = (0, 0, 0)
        self.pc = 0
        self.daif = 0
        self.private: dict[int, Reg] = {}
        self.mark_passed = False
        self.regs[31] = (task_stack(number), 0, 0, 0)
        self.mode = Mode.ACTION
        self.position = 0
        self.calls_left = 0
        self.callbacks: list[tuple[int, int, int]] = []
        self.routine = ""
        self.reply: Mailbox[RoutineDone] | None = None
        self.awaits: Collector[str] = Collector()
        self.kick: Collector[int] = Collector()
        self.kicking: tuple[Mailbox[Kicked] | None, str] | None = None
        self.report = Report(0, name, NOTHING)
        self.work = 0
        self.waiting_reply: tuple[Mailbox[Synchronized], Synchronized, str] | None = None
        self.state: State = RUNNABLE
        self.on_rq = True
        self.nivcsw = 0
        self.woken = False
        self.waits_on = ""
        self.spins_on = ""
        self.wake_view = NOTHING
        self.done_view = NOTHING
        self.switch_view = NOTHING
        self.exception_pending = False
        self.window = ""

    def __repr__(self) -> str:
        return f"<Task {self.name} {self.state} {self.mode}>"

    def turn(self, turn: Turn) -> None:
        """Change the mode, as the table in `mode` has it."""
        self.mode = turned(self.mode, turn)

    def copy(self) -> Task:
        """Independent."""
        other = Task(self.number, self.name, 0, self.cpus, self.actions, self.mailbox, kthread=self.kthread)
        give(self, other, self.STATE)
        return other

    def state_value(self) -> tuple[Hashable, ...]:
        """As a value.  Of a task that runs, the register context is its CPU's."""
        return (self.name, *state_of(self, self.STATE))

    @property
    def thread_info(self) -> Reg:
        """What SP_EL0 holds while the task runs."""
        return (task_base(self.number), 0, 0, 0)

    @property
    def preempt_count(self) -> int:
        """The task's preempt_count, a word of its private memory."""
        return self.private.get(task_base(self.number) + TASK_PREEMPT_COUNT, (0, 0, 0, 0))[0]

    def save(self, pe: PE) -> None:
        """cpu_switch_to, first half: the register context leaves the PE.

        A fetched instruction that has not executed yet is fetched anew when the task comes back.
        """
        self.regs = pe.regs
        self.flags = (pe.nzcv, pe.flags_v, pe.flags_d)
        self.pc = pe.pc
        self.daif = pe.daif
        self.private = pe.private
        self.mark_passed = pe.mark_passed

    def load(self, pe: PE) -> None:
        """cpu_switch_to, second half."""
        pe.regs = self.regs
        pe.nzcv, pe.flags_v, pe.flags_d = self.flags
        pe.pc = self.pc
        pe.daif = self.daif
        pe.private = self.private
        pe.mark_passed = self.mark_passed
        pe.fetched = None
        pe.monitor = None
        pe.sysregs["sp_el0"] = self.thread_info
