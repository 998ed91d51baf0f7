"""Bad uses: what the invariants report, with who did it, so that it can be put down to a place.

The invariants themselves judge, with the notion of a user that `run` has; a witness only listens.  A finding is kept
once a run by the check, but a second task may do the same from another place: so every report is heard, also those
that repeat one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...checks import Check
from ...checks.grace import GraceUse
from ...checks.life import Life
from ...checks.literal import Literal
from ...events import Event
from ...words import Severity
from .grid import LITERAL, OPS, TEXT
from .places import Situation
from .worlds import OPS_NAME, TEXT_SUFFIX

__all__ = ["BadUse", "Bench", "GraceWitness", "LifeWitness", "LiteralWitness"]


@dataclass(frozen=True, slots=True)
class BadUse:
    """One use of something freed.

    Attributes:
        object, place: which row it belongs to.
        invariant, severity, subject, message: as the check reported it.
        task, seq: who did it, in which event.
    """

    object: str
    place: str
    invariant: str
    severity: Severity
    subject: str
    message: str
    task: str
    seq: int


class Bench:
    """Collects the bad uses of one run: the first for each (object, place, invariant)."""

    __slots__ = ("_situation", "uses")

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self.uses: dict[tuple[str, str, str], BadUse] = {}

    def hear(
        self, kind: str, check: Check, severity: Severity, subject: str, message: str, event: Event
    ) -> None:
        """A report: put it down to where the task was; to no place what was wrong before anybody came."""
        place = "" if severity == Severity.WAIT_BEFORE_UNLINK else self._situation.place_of(event.task)
        key = (kind, place, check.name)
        if key not in self.uses:
            self.uses[key] = BadUse(
                kind, place, check.name, severity, subject, message, event.task, event.seq
            )


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
        self._bench.hear(self.object_of(subject), self, severity, subject, message, events[-1])
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
