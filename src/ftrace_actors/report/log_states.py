"""What a log alone says of the machine: states worked out from events, where there is no run to look at.

Fields that `machine` also has are called alike and say the same, as far as they go.  What is left out is what no event
tells: which words a CPU could fetch or load, its views, what a DSB has still to complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..events import (
    Early,
    Event,
    Fetch,
    GracePeriod,
    Load,
    Lock,
    Maintain,
    RecordDefined,
    RecordState,
    Store,
    Switch,
    TaskState,
    Window,
    WordDefined,
)
from ..inspect.phrases import Narrator
from .model import States
from .recording import Field, StateRecorder, runs_words

__all__ = ["NOTE", "states_of_log"]

NOTE: Final = (
    "Worked out from the log alone: memory, tasks, grace periods and what was fetched last. Which words a CPU could "
    "fetch, and its views, are not in a log; make the report from the replay file to see them."
)

_CODE: Final = 4
_UNKNOWN: Final = "not known: the log has no read of it yet"


def states_of_log(events: Sequence[Event], narrator: Narrator) -> States:
    """The states after each step of a log's run."""
    recorder = StateRecorder()
    state = _LogState(events, narrator)
    recorder.take(-1, dict(state.fields()))
    before: Event | None = None
    for event in events:
        if before is not None and event.step != before.step:
            recorder.take(before.seq, dict(state.fields()))
        state.see(event)
        before = event
    if before is not None:
        recorder.take(before.seq, dict(state.fields()))
    return recorder.states("log", NOTE)


class _LogState:
    """The state so far."""

    __slots__ = (
        "_fetched",
        "_grace",
        "_locks",
        "_memory",
        "_narrator",
        "_open",
        "_places",
        "_records",
        "_runs",
        "_tasks",
        "_windows",
    )

    def __init__(self, events: Sequence[Event], narrator: Narrator) -> None:
        self._narrator = narrator
        self._places = _places(events)
        self._memory: dict[int, tuple[int, str]] = {}
        for addr, order, text in self._initial(events):
            self._memory.setdefault(addr, (order, text))
        self._fetched: dict[tuple[int, int], str] = {}
        self._open: dict[int, dict[int, str]] = {}
        self._runs: dict[int, str] = {event.cpu: "idle" for event in events if event.cpu >= 0}
        self._tasks: dict[str, str] = {}
        self._windows: dict[str, str] = {}
        self._grace: dict[str, tuple[int, list[str]]] = {}
        self._locks: dict[str, str] = {}
        self._records: dict[str, str] = {}

    def _initial(self, events: Iterable[Event]) -> Iterator[tuple[int, int, str]]:
        """What was in memory at the beginning, where somebody read it: the message at 0."""
        for event in events:
            match event:
                case Fetch() if event.order == 0 and event.addr in self._places:
                    yield event.addr, 0, self._content(event.addr, event.word, 0)
                case Load() if event.order == 0 and event.addr in self._places:
                    yield event.addr, 0, self._content(event.addr, event.value, event.prov)
                case _:
                    """Not a read of the beginning."""

    def see(self, event: Event) -> None:
        """The next event."""
        match event:
            case Store() | Early() | Maintain() | Fetch():
                self._see_memory(event)
            case Switch():
                came = not event.prev  # and not: somebody leaves, and the next one has yet to come
                self._runs[event.cpu] = runs_words(event.next if came else "", event.next)
            case TaskState():
                if event.state == "running":
                    self._runs[event.cpu] = runs_words(event.who, "")
                where = f" on cpu{event.cpu}" if event.state == "running" else ""
                on = f" on {event.on}" if event.on else ""
                self._tasks[event.who] = f"{event.state}{where}{on}"
            case Window():
                self._windows[event.task] = event.window
            case GracePeriod():
                waiting = [] if event.phase == "end" else list(event.waiting)
                self._grace[event.flavour] = (event.number, waiting)
            case Lock() if event.state != "contended":
                self._locks[event.name] = f"held by {event.who}" if event.state == "acquired" else "free"
            case RecordState():
                state = "enabled" if event.enabled else "disabled"
                self._records[event.function] = f"{state}, count {event.count}"
            case _:
                """Nothing that is shown."""

    def _see_memory(self, event: Store | Early | Maintain | Fetch) -> None:
        early = self._open.setdefault(event.cpu, {})
        match event:
            case Fetch():
                if event.addr in self._places:
                    words = self._narrator.word(event.word, event.addr)
                    self._fetched[event.cpu, event.addr] = f"{words} @{event.order}"
            case Early():
                early[event.order] = f"{event.what} to {self._narrator.place(event.addr)} @{event.order}"
                if event.what == "store":
                    self._written(event.addr, event.order, event.value, 0)
            case Store():
                early.pop(event.order, None)
                self._written(event.addr, event.order, event.value, event.prov)
            case Maintain():
                early.pop(event.order, None)

    def _written(self, addr: int, order: int, value: int, prov: int) -> None:
        if addr in self._places and order > self._memory.get(addr, (-1, ""))[0]:
            self._memory[addr] = order, self._content(addr, value, prov)

    def _content(self, addr: int, value: int, prov: int) -> str:
        if self._places[addr] == _CODE:
            return self._narrator.word(value, addr)
        return self._narrator.pointer(value, prov)

    def fields(self) -> Iterator[tuple[Field, str]]:
        """Every field with its value."""
        for addr in self._places:
            order, words = self._memory.get(addr, (0, ""))
            yield ("memory", self._narrator.place(addr)), f"{words} @{order}" if words else _UNKNOWN
        for cpu, runs in sorted(self._runs.items()):
            yield (f"cpu{cpu}", "runs"), runs
            for (by, addr), words in self._fetched.items():
                if by == cpu:
                    yield (f"cpu{cpu}", f"fetched last, {self._narrator.place(addr)}"), words
            yield (f"cpu{cpu}", "early stores"), ", ".join(self._open.get(cpu, {}).values()) or "none"
        for task, state in self._tasks.items():
            window = self._windows.get(task)
            yield ("tasks", task), f"{state} in {window}" if window else state
        for flavour, (number, waiting) in self._grace.items():
            words = ", ".join(waiting)
            yield (
                ("grace periods", flavour),
                f"#{number} asked {words}" if words else f"#{number} has all reports",
            )
        yield from ((("locks", name), state) for name, state in self._locks.items())
        yield from ((("ftrace", f"record of {name}"), state) for name, state in self._records.items())


def _places(events: Iterable[Event]) -> dict[int, int]:
    """Words that lead a call to its ops -> how many bytes they have."""
    found: dict[int, int] = {}
    for event in events:
        match event:
            case RecordDefined():
                found[event.site] = _CODE
                if event.literal:
                    found[event.literal] = 8
            case WordDefined():
                found[event.addr] = 8
            case _:
                """Not a definition of a word."""
    return found
