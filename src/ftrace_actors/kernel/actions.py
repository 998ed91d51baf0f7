"""What a task of a scenario does, one action after the other, each written as a few words.

``call vfs_read``, ``call vfs_read x3``, ``run reader``, ``alloc tracer_a``, ``register tracer_a``,
``unregister tracer_a``, ``kfree tracer_a``, ``wake reader``, ``store flag 1``, ``kick``, ``sleep``, ``yield``,
``cond_resched``, ``lock m``, ``unlock m``, ``spin m``.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

from ftrace_actors.reading import number, shortened

__all__ = ["VERBS", "Action", "ActionError", "parse_action"]

VERBS: dict[str, str] = {
    "call": "call FUNCTION [xN]: call a traced function, N times",
    "run": "run ROUTINE: run A64 code of the scenario",
    "alloc": "alloc OPS: allocate and initialise a dynamic ops",
    "register": "register OPS: register_ftrace_function",
    "unregister": "unregister OPS: unregister_ftrace_function, with its waits",
    "kfree": "kfree OPS: give its memory back",
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
"""Verb -> how it is used."""

REPEAT_MAX: Final = 1000

_ARGUMENTS = {"kick": 0, "sleep": 0, "yield": 0, "cond_resched": 0, "store": 2}


class ActionError(ValueError):
    """An action that cannot be understood; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action: a verb, its object, and a number (a repeat count or a value)."""

    verb: str
    target: str = ""
    number: int = 1

    def __str__(self) -> str:
        if self.verb == "store":
            return f"store {self.target} {self.number:#x}"
        if self.verb == "call" and self.number > 1:
            return f"call {self.target} x{self.number}"
        return f"{self.verb} {self.target}".rstrip()


def parse_action(text: str) -> Action:
    """Read one action.  Raises ActionError."""
    words = text.split()
    if not words:
        raise ActionError(f"an empty action; known are {', '.join(VERBS)}")
    verb, arguments = words[0], words[1:]
    if verb not in VERBS:
        close = difflib.get_close_matches(verb, VERBS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(VERBS)}"
        raise ActionError(f"unknown action {verb!r}; {hint}")
    repeat = 1
    if verb == "call" and len(arguments) == 2 and arguments[1].startswith("x"):
        repeat = number(arguments.pop()[1:]) or 0
        if not 1 <= repeat <= REPEAT_MAX:
            raise ActionError(f"found {shortened(text)!r}; a repeat count is from x1 to x{REPEAT_MAX}")
    if len(arguments) != _ARGUMENTS.get(verb, 1):
        raise ActionError(f"{shortened(text)!r} does not fit; use: {VERBS[verb]}")
    if verb == "store":
        value = number(arguments[1])
        if value is None or not -(1 << 63) <= value < 1 << 64:
            raise ActionError(f"{shortened(arguments[1])!r} is not a 64-bit number; use: {VERBS[verb]}")
        return Action(verb, arguments[0], value)
    return Action(verb, arguments[0] if arguments else "", repeat)
