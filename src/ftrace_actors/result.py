"""What a run came to, and what was expected of it: the values that whoever makes runs hands to whoever judges them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .actors.choices import Pick
from .checks import Ending, Finding
from .events import Event

__all__ = ["Expect", "RunResult"]


@dataclass(frozen=True, slots=True)
class Expect:
    """What must come out: any of `verdicts`; for "violated" any of `invariants` (none: any), in `window`."""

    verdicts: tuple[str, ...]
    invariants: tuple[str, ...] = ()
    window: str | None = None

    def __str__(self) -> str:
        text = " or ".join(self.verdicts)
        if self.invariants:
            text += f" {{{', '.join(self.invariants)}}}"
        return f"{text} in {self.window}" if self.window else text


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run, over.  All but the first three may be left out by those who only want it shrunk.

    Attributes:
        verdict: a `checks.Verdict`; of a test with actors of its own that failed, what it raised and where.
        findings: in the order they were found.
        picks: the non-zero choices.  positions: how many choices were asked.
        schedule_choices: an upper bound of how many of them were about who moves: no more than all, and no more than
            visible steps, at some of which nobody else could move.
        steps: visible steps.  instructions: A64 instructions executed.
        seen: `sometimes` properties witnessed, of those the scenario asks for; and how quiescent states came about.
        digest: of the event log, the same under both drivers; "" unless recorded.
        events: the log; empty unless recorded.
        layout: a hash of where everything is in memory; "" for a world without addresses.
        wait_for: who waits for whom, for a deadlock, or who kept running, for a livelock; else "".
        ending: what the verdict needs beyond the events.
        actors: names by actor id; empty unless recorded.
        behaviour: equal for runs that differ only in the order of independent steps (`checks.Behaviour`); None for a
            world that does not say.
    """

    verdict: str
    findings: tuple[Finding, ...]
    picks: tuple[Pick, ...]
    positions: int = 0
    schedule_choices: int = 0
    steps: int = 0
    instructions: int = 0
    seen: frozenset[str] = frozenset()
    digest: str = ""
    layout: str = ""
    events: tuple[Event, ...] = ()
    wait_for: str = ""
    ending: Ending = field(default_factory=Ending)
    actors: tuple[str, ...] = ()
    behaviour: int | None = None
