"""The answer at a glance, from answers that are given: the weakest waits that leave nothing open."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ftrace_actors.cli.matrix_glance import KERNELS, glance
from ftrace_actors.kernel.config import PROFILES
from ftrace_actors.studies.matrix import OBJECTS, STALE, Answer, Cell, cells_of
from ftrace_actors.studies.matrix.answers import FEW, NA, NO, YES

Open = Callable[[Cell, str, str], str]
"""(cell, object, place) -> the answer."""
COLUMNS = ("bystander", "bystander, PAC", "alone", "alone, PAC")


def answers(open_at: Open, *, kicks: bool = True) -> Iterator[Answer]:
    for cell in cells_of("toy", kicks=kicks):
        for kind in OBJECTS:
            for place in cell.places:
                yield Answer(cell, kind, place, open_at(cell, kind, place), 50)


def row(open_at: Open, kernel: str, models: str, *, kicks: bool = True) -> dict[str, str]:
    """The columns of one row."""
    lines = glance(answers(open_at, kicks=kicks))
    (found,) = (line for line in lines if line.startswith(f"| {kernel} | {models} | toy |"))
    return dict(zip(COLUMNS, (part.strip() for part in found.strip("|").split("|")[3:]), strict=True))


def trampoline(cell: Cell, kind: str, place: str) -> str:
    """Text that a preempted task may stand in, and that a CPU may enter late unless it is made to forget the branch."""
    if kind != "text":
        return NA
    flavours = set(cell.wait.flavours or ())
    if place == STALE:
        return YES if "kick" in flavours or cell.alone or (cell.pac and flavours & {"tasks", "rude"}) else NO
    return YES if flavours & ({"tasks"} if cell.model.preemption else {"tasks", "rcu", "rude"}) else NO


def test_the_current_kernel_comes_first() -> None:
    lines = [line for line in glance(answers(trampoline)) if line.startswith("| v")]
    assert lines[0].startswith("| v7.0 | lazy; full | toy |")
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines] == [one.versions for one in KERNELS]


def test_the_weakest_waits_are_named_column_by_column() -> None:
    assert row(trampoline, "v7.0", "lazy; full") == {
        "bystander": "a kick and Tasks RCU",
        "bystander, PAC": "Tasks RCU",
        "alone": "Tasks RCU",
        "alone, PAC": "Tasks RCU",
    }


def test_waits_that_do_not_compare_stand_side_by_side() -> None:
    assert row(trampoline, "v6.3, v6.12", "none")["bystander"] == "a kick and RCU or a kick and Rude"
    assert row(trampoline, "v6.3, v6.12", "none")["alone"] == "RCU or Rude"


def test_rude_is_no_wait_where_it_returns_at_once() -> None:
    assert row(trampoline, "v6.13, v6.16", "none")["alone"] == "RCU"
    for kernel in KERNELS:
        for version in kernel.versions.split(", "):
            assert (PROFILES[version].rude == "real") is kernel.rude
            for model in kernel.models:
                assert model.partition(",")[0] in PROFILES[version].models


@pytest.mark.parametrize(("kind", "place"), [("ops", "W0"), ("literal", STALE), ("text", "W3")])
def test_every_object_and_place_counts(kind: str, place: str) -> None:
    """One that nothing closes leaves nothing to recommend."""

    def never(cell: Cell, one_kind: str, one_place: str) -> str:
        return NO if (one_kind, one_place) == (kind, place) else YES

    assert set(row(never, "v7.0", "lazy; full").values()) == {"none of these"}


def test_nothing_may_be_enough() -> None:
    assert set(row(lambda *_: YES, "v7.0", "lazy; full").values()) == {"nothing"}


def test_one_of_several_models_is_enough_to_need_more() -> None:
    def lazy_only(cell: Cell, _: str, place: str) -> str:
        return NO if cell.model.name == "lazy" and place == "W1" and cell.wait.name == "no wait" else YES

    assert row(lazy_only, "v7.0", "lazy; full", kicks=False)["bystander"] == "RCU"
    assert row(lazy_only, "v6.3, v6.12", "full", kicks=False)["bystander"] == "nothing"


def test_too_few_runs_are_remarked_on() -> None:
    def few(cell: Cell, _: str, place: str) -> str:
        return FEW if place == STALE and not cell.pac else YES

    found = row(few, "v7.0", "lazy; full")
    assert (found["bystander"], found["bystander, PAC"]) == ("nothing?", "nothing")


def test_what_was_not_asked_is_not_answered() -> None:
    """Without the cells alone there is no answer for them, and who is in a window is asked with a bystander only."""
    some = [one for one in answers(trampoline) if not one.cell.alone]
    line = next(line for line in glance(some) if line.startswith("| v7.0"))
    assert line.endswith("| a kick and Tasks RCU | Tasks RCU | not asked | not asked |")
