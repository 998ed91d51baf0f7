"""Checks of the arguments that name a run: a strategy, a seed, a number of runs.

The library and the pytest plugin take them from people, whatever their types say; both check them here, so that the
same mistake gets the same line.
"""

from __future__ import annotations

from typing import Final

from ..errors import InputError
from ..suggestions import did_you_mean
from .strategies import NAMES

__all__ = ["SEED_MAX", "integer_of", "seed_of", "strategy_of"]

SEED_MAX: Final = (1 << 64) - 1
"""Strategies draw from 64 bits of a seed; a larger one would be another name for a smaller."""


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


def seed_of(where: str, value: object, key_path: str = "") -> int:
    """A seed, an integer from 0 to `SEED_MAX`; raises `InputError`."""
    seed = integer_of(where, value, "a seed", 0, key_path)
    if seed > SEED_MAX:
        raise InputError(where, key_path, f"{seed} is not a seed; the largest is 2^64 - 1")
    return seed
