"""The patch routines of asm/patch.S, run on a PE: what they write, in which order, and when they refuse."""

import re
from importlib.resources import files

import pytest

from ftrace_actors.actors import DullChooser
from ftrace_actors.arm64.isa import disassemble
from ftrace_actors.events import Patch, RecordState, Register
from ftrace_actors.kernel.build import Image
from ftrace_actors.kernel.designs.base import NOP
from ftrace_actors.kernel.orderings import INSTRUCTIONS

from .routines import Machine
from .steering import steered
from .worlds import world

EINVAL, ENODEV = -22, -19
IDLE = {"idler": {"cpu": 0, "do": []}}


def image(**rest: object) -> Image:
    return world(IDLE, **rest).image


class Site:
    """The only patch site of an image, and the arguments of a patch routine."""

    def __init__(self, image: Image) -> None:
        self.layout = image.sites[0].layout
        self.literal, self.site = self.layout.literal, self.layout.site
        self.bl = image.branch(self.site, "ftrace_caller")
        self.nop_ops, self.list_ops = image.symbols["ftrace_nop_ops"], image.symbols["ftrace_list_ops"]
        self.tracer = image.symbols["tracer_a"]

    def enable(self, ops: int) -> tuple[int, ...]:
        return (self.literal, ops, self.site, NOP, self.bl)

    def modify(self, ops: int) -> tuple[int, ...]:
        return (self.literal, ops, self.site, self.bl, self.bl)

    def disable(self) -> tuple[int, ...]:
        return (self.literal, self.nop_ops, self.site, self.bl, NOP)


@pytest.mark.parametrize("bti", [False, True])
@pytest.mark.parametrize(("suffix", "first"), [("", "literal"), ("_call_first", "site")])
def test_each_routine_writes_literal_and_instruction(bti: bool, suffix: str, first: str) -> None:
    machine = Machine(image(kernel={"bti": bti}))
    site = Site(machine.image)
    sequence = (
        ("ftrace_make_call", site.enable(site.tracer), (site.tracer, site.bl)),
        ("ftrace_modify_call", site.modify(site.list_ops), (site.list_ops, site.bl)),
        ("ftrace_make_nop", site.disable(), (site.nop_ops, NOP)),
    )
    for routine, args, (ops, word) in sequence:
        assert machine.errno(f"{routine}{suffix}", *args) == 0
        both = [(site.literal, 8, ops), (site.site, 4, word)]
        assert machine.stores() == (both if first == "literal" else both[::-1])
        assert (machine.value(site.literal), machine.value(site.site, 4)) == (ops, word)


@pytest.mark.parametrize("routine", ["ftrace_make_call", "ftrace_make_call_call_first", "ftrace_make_nop"])
def test_a_routine_leaves_lock_interrupts_and_callers_registers_as_they_were(routine: str) -> None:
    machine = Machine(image())
    site = Site(machine.image)
    if routine == "ftrace_make_nop":
        assert machine.errno("ftrace_make_call", *site.enable(site.tracer)) == 0
    saved = {number: 0x1000 + number for number in range(19, 30)}
    for number, value in saved.items():
        machine.pe.regs[number] = (value, 0, 0, 0)
    sp = machine.pe.regs[31]
    args = site.disable() if routine == "ftrace_make_nop" else site.enable(site.tracer)
    assert machine.errno(routine, *args) == 0
    assert machine.value(machine.image.symbols["patch_lock"]) == 0
    assert not machine.pe.interrupts_masked
    assert {number: machine.registers()[number] for number in saved} == saved
    assert machine.pe.regs[31] == sp


def test_interrupts_are_masked_while_patch_lock_is_held() -> None:
    machine = Machine(image())
    site = Site(machine.image)
    masked: list[bool] = []
    pe, lock = machine.pe, machine.image.symbols["patch_lock"]
    stored = machine.effects.stored

    def watch(addr: int, *rest: int) -> None:
        masked.append(pe.interrupts_masked)
        stored(addr, *rest)

    machine.effects.stored = watch  # type: ignore[method-assign, assignment]
    assert machine.errno("ftrace_make_call", *site.enable(site.tracer)) == 0
    addresses = [note[1] for note in machine.effects.log if note[0] == "store"]
    assert addresses == [lock, site.literal, lock, lock, site.site, lock]
    assert all(masked)


def test_a_taken_patch_lock_is_waited_for() -> None:
    """The routine spins; here nobody ever lets go, so it must not have written anything."""
    machine = Machine(image())
    site = Site(machine.image)
    machine.image.cells[machine.image.symbols["patch_lock"]] = (1, 0)
    pe = machine.pe
    pe.pc = machine.image.symbols["ftrace_make_call"]
    for index, value in enumerate(site.enable(site.tracer)):
        pe.regs[index] = (value, 0, 0, 0)
    for _ in range(200):
        pe.advance()
        pe.execute()
    assert machine.stores() == []


@pytest.mark.parametrize(
    ("routine", "written"),
    [
        ("ftrace_make_call", True),
        ("ftrace_modify_call", True),
        ("ftrace_make_call_call_first", False),
        ("ftrace_modify_call_call_first", False),
        ("ftrace_patch_call", False),
    ],
)
def test_an_unexpected_word_is_einval_and_nothing_is_patched_further(routine: str, written: bool) -> None:
    """Literal first means that the literal is written before the site is looked at, as in the kernel."""
    machine = Machine(image())
    site = Site(machine.image)
    args = (site.literal, site.tracer, site.site, NOP ^ 0x20, site.bl)
    assert machine.errno(routine, *args) == EINVAL
    assert machine.stores() == ([(site.literal, 8, site.tracer)] if written else [])
    assert machine.value(site.site, 4) == NOP
    assert not [note for note in machine.effects.log if str(note[0]).startswith(("dc", "ic"))]
    assert machine.value(machine.image.symbols["patch_lock"]) == 0


CLOBBER = """
    adrp x9, vfs_read
    add  x9, x9, :lo12:vfs_read
    movz w10, #0x2000
    movk w10, #0xd420, lsl #16      // brk #0x100
    str  w10, [x9, #4]
    ret
"""


@pytest.mark.parametrize("order", ["literal-first", "call-first"])
async def test_a_site_somebody_changed_disables_ftrace(order: str) -> None:
    """ftrace_bug, then ftrace_kill: register fails with -EINVAL and everything after it with -ENODEV."""
    ran = await steered(
        world(
            {
                "registrant": {
                    "cpu": 0,
                    "do": ["run clobber", "register tracer_a", "register tracer_b", "unregister tracer_a"],
                }
            },
            ops=["tracer_a", "tracer_b"],
            routines={"clobber": CLOBBER},
            protocol={"order": order},
        ),
        DullChooser(),
    )
    assert [event.errno for event in ran.all(Register, returns=True)] == [EINVAL, ENODEV, ENODEV]
    assert [(patch.begins, patch.errno) for patch in ran.all(Patch)] == [(True, 0), (False, EINVAL)]
    assert ran.all(RecordState) == []
    literal = ran.system.books.ops.records[0].literal
    held = ran.system.timeline.newest_value(literal)
    wanted = "tracer_a" if order == "literal-first" else "ftrace_nop_ops"
    assert held == ran.system.ops[wanted].addr


# -- cache maintenance ------------------------------------------------------------------------------------------------

LINE = 64
START = 0xFFFF_8000_8002_0034
FIRST, SECOND = START & -LINE, (START & -LINE) + LINE
CLEAN = [("dc cvau", FIRST), ("dc cvau", SECOND), ("dsb ish",)]
INVALIDATE = [("ic ivau", FIRST), ("ic ivau", SECOND), ("dsb ish",), ("isb",)]


@pytest.mark.parametrize(
    ("idc", "dic", "effects"),
    [
        (False, False, CLEAN + INVALIDATE),
        (True, False, [("dsb ishst",), *INVALIDATE]),
        (False, True, [*CLEAN, ("isb",)]),
        (True, True, [("dsb ishst",), ("isb",)]),
    ],
)
def test_maintenance_follows_ctr_el0(idc: bool, dic: bool, effects: list[tuple[object, ...]]) -> None:
    machine = Machine(image(machine={"idc": idc, "dic": dic, "line": LINE}))
    assert machine.errno("caches_clean_inval_pou", START, START + LINE) == 0
    assert machine.effects.log == effects


@pytest.mark.parametrize("line", [16, 32, 64, 128])
def test_maintenance_covers_every_line_once(line: int) -> None:
    machine = Machine(image(machine={"line": line}))
    assert machine.errno("caches_clean_inval_pou", START, START + 2 * 128 + 4) == 0
    lines = list(range(START & -line, START + 2 * 128 + 4, line))
    assert [note[1] for note in machine.effects.log if note[0] == "dc cvau"] == lines
    assert [note[1] for note in machine.effects.log if note[0] == "ic ivau"] == lines


def test_a_patched_instruction_is_maintained_and_a_literal_is_not() -> None:
    machine = Machine(image())
    site = Site(machine.image)
    assert machine.errno("ftrace_make_call", *site.enable(site.tracer)) == 0
    lines = [note[1] for note in machine.effects.log if note[0] in {"dc cvau", "ic ivau"}]
    assert lines == [site.site & -LINE] * 2
    log = machine.effects.log
    assert log.index(("store", site.site, 4, site.bl)) < log.index(("dc cvau", site.site & -LINE))


# -- dropping ---------------------------------------------------------------------------------------------------------

DROPPED = {
    "fixmap-map": [("dsb ishst", "nop"), ("isb", "nop")] * 2,
    "fixmap-unmap": [("dsb ishst", "nop"), ("dsb ish", "nop"), ("isb", "nop")] * 2,
    "patch-lock": [("casa w11, w12, [x10]", "cas w11, w12, [x10]"), ("stlr wzr, [x10]", "str wzr, [x10]")]
    * 2,
    "clean-pou": [("dc cvau, x7", "nop")],
    "clean-dsb": [("dsb ish", "nop"), ("dsb ishst", "nop")],
    "inval-pou": [("ic ivau, x7", "nop")],
    "inval-dsb": [("dsb ish", "nop")],
    "final-isb": [("isb", "nop")],
    "list-publish": [("stlr x0, [x9]", "str x0, [x9]"), ("stlr x11, [x9]", "str x11, [x9]")],
    "text-clean": [("dc cvau, x8", "nop")],
    "text-clean-dsb": [("dsb ish", "nop"), ("dsb ishst", "nop")],
    "text-inval": [("ic ivau, x8", "nop")],
    "reuse-inval": [("ic ivau, x8", "nop")],
    "text-inval-dsb": [("dsb ish", "nop")],
    "restore-args": [("ldp x2, x3, [sp, #16]", "nop")],
    "literal-reset": [("bl", "mov w0, wzr")] * 2,
}
"""Ordering -> the instructions it takes away, and what stands there instead, in address order."""


def test_every_named_instruction_is_listed() -> None:
    assert set(DROPPED) == set(INSTRUCTIONS)


@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_dropping_an_ordering_changes_exactly_its_instructions(name: str) -> None:
    design = "dynamic-trampoline" if name.startswith(("text-", "reuse-")) else "call-ops"
    whole = image(protocol={"design": design}).program.words
    less = image(protocol={"design": design, "drop": [name]}).program.words
    assert whole.keys() == less.keys()
    changed = [addr for addr in sorted(whole) if whole[addr] != less[addr]]
    assert [(text(whole[addr], addr), text(less[addr], addr)) for addr in changed] == DROPPED[name]


def text(word: int, addr: int) -> str:
    """An instruction, without where a BL goes."""
    plain = disassemble(word, addr)
    return "bl" if plain.startswith("bl ") else plain


def test_names_in_the_assembly_are_the_listed_ones() -> None:
    asm = files("ftrace_actors.kernel") / "asm"
    lines = [line for path in asm.iterdir() for line in path.read_text().splitlines()]
    code = [line for line in lines if not line.startswith("//")]
    assert set(re.findall(r"//@ ordering ([\w-]+)", "\n".join(code))) == set(INSTRUCTIONS)
