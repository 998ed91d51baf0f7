"""Random small programs as abstract operations, and as litmus text."""

from __future__ import annotations

from hypothesis import strategies as st

from .axioms import CODE, NEW, Op

FENCES = ["dmb.sy", "dmb.ld", "dmb.st", "dsb.sy", "dsb.ld", "dsb.st", "isb"]
DATA = ["R", "RA", "RQ", "W", "WL", "S", "SA", "SL", "SAL"]
ADDRESS = {"x": "X0", "y": "X1", CODE: "X3"}


@st.composite
def programs(draw: st.DrawFn, *, fetching: bool) -> list[list[Op]]:
    """Two or three threads of up to five operations; at most one write to the code word and three cache operations."""
    count = draw(st.sampled_from([2, 2, 3]))
    left = {"M": 1, "cache": 3, "reads": 5, "writes": 4, "F": 2}
    return [_thread(draw, fetching, left, 5 if count == 2 else 4) for _ in range(count)]


def _thread(draw: st.DrawFn, fetching: bool, left: dict[str, int], length: int) -> list[Op]:
    ops: list[Op] = []
    filled: list[int] = []
    for position in range(draw(st.integers(1, length))):
        kinds = [*DATA, *FENCES, "R", "W"]
        if filled:
            kinds += ["C", "C"]
        if fetching:
            kinds += ["F", "F", "M", "M", "DC", "IC", "DC", "IC", "dsb.sy", "isb"]
        op = _operation(draw, draw(st.sampled_from(kinds)), 10 + position, filled, left)
        if op is not None:
            ops.append(op)
            if op.reg and op.kind != "F":
                filled.append(op.reg)
    return ops


def _operation(draw: st.DrawFn, kind: str, reg: int, filled: list[int], left: dict[str, int]) -> Op | None:
    def depend() -> int:
        return draw(st.sampled_from([0, 0, *filled]))

    def use(what: str) -> bool:
        left[what] -= 1
        return left[what] >= 0

    place = draw(st.sampled_from(["x", "y"]))
    value = draw(st.sampled_from([1, 2]))
    if kind in FENCES:
        return Op(kind)
    if kind == "C":
        return Op("C", data=draw(st.sampled_from(filled)))
    if kind == "F":
        return Op("F", CODE, reg=reg) if use("F") else None
    if kind in {"DC", "IC"}:
        return Op(kind, CODE, addr=depend()) if use("cache") else None
    if kind == "M":
        return Op("W", CODE, NEW, addr=depend()) if use("M") else None
    if kind[0] == "R":
        return Op(kind, place, reg=reg, addr=depend() if kind == "R" else 0) if use("reads") else None
    if kind[0] == "S":
        return Op(kind, place, value, reg) if use("reads") and use("writes") else None
    if not use("writes"):
        return None
    data = depend()
    return Op(kind, place, 0 if data else value, addr=depend() if kind == "W" else 0, data=data)


def assembly(ops: list[Op]) -> str:
    """The thread as litmus code, instructions separated by `;` (see `shapes.py` for the registers)."""
    return "; ".join(text for position, op in enumerate(ops) for text in _instructions(op, position))


def _instructions(op: Op, position: int) -> list[str]:
    base = ADDRESS.get(op.place, "")
    code: list[str] = []
    where = f"[{base}]"
    if op.addr:
        code.append(f"EOR W2{position},W{op.addr},W{op.addr}")
        where = f"[{base},W2{position},SXTW]"
        if op.kind in {"DC", "IC"}:
            code.append(f"ADD X2{position},{base},W2{position},SXTW")
            base = f"X2{position}"
    data = "W6" if op.place == CODE else f"W{op.data}" if op.data else f"W{10 - op.value}"
    match op.kind:
        case "R" | "RA" | "RQ":
            name = {"R": "LDR", "RA": "LDAR", "RQ": "LDAPR"}[op.kind]
            code.append(f"{name} W{op.reg},{where}")
        case "W" | "WL":
            code.append(f"{'STR' if op.kind == 'W' else 'STLR'} {data},{where}")
        case "F":
            code.append(f"BLR X3; MOV W{op.reg},W19")
        case "DC":
            code.append(f"DC CVAU,{base}")
        case "IC":
            code.append(f"IC IVAU,{base}")
        case "C":
            code.append(f"CBNZ W{op.data},L{position}; L{position}: NOP")
        case kind if kind[0] == "S":
            code.append(f"SWP{kind[1:]} {data},W{op.reg},{where}")
        case kind:
            code.append(kind.replace(".", " ").upper())
    return code
