"""Random small programs as litmus text.

Two or three threads of up to five instructions (address, data and control dependencies not counted): plain, acquire,
release and exclusive accesses, atomics, accesses of several sizes to one location, barriers, exceptions, fetches of a
word that is written, DC and IC.  Whoever draws says how: Hypothesis, or a seeded generator in a long campaign.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

Pick = Callable[[Sequence[str]], str]

INIT = '{0}:X0=x; {0}:X1=y; {0}:X2=w; {0}:X3=P0:m0; {0}:X6=instr:"B .+12"; {0}:X7=instr:"NOP"; {0}:X8=2; {0}:X9=1;'
WIDE = " {0}:X4=v; {0}:X5=v+8;"
TARGET = ["B END", "m0: NOP", "MOV W19,#1", "RET", "MOV W19,#2", "RET", "END:"]

FENCES = ["DMB SY", "DMB LD", "DMB ST", "DSB SY", "DSB LD", "DSB ST", "ISB"]
READS = ["LDR", "LDR", "LDR", "LDAR", "LDAPR"]
WRITES = ["STR", "STR", "STLR"]
ORDERS = ["", "A", "L", "AL"]
KINDS = {
    "data": ["R", "R", "W", "W", "R", "W", "fence", "fence", "branch", "amo"],
    "atomic": ["R", "W", "R", "W", "fence", "branch", "amo", "amo", "cas", "exclusive", "exclusive"],
    "mixed": ["R", "W", *["part"] * 4, "fence", "branch", "part-amo", "part-amo", "part-exclusive"],
    "wide": ["R", "W", *["half"] * 3, "pair", "pair", "fence", "branch", *["wide"] * 4],
    "fetch": [
        "R",
        "W",
        "F",
        "F",
        "M",
        "M",
        "DC",
        "IC",
        "DC",
        "IC",
        "DSB SY",
        "DSB SY",
        "ISB",
        "fence",
        "branch",
    ],
    "exception": ["R", "W", "R", "F", "M", "DC", "IC", "DSB SY", "SVC", "SVC", "SVC", "branch", "fence"],
}
LIMITS = {"R": 5, "W": 4, "M": 2, "cache": 3, "F": 2, "SVC": 2}
PARTS = [("W", "[X2]"), ("W", "[X2,#4]"), ("X", "[X2]"), ("H", "[X2]"), ("H", "[X2,#2]"), ("X", "[X2]")]
SIZES = [("B", "W"), ("H", "W"), ("", "W"), ("", "X")]


@dataclass
class Program:
    """What was drawn so far."""

    pick: Pick
    kind: str
    left: dict[str, int] = field(default_factory=lambda: dict(LIMITS))
    seen: list[str] = field(default_factory=list)
    thread: int = 0
    filled: list[str] = field(default_factory=list)
    labels: int = 0

    def use(self, *what: str) -> bool:
        """Is there one left of each?"""
        if any(self.left[name] <= 0 for name in what):
            return False
        for name in what:
            self.left[name] -= 1
        return True

    def result(self, position: int, extra: int = 0) -> str:
        """A register for what is read, shown in the end."""
        name = str(10 + position + extra)
        self.filled.append(name)
        self.seen.append(f"{self.thread}:X{name}")
        return name


def draw_program(pick: Pick, kind: str) -> str:
    """A litmus test of one of KINDS."""
    count = int(pick(["2", "2", "3"]))
    program = Program(pick, kind)
    if kind in {"atomic", "mixed", "wide"}:  # the oracle guesses among all sums and mixtures that may be read
        program.left.update(R=4, W=3)
    columns, handlers = [], []
    for thread in range(count):
        program.thread, program.filled = thread, []
        code: list[str] = []
        for position in range(int(pick(["1", "2", "3", "4", "5"] if count == 2 else ["1", "2", "3", "4"]))):
            code += _instruction(program, pick(KINDS[kind]), position)
        columns.append(code + (TARGET if thread == 0 else []))
        if any(line.startswith("SVC") for line in code):
            handlers.append((thread, pick(["ERET", "ISB; ERET", "LDR W18,[X0]; ERET", "NOP"]).split("; ")))
            program.seen.append(f"{thread}:X18")
    options = pick(["", "", "exs", "exs,eis", "exs,eos"]) if kind == "exception" else ""
    options = f"Variant={options}" if options else ""
    cache = pick(["", "", "CacheType=IDC", "CacheType=DIC"]) if kind in {"fetch", "exception"} else ""
    header = [f"P{n}" for n in range(count)] + [f"P{n}.F" for n, _ in handlers]
    columns += [code for _, code in handlers]
    rows = [
        " | ".join(column[row] if row < len(column) else "" for column in columns)
        for row in range(max(map(len, columns)))
    ]
    prologue = "".join(f"{line}\n" for line in (options, cache) if line)
    init = "\n".join((INIT + (WIDE if kind == "wide" else "")).format(n) for n in range(count))
    code_text = " ;\n".join([" | ".join(header), *rows])
    words = ["v[0]", "v[1]"] if kind == "wide" else []
    places = " ".join(f"{place};" for place in [*dict.fromkeys(program.seen), "x", "y", "w", *words])
    return (
        f"AArch64 random\n{prologue}{{\nint x; int y; uint64_t w; uint64_t v[2];\n{init}\n}}\n{code_text} ;\n"
        f"locations [{places}]\nexists (x=77)\n"
    )


def _dependent(p: Program, base: str, position: int) -> tuple[list[str], str]:
    """An address: as it is, computed from something read, or picked by it."""
    how = p.pick(["", "", "", "basic", "pick"]) if p.filled else ""
    reg = p.pick(p.filled) if how else ""
    if how == "basic":
        return [
            f"EOR W2{position},W{reg},W{reg}",
            f"ADD X2{position},{base},W2{position},SXTW",
        ], f"X2{position}"
    if how == "pick":
        return [f"CMP W{reg},#1", f"CSEL X2{position},{base},{base},EQ"], f"X2{position}"
    return [], base


def _data(p: Program, position: int) -> tuple[list[str], str]:
    """Something to store."""
    how = p.pick(["", "", "", "basic", "pick"]) if p.filled else ""
    if how == "basic":
        return [], p.pick(p.filled)
    if how == "pick":
        return [f"CMP W{p.pick(p.filled)},#1", "CSEL X15,X8,X9,EQ"], "15"
    return [], p.pick(["8", "9"])


def _instruction(p: Program, kind: str, position: int) -> list[str]:
    simple = _simple(p, kind)
    if simple is not None:
        return simple
    if kind in {"M", "F", "DC", "IC"}:
        return _code(p, kind, position)
    if kind.startswith("part"):
        return _part(p, kind, position)
    if kind in {"half", "pair", "wide"}:
        return _wide(p, kind, position)
    base = p.pick(["X0", "X1"])
    before, base = _dependent(p, base, position)
    if kind == "R":
        return [*before, f"{p.pick(READS)} W{p.result(position)},[{base}]"] if p.use("R") else []
    if kind == "W":
        more, data = _data(p, position)
        return [*before, *more, f"{p.pick(WRITES)} W{data},[{base}]"] if p.use("W") else []
    if not p.use("R", "W"):
        return []
    more, data = _data(p, position)
    order = p.pick(ORDERS)
    if kind == "amo":
        name = p.pick(["SWP", "LDADD", "LDADD"])
        into = p.pick(["ZR", "", ""]) or p.result(position)
        return [*before, *more, f"{name}{order} W{data},W{into},[{base}]"]
    if kind == "cas":
        into = p.result(position)
        start = [f"MOV W{into},#{p.pick(['0', '1'])}"]
        if len(p.filled) > 1 and p.pick(["", "x"]):
            start = [f"MOV W{into},W{p.pick(p.filled[:-1])}"]
        return [*before, *more, *start, f"CAS{order} W{into},W{data},[{base}]"]
    between = p.pick(["", "", "NOP", "LDR W16,[X1]", "STR W9,[X0]", "DMB SY"])
    got, status = p.result(position), 25 + position
    p.seen.append(f"{p.thread}:X{status}")
    load, store = "LDAXR" if "A" in order else "LDXR", "STLXR" if "L" in order else "STXR"
    code = [*before, f"{load} W{got},[{base}]", between, *more, f"{store} W{status},W{data},[{base}]"]
    return [line for line in code if line]


def _simple(p: Program, kind: str) -> list[str] | None:
    if kind in FENCES:
        return [kind]
    if kind == "fence":
        return [p.pick(FENCES)]
    if kind == "SVC":
        return ["SVC #0"] if p.use("SVC") else []
    if kind == "branch":
        if not p.filled:
            return []
        p.labels += 1
        return [f"CBNZ W{p.pick(p.filled)},L{p.labels}", f"L{p.labels}: NOP"]
    return None


def _code(p: Program, kind: str, position: int) -> list[str]:
    """Fetches of the modifiable word, writes to it, cache maintenance of it."""
    if not p.use({"DC": "cache", "IC": "cache"}.get(kind, kind)):
        return []
    if kind == "F":
        return ["MOV W19,#0", "BLR X3", f"MOV W{p.result(position)},W19"]
    before, base = _dependent(p, "X3", position)
    if kind == "M":
        return [*before, f"STR W{p.pick(['6', '6', '6', '7'])},[{base}]"]
    return [*before, f"{'DC CVAU' if kind == 'DC' else 'IC IVAU'},{base}"]


def _part(p: Program, kind: str, position: int) -> list[str]:
    """Accesses of different sizes to the 8 bytes at w."""
    if kind == "part-amo":
        return _part_atomic(p, position)
    if kind == "part-exclusive":
        return _part_exclusive(p, position)
    width, where = PARTS[int(p.pick("012345"))]
    half = "H" if width == "H" else ""
    reg = "X" if width == "X" else "W"
    ordered = where == "[X2]" and p.pick(["", "", "x"])
    if p.pick(["R", "W"]) == "R":
        name = p.pick(["LDAR", "LDAPR"]) if ordered else "LDR"
        return [f"{name}{half} {reg}{p.result(position)},{where}"] if p.use("R") else []
    name = "STLR" if ordered else "STR"
    return [f"{name}{half} {reg}{p.pick(['8', '9', *p.filled])},{where}"] if p.use("W") else []


def _part_atomic(p: Program, position: int) -> list[str]:
    """A read-modify-write of the low bytes at w, whose result may be discarded."""
    if not p.use("R", "W"):
        return []
    (size, reg), order = SIZES[int(p.pick("0123"))], p.pick(ORDERS)
    name = p.pick(["SWP", "LDADD", "CAS"])
    into = p.pick(["ZR", "", ""]) or p.result(position)
    if name == "CAS":
        start = [f"MOV W{into},#{p.pick(['0', '1'])}"] if into != "ZR" else []
        return [*start, f"CAS{order}{size} {reg}{into},{reg}{p.pick(['8', '9'])},[X2]"]
    return [f"{name}{order}{size} {reg}{p.pick(['8', '9'])},{reg}{into},[X2]"]


def _part_exclusive(p: Program, position: int) -> list[str]:
    """An exclusive pair on the low bytes at w."""
    if not p.use("R", "W"):
        return []
    (size, reg), order = SIZES[int(p.pick("0123"))], p.pick(ORDERS)
    got, status = p.result(position), 25 + position
    p.seen.append(f"{p.thread}:X{status}")
    load, store = "LDAXR" if "A" in order else "LDXR", "STLXR" if "L" in order else "STXR"
    data = p.pick(["8", "9", got])
    return [f"{load}{size} {reg}{got},[X2]", f"{store}{size} W{status},{reg}{data},[X2]"]


def _wide(p: Program, kind: str, position: int) -> list[str]:
    """Accesses to the 16 bytes at v: to a half, to both halves one by one, and to both at once."""
    if kind == "half":
        where = p.pick(["[X4]", "[X5]"])
        if p.pick(["R", "W"]) == "R":
            return [f"{p.pick(READS)} X{p.result(position)},{where}"] if p.use("R") else []
        return [f"{p.pick(WRITES)} X{p.pick(['8', '9', *p.filled])},{where}"] if p.use("W") else []
    if kind == "pair":
        if p.pick(["R", "W"]) == "R":
            if not p.use("R"):
                return []
            return [f"{p.pick(['LDP', 'LDIAPP'])} X{p.result(position)},X{p.result(position, 10)},[X4]"]
        if not p.use("W"):
            return []
        data = f"X{p.pick(['8', '9', *p.filled])},X{p.pick(['8', '9', *p.filled])}"
        if p.pick(["", "down"]):
            return ["ADD X18,X4,#16", f"STILP {data},[X18,#-16]!"]
        return [f"{p.pick(['STP', 'STILP'])} {data},[X4]"]
    return _wide_atomic(p, position)


def _wide_atomic(p: Program, position: int) -> list[str]:
    if not p.use("R", "W"):
        return []
    order, name = p.pick(ORDERS), p.pick(["exclusive", "exclusive", "CASP", "SWPP", "LDSETP"])
    first = int(p.result(position, position))  # CASP wants an even register and the next
    p.result(position, position + 1)
    data = [p.pick(["8", "9"]), p.pick(["8", "9"])]
    if name == "CASP":
        start = [f"MOV W{first + n},#{p.pick(['0', '1'])}" for n in range(2)]
        new = [f"MOV X{20 + n},X{data[n]}" for n in range(2)]
        return [*start, *new, f"CASP{order} X{first},X{first + 1},X20,X21,[X4]"]
    if name != "exclusive":
        start = [f"MOV X{first + n},X{data[n]}" for n in range(2)]
        return [*start, f"{name}{order} X{first},X{first + 1},[X4]"]
    status = 25 + position
    p.seen.append(f"{p.thread}:X{status}")
    load, store = "LDAXP" if "A" in order else "LDXP", "STLXP" if "L" in order else "STXP"
    return [
        f"{load} X{first},X{first + 1},[X4]",
        f"{store} W{status},X{p.pick([data[0], str(first)])},X{data[1]},[X4]",
    ]


@st.composite
def programs(draw: st.DrawFn, kind: str) -> str:
    """`draw_program` by Hypothesis."""
    return draw_program(lambda options: draw(st.sampled_from(options)), kind)
