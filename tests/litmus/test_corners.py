"""Corners of the format: each spelling that published tests use, and what it means."""

import pytest

from ftrace_actors.litmus import LitmusError, Result, build, parse, run
from ftrace_actors.litmus.syntax import Address, Cell, Fault, Label, Number, Register


def text_of(init: str = "", code: str = "NOP", ending: str = "exists (true)", prologue: str = "") -> str:
    return f"AArch64 t\n{prologue}{{ {init} }}\n P0 ;\n {code} ;\n{ending}\n"


def result_of(init: str, code: str, ending: str, prologue: str = "") -> Result:
    """The answer to a test of one thread, its instructions separated by `;`."""
    return run(parse(text_of(init, code, ending, prologue), "corner.litmus"))


def states(init: str, code: str, ending: str) -> list[dict[str, str]]:
    result = result_of(init, code, ending)
    return [result.state(final) for final in result.finals]


# -- prologue and comments ---------------------------------------------------------------------------------------


def test_a_prologue_as_generators_write_it() -> None:
    text = (
        "AArch64 MP+dmb.sy+addr-po.1[x]\r\n"
        '"DMB.SYdWW Rfe {not a block} DpAddrdR Fre"\r\n'
        "Generator=diyone7 (version 7.56+03)\r\nPrefetch=0:x=F,0:y=W,1:y=F,1:x=T\r\nCom=Rf Fr\r\n"
        "Orig=DMB.SYdWW Rfe DpAddrdR Fre\r\nTTHM=HA\r\nVariant=exs\r\nStable=X9\r\n"
        "{\r\n0:X1=x;\r\n}\r\n P0          ;\r\n LDR W0,[X1] ;\r\nexists\r\n(0:X0=0)\r\n"
    )
    test = parse(text)
    assert test.name == "MP+dmb.sy+addr-po.1[x]"
    assert test.meta["Com"] == "Rf Fr"
    assert test.meta["Prefetch"] == "0:x=F,0:y=W,1:y=F,1:x=T"
    assert test.meta["TTHM"] == "HA"
    assert not build(test).task.options.eis
    assert run(test).observation == "Always"


@pytest.mark.parametrize(
    "text",
    [
        "AArch64 t (* one *)\n{ }\nP0;\nNOP;\nexists (true)",
        "AArch64 t\n(* a (* nested *) | ; one *)\n{ }\nP0;\nNOP;\nexists (true)",
        "AArch64 t\n{ 0:X0=1; // first ; 0:X1=nothing\n 0:X2=1; }\nP0;\nNOP;\nexists (0:X0=1)",
        "AArch64 t\n{ }\nP0;\nNOP; // and so | on ;\nNOP; (* ; *)\nexists (true) // exists (false)",
        "AArch64 t\n(* { *)\n{ }\nP0 (* | P1 *) ;\nNOP (* ; *) ;\nexists (* not *) (true)",
        "AArch64 t\n{\n}\nP0 ;\n NOP ; exists (true)",
        "AArch64 t { }\nP0 ;\nNOP ;\n   \n\nexists true",
    ],
)
def test_comments_and_blanks_stand_anywhere(text: str) -> None:
    assert run(parse(text)).verdict == "Allowed"


def test_only_locations_and_no_condition_claims_nothing() -> None:
    result = result_of("0:X0=7", "NOP", "locations [0:X0;]")
    assert (result.verdict, result.state(result.finals[0])) == ("Required", {"0:X0": "7"})


# -- init --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "target", "kind", "values"),
    [
        ("int x=1", Cell("x"), "int", (Number(1),)),
        ("int  x = -1", Cell("x"), "int", (Number(-1),)),
        ("uint64_t y", Cell("y"), "uint64_t", ()),
        ("int64_t z=0x7fffffffffffffff", Cell("z"), "int64_t", (Number((1 << 63) - 1),)),
        ("unsigned int x=+3", Cell("x"), "unsigned int", (Number(3),)),
        ("volatile int x=0b101", Cell("x"), "volatile int", (Number(5),)),
        ("uint32_t t[4]={0,1, 0x_2 ,3}", Cell("t"), "uint32_t", ()),
        ("int *p=&x", Cell("p"), "int*", (Address("x"),)),
        ("int* p=x", Cell("p"), "int*", (Address("x"),)),
        ("p=&x", Cell("p"), "", (Address("x"),)),
        ("[x]=-0x10", Cell("x"), "", (Number(-16),)),
        ("*x=007", Cell("x"), "", (Number(7),)),
        ("x=1_000", Cell("x"), "", (Number(1000),)),
        ("0:X1=x", Register(0, "X1"), "", (Address("x"),)),
        ("P0:X1=x", Register(0, "X1"), "", (Address("x"),)),
        ("0 : x1 = t[ 2 ]", Register(0, "X1"), "", (Address("t", 2),)),
        ("0:X1=x+4", Register(0, "X1"), "", (Address("x", 0, 4),)),
        ("0:X1=&t[1]", Register(0, "X1"), "", (Address("t", 1),)),
        ("uint64_t 0:X1", Register(0, "X1"), "uint64_t", ()),
        ("uint64_t 0:X1=3", Register(0, "X1"), "uint64_t", (Number(3),)),
        ('0:X1=label:" P0 : L0 "', Register(0, "X1"), "", (Label(0, "L0"),)),
    ],
)
def test_items_of_the_init_block(item: str, target: object, kind: str, values: object) -> None:
    found = parse(text_of(item.replace("0x_2", "0x2"))).init[0]
    assert (found.target, found.kind) == (target, kind)
    if "{" in item:
        assert (found.count, found.values) == (4, tuple(map(Number, range(4))))
    else:
        assert found.values == values


def test_types_say_how_wide_a_location_is() -> None:
    init = (
        "uint8_t a; int16_t b; int c; unsigned d; long e; unsigned long long f; int *g; uint64_t h; i; "
        "const unsigned char j; int64_t k[2]; int l[3];"
    )
    pieces = build(parse(text_of(init))).pieces
    assert {name: pieces[name].size for name in "abcdefghijkl"} == {
        "a": 1, "b": 2, "c": 4, "d": 4, "e": 8, "f": 8, "g": 8, "h": 8, "i": 8, "j": 1, "k": 8, "l": 4,
    }  # fmt: skip
    assert (pieces["k"].count, pieces["l"].count) == (2, 3)


@pytest.mark.parametrize(
    ("init", "code", "ending", "state"),
    [
        ("int x=-1; 0:X1=x", "LDR W0,[X1]", "forall (0:X0=-1 /\\ x=-1)", {"0:X0": "4294967295", "[x]": "-1"}),
        ("int64_t x=-1; 0:X1=x", "LDR X0,[X1]", "forall (0:X0=-1)", {"0:X0": "-1"}),
        ("int64_t x=-2; 0:X1=x", "LDRSW X0,[X1,#4]", "forall (0:X0=-1)", {"0:X0": "-1"}),
        ("int t[3]={1,2,3}; 0:X1=t", "LDR X0,[X1,#4]", "forall (0:X0=0x300000002)", {"0:X0": "12884901890"}),
        ("int t[3]={1,2,3}; 0:X1=t[2]", "LDR W0,[X1]", "forall (0:X0=3)", {"0:X0": "3"}),
        ("int t[2]; 0:X1=t", "MOV W0,#5 ;\n STR W0,[X1,#4]", "forall (t={0,5})", {"t": "{0,5}"}),
        ("uint64_t x; 0:X1=x", "MOV W0,#0x101 ;\n STRH W0,[X1,#2]", "forall (x=0x1010000)", {"[x]": "16842752"}),
        ("uint64_t x=0x4030201; 0:X1=x", "ADD X2,X1,#2 ;\n LDRH W0,[X2]", "forall 0:X0=0x0403", {"0:X0": "1027"}),
        ("uint64_t x=0x0807060504030201; 0:X1=x+3", "LDRB W0,[X1]", "forall 0:X0=4", {"0:X0": "4"}),
        ("int x; int *p=&x; 0:X1=p", "LDR X2,[X1] ;\n LDR W3,[X2]", "forall (0:X2=x)", {"0:X2": "x"}),
        ("int t[2]; 0:X1=t", "ADD X1,X1,#4", "forall (0:X1=t[1])", {"0:X1": "t[1]"}),
        ("uint64_t x; 0:X1=x", "ADD X1,X1,#2", "forall (0:X1=x+2)", {"0:X1": "x+2"}),
        ("", "NOP", "forall (0:X7=0)", {"0:X7": "0"}),
        ("0:X0=x", "CBZ X0,L ;\n NOP ;\n L:", "forall (x=0)", {"[x]": "0"}),
    ],
)  # fmt: skip
def test_what_a_thread_leaves(init: str, code: str, ending: str, state: dict[str, str]) -> None:
    assert result_of(init, code, ending).verdict == "Required"
    assert states(init, code, ending) == [state]


# -- code --------------------------------------------------------------------------------------------------------


def test_labels_stand_alone_several_in_a_row_or_before_an_instruction() -> None:
    column = parse(text_of(code="a: ;\n b: c: NOP ;\n ;\n d :\tNOP ;\n Lend:")).columns[0]
    assert column.labels == {"a": 0, "b": 0, "c": 0, "d": 1, "Lend": 2}
    assert [code.text for code in column.code] == ["NOP", "NOP"]


def test_short_rows_and_a_bar_too_many_are_blank_cells() -> None:
    test = parse("AArch64 t\n{ }\n P0 | P1 ;\n NOP ;\n | NOP | ;\n | ;\nexists (true)")
    assert [len(column.code) for column in test.columns] == [1, 1]


SPELLINGS = [
    "DMB SY", "dmb ish", "DMB ISHLD", "DMB OSHST", "DMB LD", "DSB ISH", "DSB NSHST", "DSB ST", "ISB", "ISB SY", "SB",
    "LDR W0, [X1, #4]", "LDR W0,[X1,4]", "LDR X0,[X1,X2,LSL #3]", "LDR W0,[X1,W2,UXTW #2]", "LDR W0,[X1,W2,SXTW]",
    "LDRSW X0,[X1]", "LDRSB W0,[X1]", "LDUR W0,[X1,#-4]", "LDP W0,W2,[X1],#8", "STP X0,X2,[X1,#-16]!",
    "LDNP W0,W2,[X1]", "STNP X0,X2,[X1,#16]", "LDTR W0,[X1]", "STTRB W0,[X1,#1]", "LDAPUR W0,[X1,#4]",
    "STLUR X0,[X1,#-8]", "LDAPURSH X0,[X1]", "LDAPRB W0,[X1]", "LDARH W0,[X1]", "STLRB W0,[X1]", "LDAXP X0,X2,[X1]",
    "STXP W3,X0,X2,[X1]", "STLXP W3,W0,W2,[X1]", "CASPAL X2,X3,X4,X5,[X1]", "CASP W2,W3,W4,W5,[X1]", "CLREX",
    "SWPAB W0,W2,[X1]", "LDADDALH W0,W2,[X1]", "LDSMAX W0,W2,[X1]", "STUMINLB W0,[X1]", "STADD X0,[X1]",
    "CASALH W0,W2,[X1]", "MRS X0,NZCV", "MSR NZCV,X0", "MRS X0,ELR_EL1", "MRS X0,CTR_EL0", "MRS X0,DCZID_EL0",
    "CSEL W0,W1,W2,NE", "CSINC X0,X1,X2,EQ", "CSINV W0,W1,W2,GE", "CSNEG W0,W1,W2,LT", "CSET W0,EQ", "CSETM X0,NE",
    "CINC W0,W1,EQ", "CCMP W0,#1,#0,EQ", "ADD X0,X1,W2,SXTW", "ADD W0,W0,1", "SUBS XZR,X0,X1", "EOR W0,W1,W1",
    "AND W0,W0,#128", "MOV W0,#0x101", "MOVK X0,#1,LSL #16", "MVN W0,W1", "UXTB W0,W1", "UBFX W0,W1,#0,#4",
    "ADR X0,L", "B L", "B.EQ L", "BEQ L", "BNE L", "CBZ W0,L", "CBNZ X0,L", "TBZ W0,#0,L", "TBNZ X0,#33,L", "BL L",
    "LDR W0,L", "B .+4", "CBZ X0,.+8", "BR X0", "BLR X0", "RET", "RET X0", "NOP", "UDF #0", "SVC #0", "HVC #0x1",
    "ERET", "DC CVAU,X0", "DC CIVAC, X0", "IC IVAU,X0", "IC IALLUIS", "IC IALLU", "PRFM PLDL1KEEP,[X1]", "YIELD",
]  # fmt: skip


@pytest.mark.parametrize("code", SPELLINGS)
def test_instructions_as_tests_spell_them(code: str) -> None:
    build(parse(text_of(code=f"{code} ;\n L: NOP")))
    if "L" not in code.rsplit(",", maxsplit=1)[-1].split():
        build(parse(text_of(code=f"{code.lower()} ;\n L: NOP")))


def test_a_bare_label_names_the_word_there() -> None:
    found = states("", "ADR X1,L ;\n LDR W0,L ;\n L: NOP", "exists (0:X0=NOP)")
    assert found == [{"0:X0": "NOP"}]


@pytest.mark.parametrize("text", ["B .+12", "b  .+12", "B .+12 "])
def test_an_instruction_prints_one_way(text: str) -> None:
    found = states(f'0:X0=instr:"{text}"', "NOP", 'exists (0:X0=instr:"B .+12")')
    assert found == [{"0:X0": 'instr:"B .+12"'}]


def test_flags_travel_through_a_register() -> None:
    code = "CMP W9,#0 ;\n MRS X0,NZCV ;\n CMP W9,#1 ;\n MSR NZCV,X0 ;\n CSET W1,EQ"
    assert states("", code, "forall (0:X0=0x60000000 /\\ 0:X1=1)") == [{"0:X0": "1610612736", "0:X1": "1"}]


# -- conditions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "observation"),
    [
        ("exists (0:X0=1 /\\ not (x=2))", "Always"),
        ("exists (0:X0=2 \\/ x=0)", "Always"),
        ("exists 0:X0=1 /\\ x=0", "Always"),
        ("exists (0:X0=2 => false)", "Always"),
        ("exists (0:X0=1 => false)", "Never"),
        ("exists (false)", "Never"),
        ("~exists (true)", "Always"),
        ("~ exists (0:X0=0x2)", "Never"),
        ("not exists (0:X0=2)", "Never"),
        ("forall (0:X0=1 /\\ (0:X0=2 \\/ [x]=0))", "Always"),
        ("exists ( *x=0 /\\ x<>1 /\\ x!=2)", "Always"),
        ("exists (0:X0 in {0,1})", "Always"),
        ("exists (P0:X0=1)", "Always"),
        ("exists (0:X1=x /\\ 0:X1=&x)", "Always"),
        ("exists (~fault(P0,x) /\\ ~Fault(P0))", "Always"),
        ("exists (fault(P0:L, x, MMU:Translation))", "Never"),
        ("filter (0:X0=2) exists (true)", "Never"),
        ("locations [0:X1; int x; x; 0:W0;] exists (0:W0=1)", "Always"),
        ("locations [0:X1,x]\nforall (x=-0 /\\\n 0:X0=01)", "Always"),
    ],
)
def test_conditions(ending: str, observation: str) -> None:
    assert result_of("0:X0=1; 0:X1=x", "L: NOP", ending).observation == observation


def test_implication_binds_weakest_and_to_the_right() -> None:
    assert result_of("", "NOP", "exists (false /\\ true \\/ true => false => true)").observation == "Always"


def test_a_fault_of_any_kind_may_be_asked_for() -> None:
    result = result_of("", "L: UDF #0", "forall (fault(P0:L,UndefinedInstruction))")
    assert result.verdict == "Required"
    assert result.machine.observed == (Fault(0, "L", "", "UndefinedInstruction"),)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("AArch64 t\n(* (* *)\n{}\nP0;\nNOP;\nexists(true)", 2, 1, "without its '*)'"),
        (text_of("0:X1=1;  int x = @"), 2, 20, "value '@'"),
        (text_of("int t[2]={1, @}"), 2, 16, "value '@'"),
        (text_of("int t[2]={1,2,3}"), 2, 12, "3 values"),
        (text_of("int t[n]"), 2, 9, "number of elements"),
        (text_of("int x y=1"), 2, 3, "item"),
        (text_of(code="NOP ;\n L: NOP ;\n M: L: NOP"), 6, 5, "twice"),
        (text_of(code="a: b: LDR W0,[X99]"), 4, 16, "X99"),
        (text_of(code="CASP X1,X2,X4,X5,[X0]"), 4, 7, "even number"),
        (text_of(code="CASP X2,X4,X4,X5,[X0]"), 4, 10, "x3"),
        (text_of("int t[2]", ending="exists (t[2]=0)"), 5, 9, "outside"),
        (text_of(ending="exists (true /\\ 0:X0=y)"), 5, 22, "'y'"),
        (text_of(ending="exists (fault(x))"), 5, 15, "thread"),
        (text_of("int x[2]", ending="exists (x={1;2})"), 5, 13, "','"),
    ],
)
def test_mistakes_are_shown_where_they_are(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(LitmusError) as caught:
        build(parse(text, "bad.litmus"))
    assert words in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)


# -- mistakes in the code that are not mistakes of the format ------------------------------------------------------


def test_a_store_where_nothing_is_ends_its_thread_and_nothing_else() -> None:
    text = (
        "AArch64 t\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n MOV W2,#1 | LDR W0,[X1] ;\n STR W2,[X3] | ;\n"
        "locations [fault(P0);] exists (1:X0=0)\n"
    )
    result = run(parse(text, "corner.litmus"))
    assert [result.state(final)["1:X0"] for final in result.finals] == ["0"]


def test_a_mnemonic_that_ends_like_a_branch_is_not_one() -> None:
    assert states("0:X2=3; 0:X3=1;", "SUBS X4,X2,X3 ; SBCS X0,X2,X3", "exists (0:X0=2)") == [{"0:X0": "2"}]
