"""``log --causes failure``: what broke, the two events that conflict, and the order between them that is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from ..checks import Finding, ranked
from ..errors import InputError
from ..events import Event, Free
from ..events.ftrace_ops import with_fields
from ..explore.judge import matching_finding
from ..inspect import Conflict, LogFile, Past, evidence_of, race_of, recheck
from ..inspect.lanes import render_events
from ..inspect.phrases import Narrator
from ..terminal import fold, shown
from .log_output import LANES_MAX, narrator_of
from .session import Session

__all__ = ["conflict_sentences", "failure_of", "print_failure_causes"]

PROOF_MAX: Final = 12
"""Events of a proof that are shown: the last ones."""


def print_failure_causes(session: Session, log: LogFile, *, json: bool) -> None:
    """The finding that the log is about.  Raises `InputError` for a log in which nothing broke."""
    finding = _finding(log)
    events = list(log.events())
    if len(events) > LANES_MAX * 10:
        raise InputError("--causes failure", "", f"{len(events)} events are more than can be laid out")
    evidence = evidence_of(events, finding)
    proof, conflict = sorted(evidence.proof), race_of(events, evidence)
    if json:
        session.plain(msgspec.json.encode(_as_json(log, finding, proof, conflict)).decode())
        return
    narrator = narrator_of(log)
    where = f" in {finding.window}" if finding.window else ""
    message = with_fields(finding.message, narrator.ops_names)
    for line in fold(f"{finding.invariant} ({finding.severity}{where}): {message}", session.width, "", "  "):
        session.plain(line)
    kept = set(proof[-PROOF_MAX:])
    text = render_events([event for event in events if event.seq in kept], narrator, session.width)
    for line in shown(text).rstrip("\n").split("\n"):
        session.plain(line)
    for text in conflict_sentences(log, conflict, narrator):
        for line in fold(text, session.width, "", "  "):
            session.plain(line)


def failure_of(log: LogFile) -> int:
    """The number of the event at which the failure shows.  Raises `InputError` where nothing broke."""
    return max(_finding(log).events)


def _finding(log: LogFile) -> Finding:
    checked = recheck(log)
    findings = ranked(checked.findings)
    if not findings:
        raise InputError(str(log.path), "failure", "nothing broke in this run")
    expect = checked.header.expected()
    wanted = None if expect is None else matching_finding(expect, findings)
    found = wanted or findings[0]
    if not found.events:
        raise InputError(str(log.path), "failure", "the run hangs; its report says who waits for whom")
    return found


def conflict_sentences(log: LogFile, conflict: Conflict | None, narrator: Narrator) -> list[str]:
    """Which two events conflict, and what order between them is missing."""
    if conflict is None:
        return ["One actor made all of it: there is no pair of events that conflict."]
    late, other = conflict.late, conflict.other
    return [
        f"The conflict is between {_words(other, narrator)} and {_words(late, narrator)}.",
        # That what is freed is freed before it is used is nothing to be wished for.
        *(
            [_missing(log, other, late, narrator)]
            if other.seq < late.seq and not isinstance(other, Free)
            else []
        ),
        _missing(log, late, other, narrator),
    ]


def _missing(log: LogFile, before: Event, after: Event, narrator: Narrator) -> str:
    """How far what one actor did is known where the other event happens."""
    last = _last_of(log, before, after)
    doer, event = _doer(before), _words(after, narrator)
    if last is None:
        return f"Missing: as far as messages tell, {event} comes after nothing that {doer} did."
    if last.seq >= before.seq:
        return f"As far as messages tell, event {before.seq} does come before {event}."
    return (
        f"Missing: an order from event {before.seq} to event {after.seq}. As far as messages tell, event {after.seq} "
        f"comes after {_words(last, narrator)}, and after nothing later of {doer}."
    )


def _last_of(log: LogFile, before: Event, after: Event) -> Event | None:
    """The last event of one event's actor in the past of the other, the other's own actor apart."""
    past = Past(log, after.seq)
    found: Event | None = None
    for event in log.events():
        if event.seq > after.seq:
            break
        if _doer(event) == _doer(before) and event.seq in past:
            found = event
    return found


def _words(event: Event, narrator: Narrator) -> str:
    text, _ = narrator.phrase(event)
    cpu = f" on cpu{event.cpu}" if event.cpu >= 0 else ""
    return f"event {event.seq} ({_doer(event)}{cpu}: {text})"


def _doer(event: Event) -> str:
    return event.task or event.actor


def _as_json(
    log: LogFile, finding: Finding, proof: Sequence[int], conflict: Conflict | None
) -> dict[str, object]:
    pair = None
    if conflict is not None:
        late, other = conflict.late, conflict.other
        known = {
            "late_follows_other_from": _last_of(log, other, late),
            "other_follows_late_from": _last_of(log, late, other),
        }
        pair = {
            "late": late.seq,
            "other": other.seq,
            **{name: None if event is None else event.seq for name, event in known.items()},
        }
    return {
        "invariant": finding.invariant,
        "severity": finding.severity,
        "window": finding.window,
        "message": finding.message,
        "proof": list(proof),
        "conflict": pair,
    }
