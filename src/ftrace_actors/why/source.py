"""What a failing run is a run of, and how it is made again: the world, the schedule, the token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..actors.choices import ReplayChooser
from ..checks import Finding
from ..explore.judge import headline
from ..explore.token import encode, made_of, token_of
from ..result import RunResult
from ..scenario import World
from ..studies.needed import Subject
from ..words import Verdict

__all__ = ["Source", "other_words"]


@dataclass(frozen=True, slots=True)
class Source:
    """A failing run of a scenario.

    Attributes:
        subject: the scenario with what options changed.
        world: its world.
        result: the run, recorded.
        finding: what it is about; a hang has one as well.
    """

    subject: Subject
    world: World
    result: RunResult
    finding: Finding

    def shows(self, result: RunResult) -> bool:
        """Whether a run shows the same: the invariant, the window, the subject; of a hang the verdict."""
        if not self.finding.events:
            return result.verdict == self.result.verdict
        return any(self._is_same(finding) for finding in result.findings)

    def _is_same(self, finding: Finding) -> bool:
        mine = self.finding
        return (finding.invariant, finding.window, finding.subject) == (
            mine.invariant,
            mine.window,
            mine.subject,
        )

    def recorded(self, result: RunResult, more: Mapping[str, str] | None = None) -> RunResult:
        """A run once more with its events, in the world with `more` changed."""
        world = self.world if not more else self.subject.changed(more).world()
        return world.run(ReplayChooser(result.picks), driver="bare", record=True)

    def token(self, result: RunResult, more: Mapping[str, str] | None = None) -> str:
        """The word for a recorded run, in the world with `more` changed."""
        subject = self.subject if not more else self.subject.changed(more)
        own = "" if subject.own is None else subject.own.digest
        return encode(token_of(made_of(subject.text, dict(subject.overrides), own), result))


def other_words(world: World, result: RunResult) -> str:
    """What a run that does not show the failure comes to instead."""
    if result.verdict == Verdict.HOLDS:
        return "the run holds"
    finding = headline(world.expect, result.findings)
    if finding is None or finding.severity == result.verdict:
        return f"the run ends in {result.verdict}"
    where = f" in {finding.window}" if finding.window else ""
    return f"something else breaks: {finding.invariant}{where}, {finding.subject}"
