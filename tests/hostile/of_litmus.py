"""Litmus tests, lists of them, kinds files, and states to explain."""

from __future__ import annotations

from collections.abc import Iterator

from .arena import LITMUS
from .case import DEEP, HUGE, Case


def tests() -> Iterator[Case]:
    def case(name: str, said: str, text: str | bytes) -> Case:
        content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        return Case(f"litmus: {name}", ("litmus", "bad.litmus"), said, {"bad.litmus": content})

    def ending(condition: str) -> str:
        return LITMUS.rpartition("exists")[0] + condition + "\n"

    def code(text: str) -> str:
        return LITMUS.replace("STR W0,[X1]", text)

    def init(text: str) -> str:
        return LITMUS.replace("0:X0=1;", text)

    yield case("empty", "bad.litmus:1:1", "")
    yield case("binary", "bad.litmus:", b"\x7fELF\0\1\2")
    yield case("nul", "bad.litmus:", LITMUS.replace("STR W0", "STR\0 W0"))
    yield case(
        "not utf-8",
        "bad.litmus: line 4, column 6: found byte 0xff",
        LITMUS.encode().replace(b"STR W0", b"STR \xff W0"),
    )
    yield case("parens", "bad.litmus:6:", ending("exists " + "(" * DEEP + "x=1" + ")" * DEEP))
    yield case("nots", "bad.litmus:6:", ending("exists " + "~" * DEEP + "x=1"))
    yield case("implications", "bad.litmus:6:", ending("exists " + "x=1 => " * DEEP + "x=1"))
    yield case("huge number", "bad.litmus:6:", ending(f"exists (x={HUGE})"))
    yield case("superscript value", "bad.litmus:6:", ending("exists (x=²)"))
    yield case("arabic value", "bad.litmus:6:", ending("exists (x=٣)"))
    yield case("arabic thread", "bad.litmus:6:", ending("exists (٣:X0=1)"))
    yield case("arabic register", "bad.litmus:6:", ending("exists (0:X٣=1)"))
    yield case("superscript register", "bad.litmus:6:", ending("exists (0:X²=1)"))
    yield case("huge register", "bad.litmus:6:", ending(f"exists (0:X{HUGE}=1)"))
    yield case("huge thread", "bad.litmus:6:", ending(f"exists ({HUGE}:X0=1)"))
    yield case("huge P", "bad.litmus:6:", ending(f"exists (P{HUGE}:X0=1)"))
    yield case("huge fault thread", "bad.litmus:6:", ending(f"exists (fault(P{HUGE}))"))
    yield case("arabic fault thread", "bad.litmus:6:", ending("exists (fault(P٣))"))
    yield case("huge label thread", "bad.litmus:6:", ending(f'exists (0:X0=label:"P{HUGE}:L")'))
    yield case("index huge", "bad.litmus:6:", ending("exists (x[999999999999999999999]=1)"))
    yield case("init huge", "bad.litmus:2:", init(f"0:X0={HUGE};"))
    yield case("init huge hexadecimal", "bad.litmus:2:", init("0:X0=0x" + "f" * 100_000 + ";"))
    yield case("init superscript", "bad.litmus:2:", init("0:X0=²;"))
    yield case("init arabic", "bad.litmus:2:", init("0:X0=٣;"))
    yield case("init arabic thread", "bad.litmus:2:", init("٣:X0=1;"))
    yield case("init huge thread", "bad.litmus:2:", init(f"{HUGE}:X0=1;"))
    yield case("init superscript count", "bad.litmus:2:", init("int a[²]={1};"))
    yield case("init arabic count", "bad.litmus:2:", init("int a[٣]={1};"))
    yield case("init huge count", "bad.litmus:2:", init(f"int a[{HUGE}];"))
    yield case("init huge index", "bad.litmus:2:", init(f"0:X0=x[{HUGE}];"))
    yield case("init huge plus", "bad.litmus:2:", init(f"0:X0=x+{HUGE};"))
    yield case("init huge label", "bad.litmus:2:", init(f"0:X0=P{HUGE}:L;"))
    yield case("init many braces", "bad.litmus:2:", init("{" * DEEP))
    yield case("init many", "bad.litmus:2:", init("".join(f"a{i}=1;" for i in range(100_000))))
    yield case("init elements", "bad.litmus:2:", init("int a[]={" + "1," * 100_000 + "1};"))
    yield case("threads", "bad.litmus:3:", LITMUS.replace("P1  ", f"P{HUGE}"))
    yield case("arabic threads", "bad.litmus:3:", LITMUS.replace("P1  ", "P١"))
    yield case(
        "many threads",
        "bad.litmus:3:",
        LITMUS.replace(" P0   ", "".join(f"P{i}|" for i in range(70, 50_000)) + "P0"),
    )
    yield case("code deep", "bad.litmus:4:", code("MOV X0,#" + "(" * DEEP + "1" + ")" * DEEP))
    yield case("code minus", "bad.litmus:4:", code("MOV X0,#" + "-" * DEEP + "1"))
    yield case("code huge", "bad.litmus:4:", code(f"MOV X0,#{HUGE}"))
    yield case("code superscript", "bad.litmus:4:", code("MOV X0,#²"))
    yield case("code long", "bad.litmus:", LITMUS.replace("exists", " NOP | NOP ;\n" * 100_000 + "exists"))
    yield case("instr deep", "bad.litmus:", ending('exists (0:X0=instr:"MOV X0,#' + "-" * DEEP + '1")'))
    yield case("instr in init", "bad.litmus:", init('0:X0=instr:"MOV X0,#' + "-" * DEEP + '1";'))
    yield case("comments", "bad.litmus:", "(*" * DEEP + LITMUS)
    yield case("open comment", "bad.litmus:", "(*" + LITMUS)
    yield case("prologue", "bad.litmus:", "AArch64 MP\n" + "a=b\n" * 200_000)
    yield case("prologue strings", "bad.litmus:", "AArch64 MP\n" + '"' * 200_001)
    yield case("blanks", "bad.litmus:", " " * 1_000_000)
    yield case("blanks in the head", "bad.litmus:", "AArch64 " + "a " * 20_000 + "\n" + " " * 20_000)
    yield case("kind spaces", "bad.litmus:", init("long " * 20_000 + "²;"))
    yield case("value spaces", "bad.litmus:", init("0:X0=x" + " " * 50_000 + "²;"))
    yield case("type words", "bad.litmus:", ending("locations [" + "int " * 50_000))
    yield case("too large", "bad.litmus:", " " * (1 << 25))
    yield case("arch long", "bad.litmus:1:", "A" * 1_000_000)
    yield case("escape in arch", "bad.litmus:1:", "\x1b[31mAArch64 MP\n{}")


def lists() -> Iterator[Case]:
    def why(name: str, state: str) -> Case:
        return Case(f"why: {name}", ("litmus", "good.litmus", "--why", state), "")

    yield why("deep", "(" * 50_000)
    yield why("huge", f"0:X1={HUGE}")
    yield why("superscript", "0:X1=²")
    yield why("huge thread", f"{HUGE}:X1=1")
    yield why("surrogate", "0:X1=\udcff")
    yield why("empty", "")
    yield why("nul", "0:X1=\0")

    def listed(name: str, said: str, content: bytes, **more: bytes) -> Case:
        return Case(f"list: {name}", ("litmus", "@bad.list"), said, {"bad.list": content, **more})

    bomb = {f"@l{i}": (f"@l{i + 1}\n" * 10).encode() for i in range(12)} | {"@l12": b"good.litmus\n"}
    yield Case("list: exponential", ("litmus", "@l0"), "more than 1000 lists", bomb)
    yield Case("list: exponential of nothing", ("litmus", "@l0"), "@l", {**bomb, "@l12": b"#\n"})
    yield Case(
        "list: deep", ("litmus", "@l0"), "@l", {f"@l{i}": f"@l{i + 1}\n".encode() for i in range(3_000)}
    )
    yield listed("not utf-8", "bad.list: line 1, column 1: found byte 0xff", b"\xff\xfe\n")
    yield listed("nul", "bad.list:1", b"a\0b\n")
    yield listed("long", "bad.list:1", b"a" * 1_000_000 + b"\n")
    yield listed("itself", "contains itself", b"@bad.list\n")
    yield listed("many lines", "bad.list", b"good.litmus\n" * 1_000_000)
    yield listed("too large", "bad.list", b"#" * (1 << 25))
    yield listed("device", "/dev/zero: a device; only regular files are read", b"/dev/zero\n")

    def kinds(name: str, said: str, content: bytes) -> Case:
        return Case(
            f"kinds: {name}", ("litmus", "good.litmus", "--expect", "bad.kinds"), said, {"bad.kinds": content}
        )

    yield kinds("not utf-8", "bad.kinds: line 1, column 1", b"\xff Allowed\n")
    yield kinds("nul", "bad.kinds:1:", b"MP\0Allowed\n")
    yield kinds("binary", "bad.kinds: line 2", bytes(range(256)))
    yield kinds("long", "bad.kinds:1:", b"M" * 1_000_000)
    yield kinds("comments", "bad.kinds:1:", b"(*" * 500_000)
    yield kinds("spaces", "bad.kinds:1:", b"MP" + b" " * 500_000 + b"x")
    yield kinds("too large", "bad.kinds", b"#" * (1 << 25))
    yield kinds("contradiction", "bad.kinds:2:", b"MP Allowed\nMP Forbidden\n")
