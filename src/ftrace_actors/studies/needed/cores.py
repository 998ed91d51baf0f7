"""What the patching cores of a scenario say without a part: all executions of two threads, with any early stores.

A core (`export.litmus`) is one patch and one caller, as a litmus test that asks one question.  A part that changes no
core is nothing that a core could answer for.  Where it changes one, and that forbids its outcome with the part:

* it allows the outcome without: then the part is needed, whether or not a run of the scenario was found that shows it;
* it forbids the outcome all the same: that is true of every execution of the core, but of nothing else that the
  scenario could break, so it is said next to the answer and is none by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...arm64.budget import Limits
from ...errors import InputError
from ...export.litmus import core_of, patches_of
from ...litmus import parse, run
from ...scenario import World
from .means import Budget
from .parts import Part
from .subject import Subject

__all__ = ["CoreAnswer", "ask_cores"]

_FORBIDDEN, _ALLOWED = "Forbidden", "Allowed"


@dataclass(frozen=True, slots=True)
class CoreAnswer:
    """What cores say without some parts, of those that the parts change.

    Attributes:
        patch: the first that allows its outcome; or else those that forbid it, with commas.
        allowed: it allows it.
    """

    patch: str
    allowed: bool


def ask_cores(subject: Subject, parts: Sequence[Part], budget: Budget) -> CoreAnswer | None:
    """Ask every core that some parts change; None where there is none, or one was not searched to the end."""
    world = subject.world()
    changed = subject.without(world, parts).world()
    forbidding: list[str] = []
    for patch, text, other in _changed_cores(world, changed):
        if _verdict(world, text, budget) != _FORBIDDEN:
            continue  # it asks for more than this protocol promises
        without = _verdict(changed, other, budget)
        if without == _ALLOWED:
            return CoreAnswer(patch, allowed=True)
        if without != _FORBIDDEN:
            return None
        forbidding.append(patch)
    return CoreAnswer(", ".join(forbidding), allowed=False) if forbidding else None


def _changed_cores(world: World, changed: World) -> Iterator[tuple[str, str, str]]:
    """The name of each patch whose core differs, and both texts."""
    for patch in patches_of(world):
        try:
            text, other = core_of(world, patch), core_of(changed, patch)
        except InputError:
            continue  # it has none, and says why to those who ask for it
        if text != other and _asked(text) == _asked(other):
            yield patch, text, other


def _asked(text: str) -> tuple[str, str]:
    """What a core asks: in words, and the condition."""
    lines = text.splitlines()
    return lines[1].partition(": ")[2], lines[-1]


def _verdict(world: World, text: str, budget: Budget) -> str:
    test = parse(text, world.scenario.path)
    return run(test, world.image.spec.options, Limits(expired=budget.over)).verdict
