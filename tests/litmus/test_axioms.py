"""The search against brute force by another idea, on programs nobody chose.

Two implementations by two ideas: `axioms.py` knows candidate executions and acyclicity, the search knows timelines and
views.  They must agree on every final state.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftrace_actors.arm64.search import search
from ftrace_actors.litmus import build
from ftrace_actors.litmus.syntax import Cell, Register

from .axioms import Axioms, Op
from .programs import assembly, programs
from .shapes import shape

State = tuple[tuple[tuple[int, int], int], ...]

RELAXED = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def searched(threads: list[list[Op]], cache: str) -> set[State]:
    """Final states by the search, in the form of `Axioms.states`."""
    registers = [(cpu, op.reg) for cpu, ops in enumerate(threads) for op in ops if op.reg]
    terms = [f"{cpu}:X{reg}=0" for cpu, reg in registers] + ["x=0", "y=0"]
    test = shape("random", [assembly(ops) for ops in threads], " /\\ ".join(terms), cache)
    machine = build(test)
    outcomes = search(machine.task)
    assert not outcomes.unknown
    found = set()
    for per_cpu, memory in outcomes.states:
        state: dict[tuple[int, int], int] = {}
        seen = [0] * len(threads)
        for place in machine.observed:
            if isinstance(place, Register):
                state[place.thread, int(place.name[1:])] = per_cpu[place.thread][seen[place.thread]]
                seen[place.thread] += 1
        cells = [place.name for place in machine.observed if isinstance(place, Cell)]
        for name, value in zip(cells, memory, strict=True):
            state[-1, "xy".index(name)] = value
        found.add(tuple(sorted(state.items())))
    return found


@RELAXED
@given(programs(fetching=False))
def test_data_programs_have_the_same_states(threads: list[list[Op]]) -> None:
    assert searched(threads, "") == Axioms(threads, "").states()


@RELAXED
@given(programs(fetching=True), st.sampled_from(["", "", "IDC", "DIC"]))
def test_fetching_programs_have_the_same_states(threads: list[list[Op]], cache: str) -> None:
    assert searched(threads, cache) == Axioms(threads, cache).states()


W, R, F = Op("W", "x", 1), Op("R", "x", reg=10), Op("F", "m", reg=11)
FLAG, SEEN = Op("W", "y", 1), Op("R", "y", reg=10)
PATCH = Op("W", "m", 2)
SYNC = [Op("DC", "m"), Op("dsb.sy"), Op("IC", "m"), Op("dsb.sy")]


@pytest.mark.parametrize(
    ("threads", "count"),
    [
        ([[W, FLAG], [SEEN, Op("R", "x", reg=11)]], 4),
        ([[W, Op("dmb.st"), FLAG], [SEEN, Op("dmb.ld"), Op("R", "x", reg=11)]], 3),
        ([[PATCH, *SYNC, FLAG], [SEEN, F]], 4),
        ([[PATCH, *SYNC, FLAG], [SEEN, Op("dsb.ld"), Op("isb"), F]], 3),
    ],
    ids=["MP", "MP+dmbs", "MP.RF", "MP.RF+cachesync+dsb-isb"],
)
def test_the_second_opinion_itself(threads: list[list[Op]], count: int) -> None:
    assert len(Axioms(threads, "").states()) == count
