"""What a task of a scenario does, one action after the other, each written as a few words.

``call vfs_read``, ``call vfs_read x3``, ``run reader``, ``alloc tracer_a``, ``register tracer_a``,
``unregister tracer_a``, ``kfree tracer_a``, ``wake reader``, ``store flag 1``, ``kick``, ``sleep``, ``yield``,
``cond_resched``, ``lock m``, ``unlock m``, ``spin m``.

`Action` is a closed union: whoever matches one ends with `assert_never`.  `str()` of an action is how it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..reading import number, shortened
from ..suggestions import did_you_mean
from .asking import ASKS
from .operations import OPERATIONS

__all__ = [
    "Action",
    "ActionError",
    "Ask",
    "Call",
    "CondResched",
    "KickAll",
    "LockMutex",
    "Run",
    "Sleep",
    "Spin",
    "Store",
    "Trace",
    "UnlockMutex",
    "WakeTask",
    "Yield",
    "parse_action",
    "verbs",
]

_OWN: Final = {
    "call": "call FUNCTION [xN]: call a traced function, N times",
    "run": "run ROUTINE: run A64 code of the scenario",
    "wake": "wake TASK: start a task, or wake it",
    "store": "store WORD VALUE: one plain store to shared memory",
    "kick": "kick: interrupt every other CPU and wait until all have been (kick_all_cpus_sync)",
    "sleep": "sleep: block until a timer fires",
    "yield": "yield: let another task run, voluntarily",
    "cond_resched": "cond_resched: let another task run if one is due",
    "lock": "lock MUTEX: mutex_lock, sleeping",
    "unlock": "unlock MUTEX: mutex_unlock",
    "spin": "spin MUTEX: spin on the CPU until nobody holds it",
}
"""Verbs that are neither a service's nor an operation's -> how each is used."""

REPEAT_MAX: Final = 1000


def verbs() -> dict[str, str]:
    """Verb -> how it is used."""
    asking = {verb: one.usage for verb, one in ASKS.items()}
    return _OWN | asking | {verb: operation.usage for verb, operation in OPERATIONS.items()}


class ActionError(ValueError):
    """An action that cannot be understood; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Call:
    """Call a traced function, `count` times."""

    function: str
    count: int = 1

    def __str__(self) -> str:
        return f"call {self.function} x{self.count}" if self.count > 1 else f"call {self.function}"


@dataclass(frozen=True, slots=True)
class Run:
    """Run A64 code of the scenario's own."""

    routine: str

    def __str__(self) -> str:
        return f"run {self.routine}"


@dataclass(frozen=True, slots=True)
class Store:
    """One plain store to a word of shared memory."""

    word: str
    value: int

    def __str__(self) -> str:
        return f"store {self.word} {self.value:#x}"


@dataclass(frozen=True, slots=True)
class Trace:
    """Ask the tracing core for an operation on an ops: a key of `operations.OPERATIONS`."""

    operation: str
    ops: str

    def __str__(self) -> str:
        return f"{self.operation} {self.ops}"


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a service for something that has a name; `verb` is a key of `asking.ASKS`."""

    verb: str
    name: str

    def __str__(self) -> str:
        return f"{self.verb} {self.name}"


@dataclass(frozen=True, slots=True)
class WakeTask:
    """Start a task, or wake it: wake_up_process."""

    task: str

    def __str__(self) -> str:
        return f"wake {self.task}"


@dataclass(frozen=True, slots=True)
class KickAll:
    """Interrupt every other CPU and wait for it: kick_all_cpus_sync."""

    def __str__(self) -> str:
        return "kick"


@dataclass(frozen=True, slots=True)
class Sleep:
    """Block until a timer fires."""

    def __str__(self) -> str:
        return "sleep"


@dataclass(frozen=True, slots=True)
class Yield:
    """Let another task run, voluntarily."""

    def __str__(self) -> str:
        return "yield"


@dataclass(frozen=True, slots=True)
class CondResched:
    """Let another task run if one is due."""

    def __str__(self) -> str:
        return "cond_resched"


@dataclass(frozen=True, slots=True)
class LockMutex:
    """mutex_lock, sleeping."""

    mutex: str

    def __str__(self) -> str:
        return f"lock {self.mutex}"


@dataclass(frozen=True, slots=True)
class UnlockMutex:
    """mutex_unlock."""

    mutex: str

    def __str__(self) -> str:
        return f"unlock {self.mutex}"


@dataclass(frozen=True, slots=True)
class Spin:
    """Spin on the CPU until nobody holds a mutex."""

    mutex: str

    def __str__(self) -> str:
        return f"spin {self.mutex}"


Action = (
    Call
    | Run
    | Store
    | Trace
    | Ask
    | WakeTask
    | KickAll
    | Sleep
    | Yield
    | CondResched
    | LockMutex
    | UnlockMutex
    | Spin
)

_ALONE: dict[str, Callable[[], Action]] = {
    "kick": KickAll,
    "sleep": Sleep,
    "yield": Yield,
    "cond_resched": CondResched,
}
"""Verbs without an object."""

_WITH_ONE: dict[str, Callable[[str], Action]] = {
    "run": Run,
    "wake": WakeTask,
    "lock": LockMutex,
    "unlock": UnlockMutex,
    "spin": Spin,
}
"""Verbs with one object, which is a name; those of `ASKS` and `OPERATIONS` come to them."""


def parse_action(text: str) -> Action:
    """Read one action.  Raises ActionError."""
    words, known = text.split(), verbs()
    if not words:
        raise ActionError(f"an empty action; known are {', '.join(known)}")
    verb, arguments = words[0], words[1:]
    if verb not in known:
        hint = did_you_mean(verb, known, f"known are {', '.join(known)}")
        raise ActionError(f"unknown action {verb!r}; {hint}")
    if verb == "call":
        return _call(text, arguments)
    if verb == "store":
        return _store(text, arguments)
    if len(arguments) != (0 if verb in _ALONE else 1):
        raise _unfit(text, verb)
    if verb in ASKS:
        return Ask(verb, arguments[0])
    if verb in OPERATIONS:
        return Trace(verb, arguments[0])
    return _ALONE[verb]() if verb in _ALONE else _WITH_ONE[verb](arguments[0])


def _call(text: str, arguments: list[str]) -> Call:
    count = 1
    if len(arguments) == 2 and arguments[1].startswith("x"):
        count = number(arguments.pop()[1:]) or 0
        if not 1 <= count <= REPEAT_MAX:
            raise ActionError(f"found {shortened(text)!r}; a repeat count is from x1 to x{REPEAT_MAX}")
    if len(arguments) != 1:
        raise _unfit(text, "call")
    return Call(arguments[0], count)


def _store(text: str, arguments: list[str]) -> Store:
    if len(arguments) != 2:
        raise _unfit(text, "store")
    value = number(arguments[1])
    if value is None or not -(1 << 63) <= value < 1 << 64:
        raise ActionError(f"{shortened(arguments[1])!r} is not a 64-bit number; use: {_OWN['store']}")
    return Store(arguments[0], value)


def _unfit(text: str, verb: str) -> ActionError:
    return ActionError(f"{shortened(text)!r} does not fit; use: {verbs()[verb]}")
