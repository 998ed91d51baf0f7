"""The flavours of RCU are listed in the kernel; rooms that may not import it, and types, repeat the names."""

from typing import get_args

from ftrace_actors.checks import sometimes
from ftrace_actors.cli import cost_command
from ftrace_actors.kernel.boot import KTHREADS
from ftrace_actors.kernel.flavours import FLAVOURS
from ftrace_actors.scenario.schema import WaitKind


def test_each_has_its_kthread() -> None:
    assert list(KTHREADS) == list(FLAVOURS)


def test_checks_know_their_names() -> None:
    assert set(sometimes.FLAVOURS) == set(FLAVOURS)


def test_scenarios_may_wait_for_each() -> None:
    assert set(get_args(WaitKind)) == {"kick", *FLAVOURS}


def test_the_price_of_a_design_has_a_column_for_each() -> None:
    assert {name.lower() for name in cost_command.HEADS} >= set(FLAVOURS)
