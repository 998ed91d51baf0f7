"""What the tracing core does to an ops when a task asks: register it, unregister it.

An operation says what is special about it; everything that they share (the lock, the update of the text, the waits, the
answer) is the tracing core's.  A third one is a class of its own and a line in `OPERATIONS`: its name is then an action
of scenarios (tests/kernel/additions).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar, Final

from .designs.base import Changes, Core, Design, Step
from .layout import EINVAL, ENOENT
from .ops import Ops

__all__ = ["OPERATIONS", "Operation", "Register", "Unregister"]

EBUSY = 16


class Operation(ABC):
    """One operation of register_ftrace_function's family.

    Attributes:
        name: the verb of the action that asks for it.
        usage: what that action is, for people.
        logged: the log has `Register` events for it, which checks take for a change of what is traced.
        unregister: it is the one that takes an ops away; the log says so.
        routine: what links the ops into or out of ftrace_ops_list, run first; "" when the list stays as it is.
        delta: how many users more or less each record of the ops has.
        writes_text: a design may have a trampoline written for it, so there must be room for one.
    """

    name: ClassVar[str]
    usage: ClassVar[str]
    logged: ClassVar[bool] = True
    unregister: ClassVar[bool] = False
    routine: ClassVar[str] = ""
    delta: ClassVar[int] = 0
    writes_text: ClassVar[bool] = False

    @abstractmethod
    def refuses(self, ops: Ops) -> int:
        """Why it cannot be done, an errno; 0 when it can."""

    @abstractmethod
    def link(self, ops: Ops, registered: list[Ops]) -> None:
        """Keep `registered`, newest first, as ftrace_ops_list is after `routine`."""

    @abstractmethod
    def steps(self, design: Design, ops: Ops, changes: Changes, core: Core) -> Iterable[Step]:
        """What the design does about it."""

    @abstractmethod
    def end(self, ops: Ops) -> None:
        """The last step was made."""


class Register(Operation):
    """ftrace_startup: publish, count, update the text.  No wait at the end."""

    name = "register"
    usage = "register OPS: register_ftrace_function"
    routine = "ftrace_ops_list_add"
    delta = +1
    writes_text = True

    def refuses(self, ops: Ops) -> int:
        """It is registered, or not allocated."""
        if ops.registered:
            return EBUSY
        return 0 if ops.addr else EINVAL

    def link(self, ops: Ops, registered: list[Ops]) -> None:
        """At the head."""
        ops.registered = True
        registered.insert(0, ops)

    def steps(self, design: Design, ops: Ops, changes: Changes, core: Core) -> Iterable[Step]:
        """`enable`."""
        return design.enable(ops, changes, core)

    def end(self, ops: Ops) -> None:
        """Nothing is left to say."""


class Unregister(Operation):
    """ftrace_shutdown: unlink, count, update the text, then wait for whoever still uses the ops."""

    name = "unregister"
    usage = "unregister OPS: unregister_ftrace_function, with its waits"
    unregister = True
    routine = "ftrace_ops_list_del"
    delta = -1

    def refuses(self, ops: Ops) -> int:
        """It is not registered."""
        return 0 if ops.registered else ENOENT

    def link(self, ops: Ops, registered: list[Ops]) -> None:
        """Out of it."""
        registered.remove(ops)

    def steps(self, design: Design, ops: Ops, changes: Changes, core: Core) -> Iterable[Step]:
        """`disable`."""
        return design.disable(ops, changes, core)

    def end(self, ops: Ops) -> None:
        """Only now may it be registered again."""
        ops.registered = False


OPERATIONS: Final[dict[str, Operation]] = {
    operation.name: operation for operation in (Register(), Unregister())
}
"""Verb -> operation."""
