"""Strategies in which who moves is simple: `near`, `stale` and `ahead`."""

from collections import Counter

from ftrace_actors.actors.choices import Kind, RunInfo
from ftrace_actors.explore.strategies import Ahead, Near, Profile, make_chooser
from tests.explore.interleavings import Work, interleaving


class TestNear:
    """The dull run, but for one actor that is held back."""

    WORK: Work = ((("str", 8),) * 4, (("ldr", 8),) * 4)
    PROFILE = Profile(8, WORK, ((), ()))

    def test_the_held_actor_moves_when_nobody_else_can(self) -> None:
        for run in range(40):
            near = Near(0, run, self.PROFILE)
            order = interleaving(near, self.WORK)
            before = min(near.step, 4)
            assert near.held == 1 or order == (*(0,) * before, *(1,) * 4, *(0,) * (4 - before))
            assert near.held == 0 or order == (*(0,) * 4, *(1,) * 4)

    def test_nothing_is_reordered_and_ticks_come_only_while_it_has_to_move(self) -> None:
        ticks = Counter[int]()
        for run in range(40):
            near = Near(0, run, self.PROFILE)
            near.begin(RunInfo(("a", "b"), 1000, lambda _: ("str", 8)))
            near.held, near.step = 0, 0
            assert not any(near.choose(kind, 2, ()) for kind in Kind if kind is not Kind.SCHEDULE)
            assert near.choose(Kind.SCHEDULE, 2, (0, 1)) == 1
            assert near.choose(Kind.TIMER, 2, ()) == 0
            ticks[near.choose(Kind.TIMER, 2, ())] += 1
        assert ticks[0] > 5
        assert ticks[1] > 5


class TestStale:
    """Callers are held back, and everything they read is old."""

    WORK: Work = ((("str", 8),) * 4, (("ldr", 8),) * 4, (("receive", "mail"),))
    PROFILE = Profile(9, WORK, ((), (), ()))

    def test_callers_come_when_nobody_else_can_move(self) -> None:
        """They begin first, since a CPU that has not begun keeps others waiting."""
        order = interleaving(make_chooser("stale", 0, 0, self.PROFILE), self.WORK)
        assert order == (1, 0, 0, 0, 0, 2, 1, 1, 1)

    def test_loads_and_fetches_return_the_oldest_and_nothing_else_is_out_of_order(self) -> None:
        stale = make_chooser("stale", 0, 0, self.PROFILE)
        stale.begin(RunInfo(("a", "b", "c"), 1000, lambda _: ("str", 8)))
        assert stale.choose(Kind.SCHEDULE, 3, (0, 1, 2)) == 1
        answers = {kind: stale.choose(kind, 3, ()) for kind in Kind if kind is not Kind.SCHEDULE}
        assert {kind for kind, answer in answers.items() if answer} == {Kind.LOAD, Kind.FETCH}
        assert answers[Kind.LOAD] == answers[Kind.FETCH] == 2

    def test_it_is_the_same_run_whatever_the_seed(self) -> None:
        orders = {
            interleaving(make_chooser("stale", seed, seed, self.PROFILE), self.WORK) for seed in range(5)
        }
        assert len(orders) == 1


class TestAhead:
    """Things become visible early, often, and who moves is simple."""

    WORK: Work = ((("str", 8),) * 6, (("ldr", 8),) * 6)
    PROFILE = Profile(12, WORK, ((1, 2, 3), ()))

    def begun(self, run: int) -> Ahead:
        ahead = Ahead(0, run, self.PROFILE)
        ahead.begin(RunInfo(("a", "b"), 1000, lambda actor: self.WORK[actor][0]))
        return ahead

    def test_without_anything_early_callers_are_held_or_it_is_the_dull_run(self) -> None:
        orders = Counter(interleaving(Ahead(0, run, self.PROFILE), self.WORK) for run in range(40))
        assert set(orders) == {(*(0,) * 6, *(1,) * 6), (1, *(0,) * 6, *(1,) * 5)}
        assert min(orders.values()) > 12

    def test_in_half_of_the_runs_a_caller_looks_when_something_is_early(self) -> None:
        """It moves although somebody else would, and for a while."""
        looked = Counter[bool]()
        for run in range(60):
            ahead = self.begun(run)
            ahead.choose(Kind.SCHEDULE, 2, (0, 1))  # a caller begins where it is held, else the first goes on
            ahead.choose(Kind.SCHEDULE, 2, (0, 1))
            while not ahead.choose(Kind.EARLY, 2, ()):
                pass
            looks = ahead.choose(Kind.SCHEDULE, 2, (0, 1)) == 1
            assert ahead.looking or not looks
            looked[looks] += 1
        assert looked[True] > 12
        assert looked[False] > 20

    def test_nothing_more_is_made_early_while_a_caller_looks(self) -> None:
        """Of the runs in which one does: the one that was held would have gone back, if it did not look."""
        checked = 0
        for ahead in map(self.begun, range(60)):
            ahead.choose(Kind.SCHEDULE, 2, (0, 1))
            ahead.choose(Kind.SCHEDULE, 2, (0, 1))
            while not ahead.choose(Kind.EARLY, 2, ()):
                pass
            looks = ahead.choose(Kind.SCHEDULE, 2, (0, 1)) == 1
            early = any(ahead.choose(Kind.EARLY, 2, ()) for _ in range(60))
            if looks and ahead.choose(Kind.SCHEDULE, 2, (0, 1)) == 1:
                assert not early
                checked += 1
        assert checked > 10

    def test_mostly_the_last_that_can_becomes_visible_and_the_oldest_is_read(self) -> None:
        made, read = Counter[int](), Counter[int]()
        for run in range(200):
            ahead = self.begun(run)
            ahead.choose(Kind.SCHEDULE, 2, (0, 1))
            while not ahead.choose(Kind.EARLY, 2, ()):
                pass
            made[ahead.choose(Kind.EARLY, 4, ())] += 1
            read[ahead.choose(Kind.FETCH, 4, ())] += 1
        assert 150 < made[3] < 195
        assert set(read) == {0, 3}
        assert 100 < read[3] < 180
