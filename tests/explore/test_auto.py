"""The portfolio: who makes which run, what it learns, and that no way of making a run changes it."""

from collections import Counter
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from ftrace_actors.api import loads, sample
from ftrace_actors.explore import Plan, make_chooser, open_workers, run_campaign
from ftrace_actors.explore.chunk import ChunkReport, prepare, run_chunk, shares_for
from ftrace_actors.explore.portfolio import Learner, Tallies, learned
from ftrace_actors.explore.strategies import (
    PCT,
    POS,
    URW,
    Ahead,
    Near,
    Profile,
    RandomWalk,
    Stale,
    Turns,
    is_independent,
)
from ftrace_actors.explore.strategies.auto import (
    FIRST,
    MEMBERS,
    Shares,
    boundary,
    member_of,
    next_boundary,
    position,
)
from ftrace_actors.explore.workers import WorkersLost
from ftrace_actors.result import RunResult
from ftrace_actors.shipped import shipped
from ftrace_actors.words import Verdict
from tests.explore import toy

RUNS = 300
PLAN = Plan(
    "toy", "toy.toml", "verdicts = holds violated\nactors = 3\nrounds = 2\n", toy.load,
    strategy="auto", runs=RUNS, driver="bare",
)  # fmt: skip


def result(*seen: str, steps: int = 10) -> RunResult:
    return RunResult(Verdict.HOLDS, (), (), steps=steps, seen=frozenset(seen))


class TestWhoMakesARun:
    def test_the_first_runs_are_those_near_the_dull_one_and_those_of_the_best(self) -> None:
        first = [member_of(7, run) for run in range(32)]
        assert first[0] == "stale"
        assert first[1:21] == ["turns", "turns", "turns", "turns", "ahead"] * 4
        assert first[21:23] == ["turns", "turns"]
        assert first[23:] == ["dull", *["random"] * 8]
        assert {member_of(seed, 32) for seed in range(400)} == set(MEMBERS)

    @given(seed=st.integers(0, 2**64 - 1), run=st.integers(5, 10**9))
    def test_a_quarter_is_plain_random_and_no_other(self, seed: int, run: int) -> None:
        assert (member_of(seed, run) == "random") == (run % 32 >= 24) == is_independent("auto", run)

    def test_a_plain_run_is_the_run_of_that_number_of_random(self) -> None:
        world, profile = prepare(PLAN)
        for run in (24, 63, 125):
            ours, plain = (world.run(make_chooser(name, 5, run, profile)) for name in ("auto", "random"))
            assert ours.picks == plain.picks

    def test_the_fixed_one_is_the_portfolio_as_long_as_nothing_was_learned(self) -> None:
        world, profile = prepare(PLAN)
        for run in (0, 3, 30, 40, 63, 70, 200):
            ours, its = (world.run(make_chooser(name, 5, run, profile)) for name in ("auto", "auto-fixed"))
            assert ours.picks == its.picks
            assert is_independent("auto", run) == is_independent("auto-fixed", run)

    async def test_the_fixed_one_learns_nothing(self) -> None:
        """So run 299 is made alone as it is in the campaign, in which the other has learned four times by then."""
        made = await run_campaign(replace(PLAN, strategy="auto-fixed"), Recording())
        assert made.report.tallies == Tallies()
        world, profile = prepare(PLAN)
        assert shares_for(world, profile, "auto-fixed", PLAN.seed, RUNS - 1) == FIRST
        assert shares_for(world, profile, "auto", PLAN.seed, RUNS - 1) != FIRST

    def test_where_nobody_executes_anything_others_make_the_runs_of_those_that_look_for_code(self) -> None:
        """In a test of actors of its own `turns` and `ahead` would find nothing in the first 24 runs."""
        steps = ((("start", 0), ("load", "total"), ("store", "total")), ())
        made = [make_chooser("auto", 3, run, Profile(5, steps)) for run in range(32)]
        assert {type(each) for each in made[:23]} == {POS, PCT, URW, Near}
        assert {type(each) for each in made[24:]} == {RandomWalk}
        code = ((("start", 0), ("load", 0x1000), ("store", 0x1000)), ())
        made = [make_chooser("auto", 3, run, Profile(5, code)) for run in range(23)]
        assert {type(each) for each in made} == {Stale, Turns, Ahead}

    def test_members_come_in_proportion_to_their_shares(self) -> None:
        shares = Shares(tuple(2 if name == "turns" else 1 for name in MEMBERS))
        counts = Counter(member_of(1, run, shares) for run in range(4000) if run >= 32 and run % 32 < 24)
        assert set(counts) == set(MEMBERS)
        assert 1.6 < counts["turns"] / counts["pct"] < 2.5

    def test_each_of_the_first_strategies_counts_its_own_runs(self) -> None:
        for name in ("turns", "ahead"):
            numbers = [position(run) for run in range(24) if member_of(0, run) == name]
            assert numbers == list(range(len(numbers)))

    def test_positions_after_that_count_the_runs_that_are_not_plain(self) -> None:
        others = [run for run in range(32, 200) if member_of(0, run) != "random"]
        assert [position(run) for run in others] == list(range(24, 24 + len(others)))

    def test_shares_change_at_powers_of_two_from_64(self) -> None:
        assert [boundary(run) for run in (0, 63, 64, 127, 128, 1000)] == [0, 0, 64, 64, 128, 512]
        assert [next_boundary(run) for run in (0, 63, 64, 127, 128)] == [64, 64, 128, 128, 256]


class TestLearning:
    def test_a_member_that_alone_shows_something_gets_more(self) -> None:
        tallies = Tallies()
        for name in (*MEMBERS, "random"):
            for _ in range(10):
                tallies.add(name, result("common", *(["rare"] if name == "pos" else [])))
        after = dict(zip(MEMBERS, learned(tallies).of, strict=True))
        before = dict(zip(MEMBERS, FIRST.of, strict=True))
        assert after["pos"] > 1.5 * before["pos"]
        assert all(after[name] < before[name] for name in MEMBERS if name != "pos")

    def test_what_costs_more_gets_less(self) -> None:
        tallies = Tallies()
        for name in MEMBERS:
            tallies.add(name, result("common", steps=100 if name == "urw" else 10))
        factors = [after / before for after, before in zip(learned(tallies).of, FIRST.of, strict=True)]
        assert min(factors) == factors[MEMBERS.index("urw")] < 0.6

    def test_nobody_is_starved_or_takes_all(self) -> None:
        tallies = Tallies()
        for name in MEMBERS:
            tallies.add(name, result(*(["all"] if name == "near" else []), steps=1000))
        for after, before in zip(learned(tallies).of, FIRST.of, strict=True):
            assert before / 2 <= after <= before * 2

    def test_nothing_seen_teaches_nothing(self) -> None:
        tallies = Tallies()
        tallies.add("pct", result())
        assert learned(tallies) == learned(Tallies()) == FIRST

    def test_merged_tallies_are_those_of_all_runs(self) -> None:
        whole, first, second = Tallies(), Tallies(), Tallies()
        for i, name in enumerate(MEMBERS * 3):
            one = result(f"p{i % 4}", steps=i)
            whole.add(name, one)
            (first if i < 11 else second).add(name, one)
        first.merge(second)
        assert first == whole


class Recording:
    """Workers in this process that remember the shares of each chunk, and lose one chunk when asked to."""

    def __init__(self, jobs: int = 1, lost: int = -1) -> None:
        self.jobs = jobs
        self.lost = lost
        self.shares: dict[int, Shares] = {}
        self._places = trio.CapacityLimiter(jobs)

    def place(self) -> AbstractAsyncContextManager[object]:
        return self._places

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        for run in range(start, stop):
            self.shares[run] = plan.shares
        if start == self.lost:
            raise WorkersLost("a worker was killed twice")
        return run_chunk(plan, start, stop)


class Ending:
    """Two workers whose runs show nothing; the chunk before run 64 takes longer, and ends it one run early."""

    jobs = 2

    def __init__(self) -> None:
        self._places = trio.CapacityLimiter(self.jobs)

    def place(self) -> AbstractAsyncContextManager[object]:
        return self._places

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        over = stop == 64
        if over:
            await wait_all_tasks_blocked()
        return ChunkReport(start, runs=stop - start - over, over=over)


class TestCampaign:
    async def test_a_run_has_the_shares_that_the_runs_before_it_taught(self) -> None:
        workers = Recording()
        await run_campaign(PLAN, workers)
        world, profile = prepare(PLAN)
        changes = [run for run in range(1, RUNS) if workers.shares[run] != workers.shares[run - 1]]
        assert changes == [64, 128, 256]
        for run in (0, 63, 64, 200, 299):
            assert shares_for(world, profile, "auto", PLAN.seed, run) == workers.shares[run]

    async def test_jobs_and_chunks_leave_no_trace(self) -> None:
        one = await run_campaign(PLAN, Recording())
        three = await run_campaign(PLAN, Recording(jobs=3))
        assert one.report == three.report
        async with open_workers(2) as workers:
            assert (await run_campaign(PLAN, workers)).report == one.report

    async def test_it_ends_when_a_failure_comes_before_shares_are_known(self) -> None:
        text = "verdicts = violated\ninvariants = INV-COUNT\nactors = 2\nrounds = 2\n"
        found = await run_campaign(replace(PLAN, text=text, runs=10_000), Recording(jobs=3))
        assert found.failure is not None
        assert found.runs == found.failure.run + 1

    async def test_nobody_waits_for_shares_that_never_come(self) -> None:
        """The campaign is over in the chunk before run 64, while another worker has been given the one after it."""
        with trio.fail_after(10):
            found = await run_campaign(PLAN, Ending())
        assert found.runs == 63

    async def test_a_lost_chunk_does_not_keep_the_rest_waiting(self) -> None:
        found = await run_campaign(PLAN, Recording(jobs=2, lost=4))
        assert found.lost
        assert found.runs + sum(last - first + 1 for first, last in found.lost) == RUNS

    async def test_the_bound_counts_plain_runs_alone(self) -> None:
        text = "verdicts = holds\nactors = 1\nrounds = 3\nstale = 0\natomic = 1\n"
        found = await run_campaign(replace(PLAN, text=text, runs=124), Recording())
        assert found.report.independent == 28
        assert found.bound == pytest.approx(1 - 0.05 ** (1 / 28))


def test_a_sample_makes_the_runs_of_the_campaign() -> None:
    text = (shipped() / "visibility-isb.toml").read_text(encoding="utf-8")
    world = loads(text)
    runs = sample(world, 70, strategy="auto", driver="bare")
    learner = Learner(0)
    for run in runs:
        learner.add(run.result)
    assert learner.shares == shares_for(world.built, world._profile, "auto", 0, 69)
    assert runs[69].result.picks == world.built.run(world._chooser("auto", 0, 69)).picks
