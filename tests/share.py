"""How much of a long campaign is run: `make soak SHARE=50` is half of what is written down, 500 five times as much."""

import os
from typing import Final

__all__ = ["PERCENT", "kept", "share"]

PERCENT: Final = int(os.environ.get("SOAK_SHARE", "100"))


def share(count: int) -> int:
    """The part of `count` examples that is asked for, at least one."""
    return max(1, count * PERCENT // 100)


def kept(number: int) -> bool:
    """Whether case `number` of a list, from 0, is in the part that is asked for; they are spread evenly."""
    return (number + 1) * PERCENT // 100 > number * PERCENT // 100
