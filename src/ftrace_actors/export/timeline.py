"""A run as tracks of slices and instants with arrows between them: what trace viewers show.

The time of an event is its number, so event 129 is found at 129, and nothing of it is a duration: a run has no clock.

A slice is what begins with one event and ends with another: a task on its CPU, its state, a call, a window, a callback,
a reader, an interrupt, a registration, a wait, a patch, a grace period.  Every other event is an instant.  What had not
ended when the run did is a slice up to its end.  Slices of one track are nested, as viewers want them, so each kind has
a track of its own.

Arrows lead from the sending of a message to its receipt, and from a write to each fetch that could have taken it and
took an older one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ..events import (
    Call,
    Callback,
    CrossCall,
    Early,
    Event,
    Exc,
    Fetch,
    GracePeriod,
    Patch,
    Reader,
    Receive,
    Register,
    Returned,
    Send,
    Store,
    Switch,
    SynchronizeRcu,
    TaskState,
    Wait,
    Window,
)
from ..terminal import one_line
from .recorded import Recorded, lane_of

__all__ = ["GROUPS", "Arrow", "Instant", "Slice", "Timeline", "Track", "timeline_of"]

CPUS: Final = "CPUs"
TASKS: Final = "Tasks"
SERVICES: Final = "Services"
GRACE_PERIODS: Final = "Grace periods"
GROUPS: Final = (CPUS, TASKS, SERVICES, GRACE_PERIODS)
"""The groups of tracks, from top to bottom."""


@dataclass(frozen=True, slots=True)
class Track:
    """A line of the picture; `number` is its own, from 1."""

    number: int
    group: str
    name: str


@dataclass(frozen=True, slots=True)
class Slice:
    """From event `begin` up to event `end`; `event` is the one it begins with."""

    track: Track
    begin: int
    end: int
    name: str
    event: Event


@dataclass(frozen=True, slots=True)
class Instant:
    """One event."""

    track: Track
    name: str
    event: Event


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one event to a later one; `kind` is "message" or "not seen"."""

    source: int
    target: int
    kind: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture; slices by where they begin, the outer of two first, the rest by event."""

    tracks: tuple[Track, ...]
    slices: tuple[Slice, ...]
    instants: tuple[Instant, ...]
    arrows: tuple[Arrow, ...]


def timeline_of(run: Recorded) -> Timeline:
    """The picture of a run."""
    drawing = _Drawing(run)
    for event in run.events:
        if not drawing.edge(event):
            drawing.instants.append(Instant(drawing.home(event), run.words(event), event))
    drawing.finish()
    order = sorted(drawing.slices, key=lambda one: (one.begin, -one.end))
    tracks = sorted(drawing.tracks.values(), key=lambda one: (GROUPS.index(one.group), _by_number(one.name)))
    return Timeline(tuple(tracks), tuple(order), tuple(drawing.instants), tuple(_arrows(run)))


def _by_number(name: str) -> tuple[str, int, str]:
    """cpu2 before cpu10."""
    head = name.split(" ", 1)[0].rstrip("0123456789")
    digits = name[len(head) :].split(" ", 1)[0]
    return head, int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else -1, name


@dataclass(slots=True)
class _Open:
    """A slice that has begun."""

    name: str
    event: Event


@dataclass(slots=True)
class _Drawing:
    """Tracks and slices so far."""

    run: Recorded
    tracks: dict[tuple[str, str], Track] = field(default_factory=dict)
    slices: list[Slice] = field(default_factory=list)
    instants: list[Instant] = field(default_factory=list)
    _open: dict[Track, list[_Open]] = field(default_factory=dict)

    def track(self, group: str, name: str) -> Track:
        """The track of that name; made when it is asked for first."""
        key = group, one_line(name)
        return self.tracks.setdefault(key, Track(len(self.tracks) + 1, *key))

    def home(self, event: Event) -> Track:
        """Where an instant goes."""
        return self.track(CPUS if event.cpu >= 0 else SERVICES, lane_of(event))

    def edge(self, event: Event) -> bool:
        """Begin or end what the event begins or ends; whether it was an event of that sort."""
        match event:
            case Switch():
                self._replace(self.track(CPUS, f"cpu{event.cpu} task"), event.next, event)
            case TaskState():
                state = f"{event.state} on {event.on}" if event.on else event.state
                self._replace(self.track(TASKS, event.who), state, event)
            case Window():
                self._replace(self._of_task(event, "windows"), event.window, event)
            case Exc():
                track = self.track(CPUS, f"{lane_of(event)} exceptions")
                self._either(track, event, event.reason, begins=event.entry)
            case Call():
                self._begin(self._of_task(event, "calls"), event.function, event)
            case Returned():
                self._end(self._of_task(event, "calls"), event.seq, lambda name: name == event.function)
            case Callback():
                self._either(self._of_task(event, "callbacks"), event, event.func, begins=event.begins)
            case Reader():
                self._either(self._of_task(event, "preemption off"), event, "reader", begins=event.begins)
            case _:
                return self._service(event)
        return True

    def _service(self, event: Event) -> bool:
        match event:
            case Register():
                verb = "unregister" if event.unregister else "register"
                self._either(self._of_actor(event), event, f"{verb}({event.ops})", begins=not event.returns)
            case Wait():
                self._either(self._of_actor(event), event, f"wait in {event.ops}", begins=event.begins)
            case Patch():
                name = f"{event.action}({event.function})"
                self._either(self._of_actor(event), event, name, begins=event.begins)
            case SynchronizeRcu():
                track = self._of_task(event, "waits") if event.task else self._of_actor(event)
                self._either(track, event, f"synchronize {event.flavour}", begins=event.begins)
            case CrossCall():
                track = self._of_task(event, "waits") if event.task else self._of_actor(event)
                self._either(track, event, f"{event.function} elsewhere", begins=event.phase == "start")
            case GracePeriod() if event.phase in {"start", "end"}:
                name = f"{event.flavour} #{event.number}"
                self._either(
                    self.track(GRACE_PERIODS, event.flavour), event, name, begins=event.phase == "start"
                )
            case _:
                return False
        return True

    def finish(self) -> None:
        """What has not ended by the end of the run ends there."""
        for track in list(self._open):
            self._end(track, self.run.end, None)

    def _of_task(self, event: Event, what: str) -> Track:
        return self.track(TASKS, f"{event.task or event.actor} {what}")

    def _of_actor(self, event: Event) -> Track:
        return self.track(SERVICES, f"{event.actor} work")

    def _begin(self, track: Track, name: str, event: Event) -> None:
        self._open.setdefault(track, []).append(_Open(one_line(name), event))

    def _either(self, track: Track, event: Event, name: str, *, begins: bool) -> None:
        if begins:
            self._begin(track, name, event)
        else:
            self._end(track, event.seq, lambda other: other == one_line(name))

    def _replace(self, track: Track, name: str, event: Event) -> None:
        """What went on ends; "" is nothing."""
        self._end(track, event.seq, None)
        if name:
            self._begin(track, name, event)

    def _end(self, track: Track, at: int, wanted: Callable[[str], bool] | None) -> None:
        """End the latest slice of that name with all that began inside of it; every one without a name to look for."""
        stack = self._open.get(track, [])
        down = 0
        if wanted is not None:
            down = next(
                (index for index in reversed(range(len(stack))) if wanted(stack[index].name)), len(stack)
            )
        for one in reversed(stack[down:]):
            self.slices.append(Slice(track, one.event.seq, at, one.name, one.event))
        del stack[down:]


def _arrows(run: Recorded) -> Iterator[Arrow]:
    writes: dict[int, int] = {}
    sent: set[int] = set()
    for event in run.events:
        match event:
            case Send():
                sent.add(event.seq)
            case Receive() if event.cause in sent:
                yield Arrow(event.cause, event.seq, "message")
            case Store() | Early():
                writes.setdefault(event.order, event.seq)
            case Fetch() if event.order < event.newest and event.newest in writes:
                yield Arrow(writes[event.newest], event.seq, "not seen")
            case _:
                """Nothing leads from here to there."""
