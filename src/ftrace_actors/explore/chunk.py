"""A chunk of numbered runs of one scenario, and what is worth sending back about it.

This is what a worker process executes. It builds the world once, makes the scenario's dull run to learn its
profile, and keeps both for the next chunk. A chunk of a scenario that must break ends at its first expected
failure; everything else in it runs to its end. An interrupt is the campaign's business: it begins no other chunk.
"""

import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import trio

from ..actors.drivers.trio_driver import own_loop
from ..checks import Finding
from ..errors import InputError, RunFailed
from ..result import Expect, RunResult
from ..words import Verdict
from .collection import collecting_rarely
from .judge import ends_campaign, is_expected_failure
from .model import Driver, Loader, World
from .numbered import Draw, numbered, profiling
from .portfolio import Tallies
from .proposals import Proposals, drive, drive_async
from .rows import encode
from .sampled import Sampled
from .shard import WHOLE, Shard
from .strategies import AUTO, DEFAULT, PCT, PCT_NAME, Profile, is_independent, make_chooser, maker_of
from .strategies.auto import FIRST, Shares, boundary, member_of

__all__ = [
    "ChunkReport",
    "Failure",
    "Plan",
    "RunFailed",
    "Sighting",
    "prepare",
    "profile_of",
    "run_chunk",
    "run_chunk_here",
    "shares_for",
]

_WORLDS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """One campaign: a scenario and how to run it. Everything a worker needs, and picklable.

    Attributes:
        name, path, text: the scenario.
        overrides: ``--set`` pairs.
        loader: builds the world from them.
        strategy, seed: see `strategies`.
        runs: how many there are; numbered from 0.
        driver: ``bare`` or ``trio``.
        fail_fast: end at the first failure, also where ``holds`` is expected.
        allow_vacuous: a campaign that shows nothing at all may be ok.
        shares: those of the members of `auto`, for the runs of one chunk.
        shard: which of the runs are made; a chunk is a range of positions in it.
        rows: also send back the result of each run, as a line of JSON.
    """

    name: str
    path: str
    text: str
    loader: Loader
    overrides: Mapping[str, str] = field(default_factory=dict)
    strategy: str = DEFAULT
    seed: int = 0
    runs: int = 1000
    driver: Driver = field(kw_only=True)
    fail_fast: bool = False
    allow_vacuous: bool = False
    shares: Shares = FIRST
    shard: Shard = WHOLE
    rows: bool = False

    @property
    def positions(self) -> int:
        """How many runs are made."""
        return self.shard.positions(self.runs)


@dataclass(frozen=True, slots=True)
class Failure:
    """A run whose verdict is not ``holds``: its number, and what it came to, without events."""

    run: int
    result: RunResult


@dataclass(frozen=True, slots=True)
class Sighting:
    """The first run in which something broke, and what it was."""

    run: int
    verdict: str
    finding: Finding


@dataclass(slots=True)
class ChunkReport:
    """The runs at positions `start` up to, not including, `start + runs`, summed up.

    Attributes:
        verdicts: how many runs had each.
        seen: how many runs witnessed each `sometimes` property.
        broken: how many runs broke (invariant, window, severity).
        sighted: the first run of each of these, in the order of the runs.
        first: the lowest-numbered failure of each verdict.
        expected: the lowest-numbered expected failure.
        independent: how many runs were independent draws of one strategy.
        sampled: what says how much was looked at.
        tallies: what each member of `auto` showed, and at which cost.
        over: its last run ends the campaign (`judge.ends_campaign`).
        rows: a line for each run, where the plan asks for that; merging leaves them out.
    """

    start: int
    runs: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    broken: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    sighted: dict[tuple[str, str, str], Sighting] = field(default_factory=dict)
    first: dict[str, Failure] = field(default_factory=dict)
    expected: Failure | None = None
    steps: int = 0
    instructions: int = 0
    independent: int = 0
    sampled: Sampled = field(default_factory=Sampled)
    tallies: Tallies = field(default_factory=Tallies)
    over: bool = False
    rows: list[bytes] = field(default_factory=list)

    def add(self, run: int, result: RunResult, plan: Plan, expect: Expect) -> None:
        """Count one more run, the next one, of `plan`."""
        expected = is_expected_failure(expect, result)
        self.over = ends_campaign(expect, result, expected=expected, fail_fast=plan.fail_fast)
        self.runs += 1
        if plan.rows:
            self.rows.append(encode(run, result))
        self.verdicts[result.verdict] += 1
        self.seen.update(result.seen)
        self.steps += result.steps
        self.instructions += result.instructions
        independent = is_independent(plan.strategy, run)
        maker = maker_of(plan.strategy, plan.seed, run, plan.shares)
        self.independent += independent
        self.sampled.add(run, maker, result, independent=independent)
        if maker == PCT_NAME:
            # The chooser once more: what it drew must be known of runs too of which only results were kept.
            profile = prepare(plan)[1]
            chooser = make_chooser(plan.strategy, plan.seed, run, profile, plan.shares)
            assert isinstance(chooser, PCT)
            self.sampled.pct.add(chooser, len(profile.steps), result)
        if plan.strategy == AUTO:
            self.tallies.add(member_of(plan.seed, run, plan.shares), result)
        if result.verdict == Verdict.HOLDS:
            return
        for found in result.findings:
            self.sighted.setdefault(_kind(found), Sighting(run, result.verdict, found))
        self.broken.update({_kind(found) for found in result.findings})
        failure = Failure(run, result)
        self.first.setdefault(result.verdict, failure)
        if expected and self.expected is None:
            self.expected = failure

    def merge(self, later: "ChunkReport") -> None:
        """Add a chunk of higher-numbered runs."""
        self.runs += later.runs
        self.verdicts += later.verdicts
        self.seen += later.seen
        self.broken += later.broken
        for kind, sighting in later.sighted.items():
            self.sighted.setdefault(kind, sighting)
        for verdict, failure in later.first.items():
            self.first.setdefault(verdict, failure)
        self.expected = self.expected or later.expected
        self.steps += later.steps
        self.instructions += later.instructions
        self.independent += later.independent
        self.sampled.merge(later.sampled)
        self.tallies.merge(later.tallies)
        self.over |= later.over


def _kind(finding: Finding) -> tuple[str, str, str]:
    return finding.invariant, finding.window or "", finding.severity


_worlds: dict[tuple[Loader, str, str, tuple[tuple[str, str], ...]], tuple[World, Profile]] = {}


def prepare(plan: Plan) -> tuple[World, Profile]:
    """The world of a plan and its profile, from the cache when this process made them before."""
    key = (plan.loader, plan.path, plan.text, tuple(sorted(plan.overrides.items())))
    if key not in _worlds:
        world = plan.loader(plan.text, plan.path, plan.overrides)
        while len(_worlds) >= _WORLDS_KEPT:
            del _worlds[next(iter(_worlds))]
        _worlds[key] = world, profile_of(world)
    return _worlds[key]


def profile_of(world: World) -> Profile:
    """What strategies may know of it: facts of its dull run, and of two in which all actors are late but the busiest.

    The bare driver makes them, since they may be asked for inside an event loop; under the other one they are the same.
    """
    return drive(profiling(), lambda profiler: world.run(profiler, driver="bare").schedule_choices)


def shares_for(
    world: World,
    profile: Profile,
    strategy: str,
    seed: int,
    run: int,
    made: Callable[[int, int], None] = lambda done, of: None,
) -> Shares:
    """The shares with which a run is made; those before it are made once more, by the bare driver, where they count.

    It takes as long as up to `run` runs do, and nothing before run 64 or with a strategy that does not learn.
    `made` hears how many of how many are done.
    """
    total = boundary(run) if strategy == AUTO else 0

    def make(draw: Draw) -> RunResult:
        result = world.run(draw.chooser(), driver="bare")
        made(draw.run + 1, total)
        return result

    return drive(numbered(strategy, seed, total, profile), make)


def run_chunk(plan: Plan, start: int, stop: int) -> ChunkReport:
    """The runs at positions `start` up to, not including, `stop`; under trio all of them in one event loop.

    Raises an `InputError` for a scenario that cannot be built, and `RunFailed` when a run raises.
    """
    report = ChunkReport(start)
    numbers = _Numbers(plan.shard, start, stop)
    with _naming(plan, numbers):
        world, profile = prepare(plan)
        proposals = _sampled(plan, world, profile, numbers, report)
        if plan.driver == "trio":
            own_loop(partial(drive_async, proposals, world.run_trio))
        else:
            drive(proposals, partial(world.run, driver="bare"))
    return report


async def run_chunk_here(plan: Plan, start: int, stop: int) -> ChunkReport:
    """`run_chunk` under the trio driver within the caller's own event loop, whose cancellation ends it."""
    report = ChunkReport(start)
    numbers = _Numbers(plan.shard, start, stop)
    with _naming(plan, numbers):
        # In a thread, because building takes long.
        world, profile = await trio.to_thread.run_sync(prepare, plan)
        await drive_async(_sampled(plan, world, profile, numbers, report), world.run_trio)
    return report


@contextmanager
def _naming(plan: Plan, numbers: "_Numbers") -> Iterator[None]:
    """What a run raises becomes a `RunFailed` that names the run."""
    try:
        with collecting_rarely():
            yield
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001  # boundary: our bug must cross processes as text
        where = f"{plan.name}: run {numbers.current} of seed {plan.seed} ({plan.strategy}) failed: "
        raise RunFailed(where + (str(error) or type(error).__name__), traceback.format_exc()) from None


class _Numbers:
    """The numbers of the runs, remembering which one is being made."""

    def __init__(self, shard: Shard, start: int, stop: int) -> None:
        self.current = shard.number(start)
        self._numbers = [shard.number(position) for position in range(start, stop)]

    def __iter__(self) -> Iterator[int]:
        for number in self._numbers:
            self.current = number
            yield number


def _sampled(
    plan: Plan, world: World, profile: Profile, numbers: _Numbers, report: ChunkReport
) -> Proposals[RunResult, None]:
    """The runs of a chunk, until the campaign is over.

    Nothing is learned here: run i of seed s is the same in whichever chunk and process it is made.
    """
    for number in numbers:
        result = yield make_chooser(plan.strategy, plan.seed, number, profile, plan.shares)
        report.add(number, result, plan, world.expect)
        if report.over:
            return
