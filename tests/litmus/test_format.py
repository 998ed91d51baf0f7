r"""The format as published tests use it: each spelling is read, and means what it says.

Every case is `forall (...)` over one thread (or says otherwise), so a spelling that is read as something else is red.
"""

import pytest

from ftrace_actors.arm64.options import Options
from ftrace_actors.litmus import LitmusError, build, parse, run
from ftrace_actors.litmus.errors import LeftOutError
from ftrace_actors.litmus.options import options_of


def text_of(
    init: str = "", code: str = "NOP", ending: str = "forall (true)", prologue: str = "", head: str = "P0"
) -> str:
    return f"AArch64 t\n{prologue}{{ {init} }}\n {head} ;\n {code} ;\n{ending}\n"


LAYOUT = {
    "nested comments": (
        "AArch64 t (* a (* b *) c *)\n(* { *) { (* } *) 0:X0=1; }\n (* P9 | *) P0 ;\n (* | ; *) NOP (* *) ;\n"
        "forall (* ~ *) (0:X0=1) (* *)\n"
    ),
    "a cell that is a comment": "AArch64 t\n{ 0:X0=1; }\nP0;\n(* MOV X0,#2 *) ;\n NOP ;\nforall (0:X0=1)",
    "line comments": "AArch64 t\n{ 0:X0=1; // 0:X0=2;\n}\nP0;\nNOP; // MOV X0,#3;\nforall (0:X0=1) // no",
    "quoted lines": (
        'AArch64 t\n"Rfe DMB.SYdRW\n Fre { } ; | ="\nCycle=Fre PodWR\nRelax=Rfe\nSafe=Fre PodWR\n'
        "Generator=diyone7 (version 7.57)\nPrefetch=0:x=F,1:x=T\nCom=Rf Fr\nOrig=Rfe DMB Fre\nMode=linear\n"
        "TTHM=HA\nStable=X9\nAlign=4\n{ 0:X0=1; }\nP0;\nNOP;\nforall(0:X0=1)"
    ),
    "carriage returns and tabs": (
        "AArch64 t\r\n{\r\n\t0:X0=1;\t\r\n}\r\n P0\t; \r\n\tNOP\t;\t\r\nforall\r\n\t(0:X0=1)\r\n\r\n"
    ),
    "bytes that are no UTF-8": "AArch64 t\n(* \ufffd\u00e9 \u2227 *)\n{ 0:X0=1; }\nP0;\nNOP;\nforall (0:X0=1)",
    "a byte order mark": "\ufeffAArch64 t\n{ 0:X0=1; }\nP0;\nNOP;\nforall (0:X0=1)",
    "no blanks": "AArch64 t\n{0:X0=1;}\nP0;NOP;forall(0:X0=1)",
    "blank rows": "AArch64 t\n{ 0:X0=1 }\n\n P0 ;\n ;\n NOP ;\n\n ;\n\nforall\n\n(0:X0=1)",
    "no newline at the end, a semicolon instead": "AArch64 t\n{ 0:X0=1; }\nP0;\nNOP;\nforall (0:X0=1);",
    "lower case": "aarch64 t\n{ 0:x0=1; }\nP0;\nnop;\nforall (0:x0=1)",
    "an item over two lines": "AArch64 t\n{ int\n  x[2] = {1,\n  2}; 0:X0=1; }\nP0;\nNOP;\nforall (0:X0=1)",
    "a label in a line of its own": "AArch64 t\n{ 0:X0=1; }\nP0;\n L:\n NOP ;\nforall (0:X0=1)",
}


@pytest.mark.parametrize("text", LAYOUT.values(), ids=LAYOUT)
def test_layout(text: str) -> None:
    result = run(parse(text))
    assert (result.test.name, result.verdict) == ("t", "Required")
    asked = result.test.condition_text.upper()
    assert "0:X0=1" in asked


INIT = {
    "hexadecimal, negative": ("x=-0x1; y=0xffffffffffffffff; int z=-2147483648; 0:X1=-1", "NOP",
                              "x=-1 /\\ y=-1 /\\ z=-2147483648 /\\ 0:X1=-1"),
    "zeros in front, binary, underscores": ("0:X1=010; x=0b11; y=1_000", "NOP", "0:X1=10 /\\ x=3 /\\ y=1000"),
    "an array with fewer values": ("uint64_t x[4]={1,2}", "NOP", "x={1,2,0,0}"),
    "an array with none": ("int x[3]", "NOP", "x={0,0,0}"),
    "an array that counts itself": ("int z[]={7,8}; 0:X1=z+4", "LDR W2,[X1]", "0:X2=8 /\\ z={7,8}"),
    "an element": ("int x[3]; x[1]=5", "NOP", "x={0,5,0}"),
    "an element before its array": ("x[1]=5; int x[3]", "NOP", "x[1]=5"),
    "addresses of elements": ("uint64_t x[3]={1,2,3}; 0:X1=x[1]; 0:X2=&x[2]; 0:X3=x+8",
                              "LDR X4,[X1] ;\n LDR X5,[X2] ;\n LDR X6,[X3]", "0:X4=2 /\\ 0:X5=3 /\\ 0:X6=2"),
    "instructions with commas in an array": ('ins_t t[2]={instr:"B .+8",instr:"ADD X0,X0,#1"}', "NOP",
                                             't={instr:"B .+8",instr:"ADD X0,X0,#1"}'),
    "pointers": ("int *p=&x; int x=3; int* q=x; 0:X1=p", "LDR X2,[X1] ;\n LDR W3,[X2]", "0:X3=3 /\\ p=x /\\ q=&x"),
    "brackets and stars": ("*q=4; [r]=5", "NOP", " *q=4 /\\ [r]=5 /\\ q=4"),
    "W registers": ("0:W1=5", "ADD W2,W1,#1", "0:W2=6 /\\ 0:W1=5 /\\ 0:X1=5"),
    "a declaration behind a value": ("0:X1=x; uint64_t 0:X1; x=3; int x", "LDR W2,[X1]", "0:X1=x /\\ 0:X2=3"),
    "the same twice": ("0:X1=x; 0:X1=x; x=1; x=1", "LDR W2,[X1]", "0:X2=1"),
    "the ends of small types": ("uint8_t x=255; int8_t y=-128; uint16_t z=0xffff", "NOP", "x=255 /\\ y=-128 /\\ z=-1"),
    "half of a place without a type": ("x=0x300000002", "NOP", "[x+4]=3 /\\ [x+2]=0 /\\ x=0x300000002"),
    "negative elements": ("int8_t s[3]={-1,127,-128}", "NOP", "s={-1,127,-128}"),
    "16 bytes": ("uint128_t x=0x30000000000000002; 0:X1=x", "LDP X2,X3,[X1]",
                 "0:X2=2 /\\ 0:X3=3 /\\ x=0x30000000000000002"),
    "a pair at a place without a type": ("0:X1=x", "STP X1,X1,[X1] ;\n LDP X2,X3,[X1]", "0:X2=x /\\ 0:X3=x"),
    "words and labels": ('0:X0=instr:"NOP"; 0:X1=instr:"B .+8"; 0:X2=label:"P0:L"; 0:X3=NOP; 0:X4=P0:L', "L: NOP",
                         '0:X0=NOP /\\ 0:X1=instr:"b .+8" /\\ 0:X2=P0:L /\\ 0:X4=label:"P0:L" /\\ 0:X3=instr:"NOP"'),
    "memory that holds a label": ("x=P0:L; 0:X1=x", "LDR X2,[X1] ;\n L: NOP", "0:X2=P0:L"),
}  # fmt: skip


@pytest.mark.parametrize(("init", "code", "claim"), INIT.values(), ids=INIT)
def test_init(init: str, code: str, claim: str) -> None:
    assert run(parse(text_of(init, code, f"forall ( {claim})"))).verdict == "Required"
    assert run(parse(text_of(init, code, f"exists ~( {claim})"))).verdict == "Forbidden"


CODE = {
    "several labels": ("", "L0: L1: NOP ;\n Lself00: ;\n Lx:\n B L9 ;\n MOV W0,#1 ;\n L9:", "0:X0=0"),
    "a return to a label": ("0:X30=P0:L", "RET ;\n MOV W0,#1 ;\n L:", "0:X0=0"),
    "a branch to the end": ("", "B L ;\n MOV W0,#1 ;\n L:", "0:X0=0"),
    "a code word": (
        "",
        "ADR X1,L ;\n LDR W2,[X1] ;\n L: B .+4",
        '0:X2=instr:"B .+4" /\\ [P0:L]=instr:"B .+4"',
    ),
}


@pytest.mark.parametrize(("init", "code", "claim"), CODE.values(), ids=CODE)
def test_code(init: str, code: str, claim: str) -> None:
    assert run(parse(text_of(init, code, f"forall ({claim})"))).verdict == "Required"


@pytest.mark.parametrize(
    ("ending", "verdict"),
    [
        ("exists (0:X1=1)", "Allowed"),
        ("~exists (0:X1=2)", "Forbidden"),
        ("~ exists (0:X1=1)", "Allowed"),
        ("forall (not (0:X1=2 \\/ 0:X2=2) /\\ ~(0:X1=3))", "Required"),
        ("forall (0:X1=0 => 0:X2=7)", "Required"),
        ("forall (0:X1<>2 /\\ 0:X1!=3)", "Required"),
        ("forall (0:X1=0:X2)", "Required"),
        ("forall (0:X1=0:X3)", "Forbidden"),
        ("forall (P0:X1=[y] /\\ x<>[y])", "Required"),
        ("forall ()", "Required"),
        ("filter (0:X1=1)\nforall (true)", "Required"),
        ("filter (0:X1=2)\nexists (true)", "Forbidden"),
        ("forall ([t+4]=4)", "Required"),
        ("forall (t={3,4} /\\ t[1]=4 /\\ t=3 /\\ ~(t={4,3}))", "Required"),
        ("forall (~fault(P0:L,x) /\\ ~Fault(P0) /\\ not fault(P0,x))", "Required"),
        ("forall (~Fault(P0:L, x, MMU:Translation) /\\ ~fault(P0,UndefinedInstruction))", "Required"),
        ("exists (fault(P0:L,MMU:Permission))", "Forbidden"),
        ("forall (0:X1=1" + " /\\ 0:X1=1" * 1000 + ")", "Required"),
        (f"forall ({'(' * 60}true{')' * 60})", "Required"),
    ],
)  # fmt: skip
def test_endings(ending: str, verdict: str) -> None:
    init = "x=0; y=1; int t[2]={3,4}; 0:X1=1; 0:X2=1; 0:X3=3"
    assert run(parse(text_of(init, "L: NOP", ending))).verdict == verdict


@pytest.mark.parametrize("line", ["Variant=banana", "Variant=exs,banana", "CacheType=banana"])
def test_a_variant_nobody_knows_is_refused_where_it_stands(line: str) -> None:
    with pytest.raises(
        LitmusError,
        match="found variant 'banana' where one of dic, eis, eos, exs, fatal, handled, idc, lse2, mixed, self",
    ) as caught:
        parse(text_of(prologue=f"{line}\n"))
    assert (caught.value.line, caught.value.column) == (2, line.index("banana") + 1)


@pytest.mark.parametrize("line", ["Variant=", "Variant= ", "CacheType=,"])
def test_a_variant_that_is_empty_is_refused(line: str) -> None:
    with pytest.raises(
        LitmusError, match=r"found nothing after '(Variant|CacheType)=' where one of dic"
    ) as caught:
        parse(text_of(prologue=f"{line}\n"))
    assert (caught.value.line, caught.value.column) == (2, 1)


def test_a_kind_of_fault_that_is_none_is_named() -> None:
    with pytest.raises(LitmusError, match=r"'Breakpoint'.* no kind of fault \(MMU, SupervisorCall, Undef"):
        run(parse(text_of(ending="exists (fault(P0:L,Breakpoint))", code="L: NOP")))


@pytest.mark.parametrize("name", ["CU", "ConstrainedUnpredictable", "memtag", "vmsa"])
def test_a_variant_that_is_left_out_is_unsupported(name: str) -> None:
    with pytest.raises(LeftOutError, match=f"'{name}' needs"):
        parse(text_of(prologue=f"Variant={name}\n"))


INDEXED = "LDRB W3,[X1,X2] ;\n LDRH W4,[X1,X2,LSL #1] ;\n LDRH W5,[X1,X2,SXTW] ;\n LDRSB W6,[X1,X2]"
UDF_ONE = 'instr:"UDF #1"'


@pytest.mark.parametrize(
    ("init", "code", "ending", "state"),
    [
        (f"0:X0={UDF_ONE}", "MOV W5,#1", "locations [0:X0; 0:X5;]", f"0:X0={UDF_ONE}; 0:X5=1;"),
        (f"0:X0={UDF_ONE}; 0:X1=x; int x", "STR W0,[X1] ;\n LDR W2,[X1]", "locations [0:X2; x;]",
         f"0:X2={UDF_ONE}; [x]={UDF_ONE};"),
        (f"0:X0={UDF_ONE}; 0:X1=x; int x=1", "LDR W2,[X1]", "locations [0:X2; x;]", "0:X2=1; [x]=1;"),
        (f"0:X0={UDF_ONE}; 0:X1=x; int x=1; 0:X3=2", "SWP W0,W2,[X1] ;\n MOV W4,W0", "locations [0:X2; 0:X4; x;]",
         f"0:X2=1; 0:X4={UDF_ONE}; [x]={UDF_ONE};"),
        ('0:X0=0x110004a5; 0:X1=instr:"ADD W5,W5,#1"', "NOP", "locations [0:X0; 0:X1;]",
         '0:X0=285213861; 0:X1=instr:"ADD W5,W5,#1";'),
        ("0:X1=P0:L", "LDR W0,[X1] ;\n L: UDF #1", "locations [0:X0;]", f"0:X0={UDF_ONE};"),
        ("int t[2]={-1,2}; 0:X0=-1", "NOP", "locations [t; t[0]; t[1]; 0:X0;]", "0:X0=-1; t={-1,2}; t[0]=-1; t[1]=2;"),
        ("0:X1=0:L", "L: NOP", 'locations [0:X1;] forall (0:X1=0:L /\\ 0:X1=P0:L /\\ 0:X1=label:"0:L")',
         '0:X1=label:"P0:L";'),
        ('0:X1=label:"0:L"', "L: NOP", "locations [[0:L];] forall (~fault(0:L))", "[P0:L]=NOP; ~fault(P0:L);"),
        ("", "MOV X3,#1", "forall (0:XZR=0 /\\ 0:WZR=0 /\\ ~(0:XZR=0:X3))", "0:X3=1; 0:WZR=0; 0:XZR=0;"),
        ("0:X%p=x; 0:X0=5; x=7", "LDR W%v,[X%p] ;\n ADD W%w,W%v,W0", "forall (0:X%v=7 /\\ 0:X%w=12)",
         "0:X2=7; 0:X3=12;"),
        ("uint64_t x=0x0807060504030201; 0:X1=x; 0:X2=2", INDEXED, "locations [0:X3; 0:X4; 0:X5; 0:X6;]",
         "0:X3=3; 0:X4=1541; 0:X5=1027; 0:X6=3;"),
    ],
)  # fmt: skip
def test_what_a_state_says(init: str, code: str, ending: str, state: str) -> None:
    """A word of an instruction prints as one, and a number that looks like it as a number."""
    result = run(parse(text_of(init, code, ending)))
    assert result.verdict == "Required"
    assert [result.line(final) for final in result.finals] == [state]


def test_a_small_number_is_not_the_word_it_looks_like() -> None:
    assert run(parse(text_of(f"0:X0={UDF_ONE}; 0:X1=1", "NOP", f"forall (0:X0={UDF_ONE} /\\ 0:X1=1)"))).ok
    assert not run(parse(text_of(f"0:X0={UDF_ONE}", "MOV X1,#1", f"exists (0:X1={UDF_ONE} \\/ 0:X0=1)"))).ok


def test_the_zero_register_has_no_initial_value() -> None:
    with pytest.raises(LitmusError, match="found 'XZR' where a register such as X1 is expected"):
        build(parse(text_of("0:XZR=1")))


def test_states_are_sorted_by_number() -> None:
    text = "AArch64 t\n{ 0:X0=x; 1:X0=x; 0:X2=10; 1:X2=9; }\nP0 | P1 ;\n STR W2,[X0] | STR W2,[X0] ;\nexists (x=1)"
    result = run(parse(text))
    assert [result.line(final) for final in result.finals] == ["[x]=9;", "[x]=10;"]


WRITTEN = (
    "AArch64 written\n{ 0:X0=%s; 0:X1=P1:L; }\nP0 | P1 ;\n%s STR W0,[X1] | L: %s ;\n | MOV W5,#1 ;\n"
    "locations [fault(P1:L,UndefinedInstruction); fault(P1:L,SupervisorCall);] exists (1:X5=0)"
)


@pytest.mark.parametrize(
    ("word", "first", "old", "kinds"),
    [
        ('instr:"UDF #0"', "", "NOP", {"", "UndefinedInstruction"}),
        ('instr:"UDF #7"', "", "SVC #0", {"SupervisorCall", "UndefinedInstruction"}),
        ("NOP", "", "SVC #0", {"", "SupervisorCall"}),
        ('instr:"SVC #3"', "", "UDF #0", {"SupervisorCall", "UndefinedInstruction"}),
    ],
)
def test_a_fault_is_of_the_kind_of_the_word_fetched(word: str, first: str, old: str, kinds: set[str]) -> None:
    result = run(parse(WRITTEN % (word, first, old)))
    found = {
        "".join(kind for kind in ("UndefinedInstruction", "SupervisorCall") if f"fault(P1:L,{kind})" in state)
        for state in map(result.state, result.finals)
    }
    assert found == kinds


@pytest.mark.parametrize(
    ("word", "first", "flags"),
    [
        ('instr:"ADD W5,W5,#1"', "", ("unpredictable",)),
        ("0x110004a5", "", ("unpredictable",)),
        ("0x4a5", " MOVK W0,#0x1100,LSL #16 ; | ;\n", ("unpredictable",)),
        ("0xd503201f", "", ()),  # a NOP
        ("0x14000001", "", ()),  # a branch
    ],
)
def test_an_instruction_given_as_a_number_is_flagged_as_one_given_by_name(
    word: str, first: str, flags: tuple[str, ...]
) -> None:
    assert run(parse(WRITTEN % (word, first.replace(" ; | ;\n", " | ;\n"), "NOP"))).flags == flags


CLEANED = (
    'AArch64 cleaned\n{ 0:X0=instr:"B .+8"; 0:X1=P1:L; 0:X2=y; 0:X3=1; 1:X2=y; }\nP0 | P1 ;\n'
    " STR W0,[X1] | LDR W4,[X2] ;\n %s,X1 | DSB SY ;\n DSB SY | ISB ;\n IC IVAU,X1 | L: NOP ;\n DSB SY | MOV W5,#1 ;\n"
    " STR W3,[X2] | ;\nexists (1:X4=1 /\\ 1:X5=1)"
)


@pytest.mark.parametrize(
    ("operation", "herd", "arm"),
    [
        ("DC CVAU", "Forbidden", "Forbidden"),
        ("DC CIVAC", "Allowed", "Forbidden"),
        ("DC CVAC", "Allowed", "Forbidden"),
    ],
)
def test_cleaning_further_than_the_pou_is_cleaning_to_it_but_for_the_published_tools(
    operation: str, herd: str, arm: str
) -> None:
    test = parse(CLEANED % operation)
    assert run(test).verdict == herd
    assert run(test, options_of(test.meta, Options())).verdict == arm


def test_variants_may_come_in_several_lines() -> None:
    test = parse(text_of(prologue='Variant=exs\n"Variant=dic"\nVariant=eis,mixed\n'))
    options = build(test).task.options
    assert (options.eis, options.eos, options.dic) == (True, False, False)
    assert test.meta == {"Variant": "exs,eis,mixed"}


def test_locations_with_and_without_types() -> None:
    ending = "locations [0:X1; x; t[1]; y:uint32_t; int *z; v uint64_t; uint64_t 0:X2, 0:X3 int; w*; t;]"
    result = run(parse(text_of("int t[2]={1,2}; 0:X1=x; y=3", "NOP", ending)))
    assert (result.verdict, result.test.condition_text) == ("Required", "forall (true)")
    assert [result.line(final) for final in result.finals] == [
        "0:X1=x; 0:X2=0; 0:X3=0; t={1,2}; t[1]=2; [v]=0; [w]=0; [x]=0; [y]=3; [z]=0;"
    ]


def test_a_state_says_which_faults_there_were() -> None:
    ending = "locations [fault(P0:L); fault(P0:L,UndefinedInstruction); fault(P0,x); fault(P0,MMU);]"
    result = run(parse(text_of("0:X1=x", "L: UDF #0", ending)))
    assert [result.line(final) for final in result.finals] == [
        "~fault(P0,MMU); ~fault(P0,x); fault(P0:L); fault(P0:L,UndefinedInstruction);"
    ]


def test_an_access_that_is_asked_for_may_fault() -> None:
    result = run(parse(text_of("", "L: LDR W0,[X1]", "forall (fault(P0:L,MMU:Translation))")))
    assert result.verdict == "Required"


PATCH = "STR W0,[X1] ;\n DC CVAU,X1 ;\n DSB ISH ;\n IC IVAU,X1 ;\n DSB ISH ;\n ISB ;\n L: NOP"


@pytest.mark.parametrize(
    ("init", "code"),
    [
        ("", "UDF #0"),
        ("", "SVC #0"),
        ("0:X1=x", "ADD X1,X1,#1 ;\n CAS W0,W0,[X1]"),
        ('0:X1=P0:L; 0:X0=instr:"UDF #0"', PATCH),
    ],
    ids=["undefined", "call", "not aligned", "written"],
)  # fmt: skip
def test_a_fault_that_is_no_access_to_nothing_just_ends_its_thread(init: str, code: str) -> None:
    result = run(parse(text_of(init, f"{code} ;\n MOV W9,#1", "forall (0:X9=0)")))
    assert result.verdict == "Required"


def test_a_handler_may_take_an_access_to_nothing() -> None:
    text = text_of("", "LDR W0,[X1] | MOV W2,#1", "forall (0:X2=1)", head="P0 | P0.F")
    assert run(parse(text)).verdict == "Required"


def test_a_fault_is_told_apart_by_place_and_by_how_it_came_about() -> None:
    code = "MOV W0,#1 ;\n ADD X1,X1,#1 ;\n L: CAS W0,W0,[X1]"  # atomics must be aligned
    ending = "forall (fault(P0:L,x,MMU:Alignment) /\\ ~fault(P0:L,y) /\\ ~fault(P0:L,x,MMU:Translation))"
    assert run(parse(text_of("0:X1=x; 0:X2=y", code, ending))).verdict == "Required"
    ending = "forall (fault(P0,MMU) /\\ ~fault(P0,MMU:Permission) /\\ ~fault(P0,SupervisorCall))"
    assert run(parse(text_of("", "LDR W0,[X1]", ending))).verdict == "Required"


@pytest.mark.parametrize(("code", "kind"), [("SVC #0", "SupervisorCall"), ("UDF #0", "UndefinedInstruction")])
def test_a_trap_is_a_fault_of_its_kind(code: str, kind: str) -> None:
    ending = f"forall (fault(P0:L,{kind}) /\\ ~fault(P0,MMU) /\\ fault(P0))"
    assert run(parse(text_of("", f"L: {code}", ending))).verdict == "Required"
