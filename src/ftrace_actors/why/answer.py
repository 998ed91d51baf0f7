"""The whole answer to why a run fails, as values; who prints it is above.

The parts: what was promised and what broke it, what led there, which choices the run needs, which single change of the
protocol forbids it, and the nearest run that holds. The last three make runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ..checks import INV_LIVE, Finding
from ..events import Event
from ..inspect import Symbols
from ..studies.needed import Budget
from .chain import chain_of
from .changes import Changes, try_changes
from .choices import Choices, put_back
from .hang import hang_of
from .nearest import Nearest, nearest_of
from .promise import also_broke, broke_of, promise_of
from .reading import Reading, read
from .sentences import Sentence
from .source import Source

__all__ = ["Answer", "Tells", "answer_of", "look_closer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """See the module.

    Attributes:
        reading: what it is said of.
        promise, broke, also, chain: sentences.
        choices: None where they were not tried.  changes, nearest: the same.
    """

    reading: Reading
    promise: Sentence
    broke: tuple[Sentence, ...]
    also: tuple[Sentence, ...]
    chain: tuple[Sentence, ...]
    choices: Choices | None = None
    changes: Changes | None = None
    nearest: Nearest | None = None


@dataclass(frozen=True, slots=True)
class Tells:
    """Whom to tell how far it is: of the part, how many of how many."""

    progress: Callable[[str, int, int], None]


def answer_of(
    events: Sequence[Event],
    finding: Finding,
    findings: Sequence[Finding],
    symbols: Symbols,
    *,
    watched: Collection[int] = (),
    wait_for: str = "",
) -> Answer:
    """What the events of a run alone say; `wait_for` are the lines of a hang."""
    reading = read(events, finding, symbols, watched)
    hangs = finding.invariant == INV_LIVE
    chain = hang_of(reading, wait_for) if hangs else chain_of(reading)
    return Answer(
        reading,
        promise_of(finding),
        tuple(broke_of(reading)),
        tuple(also_broke(reading, findings)),
        tuple(chain),
    )


def look_closer(answer: Answer, source: Source, budget: Budget, jobs: int, tells: Tells) -> Answer:
    """The parts that make runs, added.  Raises DesignError for a user's design."""
    reading = answer.reading
    choices = put_back(source, reading, lambda done, of: tells.progress("choices", done, of), budget.over)
    changes = try_changes(source, budget, jobs, tells.progress)
    nearest = nearest_of(source, reading, choices.tried, changes)
    return Answer(reading, answer.promise, answer.broke, answer.also, answer.chain, choices, changes, nearest)
