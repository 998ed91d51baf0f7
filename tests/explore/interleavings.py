"""Actors of a few steps, and the order in which a chooser lets them move."""

from __future__ import annotations

from ftrace_actors.actors.choices import Chooser, Kind, RunInfo
from ftrace_actors.explore.strategies.profile import Step

__all__ = ["Work", "interleaving"]

Work = tuple[tuple[Step, ...], ...]


def interleaving(chooser: Chooser, work: Work) -> tuple[int, ...]:
    """The order in which the actors moved."""
    made = [0] * len(work)
    order: list[int] = []
    chooser.begin(RunInfo(tuple(map(str, range(len(work)))), 1000, lambda actor: work[actor][made[actor]]))
    while enabled := [actor for actor in range(len(work)) if made[actor] < len(work[actor])]:
        last = order[-1] if order else -1
        enabled.sort(key=lambda actor: (actor != last, actor))
        index = chooser.choose(Kind.SCHEDULE, len(enabled), enabled) if len(enabled) > 1 else 0
        order.append(enabled[index])
        made[enabled[index]] += 1
    return tuple(order)
