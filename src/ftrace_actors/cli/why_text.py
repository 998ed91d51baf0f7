"""The answer of ``why`` as text: sections of sentences, then the runs that they speak of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from ..actors.choices import Kind
from ..studies.needed import Help, Strength, Tried
from ..terminal import fold, unbroken
from ..why import RELAXATIONS, Answer, Change, Changes, Choices, Nearest, PutBack, Sentence
from ..words import counted
from .needed_words import strength_words
from .report import broken_words, replay_command
from .session import Session
from .setting import setting_lines
from .tokens import token_command
from .why_cases import Case

__all__ = [
    "LISTED_MAX",
    "Runs",
    "answer_lines",
    "command_lines",
    "left_words",
    "schedule_words",
    "sections",
    "title",
]

_SHELL_WORD: Final = re.compile(r"(?:'[^']*'|\S)+")
_CONTINUED: Final = " \\"
LISTED_MAX: Final = 5
"""Runs with a command in the text, besides the nearest that holds; `--tokens` lists all of them."""
_OF_CHOICES_MAX: Final = 3
"""Of those, runs without one choice: there are many of them."""


@dataclass(slots=True)
class Runs:
    """Runs that were made: a handful with a letter and what to type for it, or `all` of them."""

    session: Session
    case: Case
    all: bool = False
    commands: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    """Commands that are not listed."""

    def __call__(
        self, token: str, more: Iterable[tuple[str, str]] = (), *, most: int | None = LISTED_MAX
    ) -> str:
        """The letter of a run, a new one for a new run; "" where `most` are listed already."""
        command = self.command(token, more)
        if command in self.commands:
            return self.commands[command]
        if not self.all and most is not None and len(self.commands) >= most:
            self.left.add(command)
            return ""
        self.left.discard(command)
        self.commands[command] = _letter(len(self.commands))
        return self.commands[command]

    def named(self, tokens: Iterable[str], *, like: bool = True) -> str:
        """Runs that came to the same in parentheses: all their letters, or the first and how many there are like it.

        With `like` false, runs of which nobody has to look at one: they have letters only where all are listed.
        """
        first, *rest = tokens
        if self.all:
            letters = [self(token) for token in (first, *rest)]
            return f" (run{'s' if rest else ''} {_list(letters)})"
        self.left |= {
            self.command(token) for token in (rest if like else (first, *rest))
        } - self.commands.keys()
        letter = self(first, most=_OF_CHOICES_MAX) if like else ""
        more = f", and {len(rest)} like it" if rest else ""
        return f" (run {letter}{more})" if letter else ""

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


def answer_lines(
    session: Session, case: Case, answer: Answer, width: int, *, tokens: bool = False
) -> Iterator[str]:
    """All of it; with `tokens` each run that was made is listed, and not a handful."""
    yield from fold(title(case), width, "", "  ")
    yield from setting_lines(case.kernel, case.overrides, session.own_path, width)
    runs = Runs(session, case, tokens)
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
    yield from fold(left_words(runs), width, "  ", "    ")
    if runs.commands and not case.scenario:
        yield from fold(
            "(tokens need the scenario as it was recorded, which is not there any more)", width, "  "
        )


def left_words(runs: Runs) -> str:
    """How many runs are not listed, and where they are; "" where all are."""
    left = len(runs.left - runs.commands.keys())
    return f"({counted(left, 'more run')} made: --tokens lists all, --format json has them)" if left else ""


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
        yield "What the run needs, what helps, and the nearest run that holds", [_left_out(case)]
        return
    yield "What the run needs", list(needed_sentences(answer.choices, runs))
    if answer.changes is not None:
        yield "Which single change of the protocol helps", list(change_sentences(answer.changes, runs))
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
            f"{counted(len(spare), 'more choice')}, of {len(choices)}: the failure shows without any one of them"
            f"{runs.named([one.token for one in spare], like=False)}."
        )


def _held_sentence(group: Sequence[PutBack], runs: Runs) -> str:
    if len(group) == 1:
        return f"Needed: {group[0].what}. Without that {group[0].outcome}{runs.named([group[0].token])}."
    first = group[0]
    where = f" in {first.window}" if first.window else ""
    movers = ", ".join(dict.fromkeys(one.moves for one in group))
    places = " and ".join(dict.fromkeys(one.place for one in group if one.place))
    where += f" at {places}" if places else ""
    preempted = f", until it is preempted [{first.preempted}]" if first.preempted is not None else ""
    events = ", ".join(str(one.moved) for one in group)
    return (
        f"Needed: {first.held} is held{where}{preempted}, at {counted(len(group), 'choice')}, while "
        f"{movers} move{'' if ',' in movers else 's'} [{events}]. Without any one of them {_outcomes(group, runs)}."
    )


def _outcomes(group: Sequence[PutBack], runs: Runs) -> str:
    """What came of putting back each, with the letters of runs."""
    tokens: dict[str, list[str]] = {}
    for one in group:
        tokens.setdefault(one.outcome, []).append(one.token)
    said = [f"{outcome}{runs.named(of)}" for outcome, of in tokens.items()]
    return said[0] if len(said) == 1 else f"this failure does not show: {', or '.join(said)}"


def _list(letters: Iterable[str]) -> str:
    return ", ".join(letters)


# -- changes ----------------------------------------------------------------------------------------------------------


def change_sentences(changes: Changes, runs: Runs) -> Iterator[str]:
    """What helps, the smallest first, and how far that was looked at; then what does not help."""
    for change in changes.tried:
        if change.forbids and change.tried.strength is not None:
            yield _forbids(change, runs)
    sampled = any(one.tried.strength and not one.tried.strength.complete for one in changes.forbidding)
    if sampled and changes.unchanged is None:
        yield (
            "Beyond that schedule this says little: the same sample finds nothing in the protocol as it is either. "
            "--tries makes it larger."
        )
    elif sampled:
        yield "That is one schedule and a sample, and no proof: `needed FILE` and `explore` look further."
    if not changes.forbidding:
        yield "No single change that a protocol has words for helps."
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
    run = f" (run {letter})" if letter else ""
    return (
        f"{tried.mend.name}: {schedule_words(tried)} the run holds{run}, and {_looked_words(tried.strength)}."
        f"{untraced}"
    )


def schedule_words(tried: Tried) -> str:
    """How much of the failing schedule the run in the changed world followed."""
    if not tried.skipped:
        return "under the same schedule"
    choices = counted(tried.taken + tried.skipped, "choice")
    if not tried.taken:
        return f"the schedule could not be followed (none of its {choices} found a place); without it"
    return f"under what is left of the schedule ({tried.taken} of its {choices} found a place)"


def _looked_words(strength: Strength) -> str:
    """How far other schedules of the changed world were looked at."""
    if strength.complete:
        return f"so does every run there is: {strength_words(strength)}"
    return f"nothing breaks in a sample of {strength_words(strength)}"


# -- the nearest run --------------------------------------------------------------------------------------------------


def nearest_sentences(nearest: Nearest | None, runs: Runs) -> Iterator[str]:
    """What it is, and where it differs."""
    if nearest is None:
        yield "None was found: no run above holds."
        return
    letter = runs(nearest.token, nearest.more.items(), most=None)
    yield f"Run {letter}: {nearest.how}. Its first {counted(nearest.same, 'event')} are the same."
    yield from (sentence.text for sentence in nearest.difference)
