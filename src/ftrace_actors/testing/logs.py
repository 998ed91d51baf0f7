"""The log of one execution of a test, as `ftrace-actors log` reads it.

Of the world of a scenario it is the log of its run.  Of actors of the test's own it has an event for each visible step
and each note: a step follows from the one before of the same actor, and that in which a message was received from the
one in which it was sent.  What they share otherwise, nobody knows: the bodies are Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from .. import __version__
from ..actors import RunOutcome
from ..atomic_file import write_lines
from ..events import Event
from ..events.own import ActorStep, Note
from ..inspect import EventSymbols, LogHeader, digest, encode_log, make_header
from ..inspect.header import EndingPart
from ..words import Hang, Verdict, hang_of
from .attempt import Attempt
from .made import OwnRun, WorldRun
from .pins import Numbers
from .steps import Note as Said
from .steps import Step, words

__all__ = ["lines_of", "write_log"]

_NONE: Final = -1


def write_log(path: Path, test: str, attempt: Attempt, numbers: Numbers) -> str:
    """Write the log of an execution that was written down, whole or not at all; "", or why it could not be."""
    try:
        write_lines(path, lines_of(test, attempt, numbers))
    except OSError as error:
        return f"no log: cannot write {path}: {error.strerror or error}"
    return ""


def lines_of(test: str, attempt: Attempt, numbers: Numbers) -> list[bytes]:
    """The lines of the log, without their ends."""
    schedule = attempt.schedule
    made = schedule.made
    if isinstance(made, WorldRun) and made.result is not None:
        return _of_world(made, numbers)
    outcome = made.outcome if isinstance(made, OwnRun) else None
    hang = hang_of(outcome.status) if outcome is not None else None
    end = outcome.render() if outcome is not None and hang is not None else ""
    events = events_of(schedule.steps or (), schedule.notes, made.sent, end)
    header = LogHeader(
        scenario=test,
        seed=numbers.seed,
        run=numbers.run,
        strategy=numbers.strategy,
        digest=digest(events),
        tool=__version__,
        events=len(events),
        verdict=None if hang is None else Verdict(hang),
        ending=None if outcome is None or hang is None else _ending(outcome, hang),
    )
    return list(encode_log(header, events, EventSymbols(())))


def _ending(outcome: RunOutcome, hang: Hang) -> EndingPart:
    """The wait-for graph, or the actors that kept running: no event has it."""
    waiting = dict.fromkeys(edge.waiter for edge in outcome.waits)
    culprits = outcome.cycle or tuple(busy.actor for busy in outcome.busy) or tuple(waiting)
    return EndingPart(hang, outcome.render(), culprits)


def _of_world(made: WorldRun, numbers: Numbers) -> list[bytes]:
    result = made.recorded()
    header = make_header(made.world, result, seed=numbers.seed, run=numbers.run, strategy=numbers.strategy)
    return list(encode_log(header, result.events, made.world.image.symbols))


def events_of(
    steps: Sequence[Step], notes: Sequence[Said], sent: Mapping[int, int], end: str = ""
) -> list[Event]:
    """Steps and notes in the order in which they came; `sent`: step -> that in which what it received was sent.

    `end` are lines on how the run hangs, which the last notes say.
    """
    events: list[Event] = []
    places: dict[int, int] = {}
    waiting = list(notes)

    def say(until: int) -> None:
        while waiting and waiting[0].step <= until:
            note = waiting.pop(0)
            cause = places.get(note.step, _NONE)
            events.append(Note(len(events), note.step, note.actor or "test", _NONE, "", cause, note.text))

    say(0)
    for step in steps:
        seq = places[step.number] = len(events)
        cause = places.get(sent.get(step.number, 0), _NONE)
        events.append(
            ActorStep(seq, step.number, step.actor, _NONE, "", cause, step.op, words("", step.obj).strip())
        )
        say(step.number)
    last = steps[-1].number if steps else 0
    for line in end.splitlines():
        events.append(Note(len(events), last, "test", _NONE, "", _NONE, line))
    return events
