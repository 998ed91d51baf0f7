"""The broken protocols that strategies are measured with."""

from collections import Counter

import pytest

from benchmarks.corpus import Mutant, bases, mutants
from benchmarks.strategies import geometric_mean, worst_of
from ftrace_actors.actors import DullChooser
from ftrace_actors.scenario import build, load


def test_half_of_them_are_held_out() -> None:
    assert Counter(mutant.half for mutant in mutants()) == {"tuning": 20, "held-out": 20}


def test_no_two_are_the_same() -> None:
    assert len({(mutant.base, mutant.overrides) for mutant in mutants()}) == 40
    assert len(set(map(str, mutants()))) == 40


def test_every_base_holds_and_is_used() -> None:
    assert {path.stem for path in bases()} == {mutant.base for mutant in mutants()}
    for path in bases():
        assert build(load(path)).run(DullChooser()).verdict == "holds", path


@pytest.mark.parametrize("mutant", mutants()[::8], ids=str)
def test_a_mutant_expects_what_breaks_in_it(mutant: Mutant) -> None:
    expect = mutant.build().expect
    assert expect.verdicts == ("violated",)
    assert expect.invariants == mutant.invariants


def test_means() -> None:
    assert geometric_mean([1, 100]) == pytest.approx(10)
    assert worst_of(tuple(range(20))) == 18
    assert worst_of((5, 1, 9)) == 9
