"""A task's mode: one table of transitions, and everything that is not in it is refused."""

from itertools import product

import pytest

from ftrace_actors.errors import ModelError
from ftrace_actors.kernel.mode import TRANSITIONS, Mode, Turn, turned


@pytest.mark.parametrize(("mode", "turn"), list(product(Mode, Turn)))
def test_what_is_not_in_the_table_is_refused(mode: Mode, turn: Turn) -> None:
    if turn in TRANSITIONS[mode]:
        assert turned(mode, turn) is TRANSITIONS[mode][turn]
    else:
        with pytest.raises(ModelError, match=f"in mode {mode} cannot take the turn {turn}"):
            turned(mode, turn)


def test_every_turn_belongs_to_one_mode_and_every_mode_can_be_left_for_action() -> None:
    turns = [turn for table in TRANSITIONS.values() for turn in table]
    assert sorted(turns) == sorted(Turn)
    reached = {Mode.ACTION}
    while more := {mode for mode, table in TRANSITIONS.items() if reached & set(table.values())} - reached:
        reached |= more
    assert reached == set(Mode)
