"""What each strategy promises about probabilities, against exact counts on actors that never wait."""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise, permutations
from math import comb, sqrt
from random import Random

import pytest

from ftrace_actors.actors.choices import Chooser, Kind, RunInfo
from ftrace_actors.explore.strategies import (
    PCT,
    POS,
    SURW,
    URW,
    Delay,
    Profile,
    StickyURW,
    Turns,
    WeightedPOS,
)
from ftrace_actors.explore.strategies.budget import Budget, Budgeted
from ftrace_actors.explore.strategies.profile import Shown, races
from ftrace_actors.explore.strategies.relaxation import NEVER
from ftrace_actors.explore.strategies.spread import DIMENSIONS, spread
from tests.explore.interleavings import Work, interleaving

SAMPLES = 1500


def own(*lengths: int) -> Work:
    """Actors whose steps touch what is theirs alone."""
    return tuple((("store", f"own {actor}"),) * length for actor, length in enumerate(lengths))


def shared(*lengths: int) -> Work:
    """Actors whose steps all race."""
    return tuple((("store", "x"),) * length for length in lengths)


def drawn(make: Callable[[int, int, Profile], Chooser], work: Work) -> Counter[tuple[int, ...]]:
    """How often each interleaving came."""
    profile = Profile(sum(map(len, work)), work, tuple(() for _ in work))
    return Counter(interleaving(make(5, run, profile), work) for run in range(SAMPLES))


def about(found: int, expected: Fraction | float, samples: int = SAMPLES) -> bool:
    """Whether a count is within four standard deviations."""
    p = float(expected)
    return abs(found - samples * p) <= 4 * sqrt(samples * p * (1 - p)) + 1e-9


@cache
def walks(left: tuple[int, ...]) -> int:
    """How many interleavings there are, by dynamic programming."""
    steps = [i for i, n in enumerate(left) if n]
    return sum(walks((*left[:i], left[i] - 1, *left[i + 1 :])) for i in steps) if steps else 1


class TestURW:
    @pytest.mark.parametrize("lengths", [(3, 2), (1, 5), (2, 1, 2)])
    def test_all_interleavings_are_equally_likely(self, lengths: tuple[int, ...]) -> None:
        counts = drawn(URW, own(*lengths))
        assert len(counts) == walks(lengths)
        assert all(about(count, Fraction(1, walks(lengths))) for count in counts.values())

    def test_more_steps_than_the_profile_says_are_made_all_the_same(self) -> None:
        walk = URW(0, 0, Profile(2, own(1, 1), ((), ())))
        assert sorted(interleaving(walk, own(4, 4))) == [0] * 4 + [1] * 4


def test_the_sticky_walk_stays() -> None:
    """Most of its interleavings have few switches; among uniform ones half the steps switch."""
    work = own(10, 10)
    switches = [
        sum(count * sum(a != b for a, b in pairwise(order)) for order, count in counts.items())
        for counts in (drawn(StickyURW, work), drawn(URW, work))
    ]
    assert switches[0] < 0.6 * switches[1]


class TestPOS:
    """Two steps of one actor, one of the other: where does that one come?"""

    def test_steps_that_do_not_race_keep_their_priority(self) -> None:
        counts = drawn(POS, own(2, 1))
        assert about(counts[1, 0, 0], Fraction(1, 2))
        assert about(counts[0, 0, 1], Fraction(1, 3))
        assert about(counts[0, 1, 0], Fraction(1, 6))

    def test_steps_that_race_draw_anew(self) -> None:
        counts = drawn(POS, shared(2, 1))
        assert about(counts[1, 0, 0], Fraction(1, 2))
        assert about(counts[0, 0, 1], Fraction(1, 4))

    def test_weighted_by_work_the_longer_one_comes_first_more_often(self) -> None:
        """With all racing, every step is a draw in proportion to the work left: a uniform walk of interleavings."""
        counts = drawn(WeightedPOS, shared(3, 1))
        assert all(about(counts[order], Fraction(1, 4)) for order in set(permutations((0, 0, 0, 1))))

    def test_what_races(self) -> None:
        assert races(("str", 8), ("ldr", 8))
        assert not races(("ldr", 8), ("fetch", 8))
        assert not races(("str", 8), ("str", 16))
        assert races(("ldadd", 8), ("ldr", 8))


class TestSURW:
    def test_orders_on_the_drawn_object_are_equally_likely(self) -> None:
        """However much else an actor has to do: here one of three has ten steps of its own before its turn."""
        work: Work = ((("store", "x"),) * 2, (("store", "y"),) * 10 + (("store", "x"),), (("load", "z"),) * 4)
        profile = Profile(17, work, ((), (), ()))
        orders: Counter[tuple[int, ...]] = Counter()
        for run in range(SAMPLES):
            order = interleaving(SURW(5, run, profile), work)
            seen = [0, 0, 0]
            on: list[int] = []
            for actor in order:
                on += [actor] if work[actor][seen[actor]][1] == "x" else []
                seen[actor] += 1
            orders[tuple(on)] += 1
        assert set(orders) == set(permutations((0, 0, 1)))
        assert all(about(count, Fraction(1, 3)) for count in orders.values())

    def test_objects_of_one_actor_are_not_drawn(self) -> None:
        work: Work = ((("store", "x"), ("store", "mine")), (("load", "x"),))
        profile = Profile(3, work, ((), ()))
        assert {SURW(0, run, profile).object for run in range(20)} == {"x"}

    def test_nothing_shared_is_a_uniform_walk(self) -> None:
        counts = drawn(SURW, own(2, 1))
        assert about(counts[1, 0, 0], Fraction(1, 2))
        assert about(counts[0, 1, 0], Fraction(1, 4))


def _pct(priorities: Sequence[int], changes: Sequence[int], lengths: Sequence[int]) -> tuple[int, ...]:
    """The interleaving of PCT for these priorities and change points, straight from the paper."""
    priority, left, order, low, decision = list(priorities), list(lengths), [], 0, 0
    while enabled := [actor for actor, n in enumerate(left) if n]:
        leader = max(enabled, key=priority.__getitem__)
        if len(enabled) > 1:
            decision += 1
            if decision in changes:
                low -= 1
                priority[leader] = low
                leader = max(enabled, key=priority.__getitem__)
        order.append(leader)
        left[leader] -= 1
    return tuple(order)


@pytest.mark.parametrize("depth", [2, 3])
def test_pct_has_the_probabilities_of_the_paper(depth: int) -> None:
    """All priorities and change points counted out; and no schedule of that depth is rarer than the bound."""
    lengths, decisions = (3, 2), 5
    points = list(combinations(range(1, decisions + 1), depth - 1))
    exact: Counter[tuple[int, ...]] = Counter()
    for priorities in permutations(range(2)):
        for changes in points:
            exact[_pct(priorities, changes, lengths)] += 1
    total = 2 * len(points)
    profile = Profile(decisions, own(*lengths), ((), ()))
    made = [pct for run in range(6000) if (pct := PCT(3, run, profile)).depth == depth]
    made = [pct for pct in made if max(pct.change_points) <= decisions]
    # Half the runs draw from twice as many decisions; those of them that drew no late one are of this kind too.
    found = Counter(interleaving(pct, own(*lengths)) for pct in made)
    assert set(found) == set(exact)
    for order, count in exact.items():
        assert about(found[order], Fraction(count, total), len(made))
        assert Fraction(count, total) >= Fraction(1, 2 * decisions ** (depth - 1))


class TestDelay:
    def test_without_delays_it_is_round_robin(self) -> None:
        late = Delay(0, 0, Profile(10_000, own(2, 2, 2), ((),) * 3))
        order = interleaving(late, own(2, 2, 2))
        assert order == tuple(actor for actor in late.order for _ in range(2))

    def test_a_delay_hands_over_once(self) -> None:
        profile = Profile(8, own(4, 4), ((), ()))
        single = next(d for run in range(200) if (d := Delay(0, run, profile)).delays == (2,))
        order = interleaving(single, own(4, 4))
        first, second = single.order
        assert order == (first, *(second,) * 4, *(first,) * 3)

    def test_each_schedule_of_one_delay_is_as_likely_as_the_bound_says(self) -> None:
        """Two actors of three steps: one delay at any of the decisions, either order."""
        counts = drawn(Delay, own(3, 3))
        for first in (0, 1):
            for at in range(1, 3):
                order = (*(first,) * at, *(1 - first,) * 3, *(first,) * (3 - at))
                assert counts[order] / SAMPLES > 1 / 2 / 8 / (6 * 2)

    def test_an_actor_that_spins_is_delayed_in_the_end(self) -> None:
        spinner = Delay(0, 1, Profile(1, own(1, 1), ((), ())))
        order = interleaving(spinner, own(500, 500))
        assert set(order[:300]) == {0, 1}


def test_the_number_of_interleavings() -> None:
    assert walks((3, 2)) == comb(5, 2)


class TestTurns:
    """The pair of a run goes up to drawn steps, one after the other."""

    WORK: Work = ((("str", 8),) * 6, (("ldr", 8),) * 6)
    PROFILE = Profile(12, WORK, ((), ()))

    def test_each_turn_ends_before_the_step_that_was_drawn(self) -> None:
        for run in range(50):
            turns = Turns(0, run, self.PROFILE)
            order = interleaving(turns, self.WORK)
            expected: list[int] = []
            for actor, stop in turns.turns:
                expected += [actor] * (min(stop, 6) - expected.count(actor))
            other = 1 - turns.turns[-1][0]
            assert order == (*expected, *(other,) * (6 - expected.count(other)))

    def test_a_switch_between_two_given_steps_is_as_likely_as_their_number_says(self) -> None:
        """One actor half before its third step, and all of the other in between."""
        counts = drawn(lambda seed, run, _: Turns(seed, run, self.PROFILE), self.WORK)
        for first in (0, 1):
            order = (*(first,) * 2, *(1 - first,) * 6, *(first,) * 4)
            assert counts[order] / SAMPLES > 1 / 10 / 6 / 2

    def test_a_service_that_has_begun_moves_at_once_unless_it_is_lazy(self) -> None:
        work: Work = (*self.WORK, (("send", "mail"),) * 6)
        profile = Profile(18, work, ((), (), ()))
        made = [Turns(0, run, profile) for run in range(60)]
        orders = [interleaving(turns, work) for turns in made]
        at_once = [order[order.index(2) :][:6] == (2,) * 6 for order in orders]
        assert all(once for once, turns in zip(at_once, made, strict=True) if turns.lazy != 2)
        assert any(turns.lazy == 2 for turns in made)

    def test_everybody_begins_before_turns_matter(self) -> None:
        """A CPU that has not begun is not idle, and a grace period waits for it."""
        work: Work = tuple((("start", 0), *steps) for steps in self.WORK)
        for run in range(30):
            order = interleaving(Turns(0, run, Profile(14, work, ((), ()), (0, 0))), work)
            assert set(order[:2]) == {0, 1}

    def test_when_nobody_has_a_turn_ticks_come_early(self) -> None:
        """The other actor waits for the one that is held back, so that one has to move."""
        ticks = Counter[bool]()
        for run in range(200):
            turns = Turns(0, run, Profile(18, (*self.WORK, self.WORK[1]), ((), (), ())))
            turns.begin(RunInfo(("a", "b", "c"), 1000, lambda _: ("str", 8)))
            held = next(actor for actor in (0, 1, 2) if actor != turns.turns[0][0])
            turns.pick([held])
            ticks[turns.choose(Kind.TIMER, 2, ()) == 1] += 1
        assert ticks[True] > 40
        assert ticks[False] > 40

    def test_who_looks_at_what_was_made_early_does_so_for_a_moment(self) -> None:
        """Actor 0 has the last turn; after a promise the other one often moves some steps, and then it is 0 again."""
        looks = []
        for run in range(200):
            turns = Turns(0, run, self.PROFILE)
            turns.begin(RunInfo(("a", "b"), 1000, lambda _: ("str", 8)))
            turns.turns = [(1, 1), (0, NEVER)]
            before = [turns.choose(Kind.SCHEDULE, 2, (0, 1)) for _ in range(3)]
            assert before == [1, 0, 0]
            turns.relaxation.promised = True
            after = [turns.choose(Kind.SCHEDULE, 2, (0, 1)) for _ in range(80)]
            looks.append(sum(after))
            assert after == [1] * looks[-1] + [0] * (80 - looks[-1])
        long = [steps for steps in looks if steps]
        assert 50 < len(long) < 130
        assert 5 < sum(long) / len(long) < 13

    def test_who_comes_second_stops_mostly_where_it_is_traced(self) -> None:
        late = Shown((self.WORK[0], tuple(("ldr", 8) for _ in range(60))), ((), ()), (0, 0))
        profile = Profile(12, (*self.WORK,), ((), ()), (0, 0), late)
        stops = {True: Counter[bool](), False: Counter[bool]()}
        for run in range(400):
            turns = Turns(0, run, profile)
            turns.begin(RunInfo(("a", "b"), 1000, lambda _: ("str", 8)))
            first = turns.turns[0][0] == 1
            stops[first].update(stop > 12 for actor, stop in turns.turns if actor == 1 and stop != NEVER)
        assert stops[False][True] > stops[False][False]
        assert stops[True][True] < stops[True][False]


class TestBudget:
    """Relaxations are decided apart from who moves."""

    WORK: Work = ((("str", 8), ("dmb", 4), ("str", 16), ("str", 24)), (("ldr", 16),))
    PROFILE = Profile(5, WORK, ((1, 2, 3, 4), (1,)))

    def of(self, budget: Budget) -> list[Budgeted]:
        return [
            b for run in range(200) if (b := Budgeted(Random(run), self.PROFILE, run / 200)).budget is budget
        ]

    def test_each_budget_comes(self) -> None:
        assert all(len(self.of(budget)) > 20 for budget in Budget)

    def test_without_budget_nothing_is_out_of_order(self) -> None:
        for kind in (Kind.LOAD, Kind.FETCH, Kind.EARLY):
            assert not any(none.choose(kind, 3) for none in self.of(Budget.NONE) for _ in range(20))

    def test_old_things_come_often_and_nothing_early(self) -> None:
        old = [budgeted.choose(Kind.FETCH, 3) for budgeted in self.of(Budget.OLD) for _ in range(20)]
        assert sum(map(bool, old)) > 0.6 * len(old)
        assert set(old) == {0, 1, 2}
        assert not any(budgeted.choose(Kind.EARLY, 2) for budgeted in self.of(Budget.OLD))

    def test_most_runs_with_something_early_fetch_old_instructions(self) -> None:
        """That an IC took effect early shows only where what was there before is fetched afterwards."""
        old = [any(early.choose(Kind.FETCH, 3) for _ in range(20)) for early in self.of(Budget.EARLY)]
        assert 0.6 * len(old) < sum(old) < 0.9 * len(old)

    def test_early_points_are_before_a_racing_write(self) -> None:
        """Only the store to 16 races; it is the third step, and points further before it are less likely."""
        points = Counter(point for early in self.of(Budget.EARLY) for point in early.points)
        assert points[0, 3] > points[0, 1] > points[0, -1]
        assert {actor for actor, _ in points} == {0}
        assert max(at for _, at in points) == 3

    def test_mostly_the_last_that_can_is_made_visible_early(self) -> None:
        """It overtakes most; the others come in the rest of the runs."""
        made = Counter[int]()
        for early in self.of(Budget.EARLY):
            early.promised = True
            made.update(early.choose(Kind.EARLY, 4) for _ in range(10))
        assert 0.5 * made.total() < made[3] < 0.95 * made.total()
        assert set(made) == {0, 1, 2, 3}

    def test_writes_that_are_made_alone_count_in_half_of_the_runs(self) -> None:
        steps = (("str", 8), *(("dmb", 4) for _ in range(60)), ("str", 24))
        work: Work = (steps, (("ldr", 8), ("ldr", 24)))
        profile = Profile(64, work, (tuple(range(1, 63)), (1,)), (2, 0))
        runs = [Budgeted(Random(run), profile, 0.75) for run in range(200)]
        assert {early.budget for early in runs} == {Budget.EARLY}
        assert all(any(at > 40 for _, at in early.points) for early in runs)
        alone = sum(any(at <= 1 for _, at in early.points) for early in runs)
        assert 70 < alone < 130

    def test_something_is_made_early_at_the_points_only(self) -> None:
        for early in self.of(Budget.EARLY):
            made = set()
            for step in range(1, 5):
                early.moved(0)
                if early.choose(Kind.EARLY, 2):
                    made.add((0, step))
                    assert early.promised
                    early.hands_over()
            assert made == {point for point in early.points if point[1] > 0}


class TestSpread:
    """Numbers of successive runs keep away from each other."""

    def test_they_are_functions_of_seed_and_run_from_0_to_1(self) -> None:
        for run in (0, 1, 10**9, 2**64):
            numbers = spread(2**63, run)
            assert numbers == spread(2**63, run)
            assert len(numbers) == DIMENSIONS
            assert all(0.0 <= number < 1.0 for number in numbers)
        assert spread(0, 0) != spread(1, 0)

    def test_n_runs_come_to_nearly_n_places(self) -> None:
        """Independent draws would come to 15.7 of 20 on the average."""
        for dimension in range(DIMENSIONS):
            for seed in range(10):
                places = {int(spread(seed, run)[dimension] * 20) for run in range(30)}
                assert len(places) >= 17

    def test_two_numbers_of_a_run_are_spread_together(self) -> None:
        boxes = Counter((int(x * 5), int(y * 5)) for x, y, *_ in (spread(3, run) for run in range(250)))
        assert len(boxes) == 25
        assert max(boxes.values()) < 20

    def test_each_number_alone_is_uniform_over_seeds(self) -> None:
        lower = sum(spread(seed, 7)[2] < 0.5 for seed in range(SAMPLES))
        assert about(lower, 0.5)
