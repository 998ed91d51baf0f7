"""The answer of ``why`` as data: one object a failing run; docs/why.md has its fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .. import __version__
from ..checks import CHECKS
from ..studies.needed import Help
from ..why import Answer, Change, Changes, Choices, Nearest, PutBack, Sentence, provoke
from .needed_words import outcome_json
from .session import Session
from .setting import setting_json
from .why_cases import Case, Sampled
from .why_text import Runs

__all__ = ["answer_json", "holds_json"]


def answer_json(session: Session, case: Case, answer: Answer) -> dict[str, object]:
    """All of it."""
    runs = Runs(session, case)
    finding = case.finding
    return {
        "name": case.name,
        "file": str(case.path),
        "tool": __version__,
        "verdict": case.verdict,
        "expected": case.expected,
        "invariant": finding.invariant,
        "promise": CHECKS.get(finding.invariant),
        "severity": finding.severity,
        "window": finding.window,
        "subject": finding.subject,
        "message": finding.message,
        "proof": sorted(answer.reading.proof),
        "victim": answer.reading.victim or None,
        "broke": _sentences(answer.broke),
        "before": _sentences(answer.also),
        "chain": _sentences(answer.chain),
        "choices": None if answer.choices is None else _choices(answer.choices, runs),
        "changes": None if answer.changes is None else _changes(answer.changes, runs),
        "nearest": None if answer.nearest is None else _nearest(answer.nearest, runs),
        "hardware": _hardware(case, answer),
        **setting_json(case.kernel, case.overrides, session.own),
    }


def holds_json(session: Session, sampled: Sampled) -> dict[str, object]:
    """A scenario of which no run failed."""
    return {
        "name": sampled.plan.name,
        "file": None,
        "tool": __version__,
        "verdict": "holds",
        "expected": sampled.expected,
        "runs": sampled.runs,
        "strategy": sampled.plan.strategy,
        "seed": sampled.plan.seed,
        **setting_json({}, sampled.plan.overrides, session.own),
    }


def _sentences(said: Iterable[Sentence]) -> list[dict[str, object]]:
    return [{"text": sentence.text, "events": list(sentence.events)} for sentence in said]


def _choices(choices: Choices, runs: Runs) -> dict[str, object]:
    return {"left": choices.left, "tried": [_choice(one, runs) for one in choices.tried]}


def _choice(one: PutBack, runs: Runs) -> dict[str, object]:
    return {
        "position": one.pick.position,
        "kind": one.pick.kind,
        "what": one.what,
        "event": one.event,
        "needed": one.needed,
        "outcome": one.outcome,
        "verdict": one.result.verdict,
        "held": one.held or None,
        "window": one.window or None,
        "place": one.place or None,
        "moves": one.moves or None,
        "moved": one.moved if one.moves else None,
        "preempted": one.preempted,
        "token": one.token,
        "command": runs.command(one.token),
    }


def _changes(changes: Changes, runs: Runs) -> dict[str, object]:
    return {
        "runs": changes.runs,
        "unchanged": changes.unchanged,
        "left": changes.left,
        "tried": [_change(one, runs) for one in changes.tried],
    }


def _change(one: Change, runs: Runs) -> dict[str, object]:
    tried = one.tried
    flipped = tried.help in {Help.FORBIDS, Help.NOT_SEEN}
    return {
        "change": tried.mend.name,
        "set": one.more,
        "forbids": one.forbids,
        "help": tried.help,
        "broke": tried.broke,
        "followed": tried.taken,
        "skipped": tried.skipped,
        "untraced": list(tried.untraced),
        "token": one.token or None,
        "command": runs.command(one.token, one.more.items()) if flipped and one.token else None,
        **({} if tried.strength is None else {"looked": outcome_json(tried.strength)}),
    }


def _nearest(nearest: Nearest, runs: Runs) -> dict[str, object]:
    return {
        "how": nearest.how,
        "same": nearest.same,
        "difference": _sentences(nearest.difference),
        "set": dict(nearest.more),
        "token": nearest.token,
        "command": runs.command(nearest.token, nearest.more.items()),
    }


def _hardware(case: Case, answer: Answer) -> Sequence[str] | None:
    if answer.choices is None or not case.finding.events:
        return None
    return [sentence.text for sentence in provoke(answer.reading, answer.choices, case.kernel)]
