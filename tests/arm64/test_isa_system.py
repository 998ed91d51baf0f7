"""What barriers, cache operations, system registers and exceptions ask of the machine; visibility and address."""

import pytest

from ftrace_actors.arm64.isa import (
    ACCESS,
    BARRIER,
    CACHE,
    PRIVATE,
    SYNC,
    SYSTEM,
    Bound,
    assemble_line,
    bind,
    decode,
)
from ftrace_actors.arm64.isa.fields import bits
from ftrace_actors.arm64.isa.row import Row
from ftrace_actors.arm64.isa.table import ROWS, ROWS_BY_MNEMONIC
from ftrace_actors.arm64.registers import ZERO, Reg

from .flat_machine import FlatMachine
from .isa_words import DECODED, row_id, words_of

X1: Reg = (0x5000_0008, 3, 4, 5)


def bound(text: str) -> Bound:
    return bind(assemble_line(text, 0, {}))


def asked(text: str) -> FlatMachine:
    machine = FlatMachine({0x5000_0000: bytearray(64)})
    machine.regs[1] = X1
    machine.sysregs = {"sp_el0": (77, 1, 2, 3)}
    machine.run(assemble_line(text, 0, {}))
    return machine


STEPPING = {
    "dmb sy": ("barrier", "dmb", "sy"),
    "dmb ish": ("barrier", "dmb", "ish"),
    "dmb ishld": ("barrier", "dmb", "ishld"),
    "dmb st": ("barrier", "dmb", "st"),
    "dsb nsh": ("barrier", "dsb", "nsh"),
    "dsb ishst": ("barrier", "dsb", "ishst"),
    "dsb #12": ("barrier", "dsb", "sy"),  # reserved domains act on all
    "dsb oshnxs": ("barrier", "dsb", "osh"),
    "dsb nshnxs": ("barrier", "dsb", "nsh"),
    "dsb ishnxs": ("barrier", "dsb", "ish"),
    "dsb synxs": ("barrier", "dsb", "sy"),
    "isb": ("isb",),
    "sb": ("sb",),
    "dc cvau, x1": ("dc", X1),
    "dc civac, x1": ("dc", X1),
    "dc cvac, xzr": ("dc", ZERO),
    "dc cvap, x1": ("dc", X1),
    "dc cvadp, x1": ("dc", X1),
    "dc ivac, x1": ("dc", X1),
    "ic ivau, x1": ("ic", X1, True),
    "ic ialluis": ("ic", None, True),
    "ic iallu": ("ic", None, False),
    "mrs x0, sp_el0": ("read_sysreg", "sp_el0"),
    "mrs x0, nzcv": ("read_sysreg", "nzcv"),
    "mrs x0, mpidr_el1": ("read_sysreg", "mpidr_el1"),
    "mrs x0, CurrentEL": ("read_sysreg", "currentel"),
    "msr tpidr_el1, x1": ("write_sysreg", "tpidr_el1", X1),
    "msr daif, xzr": ("write_sysreg", "daif", ZERO),
    "msr daifset, #2": ("daif_set", 2),
    "msr DAIFClr, #15": ("daif_clear", 15),
    "wfi": ("wait_hint", "wfi"),
    "wfe": ("wait_hint", "wfe"),
}


@pytest.mark.parametrize(("text", "request_"), STEPPING.items())
def test_the_machine_is_asked_and_the_instruction_stepped_over(
    text: str, request_: tuple[object, ...]
) -> None:
    machine = asked(text)
    assert machine.log == [request_]
    assert machine.pc == 0x4000_0004


@pytest.mark.parametrize(
    ("text", "request_"),
    {
        "svc #1": ("exception", "svc", 1),
        "hvc #2": ("exception", "hvc", 2),
        "smc #3": ("exception", "smc", 3),
        "brk #0x800": ("exception", "brk", 0x800),
        "udf #9": ("exception", "udf", 9),
        "hlt #7": ("exception", "udf", 7),  # undefined where halting is off
        ".inst 0xffffffff": ("exception", "udf", 0),
        "eret": ("eret",),
    }.items(),
)
def test_exceptions_leave_the_program_counter_to_the_machine(text: str, request_: tuple[object, ...]) -> None:
    machine = asked(text)
    assert machine.log == [request_]
    assert machine.pc == 0x4000_0000


@pytest.mark.parametrize(
    "text",
    [
        "nop",
        "yield",
        "sev",
        "bti",
        "bti c",
        "bti j",
        "bti jc",
        "paciasp",
        "autiasp",
        "paciaz",
        "xpaclri",
        "hint #127",
        "psb csync",
        "tsb csync",
        "ssbb",
        "pssbb",
        "msr pan, #1",
        "msr spsel, #1",
        "tlbi vmalle1is",
        "tlbi alle2",
        "tlbi ipas2e1is, x1",
        "tlbi vaale1is, x1",
        "prfm pldl1keep, [x1]",
        "prfm pstl1strm, [x1, x1, lsl #3]",
        "prfum #7, [x1, #-1]",
        "prfm pldl1keep, .+8",
    ],
)
def test_hints_do_nothing(text: str) -> None:
    machine = asked(text)
    assert machine.log == []
    assert machine.regs[1] == X1
    assert machine.pc == 0x4000_0004
    assert bound(text).visible == PRIVATE


def test_mrs_delivers_what_the_machine_says() -> None:
    assert asked("mrs x0, sp_el0").regs[0] == (77, 1, 2, 3)
    assert asked("mrs xzr, sp_el0").regs[0] == ZERO


def test_a_faulting_cache_operation_stays_where_it_is() -> None:
    class Faulting(FlatMachine):
        def dc(self, a: Reg) -> None:
            self.fault = "unmapped"

        def ic(self, a: Reg | None, broadcast: bool) -> None:
            self.fault = "unmapped"

    for text in ("dc cvau, x1", "ic ivau, x1"):
        machine = Faulting()
        machine.run(assemble_line(text, 0, {}))
        assert machine.pc == 0x4000_0000


# --- visibility and addresses


@pytest.mark.parametrize(
    ("text", "visible"),
    {
        "add x0, x1, x2": PRIVATE,
        "b .": PRIVATE,
        "ret": PRIVATE,
        "mrs x0, sp_el0": PRIVATE,
        "adr x0, .": PRIVATE,
        "ldr x0, .": ACCESS,
        "stp x0, x1, [sp, #-16]!": ACCESS,
        "casal x0, x1, [x2]": ACCESS,
        "stadd x0, [x1]": ACCESS,
        "dmb ish": BARRIER,
        "dsb ishst": BARRIER,
        "dc cvau, x0": CACHE,
        "ic ialluis": CACHE,
        "isb": SYNC,
        "sb": SYNC,
        "svc #0": SYSTEM,
        "brk #1": SYSTEM,
        "eret": SYSTEM,
        "wfi": SYSTEM,
        "wfe": SYSTEM,
        "udf #0": SYSTEM,
        ".inst 0xffffffff": SYSTEM,
    }.items(),
)
def test_visibility(text: str, visible: int) -> None:
    assert bound(text).visible == visible


@pytest.mark.parametrize("row", [row for row in DECODED if row.visible == ACCESS], ids=row_id)
def test_the_address_is_the_lowest_one_accessed_and_asking_has_no_effect(row: Row) -> None:
    word = words_of(row, 1, seed=6)[0]
    machine = FlatMachine()
    machine.regs[:32] = [(0x1000 * (number + 1), 0, 0, 0) for number in range(32)]
    before = list(machine.regs)
    ready = bind(word)
    assert ready.address is not None
    address = ready.address(machine)  # type: ignore[arg-type]
    assert machine.regs == before
    assert machine.log == []
    machine.run(word)
    _, first, size, *_ = machine.log[0]
    upper_half_first = row.mnemonic == "stilp" and not bits(word, 12, 4)
    assert first[0] == address + (size if upper_half_first else 0)  # type: ignore[index,operator]


def test_only_accesses_and_cache_operations_by_address_have_one() -> None:
    named = {row.mnemonic for row in ROWS if row.address is not None and row.visible != ACCESS}
    assert named == {"dc", "ic"}
    assert all(row.address is not None for row in ROWS if row.visible == ACCESS)
    assert bound("ic ialluis").address is None
    cleaned = bound("dc cvau, x1").address
    assert cleaned is not None
    machine = FlatMachine()
    machine.regs[1] = X1
    assert cleaned(machine) == X1[0]  # type: ignore[arg-type]


# --- the table as a whole


def test_a_word_is_bound_once() -> None:
    assert bind(0xD503201F) is bind(0xD503201F)


def test_mnemonics_of_the_freely_replaceable_instructions() -> None:
    texts = ("b .", "bl .", "brk #1", "cbz x0, .", "cbnz x0, .", "tbz x0, #1, .", "tbnz x0, #1, .", "hvc #0")
    more = ("isb", "nop", "smc #0", "svc #0", "b.eq .", "b.al .")
    names = [decode(assemble_line(text, 0, {})).mnemonic for text in (*texts, *more)]
    assert names == [
        "b",
        "bl",
        "brk",
        "cbz",
        "cbnz",
        "tbz",
        "tbnz",
        "hvc",
        "isb",
        "nop",
        "smc",
        "svc",
        "b.eq",
        "b.al",
    ]


WANTED = """
    add sub and orr eor bic orn eon adds subs ands bics mov movz movk movn mvn neg negs lsl lsr asr ror ubfm sbfm bfm
    ubfx sbfx bfi bfxil ubfiz sbfiz uxtb uxth sxtb sxth sxtw mul madd msub udiv sdiv clz rev rbit adr adrp
    ldr str ldur stur ldp stp ldrsw ldrsb ldrsh ldpsw ldrb ldrh strb strh ldar stlr ldapr ldarb ldarh stlrb stlrh
    ldxr stxr ldaxr stlxr ldxrb stlxrh cas casa casl casal casab caslh ldadd ldadda ldaddl ldaddal ldclr ldeor ldset
    ldsmax ldsmin ldumax ldumin swp swpa swpl swpal staddl stclr stset steor ldaddb swpalh
    cmp cmn tst ccmp ccmn csel csinc csinv csneg cset csetm cinc cinv cneg
    b b.eq b.ne b.hs bl blr br ret cbz cbnz tbz tbnz nop hint yield wfe wfi sev bti paciasp autiasp xpaclri
    sevl dgh esb csdb psb pacia1716 pacib1716 autia1716 autib1716 paciaz pacibz pacibsp autiaz autibz autibsp
    adc adcs sbc sbcs ngc ngcs smaddl umsubl smull umull smulh umulh extr rev16 rev32 cls bfc prfum
    dmb dsb isb sb dc ic tlbi mrs msr svc hvc smc brk udf eret prfm
"""


def test_the_table_covers_what_it_promises() -> None:
    assert [mnemonic for mnemonic in WANTED.split() if mnemonic not in ROWS_BY_MNEMONIC] == []


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_every_row_binds(row: Row) -> None:
    """Also rows the decoder never picks: their words belong to another row, which must be runnable."""
    words = words_of(row, 1) or [row.value]
    assert callable(bind(words[0]).run)
