"""The report of a campaign that is kept in a directory: counts, what broke, how to see it, and how sure one can be."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from ..explore import Campaign
from ..explore.portable import locate
from ..explore.read_back import campaign_of
from ..explore.rows import Row
from ..explore.store import ASKED, Asked, read_asked, read_rows
from ..report import Curve, Fact, Table, TablesReport, thinned
from ..result import RunResult
from ..words import Verdict, counted
from .campaigns import UNLIMITED
from .designs import adopt_scenario
from .report import complaints, holds_words, replay_command
from .session import Session
from .setting import setting_words
from .strength import strength_words
from .targets import is_meant_by_name
from .worlds import world_of

__all__ = ["report_of_campaign"]

FAILURES_SHOWN_MAX = 50
"""Failing runs that are listed; of all of them the directory has results."""
MARKS_MAX = 200


class _Seen:
    """What is kept of the runs while they are read."""

    def __init__(self) -> None:
        self.failures: list[tuple[int, RunResult]] = []
        self.new: list[tuple[int, int]] = []
        self._behaviours: set[int] = set()
        self._runs = 0

    def take(self, row: Row) -> None:
        """The next run."""
        result = row.result
        assert result is not None
        self._runs += 1
        if result.behaviour is not None:
            self._behaviours.add(result.behaviour)
            self.new.append((self._runs, len(self._behaviours)))
        if result.verdict != Verdict.HOLDS:
            self.failures.append((row.run, result))


def report_of_campaign(session: Session, directory: Path, design: str | None) -> TablesReport:
    """Of what is in a directory of `run --campaign`, whether it came to its end or not.  Raises `InputError`."""
    asked = read_asked(directory)
    adopt_scenario(session, directory / ASKED, asked.scenario, design)
    plan = asked.plan(locate(asked.scenario.path), session.worlds.loader, UNLIMITED)
    seen = _Seen()
    campaign = campaign_of(plan, read_rows(directory, asked.part), seen.take)
    if not campaign.runs:
        raise InputError(str(directory), "", "holds a campaign without a finished run; --resume continues it")
    return TablesReport(
        kind="campaign",
        title=plan.name,
        verdict=f"{campaign.judgement.verdict}, {'as expected' if campaign.ok else 'not as expected'}",
        ok=campaign.ok,
        facts=tuple(_facts(session, directory, asked, campaign)),
        sentences=tuple(_sentences(campaign)),
        tables=tuple(_tables(session, directory, asked, campaign, seen)),
        curves=tuple(_curves(campaign, seen)),
    )


def _facts(session: Session, directory: Path, asked: Asked, campaign: Campaign) -> Iterator[Fact]:
    plan = campaign.plan
    yield Fact("scenario", asked.scenario.path)
    yield Fact("expected", str(campaign.expect))
    for name, words in setting_words(
        world_of(session.worlds, plan).kernel(), plan.overrides, session.own_path
    ):
        yield Fact(name, words)
    of = "" if asked.runs is None else f" of {asked.runs:,}"
    shard = "" if asked.shard is None else f", shard {plan.shard}"
    failed = f", {campaign.failed:,} failed" if campaign.failed else ""
    yield Fact("runs", f"{campaign.runs:,}{of}{shard}{failed}")
    yield Fact("strategy", f"{plan.strategy}, seed {plan.seed}")
    if campaign.stopped:
        yield Fact("stopped", "it did not come to its end")
        yield Fact(
            "continue",
            f"ftrace-actors run --resume {shlex.quote(str(directory))}{session.own_option}",
            code=True,
        )


def _sentences(campaign: Campaign) -> Iterator[str]:
    yield from complaints(campaign)
    if words := holds_words(campaign):
        yield words
    yield from strength_words(campaign.strength, campaign.runs)


def _tables(
    session: Session, directory: Path, asked: Asked, campaign: Campaign, seen: _Seen
) -> Iterator[Table]:
    report = campaign.report
    if report.broken:
        rows = [
            (f"{invariant} ({severity})", window or "-", f"{runs:,}")
            for (invariant, window, severity), runs in sorted(report.broken.items())
        ]
        yield Table("What broke", ("invariant", "window", "runs"), tuple(rows))
    if seen.failures:
        yield _failures(session, asked, seen)
    replays = sorted(directory.glob("*.replay.json"))
    if replays:
        yield Table(
            "Replay files",
            ("file", "to see it"),
            tuple((path.name, replay_command(path, session.own_option)) for path in replays),
            note="Shrunk: as few non-dull choices as it takes. `report` shows such a file step by step.",
            code=(1,),
        )
    verdicts = tuple((name, f"{runs:,}") for name, runs in sorted(report.verdicts.items()))
    yield Table("Verdicts", ("verdict", "runs"), verdicts)
    if report.seen:
        happened = tuple((name, f"{runs:,}") for name, runs in sorted(report.seen.items()))
        yield Table("What happened", ("what", "runs"), happened)


def _failures(session: Session, asked: Asked, seen: _Seen) -> Table:
    changed = "".join(f" --set {shlex.quote(f'{key}={value}')}" for key, value in _overrides(session, asked))
    path = str(locate(asked.scenario.path))
    scenario = shlex.quote(Path(path).stem if is_meant_by_name(path) else path)
    how = f"--seed {asked.seed} --strategy {asked.strategy}{changed}{session.own_option}"
    rows = [
        (
            str(run),
            result.verdict,
            ", ".join(dict.fromkeys(finding.invariant for finding in result.findings)) or "-",
            next((finding.message for finding in result.findings), result.wait_for.partition("\n")[0]),
            f"ftrace-actors once {scenario} --run {run} {how}",
        )
        for run, result in seen.failures[:FAILURES_SHOWN_MAX]
    ]
    more = len(seen.failures) - len(rows)
    return Table(
        "Runs that failed",
        ("run", "verdict", "invariants", "what", "to make it again"),
        tuple(rows),
        note=f"{counted(more, 'more run', thousands=True)} failed: see results.jsonl" if more else "",
        code=(4,),
    )


def _overrides(session: Session, asked: Asked) -> Iterator[tuple[str, str]]:
    """What was set, but for a design of the user's own, which has an option."""
    for key, value in sorted(asked.scenario.overrides.items()):
        if session.own is None or key != "protocol.design":
            yield key, value


def _curves(campaign: Campaign, seen: _Seen) -> Iterator[Curve]:
    if not seen.new:
        return
    runs, behaviours = seen.new[-1]
    marks = tuple(run for run, _ in seen.failures[:MARKS_MAX]) if campaign.plan.shard.count == 1 else ()
    failed = f" Marks at the bottom: the first {len(marks)} runs that failed." if marks else ""
    yield Curve(
        "Different behaviours over the runs",
        "runs",
        "behaviours",
        thinned([(0, 0), *seen.new]),
        f"{counted(behaviours, 'behaviour', thousands=True)} in {counted(runs, 'run', thousands=True)}. "
        f"While it climbs, runs still show something new.{failed}",
        marks,
    )
