"""Which single change of a protocol forbids a failing run."""

from collections.abc import Sequence
from functools import cache

import pytest

from ftrace_actors.actors.choices import Pick
from ftrace_actors.studies.needed import (
    Broken,
    Budget,
    Help,
    Mend,
    Subject,
    breaks_in_sample,
    examine,
    mends_of,
    try_mend,
)

from .subjects import subject

BUDGET = Budget(places=0, runs=150)
ORDERING = subject("ordering-none")


@cache
def failing(of: Subject) -> Sequence[Pick]:
    """The choices of a run that breaks."""
    outcome = examine(of.world(), Budget(places=0, runs=300))
    assert isinstance(outcome, Broken)
    return outcome.picks


def mends(of: Subject) -> dict[str, Mend]:
    return {mend.name: mend for mend in mends_of(of.world().image)}


def test_a_barrier_that_was_weakened_is_made_whole() -> None:
    weak = subject("explore-enable", protocol__weaken='["clean-dsb as nsh", "inval-dsb as dmb"]')
    assert mends(weak)["not clean-dsb as nsh"].value == '["inval-dsb as dmb"]'
    assert mends(weak)["not inval-dsb as dmb"].key == "protocol.weaken"


def test_every_change_is_a_single_one_and_the_smallest_come_first() -> None:
    of = subject(
        "explore-teardown", protocol__drop='["sync-ipi", "patch-lock", "gp-end"]', protocol__wait='["rcu"]'
    )
    found = mends_of(of.world().image)
    assert [mend.size for mend in found] == sorted(mend.size for mend in found)
    by_name = {mend.name: (mend.key, mend.value) for mend in found}
    assert by_name["order = call-first"] == ("protocol.order", "call-first")
    assert by_name["put back patch-lock"] == ("protocol.drop", '["gp-end", "sync-ipi"]')
    assert by_name["wait kick as well"] == ("protocol.wait", '["kick", "rcu"]')
    assert by_name["wait tasks as well"] == ("protocol.wait", '["rcu", "tasks"]')
    assert by_name["wait tasks instead of rcu"] == ("protocol.wait", '["tasks"]')
    assert "wait rcu as well" not in by_name
    names = [mend.name for mend in found]
    assert (
        names.index("put back patch-lock") < names.index("put back gp-end") < names.index("put back sync-ipi")
    )


@pytest.mark.parametrize("name", ["fixmap-map", "fixmap-unmap", "patch-lock"])
def test_putting_back_any_one_of_the_three_orderings_forbids_the_lost_call(name: str) -> None:
    tried = try_mend(ORDERING, failing(ORDERING), mends(ORDERING)[f"put back {name}"], BUDGET)
    assert tried.help is Help.FORBIDS
    assert tried.strength is not None
    assert tried.strength.runs == 150
    assert tried.taken > 0


def test_the_same_schedule_may_break_it_all_the_same() -> None:
    tried = try_mend(ORDERING, failing(ORDERING), mends(ORDERING)["wait rcu as well"], BUDGET)
    assert tried.help is Help.SAME_SCHEDULE
    assert tried.broke.startswith("INV-COMPL")


def test_another_run_may_break_it_all_the_same() -> None:
    """A wait that the failing run has left behind does not fit the old schedule; a sampled run breaks it."""
    of = subject("teardown-no-wait-w2")
    kick = try_mend(of, failing(of), mends(of)["wait kick as well"], Budget(places=0, runs=300))
    assert kick.help is Help.BREAKS
    tasks = try_mend(of, failing(of), mends(of)["wait tasks as well"], Budget(places=0, runs=60))
    assert tasks.help is Help.FORBIDS


def test_a_change_that_cannot_be_says_why() -> None:
    mend = Mend("drop nothing", "protocol.drop", '["text-kick"]', 1)
    tried = try_mend(ORDERING, failing(ORDERING), mend, BUDGET)
    assert tried.help is Help.NOT_POSSIBLE
    assert "no step 'text-kick'" in tried.broke


def test_a_change_that_only_keeps_a_function_from_being_traced_says_so() -> None:
    of = subject("misaligned-neighbour")
    tried = try_mend(of, failing(of), mends(of)["align_check = true"], Budget(places=0, runs=20))
    assert tried.help is Help.FORBIDS
    assert tried.untraced == ("vfs_read",)


def test_without_time_nothing_is_known() -> None:
    tried = try_mend(
        ORDERING, failing(ORDERING), mends(ORDERING)["put back patch-lock"], Budget(over=lambda: True)
    )
    assert tried.help is Help.UNKNOWN


def test_whether_the_sample_finds_the_unchanged_world_broken() -> None:
    assert breaks_in_sample(ORDERING, Budget(places=0, runs=300)) == 3
    assert breaks_in_sample(ORDERING, Budget(places=0, runs=2)) is None
