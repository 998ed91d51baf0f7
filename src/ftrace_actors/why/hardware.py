"""How a failure might be provoked on hardware: only where it needs nothing but tasks that are held at some place.

A delay at an instruction, a pinned task and a preemption model are things that a person can arrange.  Which old word a
CPU still fetches, or which store is seen early, is not: then nothing is suggested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..actors.choices import Kind
from ..events import Event, Switch
from ..inspect.focus import ACROSS
from .choices import RELAXATIONS, Choices, PutBack
from .reading import Reading
from .sentences import Sentence

__all__ = ["provoke"]

_ARRANGED = frozenset({Kind.SCHEDULE, Kind.INTERRUPT, Kind.TIMER})
"""Kinds of choice that come down to delays and interrupts."""


def provoke(reading: Reading, choices: Choices, kernel: Mapping[str, str]) -> list[Sentence]:
    """What to try, or in one sentence that it cannot be said; `kernel` is as of `scenario.kernel_facts`."""
    if choices.left:
        return [Sentence("Not known: not all of its choices were put back.")]
    relaxed = [one for one in choices.tried if one.pick.kind in RELAXATIONS]
    if any(one.needed for one in relaxed) or len(relaxed) > 1:  # of several, any one may do
        what = "; ".join(dict.fromkeys(one.what for one in relaxed))
        return [Sentence(f"This cannot be said: the run needs accesses that no delay can force ({what}).")]
    other = [one for one in choices.tried if one.needed and one.pick.kind not in _ARRANGED]
    if other:
        return [Sentence(f"This cannot be said: the run needs more than delays ({other[0].what}).")]
    return [Sentence(" ".join(_words(reading, choices.tried, kernel)))]


def _words(reading: Reading, choices: Sequence[PutBack], kernel: Mapping[str, str]) -> list[str]:
    words = ["The run needs no relaxed access, so delays may be enough."]
    pins = _pins(reading.events[: reading.last + 1])
    if pins:
        words.append(f"Pin {', '.join(f'{task} to CPU {cpu}' for task, cpu in pins.items())}.")
    if any(isinstance(event, Switch) and not event.voluntary for event in _suffered(reading)):
        words.append(
            f"Boot with preempt={kernel.get('preempt', 'full')}: {reading.victim} is preempted in its call."
        )
    held = [one for one in choices if one.needed and one.place]
    for place, task, window, until in _holds(held, reading):
        where = f", in {window}" if window else ""
        words.append(f"Delay {task} before {place}{where}, until event {until[0]} ({until[1]}).")
    if not held:
        words.append("No task has to be held anywhere: it fails as it comes.")
    words.append("Symbols are those of the laboratory. Nothing of this was seen on a machine.")
    return words


def _pins(events: Sequence[Event]) -> dict[str, int]:
    """Tasks that ran on one CPU only, the workers and idle tasks of the kernel aside."""
    seen: dict[str, set[int]] = {}
    for event in events:
        if event.task and event.cpu >= 0 and "/" not in event.task:
            seen.setdefault(event.task, set()).add(event.cpu)
    return {task: min(cpus) for task, cpus in seen.items() if len(cpus) == 1}


def _suffered(reading: Reading) -> Sequence[Event]:
    return [
        event
        for event in reading.events[reading.first : reading.until + 1]
        if isinstance(event, Switch) and event.prev == reading.victim
    ]


def _holds(held: Sequence[PutBack], reading: Reading) -> list[tuple[str, str, str, tuple[int, str]]]:
    """Place, task, window, and the last event of others before the task continues there; each place once."""
    found: dict[tuple[str, str], tuple[str, str, str, tuple[int, str]]] = {}
    for one in held:
        task = one.held.partition(" on ")[0]
        after = next((event.seq for event in reading.events[one.event :] if event.task == task), reading.last)
        # The choice may be one of several in a row: the last of them counts.
        before = [event for event in reading.events[one.event : after] if event.task != task]
        telling = [event for event in before if isinstance(event, ACROSS) or event.seq in reading.proof]
        until = (telling or before or [reading.event(max(after - 1, 0))])[-1]
        text, _ = reading.narrator.phrase(until)
        found[task, one.place] = one.place, task, one.window, (until.seq, text)
    return list(found.values())
