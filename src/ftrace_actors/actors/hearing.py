"""Choosers that go by what a choice is about, and the tape that says it to them.

A plain chooser hears of a choice's kind and of how many options there are. That is enough to sample, and it is all that
the fast path pays for. A chooser that looks for a choice again in another world has to know which actor asks, and what
that actor is about to do, on what: it is a `Hearing` one, and `tape_for` makes it a `HearingTape`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from .choices import Chooser, CountingTape, Kind, Tape

__all__ = ["Hearing", "HearingTape", "tape_for"]


@runtime_checkable
class Hearing(Chooser, Protocol):
    """A chooser with one verb more; one that wraps another should hand it on."""

    def hear(self, kind: Kind, actor: int, op: str, obj: str) -> None:
        """The next choice is asked by `actor`, about to do `op` on `obj`: a name, or a place in words."""


class HearingTape(CountingTape):
    """A tape that says what a choice is about before it asks it."""

    __slots__ = ("_hear",)

    def __init__(self, chooser: Hearing, name: Callable[[int], str] = hex) -> None:
        super().__init__(chooser, name)
        self._hear = chooser.hear

    def choose(
        self,
        kind: Kind,
        count: int,
        actor: int,
        op: str,
        obj: int | str,
        actors: Sequence[int] = (),
    ) -> int:
        """As any tape, and say what it is about; not where nobody is asked."""
        if count >= 2 and not self.frozen:
            self._hear(kind, actor, op, self._name(obj) if isinstance(obj, int) else obj)
        return super().choose(kind, count, actor, op, obj, actors)


def tape_for(chooser: Chooser, name: Callable[[int], str] = hex, *, counting: bool = False) -> Tape:
    """The tape of a run under `chooser`; `counting`: its picks know their `occurrence`."""
    if isinstance(chooser, Hearing):
        return HearingTape(chooser, name)
    return CountingTape(chooser, name) if counting else Tape(chooser, name)
