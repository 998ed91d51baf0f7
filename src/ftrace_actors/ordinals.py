"""Numbers of which only the order counts.

Two runs that come to the same place by ways of different length disagree in every number of an event and in every
position of the memory timeline, and yet continue alike: nobody ever asks more of such a number than whether it is
smaller than another one of its kind, or equal to it.  A state (`Checker.state`) wraps those it has to keep, so that a
search can put ranks in their place: of all `Seq`s of a state, and of all `At`s, where 0, the initial memory, stays 0.
"""

from __future__ import annotations

__all__ = ["At", "Seq"]


class Seq(int):
    """The number of an event (`seq`)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Seq({int(self)})"


class At(int):
    """A position of the memory timeline (`order`, `view`, `tau`)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"At({int(self)})"
