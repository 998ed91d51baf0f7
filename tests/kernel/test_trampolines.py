"""The trampolines, run on a PE through a real patch site: what a traced function finds when its body begins."""

from __future__ import annotations

from random import Random

import pytest
import unicorn
from unicorn import arm64_const as uca

from ftrace_actors.arm64.program import RETURN_ADDRESS
from ftrace_actors.kernel.build import Image
from ftrace_actors.kernel.designs.base import NOP
from ftrace_actors.kernel.layout import (
    OPS_DIRECT_CALL,
    OPS_FILTER,
    OPS_FLAGS,
    OPS_FUNC,
    OPS_HITS,
    OPS_NEXT,
    TASK_PREEMPT_COUNT,
    TASK_TRACE_RECURSION,
    task_base,
    task_stack,
)

from .routines import Machine
from .worlds import world

IDLE = {"idler": {"cpu": 0, "do": []}}
KEPT = [*range(9), 29, 30, 31]
CALLEE_SAVED = range(19, 30)

LAYOUTS = {
    "call-ops": {},
    "call-ops, BTI": {"kernel": {"bti": True}},
    "fixed": {"protocol": {"literal_load": "fixed"}},
    "fixed, BTI": {"protocol": {"literal_load": "fixed"}, "kernel": {"bti": True}},
    "list-only": {"protocol": {"design": "list-only"}},
    "list-only, BTI": {"protocol": {"design": "list-only"}, "kernel": {"bti": True}},
}


def machine(*, ops: int = 1, **rest: object) -> Machine:
    names = [f"tracer_{letter}" for letter in "abc"[:ops]]
    return Machine(world(IDLE, ops=names, **rest).image)


def trampoline(machine: Machine) -> str:
    """The symbol that the design's sites call."""
    return machine.image.design.trampolines(machine.image.spec.protocol)[0]


def enable(machine: Machine, literal: str, *listed: str) -> None:
    """Link ops into the list, oldest first, and have the site call."""
    symbols = machine.image.symbols
    layout = machine.image.sites[0].layout
    for name in listed:
        assert machine.errno("ftrace_ops_list_add", symbols[name]) == 0
    routine = "ftrace_make_call" if layout.literal else "ftrace_patch_call"
    args = (
        layout.literal,
        symbols[literal],
        layout.site,
        NOP,
        machine.image.branch(layout.site, trampoline(machine)),
    )
    assert machine.errno(routine, *args) == 0


def traced_call(machine: Machine, seed: int = 0) -> tuple[list[int], list[int]]:
    """Call vfs_read with random x0-x29; x0-x30 and sp at its entry, and where its body begins."""
    layout = machine.image.sites[0].layout
    draw = Random(seed)
    seen: dict[int, list[int]] = {}
    machine.call(
        "vfs_read",
        registers=[draw.getrandbits(64) for _ in range(30)],
        at=lambda pc: seen.setdefault(pc, machine.registers()),
    )
    return seen[layout.entry], seen[layout.body]


def hits(machine: Machine, name: str) -> int:
    return machine.value(machine.image.symbols[name] + OPS_HITS)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("literal", ["tracer_a", "ftrace_list_ops", "ftrace_nop_ops"])
def test_a_traced_function_finds_its_arguments_frame_and_return_address(layout: str, literal: str) -> None:
    traced = machine(**LAYOUTS[layout])
    enable(traced, literal, "tracer_a")
    before, body = traced_call(traced, seed=len(layout))
    assert [body[number] for number in KEPT] == [before[number] for number in KEPT]
    after = traced.registers()
    assert after[0] == (before[0] + before[1]) % (1 << 64)
    assert [after[number] for number in CALLEE_SAVED] == [before[number] for number in CALLEE_SAVED]
    assert after[31] == before[31] == task_stack(0)
    direct_to_nobody = literal == "ftrace_nop_ops" and "list-only" not in layout
    assert hits(traced, "tracer_a") == (0 if direct_to_nobody else 1)


def test_without_restoring_arguments_some_are_lost() -> None:
    traced = machine(protocol={"drop": ["restore-args"]})
    enable(traced, "tracer_a", "tracer_a")
    before, body = traced_call(traced)
    assert [number for number in KEPT if body[number] != before[number]] == [2, 3]


CLOBBER = "\n".join([*(f"movn x{number}, #{number}" for number in range(18)), "ret"])
"""A callback that uses every register AAPCS64 lets it use."""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_callback_may_use_every_register_a_function_may(layout: str) -> None:
    traced = machine(**LAYOUTS[layout], routines={"clobber": CLOBBER})
    put(traced, "tracer_a", OPS_FUNC, traced.image.symbols["clobber"])
    enable(traced, "tracer_a", "tracer_a")
    before, body = traced_call(traced)
    assert [body[number] for number in KEPT] == [before[number] for number in KEPT]


def test_a_callback_is_handed_ip_parent_ops_and_registers() -> None:
    traced = machine()
    image = traced.image
    enable(traced, "tracer_a", "tracer_a")
    at: dict[int, list[int]] = {}
    registers = list(range(100, 130))
    traced.call("vfs_read", registers=registers, at=lambda pc: at.setdefault(pc, traced.registers()))
    in_callback = at[image.symbols["tracer_a_func"]]
    ip, parent, ops, fregs = in_callback[:4]
    assert (ip, parent, ops) == (image.sites[0].layout.site, RETURN_ADDRESS, image.symbols["tracer_a"])
    saved = [traced.pe.private[fregs + 8 * index][0] for index in range(14)]
    layout = image.sites[0].layout
    assert saved == [*registers[:9], 0, registers[29], RETURN_ADDRESS, task_stack(0), layout.body]


# -- the list ---------------------------------------------------------------------------------------------------------


def callbacks(machine: Machine) -> list[str]:
    """Call vfs_read; which tracers' functions ran, in order."""
    starts = {
        machine.image.symbols[name]: name for name in machine.image.symbols.names() if name.endswith("_func")
    }
    called: list[str] = []

    def at(pc: int) -> None:
        if pc in starts and starts[pc] != "ftrace_ops_list_func":
            called.append(starts[pc].removesuffix("_func"))

    machine.call("vfs_read", at=at)
    return called


def put(machine: Machine, ops: str, offset: int, value: int) -> None:
    """Change an ops' field, as it is from the start."""
    machine.image.cells[machine.image.symbols[ops] + offset] = (value, 0)


def test_the_walk_calls_every_ops_newest_first() -> None:
    traced = machine(ops=3)
    enable(traced, "ftrace_list_ops", "tracer_a", "tracer_b", "tracer_c")
    assert callbacks(traced) == ["tracer_c", "tracer_b", "tracer_a"]
    assert [hits(traced, f"tracer_{letter}") for letter in "abc"] == [1, 1, 1]


@pytest.mark.parametrize("gone", "abc")
def test_an_unlinked_ops_is_not_called(gone: str) -> None:
    traced = machine(ops=3)
    enable(traced, "ftrace_list_ops", "tracer_a", "tracer_b", "tracer_c")
    assert traced.errno("ftrace_ops_list_del", traced.image.symbols[f"tracer_{gone}"]) == 0
    assert callbacks(traced) == [f"tracer_{letter}" for letter in "cba" if letter != gone]


def test_unlinking_what_is_not_there_is_enoent() -> None:
    traced = machine(ops=2)
    enable(traced, "ftrace_list_ops", "tracer_a")
    before = traced.timeline.end
    assert traced.errno("ftrace_ops_list_del", traced.image.symbols["tracer_b"]) == -2
    assert traced.timeline.end == before


def test_a_filter_decides_by_ip() -> None:
    functions = ["vfs_read", "vfs_open", "vfs_write"]
    ops = [
        {"name": "tracer_a", "functions": ["vfs_open", "vfs_write"]},
        {"name": "tracer_b", "functions": ["vfs_open", "vfs_read"]},
        {"name": "tracer_c", "functions": ["vfs_read"]},
    ]
    traced = Machine(world(IDLE, functions=functions, ops=ops).image)
    enable(traced, "ftrace_list_ops", "tracer_a", "tracer_b", "tracer_c")
    assert callbacks(traced) == ["tracer_c", "tracer_b"]


def test_no_filter_is_every_function_and_no_function_is_skipped() -> None:
    traced = machine(ops=3)
    put(traced, "tracer_a", OPS_FILTER, 0)
    put(traced, "tracer_b", OPS_FUNC, 0)
    enable(traced, "ftrace_list_ops", "tracer_a", "tracer_b", "tracer_c")
    assert callbacks(traced) == ["tracer_c", "tracer_a"]


def test_stubs_on_the_list_are_skipped() -> None:
    traced = machine(ops=2)
    put(traced, "tracer_b", OPS_FLAGS, 1)
    enable(traced, "ftrace_list_ops", "tracer_a", "tracer_b")
    assert callbacks(traced) == ["tracer_a"]


def test_the_walk_disables_preemption_and_enables_it_again() -> None:
    traced = machine()
    enable(traced, "ftrace_list_ops", "tracer_a")
    count, recursion = task_base(0) + TASK_PREEMPT_COUNT, task_base(0) + TASK_TRACE_RECURSION
    inside: list[tuple[int, int]] = []
    callback = traced.image.symbols["tracer_a_func"]

    def at(pc: int) -> None:
        if pc == callback:
            inside.append((traced.pe.load_private(count, 4)[0], traced.pe.load_private(recursion, 4)[0]))

    traced.call("vfs_read", at=at)
    assert inside == [(1, 1)]
    assert (traced.pe.load_private(count, 4)[0], traced.pe.load_private(recursion, 4)[0]) == (0, 0)


def test_a_walk_inside_a_walk_is_left_at_once() -> None:
    traced = machine()
    enable(traced, "ftrace_list_ops", "tracer_a")
    recursion = task_base(0) + TASK_TRACE_RECURSION
    traced.pe.store_private(recursion, 4, (1, 0, 0, 0))
    before, body = traced_call(traced)
    assert [body[number] for number in KEPT] == [before[number] for number in KEPT]
    assert hits(traced, "tracer_a") == 0
    assert traced.pe.load_private(recursion, 4)[0] == 1
    assert traced.pe.load_private(task_base(0) + TASK_PREEMPT_COUNT, 4)[0] == 0


def test_a_callback_that_calls_a_traced_function_does_not_recurse() -> None:
    """The scenario's own tracer calls vfs_read, whose site leads back into the list."""
    again = "stp x29, x30, [sp, #-16]!\n bl vfs_read\n ldp x29, x30, [sp], #16\n ret"
    traced = machine(ops=2, routines={"again": again})
    put(traced, "tracer_b", OPS_FUNC, traced.image.symbols["again"])
    enable(traced, "ftrace_list_ops", "tracer_a", "tracer_b")
    assert callbacks(traced) == ["tracer_a"]


def test_adding_links_at_the_head() -> None:
    traced = machine(ops=2)
    symbols = traced.image.symbols
    enable(traced, "ftrace_list_ops", "tracer_a", "tracer_b")
    assert traced.value(symbols["ftrace_ops_list"]) == symbols["tracer_b"]
    assert traced.value(symbols["tracer_b"] + OPS_NEXT) == symbols["tracer_a"]
    assert traced.value(symbols["tracer_a"] + OPS_NEXT) == symbols["ftrace_list_end"]


# -- direct calls -----------------------------------------------------------------------------------------------------

LATE = """
    adrp x9, ftrace_stub_direct_tramp
    add  x9, x9, :lo12:ftrace_stub_direct_tramp
    str  x9, [x3, #72]                  // fregs->direct_tramp, as call_direct_funcs does
    ret
"""


@pytest.mark.parametrize("bti", [False, True])
def test_an_early_direct_call_goes_straight_to_its_trampoline(bti: bool) -> None:
    """Nothing is saved, no callback runs, x9 and x30 are as at the site; the stub returns into the body."""
    traced = machine(kernel={"bti": bti})
    stub = traced.image.symbols["ftrace_stub_direct_tramp"]
    put(traced, "tracer_a", OPS_DIRECT_CALL, stub)
    enable(traced, "tracer_a", "tracer_a")
    pe, layout = traced.pe, traced.image.sites[0].layout
    taken: list[list[int]] = []

    def at(pc: int) -> None:
        """The mark of W4 is on the branch itself."""
        if pc == traced.image.symbols["ftrace_caller_direct"]:
            taken.append(traced.registers())

    traced.call("vfs_read", registers=range(100, 130), at=at)
    (registers,) = taken
    assert (registers[9], registers[30], registers[31]) == (RETURN_ADDRESS, layout.body, task_stack(0))
    assert registers[:9] == list(range(100, 109))
    assert hits(traced, "tracer_a") == 0
    assert pe.regs[0][0] == 100 + 101


@pytest.mark.parametrize("bti", [False, True])
def test_a_late_direct_call_is_asked_for_by_the_callback(bti: bool) -> None:
    traced = machine(kernel={"bti": bti}, routines={"late": LATE})
    put(traced, "tracer_a", OPS_FUNC, traced.image.symbols["late"])
    enable(traced, "tracer_a", "tracer_a")
    before, body = traced_call(traced)
    assert [body[number] for number in KEPT] == [before[number] for number in KEPT]
    assert traced.registers()[0] == (before[0] + before[1]) % (1 << 64)


# -- another judge ----------------------------------------------------------------------------------------------------

PAGE = 0x1000


class Unicorn:
    """The words of an image, its data and a stack in unicorn, at the same addresses."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM)
        self.uc.ctl_set_cpu_model(uca.UC_CPU_ARM64_MAX)
        image = machine.image
        pages = {at & -PAGE for at in (*image.program.words, *image.cells)}
        stack = task_base(0)
        pages |= {stack + PAGE * index for index in range(16)}
        for page in sorted(pages | {RETURN_ADDRESS & -PAGE}):
            self.uc.mem_map(page, PAGE)
        for addr, word in image.program.words.items():
            self.uc.mem_write(addr, word.to_bytes(4, "little"))
        for cell in image.cells:
            self.uc.mem_write(cell, machine.value(cell).to_bytes(8, "little"))

    def call(self, registers: list[int], entry: int, until: int) -> list[int]:
        names = [getattr(uca, f"UC_ARM64_REG_X{number}") for number in range(31)] + [uca.UC_ARM64_REG_SP]
        for name, value in zip(names, registers, strict=True):
            self.uc.reg_write(name, value)
        self.uc.emu_start(entry, until, count=2000)
        assert self.uc.reg_read(uca.UC_ARM64_REG_PC) == until
        return [self.uc.reg_read(name) for name in names]


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if "list" not in name])
@pytest.mark.parametrize("literal", ["tracer_a", "ftrace_nop_ops"])
def test_unicorn_agrees_at_the_body_and_after_it(layout: str, literal: str) -> None:
    traced = machine(**LAYOUTS[layout])
    enable(traced, literal, "tracer_a")
    other = Unicorn(traced)
    image = traced.image
    site = image.sites[0].layout
    before, body = traced_call(traced, seed=7)
    assert other.call(before, site.entry, site.body) == body
    assert other.call(body, site.body, RETURN_ADDRESS) == traced.registers()
    hit = image.symbols["tracer_a"] + OPS_HITS
    assert int.from_bytes(other.uc.mem_read(hit, 8), "little") == hits(traced, "tracer_a")


def test_image_has_no_list_of_ops_at_first() -> None:
    image: Image = machine().image
    assert image.cells[image.symbols["ftrace_ops_list"]] == (image.symbols["ftrace_list_end"], 0)
