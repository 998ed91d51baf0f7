"""What instructions compute, against the unicorn emulator: registers, flags, memory, program counter."""

from random import Random

import pytest
import unicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from unicorn import arm64_const as uca

from ftrace_actors.arm64.access import ACQUIRE, ACQUIRE_PC, PLAIN, RELEASE
from ftrace_actors.arm64.isa import ACCESS, BARRIER, PRIVATE, assemble_line, disassemble
from ftrace_actors.arm64.isa.decode import decode
from ftrace_actors.arm64.isa.row import Row
from ftrace_actors.arm64.registers import SP

from .flat_machine import FlatMachine
from .isa_words import DECODED, RECENT, row_id, words_of

CODE, CODE_SIZE = 0x4000_0000, 0x40_0000
PC = CODE + CODE_SIZE // 2  # literals reach a mebibyte to either side
DATA, DATA_SIZE = 0x5000_0000, 0x2_0000
MIDDLE = DATA + DATA_SIZE // 2

# In programs: a base register that stays aligned, one that write-back may move, and a small index.
ALIGNED_BASE, BASE, INDEX = 26, 28, 27
RESERVED = {ALIGNED_BASE, BASE, INDEX}

REGISTERS = [getattr(uca, f"UC_ARM64_REG_X{number}") for number in range(31)] + [uca.UC_ARM64_REG_SP]
# System registers and hints with a state of their own are tested by what they ask of the machine.
ELSEWHERE = {"mrs", "msr", "wfe", "wfi", "dc", "ic", "tlbi", "esb"}
# Unicorn 2.1 gets these wrong (LDSMAXB compares unsigned, LDUMIN signed); the operation is the machine's anyway.
MISTAKEN = ("ldsm", "stsm", "ldum", "stum")
ALIGNED = (
    "cas",
    "swp",
    "ldx",
    "ldax",
    "stx",
    "stlx",
    "ldar",
    "ldapr",
    "stlr",
    "stlur",
    "ldapur",
    "ldlar",
    "stllr",
)
INTERESTING = (0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 63, (1 << 63) - 1, (1 << 64) - 1)


class Emulator:
    """One unicorn engine with the same two regions as the flat machine, whose code bytes they share."""

    def __init__(self) -> None:
        self.literals = Random(0).randbytes(0x1000) * (CODE_SIZE // 0x1000)
        self.code = bytearray(self.literals)
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM)
        self.uc.ctl_set_cpu_model(uca.UC_CPU_ARM64_MAX)
        self.uc.mem_map(0, 0x1000)  # where BR XZR goes
        self.uc.mem_map(CODE, CODE_SIZE)
        self.uc.mem_map(DATA, DATA_SIZE)
        self.uc.mem_write(CODE, self.literals)

    def machine_with(self, words: list[int], draw: Random) -> FlatMachine:
        """Random registers and data; x26 and x28 point into the data, x27 is a small index, sp is aligned."""
        offset = PC - CODE
        text = b"".join(word.to_bytes(4, "little") for word in words)
        text += self.literals[offset + len(text) : offset + 0x1000]
        self.code[offset : offset + 0x1000] = text
        self.uc.mem_write(PC, text)
        machine = FlatMachine({CODE: self.code, DATA: bytearray(draw.randbytes(DATA_SIZE))})
        for number in range(31):
            value = draw.choice(INTERESTING) if draw.random() < 0.3 else draw.getrandbits(64)
            machine.regs[number] = (value, 0, 0, 0)
        machine.regs[ALIGNED_BASE] = machine.regs[BASE] = machine.regs[SP] = (MIDDLE, 0, 0, 0)
        machine.regs[INDEX] = (draw.randrange(0x400), 0, 0, 0)
        machine.nzcv = draw.randrange(16)
        machine.pc = PC
        return machine

    def run(self, words: list[int], machine: FlatMachine) -> FlatMachine:
        """The state after running `words` one after the other from the state of `machine`."""
        uc = self.uc
        uc.mem_write(DATA, bytes(machine.memory[DATA]))
        for number, register in enumerate(REGISTERS):
            uc.reg_write(register, machine.regs[number][0])
        uc.reg_write(uca.UC_ARM64_REG_NZCV, machine.nzcv << 28)
        uc.ctl_remove_cache(PC, PC + 4 * len(words))
        uc.emu_start(PC, CODE, count=len(words))
        after = FlatMachine({CODE: machine.memory[CODE], DATA: uc.mem_read(DATA, DATA_SIZE)})
        for number, register in enumerate(REGISTERS):
            after.regs[number] = (uc.reg_read(register), 0, 0, 0)
        after.nzcv = uc.reg_read(uca.UC_ARM64_REG_NZCV) >> 28
        after.pc = uc.reg_read(uca.UC_ARM64_REG_PC)
        return after


SHARED = Emulator()


def difference(words: list[int], ours: FlatMachine, theirs: FlatMachine) -> list[str]:
    found = [
        f"{'sp' if number == SP else f'x{number}'}: ours {ours.regs[number][0]:#x}, unicorn {theirs.regs[number][0]:#x}"
        for number in range(32)
        if ours.regs[number][0] != theirs.regs[number][0]
    ]
    if ours.nzcv != theirs.nzcv:
        found.append(f"nzcv: ours {ours.nzcv:04b}, unicorn {theirs.nzcv:04b}")
    if ours.pc != theirs.pc:
        found.append(f"pc: ours {ours.pc:#x}, unicorn {theirs.pc:#x}")
    if ours.memory[DATA] != theirs.memory[DATA]:
        found.append("memory differs")
    return [*(disassemble(word, PC) for word in words), *found] if found else []


def compared(words: list[int], machine: FlatMachine) -> list[str]:
    theirs = SHARED.run(words, machine)
    for word in words:
        machine.run(word)
        assert machine.fault == "", disassemble(word, PC)
    return difference(words, machine, theirs)


def is_aligned_access(row: Row) -> bool:
    """Exclusives, ordered accesses and atomics want natural alignment."""
    return row.mnemonic.startswith(ALIGNED) or (row.value >> 24 & 0x3F == 0x38 and row.value >> 21 & 1 == 1)


def in_reach(word: int, machine: FlatMachine) -> int:
    """A jump made to land in the code, where unicorn can go."""
    if word >> 26 & 31 == 5:
        return word | 0x03FC0000 if word >> 25 & 1 else word & ~0x03FC0000
    if word >> 25 & 127 == 0x6B:
        number = word >> 5 & 31
        machine.regs[number] = (PC + 0x100, 0, 0, 0) if number != 31 else machine.regs[number]
    return word


def with_base(row: Row, word: int) -> int:
    """An access moved to the reserved base and index registers, so that it hits the data."""
    if row.visible != ACCESS or (row.value >> 27 & 3 == 3 and row.value >> 24 & 0x3F == 0x18):
        return word
    register_offset = row.value >> 27 & 7 == 7 and row.value >> 21 & 1 == 1 and row.value >> 10 & 3 == 2
    atomic = is_aligned_access(row) and not register_offset
    word = (word & ~(31 << 5)) | (ALIGNED_BASE if atomic else BASE) << 5
    return (word & ~(31 << 16)) | INDEX << 16 if register_offset else word


def usable(row: Row, word: int) -> bool:
    """False if the word is no longer this row's, or writes a register that addresses are made of."""
    if decode(word).row is not row:
        return False
    first = word & 31
    written = {first, word >> 10 & 31, word >> 16 & 31} if row.visible == ACCESS else {first}
    index_is_read = row.visible == ACCESS and word >> 10 & 3 == 2
    return not written & (RESERVED - ({INDEX} if index_is_read else set())) and first not in RESERVED


STRAIGHT = [
    row
    for row in DECODED
    if row.visible in (PRIVATE, ACCESS, BARRIER)
    and row.mnemonic not in ELSEWHERE
    and row.value not in RECENT
    and not row.mnemonic.startswith(MISTAKEN)
]


def is_branch(row: Row) -> bool:
    return row.value >> 26 & 7 == 5 and row.value >> 22 != 0x354


PROGRAM_WORDS = [
    word
    for row in STRAIGHT
    if not is_branch(row)
    for word in (with_base(row, each) for each in words_of(row, 6, seed=5))
    if usable(row, word)
]


@pytest.mark.parametrize("row", STRAIGHT, ids=row_id)
def test_each_row_alone_does_what_unicorn_does(row: Row) -> None:
    words = [word for each in words_of(row, 24, seed=4) if usable(row, word := with_base(row, each))]
    assert words
    draw = Random(row.value)
    for each in words[:10]:
        machine = SHARED.machine_with([in_reach(each, FlatMachine())], draw)
        word = in_reach(each, machine)
        assert compared([word], machine) == []


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PROGRAM_WORDS), min_size=1, max_size=24), st.integers(0, 1 << 32))
def test_straight_line_programs_do_what_unicorn_does(words: list[int], seed: int) -> None:
    machine = SHARED.machine_with(words, Random(seed))
    assert compared(words, machine) == []


# -- instructions that unicorn does not know ---------------------------------------------------------------------------


def ran(text: str, registers: dict[int, int], memory: bytes = bytes(64)) -> FlatMachine:
    machine = FlatMachine({DATA: bytearray(memory)})
    for number, value in registers.items():
        machine.regs[number] = (value, number, 0, 0)
    machine.run(assemble_line(text, machine.pc, {}))
    assert not machine.fault
    return machine


def as_signed(value: int, width: int) -> int:
    return int.from_bytes((value % (1 << width)).to_bytes(width // 8, "little"), "little", signed=True)


@given(st.integers(0, (1 << 64) - 1) | st.sampled_from(INTERESTING), st.integers(0, (1 << 64) - 1), st.data())
def test_short_sequences_compute_what_their_names_say(a: int, b: int, data: st.DataObject) -> None:
    width = data.draw(st.sampled_from([32, 64]))
    letter, mask = "w" if width == 32 else "x", (1 << width) - 1
    bits_of = format(a & mask, f"0{width}b")
    for text, wanted in {
        "cnt {r}0, {r}1": bits_of.count("1"),
        "ctz {r}0, {r}1": len(bits_of) - len(bits_of.rstrip("0")),
        "abs {r}0, {r}1": abs(as_signed(a, width)),
        "smax {r}0, {r}1, {r}2": max(as_signed(a, width), as_signed(b, width)),
        "smin {r}0, {r}1, {r}2": min(as_signed(a, width), as_signed(b, width)),
        "umax {r}0, {r}1, {r}2": max(a & mask, b & mask),
        "umin {r}0, {r}1, {r}2": min(a & mask, b & mask),
        "smax {r}0, {r}1, #-128": max(as_signed(a, width), -128),
        "smin {r}0, {r}1, #127": min(as_signed(a, width), 127),
        "umax {r}0, {r}1, #255": max(a & mask, 255),
        "umin {r}0, {r}1, #200": min(a & mask, 200),
    }.items():
        machine = ran(text.format(r=letter), {1: a, 2: b})
        both = "{r}2" in text
        assert machine.regs[0] == (wanted & mask, 2 if both else 1, 0, 0), text
        assert machine.pc == 0x4000_0004


@pytest.mark.parametrize(
    ("text", "accesses", "base"),
    [
        ("ldapr w0, [x1], #4", [("load", 16, 4, ACQUIRE_PC)], 20),
        ("ldapr x0, [x1], #8", [("load", 16, 8, ACQUIRE_PC)], 24),
        ("stlr w0, [x1, #-4]!", [("store", 12, 4, RELEASE)], 12),
        ("stlr x0, [x1, #-8]!", [("store", 8, 8, RELEASE)], 8),
        ("ldlar x0, [x1]", [("load", 16, 8, ACQUIRE)], 16),
        ("ldlarb w0, [x1]", [("load", 16, 1, ACQUIRE)], 16),
        ("stllr w0, [x1]", [("store", 16, 4, RELEASE)], 16),
        ("stllrh w0, [x1]", [("store", 16, 2, RELEASE)], 16),
        ("ldiapp w0, w2, [x1]", [("load", 16, 4, ACQUIRE_PC), ("load", 20, 4, ACQUIRE_PC)], 16),
        ("ldiapp x0, x2, [x1]", [("load", 16, 8, ACQUIRE_PC), ("load", 24, 8, ACQUIRE_PC)], 16),
        ("ldiapp w0, w2, [x1], #8", [("load", 16, 4, ACQUIRE_PC), ("load", 20, 4, ACQUIRE_PC)], 24),
        ("ldiapp x0, x2, [x1], #16", [("load", 16, 8, ACQUIRE_PC), ("load", 24, 8, ACQUIRE_PC)], 32),
        ("stilp w0, w2, [x1]", [("store", 16, 4, RELEASE), ("store", 20, 4, RELEASE)], 16),
        ("stilp x0, x2, [x1, #-16]!", [("store", 8, 8, RELEASE), ("store", 0, 8, RELEASE)], 0),
        ("stilp w0, w2, [x1, #-8]!", [("store", 12, 4, RELEASE), ("store", 8, 4, RELEASE)], 8),
    ],
)
def test_ordered_accesses_reach_the_machine_in_order(
    text: str, accesses: list[tuple[str, int, int, int]], base: int
) -> None:
    memory = bytes(range(64))
    machine = ran(text, {0: 0xA0A1_A2A3_A4A5_A6A7, 1: DATA + 16, 2: 0xB0B1_B2B3_B4B5_B6B7}, memory)
    made = [(e[0], e[1][0] - DATA, e[2], e[-1] if e[0] == "store" else e[3]) for e in machine.log]  # type: ignore[index]
    assert made == accesses
    assert machine.regs[1][0] == DATA + base
    upwards = sorted(accesses, key=lambda access: access[1])
    for number, (kind, at, size, _) in zip((0, 2), upwards, strict=False):
        got = int.from_bytes(machine.memory[DATA][at : at + size], "little")
        assert machine.regs[number][0] & (1 << 8 * size) - 1 == got
        if kind == "load":
            assert got == int.from_bytes(memory[at : at + size], "little")


@pytest.mark.parametrize(
    ("order", "wanted"), [("", PLAIN), ("a", ACQUIRE), ("l", RELEASE), ("al", ACQUIRE | RELEASE)]
)
@pytest.mark.parametrize(
    ("op", "low", "high"), [("swpp", 0x0F, 0xF0), ("ldclrp", 0x30, 0x03), ("ldsetp", 0x3F, 0xF3)]
)
def test_atomic_pairs(op: str, low: int, high: int, order: str, wanted: int) -> None:
    memory = (0x33).to_bytes(8, "little") + (0x33 if op != "ldclrp" else 0xF3).to_bytes(8, "little")
    high = 0x03 if op == "ldclrp" else high
    machine = ran(f"{op}{order} x0, x2, [x1]", {0: 0x0F, 1: DATA, 2: 0xF0}, memory)
    assert machine.log[0][:3] == (
        "amo_pair",
        machine.regs[1],
        {"swpp": "swp", "ldclrp": "clr", "ldsetp": "set"}[op],
    )
    assert machine.log[0][-1] == wanted
    assert machine.regs[0][0] == 0x33
    assert machine.regs[2][0] == int.from_bytes(memory[8:], "little")
    assert int.from_bytes(machine.memory[DATA][:8], "little") == low
    assert int.from_bytes(machine.memory[DATA][8:16], "little") == high


@pytest.mark.parametrize("nzcv", range(16))
def test_consistent_branches_branch_as_the_others(nzcv: int) -> None:
    for condition in (
        "eq",
        "ne",
        "cs",
        "cc",
        "mi",
        "pl",
        "vs",
        "vc",
        "hi",
        "ls",
        "ge",
        "lt",
        "gt",
        "le",
        "al",
    ):
        ends = []
        for mnemonic in (f"b.{condition}", f"bc.{condition}"):
            machine = FlatMachine()
            machine.nzcv = nzcv
            machine.run(assemble_line(f"{mnemonic} .+16", machine.pc, {}))
            ends.append((machine.pc, machine.log))
        assert ends[0] == ends[1]
