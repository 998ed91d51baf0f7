"""What designs cost, against what can be counted by hand."""

import pytest

from ftrace_actors.events.flavours import FLAVOURS
from ftrace_actors.kernel.designs import DESIGNS
from ftrace_actors.studies.cost import OPERATIONS, OperationCost, Setting, call_costs, operation_costs
from ftrace_actors.studies.cost.dull import world

SETTING = Setting(cpus=3)
NO_PERIODS = {"rude": 0, "tasks": 0, "rcu": 0}
KERNELS_OWN = {"rude": 1, "tasks": 1, "rcu": 2}


def operations(
    name: str, sites: int = 2, setting: Setting = SETTING, *, dynamic: bool = True
) -> dict[str, OperationCost]:
    costs = operation_costs(DESIGNS[name], setting, sites=sites, dynamic=dynamic)
    assert [one.operation for one in costs] == list(OPERATIONS)
    assert all(one.errno == 0 and one.sites == sites and one.design == name for one in costs)
    return {one.operation: one for one in costs}


def writes(cost: OperationCost) -> tuple[int, int, int, int]:
    return cost.literals, cost.instructions, cost.cleans, cost.invalidations


def call(name: str, relevant: int, irrelevant: int) -> int:
    (cost,) = call_costs(DESIGNS[name], SETTING, [(relevant, irrelevant)])
    assert (cost.design, cost.relevant, cost.irrelevant) == (name, relevant, irrelevant)
    return cost.instructions


def test_a_new_flavour_is_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLAVOURS, "double", FLAVOURS["rcu"])
    cost = OperationCost("mine", OPERATIONS[0], 1)
    assert cost.grace_periods == {"double": 0, **NO_PERIODS}


def test_call_ops_writes_a_literal_and_an_instruction_a_site() -> None:
    costs = operations("call-ops")
    for operation in ("enable 0>1", "modify 1>2", "modify 2>1", "disable 1>0"):
        assert writes(costs[operation]) == (2, 2, 2, 2)
    for operation in ("modify 2>3", "modify 3>2"):
        assert writes(costs[operation]) == (0, 0, 0, 0)


def test_list_only_writes_an_instruction_a_site_for_the_first_and_the_last_ops() -> None:
    costs = operations("list-only")
    assert writes(costs["enable 0>1"]) == writes(costs["disable 1>0"]) == (0, 2, 2, 2)
    for operation in OPERATIONS[1:-1]:
        assert writes(costs[operation]) == (0, 0, 0, 0)
    assert writes(operations("list-only", sites=1)["enable 0>1"]) == (0, 1, 1, 1)


def test_two_trampolines_patch_a_site_twice_to_specialise_it() -> None:
    costs = operations("two-trampolines")
    assert writes(costs["enable 0>1"]) == (2, 4, 4, 4)
    assert writes(costs["modify 1>2"]) == (0, 2, 2, 2)
    assert writes(costs["disable 1>0"]) == (2, 4, 4, 4)


def test_the_global_scheme_patches_its_trampoline_besides() -> None:
    """Static, so called directly: the list function first, then the word, then the only ops's function."""
    costs = operations("global-ops", dynamic=False)
    assert writes(costs["enable 0>1"]) == (1, 4, 4, 4)
    assert writes(costs["modify 1>2"]) == (0, 1, 1, 1)
    assert writes(costs["modify 2>1"]) == (1, 2, 2, 2)
    assert costs["enable 0>1"].interrupts == SETTING.cpus - 1  # ftrace_sync_ipi


def test_a_trampoline_of_its_own_is_text_to_write() -> None:
    """All of the template, then the two words of the pointer to the ops and the BL to its function; one word a site."""
    template = world(DESIGNS["dynamic-trampoline"], SETTING, ["called"], [], []).template
    assert template is not None
    one, two = (operations("dynamic-trampoline", sites)["enable 0>1"] for sites in (1, 2))
    assert one.instructions == template.size // 4 + 2 + 1 + 1
    assert two.instructions == one.instructions + 1
    assert one.interrupts == SETTING.cpus - 1
    assert operations("dynamic-trampoline")["disable 1>0"].instructions == 2


def test_only_unregister_waits_and_only_for_dynamic_ops() -> None:
    costs = operations("call-ops")
    for operation in OPERATIONS[:3]:
        assert costs[operation].grace_periods == NO_PERIODS
        assert costs[operation].interrupts == 0
    for operation in OPERATIONS[3:]:
        assert costs[operation].grace_periods == KERNELS_OWN
    static = operations("call-ops", dynamic=False)
    assert all(cost.grace_periods == NO_PERIODS for cost in static.values())


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("dynamic", [True, False])
def test_the_interrupt_that_ends_an_update_is_counted_and_waited_for(name: str, dynamic: bool) -> None:
    """ftrace_sync_ipi: of dynamic ops only the last one to go sends it; kicks of the design's own come on top."""
    costs = operations(name, dynamic=dynamic)
    sends = {"disable 1>0"} if dynamic else {"enable 0>1", "modify 2>1", "disable 1>0"}
    kicks = dict.fromkeys(OPERATIONS, 0)
    if name == "dynamic-trampoline":
        kicks = dict.fromkeys(OPERATIONS, 1)
    if name == "two-trampolines":
        kicks |= {operation: int(dynamic) for operation in OPERATIONS[3:]} | {"disable 1>0": 1}
    others = SETTING.cpus - 1
    assert {operation: cost.waited for operation, cost in costs.items()} == {
        operation: others * (kicks[operation] + (operation in sends)) for operation in OPERATIONS
    }
    assert all(cost.interrupts >= cost.waited for cost in costs.values())


def test_rude_wakes_a_kworker_on_every_cpu_unless_it_is_a_no_op() -> None:
    real, none = (
        operations("call-ops", setting=Setting(3, profile))["disable 1>0"] for profile in ("v6.12", "v6.13")
    )
    kworkers, waker = 3, 1  # the caller sleeps, so its own CPU is idle and interrupted as well
    assert real.interrupts - none.interrupts == kworkers + waker
    assert none.interrupts == waker + none.waited
    assert none.grace_periods == {"rude": 0, "tasks": 1, "rcu": 2}


def test_writes_grow_with_the_sites_and_executed_instructions_by_the_same_for_each() -> None:
    executed = [operations("call-ops", sites)["enable 0>1"].executed for sites in (1, 2, 3)]
    assert executed[1] - executed[0] == executed[2] - executed[1] > 0


# `mov x9, x30`, a NOP and a body of eight.
UNTRACED = 10
# In ftrace_ops_list_func: 4 to the end-of-list test, 2 for the flags, 2 for the filter's pointer, 4 for its one entry,
# which is another function's, 2 for its end, 2 to the next ops.
IRRELEVANT = 16


@pytest.mark.parametrize("name", DESIGNS)
def test_an_untraced_function_costs_nothing_more(name: str) -> None:
    assert call(name, 0, 0) == call(name, 0, 3) == UNTRACED


@pytest.mark.parametrize("name", ["call-ops", "two-trampolines", "dynamic-trampoline"])
def test_irrelevant_tracers_cost_nothing_where_a_site_names_its_ops(name: str) -> None:
    assert call(name, 1, 0) == call(name, 1, 1) == call(name, 1, 5) > UNTRACED


@pytest.mark.parametrize("name", ["list-only", "global-ops"])
def test_each_irrelevant_tracer_costs_a_step_of_the_list_elsewhere(name: str) -> None:
    assert call(name, 1, 2) - call(name, 1, 1) == call(name, 1, 3) - call(name, 1, 2) == IRRELEVANT


def test_the_global_scheme_is_direct_for_a_single_ops_only() -> None:
    assert call("global-ops", 1, 0) < call("list-only", 1, 0)
    assert call("global-ops", 1, 1) > call("global-ops", 1, 0) + IRRELEVANT


@pytest.mark.parametrize("name", DESIGNS)
def test_every_relevant_tracer_beyond_the_first_costs_the_same(name: str) -> None:
    two, three, four = (call(name, number, 0) for number in (2, 3, 4))
    assert four - three == three - two > IRRELEVANT
