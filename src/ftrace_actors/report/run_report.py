"""A run, put together for a report: its events in words, and what is drawn next to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..checks import Finding
from ..events import (
    Alloc,
    Early,
    Event,
    Fetch,
    Free,
    Load,
    OpsDefined,
    Receive,
    RecordDefined,
    Store,
    TaskState,
    Window,
    WordDefined,
)
from ..events.ftrace_ops import with_fields
from ..inspect.focus import ACROSS, focus
from ..inspect.lanes import shown_proof
from ..inspect.naming import EventName, Plain
from ..inspect.phrases import Narrator
from ..inspect.symbols import Symbols
from .lifetimes import PHASES, lifetimes
from .model import Arrow, Band, Chapter, Column, Fact, Found, Race, RunReport, ShownEvent, States

__all__ = ["RunMaterial", "run_report"]

WORLD = (Alloc, OpsDefined, RecordDefined, WordDefined)
"""What there is from the beginning; shown only where it comes later."""


@dataclass(frozen=True, slots=True)
class RunMaterial:
    """What a report of a run is made of.

    Attributes:
        title, verdict, ok, facts: the head.  `ok`: as expected.
        events, findings: of the run, the finding that it is about first.
        hang: who waits for whom, "" where the run came to its end.
        story: why it fails, as `why` says it of events alone.
        race: the conflicting events and what is missing, None where nothing broke.
        lanes: the run as `replay` prints it.
    """

    title: str
    verdict: str
    ok: bool
    facts: tuple[Fact, ...]
    events: Sequence[Event]
    findings: Sequence[Finding]
    hang: str
    race: Race | None
    story: tuple[Chapter, ...]
    states: States
    lanes: str
    narrator: Narrator
    symbols: Symbols


def run_report(run: RunMaterial) -> RunReport:
    """The report of a run."""
    events = run.events
    proof = shown_proof(events, run.findings, run.narrator)
    return RunReport(
        title=run.title,
        verdict=run.verdict,
        ok=run.ok,
        facts=run.facts,
        findings=tuple(_found(finding, run.narrator) for finding in run.findings),
        hang=run.hang,
        race=run.race,
        story=run.story,
        columns=tuple(_columns(events)),
        events=tuple(_Shown(run, proof).events()),
        arrows=tuple(_arrows(events)),
        bands=tuple(_bands(events)),
        bars=lifetimes(events),
        states=run.states,
        lanes=run.lanes,
        phases=PHASES,
    )


def _found(finding: Finding, narrator: Narrator) -> Found:
    where = f" in {finding.window}" if finding.window else ""
    message = with_fields(finding.message, narrator.ops_names)
    return Found(f"{finding.invariant} ({finding.severity}{where})", message, tuple(finding.events))


# -- events -------------------------------------------------------------------------------------------------------


class _Shown:
    """Events in words and with their marks."""

    __slots__ = ("_focus", "_plain", "_proof", "_race", "_run", "_written")

    def __init__(self, run: RunMaterial, proof: set[int]) -> None:
        self._run = run
        self._proof = proof
        self._focus = {event.seq for event in focus(run.events, proof, run.narrator)}
        self._race = set() if run.race is None else {run.race.late, run.race.other}
        self._plain = Plain(run.symbols)
        self._written: dict[tuple[int, int], str] = {}
        for event in run.events:
            if isinstance(event, (Store, Early)):
                self._written[event.addr, event.order] = run.narrator.phrase(event)[0]

    def events(self) -> Iterator[ShownEvent]:
        """All of them, but what the world consists of from the beginning."""
        for event in self._run.events:
            name = self._name(event)
            if not isinstance(event, WORLD) or event.step:
                yield self._shown(event, name)

    def _name(self, event: Event) -> str:
        """Each event is named, shown or not: names count."""
        plain = self._plain(event)
        place = str(plain.get("symbol") or plain.get("addr") or "")
        return str(
            EventName(event.actor, plain["kind"], "" if place == "0x0" else place, plain["occurrence"])
        )

    def _shown(self, event: Event, name: str) -> ShownEvent:
        text, remark = self._run.narrator.phrase(event)
        marks, note = self._marks(event, remark)
        return ShownEvent(
            seq=event.seq,
            step=event.step,
            actor=event.actor,
            kind=str(event.__struct_config__.tag),
            name=name,
            text=text,
            cpu=event.cpu,
            task=event.task,
            remark=remark,
            cause=event.cause,
            focus=event.seq in self._focus,
            across=event.cpu < 0 or isinstance(event, ACROSS),
            marks=marks,
            note=note,
        )

    def _marks(self, event: Event, remark: str) -> tuple[tuple[str, ...], str]:
        marks, note = [], ""
        if event.seq in self._proof:
            marks.append("proof")
        if event.seq in self._race:
            marks.append("race")
        if isinstance(event, Fetch) and event.order < event.newest:
            marks.append("stale")
            note = f"memory holds {self._newest(event)} @{event.newest}"
        elif isinstance(event, Load) and remark.startswith("(old"):
            marks.append("stale")
            note = "a patch overwrites it"
        if isinstance(event, Free):
            marks.append("free")
        return tuple(marks), note

    def _newest(self, event: Fetch) -> str:
        """The word that memory held, in few words."""
        text = self._written.get((event.addr, event.newest), "a newer word")
        return text.removeprefix("str ").partition(" -> ")[0]


# -- what is drawn ------------------------------------------------------------------------------------------------


def _columns(events: Iterable[Event]) -> Iterator[Column]:
    """CPUs by number, then services as they first act, then tasks as they first run."""
    cpus: set[int] = set()
    services: dict[str, None] = {}
    tasks: dict[str, None] = {}
    for event in events:
        if isinstance(event, WORLD):
            continue
        if event.cpu >= 0:
            cpus.add(event.cpu)
        elif event.actor:
            services[event.actor] = None
        if isinstance(event, TaskState):
            tasks[event.who] = None
    yield from (Column(f"cpu{cpu}", "cpu") for cpu in sorted(cpus))
    yield from (Column(name, "service") for name in services)
    yield from (Column(name, "task") for name in tasks)


def _arrows(events: Iterable[Event]) -> Iterator[Arrow]:
    """A message each: what is received names the event that sent it."""
    for event in events:
        if isinstance(event, Receive) and event.cause >= 0:
            yield Arrow(event.cause, event.seq, event.message)


def _bands(events: Iterable[Event]) -> Iterator[Band]:
    """Windows, and when each task runs."""
    opened: dict[tuple[str, str], tuple[str, int]] = {}
    for event in events:
        match event:
            case Window():
                lane, what = (event.task, "window"), event.window
            case TaskState():
                lane, what = (event.who, "state"), "" if event.state == "dead" else event.state
            case _:
                continue
        before = opened.pop(lane, None)
        if before is not None:
            yield Band(lane[0], before[0], before[1], event.seq)
        if what:
            opened[lane] = what, event.seq
    yield from (Band(task, what, begin) for (task, _), (what, begin) in opened.items())
