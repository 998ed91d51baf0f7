"""Kernel versions: which preemption models each can boot, what it sets, and what contradicts itself."""

from __future__ import annotations

import pytest

from ftrace_actors.kernel.config import KernelConfig
from ftrace_actors.scenario import ScenarioError

from .worlds import Table, world


def kernel(*, machine: Table | None = None, **table: object) -> KernelConfig:
    """The kernel of a scenario with this [kernel] table."""
    return world({"idler": {"cpu": 0, "do": []}}, kernel=table, machine=machine).image.spec.kernel


@pytest.mark.parametrize(
    ("profile", "preempt", "rude", "guard"),
    [
        ("v6.3", "full", "real", "preemption"),
        ("v6.12", "full", "real", "none"),
        ("v6.13", "full", "noop", "none"),
        ("v6.16", "lazy", "noop", "none"),
        ("v7.0", "lazy", "noop", "none"),
    ],
)
def test_a_profile_sets_defaults(profile: str, preempt: str, rude: str, guard: str) -> None:
    config = kernel(profile=profile)
    assert (config.profile, config.preempt, config.rude) == (profile, preempt, rude)
    assert (config.tasks_guard, config.preemption) == (guard, True)
    other = "real" if rude == "noop" else "noop"
    assert kernel(profile=profile, rude=other, tasks_guard="tasks-rcu").rude == other


MODELS = ("none", "voluntary", "lazy", "full", "rt")
BOOTABLE = {
    "v6.3": {"none", "voluntary", "full"},
    "v6.12": {"none", "voluntary", "full", "rt"},
    "v6.13": {"none", "voluntary", "full", "rt"},
    "v6.16": set(MODELS),
    "v7.0": {"lazy", "full", "rt"},
}


@pytest.mark.parametrize("profile", BOOTABLE)
@pytest.mark.parametrize("preempt", MODELS)
def test_a_version_boots_the_models_it_has_on_arm64(profile: str, preempt: str) -> None:
    if preempt in BOOTABLE[profile]:
        assert kernel(profile=profile, preempt=preempt).preempt == preempt
        return
    with pytest.raises(ScenarioError) as caught:
        kernel(profile=profile, preempt=preempt)
    assert caught.value.key_path == "$.kernel.preempt"
    assert str(caught.value.message).startswith(f"{profile} has no '{preempt}' on arm64; it has ")
    assert set(caught.value.message.partition("it has ")[2].split(", ")) == BOOTABLE[profile]


@pytest.mark.parametrize("profile", BOOTABLE)
@pytest.mark.parametrize("preempt", MODELS)
def test_preemption_can_be_left_out_where_nothing_takes_it(profile: str, preempt: str) -> None:
    """What is built in and what is booted are two knobs; some of their settings exclude each other."""
    if preempt not in BOOTABLE[profile]:
        return
    assert kernel(profile=profile, preempt=preempt, preemption=True).preemption
    if preempt in {"none", "voluntary"}:
        config = kernel(profile=profile, preempt=preempt, preemption=False)
        assert (config.preemption, config.tasks_rcu, config.kernel_preemptible) == (False, False, False)
        return
    with pytest.raises(ScenarioError) as caught:
        kernel(profile=profile, preempt=preempt, preemption=False)
    assert caught.value.key_path == "$.kernel.preemption"
    assert "PREEMPTION" in caught.value.message


@pytest.mark.parametrize("profile", ["v6.13+", "v6.1", "", "V6.12", "v6.12 "])
def test_an_unknown_profile_is_answered_with_the_five(profile: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        kernel(profile=profile)
    assert (caught.value.key_path, caught.value.message) == (
        "$.kernel.profile",
        f"unknown profile {profile!r}; known: v6.3, v6.12, v6.13, v6.16, v7.0",
    )


def test_pac_in_the_kernel_makes_every_switch_synchronize() -> None:
    config = kernel(machine={"pac": True})
    assert (config.pac, config.switch_sync) == (True, True)
    assert kernel(machine={"pac": True}, switch_sync=True).switch_sync
    assert (kernel(switch_sync=True).pac, kernel().switch_sync) == (False, False)
    with pytest.raises(ScenarioError) as caught:
        kernel(machine={"pac": True}, switch_sync=False)
    assert (caught.value.key_path, "machine.pac" in caught.value.message) == ("$.kernel.switch_sync", True)
