r"""Wrong input is refused with one line that says where and what; what is left out is named as such."""

import pytest

from ftrace_actors.litmus import LeftOutError, LitmusError, build, parse, run

from .test_format import text_of


def error_of(text: str) -> LitmusError:
    with pytest.raises(LitmusError) as caught:
        run(parse(text, "bad.litmus"))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250
    return caught.value


TWO = "AArch64 t\n{ }\n P0  | P1  ;\n%s\nexists (true)\n"

WRONG = {
    # -- what contradicts itself
    "two values of a register": (text_of("0:X1=x; 0:X1=y"), 2, 11, "'0:X1' starts with y here and with x before"),
    "both names of a register": (text_of("0:X1=1; 0:W1=2"), 2, 11, "starts with 2 here and with 1"),
    "two values of a location": (text_of("x=1; x=2"), 2, 8, "'x' starts with 2 here and with 1 before"),
    "two values of an element": (text_of("int x[2]={1,2}; x[1]=3"), 2, 19, "'x[1]' starts with 3"),
    "two widths": (text_of("int x; uint64_t x"), 2, 10, "'uint64_t' here and 'int' before"),
    "two lengths": (text_of("int x[2]; int x[3]"), 2, 13, "3 elements here and 2 before"),
    "a thread twice": (text_of(head="P0 | P0"), 3, 7, "thread 'P0' twice"),
    "a label twice": (text_of(code="L: NOP | L: ERET", head="P0 | P0.F"), 4, 14, "in P0 and its handler"),
    "two conditions": (text_of(ending="exists (true)\nforall (true)"), 6, 1, "second condition"),
    # -- what is not there
    "a register of no thread": (text_of("5:X1=x"), 2, 3, "'5:X1', but there is no thread P5"),
    "a handler of no thread": (text_of(head="P0 | P1.F", code="NOP | ERET"), 3, 7, "handler 'P1.F'"),
    "a fault of no thread": (text_of("0:X1=x", ending="exists (fault(P1,x))"), 5, 15, "no thread P1"),
    "a fault at no label": (
        text_of("0:X1=x", ending="exists (fault(P0:L7,x))"),
        5,
        18,
        "'P0:L7', which is not a label",
    ),
    "a fault at no place": (text_of("0:X1=x", ending="exists (fault(P0,y))"), 5, 18, "'y', which is not a location"),
    "a fault of no kind": (text_of("0:X1=x", ending="exists (fault(P0,x,Oops))"), 5, 20, "'Oops'"),
    "a register of no machine": (text_of(ending="exists (0:X33=1)"), 5, 9, "'0:X33', which is not a register"),
    "an element past the end": (text_of("int x[2]; 0:X1=x[2]"), 2, 13, "'x[2]' is outside 'x', which has 2"),
    "an element value past the end": (text_of("int x[2]", ending="exists (0:X1=x[2])"), 5, 14, "outside"),
    "bytes past the end": (text_of("int x[2]", ending="exists ([x+8]=1)"), 5, 10, "outside"),
    "an element of nothing": (text_of("x[1]=5"), 2, 3, "where no item declares it"),
    "a type": (text_of("itn x=1"), 2, 3, "type 'itn'"),
    "a label in a word for anywhere": (text_of('0:X1=instr:"B L0"', "L0: NOP"), 2, 3, "such as '.+8'"),
    "an address": (text_of("", "NOP ;\n LDR W0,[X1]"), 5, 2, "P0 accesses 0x0 here, where nothing is declared"),
    "an address to store to": (text_of("0:X1=4096", "STR W0,[X1]"), 4, 2, "accesses 0x1000"),
    "an address past a location": (text_of("0:X1=x", "LDR W0,[X1,#64]"), 4, 2, "accesses x+64"),
    "an address for an atomic": (text_of("", "LDADD W0,W1,[X2]"), 4, 2, "accesses 0x0"),
    "a word of nothing": (text_of(ending='exists (0:X0=instr:"NO")'), 5, 20, "instruction 'NO': unknown"),
    "a value of nothing": (text_of("int x[2]={1,}"), 2, 15, "value ''"),
    # -- what does not fit
    "a byte": (text_of("int8_t x=300"), 2, 3, "300 where a value of 1 byte is expected for 'x'"),
    "a negative byte": (text_of("uint8_t x=-129"), 2, 3, "-129"),
    "a W register": (text_of("0:W1=0x100000000"), 2, 3, "4294967296 where a value of 4 bytes"),
    "an X register": (text_of("0:X1=0x10000000000000000"), 2, 3, "of 8 bytes"),
    "a register of a type": (text_of("uint32_t 0:X1=0x100000000"), 2, 3, "of 4 bytes"),
    "an address in two bytes": (text_of("uint16_t x=y"), 2, 3, "an address"),
    "a wanted value": (text_of("int8_t x", ending="exists (x=300)"), 5, 9, "300 where a value of 1 byte"),
    "a value wanted in a W register": (text_of(ending="exists (0:W1=0x100000000)"), 5, 9, "of 4 bytes"),
    "wanted elements": (text_of("int t[2]", ending="exists (t={1,2,3})"), 5, 9, "3 elements where 't' has 2"),
    "elements for a number": (text_of("x=1", ending="exists (x={1})"), 5, 11, "'[x]' is not an array"),
    "elements for no array": (text_of("int x={1,2}"), 2, 9, "'x' is not an array"),
    "a number for elements": (text_of("int x[2]=1"), 2, 12, "the elements of an array"),
    "elements for a register": (text_of("0:X1={1,2}"), 2, 8, "the value of a register"),
    "a length": (text_of("int x[1000000000]"), 2, 9, "from 1 to 4096"),
    "no length": (text_of("int x[0]"), 2, 9, "from 1 to 4096"),
    "a number of threads": (text_of(head="P99999"), 3, 2, "below P64"),
    "a thread of a register": (text_of("99999:X1=1"), 2, 3, "below 64"),
    "a number": (text_of("x=" + "9" * 5000), 2, 5, "where a number"),
    "a wanted number": (text_of(ending=f"exists (x={'9' * 5000})"), 5, 11, "where a number"),
    "parentheses": (text_of(ending=f"exists ({'(' * 3000}true{')' * 3000})"), 5, 108, "nested"),
    "negations": (text_of(ending=f"exists ({'~' * 30000}true)"), 5, 206, "nested"),
    "implications": (text_of(ending=f"exists ({'true=>' * 30000}true)"), 5, 1191, "nested"),
    "locations": (text_of(";".join(f"x{n}=1" for n in range(13000))), 2, 31661, "13000 items where 4096"),
    "arrays": (text_of(";".join(f"uint64_t t{n}[4096]" for n in range(100))), 2, 1817, "no room for 't96'"),
    "instructions": (text_of(code=" ;\n".join(["NOP"] * 2049)), 2052, 1, "2049 instructions"),
    # -- lines without an end
    "a header without ';'": ("AArch64 t\n{ }\n P0 | P1\n NOP | NOP ;\nexists (true)", 4, 2, "';' after 'P1'"),
    "a header of one thread": ("AArch64 t\n{ }\n P0 \n NOP ;\nexists (true)", 4, 2, "';' after 'P0'"),
    "a row without ';'": (TWO % " NOP | DMB SY\n NOP | NOP ;", 4, 8, "no ';' after 'DMB SY'"),
    "a cell without ';'": (text_of(code="DMB SY\n NOP"), 4, 2, "no ';' or '|' after 'DMB SY'"),
    "the last row": (TWO % " NOP | NOP ;\n NOP | NOP", 5, 2, "without ';' at its end"),
    "an item without ';'": (text_of("0:X1=x\n 0:X2=y"), 2, 8, "no ';' after 'x'"),
    "cells too many": (TWO % " NOP | NOP | NOP ;", 4, 2, "3 cells in a row where 2"),
    "blank cells too many": (TWO % " NOP | NOP | | ;", 4, 2, "4 cells in a row where 2"),
    "an annotation of a thread": (text_of(head="P0:F"), 3, 2, "'P0:F' where a thread"),
    "no code": ("AArch64 t\n{ }\nexists (true)", 3, 1, "line of threads"),
    # -- what is no AArch64 test
    "C": ("C t\n{ }\nP0 (int *x) { }\nexists (true)", 1, 1, "a litmus test in C"),
    "no name": ("AArch64\n{ }\nP0;\nNOP;\nexists (true)", 1, 1, "no name"),
    "bytes": ("\x7fELF\x02\x01\x00\x00", 1, 1, "no first line"),
    "prose": ("# A title\n\ntext\n", 1, 1, "no first line"),
    "a backslash": (text_of(ending="exists (true /\\\\ true)"), 5, 16, "unexpected"),
    "a type behind a location": (text_of(ending="locations [x itn;]"), 5, 14, "'itn'"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "words"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_refused(text: str, line: int, column: int, words: str) -> None:
    error = error_of(text)
    assert words in error.message
    assert (error.line, error.column) == (line, column)
    assert not isinstance(error, LeftOutError)


LEFT_OUT = {
    "SIMD instruction": (text_of(code="LDR Q0,[X1]"), 4, 6, "'LDR Q0,[X1]' needs SIMD"),
    "SIMD list": (text_of(code="LD1 {V0.4S},[X1]"), 4, 6, "SIMD"),
    "SIMD mnemonic": (text_of(code="FADD S0,S1,S2"), 4, 2, "SIMD"),
    "SIMD register": (text_of("0:Q0=1"), 2, 3, "SIMD"),
    "SIMD wanted": (text_of(ending="exists (0:V0.4S={1,2,3,4})"), 5, 11, "SIMD"),
    "SVE instruction": (text_of(code="LD1W {Z0.S},P0/Z,[X1]"), 4, 7, "SVE"),
    "SVE mnemonic": (text_of(code="WHILELT P0.S,W1,W2"), 4, 2, "SVE"),
    "SVE register": (text_of("0:Z0=1"), 2, 3, "SVE"),
    "tagged address": (text_of("0:X1=x:green"), 2, 8, "memory tagging"),
    "tagged wanted": (text_of("0:X1=x", ending="exists (0:X1=x:green)"), 5, 14, "memory tagging"),
    "tag": (text_of("[tag(x)]=:green"), 2, 3, "memory tagging"),
    "tag wanted": (text_of(ending="exists ([tag(x)]=:red)"), 5, 13, "'[tag(' needs memory tagging"),
    "tag instruction": (text_of(code="STG X0,[X1]"), 4, 2, "memory tagging"),
    "tag variant": (text_of(prologue="Variant=memtag,sync\n"), 2, 9, "'memtag' needs memory tagging"),
    "tag fault": (text_of(ending="exists (fault(P0,TagCheck))"), 5, 18, "memory tagging"),
    "page table": (text_of("[PTE(x)]=(oa:PA(x),valid:0); 0:X1=x"), 2, 3, "page tables (VMSA)"),
    "page table entry": (text_of("0:X1=PTE(x)"), 2, 8, "page tables"),
    "page table type": (text_of("pteval_t 0:X1"), 2, 3, "page tables"),
    "page table wanted": (text_of(ending="exists ([PTE(x)]=(oa:PA(x)))"), 5, 13, "page tables"),
    "page table variant": (text_of(prologue="Variant=kvm\n"), 2, 9, "page tables"),
    "translation": (text_of(code="AT S1E1R,X1"), 4, 2, "page tables"),
    "translation register": (text_of(code="MSR TTBR0_EL1,X0"), 4, 6, "system register"),
    "system register": (text_of("0:ELR_EL1=0"), 2, 3, "system register"),
    "pointer authentication": (text_of(code="PACIA X0,X1"), 4, 2, "pointer authentication"),
    "authenticated pointer": (text_of("0:X1=pacda(x,1)"), 2, 8, "pointer authentication"),
    "authentication fault": (text_of(ending="exists (fault(P0,PacCheck:DA))"), 5, 18, "pointer authentication"),
    "going on": (text_of(prologue="Variant=skip\n"), 2, 9, "continuing after a fault"),
    "zeroing": (text_of(code="DC ZVA,X0"), 4, 5, "cache operation"),
    "a word to read": (text_of(ending='exists (0:X0=instr:"STG X0,[X1]")'), 5, 20, "memory tagging"),
    "a word to write": (text_of('0:X0=instr:"STG X0,[X1]"'), 2, 3, "memory tagging"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "words"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_left_out_is_named(text: str, line: int, column: int, words: str) -> None:
    error = error_of(text)
    assert isinstance(error, LeftOutError)
    assert error.message.startswith("unsupported: '")
    assert error.message.endswith(", which is left out")
    assert words in error.message
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize("label", ["s1", "v0", "Q7", "green"])
def test_a_label_may_look_like_a_register(label: str) -> None:
    """Only what does not assemble is looked at for what is left out."""
    build(parse(text_of(f"0:X1=P0:{label}", f"B {label} ;\n {label}: NOP", f"exists (0:X1=P0:{label})")))
    assert not isinstance(error_of(text_of(code=f"B {label}")), LeftOutError)


def test_an_access_is_refused_where_only_some_executions_reach_it() -> None:
    text = (
        "AArch64 t\n{ 0:X1=p; 1:X1=p; 0:X2=x; }\n P0 | P1 ;\n STR X2,[X1] | LDR X3,[X1] ;\n"
        "             | LDR W4,[X3] ;\nexists (1:X4=0)\n"
    )
    error = error_of(text)
    assert (error.line, error.column) == (5, 16)
    assert "P1 accesses 0x0 here" in error.message
    assert run(parse(text.replace("0:X1=p;", "0:X1=p; p=x;"))).observation == "Always"


def test_a_test_in_c_is_named_before_its_pointers_are_taken_for_comments() -> None:
    with pytest.raises(LitmusError, match=r"x:1:1: found a litmus test in C; only those of AArch64 are read"):
        parse("C x\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nexists (x=1)\n", "x")
