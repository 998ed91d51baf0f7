"""Which modules of the kernel may assign fields of what several actors know: one table, held against the source text
(tests/tidy/test_actors.py), which covers all code, and against runs (tests/kernel/test_isolation.py), which no alias
deceives.
"""

from dataclasses import dataclass

from ftrace_actors.arm64.pe import PE
from ftrace_actors.kernel.books import AllocationNumbers, GraceBook, Locks, OpsBook, RunQueue, TaskList
from ftrace_actors.kernel.collector import Collector
from ftrace_actors.kernel.locks import Mutex
from ftrace_actors.kernel.ops import Ops
from ftrace_actors.kernel.records import Record
from ftrace_actors.kernel.task import Task

__all__ = ["SHARED_STATE", "Written"]

COPYING = "values"
"""`give` fills a copy in, before it runs."""


@dataclass(frozen=True)
class Written:
    """What is written, how code that writes it calls it, and which modules may, besides its own."""

    kind: type
    names: tuple[str, ...] = ()
    by: frozenset[str] = frozenset()

    @property
    def modules(self) -> frozenset[str]:
        """All modules, that of the class and copying included."""
        return self.by | {self.kind.__module__.rpartition(".")[2], COPYING}


SHARED_STATE = (
    Written(
        Task,
        ("task", "worker"),
        frozenset(
            {"books", "boot", "cpu", "interrupts", "scheduler", "service", "switching", "task_actions"}
        ),
    ),
    Written(RunQueue, ("queue", "rq", "self.rq"), frozenset({"cpu", "interrupts", "rcu", "switching"})),
    Written(TaskList),
    Written(Locks),
    Written(Mutex),
    Written(OpsBook),
    Written(Record, ("record",), frozenset({"books", "core_view", "ftrace"})),
    Written(Record, ("step.record",), frozenset({"abilities"})),
    Written(Ops, ("ops",), frozenset({"allocator", "operations"})),
    Written(AllocationNumbers),
    Written(GraceBook, ("book",), frozenset({"rcu"})),
    Written(Collector),
    Written(PE, ("pe", "self.pe", "cpu.pe"), frozenset({"cpu", "interrupts", "marked", "service", "task"})),
)
