"""Whether two executions under one schedule are the same, which they are if nothing but the schedule decides.

Compared are the choices that were asked and answered, each visible step, and what was raised. Addresses of objects in
a message are not: they say nothing of what the test did.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Final

from ..actors import Pick
from .attempt import Attempt
from .pins import failure_of

__all__ = ["DEPENDS", "WHAT_ELSE", "parted"]

DEPENDS: Final = "more than the schedule decides this test"
"""What is said of a test that is not a function of its schedule."""

WHAT_ELSE: Final = "the order of a set, `random`, the time, or what an earlier execution left over"
"""What that usually is."""

_ADDRESS: Final = re.compile(r"\b0x[0-9a-f]{6,}\b")


def parted(first: Attempt, second: Attempt) -> str:
    """The first difference between two executions of a test, as one line; "" when there is none."""
    return _steps(first, second) or _choices(first, second) or _endings(first, second)


def _steps(first: Attempt, second: Attempt) -> str:
    """Compared where both were written down."""
    mine, other = first.schedule.steps, second.schedule.steps
    if mine is None or other is None:
        return ""
    for one, two in zip_longest(mine, other):
        if one != two:
            return f"step {(one or two).number} was {one or 'not made'}, the second time {two or 'not made'}"
    return ""


def _choices(first: Attempt, second: Attempt) -> str:
    mine, other = first.schedule, second.schedule
    for one, two in zip_longest(mine.picks or (), other.picks or ()):
        if one != two:
            at = min(pick.position for pick in (one, two) if pick is not None)
            return f"choice {at} was {_option(one, at)}, the second time {_option(two, at)}"
    if mine.positions != other.positions:
        return f"{mine.positions} choices were asked, the second time {other.positions}"
    return ""


def _option(pick: Pick | None, position: int) -> str:
    if pick is None or pick.position != position:
        return "the dull option"
    return f"option {pick.picked} of {pick.count} before {pick.op} {pick.object}".rstrip()


def _endings(first: Attempt, second: Attempt) -> str:
    mine, other = _ending(first.error), _ending(second.error)
    return f"it ended with {mine}, the second time with {other}" if mine != other else ""


def _ending(error: BaseException | None) -> str:
    if error is None:
        return "success"
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return _ADDRESS.sub("0x...", f"{type(error).__name__}: {failure_of(error)}")
