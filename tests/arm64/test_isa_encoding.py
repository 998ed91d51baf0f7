"""Every row of the table against capstone, and text to word to text and back."""

import shutil
import subprocess
from pathlib import Path

import capstone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.arm64.isa import assemble_line, decode, disassemble
from ftrace_actors.arm64.isa.codecs_immediate import Bitmask
from ftrace_actors.arm64.isa.codecs_name import Named
from ftrace_actors.arm64.isa.decode import find_row
from ftrace_actors.arm64.isa.encode import encode
from ftrace_actors.arm64.isa.operands import Target
from ftrace_actors.arm64.isa.row import Row
from ftrace_actors.arm64.isa.table import ROWS, ROWS_BY_MNEMONIC, UNKNOWN

from .isa_words import DECODED, NOT_IN_BINUTILS, PC, RECENT, normal, row_id, words_of
from .recent_words import CAPSTONE_6

CAPSTONE = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM)

# What an author may write although the disassembler prefers another text: source -> what it stands for.
ALTERNATIVES = {
    "add x1, x2, #-8": "sub x1, x2, #8",
    "add sp, sp, #-0x1000": "sub sp, sp, #1, lsl #12",
    "sub w1, w2, #-8": "add w1, w2, #8",
    "adds x1, x2, #-1": "subs x1, x2, #1",
    "subs w1, w2, #-1": "adds w1, w2, #1",
    "cmp x1, #-3": "cmn x1, #3",
    "cmn wsp, #-3": "cmp wsp, #3",
    "add x1, x2, #0x3000": "add x1, x2, #3, lsl #12",
    "add x1, sp, x2": "add x1, sp, x2",
    "add sp, x1, x2, lsl #1": "add sp, x1, x2, lsl #1",
    "add x1, x2, x3, uxtx": "add x1, x2, x3, uxtx",
    "and x1, x2, #-16": "and x1, x2, #0xfffffffffffffff0",
    "bic x1, x2, #0xf": "and x1, x2, #0xfffffffffffffff0",
    "bic w1, w2, #1": "and w1, w2, #0xfffffffe",
    "bics x1, x2, #1": "ands x1, x2, #0xfffffffffffffffe",
    "orn x1, x2, #0xff": "orr x1, x2, #0xffffffffffffff00",
    "eon w1, w2, #1": "eor w1, w2, #0xfffffffe",
    "movz x1, #5": "mov x1, #5",
    "movn x1, #0": "mov x1, #-1",
    "mov w1, #0xffffffff": "mov w1, #-1",
    "mov x1, #0xff00ff00ff00ff00": "mov x1, #0xff00ff00ff00ff00",
    "mov x1, #0xfffffffffffff000": "mov x1, #-0x1000",
    "orr x1, xzr, x2": "mov x1, x2",
    "lslv x1, x2, x3": "lsl x1, x2, x3",
    "lsrv x1, x2, x3": "lsr x1, x2, x3",
    "asrv w1, w2, w3": "asr w1, w2, w3",
    "rorv w1, w2, w3": "ror w1, w2, w3",
    "ubfm x1, x2, #4, #7": "ubfx x1, x2, #4, #4",
    "sbfm x1, x2, #60, #7": "sbfiz x1, x2, #4, #8",
    "bfm x1, x2, #60, #7": "bfi x1, x2, #4, #8",
    "lsl x1, x2, #0": "lsr x1, x2, #0",
    "uxtw x1, w2": "ubfx x1, x2, #0, #32",
    "uxtb x1, w2": "ubfx x1, x2, #0, #8",
    "uxth x1, w2": "ubfx x1, x2, #0, #16",
    "ldr x1, [x2, #-8]": "ldur x1, [x2, #-8]",
    "ldrb w1, [x2, #-1]": "ldurb w1, [x2, #-1]",
    "ldrh w1, [x2, #1]": "ldurh w1, [x2, #1]",
    "ldrsb x1, [x2, #-1]": "ldursb x1, [x2, #-1]",
    "ldrsb w1, [x2, #-1]": "ldursb w1, [x2, #-1]",
    "ldrsh x1, [x2, #-1]": "ldursh x1, [x2, #-1]",
    "ldrsh w1, [x2, #-1]": "ldursh w1, [x2, #-1]",
    "ldrsw x1, [x2, #-1]": "ldursw x1, [x2, #-1]",
    "ldr w1, [x2, #2]": "ldur w1, [x2, #2]",
    "str x1, [x2, #-8]": "stur x1, [x2, #-8]",
    "str w1, [x2, #-8]": "stur w1, [x2, #-8]",
    "strb w1, [x2, #-1]": "sturb w1, [x2, #-1]",
    "strh w1, [x2, #-1]": "sturh w1, [x2, #-1]",
    "LDR W3,[X1,W5,SXTW]": "ldr w3, [x1, w5, sxtw]",
    "ADD X5,X5,W6,SXTW": "add x5, x5, w6, sxtw",
    "DSB ISH": "dsb ish",
    "dsb #11": "dsb ish",
    "isb sy": "isb",
    "ret x30": "ret",
    "rev64 x1, x2": "rev x1, x2",
    "dsb #0": "ssbb",
    "dsb #4": "pssbb",
    "b.hs 0x40000008": "b.cs 0x40000008",
    "bc.hs 0x40000008": "bc.cs 0x40000008",
    "bc.lo 0x40000008": "bc.cc 0x40000008",
    "b.lo 0x40000008": "b.cc 0x40000008",
    "tbz x1, #3, 0x40000008": "tbz w1, #3, 0x40000008",
    "tbnz x1, #33, 0x40000008": "tbnz x1, #33, 0x40000008",
    "tbnz x1, #3, 0x40000008": "tbnz w1, #3, 0x40000008",
    "B .+12": "b 0x4000000c",
    "cset x1, hs": "cset x1, cs",
    "mov lr, x9": "mov x30, x9",
    "add x1, x2, w3, sxtw #4": "add x1, x2, w3, sxtw #4",
    "add x1, sp, x3, lsl #4": "add x1, sp, x3, lsl #4",
    "ubfm x1, x2, #63, #63": "lsr x1, x2, #63",
    "ccmp x1, #31, #15, ne": "ccmp x1, #31, #15, ne",
    "hint #34": "bti c",
    "hint #25": "paciasp",
    "bti none": "bti",
}


def canonical(word: int) -> int:
    """The word with the spare bits of a logical immediate as assemblers set them."""
    row = find_row(word)
    if any(isinstance(codec, Bitmask) for codec in row.operands):
        imms, wide = word >> 10 & 63, word >> 22 & 1
        size = 1 << ((wide << 6 | ~imms & 63).bit_length() - 1)
        spare = (63 & ~(size - 1)) << 16
        return word & ~spare
    return word


def capstone_text(word: int) -> str:
    found = list(CAPSTONE.disasm(word.to_bytes(4, "little"), PC))
    return normal(f"{found[0].mnemonic} {found[0].op_str}") if found else "nothing"


def agreed(word: int, ours: str, theirs: str) -> bool:
    """Equal, or one of the places where capstone 5 departs from the Arm ARM's preferred text."""
    if ours == theirs:
        return True
    name, _, rest = ours.partition(" ")
    if name == "mov":  # a W immediate is shown sign-extended to 64 bits
        mask = (1 << 32) - 1
        head, _, number = ours.rpartition(" ")
        other, _, shown = theirs.rpartition(" ")
        return word >> 31 == 0 and head == other and int(number) == int(shown) & mask
    if name == "orr":  # MoveWidePreferred is not asked
        return theirs.startswith("mov ") and find_row(word).mnemonic == "orr" and word >> 5 & 31 == 31
    if name == "bfxil":  # BFC needs imms < immr
        return theirs.startswith("bfc ") and word >> 5 & 31 == 31
    if name in ("prfm", "prfum"):  # operations without a name are left out
        return theirs == f"{name} , {rest.partition(', ')[2]}"
    if name.startswith("ldtr"):  # x0 twice, at some offsets, is no instruction to it; binutils knows better
        return theirs == "nothing" and word & 0x3FF == 0
    return name == "dsb" and theirs == {"12": "dfb"}.get(rest)


@pytest.mark.parametrize("row", [row for row in DECODED if row.value not in RECENT], ids=row_id)
def test_text_is_what_capstone_reads(row: Row) -> None:
    words = words_of(row, 12)
    assert words, "no word decodes as this row; is it shadowed?"
    different = []
    for word in words:
        ours, theirs = normal(disassemble(word, PC)), capstone_text(word)
        if not agreed(word, ours, theirs):
            different.append((hex(word), ours, theirs))
    assert different == []


@pytest.mark.parametrize("row", [row for row in DECODED if row.value in RECENT], ids=row_id)
def test_text_of_recent_instructions_is_what_capstone_6_reads(row: Row) -> None:
    known = {word: text for word, text in CAPSTONE_6.items() if find_row(word) is row}
    assert len(known) >= 4
    assert {word: normal(disassemble(word, PC)) for word in known} == {
        word: normal(text) for word, text in known.items()
    }


NAMED = [
    (row, codec)
    for row in DECODED
    if row.value not in RECENT
    for codec in row.operands
    if isinstance(codec, Named)
]


@pytest.mark.parametrize(
    ("row", "codec"), NAMED, ids=lambda each: row_id(each) if isinstance(each, Row) else ""
)
def test_every_name_is_the_one_capstone_knows(row: Row, codec: Named) -> None:
    template = words_of(row, 1)[0] & ~(((1 << codec.width) - 1) << codec.low)
    for value, name in codec.names.items():
        word = template | value << codec.low
        if find_row(word) is not row:
            continue  # plain `isb` and `bti` have rows of their own
        if name == "cvadp":
            continue  # capstone 5 shows it as SYS; binutils is asked below
        assert name in disassemble(word, PC).split(" ", 1)[-1].split(", "), name
        assert capstone_text(word) == normal(disassemble(word, PC))


@pytest.mark.parametrize("row", DECODED, ids=row_id)
def test_text_assembles_to_the_word(row: Row) -> None:
    for word in words_of(row, 8, seed=2):
        text = disassemble(word, PC)
        assert assemble_line(text, PC, {}) == canonical(word), text
        assert assemble_line(text.upper().replace("0X", "0x"), PC, {}) == canonical(word), text


@given(st.integers(0, 0xFFFFFFFF))
def test_any_word_survives_decode_and_encode(word: int) -> None:
    instruction = decode(word)
    if instruction.mnemonic == ".inst":
        assert assemble_line(disassemble(word, PC), PC, {}) == word
    else:
        assert encode(instruction.mnemonic, instruction.operands) == canonical(word)


@given(st.sampled_from(DECODED), st.integers(0, 0xFFFFFFFF), st.integers(0, 1 << 36).map(lambda n: 4 * n))
def test_any_instruction_survives_text_at_any_address(row: Row, draw: int, pc: int) -> None:
    word = row.value | (draw & ~row.mask)
    text = disassemble(word, pc)
    again = assemble_line(text, pc, {})
    assert again == canonical(word)
    assert disassemble(again, pc) == text


@pytest.mark.parametrize(("text", "meaning"), ALTERNATIVES.items())
def test_alternative_spellings(text: str, meaning: str) -> None:
    word = assemble_line(text, PC, {})
    assert disassemble(word, PC) == meaning
    assert find_row(word).value in RECENT or agreed(word, normal(meaning), capstone_text(word))


def test_every_assembler_only_row_has_a_spelling_above() -> None:
    spelt = {text.split()[0].lower() for text in ALTERNATIVES}
    assert {row.mnemonic for row in ROWS if row.assemble_only} - spelt == set()


def test_addresses_may_have_names() -> None:
    names = {0x1008: "ftrace_caller"}
    assert disassemble(0x94000002, 0x1000, names.get) == "bl 0x1008 <ftrace_caller>"
    assert disassemble(0x94000003, 0x1000, names.get) == "bl 0x100c"


@pytest.mark.parametrize(
    "word",
    [
        0x1E602000,  # fcmp: floating point is left out
        0x0BC00C20,  # add with ROR
        0x11D00000,  # add with shift 2 or 3, and no minimum or maximum
        0x12400000,  # 32-bit logical immediate with N=1
        0xF8408400,  # ldr x0, [x0], #8: write-back into its own target
        0xA9400000,  # ldp x0, x0
        0xC8007C01,  # stxr w0, x1, [x0]
        0xC8230C01,  # stxp w3, x1, x3, [x0]
        0xC87F0000,  # ldxp x0, x0, [x0]
        0x48217C42,  # casp with an odd register
        0xB8600820,  # register offset with a reserved extension
        0xD5381000,  # mrs of an unknown register (sctlr_el1)
    ],
    ids=hex,
)
def test_reserved_and_unknown_words_are_undefined(word: int) -> None:
    assert find_row(word) is UNKNOWN
    assert disassemble(word, 0) == f".inst {word:#010x}"


def test_decoding_asks_few_rows() -> None:
    """The tree leads to a handful of candidates, not to a scan of the table."""
    longest = max(len(rows) for rows in ROWS_BY_MNEMONIC.values())
    assert longest < 40
    from ftrace_actors.arm64.isa.decode import _ROOT

    def leaf_max(node: object) -> int:
        branches = node.branches.values()  # type: ignore[attr-defined]
        return max((leaf_max(each) for each in branches), default=len(node.rows))  # type: ignore[attr-defined]

    assert leaf_max(_ROOT) <= 32


def relative_text(word: int) -> str | None:
    """The text with `.+8` in place of an address, None for ADRP, which only a linker can place."""
    target = next((each for each in decode(word).operands if isinstance(each, Target)), None)
    if target is None:
        return disassemble(word, PC)
    if target.page:
        return None
    return disassemble(word, PC).replace(f"{target.resolve(PC):#x}", f".{target.offset:+d}")


@pytest.mark.skipif(shutil.which("aarch64-linux-gnu-as") is None, reason="needs binutils for aarch64")
def test_gnu_as_makes_the_same_words(tmp_path: Path) -> None:
    rows = [row for row in DECODED if row.value not in NOT_IN_BINUTILS]
    words = [word for row in rows for word in words_of(row, 3, seed=3)]
    texts = [(word, text) for word in words if (text := relative_text(word)) is not None]
    source = tmp_path / "words.s"
    source.write_text("\n".join([".arch armv8.8-a+memtag+profile+cssc", *(text for _, text in texts), ""]))
    image = tmp_path / "words.o"
    subprocess.run(["aarch64-linux-gnu-as", "-o", image, source], check=True, capture_output=True)
    binary = tmp_path / "words.bin"
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", image, binary], check=True)
    data = binary.read_bytes()
    made = [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]
    assert made == [canonical(word) for word, _ in texts]
