"""The flavours of RCU are listed in `events.flavours`; elsewhere nobody spells their names."""

import ast
from collections.abc import Iterator

from ftrace_actors.events.flavours import FLAVOURS
from ftrace_actors.kernel.boot import KTHREADS
from tests.tidy.sources import PACKAGE, Source, package

ELSEWHERE = {
    "inspect/stats.py": "tasks: the tasks of a scenario",
    "cli/log_output.py": "tasks: the same",
    "report/log_states.py": "tasks: a group of what a page shows",
    "report/machine.py": "tasks: the same",
    "kernel/books.py": "tasks: a field of the task list",
    "kernel/ops.py": "rcu: FTRACE_OPS_FL_RCU, a flag of an ops",
    "kernel/trace_function.py": "rcu: the same",
    "scenario/schema.py": "rcu: the same",
    "scenario/setting.py": "rude: the key of a scenario that says whether Rude waits on a kernel",
}
"""Files that say the same words -> what they mean there."""


def spelt(source: Source) -> Iterator[str]:
    """Strings of the code that are names of flavours."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and node.value in FLAVOURS:
            yield str(node.value)


def test_each_has_its_kthread() -> None:
    assert list(KTHREADS) == list(FLAVOURS)


def test_names_are_spelt_in_one_place() -> None:
    found = {source.path.relative_to(PACKAGE).as_posix() for source in package() if set(spelt(source))}
    assert found == {"events/flavours.py", *ELSEWHERE}
