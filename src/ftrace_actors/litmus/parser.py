r"""The herd AArch64 litmus format, from text to a `LitmusTest`.

    AArch64 MP                      architecture and name
    "info" Key=Value ...            prologue
    { x=0; 0:X1=x; 1:X1=P0:L0; }    init: memory, registers, addresses, instruction words
     P0          | P1          ;    code, one column a thread; `P1.F` is P1's fault handler
     L0: NOP     | LDR W0,[X1] ;
    locations [x; 1:X0;]
    exists (1:X0=1 /\ x=1)

Source: the herdtools7 documentation and its published tests.  Comments `(* ... *)` may stand anywhere and may be
nested; after the prologue `// ...` is one too.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .conditions import BARE_MNEMONICS, Ending, number_of, parse_ending
from .errors import Place
from .syntax import Address, Cell, Code, Column, Init, Instr, Label, LitmusTest, Number, Register, Value

__all__ = ["parse"]

_COMMENT_EDGE = re.compile(r"\(\*|\*\)")
_LINE_COMMENT = re.compile(r"//[^\n]*")
_HEAD = re.compile(r"\s*(?P<arch>\S+)[ \t]+(?P<name>\S[^\n{]*?)[ \t]*(?=\n|\{)")
_META = re.compile(r"^[ \t]*([A-Za-z][\w.-]*)[ \t]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_STRING = re.compile(r'"[^"]*"')
_ENDING = re.compile(
    r"(?:(?<=;)|^)[ \t]*(?:locations\b|exists\b|forall\b|filter\b|~|not\b|observed\b)", re.MULTILINE
)
_THREAD = re.compile(r"P(\d+)(\.F)?")
_LABEL = re.compile(r"([A-Za-z_.$][\w.$]*)\s*:\s*")
_ITEM = re.compile(
    r"""(?P<kind>(?:(?:unsigned|signed|const|volatile|long)\s+)* [A-Za-z_]\w*
            (?:\s*\*+\s*|\s+(?=[A-Za-z_\d\[(])))?
        (?: P?(?P<thread>\d+)\s*:\s*(?P<register>\w+)
          | \*?\s*(?P<bracket>\[)?\s*(?P<name>[A-Za-z_]\w*)\s*(?:\[\s*(?P<count>\w*)\s*\])?\s*(?(bracket)\]) )
        \s* (?:=\s*(?P<value>.*))?""",
    re.VERBOSE | re.DOTALL,
)
_VALUE = re.compile(
    r"""(?P<number>[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|\d[\d_]*))
      | instr\s*:\s*"(?P<instr>[^"]*)"
      | (?: label\s*:\s*"\s*P(?P<thread1>\d+)\s*:\s*(?P<label1>[\w.$]+)\s*"
          | P(?P<thread>\d+)\s*:\s*(?P<label>[\w.$]+) )
      | &?\s*(?P<name>[A-Za-z_]\w*)\s*(?:\[\s*(?P<index>\d+)\s*\])?
        \s*(?:\+\s*(?P<plus>0[xX][0-9a-fA-F]+|\d+))?""",
    re.VERBOSE,
)


def parse(text: str, filename: str = "<text>") -> LitmusTest:
    """Parse one litmus test.  Raises `LitmusError` with file, line and column."""
    place = Place(filename, text)
    plain = _blank_comments(text, place) if "(*" in text or "*)" in text else text
    if "\r" in plain or plain.startswith("\ufeff"):
        plain = plain.replace("\r", " ").replace("\ufeff", " ")
    head = _HEAD.match(plain)
    if head is None:
        raise place.error(0, "found no first line such as 'AArch64 NAME'")
    if head["arch"] != "AArch64":
        raise place.error(
            head.start("arch"), f"found architecture '{head['arch']}' where AArch64 is expected"
        )
    opening = _opening(plain, head.end())
    if opening < 0:
        raise place.error(len(plain), "found no init block '{ ... }'")
    if "//" in plain:
        plain = plain[:opening] + _LINE_COMMENT.sub(lambda found: " " * len(found[0]), plain[opening:])
    closing = _closing(plain, opening, place)
    ending_at = _ENDING.search(plain, closing)
    cut = ending_at.start() if ending_at is not None else len(plain)
    ending = parse_ending(plain[cut:], cut, place) if ending_at is not None else Ending()
    if not ending.quantifier:
        if not ending.locations:
            raise place.error(len(plain), "found no exists, ~exists or forall")
        ending.quantifier, ending.start = "forall", len(plain)  # nothing is claimed, so it holds
    return LitmusTest(
        name=head["name"],
        filename=filename,
        source=text,
        meta=_meta(plain[head.end() : opening]),
        init=_init(plain, opening + 1, closing, place),
        columns=_columns(plain, closing + 1, cut, place),
        locations=tuple(ending.locations),
        filter=ending.filter,
        quantifier=ending.quantifier,
        condition=ending.condition,
        condition_text=plain[ending.start :].strip(),
        condition_offset=ending.start,
    )


def _blank_comments(text: str, place: Place) -> str:
    """The text with comments turned into blanks, so that every offset stays what it was."""
    pieces: list[str] = []
    opened: list[int] = []
    done = 0
    for edge in _COMMENT_EDGE.finditer(text):
        if edge[0] == "(*":
            if not opened:
                pieces.append(text[done : edge.start()])
                done = edge.start()
            opened.append(edge.start())
        elif opened:
            opened.pop()
            if not opened:
                pieces.append(re.sub(r"[^\n]", " ", text[done : edge.end()]))
                done = edge.end()
    if opened:
        raise place.error(opened[0], "found a comment '(*' without its '*)'")
    return "".join(pieces) + text[done:]


def _opening(text: str, start: int) -> int:
    """The offset of the brace that opens the init block: the first outside the strings of the prologue."""
    at = text.find("{", start)
    if '"' in text[start:at]:
        return _STRING.sub(lambda found: " " * len(found[0]), text[start:]).find("{") + start
    return at


def _meta(prologue: str) -> dict[str, str]:
    return dict(_META.findall(_STRING.sub("", prologue))) if "=" in prologue else {}


def _closing(text: str, opening: int, place: Place) -> int:
    """The offset of the brace that closes the init block; arrays have braces of their own."""
    depth = 0
    for match in re.finditer(r"[{}]", text[opening:]):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return opening + match.start()
    raise place.error(opening, "found no '}' that closes the init block")


# -- init ---------------------------------------------------------------------------------------------------------


def _init(text: str, start: int, end: int, place: Place) -> tuple[Init, ...]:
    items: list[Init] = []
    at = start
    for piece in text[start:end].split(";"):
        item = piece.strip()
        if item:
            items.append(_item(item, at + len(piece) - len(piece.lstrip()), place))
        at += len(piece) + 1
    return tuple(items)


def _item(item: str, offset: int, place: Place) -> Init:
    """One item; `offset` is where its text, which has no blanks around it, stands."""
    match = _ITEM.fullmatch(item)
    if match is None:
        raise place.error(offset, f"found '{item}' where an item such as '0:X1=x' or 'int x=1' is expected")
    kind, thread, register, name, count = match.group("kind", "thread", "register", "name", "count")
    target = Register(int(thread), register.upper()) if thread is not None else Cell(name)
    if count and not count.isdigit():
        raise place.error(
            offset + match.start("count"), f"found '{count}' where the number of elements is expected"
        )
    values: tuple[Value, ...] = ()
    if match["value"] is not None:
        values = _values(match["value"], offset + match.start("value"), place)
    elements = max(int(count or 0), len(values), 1)
    if count and int(count) and len(values) > int(count):
        raise place.error(
            offset + match.start("value"), f"found {len(values)} values where {count} are expected"
        )
    return Init(target, " ".join((kind or "").split()).replace(" *", "*"), elements, values, offset)


def _values(text: str, offset: int, place: Place) -> tuple[Value, ...]:
    if not (text.startswith("{") and text.endswith("}")):
        return (_value(text, offset, place),)
    values: list[Value] = []
    at = offset + 1
    inner = text[1:-1]
    for part in inner.split(",") if inner.strip() else ():
        values.append(_value(part.strip(), at + len(part) - len(part.lstrip()), place))
        at += len(part) + 1
    return tuple(values)


def _value(text: str, offset: int, place: Place) -> Value:
    value = _value_of(text)
    if value is None:
        raise place.error(
            offset, f"found value '{text}' where a number, a location, P0:label or instr:\"...\" is expected"
        )
    return value


@lru_cache(maxsize=1 << 12)
def _value_of(text: str) -> Value | None:
    """What a value says; None if nothing.  The same few come back in every test."""
    match = _VALUE.fullmatch(text)
    if match is None:
        return None
    number, instr, thread1, label1, thread, label, name, index, plus = match.groups()
    if name is not None:
        if name in BARE_MNEMONICS:
            return Instr(name)
        return Address(name, int(index or 0), int(plus, 0) if plus else 0)
    if number is not None:
        return Number(number_of(number))
    if instr is not None:
        return Instr(instr)
    return Label(int(thread or thread1), label or label1)


# -- code ---------------------------------------------------------------------------------------------------------


def _columns(text: str, start: int, end: int, place: Place) -> tuple[Column, ...]:
    rows = text[start:end].split(";")
    header, at = rows[0], start
    if rows[-1].strip():
        raise place.error(end - len(rows[-1]), "found a row of code without ';' at its end")
    columns: list[Column] = []
    for cell in header.split("|"):
        match = _THREAD.fullmatch(cell.strip())
        if match is None:
            raise place.error(at, f"found '{cell.strip()}' where a thread such as P0 or P0.F is expected")
        columns.append(Column(int(match[1]), match[2] is not None, [], {}))
        at += len(cell) + 1
    for row in rows[1:-1]:
        cells = row.split("|")
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise place.error(at, f"found {len(cells)} cells in a row where {len(columns)} are expected")
        for column, cell in zip(columns, cells, strict=False):
            if not cell.isspace() and cell:
                _cell(column, cell, at, place)
            at += len(cell) + 1
    return tuple(columns)


def _cell(column: Column, cell: str, at: int, place: Place) -> None:
    """One cell: labels, then possibly an instruction."""
    text = cell.rstrip()
    begin = len(text) - len(text.lstrip())
    if ":" in text:
        match = _LABEL.match(text, begin)
        while match is not None:
            name = match[1]
            if name in column.labels:
                raise place.error(at + begin, f"label '{name}' is defined twice")
            column.labels[name] = len(column.code)
            begin = match.end()
            match = _LABEL.match(text, begin)
    if begin < len(text):
        column.code.append(Code(text[begin:], at + begin))
