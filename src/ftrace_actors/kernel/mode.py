"""What a task does when a CPU runs it, and the one table of how that changes.

    ACTION --call--> CODE --return--> ACTION          an action that is A64 code
    ACTION --ask--> SERVICE --done--> ACTION          an action that a service does for it
    SERVICE --run--> CODE --answer--> SERVICE         a routine that the service has it execute
    ACTION --spin--> SPIN --free--> ACTION            spinning until a lock is free

What the table cannot show:

* A mode belongs to the task and travels with it: a task may be switched out in any of them and come back on another
  CPU.  Whether it is runnable, blocked or dead is another matter (`Task.state`).
* A task that sleeps in a service (for a grace period, a mutex) is in SERVICE or ACTION and looks again when it runs.
* kick_all_cpus_sync, asked for by a service, happens inside SERVICE; asked for by an action, it is an ASK.
* A task dies in ACTION, after its last action, or in CODE, of a fault.  Its mode stays what it was.
* CODE has two ways out, and which one it takes is decided by who asked for the routine (`Task.reply`).

Prior art: h11's `_state.py`, whose tables also are data, with one function that applies them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ..errors import ModelError

__all__ = ["TRANSITIONS", "Mode", "Turn", "turned"]


class Mode(StrEnum):
    """What a running task is doing."""

    ACTION = "action"
    """Between two actions."""
    CODE = "code"
    """Executing A64."""
    SERVICE = "service"
    """In a system service: waiting for what the service wants done in its name."""
    SPIN = "spin"
    """Spinning until a lock is free, on the CPU."""


class Turn(StrEnum):
    """What changes a mode."""

    CALL = "call"
    """An action is A64 code."""
    ASK = "ask"
    """An action is done by a service."""
    SPIN = "spin"
    """An action spins on a lock."""
    RETURN = "return"
    """The code of an action came back."""
    ANSWER = "answer"
    """The code that a service asked for came back."""
    RUN = "run"
    """A service asks for code to be executed."""
    DONE = "done"
    """A service is done with the task."""
    FREE = "free"
    """The lock is free."""


TRANSITIONS: Final[dict[Mode, dict[Turn, Mode]]] = {
    Mode.ACTION: {Turn.CALL: Mode.CODE, Turn.ASK: Mode.SERVICE, Turn.SPIN: Mode.SPIN},
    Mode.CODE: {Turn.RETURN: Mode.ACTION, Turn.ANSWER: Mode.SERVICE},
    Mode.SERVICE: {Turn.RUN: Mode.CODE, Turn.DONE: Mode.ACTION},
    Mode.SPIN: {Turn.FREE: Mode.ACTION},
}
"""Every change there is; what is absent is a bug."""


def turned(mode: Mode, turn: Turn) -> Mode:
    """The mode after a turn.  Raises ModelError for one that the table does not have."""
    after = TRANSITIONS[mode].get(turn)
    if after is None:
        raise ModelError(f"a task in mode {mode} cannot take the turn {turn}")
    return after
