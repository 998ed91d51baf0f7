"""Bad uses: what the invariants report, put down to the place of the task that did it.

The invariants themselves judge, with the notion of a user that `run` has; a witness only listens.  A finding is kept
once a run by the check, but a second task may do the same from another place: so every report is heard, also those
that repeat one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...checks import Check, Finding, rank
from ...checks.grace import GraceUse
from ...checks.life import Life
from ...checks.literal import Literal
from ...events import Event
from ...words import Severity
from .grid import LITERAL, OPS, TEXT
from .places import Situation
from .worlds import OPS_NAME, TEXT_SUFFIX

__all__ = ["Bench", "GraceWitness", "LifeWitness", "LiteralWitness", "Use"]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of something freed.

    Attributes:
        object, place: which row it belongs to.
        finding: what the check reported.
        task, seq: who did it, in which of the finding's events.
    """

    object: str
    place: str
    finding: Finding
    task: str
    seq: int


class Bench:
    """Collects the bad uses of one run: the first for each (object, place, invariant)."""

    __slots__ = ("_situation", "_uses")

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._uses: dict[tuple[str, str, str], Use] = {}

    @property
    def uses(self) -> list[Use]:
        """Them, in the order of `ranked`."""
        return sorted(self._uses.values(), key=lambda use: rank(use.finding))

    def hear(self, kind: str, finding: Finding, access: Event) -> None:
        """A report: put it down to where the task was; to no place what was wrong before anybody came."""
        task = access.task
        place = "" if finding.severity == Severity.WAIT_BEFORE_UNLINK else self._situation.place_of(task)
        self._uses.setdefault((kind, place, finding.invariant), Use(kind, place, finding, task, access.seq))


class _Witness(Check):
    """A check whose every report the bench hears as well."""

    __slots__ = ()

    _bench: Bench

    def report(
        self,
        severity: Severity,
        message: str,
        subject: str,
        window: str | None,
        proof: Iterable[Event | None],
    ) -> None:
        """As the check does, and tell the bench."""
        events = [event for event in proof if event is not None]
        finding = self.finding(severity, message, subject, window, events)
        self._bench.hear(self.object_of(subject), finding, events[-1])
        super().report(severity, message, subject, window, events)

    def object_of(self, subject: str) -> str:
        """What kind of object a report is about; "" for none that the table asks of."""
        if subject.endswith(TEXT_SUFFIX):
            return TEXT
        return OPS if subject == OPS_NAME else ""


class LifeWitness(_Witness, Life):
    """INV-LIFE on ops and on text."""

    __slots__ = ("_bench",)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench


class GraceWitness(_Witness, GraceUse):
    """INV-GP on ops, text and words that are reset."""

    __slots__ = ("_bench",)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench


class LiteralWitness(_Witness, Literal):
    """INV-LIT, where the word at the site has no value that is always right."""

    __slots__ = ("_bench",)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench

    def object_of(self, subject: str) -> str:
        """The word at the site, whatever the report says."""
        return LITERAL
