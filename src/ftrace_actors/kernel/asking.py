"""Actions by which a task asks a service for something and waits until it is done, one row a verb.

A service that comes to those here brings a row a verb, and an address of its own if `Mail` has none for it; the name
that follows the verb is then an action of scenarios, and what it may be is for the service to say.  What is done under
ftrace_lock is an operation of the tracing core instead (`operations`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from .messages import Allocate, AllocatorMessage, Release

if TYPE_CHECKING:
    from ..actors import Mailbox
    from .mail import Mail

__all__ = ["ASKS", "Asking"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking(Generic[T]):
    """What a verb does.

    Attributes:
        usage: what the action is, for people.
        service: where the request goes.
        request: of a task and the name it gives; the service answers the task with `Return`.
    """

    usage: str
    service: Callable[[Mail], Mailbox[T]]
    request: Callable[[str, str], T]


_ALLOC: Asking[AllocatorMessage] = Asking(
    "alloc OPS: allocate and initialise a dynamic ops", lambda mail: mail.allocator, Allocate
)
_KFREE: Asking[AllocatorMessage] = Asking(
    "kfree OPS: give its memory back", lambda mail: mail.allocator, Release
)

ASKS: Final[dict[str, Asking[Any]]] = {"alloc": _ALLOC, "kfree": _KFREE}
"""Verb -> what it does."""
