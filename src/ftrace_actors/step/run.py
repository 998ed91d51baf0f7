"""A run as one goes through it: its events, the decisions in it, the machine after each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from ..actors.choices import ReplayChooser
from ..errors import InputError
from ..events.ftrace_ops import with_fields
from ..explore.judge import headline
from ..explore.lenient import schedule_of
from ..inspect.phrases import Narrator
from ..inspect.proof import proof_of
from ..report import States, states_of_log
from ..report.watched_run import states_of_run
from .decisions import Decision, DecisionRecorder
from .otherwise import Otherwise

if TYPE_CHECKING:
    from ..actors import Chooser
    from ..checks import Finding
    from ..events import Event
    from ..inspect.symbols import Symbols
    from ..result import RunResult
    from ..scenario import RunResult as ScenarioResult
    from ..scenario import World

__all__ = ["EVENTS_MAX", "About", "SteppedRun", "made_run", "not_too_long", "other_run", "run_of_log"]

EVENTS_MAX: Final = 20_000
"""As for lanes; the machine is written down after each step."""


class About(Protocol):
    """As much of a finding as says that another run shows the same."""

    @property
    def invariant(self) -> str:
        """Which invariant broke."""

    @property
    def subject(self) -> str:
        """Of what."""


@dataclass(frozen=True, slots=True)
class SteppedRun:
    """One run.

    Attributes:
        verdict: what it came to.
        reason: why, in a sentence; "" when it holds.
        events: all of them.
        narrator, symbols: words for events and addresses.
        proof: the numbers of the events that prove the failure.
        states: the machine after each step.
        decisions: in their order; none of a log.
        result: of a run that was made here, to be written as a replay file.
        finding: the one that `reason` is about.
    """

    verdict: str
    reason: str
    events: Sequence[Event]
    narrator: Narrator
    symbols: Symbols
    proof: frozenset[int]
    states: States
    decisions: Sequence[Decision] = ()
    result: RunResult | None = None
    finding: Finding | None = None


def not_too_long(what: str, count: int) -> None:
    """Raises `InputError` for a run that cannot be looked at in one piece."""
    if count > EVENTS_MAX:
        raise InputError(what, "", f"{count} events are more than a screen is for; {EVENTS_MAX} are the most")


def run_of_log(
    verdict: str, events: Sequence[Event], narrator: Narrator, symbols: Symbols, finding: Finding | None
) -> SteppedRun:
    """The run of a log: without decisions, and with the machine as far as events tell it."""
    return SteppedRun(
        verdict,
        _reason(finding, narrator),
        events,
        narrator,
        symbols,
        _proof(events, finding),
        states_of_log(events, narrator),
        finding=finding,
    )


def made_run(world: World, chooser: Chooser, about: About | None = None) -> SteppedRun:
    """The run of a world under `chooser`; `about` is the kind of finding to speak of, where the run shows it.

    It is made twice more: for the decisions, and to look at the machine.  Raises what a run raises.
    """
    result = world.run(chooser, driver="bare", record=True)
    not_too_long("the run", len(result.events))
    narrator = Narrator(result.events, world.image.symbols, world.image.watched)
    recorder = DecisionRecorder(ReplayChooser(result.picks), narrator)
    world.run(recorder, driver="bare", watchers=[recorder])
    finding = _finding(world, result, about)
    return SteppedRun(
        result.verdict,
        _reason(finding, narrator) or result.wait_for,
        result.events,
        narrator,
        world.image.symbols,
        _proof(result.events, finding),
        states_of_run(world, ReplayChooser(result.picks), narrator),
        tuple(recorder.decisions),
        result,
        finding,
    )


def other_run(world: World, run: SteppedRun, position: int, option: int, *, lenient: bool) -> SteppedRun:
    """The run that takes another option at a decision; see `otherwise`."""
    assert run.result is not None
    picks = run.result.picks
    schedule = schedule_of(picks, run=partial(world.run, driver="bare")) if lenient else None
    return made_run(world, Otherwise(picks, position, option, schedule), run.finding)


def _finding(world: World, result: ScenarioResult, about: About | None) -> Finding | None:
    """The finding to speak of: what the run before showed, else what the scenario is about."""
    same = [
        finding
        for finding in result.findings
        if about is not None and (finding.invariant, finding.subject) == (about.invariant, about.subject)
    ]
    return same[0] if same else headline(world.expect, result.findings)


def _reason(finding: Finding | None, narrator: Narrator) -> str:
    if finding is None:
        return ""
    where = f" in {finding.window}" if finding.window else ""
    message = with_fields(finding.message, narrator.ops_names)
    return f"{finding.invariant} ({finding.severity}{where}): {message}"


def _proof(events: Sequence[Event], finding: Finding | None) -> frozenset[int]:
    return frozenset() if finding is None else frozenset(proof_of(events, finding))
