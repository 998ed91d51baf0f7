"""Numbers that fill the unit interval evenly as runs go by, for draws that should not repeat each other.

Independent draws repeat: of n equally likely places the last one is tried after n log n of them. In a *spread* the
numbers of successive runs keep away from each other, so n runs try about n places. Number k of run i is the fractional
part of b + i a, where b is drawn from the seed and a is a square root (Kronecker's sequence). The roots are such that
their continued fractions have small terms only, so that each number by itself is spread well; the usual choice for many
dimensions, powers of one number, has terms that nearly repeat after nine runs.

It is still a pure function of (seed, run), and each number alone is as good as uniform; but runs are not independent of
each other, so counts of them bound no probability.
"""

from __future__ import annotations

from math import isqrt

from .seeds import mix_seed

__all__ = ["DIMENSIONS", "spread"]

# Fractional parts of square roots, as whole numbers of 64 bits: no precision is lost however large a run's number is.
_MASK = (1 << 64) - 1
_STEPS = tuple(isqrt(number << 128) & _MASK for number in (5, 2, 3, 7, 13))
DIMENSIONS = len(_STEPS)
"""How many numbers there are in a run."""


def spread(seed: int, run: int) -> tuple[float, ...]:
    """The numbers of a run, each at least 0 and less than 1."""
    return tuple(
        ((mix_seed(seed ^ 0x737072656164, k) + run * step & _MASK) >> 11) * 2.0**-53
        for k, step in enumerate(_STEPS)
    )
