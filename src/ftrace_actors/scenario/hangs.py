"""Why a run does not come to its end, for people: who waits for whom, where, and doing what.

What the conductor says of it (`RunOutcome.render`) is the finding, and is compared between versions.  Here the same is
said with what only the kernel knows: which action a task is in, and at which instruction.
"""

from __future__ import annotations

from typing import Final

from ..actors import RunOutcome, WaitEdge
from ..kernel.actions import Action, LockMutex
from ..kernel.boot import System
from ..kernel.locks import HELD
from ..kernel.mode import Mode
from ..kernel.task import BLOCKED, Task

__all__ = ["hang_words"]

_WAKE_UP: Final = "a wake-up"


def hang_words(outcome: RunOutcome, system: System) -> str:
    """The end of a run that hung: a line of how it ended, then one for each who waits, or who kept running."""
    first, *rest = outcome.render().splitlines()
    tasks = {task.name: task for task in system.books.tasks}
    cycle = outcome.cycle
    after = dict(zip(cycle, cycle[1:] + cycle[:1], strict=True))
    lines = [first]
    for edge in outcome.waits:
        mark = "*" if after.get(edge.waiter) == edge.target else " "
        lines.append(f"{mark} {_edge_words(edge, tasks.get(edge.waiter), system)}")
    lines += [line for line in rest if line.startswith("cycle")]
    lines += [f"  {_busy_words(busy.actor, busy.steps, system)}" for busy in outcome.busy]
    return "\n".join(lines)


def _edge_words(edge: WaitEdge, task: Task | None, system: System) -> str:
    if edge.point == HELD:
        return f"{edge.waiter.removeprefix('the holder of ')} is held by {edge.target}"
    if task is None:
        return f"{edge.waiter} waits for {edge.target} ({edge.point})"
    missing = " that nobody sends" if edge.target == _WAKE_UP else ""
    return f"{edge.waiter}{_doing(task, system)} waits for {edge.target}{missing}"


def _busy_words(actor: str, steps: int, system: System) -> str:
    """An actor that kept running in the fair suffix: the task on that CPU, and the instruction it is at."""
    made = f"made {steps:,} more step{'' if steps == 1 else 's'} after everybody had got turns"
    cpu = next((cpu for cpu in system.cpus if cpu.name == actor), None)
    task = None if cpu is None else cpu.rq.current
    if task is None:
        return f"{actor} {made}"
    return f"{task.name} on {actor}{_doing(task, system)} {made}"


def _action(task: Task) -> Action | None:
    """What a task is in the middle of.  Its position moves when an action begins, unless that waits for a lock."""
    if task.position < len(task.actions):
        action = task.actions[task.position]
        if task.mode is Mode.SPIN or (isinstance(action, LockMutex) and task.waits_on == action.mutex):
            return action
    return task.actions[task.position - 1] if 0 < task.position <= len(task.actions) else None


def _doing(task: Task, system: System) -> str:
    """What a task is in the middle of, between commas; "" when it has done everything."""
    words = []
    if task.state == BLOCKED:
        words.append("blocked")
    action = _action(task)
    if action is not None:
        words.append(f"in '{action}'")
    if task.mode is Mode.CODE:
        on = next((cpu for cpu in system.cpus if cpu.rq.current is task), None)
        pc = task.pc if on is None else on.pe.pc
        words.append(f"at {system.image.symbols.describe(pc)}")
    return f", {', '.join(words)}," if words else ""
