"""The answer of ``why`` as text: sections of sentences, then the runs that they speak of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from ..actors.choices import Kind
from ..studies.needed import Help
from ..terminal import fold, unbroken
from ..why import RELAXATIONS, Answer, Change, Changes, Choices, Nearest, PutBack, Sentence
from ..words import counted
from .needed_words import strength_words
from .report import broken_words, replay_command
from .session import Session
from .setting import setting_lines
from .tokens import token_command
from .why_cases import Case

__all__ = ["Runs", "answer_lines", "command_lines", "sections", "title"]

_SHELL_WORD: Final = re.compile(r"(?:'[^']*'|\S)+")
_CONTINUED: Final = " \\"


@dataclass(slots=True)
class Runs:
    """Runs that were made, each with a letter and what to type for it."""

    session: Session
    case: Case
    commands: dict[str, str] = field(default_factory=dict)

    def __call__(self, token: str, more: Iterable[tuple[str, str]] = ()) -> str:
        """The letter of a run, a new one for a new run."""
        command = self.command(token, more)
        if command not in self.commands:
            self.commands[command] = _letter(len(self.commands))
        return self.commands[command]

    def command(self, token: str, more: Iterable[tuple[str, str]] = ()) -> str:
        """What to type for a run, in the world with `more` changed."""
        overrides = {**self.case.overrides, **dict(more)}
        return token_command(self.session, self.case.scenario or self.case.name, overrides, token)


def _letter(number: int) -> str:
    """From a to z, then aa, ab, ..."""
    high, low = divmod(number, 26)
    return (_letter(high - 1) if high else "") + chr(ord("a") + low)


def title(case: Case) -> str:
    """What it is about, on one line."""
    finding = case.finding
    where = f" in {finding.window}" if finding.window else ""
    return f"{case.name}: {case.verdict.upper()}{broken_words(case.verdict, finding)}{where}"


def answer_lines(session: Session, case: Case, answer: Answer, width: int) -> Iterator[str]:
    """All of it."""
    yield from fold(title(case), width, "", "  ")
    yield from setting_lines(case.kernel, case.overrides, session.own_path, width)
    runs = Runs(session, case)
    for heading, said in sections(case, answer, runs):
        yield ""
        yield heading
        for sentence in said:
            yield from fold(sentence, width, "  ", "    ")
    yield ""
    yield "Runs"
    yield from fold(f"this one: {unbroken(str(case.path))}", width, "  ", "    ")
    if case.recording is not None:
        yield from command_lines(replay_command(case.path, session.own_option), width, "  ", "    ")
    for command, letter in runs.commands.items():
        yield from command_lines(command, width, f"  {letter}  ", " " * 5)
    if runs.commands and not case.scenario:
        yield from fold(
            "(tokens need the scenario as it was recorded, which is not there any more)", width, "  "
        )


def command_lines(command: str, width: int, indent: str, subsequent: str) -> list[str]:
    """A command over several lines, as a shell takes it."""
    words = " ".join(unbroken(word) for word in _SHELL_WORD.findall(command))
    *lines, last = fold(words, width - len(_CONTINUED), indent, subsequent)
    return [*(f"{line}{_CONTINUED}" for line in lines), last]


def sections(case: Case, answer: Answer, runs: Runs) -> Iterator[tuple[str, list[str]]]:
    """Headings and sentences."""
    yield "What was promised", [answer.promise.text]
    yield "What broke it", _texts((*answer.broke, *answer.also))
    yield "What led there ([N] is event N of `log FILE`)", _texts(answer.chain)
    if answer.choices is None:
        yield "What the run needs, what forbids it, and the nearest run that holds", [_left_out(case)]
        return
    yield "What the run needs", list(needed_sentences(answer.choices, runs))
    if answer.changes is not None:
        yield "Which single change of the protocol forbids it", list(change_sentences(answer.changes, runs))
    yield "The nearest run that holds", list(nearest_sentences(answer.nearest, runs))


def _texts(sentences: Sequence[Sentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


def _left_out(case: Case) -> str:
    if case.source is None:
        return "A log has no choices to put back: `why` says this of the replay file of the run."
    return "Left out (--quick)."


# -- choices ----------------------------------------------------------------------------------------------------------


def needed_sentences(found: Choices, runs: Runs) -> Iterator[str]:
    """Which choices are needed: relaxations one by one, and who is held where."""
    choices = found.tried
    if not choices and not found.left:
        yield (
            "Nothing: this is the dull run, in which nobody is held back, every load and fetch sees the newest value, "
            "and no store is seen early."
        )
        return
    if found.left:
        yield f"{counted(found.left, 'choice')} could not be put back in time."
    relaxed = [one for one in choices if one.pick.kind in RELAXATIONS]
    if not relaxed and not found.left:
        yield "No relaxation: every load and fetch of it sees the newest value, and no store is seen early."
    others = [one for one in choices if one.needed and one.pick.kind is not Kind.SCHEDULE]
    for what, alike in groupby(others, key=lambda one: one.what):
        made = list(alike)  # an early store takes two choices: that there is one, and where
        two = f", {counted(len(made), 'choice')}" if len(made) > 1 else ""
        yield f"Needed: {what}{two}. Without that {_outcomes(made, runs)}."
    moves = [one for one in choices if one.needed and one.pick.kind is Kind.SCHEDULE]
    for _, group in groupby(moves, key=lambda one: (one.held, one.window, one.preempted)):
        yield _held_sentence(list(group), runs)
    spare = [one for one in choices if not one.needed]
    if spare:
        yield (
            f"{counted(len(spare), 'more choice')}, of {len(choices)}: the failure shows without any one of them "
            f"(run{'s' if len(spare) > 1 else ''} {_list(runs(one.token) for one in spare)})."
        )


def _held_sentence(group: Sequence[PutBack], runs: Runs) -> str:
    if len(group) == 1:
        return f"Needed: {group[0].what}. Without that {group[0].outcome} (run {runs(group[0].token)})."
    first = group[0]
    where = f" in {first.window}" if first.window else ""
    movers = ", ".join(dict.fromkeys(one.moves for one in group))
    places = " and ".join(dict.fromkeys(one.place for one in group if one.place))
    where += f" at {places}" if places else ""
    preempted = f", until it is preempted [{first.preempted}]" if first.preempted is not None else ""
    events = ", ".join(str(one.event) for one in group)
    return (
        f"Needed: {first.held} is held{where}{preempted}, at {counted(len(group), 'choice')} [{events}], while "
        f"{movers} move{'' if ',' in movers else 's'}. Without any one of them {_outcomes(group, runs)}."
    )


def _outcomes(group: Sequence[PutBack], runs: Runs) -> str:
    """What came of putting back each, with the letters of the runs."""
    letters: dict[str, list[str]] = {}
    for one in group:
        letters.setdefault(one.outcome, []).append(runs(one.token))
    said = [f"{outcome} (run{'s' if len(of) > 1 else ''} {_list(of)})" for outcome, of in letters.items()]
    return said[0] if len(said) == 1 else f"this failure does not show: {', or '.join(said)}"


def _list(letters: Iterable[str]) -> str:
    return ", ".join(letters)


# -- changes ----------------------------------------------------------------------------------------------------------


def change_sentences(changes: Changes, runs: Runs) -> Iterator[str]:
    """What forbids the run, the smallest first; then what does not."""
    for change in changes.tried:
        if change.forbids and change.tried.strength is not None:
            yield _forbids(change, runs)
    sampled = any(one.tried.strength and not one.tried.strength.complete for one in changes.forbidding)
    if sampled and changes.unchanged is None:
        yield (
            "Beyond that schedule this says little: the same sample finds nothing in the protocol as it is either. "
            "--tries makes it larger."
        )
    if not changes.forbidding:
        yield "No single change that a protocol has words for forbids it."
    same = [one.tried.mend.name for one in changes.tried if one.tried.help is Help.SAME_SCHEDULE]
    if same:
        yield f"Not enough, the same schedule fails all the same: {_list(same)}."
    others = [one for one in changes.tried if one.tried.help is Help.BREAKS]
    if others:
        said = _list(f"{one.tried.mend.name} ({one.tried.broke})" for one in others)
        yield f"Not enough, other runs break then: {said}."
    if changes.left:
        yield f"{counted(changes.left, 'change')} could not be tried in time."


def _forbids(change: Change, runs: Runs) -> str:
    tried = change.tried
    letter = runs(change.token, change.more.items())
    assert tried.strength is not None
    untraced = f" But {', '.join(tried.untraced)} cannot be traced then." if tried.untraced else ""
    skipped = f" ({tried.skipped} of its choices found no place)" if tried.skipped else ""
    return (
        f"{tried.mend.name}: under the same schedule{skipped} the run holds (run {letter}), and so does all "
        f"else that was tried: {strength_words(tried.strength)}.{untraced}"
    )


# -- the nearest run --------------------------------------------------------------------------------------------------


def nearest_sentences(nearest: Nearest | None, runs: Runs) -> Iterator[str]:
    """What it is, and where it differs."""
    if nearest is None:
        yield "None was found: no run above holds."
        return
    letter = runs(nearest.token, nearest.more.items())
    yield f"Run {letter}: {nearest.how}. Its first {counted(nearest.same, 'event')} are the same."
    yield from (sentence.text for sentence in nearest.difference)
