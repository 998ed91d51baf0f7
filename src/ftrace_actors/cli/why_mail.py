"""The answer of ``why`` as a mail: plain text of 72 columns, with all that a reader needs who has nothing but the mail.

Prose and lanes keep to 72 columns. A litmus test and a command are given as they are, since neither may be folded.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from .. import __version__
from ..arm64.budget import Limits
from ..arm64.options import Options
from ..errors import InputError
from ..export.litmus import core_of
from ..litmus import parse, run
from ..terminal import fold
from ..why import Answer, Source, provoke
from .report import replay_command
from .session import Session
from .setting import setting_lines
from .tokens import token_command, token_words
from .why_cases import Case
from .why_text import Runs, command_lines, left_words, sections, title

__all__ = ["WIDTH", "mail_lines"]

WIDTH = 72
_CORE_SECONDS = 5.0
_LEGEND = (
    "[N] and the numbers on the left: events of the run. @7: a place in memory order, 0 is the beginning. new, old: "
    "whether a load or fetch saw the newest value there. W0: in the trampoline; W1: the ops is in a register, the "
    "callback not entered; W2: in the callback or the list function; W3: on the way out. A window begins at a mark, "
    "one instruction after the load that it is about. *: proves what follows."
)


def mail_lines(session: Session, case: Case, answer: Answer, *, tokens: bool = False) -> Iterator[str]:
    """The mail, its Subject first; `tokens` as for `answer_lines`."""
    yield f"Subject: {title(case)}"
    yield ""
    yield from fold(f"A run of the scenario {case.name} fails under ftrace-actors {__version__}.", WIDTH)
    yield from setting_lines(case.kernel, case.overrides, session.own_path, WIDTH)
    yield from _machine(case)
    yield ""
    yield from fold(_LEGEND, WIDTH)
    yield ""
    yield from case.timeline(WIDTH).rstrip("\n").split("\n")
    yield from (
        f"  {line}" for row in case.wait_for.splitlines() for line in fold(row, WIDTH - 2, "", "    ")
    )
    runs = Runs(session, case, tokens)
    for heading, said in sections(case, answer, runs):
        yield from _section(heading, said)
    yield from _section("How to try it on hardware", _hardware(case, answer))
    yield from _core(case)
    yield from _replaying(session, case, runs)


def _section(heading: str, said: list[str]) -> Iterator[str]:
    yield ""
    yield from fold(heading, WIDTH)
    for sentence in said:
        yield from fold(sentence, WIDTH, "  ", "    ")


def _machine(case: Case) -> Iterator[str]:
    """CPUs, and what of the machine is not as it is by itself."""
    if case.source is None:
        return
    spec, usual = case.source.world.image.spec, Options()
    changed = [
        f"{name} {str(getattr(spec.options, name)).lower()}"
        for name in ("idc", "dic", "lse2", "eis", "eos", "line")
        if getattr(spec.options, name) != getattr(usual, name)
    ]
    yield from fold(", ".join([f"{spec.cpus} CPUs", *changed]), WIDTH, "  machine ", " " * 10)


def _hardware(case: Case, answer: Answer) -> list[str]:
    if answer.choices is None:
        return ["Not known: which choices the run needs was not tried."]
    if not case.finding.events:
        return ["This cannot be said of a hang."]
    return [sentence.text for sentence in provoke(answer.reading, answer.choices, case.kernel)]


def _core(case: Case) -> Iterator[str]:
    """The litmus test of the patching core where there is one, and whether it shows the failure by itself."""
    if case.source is None:
        return
    try:
        text = core_of(case.source.world)
    except InputError:
        return
    yield from _section("The patching core as a litmus test", [_verdict(case.source, text)])
    yield ""
    yield from text.rstrip("\n").split("\n")


def _verdict(source: Source, text: str) -> str:
    end = time.monotonic() + _CORE_SECONDS
    limits = Limits(expired=lambda: time.monotonic() > end)
    verdict = run(parse(text, source.subject.path), source.world.image.spec.options, limits).verdict
    words = {
        "Allowed": "Its state is allowed: two CPUs and this one patch are enough, by search of all executions.",
        "Forbidden": "Its state is forbidden, by search of all executions: this one patch does not show it alone.",
    }
    return words.get(verdict, "Whether its state is allowed was not found out in time.")


def _replaying(session: Session, case: Case, runs: Runs) -> Iterator[str]:
    yield ""
    yield "How to replay"
    if case.recording is not None:
        yield from fold("with the file, attached:", WIDTH, "  ")
        yield from command_lines(replay_command(case.path, session.own_option), WIDTH, "    ", "      ")
    if case.source is not None and case.scenario:
        subject = case.source.subject
        token = token_words(session, subject.text, case.overrides, case.source.result)
        if token:
            yield from fold(f"or, with version {__version__}, without it:", WIDTH, "  ")
            command = token_command(session, case.scenario, case.overrides, token)
            yield from command_lines(command, WIDTH, "    ", "      ")
    if runs.commands:
        yield from fold("The other runs:", WIDTH, "  ")
    for command, letter in runs.commands.items():
        yield from command_lines(command, WIDTH, f"  {letter}  ", " " * 5)
    yield from fold(left_words(runs), WIDTH, "  ", "    ")
