"""From (campaign seed, run number) to the seed of one run.

Two rounds of splitmix64 (Steele, Lea, Flood, OOPSLA'14), one for each number, so that neighbouring seeds and
neighbouring runs share nothing, and run 1 of seed 0 is not run 0 of seed 1.
"""

__all__ = ["mix_seed"]

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def _splitmix64(state: int) -> int:
    z = (state + _GOLDEN) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def mix_seed(seed: int, run: int) -> int:
    """A 64-bit seed for run `run` of `seed`; both may be any non-negative integer (64 bits of each count)."""
    return _splitmix64(_splitmix64(seed & _MASK) ^ (run & _MASK))
