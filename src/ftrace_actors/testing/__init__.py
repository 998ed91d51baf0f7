"""Tests that are executed under many schedules.

::

    from ftrace_actors.testing import Schedule, explore


    @explore(runs=500)
    def test_nobody_enters_freed_text(schedule: Schedule) -> None:
        schedule.run_file("scenarios/teardown-tasks.toml")

`explore` repeats a test under the schedules of a strategy and shrinks, tells and pins the first one that fails. A test
gets a `Schedule`, with which it runs the world of a scenario or actors of its own. `schedules` is the same for tests
under Hypothesis. The pytest plugin that ties them to pytest is `ftrace_actors.pytest_plugin`. See docs/testing.md.
"""

from .decorator import Explorer, explore
from .options import Options, read_options
from .schedule import Schedule, ScheduleFailed
from .tapes import ByteChooser, schedule_of, schedules

__all__ = [
    "ByteChooser",
    "Explorer",
    "Options",
    "Schedule",
    "ScheduleFailed",
    "explore",
    "read_options",
    "schedule_of",
    "schedules",
]
