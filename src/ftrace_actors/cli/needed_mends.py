"""``needed FILE.replay.json``: which single change of the protocol forbids a recorded run, each tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec

from ..errors import InputError, ReplayDiverged, clipped
from ..explore import Recording, replay
from ..explore.judge import headline
from ..scenario import kernel_facts
from ..studies.needed import Budget, Help, Subject, Tried, breaks_in_sample, mends_of, try_each
from ..terminal import fold, unbroken
from ..words import Verdict
from .designs import adopt_recorded
from .exit_codes import ExitCode
from .needed_words import outcome_json, strength_words
from .progress import shown_bar
from .report import broken_words
from .session import Session
from .setting import setting_json, setting_lines
from .stopping import Over

__all__ = ["mend"]

_ORDER = tuple(Help)
_LEGEND = (
    "the smallest come first: a swap, an instruction, what a message orders, an interrupt, a wait."
    " The choices of the run were followed in each changed world before that was looked at."
)


def mend(
    session: Session, path: Path, over: Over, *, design: str | None, budget: Budget, jobs: int, json: bool
) -> ExitCode:
    """Try every change; exit 0 when one helps, 1 when none does, 4 when the run is not the recorded one any more.

    Once `over` is interrupted, what is being tried has the answer that it has come to, and nothing else is tried.
    """
    recording = replay.load(path)
    adopt_recorded(session, path, recording, design)
    scenario = recording.scenario
    overrides = tuple(sorted(scenario.overrides.items()))
    subject = Subject(scenario.name, scenario.path, scenario.text, overrides, session.own)
    broke = _replayed(session, path, subject, recording)
    if broke is None:
        return ExitCode.DIVERGED
    mends = mends_of(subject.world().image)
    tried: list[Tried] = []
    interrupted = True
    unchanged: int | None = None
    picks = [part.pick() for part in recording.picks]
    with suppress(KeyboardInterrupt):
        with shown_bar(session) as bar:
            if bar is not None:
                bar.update(scenario.name, 0, len(mends), phase="unchanged")
            unchanged = breaks_in_sample(subject, budget)
            for one in try_each(subject, picks, mends, budget, jobs):
                if over.interrupted and one.help is Help.UNKNOWN:
                    continue
                tried.append(one)
                if bar is not None:
                    bar.update(scenario.name, len(tried), len(mends), f"  {one.mend.name}")
        interrupted = over.interrupted
    if unchanged is None:
        tried = [_without_power(one) for one in tried]
    places = {one.name: place for place, one in enumerate(mends)}
    tried.sort(key=lambda one: (_ORDER.index(one.help), places[one.mend.name]))
    if json:
        session.plain(msgspec.json.encode(_as_json(subject, recording, tried, unchanged, session)).decode())
    else:
        for line in _lines(session, path, subject, (broke, unchanged), tried):
            session.plain(line)
    if interrupted:
        session.note(f"interrupted: {len(tried)} of {len(mends)} changes were tried")
        return ExitCode.INTERRUPTED
    return ExitCode.OK if any(one.help is Help.FORBIDS for one in tried) else ExitCode.UNEXPECTED


def _without_power(one: Tried) -> Tried:
    """A sample shows nothing of a change when it shows nothing of the world without it."""
    sampled = one.strength is not None and not one.strength.complete
    return replace(one, help=Help.NOT_SEEN) if one.help is Help.FORBIDS and sampled else one


def _replayed(session: Session, path: Path, subject: Subject, recording: Recording) -> str | None:
    """What the recorded run breaks, in words; None when it is not made again.  Raises `InputError` when it holds."""
    world = subject.world()
    try:
        result = world.run(recording.chooser(), driver="bare")
    except ReplayDiverged as error:
        session.note(f"{path}: {clipped(str(error))}; replay it for more")
        return None
    if result.verdict == Verdict.HOLDS:
        raise InputError(str(path), "verdict", "this run holds; a change can be looked for where one breaks")
    finding = recording.shown(result) or headline(world.expect, result.findings)
    return f"{result.verdict.upper()}{broken_words(result.verdict, finding)}"


def _lines(
    session: Session, path: Path, subject: Subject, run: tuple[str, int | None], tried: Sequence[Tried]
) -> Iterator[str]:
    """The report; `run` is what the run breaks, and which run of the sample breaks as well."""
    spec = subject.scenario().spec
    broke, unchanged = run
    yield f"{unbroken(str(path))}: {broke}"
    yield f"  which single change of {spec.protocol.design} forbids it"
    yield from setting_lines(kernel_facts(spec), dict(subject.overrides), session.own_path, session.width)
    said = (
        "in no run of the sample either, so a sample says nothing"
        if unchanged is None
        else f"in run {unchanged} of the sample"
    )
    yield f"  as it is, something breaks {said}"
    yield ""
    named = max((len(one.mend.name) for one in tried), default=0)
    for one in tried:
        yield from fold(_words(one), session.width, f"{one.mend.name:<{named}}  ", " " * (named + 4))
    if not any(one.help is Help.FORBIDS for one in tried):
        yield "no single change that this protocol has words for forbids it"
    else:
        yield ""
        yield from fold(_LEGEND, session.width)


def _words(one: Tried) -> str:
    """What a change came to, at length."""
    match one.help:
        case Help.FORBIDS | Help.NOT_SEEN:
            assert one.strength is not None
            untraced = f"; but {', '.join(one.untraced)} cannot be traced then" if one.untraced else ""
            return f"{one.help}: {strength_words(one.strength)}{untraced}"
        case Help.SAME_SCHEDULE | Help.BREAKS | Help.NOT_POSSIBLE:
            return f"{one.help}: {one.broke}"
        case Help.UNKNOWN:
            return "not known: time was up, or the worker process was killed twice"


def _as_json(
    subject: Subject,
    recording: Recording,
    tried: Sequence[Tried],
    unchanged: int | None,
    session: Session,
) -> dict[str, object]:
    return {
        "name": subject.name,
        "verdict": recording.verdict,
        "invariant": None if recording.finding is None else recording.finding.invariant,
        "breaks_in_run": unchanged,
        "changes": [
            {
                "change": one.mend.name,
                "set": {one.mend.key: one.mend.value},
                "help": one.help,
                "broke": one.broke,
                "followed": one.taken,
                "skipped": one.skipped,
                "untraced": one.untraced,
                **({} if one.strength is None else outcome_json(one.strength)),
            }
            for one in tried
        ],
        **setting_json(kernel_facts(subject.scenario().spec), dict(subject.overrides), session.own),
    }
