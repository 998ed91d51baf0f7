"""A scenario built once, and one run of it.

A run is a pure function of the scenario and its choices: same choices, same events, under either driver.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import trio

from ..actors import Status, Tape, run_bare
from ..actors.drivers.trio_driver import run_trio
from ..actors.errors import ActorError
from ..checks import Checker, Ending, Finding, Settings, settle, substance
from ..events import Event
from ..events.encoding import digest
from ..events.recorder import Recorder
from ..kernel.build import BuildError, Image, build_image
from ..kernel.designs import DesignError
from ..kernel.system import System
from .model import Expect, Scenario, ScenarioError
from .steps import require_steps

if TYPE_CHECKING:
    from ..actors import Chooser, Pick, RunOutcome

__all__ = ["RunResult", "World", "build"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run, over.

    Attributes:
        verdict: "holds", "violated", "deadlock", "livelock" or "unpredictable".
        findings: in the order they were found.
        picks: the non-zero choices.  positions: how many choices were asked.  schedule_choices: about who moves.
        steps: visible steps.  instructions: A64 instructions executed.
        seen: `sometimes` properties witnessed, of those the scenario asks for; and how quiescent states came about.
        digest: of the event log; "" unless recorded.  events: the log; empty unless recorded.
        wait_for: who waits for whom, for a deadlock, or who kept running, for a livelock.
        ending: what the verdict needs beyond the events.
    """

    verdict: str
    findings: tuple[Finding, ...]
    picks: tuple[Pick, ...]
    positions: int
    schedule_choices: int
    steps: int
    instructions: int
    seen: frozenset[str]
    digest: str
    events: tuple[Event, ...]
    wait_for: str
    ending: Ending


def build(scenario: Scenario) -> World:
    """Assemble and place everything a scenario needs.  Raises ScenarioError, and DesignError for a user's design."""
    try:
        image = build_image(scenario.spec)
    except BuildError as error:
        raise ScenarioError(scenario.path, error.where, str(error)) from None
    require_steps(scenario.path, image)
    return World(scenario, image)


class World:
    """A built scenario; every run starts from the same image."""

    def __init__(self, scenario: Scenario, image: Image) -> None:
        self.scenario = scenario
        self.image = image

    @property
    def expect(self) -> Expect:
        """What must come out."""
        return self.scenario.expect

    @property
    def sometimes(self) -> tuple[str, ...]:
        """What a campaign must have seen: what the scenario says, and what none may lack."""
        scenario = self.scenario
        return (*scenario.sometimes, *substance(ops=bool(scenario.spec.ops)))

    @property
    def settings(self) -> Settings:
        """What checks know of the world."""
        spec = self.image.spec
        options = spec.options
        return Settings(
            hazards=frozenset() if options.dic else self.image.hazards,
            idc=options.stores_reach_fetch,
            line=options.line,
            cpus=spec.cpus,
            routines=tuple(routine.name for routine in spec.routines),
            filters={ops.name: tuple(ops.functions) for ops in spec.ops},
        )

    def run(
        self, chooser: Chooser, *, driver: Literal["bare", "trio"] = "bare", record: bool = False
    ) -> RunResult:
        """One run; under "trio" with an event loop of its own."""
        if driver == "trio":
            return trio.run(self._under_trio, chooser, record)
        attempt = _Attempt(self, chooser, record)
        with blaming_the_design():
            return attempt.result(_essential(run_bare(attempt.system.conductor)))

    async def run_trio(self, chooser: Chooser, *, record: bool = False) -> RunResult:
        """One run inside a trio program that is running already."""
        return await self._under_trio(chooser, record)

    async def _under_trio(self, chooser: Chooser, record: bool) -> RunResult:
        attempt = _Attempt(self, chooser, record)
        with blaming_the_design():
            return attempt.result(_essential(await run_trio(attempt.system.conductor)))


class _Attempt:
    """What one run is made of."""

    def __init__(self, world: World, chooser: Chooser, record: bool) -> None:
        image = world.image
        settings = world.settings
        self.sometimes = settings.sometimes(world.sometimes)
        self.checker = Checker([*settings.checks(), self.sometimes])
        self.tape = Tape(chooser)
        self.log = Recorder(self.checker.feed, keep=record, wants=self.checker.wants)
        self.system = System(image, self.tape, self.log)

    def result(self, outcome: RunOutcome) -> RunResult:
        """Judge the run by what was found and how it ended."""
        ending = _ending(outcome)
        verdict, findings = settle(self.checker.finish(), ending)
        events = tuple(self.log.events or ())
        system = self.system
        return RunResult(
            verdict=verdict,
            findings=findings,
            picks=self.tape.picks,
            positions=outcome.positions,
            schedule_choices=min(outcome.steps, outcome.positions),
            steps=outcome.steps,
            instructions=sum(cpu.pe.instructions for cpu in system.cpus),
            seen=frozenset(self.sometimes.seen),
            digest=digest(events) if events else "",
            events=events,
            wait_for=outcome.render() if ending.hang else "",
            ending=ending,
        )


@contextmanager
def blaming_the_design() -> Iterator[None]:
    """A mistake in a user's design shows inside an actor, and comes out as itself."""
    try:
        yield
    except ActorError as group:
        for error in group.exceptions:
            if isinstance(error, DesignError):
                raise error from None
        raise


def _essential(outcome: RunOutcome) -> RunOutcome:
    """Without rows that only repeat others: locks nobody waits for, and CPUs spinning for a task that has a row."""
    wanted = {edge.target for edge in outcome.waits}
    tasks = {edge.waiter for edge in outcome.waits}
    waits = tuple(
        edge
        for edge in outcome.waits
        if not (edge.point == "held" and edge.waiter not in wanted)
        and not (edge.point == "spinning" and edge.target in tasks)
    )
    return replace(outcome, waits=waits)


def _ending(outcome: RunOutcome) -> Ending:
    hangs = {Status.DEADLOCK: "deadlock", Status.LIVELOCK: "livelock"}
    if outcome.status not in hangs:
        return Ending()
    culprits = outcome.cycle or tuple(busy.actor for busy in outcome.busy)
    return Ending(hangs[outcome.status], outcome.render().partition("\n")[2], culprits)
