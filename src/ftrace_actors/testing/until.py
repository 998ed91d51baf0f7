"""When a test under `@explore` has been executed often enough, where that is not a number of runs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from math import ceil, log, log1p
from typing import Final, TypeAlias

from ..errors import InputError
from ..explore.every import Tried
from ..explore.strategies import is_independent
from ..explore.strength import CONFIDENCE, failure_bound
from ..words import counted

__all__ = [
    "COMPLETE_MAX",
    "Below",
    "Complete",
    "Seconds",
    "Until",
    "runs_for",
    "sampled_words",
    "tried_words",
    "until_of",
]

COMPLETE_MAX: Final = 100_000
"""Schedules after which a test that is to be tried under all of them is given up, unless it says another number."""
_SMALLEST: Final = 1e-6
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Complete:
    """There are no other schedules."""


@dataclass(frozen=True, slots=True)
class Below:
    """A schedule fails with a probability below this, with 95 % confidence."""

    probability: float


@dataclass(frozen=True, slots=True)
class Seconds:
    """That much time is over; the schedule that is being tried then is the last one."""

    seconds: float

    def begins(self) -> Callable[[], bool]:
        """Begin to count; whether time is up."""
        end = time.monotonic() + self.seconds
        return lambda: time.monotonic() >= end


Until: TypeAlias = Complete | Below | Seconds


def until_of(where: str, text: object, key_path: str = "") -> Until:
    """What ``complete``, ``60s`` or ``p < 0.001`` means; raises `InputError`, said to be in `where`."""
    said = text.strip() if isinstance(text, str) else ""
    if said == "complete":
        return Complete()
    if match := re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smh])", said, re.ASCII):
        return Seconds(float(match[1]) * _UNITS[match[2]])
    if match := re.fullmatch(r"p\s*<\s*(0?\.\d{1,6})", said, re.ASCII):
        probability = float(match[1])
        if probability >= _SMALLEST:
            return Below(probability)
    raise InputError(
        where,
        key_path,
        f'{text!r} is not an end; there are "complete", a time as "60s", a bound as "p < 0.001"',
    )


def runs_for(below: Below, strategy: str) -> int | None:
    """How many runs say so when none fails; None for a strategy whose runs are not independent draws.

    Of `auto` only those count that are.
    """
    draws = ceil(log(1.0 - CONFIDENCE) / log1p(-below.probability))
    while failure_bound(draws) >= below.probability:
        draws += 1
    if not any(is_independent(strategy, run) for run in range(64)):
        return None
    for run in count():
        draws -= is_independent(strategy, run)
        if not draws:
            return run + 1
    raise AssertionError("unreachable")


def tried_words(tried: Tried) -> str:
    """How far all schedules of a test were tried, in words."""
    if tried.complete:
        return f"complete: all {counted(tried.runs, 'schedule')}"
    if tried.deviations < 0:
        return f"not complete after {counted(tried.runs, 'schedule')}"
    return (
        f"not complete after {counted(tried.runs, 'schedule')}: all were tried that differ from the dull one in up to "
        f"{counted(tried.deviations, 'choice')}"
    )


def sampled_words(strategy: str, runs: int) -> str:
    """What it says that no run failed."""
    draws = sum(is_independent(strategy, run) for run in range(runs))
    words = f"no failure in {counted(runs, 'run')}"
    if not draws:
        return words
    kind = "such a run" if draws < runs else "a run"
    which = f", {draws} of them independent draws of one strategy" if draws < runs else ""
    return (
        f"{words}{which}: with 95 % confidence {kind} fails with probability below {failure_bound(draws):.2g}"
    )
