"""Whether a run is the recorded one, for a replay that must be exact.

The file of a run says much more than its choices: who asked for each and for what, how many there were, what went
wrong, of which test or scenario it is, and for a scenario the digest of its events (in another layout of memory, what
broke). A test that was edited may still take the choices, and then a pass would say that the bug is gone although
another schedule was tried. So all of it must fit, and the test must fail, or the replay does.

The names come last: a test that was renamed, or is seen from another rootdir, and does all of this alike is the one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..actors import ReplayDiverged
from ..explore.portable import portable
from .comparison import DEPENDS, WHAT_ELSE
from .pins import Kept, failure_of

if TYPE_CHECKING:
    from ..explore import Recording
    from .attempt import Attempt
    from .schedule import Schedule

__all__ = ["not_this_test", "why_not"]


def not_this_test(difference: str, kept: Kept, code: str) -> str:
    """That a recorded schedule is not one of the test as it is now; `code` is the digest of its file."""
    said = f"does not match the current test: {difference}"
    if kept.code and kept.code == code:
        return f"{said}; the file of the test is as it was, so code it uses has changed, or {DEPENDS} ({WHAT_ELSE})"
    return said


def why_not(kept: Kept, attempt: Attempt, test: str, code: str = "") -> str:
    """What tells the run of an attempt, made with the choices of a file, from the one in the file; "" if nothing."""
    schedule, error = attempt.schedule, attempt.error
    whose = _whose(kept, schedule, test)
    if isinstance(error, ReplayDiverged):
        return not_this_test(f"{error}{whose}", kept, code)
    if error is None:
        return f"the recorded failure ({kept.failure}) does not happen any more: the test passes{whose}"
    if schedule.positions != kept.positions:
        difference = f"the run asked {schedule.positions} choices, the recorded one {kept.positions}"
        return not_this_test(f"{difference}{whose}", kept, code)
    if kept.scenario is not None and not (schedule.digest and kept.scenario.matches(schedule.recorded())):
        difference = f"the choices fit, but the events are not the recorded ones (tool {kept.scenario.tool})"
        return not_this_test(f"{difference}{whose}", kept, code)
    if kept.test not in ("", test) and failure_of(error) != kept.failure:
        return f"is a schedule of another test, {kept.test}, in which another failure was recorded ({kept.failure})"
    return ""


def _whose(kept: Kept, schedule: Schedule, test: str) -> str:
    """What the file is of, where that is not what was run."""
    if kept.scenario is not None:
        return _which_scenario(kept.scenario, schedule)
    return f"; it was recorded of {kept.test}" if kept.test != test else ""


def _which_scenario(file: Recording, schedule: Schedule) -> str:
    recorded = file.scenario
    name = " ".join([recorded.path, *(f"{key}={value}" for key, value in recorded.overrides.items())])
    source = schedule.source()
    if source is None:
        return f"; it was recorded of {name}"
    path = portable(source.path)
    if path != portable(recorded.path) or dict(source.overrides) != recorded.overrides:
        run = " ".join([path, *(f"{key}={value}" for key, value in source.overrides)])
        return f"; it was recorded of {name}, and this test runs {run}"
    return f"; {source.path} has changed since" if source.text != recorded.text else ""
