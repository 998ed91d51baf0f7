"""Checks of the arguments that name a run: a strategy, a seed, a number of runs.

The library and the pytest plugin take them from people, whatever their types say; both check them here, so that the
same mistake gets the same line.
"""

from __future__ import annotations

from ..errors import InputError
from ..suggestions import did_you_mean
from .strategies import NAMES

__all__ = ["integer_of", "strategy_of"]


def strategy_of(where: str, name: str, key_path: str = "") -> str:
    """The strategy of that name; raises `InputError`, said to be in `where`."""
    if name in NAMES:
        return name
    hint = did_you_mean(str(name), NAMES, f"there are {', '.join(NAMES)}")
    raise InputError(where, key_path, f"unknown strategy {name!r}; {hint}")


def integer_of(where: str, value: object, what: str, smallest: int, key_path: str = "") -> int:
    """An integer of at least `smallest`; raises `InputError`, which says that `value` is not `what`."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= smallest:
        return value
    raise InputError(
        where, key_path, f"{value!r} is not {what}; it must be an integer of at least {smallest}"
    )
