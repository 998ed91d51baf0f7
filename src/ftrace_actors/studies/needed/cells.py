"""Cells of the table: one part of one configuration, left out, and the protocol as it is.

A cell is asked in one process from its first run to its last, its replay file included, so that the answers do not
depend on how many processes there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from ...checks import Finding
from ...explore.evidence import prove, target_for
from ...explore.judge import headline
from ...explore.replay import replay_path
from ...kernel.orderings import ordering_of
from ...scenario import ScenarioError, World
from .cores import CoreAnswer, ask_cores
from .means import Broken, Budget, Strength, examine
from .parts import Missing, Part, missing_of, parts_of, weaker_forms
from .reach import Watched
from .subject import Subject

__all__ = ["Answer", "AsItIs", "Cell", "Evidence", "as_it_is", "ask", "evidence_of", "probe", "without_name"]

_REPLAYS_MAX = 200
"""Replays that shrinking may take: there may be a failing run for every part."""


class Answer(StrEnum):
    """Is a part needed; the text is what tables say."""

    NEEDED = "needed"
    NOT_NEEDED = "not needed"
    UP_TO = "not needed up to"
    NOT_SEEN = "not seen"
    CORE = "needed by its core"
    """No run of the scenario was found, but its patching core has an execution (`cores`)."""
    NO_STEP = "no such step in this design"
    LOST = "no answer"
    """Its worker process was killed twice, or time was up before anything was made."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A failing run to show.

    Attributes:
        path: of its replay file; `unwritten` says why there is none, "" when there is.
        finding: what broke, None for a hang.
        verdict: what the run came to.
        choices: non-dull ones, after shrinking.
        deviations: the level at which something breaks first; None when that is not known.
    """

    path: Path
    unwritten: str
    finding: Finding | None
    verdict: str
    choices: int
    deviations: int | None

    @property
    def broke(self) -> str:
        """In a word or two."""
        if self.finding is None:
            return self.verdict
        where = f" in {self.finding.window}" if self.finding.window else ""
        return f"{self.finding.invariant}{where}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One part, left out.

    Attributes:
        name: the part's.
        kind: the part's, "" for a name without a step.
        label: of the configuration.
        strength: of an answer that is not "needed": how far it was looked for.
        unreached: and no run came to the part as far as that goes.
        evidence: of "needed".
        core: what the patching cores that have the part say without it, where that adds something.
        reason: of an answer that is none.
    """

    name: str
    kind: str
    label: str
    answer: Answer
    strength: Strength | None = None
    unreached: bool = False
    evidence: Evidence | None = None
    core: CoreAnswer | None = None
    reason: str = ""

    @property
    def may_go(self) -> bool:
        """Nothing broke without it."""
        return self.answer in {Answer.NOT_NEEDED, Answer.UP_TO, Answer.NOT_SEEN}


@dataclass(frozen=True, slots=True)
class AsItIs:
    """A configuration with all its parts.

    Attributes:
        subject: the configuration.
        outcome: it holds so far, or the run that broke; without that to hold nothing can be asked of its parts.
        parts: what is to be asked.
        missing: names that have no step.
        unreached: names of parts that no run came to, as far as `outcome` goes.
    """

    subject: Subject
    outcome: Strength | Evidence
    parts: tuple[Part, ...]
    missing: tuple[Missing, ...] = ()
    unreached: frozenset[str] = field(default_factory=frozenset)

    def settled(self) -> list[Cell]:
        """The cells that need no run: without a step, or changing none of the runs that were made."""
        label = self.subject.label
        cells = [Cell(one.name, "", label, Answer.NO_STEP, reason=one.reason) for one in self.missing]
        if isinstance(self.outcome, Strength):
            answer = answer_of(self.outcome)
            cells += [
                Cell(part.name, part.kind, label, answer, self.outcome, unreached=True)
                for part in self.parts
                if part.name in self.unreached
            ]
        return cells

    def asked(self) -> list[Part]:
        """The parts that take runs."""
        return [part for part in self.parts if part.name not in self.unreached]

    def weaker(self, cells: Iterable[Cell]) -> list[Part]:
        """What is to be asked once its cells are there: the weaker forms of each barrier that is needed."""
        needed = {cell.name for cell in cells if cell.answer in {Answer.NEEDED, Answer.CORE}}
        barriers = [part for part in self.parts if part.name in needed]
        return [weak for part in barriers for weak in weaker_forms(self.subject.world().image, part)]

    def with_parts(self, more: Iterable[Part]) -> AsItIs:
        """The same with weaker forms in its table, each after its barrier."""
        behind: dict[str, list[Part]] = {}
        for weak in more:
            behind.setdefault(ordering_of(weak.name), []).append(weak)
        parts = [each for part in self.parts for each in (part, *behind.get(part.name, ()))]
        return replace(self, parts=tuple(parts))


def answer_of(strength: Strength) -> Answer:
    """What is said of a part without which nothing broke."""
    if strength.complete:
        return Answer.NOT_NEEDED
    if strength.deviations >= 0:
        return Answer.UP_TO
    return Answer.NOT_SEEN if strength.runs else Answer.LOST


def as_it_is(subject: Subject, budget: Budget, out: Path) -> AsItIs:
    """Look at a configuration with all its parts.  Raises ScenarioError, and DesignError for a user's design."""
    world = subject.world()
    parts = parts_of(world.image)
    watched = Watched(subject, parts)
    outcome = examine(watched.world, budget)
    if isinstance(outcome, Broken):
        return AsItIs(
            subject,
            _evidence(subject, world, subject.name, subject.variant, outcome, budget, out),
            tuple(parts),
        )
    unreached = frozenset(part.name for part in parts if outcome.looked and not watched.reached(part))
    return AsItIs(subject, outcome, tuple(parts), tuple(missing_of(world.image)), unreached)


def ask(subject: Subject, part: Part, budget: Budget, out: Path) -> Cell:
    """Leave one part out.  Raises DesignError for a user's design."""
    outcome = probe(subject, [part], budget)
    if isinstance(outcome, str):
        return Cell(part.name, part.kind, subject.label, Answer.NO_STEP, reason=outcome)
    if isinstance(outcome, Strength):
        core = None if outcome.complete else ask_cores(subject, [part], budget)
        answer = Answer.CORE if core is not None and core.allowed else answer_of(outcome)
        return Cell(part.name, part.kind, subject.label, answer, outcome, core=core)
    evidence = evidence_of(subject, [part], outcome, budget, out)
    return Cell(part.name, part.kind, subject.label, Answer.NEEDED, evidence=evidence)


def probe(subject: Subject, parts: Sequence[Part], budget: Budget) -> Broken | Strength | str:
    """Leave several parts out: a run that breaks, how far there is none, or why there is no such world."""
    changed = subject.without(subject.world(), parts)
    try:
        world = changed.world()
    except ScenarioError as error:
        return error.message
    return examine(world, budget)


def evidence_of(
    subject: Subject, parts: Sequence[Part], broken: Broken, budget: Budget, out: Path
) -> Evidence:
    """Of a run that breaks without some parts."""
    changed = subject.without(subject.world(), parts)
    return _evidence(
        changed, changed.world(), without_name(subject, parts), subject.variant, broken, budget, out
    )


def without_name(subject: Subject, parts: Sequence[Part]) -> str:
    """How the files of a scenario are called without some parts."""
    names = "+".join(part.name.replace(", ", "-").replace(" ", "-") for part in parts)
    return f"{subject.name}.without-{names}"


def _evidence(
    subject: Subject, world: World, name: str, variant: str, broken: Broken, budget: Budget, out: Path
) -> Evidence:
    """Shrink a failing run and write it to a replay file."""
    result = broken.result
    target = target_for(world.expect, result.verdict, result.findings)
    proof = prove(
        subject.origin(name, broken.strategy, budget.seed, broken.run),
        broken.picks,
        target,
        replay_path(out, name, budget.seed, broken.run, variant),
        attempt=partial(world.run, driver="bare"),
        record=partial(world.run, driver="bare", record=True),
        point=lambda made: headline(world.expect, made.findings),
        same=target.met,
        replays_max=_REPLAYS_MAX,
        stop=budget.over,
    )
    return Evidence(
        proof.path, proof.unwritten, proof.finding, proof.result.verdict, proof.after, broken.deviations
    )
