"""Every address of a world: whose mailbox it is, and what may be sent there.

An address never changes (`actors.mailbox`), so all runs of a world share these, and a message may carry one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..actors import Mailbox
from ..events.flavours import FLAVOURS

if TYPE_CHECKING:
    from .collector import Report
    from .messages import (
        AllocatorMessage,
        GracePeriodDone,
        Interrupt,
        Kicked,
        Patched,
        PatchSite,
        RoutineDone,
        SleepFor,
        Synchronize,
        Synchronized,
        TaskMessage,
        TextAllocated,
        TextMessage,
        TextReleased,
        TracingRequest,
        Wake,
    )

__all__ = ["CoreReplies", "GraceMail", "Mail", "cpu_name", "kworker_name"]

_CORE_REPLIES = "tracing_core replies"


def cpu_name(number: int) -> str:
    """A CPU, as an actor and as one that a grace period waits for."""
    return f"cpu{number}"


def kworker_name(cpu: int) -> str:
    """The kworker of a CPU."""
    return f"kworker/{cpu}"


class CoreReplies:
    """Where the tracing core hears answers: a mailbox for each kind of answer, all of one name."""

    __slots__ = ("allocated", "kicked", "patched", "released", "routine", "synchronized")

    def __init__(self) -> None:
        self.routine: Mailbox[RoutineDone] = Mailbox(_CORE_REPLIES, "routine")
        self.patched: Mailbox[Patched] = Mailbox(_CORE_REPLIES, "patched")
        self.synchronized: Mailbox[Synchronized] = Mailbox(_CORE_REPLIES, "synchronized")
        self.kicked: Mailbox[Kicked] = Mailbox(_CORE_REPLIES, "kicked")
        self.allocated: Mailbox[TextAllocated] = Mailbox(_CORE_REPLIES, "allocated")
        self.released: Mailbox[TextReleased] = Mailbox(_CORE_REPLIES, "released")


@dataclass(frozen=True, slots=True)
class GraceMail:
    """The addresses of one flavour: for those who ask for a grace period, for those who report to its kthread, and for
    answers to that kthread when it waits for another flavour.
    """

    requests: Mailbox[Synchronize]
    reports: Mailbox[Report]
    replies: Mailbox[GracePeriodDone]

    @classmethod
    def of(cls, actor: str) -> GraceMail:
        """Of the flavour whose kthread is `actor`."""
        reports: Mailbox[Report] = Mailbox(f"{actor} reports", unordered=True)  # a Collector only counts them
        return cls(Mailbox(actor), reports, Mailbox(f"{actor} replies"))


@dataclass(frozen=True, slots=True)
class Mail:
    """The addresses of a world.

    `cpus`: by number.  `tasks`: by name, received for by the CPU that runs the task.  `flavours`: by the name of the
    flavour, a key of `FLAVOURS`.
    """

    cpus: tuple[Mailbox[Interrupt], ...]
    tasks: Mapping[str, Mailbox[TaskMessage]]
    scheduler: Mailbox[Wake]
    timekeeper: Mailbox[SleepFor]
    core: Mailbox[TracingRequest]
    core_replies: CoreReplies
    patcher: Mailbox[PatchSite]
    patcher_replies: Mailbox[RoutineDone]
    allocator: Mailbox[AllocatorMessage]
    allocator_replies: Mailbox[RoutineDone]
    text_allocator: Mailbox[TextMessage]
    flavours: Mapping[str, GraceMail]

    @classmethod
    def of(cls, tasks: Iterable[str], count: int) -> Mail:
        """Addresses for a world of those tasks and `count` CPUs."""
        numbers = range(count)
        names = [*tasks, *(kworker_name(number) for number in numbers)]
        return cls(
            cpus=tuple(Mailbox(cpu_name(number)) for number in numbers),
            tasks={name: Mailbox(name) for name in names},
            scheduler=Mailbox("scheduler"),
            timekeeper=Mailbox("timekeeper"),
            core=Mailbox("tracing_core"),
            core_replies=CoreReplies(),
            patcher=Mailbox("text_patcher"),
            patcher_replies=Mailbox("text_patcher replies"),
            allocator=Mailbox("ops_allocator"),
            allocator_replies=Mailbox("ops_allocator replies"),
            text_allocator=Mailbox("text_allocator"),
            flavours={flavour.name: GraceMail.of(flavour.actor) for flavour in FLAVOURS.values()},
        )
