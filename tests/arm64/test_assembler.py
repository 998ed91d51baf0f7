"""The assembler's language: layout, labels, expressions, directives, annotations, and clear complaints."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.arm64.isa import AssemblyError, assemble_line, disassemble, parse
from ftrace_actors.errors import InputError

NOP = 0xD503201F
BASE = 0x4000_0000


def words(text: str, base: int = BASE, **symbols: int) -> list[int]:
    return parse(text, filename="t.S").encode(base, symbols)


def texts(text: str, base: int = BASE, **symbols: int) -> list[str]:
    return [disassemble(word, base + 4 * at) for at, word in enumerate(words(text, base, **symbols))]


def complaint(text: str, **symbols: int) -> str:
    with pytest.raises(AssemblyError) as caught:
        words(text, **symbols)
    return str(caught.value)


# --- layout


def test_size_and_labels_are_known_before_addresses() -> None:
    source = parse(
        """
        start:  nop
        loop: again:
                b loop
                .quad start, end
                .balign 16
        end:    ret
        """,
        filename="t.S",
    )
    assert source.size == 36
    assert source.labels == {"start": 0, "loop": 4, "again": 4, "end": 32}
    assert source.alignment == 16
    assert source.lines == (2, 4, 5, 5, 5, 5, 6, 6, 7)
    encoded = source.encode(BASE, {})
    assert len(encoded) * 4 == source.size
    assert encoded[2:6] == [BASE, 0, BASE + 32, 0]


def test_one_source_can_be_encoded_at_several_addresses() -> None:
    source = parse("adrp x0, there\n add x0, x0, :lo12:there\n bl there\n b .", filename="t.S")
    for base in (0x1000, 0x12_3000):
        there = base + 0x2344
        encoded = source.encode(base, {"there": there})
        assert [disassemble(word, base + 4 * at) for at, word in enumerate(encoded)] == [
            f"adrp x0, {there & ~0xFFF:#x}",
            "add x0, x0, #836",
            f"bl {there:#x}",
            f"b {base + 12:#x}",
        ]


def test_alignment_fills_with_nops_and_binds_the_base() -> None:
    assert words("nop\n .balign 16\n ret") == [NOP] * 4 + [0xD65F03C0]
    assert words(".balign 8\n ret") == [0xD65F03C0]
    with pytest.raises(AssemblyError, match=r"t\.S:1: base 0x40000004 is not a multiple of 8"):
        words("nop\n .balign 8\n ret", base=BASE + 4)


def test_empty_text_is_an_empty_source() -> None:
    source = parse("\n // nothing\n /* at\n all */ \n# here\n", filename="t.S")
    assert (source.size, source.encode(0, {})) == (0, [])


# --- labels


def test_labels_reach_both_ways_and_into_data() -> None:
    assert texts("back: nop\n cbz x0, ahead\n b.ne back\n tbz w1, #3, ahead\n ahead: ldr x0, back") == [
        "nop",
        "cbz x0, 0x40000010",
        "b.ne 0x40000000",
        "tbz w1, #3, 0x40000010",
        "ldr x0, 0x40000000",
    ]
    assert words("here: .quad here + 8") == [BASE + 8, 0]


def test_local_labels_mean_the_nearest_in_that_direction() -> None:
    assert texts("1: nop\n b 1b\n b 1f\n1: b 1b\n 2: b 1b\n b 2b") == [
        "nop",
        "b 0x40000000",
        "b 0x4000000c",
        "b 0x4000000c",
        "b 0x4000000c",
        "b 0x40000010",
    ]


def test_a_label_may_be_named_like_a_word_of_the_language() -> None:
    assert texts("eq: sy: csel x0, x1, x2, eq\n b eq\n dsb sy") == [
        "csel x0, x1, x2, eq",
        "b 0x40000000",
        "dsb sy",
    ]


def test_dot_is_the_address_of_the_statement() -> None:
    assert texts("nop\n b .+12\n B .-4\n b .") == ["nop", "b 0x40000010", "b 0x40000004", "b 0x4000000c"]


def test_symbol_names_keep_their_case() -> None:
    assert texts("bl Foo", Foo=BASE + 8, foo=BASE) == ["bl 0x40000008"]


# --- expressions and directives


@pytest.mark.parametrize(
    ("expression", "value"),
    {
        "1 + 2 * 3": 7,
        "(1 + 2) * 3": 9,
        "10 - 2 - 3": 5,
        "1 << 4 | 3": 19,
        "1 << 2 + 1": 8,
        "0x10 | 0b11": 19,
        "-(2 - 5)": 3,
        "~0 & 0xff": 255,
        "7 / 2 + 7 % 4": 6,
        "6 ^ 3": 5,
        "+4": 4,
        "256 >> 4": 16,
        "end - start": 12,
        "SIZE * 2": 32,
        "LATER + 1": 13,
        ":lo12:0x12345": 0x345,
    }.items(),
)
def test_expressions(expression: str, value: int) -> None:
    text = f".equ SIZE, 16\n start: mov x0, #{expression}\n mov x1, {expression}\n nop\n end: .equ LATER, end - start"
    made = texts(text)
    assert made[0] == f"mov x0, #{value}"
    assert made[1] == f"mov x1, #{value}"


def test_constants_come_from_the_caller_and_are_overridden_by_the_text() -> None:
    source = parse("mov x0, #A\n mov x1, #B\n .equ B, 3", filename="t.S", constants={"A": 1, "B": 2})
    assert [disassemble(word, 0) for word in source.encode(0, {})] == ["mov x0, #1", "mov x1, #3"]


def test_constants_serve_offsets_shifts_and_directives() -> None:
    constants = {"OFF": 8, "SH": 12, "AL": 8}
    text = "ldr x0, [x1, #OFF]\n stp x0, x1, [sp, #-OFF*2]!\n add x0, x0, #1, lsl #SH\n .balign AL\n ldr x0, [x1], OFF"
    source = parse(text, filename="t.S", constants=constants)
    assert [disassemble(word, 0) for word in source.encode(0, {})] == [
        "ldr x0, [x1, #8]",
        "stp x0, x1, [sp, #-16]!",
        "add x0, x0, #1, lsl #12",
        "nop",
        "ldr x0, [x1], #8",
    ]


def test_data_directives() -> None:
    assert words(".word 1, -1\n .inst 0xd503201f\n .quad -2, 1 << 40") == [
        1,
        0xFFFFFFFF,
        NOP,
        0xFFFFFFFE,
        0xFFFFFFFF,
        0,
        0x100,
    ]


def test_global_is_read_over() -> None:
    assert words(".global start\n start: nop") == [NOP]


def test_upper_case_everywhere() -> None:
    assert texts("LDR W3, [X1, W5, SXTW #2]\n B.EQ .\n CSET W0, HS\n MOV X29, SP\n .BALIGN 4") == [
        "ldr w3, [x1, w5, sxtw #2]",
        "b.eq 0x40000004",
        "cset w0, cs",
        "mov x29, sp",
    ]


def test_comments() -> None:
    text = "nop // one\n# a line\n/* block */ nop /* of\n two */ nop\n nop // not /* a block\n nop"
    assert words(text) == [NOP] * 5


# --- annotations


def test_annotations_belong_to_an_instruction() -> None:
    source = parse(
        """
        nop            //@ same line
        //@ first of two
        //@   second of two
        // an ordinary comment does not break the chain
        label:
        nop            //@ third
        .quad 0        //@ data too
        """,
        filename="t.S",
    )
    assert source.annotations == [
        (0, "same line"),
        (4, "first of two"),
        (4, "second of two"),
        (4, "third"),
        (8, "data too"),
    ]


# --- complaints


COMPLAINTS = {
    "mvo x0, x1": "t.S:1:1: unknown mnemonic 'mvo'; close matches: mvn, mov",
    "nop\n  frobnicate": "t.S:2:3: unknown mnemonic 'frobnicate'",
    "add x0, x1, #5000": "t.S:1:13: add: immediate 5000 is out of range 0 to 4095, or 0 to 16773120 in steps of 4096",
    "add x0, x1, #-5000": "t.S:1:13: add: immediate -5000 is out of range 0 to 4095, or 0 to 16773120 in steps of 4096",
    "add x0, w1, x2": "t.S:1:9: add: found 'w1' where a register x0-x30 or sp is expected",
    "add x0, x1": "t.S:1:1: add: operand 3 is missing; an immediate is expected",
    "add x0, x1, x2, x3": "t.S:1:17: add: found 'x3' after the last operand; 3 operands are expected",
    "add x0, x1, x2, lsl #64": "t.S:1:13: add: shift amount 64 is out of range 0 to 63",
    "add x0, x1, w2, sxtw #5": "t.S:1:13: add: extension amount 5 is out of range 0 to 4",
    "add x0, x1, #1, lsl #3": "t.S:1:13: add: found 'lsl #3' where 'lsl #0' or 'lsl #12' is expected",
    "and x0, x1, #5": ("t.S:1:13: and: immediate 0x5 is not a rotated run of ones repeated over 64 bits"),
    "and w0, w1, #0x100000000": "t.S:1:13: and: immediate 0x100000000 does not fit in 32 bits",
    "and x0, x1, #-0x10000000000000000": "t.S:1:13: and: immediate -0x10000000000000000 does not fit in 64 bits",
    "mov w0, #-0x80000001": "t.S:1:9: mov: immediate -0x80000001 does not fit in 32 bits",
    "ccmp x0, x1, #16, eq": "t.S:1:14: ccmp: immediate 16 is out of range 0 to 15",
    "ccmp x0, #32, #0, eq": "t.S:1:10: ccmp: immediate 32 is out of range 0 to 31",
    "mov x0, #0x12345678": "t.S:1:9: mov: immediate 0x12345678 needs more than one MOV; build it with MOVZ and MOVK",
    "movz x0, #65536": "t.S:1:10: movz: immediate 65536 is out of range 0 to 65535",
    "movk w0, #1, lsl #32": (
        "t.S:1:10: movk: found 'lsl #32' where 'lsl' by 0 to 16 in steps of 16 is expected"
    ),
    "lsl x0, x1, #64": "t.S:1:13: lsl: shift amount 64 is out of range 0 to 63",
    "ubfx x0, x1, #60, #8": "t.S:1:19: ubfx: field width 8 is out of range 1 to 4",
    "ubfx w0, w1, #32, #1": "t.S:1:14: ubfx: bit position 32 is out of range 0 to 31",
    "ldr x0, [x1, #32768]": "t.S:1:9: ldr: offset 32768 is out of range 0 to 32760 in steps of 8",
    "ldr x0, [x1, #256]!": "t.S:1:9: ldr: offset 256 is out of range -256 to 255",
    "ldp x0, x1, [x2, #4]": "t.S:1:13: ldp: offset 4 is out of range -512 to 504 in steps of 8",
    "ldr x0, [x1, x2, lsl #2]": (
        "t.S:1:9: ldr: shift amount 2 is wrong for this access size; 0 or 3 is expected"
    ),
    "ldr x0, [x1, x2, sxtw]": (
        "t.S:1:9: ldr: offset register 'x2' does not go with sxtw; w0-w30 is expected"
    ),
    "ldr x0, [w1]": "t.S:1:9: ldr: base 'w1' cannot be used; a register x0-x30 or sp is expected",
    "ldr x0, [x0], #8": "t.S:1:9: ldr: '[x0], #8' cannot be combined with the other operands",
    "ldar x0, [x1, #8]": (
        "t.S:1:10: ldar: found '[x1, #8]' where an address without offset, '[xn]', is expected"
    ),
    "stxr x0, x1, [x2]": "t.S:1:6: stxr: found 'x0' where a register w0-w30 or wzr is expected",
    "ldr x0, [5]": "t.S:1:10: found '5' where a base register is expected",
    "ldr x0, [x1": "t.S:1:12: found 'end of line' where ']' is expected",
    "add x0, x1, x2, lsl": "t.S:1:17: 'lsl' needs an amount, as in 'lsl #1'",
    "csel x0, x1, x2, zz": "t.S:1:18: csel: found 'zz' where a condition (eq, ne,",
    "cset x0, al": "t.S:1:10: cset: found 'al' where a condition (eq, ne,",
    "dsb foo": "t.S:1:5: dsb: 'foo' is not a barrier domain known here (oshld, oshst,",
    "dsb #16": "t.S:1:5: dsb: number 16 is out of range 0 to 15",
    "mrs x0, spsr_el2": "t.S:1:9: mrs: 'spsr_el2' is not a system register known here (sp_el0,",
    "msr ctr_el0, x0": "t.S:1:5: msr: 'ctr_el0' is not a writable system register known here (sp_el0,",
    "dc zva, x0": "t.S:1:4: dc: 'zva' is not a data cache operation known here (ivac, cvac, cvau, cvap, cvadp, civac)",
    "tbz w0, #32, .": "t.S:1:9: tbz: bit number 32 is out of range 0 to 31",
    "tbz x0, #64, .": "t.S:1:9: tbz: bit number 64 is out of range 0 to 63",
    "b there": "t.S:1:3: b: undefined symbol 'there'",
    "b there + 4": "t.S:1:3: undefined symbol 'there'",
    "b 1b": "t.S:1:3: undefined symbol '1b'",
    "b 0": "t.S:1:3: b: target is -0x40000000 bytes away, out of reach (-0x8000000 to +0x7fffffc)",
    "b . + 2": "t.S:1:3: b: target is +0x2 bytes away, not a multiple of 4",
    "adr x0, . + 0x200000": "t.S:1:9: adr: target is +0x200000 bytes away, out of reach (1 MiB)",
    "svc #65536": "t.S:1:5: svc: immediate 65536 is out of range 0 to 65535",
    "mov x0, #1 +": "t.S:1:13: found 'end of line' where a number is expected",
    "mov x0, #1 << 128": "t.S:1:12: shift by 128 is out of range 0 to 127",
    "mov x31, x0": "t.S:1:5: mov: found 'x31' where a register x0-x30 or",
    "nop /* over\ntwo lines */ nop\n mvo": "t.S:3:2: unknown mnemonic 'mvo'",
    "mov x0, #(1": "t.S:1:12: found 'end of line' where ')' is expected",
    "mov x0, #1 2": "t.S:1:12: found '2' where ',' is expected",
    "mov x0, #1 / 0": "t.S:1:12: division by zero",
    "mov x0, #1 << 999": "t.S:1:12: shift by 999 is out of range 0 to 127",
    "mov x0, @1": "t.S:1:9: unexpected '@1'",
    "mov x0,": "t.S:1:8: found 'end of line' where a number is expected",
    "+ nop": "t.S:1:1: found '+' where an instruction is expected",
    "a: nop\na: nop": "t.S:2:1: 'a' is defined twice",
    "a: nop\n.equ a, 1": "t.S:2:5: 'a' is defined twice",
    ".equ a, b\n.equ b, a\nmov x0, #a": "t.S:3: 'a' is defined by itself",
    ".equ a": "t.S:1:5: .equ needs a name and a value: '.equ NAME, 16'",
    ".equ a, 1 2": "t.S:1:11: unexpected '2'",
    ".balign 3": "t.S:1:8: found 3 where a power of two from 4 to 4096 is expected",
    ".ascii x": "t.S:1:1: unknown directive '.ascii'; known are .equ, .balign, .inst, .word, .quad, .global",
    ".word": "t.S:1:1: .word needs a value",
    ".word 1 << 32": "t.S:1:7: value 0x100000000 does not fit in 32 bits",
    ".word 1,": "t.S:1:9: found 'end of line' where a number is expected",
    ".quad 1 2": "t.S:1:9: unexpected '2'",
    "//@ alone": "t.S:1: annotation with no instruction after it",
    ".equ a, 1 //@ nothing here": "t.S:1: annotation on a line without instruction",
}


@pytest.mark.parametrize(("text", "message"), COMPLAINTS.items())
def test_complaints_say_where_and_what_would_be_right(text: str, message: str) -> None:
    found = complaint(text)
    assert found.startswith(message)
    assert "\n" not in found


def test_a_complaint_carries_its_parts_and_is_an_input_error() -> None:
    with pytest.raises(InputError) as caught:
        parse("nop\n  add x0, x1, #5000", filename="t.S")
    error = caught.value
    assert isinstance(error, AssemblyError)
    assert (error.filename, error.line, error.column) == ("t.S", 2, 15)
    assert error.message.startswith("add: immediate 5000")


def test_whatever_does_not_need_addresses_is_said_by_parse() -> None:
    for text in ("mvo x0, x1", "add x0, x1, #5000", "b near\n tbz w0, #40, near\n near: nop", "mov x0, @1"):
        with pytest.raises(AssemblyError):
            parse(text, filename="t.S")


def test_whatever_needs_addresses_waits_for_them() -> None:
    for text in ("b 0x80000000", "bl elsewhere", "mov x0, #elsewhere", "adr x0, elsewhere + 4"):
        source = parse(text, filename="t.S")
        with pytest.raises(AssemblyError):
            source.encode(BASE, {"elsewhere": 0x1234_5678_9ABC})


def test_assemble_line_takes_one_instruction() -> None:
    assert assemble_line("bl target", 0x1000, {"target": 0x1008}) == 0x94000002
    with pytest.raises(AssemblyError, match="found 2 words where one instruction is expected"):
        assemble_line("nop\nnop", 0, {})
    with pytest.raises(AssemblyError, match="found 0 words"):
        assemble_line("// nothing", 0, {})


@given(st.text(st.sampled_from("addlrxw0123 ,#[]!:./*@\n-+()<~b")))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    complaint = ""
    try:
        words(text)
    except AssemblyError as error:
        complaint = str(error)
    assert "\n" not in complaint
