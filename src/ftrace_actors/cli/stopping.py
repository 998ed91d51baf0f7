"""When a command with worker processes is to end: at a time, or when somebody asks for that.

Workers never hear of a signal (`explore.pool`), and a job that is ended from outside loses what it did.  So jobs ask:
the clock is one that all processes of a machine share, and an interrupt makes a file.  Then each ends with what it has.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from .interrupts import handling

__all__ = ["Over", "stoppable"]


@dataclass(frozen=True, slots=True)
class Over:
    """Whether it is time to end; can be pickled.

    Attributes:
        flag: the file that an interrupt makes.
        until: when to end at the latest, by the monotonic clock.
    """

    flag: Path
    until: float

    def __call__(self) -> bool:
        """Is it?"""
        return time.monotonic() >= self.until or self.interrupted

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked for it."""
        return self.flag.exists()


@contextmanager
def stoppable(seconds_max: float | None) -> Iterator[Over]:
    """Within it the first interrupt, and the end of `seconds_max`, ask all jobs to end; the next interrupt raises."""
    with TemporaryDirectory(prefix="ftrace-actors-") as directory:
        over = Over(
            Path(directory) / "interrupted",
            math.inf if seconds_max is None else time.monotonic() + seconds_max,
        )

        def note(number: int, frame: FrameType | None) -> None:
            if over.interrupted:
                raise KeyboardInterrupt
            over.flag.touch()

        with handling(note):
            yield over
