"""What a report of a run is made of: a replay file, whose run is made again, or a log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from ..checks import Finding, ranked
from ..errors import InputError
from ..events import Event, RecordDefined, WordDefined
from ..explore import Recording
from ..explore.judge import headline, is_expected_failure, matching_finding
from ..inspect import EventSymbols, LogFile, Symbols, evidence_of, race_of, recheck, render
from ..inspect.phrases import Narrator
from ..report import Chapter, Fact, Race, RunMaterial, RunReport, run_report, states_of_log
from ..result import RunResult
from ..terminal import shown
from ..why import answer_of
from ..words import Verdict, counted
from .log_failure import conflict_sentences
from .log_sources import replayed
from .report import broken_words, replay_command
from .session import Session
from .setting import setting_words
from .tokens import token_lines, token_of_recording
from .worlds import Shown

__all__ = ["EVENTS_SHOWN_MAX", "report_of_log", "report_of_replay"]

EVENTS_SHOWN_MAX: Final = 20_000
"""More events do not make a page that anybody scrolls through."""

LANES_WIDTH: Final = 100


def report_of_replay(session: Session, path: Path, design: str | None) -> RunReport:
    """Of the run of a replay file, which is made twice: for its events, and to look at the machine.

    Raises `InputError`, also where that run is another one by now.
    """
    made = replayed(session, path, design)
    recording, world, result, log = made.recording, made.world, made.result, made.log
    scenario = recording.scenario
    _not_too_long(path, len(result.events))
    finding = recording.shown(result) or headline(world.expect, result.findings)
    findings = _ordered(result.findings, finding)
    narrator = Narrator(result.events, log.symbols, world.watched)
    ok = result.verdict == Verdict.HOLDS or is_expected_failure(world.expect, result)
    return run_report(
        RunMaterial(
            title=scenario.name,
            verdict=result.verdict,
            ok=ok,
            facts=tuple(_replay_facts(session, path, recording, world, result, finding)),
            events=result.events,
            findings=findings,
            hang=result.wait_for,
            race=_race(log, result.events, findings, narrator),
            story=_story(result.events, findings, log.symbols, world.watched, result.wait_for),
            states=world.states(recording.chooser(), narrator),
            lanes=shown(world.timeline(result, finding, LANES_WIDTH)),
            narrator=narrator,
            symbols=log.symbols,
        )
    )


def report_of_log(path: Path) -> RunReport:
    """Of a log.  Raises `InputError`, also for a log that was cut or edited."""
    log = LogFile(path)
    told = log.header.events
    if told is not None:
        _not_too_long(path, told)
    checked = recheck(log)
    events = list(log.events())
    _not_too_long(path, len(events))
    header = log.header
    expect = header.expected()
    findings = ranked(checked.findings)
    finding = None if expect is None else matching_finding(expect, findings)
    findings = _ordered(findings, finding)
    symbols = log.symbols if header.symbols else EventSymbols(events)
    watched = {event.addr for event in events if isinstance(event, WordDefined)}
    sites = {event.site for event in events if isinstance(event, RecordDefined)}
    own = {site for event in events if isinstance(event, WordDefined) for site in event.sites}
    narrator = Narrator(events, symbols, watched | (own - sites))
    ok = checked.verdict == Verdict.HOLDS or expect is None or checked.verdict in expect.verdicts
    return run_report(
        RunMaterial(
            title=header.scenario,
            verdict=checked.verdict,
            ok=ok,
            facts=tuple(_log_facts(path, log, checked.verdict, findings, len(events))),
            events=events,
            findings=findings,
            hang=header.end().explanation,
            race=_race(log, events, findings, narrator),
            story=_story(events, findings, symbols, watched, header.end().explanation),
            states=states_of_log(events, narrator),
            lanes=shown(render(events, _shown_in_lanes(findings), symbols, LANES_WIDTH, watched | own)),
            narrator=narrator,
            symbols=symbols,
        )
    )


def _not_too_long(path: Path, events: int) -> None:
    if events > EVENTS_SHOWN_MAX:
        raise InputError(
            str(path),
            "",
            f"has {events} events, and a page shows at most {EVENTS_SHOWN_MAX}; `shrink` makes a run shorter, "
            "`log` shows parts of one",
        )


def _ordered(findings: Sequence[Finding], first: Finding | None) -> list[Finding]:
    """Ranked, the one that the run is about in front."""
    return sorted(ranked(list(findings)), key=lambda found: found is not first)


def _shown_in_lanes(findings: Sequence[Finding]) -> list[Finding]:
    """Why a run hangs is said by who waits for whom, not by lanes."""
    return [finding for finding in findings if finding.events]


def _race(
    log: LogFile, events: Sequence[Event], findings: Sequence[Finding], narrator: Narrator
) -> Race | None:
    if not findings or not findings[0].events:
        return None
    conflict = race_of(events, evidence_of(events, findings[0]))
    if conflict is None:
        return None
    words = tuple(conflict_sentences(log, conflict, narrator))
    return Race(conflict.late.seq, conflict.other.seq, words)


def _story(
    events: Sequence[Event],
    findings: Sequence[Finding],
    symbols: Symbols,
    watched: Collection[int],
    wait_for: str,
) -> tuple[Chapter, ...]:
    """What `why` says of a run without making others."""
    if not findings:
        return ()
    answer = answer_of(events, findings[0], findings, symbols, watched=watched, wait_for=wait_for)
    chapters = {
        "What was promised": [answer.promise],
        "What broke it": [*answer.broke, *answer.also],
        "What led there": answer.chain,
    }
    return tuple(
        Chapter(heading, tuple(sentence.text for sentence in sentences))
        for heading, sentences in chapters.items()
        if sentences
    )


# -- the head -----------------------------------------------------------------------------------------------------


def _replay_facts(
    session: Session,
    path: Path,
    recording: Recording,
    world: Shown,
    result: RunResult,
    finding: Finding | None,
) -> list[Fact]:
    scenario = recording.scenario
    facts = [
        Fact("scenario", scenario.path),
        Fact("verdict", f"{result.verdict.upper()}{broken_words(result.verdict, finding)}"),
        Fact("expected", str(world.expect)),
        *(Fact(*pair) for pair in setting_words(world.kernel(), scenario.overrides, session.own_path)),
        Fact("found by", f"seed {recording.seed}, run {recording.run}, strategy {recording.strategy}"),
        Fact("length", _length(result)),
        Fact("replay", replay_command(path, session.own_option), code=True),
    ]
    recorded, token = token_of_recording(session, recording, result)
    lines = token_lines(session, recorded, scenario.overrides, token)
    return [*facts, *(Fact("token", line.removeprefix("  token  "), code=True) for line in lines)]


def _length(result: RunResult) -> str:
    picks = f"{len(result.picks)} non-dull choices of {result.positions}"
    return f"{counted(len(result.events), 'event')}, {counted(result.steps, 'step')}, {picks}"


def _log_facts(
    path: Path, log: LogFile, verdict: str, findings: Sequence[Finding], events: int
) -> list[Fact]:
    header = log.header
    expect = header.expected()
    first = findings[0] if findings else None
    return [
        Fact("scenario", header.scenario),
        Fact("verdict", f"{verdict.upper()}{broken_words(verdict, first)}"),
        *([] if expect is None else [Fact("expected", str(expect))]),
        Fact("found by", f"seed {header.seed}, run {header.run}, strategy {header.strategy}"),
        Fact("length", counted(events, "event")),
        Fact("log", str(path)),
    ]
