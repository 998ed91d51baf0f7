"""A scenario built once, and the verdict of one run of it.

A run is a pure function of the scenario and its choices: same choices, same events, under either driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..actors.drivers.names import Driver, driver_of
from ..actors.drivers.trio_driver import own_loop, require_no_loop
from ..checks import Behaviour, Ending, Settings, settle, substance
from ..events.encoding import digest
from ..kernel.build import BuildError, Image, build_image
from ..result import Expect, RunResult
from ..words import hang_of
from .hangs import hang_words
from .model import Scenario, ScenarioError
from .overriding import blamed
from .run import Run, Watcher
from .steps import require_steps

if TYPE_CHECKING:
    from trio import Nursery

    from ..actors import Chooser, RunOutcome

__all__ = ["World", "build", "ending_of"]


def build(scenario: Scenario) -> World:
    """Assemble and place everything a scenario needs.  Raises ScenarioError, and DesignError for a user's design."""
    try:
        image = build_image(scenario.spec)
    except BuildError as error:
        raise blamed(ScenarioError(scenario.path, error.where, str(error)), scenario.overrides) from None
    try:
        require_steps(scenario.path, image)
    except ScenarioError as error:
        raise blamed(error, scenario.overrides) from None
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
        self,
        chooser: Chooser,
        *,
        driver: Driver = "trio",
        record: bool = False,
        watchers: Sequence[Watcher] = (),
    ) -> RunResult:
        """One run; under "trio" with an event loop of its own, under "bare" stepped in a plain loop, which is faster.

        Raises DesignError for a user's design, and InputError for another name or "trio" inside a running event loop.
        """
        if driver_of("world.run()", driver, "driver") == "trio":
            require_no_loop("world.run()", "use `await world.run_trio(...)` under trio, or the bare driver")
            return own_loop(partial(self.run_trio, chooser, record=record, watchers=watchers))
        attempt = _Attempt(self, chooser, record, watchers)
        return attempt.result(attempt.run.bare())

    async def run_trio(
        self,
        chooser: Chooser,
        *,
        record: bool = False,
        watchers: Sequence[Watcher] = (),
        nursery: Nursery | None = None,
    ) -> RunResult:
        """One run inside a trio program that is running already: many runs can share one event loop.

        The actors are tasks below `nursery` when one is given.  Cancelling it ends the run, which then raises
        RunCancelled.
        """
        attempt = _Attempt(self, chooser, record, watchers)
        return attempt.result(await attempt.run.trio(nursery))


class _Attempt:
    """A run with the checks that decide a verdict."""

    def __init__(self, world: World, chooser: Chooser, record: bool, watchers: Sequence[Watcher]) -> None:
        settings = world.settings
        self.sometimes = settings.sometimes(world.sometimes)
        self.behaviour = Behaviour()
        checks = [*settings.checks(), self.sometimes, self.behaviour]
        self.image = world.image
        self.run = Run(world.image, chooser, checks=checks, watchers=watchers, record=record)

    def result(self, outcome: RunOutcome) -> RunResult:
        """Judge the run by what was found and how it ended."""
        run = self.run
        ending = ending_of(outcome)
        verdict, findings = settle(run.checker.finish(), ending)
        events = tuple(run.log.events or ())
        return RunResult(
            verdict=verdict,
            findings=findings,
            picks=run.tape.picks,
            positions=outcome.positions,
            schedule_choices=min(outcome.steps, outcome.positions),
            steps=outcome.steps,
            instructions=sum(cpu.pe.instructions for cpu in run.system.cpus),
            seen=frozenset(self.sometimes.seen),
            digest=digest(events) if events else "",
            events=events,
            wait_for=hang_words(outcome, run.system) if ending.hang else "",
            ending=ending,
            layout=self.image.layout,
            actors=tuple(actor.name for actor in run.system.conductor.actors) if events else (),
            behaviour=self.behaviour.digest(),
        )


def ending_of(outcome: RunOutcome) -> Ending:
    """How a run ended, in the form that checks take."""
    hang = hang_of(outcome.status)
    if hang is None:
        return Ending()
    culprits = outcome.cycle or tuple(busy.actor for busy in outcome.busy)
    return Ending(hang, outcome.render().partition("\n")[2], culprits)
