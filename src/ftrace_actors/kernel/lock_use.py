"""What a task may do with mutexes (kernel/locking/mutex.c): only the owner unlocks, and nobody waits for itself.

A task does its actions one after the other, each once, so which locks it holds where can be read from its list, and a
misuse is refused before anything runs.  In the kernel the first kind hangs the task; the second is a bug that
DEBUG_MUTEXES reports, after which anything may come.
"""

from __future__ import annotations

from .actions import Action, LockMutex, Spin, Trace, UnlockMutex
from .books import Locks
from .image import BuildError
from .spec import Spec

__all__ = ["check_locks"]


def check_locks(spec: Spec) -> None:
    """Raises BuildError for a task that locks or waits for what it holds, or unlocks what it does not hold."""
    for index, task in enumerate(spec.tasks):
        held: set[str] = set()
        for at, action in enumerate(task.actions):
            problem = _problem(action, held)
            if problem:
                raise BuildError(f"$.task[{index}].do[{at}]", f"{task.name!r} {problem}")


def _problem(action: Action, held: set[str]) -> str:
    """What is wrong with an action of a task that holds `held`, which is then what it holds after it; or ""."""
    match action:
        case LockMutex(mutex) if mutex in held:
            return f"locks {mutex!r}, which it holds already: it would wait for itself"
        case Spin(mutex) if mutex in held:
            return f"spins on {mutex!r}, which it holds itself: it would spin for ever"
        case Trace(operation, _) if Locks.FTRACE_LOCK in held:
            return f"holds {Locks.FTRACE_LOCK!r}, which {operation!r} takes: it would wait for itself"
        case UnlockMutex(mutex) if mutex not in held:
            return f"unlocks {mutex!r}, which it does not hold"
        case LockMutex(mutex):
            held.add(mutex)
        case UnlockMutex(mutex):
            held.remove(mutex)
        case _:
            """It has nothing to do with locks that the task holds."""
    return ""
