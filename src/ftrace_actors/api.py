"""The laboratory as a library: load a scenario, make runs of it, look at their events and findings.

```
from ftrace_actors import load, run

world = load("scenarios/teardown-no-wait-w2.toml")
made = run(world, 1)
for finding in made.findings:
    print(finding.invariant, finding.window, finding.message)
```

Run `number` of `seed` is the same run here, on the command line and in a test, under either driver. `run` starts an
event loop for itself, in which each actor is a trio task; inside a trio program, `await run_trio` makes them tasks of
the loop that is running. `sample` and `replay` have such a twin too. What goes wrong is an `InputError` (the caller's:
a file, a name, an argument), a `ReplayDiverged`, or a `ModelError` (ours). What a run finds is never an exception.

Everything here is importable from `ftrace_actors` itself, and loaded when it is first asked for. docs/python.md has a
session with each.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from . import scenario
from .actors import Pick
from .actors.drivers.names import driver_of
from .actors.drivers.trio_driver import own_loop, require_no_loop
from .checks import Finding, ranked
from .errors import InputError, ModelError, ReplayDiverged
from .events import Event
from .explore import DEFAULT, Driver, Origin, Profile, make_chooser
from .explore import replay as replays
from .explore.arguments import integer_of, seed_of, strategy_of
from .explore.chunk import profile_of, shares_for
from .explore.evidence import shorten, target_for
from .explore.judge import headline, is_expected_failure
from .explore.numbered import Draw, numbered
from .explore.proposals import drive, drive_async
from .inspect import make_header, render, write_log
from .inspect.live import Live
from .kernel.designs import DESIGNS, DesignFile, with_own
from .reading import read_text
from .result import Expect, RunResult
from .scenario.designs import design_of_recording, put_design
from .words import Verdict

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger
    from trio import Nursery

    from .actors import Chooser

__all__ = [
    "Driver",
    "Event",
    "Expect",
    "Finding",
    "InputError",
    "ModelError",
    "Pick",
    "ReplayDiverged",
    "Replayed",
    "Run",
    "RunResult",
    "World",
    "load",
    "loads",
    "replay",
    "replay_trio",
    "run",
    "run_trio",
    "sample",
    "sample_trio",
]


class World:
    """A scenario that was built: every run of it starts from the same state. Made by `load` and `loads`.

    Attributes:
        built: the same for the floors below: its image, its checks.
        path: what messages call the scenario.
        overrides: what replaces values of it, by key path.
    """

    def __init__(self, text: str, path: str, overrides: Mapping[str, str], own: DesignFile | None) -> None:
        designs = with_own(own, DESIGNS)
        self.built = scenario.build(scenario.loads(text, path, overrides, designs))
        self.path = path
        self.overrides = dict(sorted(overrides.items()))
        self._own = own

    def __repr__(self) -> str:
        return f"<World {self.name} of {self.path}>"

    @property
    def name(self) -> str:
        """The name of the scenario: that of its file, without the ending."""
        return self.built.scenario.name

    @property
    def design(self) -> str:
        """The name of the design that patches text in it."""
        return self.built.scenario.spec.design.name

    @property
    def expect(self) -> Expect:
        """What the scenario says must come out."""
        return self.built.expect

    @cached_property
    def _profile(self) -> Profile:
        return profile_of(self.built)

    def _chooser(self, strategy: str, seed: int, number: int) -> Chooser:
        profile = self._profile
        shares = shares_for(self.built, profile, strategy, seed, number)
        return make_chooser(strategy, seed, number, profile, shares)

    def _origin(self, strategy: str, seed: int, number: int) -> Origin:
        part = None if self._own is None else replays.DesignPart.of(self._own)
        text = self.built.scenario.text
        return Origin(self.name, self.path, text, self.overrides, strategy, seed, number, part)


@dataclass(frozen=True, slots=True)
class Run:
    """One run, over, and where it came from.

    Attributes:
        world: what it was a run of.
        seed, number, strategy: which one; of a run that was shrunk, which one it was before.
        result: everything else that is known of it.
        shrunk_from: its non-zero choices before it was shrunk, None when it was not.
    """

    world: World
    seed: int
    number: int
    strategy: str
    result: RunResult
    shrunk_from: int | None = None

    @property
    def verdict(self) -> str:
        """One of "holds", "violated", "unpredictable", "deadlock" and "livelock"."""
        return self.result.verdict

    @property
    def ok(self) -> bool:
        """Whether it holds, or fails as the scenario says it must."""
        return self.verdict == Verdict.HOLDS or is_expected_failure(self.world.expect, self.result)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What broke: wrong deeds before the broken promises that let them happen, what is unpredictable last."""
        return tuple(ranked(self.result.findings))

    @property
    def finding(self) -> Finding | None:
        """The one to point at: what the scenario expects to break, else the first of `findings`."""
        return headline(self.world.expect, self.result.findings)

    @property
    def events(self) -> tuple[Event, ...]:
        """All that happened, in order; empty when the run was made with `record=False`."""
        return self.result.events

    def timeline(self, width: int = 100) -> str:
        """The run in lanes, one for each CPU, and why each finding is one; no line is wider than `width`.

        The run must be recorded.
        """
        self._require_events("a timeline shows its events")
        image = self.world.built.image
        return render(self.events, self.findings, image.symbols, width, image.watched)

    def shrunk(self) -> Run:
        """The shortest run found that fails alike, recorded. Its runs are made by the bare driver.

        Raises `InputError` for a run that holds.
        """
        if self.verdict == Verdict.HOLDS:
            raise InputError("run", "", "holds; only a run that fails can be shrunk")
        built = self.world.built
        target = target_for(self.world.expect, self.verdict, self.result.findings)
        shortest = shorten(
            f"{self.world.name}: run {self.number} of seed {self.seed}",
            self.result.picks,
            target,
            attempt=partial(built.run, driver="bare"),
            record=partial(built.run, driver="bare", record=True),
            same=target.met,
        )
        before = len(self.result.picks) if self.shrunk_from is None else self.shrunk_from
        return replace(self, result=shortest.result, shrunk_from=before)

    def save(self, path: Path | str) -> Path:
        """Write a replay file, for `replay` and the command of that name. The run must be recorded.

        Raises `InputError`, also when the file cannot be written; its directory is made.
        """
        self._require_events("a replay file has the digest of its events")
        origin = self.world._origin(self.strategy, self.seed, self.number)
        recording = replays.make(origin, self.result, self.finding, self.shrunk_from)
        return _written(path, partial(replays.save, Path(path), recording))

    def write_log(self, path: Path | str) -> Path:
        """Write the events, for the commands `log` and `check`. The run must be recorded; raises as `save` does."""
        self._require_events("a log is its events")
        built = self.world.built
        header = make_header(built, self.result, seed=self.seed, run=self.number, strategy=self.strategy)
        return _written(path, partial(write_log, Path(path), header, self.events, built.image.symbols))

    def _require_events(self, why: str) -> None:
        if not self.events:
            raise InputError("run", "", f"was made with record=False; {why}")


def _written(path: Path | str, write: Callable[[], object]) -> Path:
    try:
        write()
    except OSError as error:
        raise InputError(str(path), "", f"cannot be written: {error.strerror or error}") from None
    return Path(path)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recorded run, made once more. `same`: it is still the run that was recorded."""

    run: Run
    same: bool


def load(
    path: Path | str, overrides: Mapping[str, str] | None = None, *, design: Path | str | None = None
) -> World:
    """Read a scenario file and build its world.

    `overrides` replace values by key path, as ``--set`` does: ``{"machine.cpus": "4"}``. `design` is the name of a
    shipped one or a Python file with one of your own, which is executed. Raises `InputError`.
    """
    return loads(read_text(Path(path)), overrides, path=str(path), design=design)


def loads(
    text: str,
    overrides: Mapping[str, str] | None = None,
    *,
    path: str = "<text>",
    design: Path | str | None = None,
) -> World:
    """As `load`, from text; `path` is what messages call it."""
    chosen, own = dict(overrides or {}), None
    if design is not None:
        chosen, own = put_design(str(design), chosen, "design=")
    return World(text, path, chosen, own)


def run(
    world: World,
    number: int = 0,
    *,
    seed: int = 0,
    strategy: str = DEFAULT,
    driver: Driver = "trio",
    record: bool = True,
    log: FilteringBoundLogger | None = None,
) -> Run:
    """Make one numbered run. Under "trio" it has an event loop of its own; "bare" is a plain loop, and faster.

    `record` keeps the events. `log` gets each of them as it happens, in an entry called as its kind. Raises
    `InputError` inside a running event loop, unless the driver is the bare one.
    """
    _check_named("run()", number, seed, strategy)
    if driver_of("run()", driver, "driver") == "trio":
        require_no_loop("run()", 'use `await run_trio(...)` under trio, or driver="bare"')
        make = partial(run_trio, world, number, seed=seed, strategy=strategy, record=record, log=log)
        return own_loop(make)
    watchers = _watchers(world, number, seed, strategy, log)
    chooser = world._chooser(strategy, seed, number)
    result = world.built.run(chooser, driver=driver, record=record, watchers=watchers)
    return Run(world, seed, number, strategy, result)


async def run_trio(
    world: World,
    number: int = 0,
    *,
    seed: int = 0,
    strategy: str = DEFAULT,
    record: bool = True,
    log: FilteringBoundLogger | None = None,
    nursery: Nursery | None = None,
) -> Run:
    """As `run`, inside a trio program: many runs can share one event loop, one after the other or side by side.

    The actors are tasks below `nursery` when one is given. Cancelling it ends the run, which then raises
    `ftrace_actors.actors.RunCancelled`.
    """
    _check_named("run_trio()", number, seed, strategy)
    watchers = _watchers(world, number, seed, strategy, log)
    chooser = world._chooser(strategy, seed, number)
    result = await world.built.run_trio(chooser, record=record, watchers=watchers, nursery=nursery)
    return Run(world, seed, number, strategy, result)


def sample(
    world: World,
    runs: int = 1000,
    *,
    seed: int = 0,
    strategy: str = DEFAULT,
    driver: Driver = "trio",
    until: Callable[[Run], bool] = lambda _: False,
) -> list[Run]:
    """Runs 0 up to `runs`, unrecorded, and no further than the first that `until` says yes to.

    Under "trio" all share one event loop. For campaigns over all cores there is the command line.
    """
    proposals = _sampling("sample()", world, runs, seed, strategy, until)
    if driver_of("sample()", driver, "driver") == "trio":
        require_no_loop("sample()", 'use `await sample_trio(...)` under trio, or driver="bare"')
        return own_loop(partial(drive_async, proposals, lambda draw: world.built.run_trio(draw.chooser())))
    return drive(proposals, lambda draw: world.built.run(draw.chooser(), driver="bare"))


async def sample_trio(
    world: World,
    runs: int = 1000,
    *,
    seed: int = 0,
    strategy: str = DEFAULT,
    until: Callable[[Run], bool] = lambda _: False,
) -> list[Run]:
    """As `sample`, inside a trio program: one run after the other in the event loop that is running."""
    proposals = _sampling("sample_trio()", world, runs, seed, strategy, until)
    return await drive_async(proposals, lambda draw: world.built.run_trio(draw.chooser()))


def _sampling(
    call: str, world: World, runs: int, seed: int, strategy: str, until: Callable[[Run], bool]
) -> Generator[Draw, RunResult, list[Run]]:
    """Proposes what `sample` makes.  Raises `InputError` at once, of `call`, for what names no runs."""
    integer_of(call, runs, "a number of runs", 0, "runs")
    _check_named(call, 0, seed, strategy)

    made: list[Run] = []

    def enough(result: RunResult) -> bool:
        made.append(Run(world, seed, len(made), strategy, result))
        return until(made[-1])

    def proposals() -> Generator[Draw, RunResult, list[Run]]:
        yield from numbered(strategy, seed, runs, world._profile, enough)
        return made

    return proposals()


def replay(path: Path | str, *, design: Path | str | None = None, driver: Driver = "trio") -> Replayed:
    """Make the run in a replay file once more. `design`: the file of a design of your own that it was recorded with.

    Raises `InputError` for a file that cannot be used, and `ReplayDiverged` where the recorded choices do not fit.
    """
    if driver_of("replay()", driver, "driver") == "trio":
        require_no_loop("replay()", 'use `await replay_trio(...)` under trio, or driver="bare"')
    recording, world = _recorded(path, design)
    result = world.built.run(recording.chooser(), driver=driver, record=True)
    return _replayed(recording, world, result)


async def replay_trio(
    path: Path | str, *, design: Path | str | None = None, nursery: Nursery | None = None
) -> Replayed:
    """As `replay`, inside a trio program; `nursery` is as for `run_trio`."""
    recording, world = _recorded(path, design)
    result = await world.built.run_trio(recording.chooser(), record=True, nursery=nursery)
    return _replayed(recording, world, result)


def _recorded(path: Path | str, design: Path | str | None) -> tuple[replays.Recording, World]:
    """A replay file, and the world it is of."""
    recording = replays.load(Path(path))
    part = recording.scenario
    given = None if design is None else str(design)
    own = design_of_recording(str(path), part.design, part.overrides, given, "design=")
    return recording, World(part.text, part.path, part.overrides, own)


def _replayed(recording: replays.Recording, world: World, result: RunResult) -> Replayed:
    again = Run(world, recording.seed, recording.run, recording.strategy, result, recording.shrunk_from)
    return Replayed(again, recording.matches(result))


def _check_named(call: str, number: int, seed: int, strategy: str) -> None:
    """Raise `InputError` for what names no run."""
    integer_of(call, number, "the number of a run", 0, "number")
    seed_of(call, seed, "seed")
    strategy_of(call, strategy, "strategy")


def _watchers(
    world: World, number: int, seed: int, strategy: str, log: FilteringBoundLogger | None
) -> tuple[Live, ...]:
    if log is None:
        return ()
    bound = log.bind(scenario=world.name, seed=seed, run=number, strategy=strategy, design=world.design)
    return (Live(bound, world.built.image.symbols),)
