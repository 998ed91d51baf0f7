"""Records and the tracing core against a model of what they must come to: counts, flags, actions, literals, errors."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftrace_actors.actors import DullChooser
from ftrace_actors.events import Patch, RecordState, Register, Wait
from ftrace_actors.kernel.designs.base import NOP
from ftrace_actors.kernel.layout import OPS_NEXT
from ftrace_actors.kernel.ops import Ops
from ftrace_actors.kernel.records import Record, RecordUpdate, count_ops, unique_ops

from .steering import Ran, steered
from .worlds import Table, world

FUNCTIONS = ("vfs_open", "vfs_read", "vfs_write")
FILTERS = {
    "tracer_a": ("vfs_read",),
    "tracer_b": ("vfs_read", "vfs_write"),
    "tracer_c": FUNCTIONS,
    "tracer_d": ("vfs_write",),
}
EBUSY, ENOENT = -16, -2


def action(before: int, after: int) -> RecordUpdate:
    """What a site needs when the number of its ops changes: the whole truth, as a table."""
    if before == after:
        return RecordUpdate.IGNORE
    if not before:
        return RecordUpdate.MAKE_CALL
    if not after:
        return RecordUpdate.MAKE_NOP
    return RecordUpdate.MODIFY_CALL if 1 in {before, after} else RecordUpdate.IGNORE


def record(function: str = "vfs_read") -> Record:
    return Record(function, 0x1008, 0x100C, 0x1000, 0x1010, NOP, specialises=True)


def ops(name: str) -> Ops:
    return Ops(name, 0x9000, 1, f"{name}_func", 0x8000, functions=FILTERS[name])


# -- records ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "actions"),
    [
        ([1, 0], ["make_call", "make_nop"]),
        ([1, 2, 1], ["make_call", "modify_call", "modify_call"]),
        ([1, 2, 3, 2, 1, 0], ["make_call", "modify_call", "ignore", "ignore", "modify_call", "make_nop"]),
        ([1, 0, 1], ["make_call", "make_nop", "make_call"]),
    ],
)
def test_actions_follow_the_count(counts: Sequence[int], actions: Sequence[str]) -> None:
    site, one = record(), ops("tracer_a")
    found = []
    for count in counts:
        count_ops(site, one, count - site.count)
        found.append(site.update().value)
    assert found == actions


def test_wanted_and_installed_flags_follow_the_count() -> None:
    """CALL_OPS and ENABLED are wanted as soon as an ops is counted, installed with the update."""
    site = record()
    seen = []
    for delta in (+1, +1, -1, -1):
        count_ops(site, ops("tracer_a"), delta)
        wanted = (site.count, site.call_ops, site.enabled, site.call_ops_enabled)
        site.update()
        seen.append((*wanted, site.enabled, site.call_ops_enabled))
    assert seen == [
        (1, True, False, False, True, True),
        (2, False, True, True, True, False),
        (1, True, True, False, True, True),
        (0, False, True, True, False, False),
    ]


def test_a_site_that_only_calls_the_list_wants_no_ops_of_its_own() -> None:
    site = record()
    site.specialises = False
    count_ops(site, ops("tracer_a"), +1)
    assert not site.call_ops


def test_several_changes_before_one_update_are_one_action() -> None:
    site = record()
    for _ in range(3):
        count_ops(site, ops("tracer_a"), +1)
    assert site.update() is RecordUpdate.MAKE_CALL
    assert not site.call_ops_enabled
    for _ in range(2):
        count_ops(site, ops("tracer_a"), -1)
    assert site.update() is RecordUpdate.MODIFY_CALL
    assert site.call_ops_enabled
    assert site.update() is RecordUpdate.IGNORE


def test_a_count_never_goes_below_zero() -> None:
    with pytest.raises(AssertionError, match="negative"):
        count_ops(record(), ops("tracer_a"), -1)


def test_only_one_matching_ops_is_unique() -> None:
    a, b, d = ops("tracer_a"), ops("tracer_b"), ops("tracer_d")
    assert unique_ops(record(), []) is None
    assert unique_ops(record(), [d]) is None
    assert unique_ops(record(), [a, d]) is a
    assert unique_ops(record(), [a, b]) is None


# -- the core ---------------------------------------------------------------------------------------------------------

steps = st.lists(st.tuples(st.booleans(), st.sampled_from(sorted(FILTERS))), min_size=1, max_size=10)


async def play(program: Sequence[tuple[bool, str]], **rest: object) -> Ran:
    """One task that registers (True) and unregisters."""
    do = [f"{'register' if adds else 'unregister'} {name}" for adds, name in program]
    table: list[Table] = [{"name": name, "functions": FILTERS[name]} for name in FILTERS]
    tasks = {"registrant": {"cpu": 0, "do": do}}
    made = world(tasks, functions=FUNCTIONS, ops=table, machine={"cpus": 1}, steps=100_000, **rest)
    return await steered(made, DullChooser())


class Model:
    """The list of registered ops, newest first, and what follows from it."""

    def __init__(self) -> None:
        self.registered: list[str] = []
        self.errors: list[int] = []
        self.actions: list[tuple[str, str, str]] = []
        self.states: list[tuple[str, int, str]] = []

    def users(self, function: str) -> list[str]:
        return [name for name in self.registered if function in FILTERS[name]]

    def literal(self, function: str) -> str:
        users = self.users(function)
        return "ftrace_nop_ops" if not users else users[0] if len(users) == 1 else "ftrace_list_ops"

    def step(self, adds: bool, name: str) -> None:
        before = {function: len(self.users(function)) for function in FUNCTIONS}
        errno = 0
        if adds and name in self.registered:
            errno = EBUSY
        elif adds:
            self.registered.insert(0, name)
        elif name in self.registered:
            self.registered.remove(name)
        else:
            errno = ENOENT
        self.errors.append(errno)
        for function in FUNCTIONS:
            update = action(before[function], len(self.users(function)))
            if update is not RecordUpdate.IGNORE:
                self.actions.append((function, f"ftrace_{update.value}", self.literal(function)))
        self.states += [
            (function, len(self.users(function)), self.literal(function)) for function in FUNCTIONS
        ]


@given(steps)
@settings(max_examples=40)
async def test_the_core_does_what_the_model_says(program: list[tuple[bool, str]]) -> None:
    model = Model()
    for adds, name in program:
        model.step(adds, name)
    ran = await play(program)
    names = {one.addr: one.name for one in ran.system.ops.values()}
    assert [event.errno for event in ran.all(Register, returns=True)] == model.errors
    patches = [(event.function, event.action, names[event.literal]) for event in ran.all(Patch, begins=False)]
    assert patches == model.actions
    states = [(event.function, event.count, names[event.literal]) for event in ran.all(RecordState)]
    assert states == model.states
    assert [one.name for one in ran.system.books.ops.registered] == model.registered
    assert ran.findings == ()
    check_memory(ran, model)


def check_memory(ran: Ran, model: Model) -> None:
    """Sites, literals and the linked list hold what the books say."""
    system = ran.system
    value, symbols = system.timeline.newest_value, system.image.symbols
    for site in system.image.sites:
        layout = site.layout
        word = value(layout.site & ~7) >> 8 * (layout.site & 7) & 0xFFFF_FFFF
        assert word == (
            system.image.branch(layout.site, "ftrace_caller") if model.users(site.function) else NOP
        )
        assert value(layout.literal) == system.ops[model.literal(site.function)].addr
    linked, at = [], value(symbols["ftrace_ops_list"])
    while at != symbols["ftrace_list_end"]:
        linked.append(at)
        at = value(at + OPS_NEXT)
    assert linked == [system.ops[name].addr for name in model.registered]


async def test_a_patch_serves_whoever_is_registered_then() -> None:
    ran = await play([(True, "tracer_a"), (True, "tracer_b"), (False, "tracer_a"), (False, "tracer_b")])
    served = [event.ops for event in ran.all(Patch, begins=True, function="vfs_read")]
    assert served == [("tracer_a",), ("tracer_b", "tracer_a"), ("tracer_b",), ()]


@pytest.mark.parametrize(
    ("program", "errno"),
    [
        ([(True, "tracer_a"), (True, "tracer_a")], EBUSY),
        ([(False, "tracer_a")], ENOENT),
        ([(True, "tracer_a"), (False, "tracer_a"), (False, "tracer_a")], ENOENT),
        ([(True, "tracer_a"), (False, "tracer_a"), (True, "tracer_a")], 0),
    ],
)
async def test_errors(program: list[tuple[bool, str]], errno: int) -> None:
    ran = await play(program)
    assert [event.errno for event in ran.all(Register, returns=True)][-1] == errno
    assert ran.findings == ()


async def test_what_fails_waits_for_nothing() -> None:
    ran = await play([(False, "tracer_a")])
    assert ran.all(Wait) == []
    assert ran.all(Patch) == []


async def test_without_literals_a_second_ops_changes_nothing() -> None:
    program = [(True, "tracer_a"), (True, "tracer_b"), (False, "tracer_a"), (False, "tracer_b")]
    ran = await play(program, protocol={"design": "list-only"})
    patches = [(event.function, event.word == NOP) for event in ran.all(Patch, begins=False)]
    assert patches == [("vfs_read", False), ("vfs_write", False), ("vfs_read", True), ("vfs_write", True)]
    assert {event.literal for event in (*ran.all(Patch), *ran.all(RecordState))} == {0}


async def test_sites_are_patched_in_address_order() -> None:
    ran = await play([(True, "tracer_c")])
    assert [event.function for event in ran.all(Patch, begins=True)] == list(FUNCTIONS)
