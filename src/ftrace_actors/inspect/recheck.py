"""Every invariant once more, on a log alone.

A check sees events only, and what else a verdict needs is in the log's header, so the answer is the run's own.  It
differs when the checks have changed since, which is the use of asking again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..checks import Checker, Finding, settle
from ..errors import InputError
from ..events import Event
from ..events.encoding import Digest
from ..events.own import ActorStep, Note
from .header import LogHeader
from .logfile import LogFile

__all__ = ["Rechecked", "recheck"]


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What a log says.

    Attributes:
        header: of the log.
        verdict, findings: as a run's.
        seen: `sometimes` properties witnessed, of those the scenario asks for.
        events: how many there were.
    """

    header: LogHeader
    verdict: str
    findings: tuple[Finding, ...]
    seen: frozenset[str]
    events: int

    @property
    def same(self) -> bool | None:
        """Whether the verdict is the recorded one; None when the log does not say."""
        recorded = self.header.verdict
        return None if recorded is None else recorded == self.verdict


def _fed(log: LogFile, checker: Checker, event: Event, line: int) -> InputError | None:
    """What is wrong with an event that checks cannot follow; None when they do."""
    try:
        checker.feed(event)
    except Exception as error:  # noqa: BLE001  # boundary: somebody else may have written the log
        words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return log.at_line(line, f"the checks cannot follow this event, which no run makes ({words})")
    return None


def recheck(source: Path | LogFile) -> Rechecked:
    """Feed a log to the checks, in one pass.  Raises `InputError`."""
    log = source if isinstance(source, LogFile) else LogFile(source)
    path, header = log.path, log.header
    try:
        settings = header.settings()
        sometimes = settings.sometimes(header.sometimes)
        checker = Checker([*settings.checks(), sometimes])
    except ValueError as error:
        raise InputError(str(path), "line 1", f"checks: {error}") from None
    digest = Digest()
    count = 0
    lost: InputError | None = None
    for event in log.events():
        if isinstance(event, (ActorStep, Note)):
            raise InputError(
                str(path), "", "a test's own actors made these steps; no invariant is about them"
            )
        digest.add(event)
        count += 1
        if lost is None:
            lost = _fed(log, checker, event, count + 1)
    if header.digest and digest.hex() != header.digest:
        raise InputError(
            str(path), "digest", "the events are not those the header was written for: cut or edited"
        )
    if lost is not None:
        raise lost
    verdict, findings = settle(checker.finish(), header.end())
    return Rechecked(header, verdict, findings, frozenset(sometimes.seen), count)
