"""From what a search found to a run like any other: its choices are answered once more, in a world's own run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..actors.choices import Kind, RunInfo
from ..errors import ModelError
from .search import Found

if TYPE_CHECKING:
    from ..actors import RunOutcome
    from ..result import RunResult
    from ..scenario import World

__all__ = ["Answers", "remake"]


class Answers:
    """A chooser that answers from a list, then 0."""

    __slots__ = ("_answers", "_at")

    def __init__(self, answers: Sequence[int]) -> None:
        self._answers = answers
        self._at = 0

    def begin(self, run: RunInfo) -> None:
        """Start from the first answer."""
        self._at = 0

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """The next answer."""
        at = self._at
        self._at = at + 1
        return self._answers[at] if at < len(self._answers) else 0

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


def remake(world: World, found: Found) -> RunResult:
    """The run in which something was found, recorded.

    Raises `ModelError` when it is not found there: then the search did not go through the runs of this world.
    """
    result = world.run(Answers(found.answers), driver="bare", record=True)
    wanted = found.finding
    for finding in result.findings:
        if (finding.invariant, finding.subject, finding.window) == (
            wanted.invariant,
            wanted.subject,
            wanted.window,
        ):
            return result
    raise ModelError(
        f"a search found {wanted.invariant} of {wanted.subject}; the run made again does not show it"
    )
