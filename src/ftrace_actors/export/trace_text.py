"""A run in the layout of the kernel's own file `trace`.

As Documentation/trace/ftrace.rst ("Output format") has it, and of the header and the column for migration the form of
v6.12's kernel/trace/trace.c: `TASK-PID [CPU] flags seconds.microseconds: function: text`.  sched_switch and
sched_wakeup are written as in include/trace/events/sched.h, so that tools that know those find who ran where; any other
event has its kind for a name and its words after it.

What a run does not have is made up, and said in the header: a time (its number, in microseconds), PIDs (by who appears
first, from 1), and a CPU for actors that run on none (one more than there are).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..events import Event, Exc, Reader, Switch, TaskState
from ..terminal import one_line
from .recorded import Recorded

__all__ = ["as_trace"]

_COLUMNS: Final = """\
#                                _-----=> irqs-off/BH-disabled
#                               / _----=> need-resched
#                              | / _---=> hardirq/softirq
#                              || / _--=> preempt-depth
#                              ||| / _-=> migrate-disable
#                              |||| /     delay
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |"""

_PRIO: Final = 120
_SECOND: Final = 1_000_000
_STATES: Final = {"blocked": "S", "dead": "X"}
_BLANK: Final = re.compile(r"\s")


def as_trace(run: Recorded) -> bytes:
    """The file."""
    cpus = max((event.cpu for event in run.events), default=0) + 1
    count = len(run.events)
    head = [
        "# tracer: nop",
        "#",
        f"# entries-in-buffer/entries-written: {count}/{count}   #P:{cpus}",
        "#",
        f"# {run.title}",
        *([f"# {run.reason}"] if run.reason else []),
        "# time is the number of the event; a PID is made up; what is on no CPU is on",
        f"# CPU {cpus}",
        "#",
        _COLUMNS,
    ]
    return "\n".join([*head, *_lines(run, cpus), ""]).encode()


def _lines(run: Recorded, elsewhere: int) -> Iterator[str]:
    writer = _Writer(run)
    for event in run.events:
        comm, pid = writer.who(event)
        cpu = event.cpu if event.cpu >= 0 else elsewhere
        seconds, micros = divmod(event.seq, _SECOND)
        flags = writer.flags(event)
        yield f"{comm:>16}-{pid:<7} [{cpu:03}] {flags} {seconds:>5}.{micros:06}: {writer.text(event)}"
        writer.note(event)


class _Writer:
    """What a line needs of earlier ones: PIDs, interrupts, readers and states."""

    __slots__ = ("_depth", "_interrupts", "_pids", "_run", "_states")

    def __init__(self, run: Recorded) -> None:
        self._run = run
        self._pids: dict[str, int] = {}
        self._interrupts: dict[int, int] = {}
        self._depth: dict[str, int] = {}
        self._states: dict[str, str] = {}

    def who(self, event: Event) -> tuple[str, int]:
        """TASK and PID; a CPU that runs no task is idle, and it is the idle task that switches to the next one."""
        leaves_idle = isinstance(event, Switch) and not event.prev
        if event.cpu >= 0 and (not event.task or leaves_idle):
            return "<idle>", 0
        name = event.task if event.cpu >= 0 else event.actor
        return _name(name), self._pid(name)

    def _pid(self, name: str) -> int:
        return self._pids.setdefault(name, len(self._pids) + 1)

    def flags(self, event: Event) -> str:
        """irqs-off, need-resched, hardirq, preempt-depth, migrate-disable; a dot for what is off or not known."""
        inside = self._interrupts.get(event.cpu, 0) > 0
        depth = self._depth.get(event.task, 0) if event.task else 0
        return f"{'d' if inside else '.'}.{'h' if inside else '.'}{min(depth, 9) or '.'}."

    def note(self, event: Event) -> None:
        """Remember what later lines need."""
        match event:
            case Exc():
                now = self._interrupts.get(event.cpu, 0) + (1 if event.entry else -1)
                self._interrupts[event.cpu] = max(now, 0)
            case Reader():
                now = self._depth.get(event.task, 0) + (1 if event.begins else -1)
                self._depth[event.task] = max(now, 0)
            case TaskState():
                self._states[event.who] = event.state
            case _:
                """Nothing that a line shows."""

    def text(self, event: Event) -> str:
        """FUNCTION and what follows it."""
        match event:
            case Switch():
                state = _STATES.get(self._states.get(event.prev, ""), "R")
                prev = self._task("prev", event.prev, event.cpu)
                following = self._task("next", event.next, event.cpu)
                preempted = "+" if event.prev and not event.voluntary else ""
                return f"sched_switch: {prev} prev_state={state}{preempted} ==> {following}"
            case TaskState() if event.state == "runnable":
                cpu = max(event.cpu, 0)
                return f"sched_wakeup: {self._task('', event.who, cpu)} target_cpu={cpu:03}"
            case _:
                return f"{_kind(event)}: {self._run.words(event)}"

    def _task(self, side: str, name: str, cpu: int) -> str:
        which = f"{side}_" if side else ""
        comm, pid = (_name(name), self._pid(name)) if name else (f"swapper/{cpu}", 0)
        return f"{which}comm={comm} {which}pid={pid} {which}prio={_PRIO}"


def _kind(event: Event) -> str:
    return str(event.__struct_config__.tag).replace("-", "_")


def _name(name: str) -> str:
    """A comm without blanks, which would end it."""
    return one_line(_BLANK.sub("_", name))
