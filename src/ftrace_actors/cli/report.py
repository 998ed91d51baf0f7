"""Campaigns and runs in words, and as JSON."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..checks import SUBSTANCE, Finding
from ..explore import Campaign, Stopped
from ..explore.judge import admits_everything, headline, stops_early, ways
from ..explore.shard import WHOLE
from ..kernel.designs import DesignFile
from ..result import RunResult
from ..terminal import fold, one_line, unbroken
from ..words import Verdict, counted
from .evidence import Evidence
from .session import Session
from .setting import setting_json, setting_lines
from .strength import behaviour_words, strength_json, strength_words, unseen_words
from .worlds import Shown

__all__ = [
    "INDENT",
    "broken_words",
    "campaign_json",
    "campaign_lines",
    "finding_json",
    "mark",
    "print_failure",
    "replay_command",
    "result_json",
    "summary_line",
]

INDENT = " " * 5
ADMITS_EVERYTHING = "expect admits every verdict, so nothing could have come out wrong"
NAME_COLUMNS = 40
"""Room for the longest shipped name, so that verdicts stand below each other."""


def campaign_lines(campaign: Campaign, width: int) -> list[str]:
    """As expected, not, or cut short; name and verdict; under it, how much was looked at or what broke."""
    name = one_line(campaign.plan.name)
    details = fold(_details(campaign), width, INDENT)
    return [f"{mark(campaign)} {name:<{NAME_COLUMNS}} {campaign.judgement.verdict}", *details]


def mark(campaign: Campaign) -> str:
    """As expected, not, cut short, or a part of it: four columns."""
    if not campaign.ok:
        return "FAIL"
    if campaign.stopped == Stopped.INTERRUPTED:
        return "cut "
    return "ok  " if campaign.plan.shard == WHOLE else "part"


def _details(campaign: Campaign) -> str:
    words = []
    if campaign.plan.shard != WHOLE:
        words.append(f"shard {campaign.plan.shard} of {counted(campaign.plan.runs, 'run')}")
    if campaign.failure is not None:
        finding = shown_finding(campaign)
        if finding is not None and finding.severity != campaign.failure.result.verdict:
            words.append(_finding_words(finding))
        words.append(f"run {campaign.failure.run}")
        if not stops_early(campaign.expect) or not campaign.ok:
            words.append(f"{campaign.failed} of {counted(campaign.runs, 'run')} failed")
    else:
        words.append(counted(campaign.runs, "run"))
        if known := behaviour_words(campaign.strength, campaign.runs):
            words.append(known)
        if campaign.bound is not None:
            words.append(f"p(fail) < {campaign.bound:.2g}{_of_which(campaign)}")
    if campaign.stopped:
        words.append(f"stopped: {campaign.stopped}")
    if admits_everything(campaign.expect):
        words.append(ADMITS_EVERYTHING)
    return ", ".join(words)


def _of_which(campaign: Campaign) -> str:
    """Which runs the bound is about; nothing where it is about all of them."""
    independent = campaign.report.independent
    if independent == campaign.runs:
        return ""
    random = counted(independent, "random run")
    return f" {unbroken(f'({random})')}"


def shown_finding(campaign: Campaign) -> Finding | None:
    """The finding a campaign's line and JSON are about."""
    if campaign.failure is None:
        return None
    return headline(campaign.expect, campaign.failure.result.findings)


def _finding_words(finding: Finding) -> str:
    where = f" {finding.window}" if finding.window else ""
    return f"{finding.invariant}{where} ({finding.severity})"


def broken_words(verdict: str, finding: Finding | None) -> str:
    """What follows the verdict in a title; nothing where the finding is the verdict over again."""
    if finding is None or finding.severity == verdict:
        return ""
    return f" {finding.invariant} ({finding.severity})"


def complaints(campaign: Campaign) -> list[str]:
    """Why a campaign is not ok, one line each."""
    judgement = campaign.judgement
    reason = "; ".join(judgement.reasons)
    if judgement.shows_nothing:
        first, *rest = judgement.reasons
        reason = "; ".join([f"{first} (--allow-vacuous accepts that)", *rest])
    elif judgement.unmet:
        reason = f"{reason} (`sometimes` asks for that: without it, holds says little)"
    lines = [reason] if reason else []
    lines += [f"runs {first} to {last} killed their worker twice" for first, last in campaign.lost]
    return lines


def summary_line(campaigns: Sequence[Campaign], broken: int, asked: int) -> str:
    """The last line about several scenarios: `asked` for, of which `broken` could not be built."""
    cut = sum(campaign.stopped == Stopped.INTERRUPTED for campaign in campaigns)
    ok = sum(campaign.ok and campaign.stopped != Stopped.INTERRUPTED for campaign in campaigns)
    words = [f"{ok} of {counted(asked, 'scenario')} as expected"]
    if broken:
        words.append(f"{broken} could not be built")
    if cut:
        words.append(f"{cut} cut short")
    if left := asked - len(campaigns) - broken:
        words.append(f"{left} not begun")
    runs = sum(campaign.runs for campaign in campaigns)
    return f"{', '.join(words)}; {counted(runs, 'run')}"


def campaign_json(
    campaign: Campaign,
    evidence: Evidence | None,
    kernel: Mapping[str, str],
    own: DesignFile | None,
    token: str = "",
) -> dict[str, Any]:
    """What ``run --json`` prints for a scenario.

    `kernel` is as of `Worlds.kernel`, `own` the user's design, `token` the word for the run that failed.
    """
    finding = shown_finding(campaign)
    report = campaign.report
    return {
        "name": campaign.plan.name,
        "verdict": campaign.judgement.verdict,
        "expected": list(campaign.expect.verdicts),
        "ok": campaign.ok,
        **finding_json(finding),
        "seed": campaign.plan.seed,
        **({} if campaign.plan.shard == WHOLE else {"shard": str(campaign.plan.shard)}),
        "run": campaign.failure.run if campaign.failure else None,
        "runs": campaign.runs,
        "failed": campaign.failed,
        "replay": str(evidence.proof.replay) if evidence and evidence.proof.replay else None,
        "token": token or None,
        **setting_json(kernel, campaign.plan.overrides, own),
        "coverage": {
            "strategy": campaign.plan.strategy,
            "verdicts": dict(sorted(report.verdicts.items())),
            "seen": dict(sorted(report.seen.items())),
            "unmet": list(campaign.judgement.unmet),
            "broken": [
                {"invariant": invariant, "window": window or None, "severity": severity, "runs": runs}
                for (invariant, window, severity), runs in sorted(report.broken.items())
            ],
            "failure_bound": campaign.bound,
            "independent": report.independent,
            "steps": report.steps,
            "instructions": report.instructions,
            "stopped": campaign.stopped or None,
        },
        "strength": strength_json(campaign.strength),
        "reason": "; ".join(complaints(campaign)) or None,
        "remark": ADMITS_EVERYTHING if admits_everything(campaign.expect) else None,
    }


def finding_json(finding: Finding | None) -> dict[str, Any]:
    """What broke, as every command with ``--json`` says it; nulls when nothing did."""
    return {
        "invariant": finding.invariant if finding else None,
        "window": finding.window if finding else None,
        "severity": finding.severity if finding else None,
    }


def result_json(result: RunResult) -> dict[str, Any]:
    """How long one run was, and the digest of its events."""
    return {
        "steps": result.steps,
        "instructions": result.instructions,
        "choices": result.positions,
        "picks": len(result.picks),
        "digest": result.digest,
    }


def print_failure(
    session: Session,
    title: str,
    overrides: Mapping[str, str],
    world: Shown,
    result: RunResult,
    finding: Finding | None,
    tail: str,
    *,
    brief: bool = False,
) -> None:
    """A run, as a person reads it: title, what it is based on, lanes, what broke and why, what to do next.

    `brief`: a page for the lanes, for a run that holds.
    """
    width = session.width
    for line in fold(title, width, "", "  "):
        session.say(line)
    for line in setting_lines(world.kernel(), overrides, session.own_path, width):
        session.plain(line)
    lanes = world.brief(result, width) if brief else world.timeline(result, finding, width)
    for line in (*lanes.splitlines(), *_indented(result.wait_for, width), *tail.splitlines()):
        session.plain(line)


def _indented(text: str, width: int) -> list[str]:
    """The lines of a hang; what is at their beginning stays there."""
    return [
        line
        for row in text.splitlines()
        for line in fold(row.lstrip(), width, f"  {row[: len(row) - len(row.lstrip())]}", " " * 6)
    ]


def failure_title(campaign: Campaign, evidence: Evidence) -> str:
    """Path, verdict, what broke, where, and how short it got."""
    plan, failure, proof = campaign.plan, campaign.failure, evidence.proof
    assert failure is not None
    verdict = failure.result.verdict
    broke = broken_words(verdict, proof.finding)
    expected = "as expected" if campaign.ok else f"expected {' or '.join(campaign.expect.verdicts)}"
    cut = ", shrinking interrupted" if evidence.cut else ""
    return (
        f"{unbroken(f'{plan.path}:')} {verdict.upper()}{broke} after {counted(failure.run + 1, 'run')} "
        f"(seed {plan.seed}, run {failure.run}), {expected}, "
        f"shrunk {proof.before} -> {proof.after} non-dull choices{cut}"
    )


def failure_tail(campaign: Campaign, evidence: Evidence, own_option: str = "") -> str:
    """Seed and the exact command that shows it again; `own_option` is what it needs for a user's design."""
    plan, failure = campaign.plan, campaign.failure
    assert failure is not None
    lines = [f"  seed  {plan.seed}, run {failure.run}, strategy {plan.strategy}"]
    if evidence.proof.replay is not None:
        lines.append(f"  replay  {replay_command(evidence.proof.replay, own_option)}")
    if evidence.log is not None:
        lines.append(f"  log  {one_line(str(evidence.log))}")
    return "\n".join(lines)


def replay_command(path: Path, own_option: str = "") -> str:
    """What to type, quoted for a shell, to see the run of a replay file again."""
    return f"ftrace-actors replay {shlex.quote(str(path))}{own_option}"


def strength_lines(campaign: Campaign, width: int) -> list[str]:
    """Everything that its runs say, with which certainty."""
    return [
        line
        for words in strength_words(campaign.strength, campaign.runs)
        for line in fold(words, width, INDENT, INDENT + "  ")
    ]


def holds_words(campaign: Campaign) -> str:
    """What "holds" means, in numbers."""
    report = campaign.report
    words = f"no failure in {counted(campaign.runs, 'run')}"
    if campaign.bound is not None:
        independent = campaign.report.independent
        kind = "a run"
        if independent != campaign.runs:
            words += f", {independent} of them independent draws of one strategy"
            kind = "such a run"
        words += f": with 95 % confidence {kind} fails with probability below {campaign.bound:.2g}"
    strength = campaign.strength
    if strength.unseen is not None:
        words += f"; {behaviour_words(strength, campaign.runs)}: {unseen_words(strength.unseen)}"
    asked = {name: runs for name, runs in report.seen.items() if name not in SUBSTANCE and not _is_way(name)}
    if asked:
        words += "; happened: " + ", ".join(
            f"{name} in {counted(runs, 'run')}" for name, runs in sorted(asked.items())
        )
    if came := ways(report.seen):
        words += "; quiescent states: " + ", ".join(
            f"{_WAYS[way]} in {counted(runs, 'run')} (without context synchronization in {bare})"
            for way, runs, bare in came
        )
    return words if campaign.judgement.verdict == Verdict.HOLDS else ""


_WAYS = {
    "tick": "by a tick",
    "voluntary": "by a voluntary switch",
    "preempted": "by a preemption",
    "idle": "by an idle CPU",
    "kworker": "by a kworker",
}


def _is_way(name: str) -> bool:
    return name.startswith("quiescent:")
