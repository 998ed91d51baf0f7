"""What messages that order something carry, and the books between them.

A view alone says which *writes* a receiver must not miss.  A read or a fetch leaves none, and yet a message orders it:
so each also says how far the CPUs it speaks for had come.  Checks learn of it from `Join` events.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NOTHING", "Published"]


@dataclass(frozen=True, slots=True)
class Published:
    """What one CPU has done, or several have.

    `view`: a position of the timeline, to be joined into views of the receiver.  `by`: pairs (CPU, `seq`), ascending:
    what that CPU did before event `seq` of the log.
    """

    view: int = 0
    by: tuple[tuple[int, int], ...] = ()

    def __or__(self, other: Published) -> Published:
        """Both: what one CPU did later includes what it did before."""
        if not other.by:
            return self
        by = dict(self.by)
        for cpu, seq in other.by:
            by[cpu] = max(seq, by.get(cpu, 0))
        return Published(max(self.view, other.view), tuple(sorted(by.items())))


NOTHING = Published()
"""What a message carries that orders nothing."""
