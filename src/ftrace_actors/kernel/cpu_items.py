"""What a CPU has to do next, as values: the items of its agenda.

They refer to the current task by being about it: an item that is about a task stays on the agenda only while that task
runs.  Which CPU something is for is its number.
"""

from __future__ import annotations

from dataclasses import dataclass

from .actor import Tell

__all__ = [
    "Act",
    "Block",
    "CpuItem",
    "CpuItems",
    "EndKick",
    "EndService",
    "Eret",
    "Idle",
    "InService",
    "LeaveInterrupt",
    "PromiseWait",
    "RunCode",
    "SendReschedule",
    "Spinning",
    "SwitchAway",
    "SwitchIn",
]

NOWHERE = -1
"""Where a task is queued that blocked or died."""


@dataclass(frozen=True, slots=True)
class RunCode:
    """Run the task's code until it returns, faults, or is interrupted.  A park for each visible step.

    The one item with many parks: `pe.pending` says what comes next, and asking the PE again changes nothing.
    """


@dataclass(frozen=True, slots=True)
class PromiseWait:
    """Another CPU's open promise relies on what this one is about to write: let that CPU go first."""


@dataclass(frozen=True, slots=True)
class Act:
    """Do the task's next action."""


@dataclass(frozen=True, slots=True)
class InService:
    """Wait for what a service wants done in the task's name, taking interrupts meanwhile."""


@dataclass(frozen=True, slots=True)
class Spinning:
    """Spin until a lock is free."""


@dataclass(frozen=True, slots=True)
class Idle:
    """WFI until an interrupt comes."""


@dataclass(frozen=True, slots=True)
class SwitchIn:
    """__schedule, second half: the next task comes."""


@dataclass(frozen=True, slots=True)
class SwitchAway:
    """__schedule, first half: the task leaves; it queues on CPU `to`, or nowhere when it blocked or died."""

    voluntary: bool
    to: int


@dataclass(frozen=True, slots=True)
class SendReschedule:
    """Interrupt CPU `to`, with what this CPU has completed by then."""

    to: int


@dataclass(frozen=True, slots=True)
class LeaveInterrupt:
    """Interrupt exit: preempt the kernel if due and allowed, else return."""


@dataclass(frozen=True, slots=True)
class Eret:
    """Return from the exception, to `where`."""

    where: int | str


@dataclass(frozen=True, slots=True)
class Block:
    """schedule() with the task asleep, waiting for `on`, unless it was woken in between."""

    on: str


@dataclass(frozen=True, slots=True)
class EndKick:
    """Every other CPU was interrupted: continue if all have answered."""


@dataclass(frozen=True, slots=True)
class EndService:
    """A service is done with the task, and its locks are released."""


CpuItem = (
    RunCode
    | PromiseWait
    | Act
    | InService
    | Spinning
    | Idle
    | SwitchIn
    | SwitchAway
    | SendReschedule
    | LeaveInterrupt
    | Eret
    | Block
    | EndKick
    | EndService
)

CpuItems = tuple[CpuItem | Tell, ...]
"""What follows something, next first."""
