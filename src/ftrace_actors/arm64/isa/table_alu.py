"""Rows of the data-processing instructions (Arm ARM C4.1.92 and C4.1.95), aliases before what they stand for."""

from __future__ import annotations

from . import semantics_add, semantics_bits, semantics_logic
from . import semantics_select as select
from .codec import Codec
from .codecs_immediate import (
    Arithmetic,
    Bitmask,
    FieldLsb,
    FieldWidth,
    LeftShift,
    PageTarget,
    Unsigned,
    Wide,
    WideValue,
)
from .codecs_name import Condition
from .codecs_register import Extended, Reg, Shifted, Twice
from .fields import RA, RD, RM, RN, bits
from .row import Row, both_widths, row

__all__ = ["ROWS"]


def _moves_sp(word: int) -> bool:
    """ADD #0 is MOV only if it moves to or from sp; other registers are moved with ORR."""
    return bits(word, RN, 5) == 31 or bits(word, RD, 5) == 31


def _add_immediate() -> list[Row]:
    rows = both_widths(
        "mov",
        "z00 100010 0 000000000000 nnnnn ddddd",
        lambda w: (Reg(w, RD, sp=True), Reg(w, RN, sp=True)),
        semantics_add.bind_add_immediate,
        when=_moves_sp,
    )
    for name, op, opposite in (("cmn", "01", "cmp"), ("cmp", "11", "cmn")):
        pattern = f"z{op} 100010 h iiiiiiiiiiii nnnnn 11111"
        rows += both_widths(
            name, pattern, lambda w: (Reg(w, RN, sp=True), Arithmetic()), semantics_add.bind_add_immediate
        )
        rows += both_widths(
            opposite,
            pattern,
            lambda w: (Reg(w, RN, sp=True), Arithmetic(negate=True)),
            semantics_add.bind_add_immediate,
            assemble_only=True,
        )
    for name, op, opposite in (
        ("add", "00", "sub"),
        ("adds", "01", "subs"),
        ("sub", "10", "add"),
        ("subs", "11", "adds"),
    ):
        pattern = f"z{op} 100010 h iiiiiiiiiiii nnnnn ddddd"
        sp = op[1] == "0"
        for mnemonic, negate in ((name, False), (opposite, True)):

            def operands(w: int, sp: bool = sp, negate: bool = negate) -> tuple[Codec, ...]:
                return Reg(w, RD, sp=sp), Reg(w, RN, sp=True), Arithmetic(negate)

            rows += both_widths(
                mnemonic, pattern, operands, semantics_add.bind_add_immediate, assemble_only=negate
            )
    return rows


def _add_register() -> list[Row]:
    rows: list[Row] = []
    for name, op in (("cmn", "01"), ("cmp", "11")):
        rows += both_widths(
            name,
            f"z{op} 01011 ss 0 mmmmm kiiiii nnnnn 11111",
            lambda w: (Reg(w, RN), Shifted(w, rotate=False)),
            semantics_add.bind_add_shifted,
        )
        rows += both_widths(
            name,
            f"z{op} 01011 001 mmmmm ooo iii nnnnn 11111",
            lambda w: (Reg(w, RN, sp=True), Extended(w, destination=False)),
            semantics_add.bind_add_extended,
        )
    for name, op in (("neg", "10"), ("negs", "11")):
        rows += both_widths(
            name,
            f"z{op} 01011 ss 0 mmmmm kiiiii 11111 ddddd",
            lambda w: (Reg(w, RD), Shifted(w, rotate=False)),
            semantics_add.bind_add_shifted,
        )
    for name, op in (("add", "00"), ("adds", "01"), ("sub", "10"), ("subs", "11")):
        sp = op[1] == "0"
        rows += both_widths(
            name,
            f"z{op} 01011 ss 0 mmmmm kiiiii nnnnn ddddd",
            lambda w: (Reg(w, RD), Reg(w, RN), Shifted(w, rotate=False)),
            semantics_add.bind_add_shifted,
        )

        def operands(w: int, sp: bool = sp) -> tuple[Codec, ...]:
            return Reg(w, RD, sp=sp), Reg(w, RN, sp=True), Extended(w, destination=sp)

        rows += both_widths(
            name, f"z{op} 01011 001 mmmmm ooo iii nnnnn ddddd", operands, semantics_add.bind_add_extended
        )
    for name, op in (("ngc", "10"), ("ngcs", "11")):
        rows += both_widths(
            name,
            f"z{op} 11010000 mmmmm 000000 11111 ddddd",
            lambda w: (Reg(w, RD), Reg(w, RM)),
            semantics_add.bind_add_with_carry,
        )
    for name, op in (("adc", "00"), ("adcs", "01"), ("sbc", "10"), ("sbcs", "11")):
        rows += both_widths(
            name,
            f"z{op} 11010000 mmmmm 000000 nnnnn ddddd",
            lambda w: (Reg(w, RD), Reg(w, RN), Reg(w, RM)),
            semantics_add.bind_add_with_carry,
        )
    return rows


def _logical() -> list[Row]:
    rows = both_widths(
        "tst",
        "z11 100100 k rrrrrr ssssss nnnnn 11111",
        lambda w: (Reg(w, RN), Bitmask(w)),
        semantics_logic.bind_logical_immediate,
    )
    rows += both_widths(
        "mov",
        "z01 100100 k rrrrrr ssssss 11111 ddddd",
        lambda w: (Reg(w, RD, sp=True), Bitmask(w, move=True)),
        semantics_logic.bind_logical_immediate,
    )
    for name, inverted, op in (
        ("and", "bic", "00"),
        ("orr", "orn", "01"),
        ("eor", "eon", "10"),
        ("ands", "bics", "11"),
    ):
        pattern = f"z{op} 100100 k rrrrrr ssssss nnnnn ddddd"
        sp = op != "11"
        for mnemonic, invert in ((name, False), (inverted, True)):

            def operands(w: int, sp: bool = sp, invert: bool = invert) -> tuple[Codec, ...]:
                return Reg(w, RD, sp=sp), Reg(w, RN), Bitmask(w, invert)

            rows += both_widths(
                mnemonic, pattern, operands, semantics_logic.bind_logical_immediate, assemble_only=invert
            )
    rows += both_widths(
        "tst",
        "z11 01010 ss 0 mmmmm kiiiii nnnnn 11111",
        lambda w: (Reg(w, RN), Shifted(w, rotate=True)),
        semantics_logic.bind_logical_shifted,
    )
    rows += both_widths(
        "mov",
        "z01 01010 000 mmmmm 000000 11111 ddddd",
        lambda w: (Reg(w, RD), Reg(w, RM)),
        semantics_logic.bind_logical_shifted,
    )
    rows += both_widths(
        "mvn",
        "z01 01010 ss 1 mmmmm kiiiii 11111 ddddd",
        lambda w: (Reg(w, RD), Shifted(w, rotate=True)),
        semantics_logic.bind_logical_shifted,
    )
    for name, op, n in (
        ("and", "00", "0"),
        ("bic", "00", "1"),
        ("orr", "01", "0"),
        ("orn", "01", "1"),
        ("eor", "10", "0"),
        ("eon", "10", "1"),
        ("ands", "11", "0"),
        ("bics", "11", "1"),
    ):
        rows += both_widths(
            name,
            f"z{op} 01010 ss {n} mmmmm kiiiii nnnnn ddddd",
            lambda w: (Reg(w, RD), Reg(w, RN), Shifted(w, rotate=True)),
            semantics_logic.bind_logical_shifted,
        )
    return rows


def _moves() -> list[Row]:
    rows: list[Row] = []
    for op, inverted in (("10", False), ("00", True)):

        def operands(w: int, inverted: bool = inverted) -> tuple[Codec, ...]:
            return Reg(w, RD), WideValue(w, inverted)

        rows += both_widths(
            "mov", f"z{op} 100101 kh iiiiiiiiiiiiiiii ddddd", operands, semantics_add.bind_move_wide
        )
    for name, op in (("movn", "00"), ("movz", "10"), ("movk", "11")):
        rows += both_widths(
            name,
            f"z{op} 100101 kh iiiiiiiiiiiiiiii ddddd",
            lambda w: (Reg(w, RD), Wide(w)),
            semantics_add.bind_move_wide,
        )
    rows.append(
        row(
            "adr",
            "0 ii 10000 iiiiiiiiiiiiiiiiiii ddddd",
            (Reg(64, RD), PageTarget(False)),
            semantics_add.bind_adr,
        )
    )
    rows.append(
        row(
            "adrp",
            "1 ii 10000 iiiiiiiiiiiiiiiiiii ddddd",
            (Reg(64, RD), PageTarget(True)),
            semantics_add.bind_adr,
        )
    )
    return rows


def _bit_field_pattern(op: str, width: int, immr: str = "", imms: str = "") -> str:
    free = "iiiiii" if width == 64 else "0iiiii"
    z = "1" if width == 64 else "0"
    return f"{z}{op} 100110 {z} {immr or free} {imms or free} nnnnn ddddd"


def _shifts(width: int) -> list[Row]:
    """The aliases that are tried before the field moves."""
    w, top = width, "111111" if width == 64 else "011111"
    bind = semantics_bits.bind_bit_field
    two = (Reg(w, RD), Reg(w, RN))
    amount = Unsigned(16, 6, limit=width - 1)
    rows = [
        row("asr", _bit_field_pattern("00", w, imms=top), (*two, amount), bind),
        row("lsr", _bit_field_pattern("10", w, imms=top), (*two, amount), bind),
        row("lsl", _bit_field_pattern("10", w), (*two, LeftShift(w)), bind),
    ]
    extended = (Reg(w, RD), Reg(32, RN))
    for name, op, imms in (
        ("sxtb", "00", "000111"),
        ("sxth", "00", "001111"),
        ("sxtw", "00", "011111"),
        ("uxtb", "10", "000111"),
        ("uxth", "10", "001111"),
        ("uxtw", "10", "011111"),
    ):
        if imms == top:
            continue
        # Zero extension to 64 bits is written with the W form, or read back as UBFX.
        pattern = _bit_field_pattern(op, w, "000000", imms)
        rows.append(row(name, pattern, extended, bind, assemble_only=op == "10" and width == 64))
    return rows


def _field_moves(width: int) -> list[Row]:
    w, bind = width, semantics_bits.bind_bit_field
    rows: list[Row] = []
    for name, op, inserted in (
        ("sbfiz", "00", True),
        ("sbfx", "00", False),
        ("bfc", "01", True),
        ("bfi", "01", True),
        ("bfxil", "01", False),
        ("ubfiz", "10", True),
        ("ubfx", "10", False),
    ):
        place = (FieldLsb(w, inserted), FieldWidth(w, inserted))
        pattern = _bit_field_pattern(op, w)
        if name == "bfc":
            rows.append(row(name, pattern.replace("nnnnn", "11111"), (Reg(w, RD), *place), bind))
        else:
            rows.append(row(name, pattern, (Reg(w, RD), Reg(w, RN), *place), bind))
    for name, op in (("sbfm", "00"), ("bfm", "01"), ("ubfm", "10")):
        raw = (Unsigned(16, 6, limit=w - 1), Unsigned(10, 6, limit=w - 1))
        # Every such word has a better name, one of those above.
        rows.append(
            row(name, _bit_field_pattern(op, w), (Reg(w, RD), Reg(w, RN), *raw), bind, assemble_only=True)
        )
    return rows


def _bit_fields() -> list[Row]:
    rows = [each for width in (64, 32) for each in (*_shifts(width), *_field_moves(width))]
    for width, z, k in ((64, "1", "i"), (32, "0", "0")):
        amount = Unsigned(10, 6, limit=width - 1)
        pattern = f"{z}00 100111 {z} 0 mmmmm {k}iiiii nnnnn ddddd"
        rows.append(
            row("ror", pattern, (Reg(width, RD), Twice(width, RN, RM), amount), semantics_bits.bind_extract)
        )
        rows.append(
            row(
                "extr",
                pattern,
                (Reg(width, RD), Reg(width, RN), Reg(width, RM), amount),
                semantics_bits.bind_extract,
            )
        )
    return rows


def _sources() -> list[Row]:
    rows: list[Row] = []
    for name, op in (
        ("udiv", "000010"),
        ("sdiv", "000011"),
        ("lsl", "001000"),
        ("lsr", "001001"),
        ("asr", "001010"),
        ("ror", "001011"),
    ):
        mnemonics = (name, f"{name}v") if name[0] in "lar" else (name,)
        for mnemonic in mnemonics:
            rows += both_widths(
                mnemonic,
                f"z00 11010110 mmmmm {op} nnnnn ddddd",
                lambda w: (Reg(w, RD), Reg(w, RN), Reg(w, RM)),
                semantics_bits.bind_two_source,
                assemble_only=mnemonic != name,
            )
    for name, op in (("rbit", "0000"), ("rev16", "0001"), ("clz", "0100"), ("cls", "0101")):
        rows += both_widths(
            name,
            f"z10 11010110 00000 00{op} nnnnn ddddd",
            lambda w: (Reg(w, RD), Reg(w, RN)),
            semantics_bits.bind_one_source,
        )
    for name, start, width in (
        ("rev", "110 11010110 00000 000011", 64),
        ("rev64", "110 11010110 00000 000011", 64),
        ("rev32", "110 11010110 00000 000010", 64),
        ("rev", "010 11010110 00000 000010", 32),
    ):
        rows.append(
            row(
                name,
                f"{start} nnnnn ddddd",
                (Reg(width, RD), Reg(width, RN)),
                semantics_bits.bind_one_source,
                assemble_only=name == "rev64",
            )
        )
    return rows


def _multiplications() -> list[Row]:
    rows: list[Row] = []
    for name, alias, o in (("madd", "mul", "0"), ("msub", "mneg", "1")):
        rows += both_widths(
            alias,
            f"z00 11011000 mmmmm {o} 11111 nnnnn ddddd",
            lambda w: (Reg(w, RD), Reg(w, RN), Reg(w, RM)),
            semantics_bits.bind_multiply,
        )
        rows += both_widths(
            name,
            f"z00 11011000 mmmmm {o} aaaaa nnnnn ddddd",
            lambda w: (Reg(w, RD), Reg(w, RN), Reg(w, RM), Reg(w, RA)),
            semantics_bits.bind_multiply,
        )
    for letter, u in (("s", "0"), ("u", "1")):
        for name, alias, o in (("maddl", "mull", "0"), ("msubl", "mnegl", "1")):
            three = (Reg(64, RD), Reg(32, RN), Reg(32, RM))
            start = f"100 11011 {u} 01 mmmmm {o}"
            rows.append(
                row(letter + alias, f"{start} 11111 nnnnn ddddd", three, semantics_bits.bind_multiply_long)
            )
            rows.append(
                row(
                    letter + name,
                    f"{start} aaaaa nnnnn ddddd",
                    (*three, Reg(64, RA)),
                    semantics_bits.bind_multiply_long,
                )
            )
        rows.append(
            row(
                f"{letter}mulh",
                f"100 11011 {u} 10 mmmmm 0 11111 nnnnn ddddd",
                (Reg(64, RD), Reg(64, RN), Reg(64, RM)),
                semantics_bits.bind_multiply_high,
            )
        )
    return rows


def _neither_is_zero(word: int) -> bool:
    return bits(word, RN, 5) != 31


def _selects() -> list[Row]:
    rows: list[Row] = []
    bind = select.bind_select
    for alias, set_alias, name, op, o in (
        ("", "", "csel", "0", "0"),
        ("cinc", "cset", "csinc", "0", "1"),
        ("cinv", "csetm", "csinv", "1", "0"),
        ("cneg", "", "csneg", "1", "1"),
    ):
        pattern = f"z{op}0 11010100 mmmmm cccc 0{o} nnnnn ddddd"
        if set_alias:
            both_zero = pattern.replace("mmmmm", "11111").replace("nnnnn", "11111")
            rows += both_widths(set_alias, both_zero, lambda w: (Reg(w, RD), Condition(inverted=True)), bind)
        if alias:
            rows += both_widths(
                alias,
                pattern,
                lambda w: (Reg(w, RD), Twice(w, RN, RM), Condition(inverted=True)),
                bind,
                when=_neither_is_zero if set_alias else None,
            )
        rows += both_widths(name, pattern, lambda w: (Reg(w, RD), Reg(w, RN), Reg(w, RM), Condition()), bind)
    return rows


def _conditional_compares() -> list[Row]:
    rows: list[Row] = []
    for name, op in (("ccmn", "0"), ("ccmp", "1")):
        for form, immediate in (("0", False), ("1", True)):

            def operands(w: int, immediate: bool = immediate) -> tuple[Codec, ...]:
                second = Unsigned(RM, 5) if immediate else Reg(w, RM)
                return Reg(w, RN), second, Unsigned(0, 4), Condition()

            rows += both_widths(
                name,
                f"z{op}1 11010010 mmmmm cccc {form}0 nnnnn 0ffff",
                operands,
                select.bind_conditional_compare,
            )
    return rows


ROWS: tuple[Row, ...] = (
    *_add_immediate(),
    *_moves(),
    *_add_register(),
    *_logical(),
    *_bit_fields(),
    *_sources(),
    *_multiplications(),
    *_selects(),
    *_conditional_compares(),
)
