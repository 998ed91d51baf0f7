"""The messages actors exchange, each a typed value.

The unions are closed: a receiver matches all of what can come.  Tasks, ops and records are named, so that a message is
a value and copies of a run may share it.  `task` is the task in whose name something is done;
a view that is an int is a position of the memory timeline, for the log; one that orders something is `Published`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from .collector import Report
from .published import NOTHING, Published

if TYPE_CHECKING:
    from ..actors import Inbox, Mailbox
    from ..arm64.registers import Reg
    from .slots import Text

__all__ = [
    "Allocate",
    "AllocateText",
    "AllocatorMessage",
    "Answered",
    "GracePeriodDone",
    "Interrupt",
    "Kick",
    "KickAcknowledged",
    "KickIn",
    "Kicked",
    "PatchSite",
    "Patched",
    "Quiesced",
    "Release",
    "ReleaseText",
    "Request",
    "Reschedule",
    "Return",
    "RoutineDone",
    "RunRoutine",
    "SleepFor",
    "SyncIpiIn",
    "Synchronize",
    "SynchronizeIn",
    "Synchronized",
    "TaskMessage",
    "TextAllocated",
    "TextMessage",
    "TextReleased",
    "TracingRequest",
    "Wake",
    "WorkDone",
]


R = TypeVar("R")
Q_co = TypeVar("Q_co", covariant=True)
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Request(Generic[R]):
    """A message that is answered: an `R` comes to `reply`."""

    reply: Mailbox[R]

    def itself(self) -> Self:
        """The request, of the type that its mailbox takes: see `Answered`."""
        return self


class Answered(Protocol[Q_co, R_co]):
    """A request `Q` that an `R` answers: every `Request` is one.

    No class can say in its own name both what it is and what answers it, and `KernelActor.ask` needs both: a mailbox
    that takes a `Q`, and the type of the answer.
    """

    @property
    def reply(self) -> Inbox[R_co]:
        """Where the answer comes."""

    def itself(self) -> Q_co:
        """What is sent."""


# -- to a task, received by the CPU that runs it ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunRoutine(Request["RoutineDone"]):
    """Execute the A64 routine at `entry` with `args` in x0 and up; answer RoutineDone."""

    name: str
    entry: int
    args: tuple[Reg, ...]
    resched_point: bool = False


@dataclass(frozen=True, slots=True)
class SynchronizeIn(Request["Synchronized"]):
    """Wait for a grace period of `flavour` in the task's name; answer Synchronized."""

    flavour: str


@dataclass(frozen=True, slots=True)
class KickIn(Request["Kicked"]):
    """kick_all_cpus_sync in the task's name; answer Kicked."""


@dataclass(frozen=True, slots=True)
class SyncIpiIn(Request["Kicked"]):
    """smp_call_function(ftrace_sync_ipi, NULL, 1) in the task's name; answer Kicked."""


@dataclass(frozen=True, slots=True)
class KickAcknowledged(Report):
    """A CPU took the interrupt; `view` is the release bound of its handler (csd_unlock)."""


@dataclass(frozen=True, slots=True)
class Return:
    """The service is done with the task, which continues with its next action.

    `unlocks`: the mutex that the task took for the request, and lets go of first; "" for none.
    """

    errno: int
    unlocks: str = ""


TaskMessage = RunRoutine | SynchronizeIn | KickIn | SyncIpiIn | KickAcknowledged | Return


# -- answers of a task to a service -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoutineDone:
    """The routine came back with `value` in x0; `view` is what its CPU had completed and written."""

    value: int
    view: int

    @property
    def errno(self) -> int:
        """What a routine answers that returns an int: 0 or a negative errno, in w0."""
        return self.value - (1 << 32) if self.value & 0x8000_0000 else self.value


@dataclass(frozen=True, slots=True)
class Synchronized:
    """The grace period the task waited for is over."""

    flavour: str


@dataclass(frozen=True, slots=True)
class Kicked:
    """Every other CPU has taken an interrupt since."""


# -- to a CPU ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reschedule:
    """A reschedule IPI; `view` is what its sender had completed."""

    view: Published


@dataclass(frozen=True, slots=True)
class Kick:
    """A call-function IPI, request `number` of the task `caller`; `view` as above; answer KickAcknowledged."""

    view: Published
    number: int
    caller: str
    function: str
    reply: Mailbox[TaskMessage]


Interrupt = Reschedule | Kick
"""What comes to a CPU."""


# -- to the tracing core ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TracingRequest:
    """An operation, a key of `operations.OPERATIONS`, called by `task` under ftrace_lock."""

    task: str
    ops: str
    operation: str


# -- text patcher and ops allocator -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PatchSite(Request["Patched"]):
    """Patch one site in the task's name: `action` names the routine's family; answer Patched.

    `number`: which patch of the run it is, whichever service does it; events and checks know it by that.
    `new_prov`: the allocation of the text that the new instruction branches to, 0 for what is never freed.
    """

    number: int
    task: str
    record: str
    action: str
    literal: Reg
    old: int
    new: int
    ops: tuple[str, ...]
    new_prov: int = 0


@dataclass(frozen=True, slots=True)
class Patched:
    """A site was patched, or not: 0 or a negative errno; `view` as in RoutineDone."""

    errno: int
    view: int


@dataclass(frozen=True, slots=True)
class Allocate:
    """Allocate and initialise an ops in the task's name."""

    task: str
    ops: str


@dataclass(frozen=True, slots=True)
class Release:
    """kfree an ops in the task's name."""

    task: str
    ops: str


AllocatorMessage = Allocate | Release
"""What comes to the ops allocator."""


@dataclass(frozen=True, slots=True)
class AllocateText(Request["TextAllocated"]):
    """Allocate text for the trampoline of an ops in the task's name; answer TextAllocated."""

    task: str
    ops: str


@dataclass(frozen=True, slots=True)
class TextAllocated:
    """Here it is; it holds whatever it held before."""

    text: Text


@dataclass(frozen=True, slots=True)
class ReleaseText(Request["TextReleased"]):
    """Free the text of an ops in the task's name; answer TextReleased."""

    task: str
    ops: str
    text: Text


@dataclass(frozen=True, slots=True)
class TextReleased:
    """It may be handed out again."""


TextMessage = AllocateText | ReleaseText
"""What comes to the allocator of text."""


# -- scheduler and timekeeper -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wake:
    """try_to_wake_up: `view` is the waker's release bound, `completed` what a grace period completed.

    `interrupt` is what the waker's CPU had completed: the reschedule IPI carries it.  `cpu` is that CPU, -1 when the
    waker is a kthread that is not modelled as running on one.  `done` is the end of a grace period that the task waits
    for (complete()), `work` the number of a request that a kworker is to report to (queue_work_on()).
    """

    task: str
    view: Published
    completed: Published = NOTHING
    interrupt: Published = NOTHING
    cpu: int = -1
    done: GracePeriodDone | None = None
    work: int = 0


@dataclass(frozen=True, slots=True)
class SleepFor:
    """Wake the task when a timer fires."""

    task: str
    ticks: int


# -- grace periods ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Synchronize:
    """Run a full grace period; `view` is what the caller completed before it, `number` its own number of the request.

    `asker` is a task that sleeps until it is woken, or where another flavour waits for GracePeriodDone.
    """

    view: Published
    number: int
    asker: str | Mailbox[GracePeriodDone]


@dataclass(frozen=True, slots=True)
class Quiesced(Report):
    """A CPU passed a quiescent state of classic RCU; `view` is what it completed before."""


@dataclass(frozen=True, slots=True)
class WorkDone(Report):
    """A CPU's kworker ran; `view` is what the CPU completed before."""


@dataclass(frozen=True, slots=True)
class GracePeriodDone(Report):
    """The grace period asked for is over; the party is its flavour, `view` joins all CPUs."""
