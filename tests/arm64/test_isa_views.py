"""Dependency views and provenance: which of its sources a result remembers."""

import pytest

from ftrace_actors.arm64.isa import assemble_line
from ftrace_actors.arm64.registers import SINK, SP, ZERO, ZR, Reg, fresh, join_prov

from .flat_machine import FlatMachine

DATA = 0x5000_0000

# Views and provenance no two of which join to a third.
X1: Reg = (0x10, 3, 20, 0)
X2: Reg = (0x20, 5, 10, 0)
X3: Reg = (0x30, 4, 30, 0)


def machine() -> FlatMachine:
    made = FlatMachine({DATA: bytearray(range(256))})
    made.regs[1:4] = [X1, X2, X3]
    made.flags_v, made.flags_d = 7, 15
    made.nzcv = 4  # EQ holds
    return made


def after(text: str, made: FlatMachine | None = None) -> FlatMachine:
    made = made or machine()
    made.run(assemble_line(text, made.pc, {}))
    return made


JOINED = (5, 20)  # of X1 and X2

VIEWS = {
    # one source
    "add x0, x1, #1": (3, 20),
    "sub w0, w1, #1": (3, 20),
    "mov x0, x1": (3, 20),
    "mov w0, w1": (3, 20),
    "and x0, x1, #1": (3, 20),
    "lsl x0, x1, #3": (3, 20),
    "sxtw x0, w1": (3, 20),
    "mvn x0, x1": (3, 20),
    "neg x0, x1": (3, 20),
    "rev x0, x1": (3, 20),
    "clz x0, x1": (3, 20),
    # two sources
    "add x0, x1, x2": JOINED,
    "add x0, x2, x1": JOINED,
    "add w0, w1, w2": JOINED,
    "add x0, x1, x2, lsl #3": JOINED,
    "add x0, x1, w2, sxtw": JOINED,
    "sub x0, x1, x2": JOINED,
    "adds x0, x2, x1": JOINED,
    "orr x0, x1, x2": JOINED,
    "bic x0, x2, x1": JOINED,
    "ands x0, x1, x2": JOINED,
    "lsr x0, x1, x2": JOINED,
    "udiv x0, x1, x2": JOINED,
    "mul x0, x1, x2": JOINED,
    "umulh x0, x1, x2": JOINED,
    "extr x0, x1, x2, #3": JOINED,
    "madd x0, x1, x2, x3": (5, 30),
    "smaddl x0, w1, w2, x3": (5, 30),
    # a register less itself is 0, and still depends on it
    "sub x0, x1, x1": (3, 20),
    "eor x0, x1, x1": (3, 20),
    # constants
    "mov x0, #5": (0, 0),
    "movn w0, #5": (0, 0),
    "mov x0, #0xff00ff00ff00ff00": (0, 0),
    "adr x0, .+8": (0, 0),
    "adrp x0, .": (0, 0),
    "mov x0, xzr": (0, 0),
    # selection: the chosen register as it is, the flags as pick; EQ holds
    "csel x0, x1, x2, eq": (3, 20),
    "csel x0, x1, x2, ne": (5, 15),
    "csinc x0, x1, x2, ne": (5, 15),
    "cinc x0, x2, eq": (5, 15),
    "csneg w0, w1, w2, ne": (5, 15),
    "csel x0, x1, xzr, ne": (0, 15),
    "cset x0, eq": (0, 15),
    "csetm x0, ne": (0, 15),
    # the carry is data
    "adc x0, x1, x2": (7, 20),
    "sbcs x0, x1, xzr": (7, 20),
}


@pytest.mark.parametrize(("text", "views"), VIEWS.items())
def test_views_of_results(text: str, views: tuple[int, int]) -> None:
    assert after(text).regs[0][1:3] == views


def test_partial_writes_keep_the_old_value_in_view() -> None:
    made = machine()
    made.regs[0] = (0, 8, 9, 0)
    assert after("movk x0, #1", made).regs[0] == (1, 8, 9, 0)
    assert after("bfi x0, x1, #8, #8", made).regs[0][1:3] == (8, 20)


@pytest.mark.parametrize(
    ("text", "views"),
    {
        "cmp x1, #1": (3, 20),
        "cmp x1, x2": JOINED,
        "cmn w2, w1": JOINED,
        "tst x1, x2": JOINED,
        "tst x1, #1": (3, 20),
        "cmp xzr, x2, lsl #1": (5, 10),
        "cmp x1, w2, uxtw": JOINED,
        "adds x0, x1, x2": JOINED,
        "subs w0, w1, #1": (3, 20),
        "ands x0, x1, #1": (3, 20),
        "adcs x0, x1, x2": (7, 20),
        # EQ holds: the comparison happens, and the old flags are only pick
        "ccmp x1, x2, #0, eq": (5, 20),
        "ccmp x2, #3, #0, eq": (5, 15),
        # it does not: the immediate is taken
        "ccmp x1, x2, #0, ne": (0, 15),
        "ccmn w1, #3, #0, ne": (0, 15),
    }.items(),
)
def test_views_of_flags(text: str, views: tuple[int, int]) -> None:
    made = after(text)
    assert (made.flags_v, made.flags_d) == views


def test_flag_setters_leave_other_instructions_flags_alone() -> None:
    made = after("add x0, x1, x2")
    assert (made.nzcv, made.flags_v, made.flags_d) == (4, 7, 15)


@pytest.mark.parametrize(
    ("text", "views"),
    {
        "b.eq .+8": (7, 15),
        "b.ne .+8": (7, 15),
        "cbz x1, .+8": (3, 20),
        "cbnz w2, .+8": (5, 10),
        "tbz x1, #3, .+8": (3, 20),
        "tbnz w1, #3, .+8": (3, 20),
        "br x1": (3, 20),
        "blr x2": (5, 10),
        "ret x3": (4, 30),
    }.items(),
)
def test_branches_report_views_before_the_program_counter_moves(text: str, views: tuple[int, int]) -> None:
    made = machine()
    start = made.pc
    assert after(text, made).log == [("control", *views, start)]
    assert made.pc != start


@pytest.mark.parametrize("text", ["b .+8", "bl .+8", "nop", "bti c"])
def test_unconditional_flow_reports_nothing(text: str) -> None:
    assert after(text).log == []


@pytest.mark.parametrize("text", ["bl .+8", "blr x1"])
def test_link_register_has_no_views(text: str) -> None:
    made = machine()
    made.regs[30] = (0, 9, 9, 9)
    start = made.pc
    assert after(text, made).regs[30] == (start + 4, 0, 0, 0)


def test_blr_to_its_own_link_register_jumps_first() -> None:
    made = machine()
    made.regs[30] = (0x1234_5678, 0, 0, 0)
    assert after("blr x30", made).pc == 0x1234_5678


# --- memory


def pointing(made: FlatMachine) -> FlatMachine:
    made.regs[1] = (DATA + 0x10, 3, 20, 6)
    made.regs[2] = (8, 5, 10, 0)
    made.regs[3] = (0x1_0000_00FF, 4, 30, 9)
    made.load_views = (11, 12, 13)
    return made


@pytest.mark.parametrize(
    ("text", "address"),
    {
        "ldr x0, [x1]": (DATA + 0x10, 3, 20, 6),
        "ldr x0, [x1, #8]": (DATA + 0x18, 3, 20, 6),
        "ldur x0, [x1, #-8]": (DATA + 8, 3, 20, 6),
        "ldr x0, [x1, #8]!": (DATA + 0x18, 3, 20, 6),
        "ldr x0, [x1], #8": (DATA + 0x10, 3, 20, 6),
        "ldr x0, [x1, x2]": (DATA + 0x18, 5, 20, 6),
        "ldr x0, [x1, x2, lsl #3]": (DATA + 0x50, 5, 20, 6),
        "ldr x0, [x1, w2, sxtw]": (DATA + 0x18, 5, 20, 6),
        "ldr x0, [x2, x1]": (DATA + 0x18, 5, 20, 6),
        "ldar x0, [x1]": (DATA + 0x10, 3, 20, 6),
        "ldxr x0, [x1]": (DATA + 0x10, 3, 20, 6),
    }.items(),
)
def test_an_address_joins_its_registers(text: str, address: Reg) -> None:
    made = after(text, pointing(machine()))
    assert made.log[0][1] == address
    assert made.regs[0][1:] == (11, 12, 13)


def test_orderings_sizes_and_missing_destinations_reach_the_machine() -> None:
    a = (DATA + 0x10, 3, 20, 6)
    data = (0x1_0000_00FF, 4, 30, 9)
    word, byte = (0xFF, 4, 30, 0), (0xFF, 4, 30, 0)
    expected = {
        "ldr xzr, [x1]": ("load", a, 8, 0, False),
        "ldrb w0, [x1]": ("load", a, 1, 0, True),
        "ldrsh x0, [x1]": ("load", a, 2, 0, True),
        "ldar w0, [x1]": ("load", a, 4, 1, True),
        "ldarb wzr, [x1]": ("load", a, 1, 1, False),
        "ldapr x0, [x1]": ("load", a, 8, 2, True),
        "ldaprh w0, [x1]": ("load", a, 2, 2, True),
        "str x3, [x1]": ("store", a, 8, data, 0),
        "str w3, [x1]": ("store", a, 4, word, 0),
        "str xzr, [x1]": ("store", a, 8, ZERO, 0),
        "stlr x3, [x1]": ("store", a, 8, data, 4),
        "stlrb w3, [x1]": ("store", a, 1, byte, 4),
        "ldxr x0, [x1]": ("load_exclusive", a, 8, 0),
        "ldaxrh w0, [x1]": ("load_exclusive", a, 2, 1),
        "stxr w0, w3, [x1]": ("store_exclusive", a, 4, word, 0),
        "stlxr w0, x3, [x1]": ("store_exclusive", a, 8, data, 4),
        "cas x2, x3, [x1]": ("cas", a, 8, (8, 5, 10, 0), data, 0),
        "casa x2, x3, [x1]": ("cas", a, 8, (8, 5, 10, 0), data, 1),
        "casl x2, x3, [x1]": ("cas", a, 8, (8, 5, 10, 0), data, 4),
        "casal w3, w2, [x1]": ("cas", a, 4, word, (8, 5, 10, 0), 5),
        "ldadd x3, x0, [x1]": ("amo", a, 8, "add", data, 0, True),
        "ldadda w3, wzr, [x1]": ("amo", a, 4, "add", word, 0, False),
        "staddl x3, [x1]": ("amo", a, 8, "add", data, 4, False),
        "ldclral x3, x0, [x1]": ("amo", a, 8, "clr", data, 5, True),
        "ldeorb w3, w0, [x1]": ("amo", a, 1, "eor", byte, 0, True),
        "stseth w3, [x1]": ("amo", a, 2, "set", word, 0, False),
        "ldsmax x3, x0, [x1]": ("amo", a, 8, "smax", data, 0, True),
        "ldsmina x3, x0, [x1]": ("amo", a, 8, "smin", data, 1, True),
        "ldumaxl x3, x0, [x1]": ("amo", a, 8, "umax", data, 4, True),
        "ldumin x3, x0, [x1]": ("amo", a, 8, "umin", data, 0, True),
        "swpal x3, x0, [x1]": ("amo", a, 8, "swp", data, 5, True),
        "swpalb w3, w0, [x1]": ("amo", a, 1, "swp", byte, 5, True),
        "ldapur x0, [x1]": ("load", a, 8, 2, True),
        "ldapursb w0, [x1]": ("load", a, 1, 2, True),
        "ldapursw x0, [x1]": ("load", a, 4, 2, True),
        "stlur w3, [x1]": ("store", a, 4, word, 4),
        "stlurb w3, [x1]": ("store", a, 1, byte, 4),
        "ldtrsh x0, [x1]": ("load", a, 2, 0, True),
        "sttr x3, [x1]": ("store", a, 8, data, 0),
        "ldxp w0, w2, [x1]": ("load_exclusive", a, 8, 0),
        "ldaxp x0, x2, [x1]": ("load_exclusive_pair", a, 1),
        "stxp w0, w3, w2, [x1]": ("store_exclusive", a, 8, (0x8_0000_00FF, 5, 30, 0), 0),
        "stlxp w0, x3, xzr, [x1]": ("store_exclusive_pair", a, data, ZERO, 4),
    }
    assert {text: after(text, pointing(machine())).log[0] for text in expected} == expected


def test_compare_and_swap_takes_two_consecutive_registers() -> None:
    a, made = (DATA + 0x10, 3, 20, 6), pointing(machine())
    two, three = made.regs[2], made.regs[3]
    made = after("caspal x2, x3, x2, x3, [x1]", made)
    assert made.log == [("cas_pair", a, (two, three), (two, three), 5)]
    assert [made.regs[n] for n in (2, 3)] == [
        (0x1716151413121110, 11, 12, 13),
        (0x1F1E1D1C1B1A1918, 11, 12, 13),
    ]
    made = after("caspa w2, w3, w2, w3, [x1]", pointing(machine()))
    both = (0xFF_0000_0008, 5, 30, 0)
    assert made.log == [("cas", a, 8, both, both, 1)]
    assert [made.regs[n] for n in (2, 3)] == [(0x13121110, 11, 12, 0), (0x17161514, 11, 12, 0)]


def test_non_temporal_pairs_are_pairs() -> None:
    assert after("ldnp x4, x5, [x1, #16]", pointing(machine())).log == [
        ("load", (DATA + 0x20, 3, 20, 6), 8, 0, True),
        ("load", (DATA + 0x28, 3, 20, 6), 8, 0, True),
    ]


def test_clrex_clears_the_monitor() -> None:
    made = pointing(machine())
    made.monitor = DATA + 0x10
    assert after("clrex", made).monitor is None


def test_pairs_go_lower_address_first_and_carry_the_same_views() -> None:
    made = after("ldp x4, x5, [x1, #16]!", pointing(machine()))
    assert made.log == [
        ("load", (DATA + 0x20, 3, 20, 6), 8, 0, True),
        ("load", (DATA + 0x28, 3, 20, 6), 8, 0, True),
    ]
    assert made.regs[1] == (DATA + 0x20, 3, 20, 6)
    made = after("stp w3, wzr, [x1], #-8", pointing(machine()))
    assert made.log == [
        ("store", (DATA + 0x10, 3, 20, 6), 4, (0xFF, 4, 30, 0), 0),
        ("store", (DATA + 0x14, 3, 20, 6), 4, ZERO, 0),
    ]
    assert made.regs[1] == (DATA + 8, 3, 20, 6)


def test_exclusive_status_and_compared_register_come_from_the_machine() -> None:
    made = after("stxr w4, x3, [x1]", pointing(machine()))
    assert made.regs[4] == (1, 0, 0, 0)
    made = after("cas x2, x3, [x1]", pointing(machine()))
    assert made.regs[2] == (0x1716151413121110, 11, 12, 13)


@pytest.mark.parametrize(
    "text",
    [
        "ldr x0, [x4]",
        "ldr w0, [x4, x2]",
        "ldrsb x0, [x4]",
        "ldr x0, [x4, #8]!",
        "ldr x0, [x4], #8",
        "str x3, [x4]",
        "strb w3, [x4], #1",
        "ldp x0, x5, [x4], #16",
        "stp x0, x5, [x4, #-16]!",
        "ldxr x0, [x4]",
        "stxr w0, x5, [x4]",
        "cas x0, x5, [x4]",
        "ldxp x0, x5, [x4]",
        "stxp w0, x5, x6, [x4]",
        "casp x0, x1, x2, x3, [x4]",
        "casp w0, w1, w2, w3, [x4]",
        "stlur x0, [x4, #8]",
        "ldtr x0, [x4]",
        "ldadd x5, x0, [x4]",
        "ldp x0, x4, [x6, #-8]",  # the second half faults
        "stp x0, x4, [x6, #-8]!",
    ],
)
def test_a_faulting_access_writes_nothing(text: str) -> None:
    made = pointing(machine())
    made.regs[0] = (99, 1, 2, 3)
    made.regs[4] = (0xDEAD_0000, 0, 0, 0)
    made.regs[6] = (DATA + 256, 0, 0, 0)
    made.monitor = 0xDEAD_0000
    registers, pc = list(made.regs), made.pc
    after(text, made)
    assert made.fault
    assert made.regs == registers
    assert made.pc == pc


# --- provenance

PROVENANCE = {
    "mov x0, x1": 6,
    "mov w0, w1": 0,
    "add x0, x1, #8": 6,
    "add x0, x1, x2": 6,
    "add x0, x2, x1": 6,
    "add w0, w1, w2": 0,
    "add x0, x1, x3": -1,
    "add x0, x1, x3, lsl #3": 6,
    "add x0, x1, w3, sxtw": 6,
    "sub x0, x1, x2": 6,
    "adds x0, x1, x2": 6,
    "adds x0, x1, x3": -1,
    "subs x0, x1, #1": 6,
    "subs w0, w1, #1": 0,
    "and x0, x1, #-16": 6,
    "ands x0, x1, #-16": 6,
    "and w0, w1, #-16": 0,
    "orr x0, x1, x2": 6,
    "orr x0, x1, x3": -1,
    "bic x0, x1, x2": 6,
    "eor x0, x1, x1": 0,
    "sub x0, x1, x1": 0,
    "movk x1, #1, lsl #48": 6,
    "mul x0, x1, x2": 0,
    "madd x0, x1, x2, x3": 0,
    "lsr x0, x1, #3": 0,
    "ubfx x0, x1, #0, #48": 0,
    "bfi x1, x2, #0, #4": 0,
    "rev x0, x1": 0,
    "csel x0, x1, x3, eq": 6,
    "csel x0, x1, x3, ne": 9,
    "csinc x0, x3, x1, ne": 6,
    "csinv x0, x3, x1, ne": 0,
    "csel w0, w1, w3, eq": 0,
    "cset x0, eq": 0,
    "adr x0, .+8": 0,
    "mov x0, #5": 0,
}


@pytest.mark.parametrize(("text", "prov"), PROVENANCE.items())
def test_provenance_of_results(text: str, prov: int) -> None:
    made = after(text, pointing(machine()))
    assert made.regs[1 if text.startswith(("movk", "bfi")) else 0][3] == prov


def test_joining_provenance() -> None:
    assert [join_prov(0, 0), join_prov(4, 0), join_prov(0, 4), join_prov(4, 4)] == [0, 4, 4, 4]
    assert [join_prov(4, 5), join_prov(-1, 4), join_prov(4, -1), join_prov(-1, 0)] == [-1] * 4


# --- the zero register


def test_the_zero_register_is_never_written() -> None:
    made = machine()
    for text in (
        "add xzr, x1, x2",
        "mov xzr, x1",
        "subs xzr, x1, x2",
        "ands xzr, x1, x2",
        "csel xzr, x1, x2, eq",
    ):
        after(text, made)
    assert made.regs[ZR] == ZERO
    assert made.regs[SP] == ZERO


def test_register_31_is_sp_only_where_the_encoding_says_so() -> None:
    made = machine()
    made.regs[SP] = (0x100, 1, 2, 3)
    assert after("add x0, sp, #1", made).regs[0] == (0x101, 1, 2, 3)
    assert after("add sp, sp, #16", made).regs[SP] == (0x110, 1, 2, 3)
    assert after("add x0, sp, x2", made).regs[0] == (0x130, 5, 10, 3)
    assert after("add x0, xzr, x2, lsl #0", made).regs[0] == X2
    assert after("and sp, x1, #-16", made).regs[SP] == X1


def test_fresh_registers_are_zero_and_separate() -> None:
    first, second = fresh(), fresh()
    first[0] = X1
    assert second == [ZERO] * (SINK + 1)
