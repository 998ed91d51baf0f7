"""Which parts a protocol has, and what a scenario says to leave them out."""

import pytest

from ftrace_actors.kernel.orderings import ORDERINGS
from ftrace_actors.studies.needed import Kind, missing_of, parts_of, without
from ftrace_actors.studies.needed.parts import weaker_forms

from .subjects import part, subject


def names(scenario: str, **overrides: str) -> set[str]:
    return {one.name for one in parts_of(subject(scenario, **overrides).world().image)}


def test_every_ordering_is_a_part_or_has_no_step() -> None:
    image = subject("two-teardown").world().image
    missing = {one.name for one in missing_of(image)}
    assert missing | names("two-teardown") >= set(ORDERINGS)
    assert missing & names("two-teardown") == set()
    assert "text-kick" in missing
    assert "handover" not in missing


def test_what_is_left_out_already_is_not_a_part() -> None:
    assert "patch-lock" in names("explore-enable")
    assert "patch-lock" not in names("explore-enable", protocol__drop='["patch-lock"]')


def test_each_wait_is_a_part_and_has_a_weaker_one_unless_that_is_waited_for_anyway() -> None:
    assert {"wait kick", "wait rude", "wait tasks", "wait tasks, not just rcu"} <= names("two-teardown")
    waits = {name for name in names("explore-teardown", protocol__wait='["rcu", "tasks"]') if "wait" in name}
    assert waits == {"wait rcu", "wait tasks", "wait after the update"}


def test_an_ordering_that_no_wait_comes_to_says_so() -> None:
    reasons = {one.name: one.reason for one in missing_of(subject("explore-teardown-no-wait").world().image)}
    assert reasons["gp-start"] == "no grace period is waited for"
    reasons = {one.name: one.reason for one in missing_of(subject("two-teardown-kick-rcu").world().image)}
    assert reasons["voluntary-only"] == 'protocol.wait has no "tasks"'


def test_parts_are_left_out_together_and_on_top_of_what_is_left_out() -> None:
    of = subject("explore-teardown", protocol__drop='["final-isb"]')
    chosen = [part(of, name) for name in ("patch-lock", "wait rude", "literal before call")]
    assert without(of.world().image, chosen) == {
        "protocol.drop": '["final-isb", "patch-lock"]',
        "protocol.wait": '["tasks"]',
        "protocol.order": "call-first",
    }
    assert without(of.world().image, []) == {}


def test_a_barrier_has_weaker_forms_and_what_is_weak_already_is_none() -> None:
    of = subject("explore-enable", protocol__weaken='["inval-dsb as nsh"]')
    image = of.world().image
    (dmb, stores) = weaker_forms(image, part(of, "inval-dsb"))
    assert [dmb.name, stores.name] == ["inval-dsb as dmb", "inval-dsb as ishst"]
    assert weaker_forms(image, part(of, "inval-pou")) == []
    assert weaker_forms(image, part(of, "literal before call")) == []
    assert without(image, [dmb]) == {"protocol.weaken": '["inval-dsb as dmb", "inval-dsb as nsh"]'}
    assert without(image, [dmb, part(of, "inval-dsb")]) == {
        "protocol.drop": '["inval-dsb"]',
        "protocol.weaken": "[]",
    }


def test_without_a_grace_period_nothing_is_said_of_what_orders_one() -> None:
    of = subject("explore-teardown")
    chosen = [
        part(of, name) for name in ("gp-start", "voluntary-only", "patch-lock", "wait rude", "wait tasks")
    ]
    assert without(of.world().image, chosen) == {
        "protocol.drop": '["patch-lock"]',
        "protocol.wait": "[]",
    }


@pytest.mark.parametrize("scenario", ["two-teardown", "dynamic-reuse", "pair-global-ops"])
def test_every_part_can_be_left_out_and_moves_no_other_code(scenario: str) -> None:
    """That no code moves is what `reach` relies on: then the same choices are the same run."""
    of = subject(scenario)
    world = of.world()
    for one in parts_of(world.image):
        changed = of.without(world, [one]).world()
        assert changed.image.layout == world.image.layout, one.name
        assert changed.image.program.words.keys() == world.image.program.words.keys()
        assert changed.image.program.words != world.image.program.words or one.kind is not Kind.INSTRUCTION
