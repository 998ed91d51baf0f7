r"""The herd AArch64 litmus format, from text to a `LitmusTest`.

    AArch64 MP                      architecture and name
    "info" Key=Value ...            prologue
    { x=0; 0:X1=x; 1:X1=P0:L0; }    init: memory, registers, addresses, instruction words
     P0          | P1          ;    code, one column a thread; `P1.F` is P1's fault handler
     L0: NOP     | LDR W0,[X1] ;
    locations [x; 1:X0;]
    exists (1:X0=1 /\ x=1)

Source: the herdtools7 documentation and its published tests.  Comments `(* ... *)` may stand anywhere.
"""

from __future__ import annotations

import re

from .conditions import BARE_MNEMONICS, Ending, parse_ending
from .errors import Place
from .syntax import Address, Cell, Code, Column, Init, Instr, Label, LitmusTest, Number, Register, Value

__all__ = ["parse"]

_COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)
_HEAD = re.compile(r"\s*(?P<arch>\S+)[ \t]+(?P<name>\S[^\n{]*?)[ \t]*(?=\n|\{)")
_META = re.compile(r"^[ \t]*([A-Za-z][\w.-]*)[ \t]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_STRING = re.compile(r'"[^"]*"')
_ENDING = re.compile(r"^[ \t]*(?:locations\b|exists\b|forall\b|filter\b|~|not\b|observed\b)", re.MULTILINE)
_THREAD = re.compile(r"P(\d+)(\.F)?")
_LABEL = re.compile(r"([A-Za-z_.$][\w.$]*)\s*:\s*")
_ITEM = re.compile(
    r"""(?P<kind>[A-Za-z_]\w*\s*\*+\s*|[A-Za-z_]\w*\s+(?=[A-Za-z_\d\[*]))?
        (?: (?P<thread>\d+)\s*:\s*(?P<register>\w+)
          | [\[*]?\s*(?P<name>[A-Za-z_]\w*)\s*\]? (?:\[\s*(?P<count>\d*)\s*\])? )
        \s* (?:=\s*(?P<value>.*))?""",
    re.VERBOSE | re.DOTALL,
)
_VALUE = re.compile(
    r"""(?P<number>-?(?:0[xX][0-9a-fA-F_]+|0b[01_]+|\d[\d_]*))
      | instr\s*:\s*"(?P<instr>[^"]*)"
      | (?: label\s*:\s*"\s*P(?P<thread1>\d+)\s*:\s*(?P<label1>[\w.$]+)\s*" | P(?P<thread>\d+)\s*:\s*(?P<label>[\w.$]+))
      | &?(?P<name>[A-Za-z_]\w*)(?:\[\s*(?P<index>\d+)\s*\])?""",
    re.VERBOSE,
)


def parse(text: str, filename: str = "<text>") -> LitmusTest:
    """Parse one litmus test.  Raises `LitmusError` with file, line and column."""
    place = Place(filename, text)
    plain = _blank_comments(text) if "(*" in text else text
    head = _HEAD.match(plain)
    if head is None:
        raise place.error(0, "found no first line such as 'AArch64 NAME'")
    if head["arch"] != "AArch64":
        raise place.error(
            head.start("arch"), f"found architecture '{head['arch']}' where AArch64 is expected"
        )
    opening = plain.find("{", head.end())
    if opening < 0:
        raise place.error(len(plain), "found no init block '{ ... }'")
    closing = _closing(plain, opening, place)
    ending_at = _ENDING.search(plain, closing)
    cut = ending_at.start() if ending_at is not None else len(plain)
    ending = parse_ending(plain[cut:], cut, place) if ending_at is not None else Ending()
    if not ending.quantifier:
        raise place.error(len(plain), "found no exists, ~exists or forall")
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


def _blank_comments(text: str) -> str:
    """The text with comments turned into blanks, so that every offset stays what it was."""
    return _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


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
            items.append(_item(item, at, place))
        at += len(piece) + 1
    return tuple(items)


def _item(item: str, offset: int, place: Place) -> Init:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise place.error(offset, f"found '{item}' where an item such as '0:X1=x' or 'int x=1' is expected")
    kind, thread, register, name, count, value = match.groups()
    target = Register(int(thread), register.upper()) if thread is not None else Cell(name)
    values = () if value is None else _values(value.strip(), offset, place)
    elements = max(int(count or 0), len(values), 1)
    return Init(target, (kind or "").replace(" ", ""), elements, values, offset)


def _values(text: str, offset: int, place: Place) -> tuple[Value, ...]:
    if text.startswith("{") and text.endswith("}"):
        inner = text[1:-1].strip()
        return tuple(_value(part.strip(), offset, place) for part in inner.split(",")) if inner else ()
    return (_value(text, offset, place),)


def _value(text: str, offset: int, place: Place) -> Value:
    match = _VALUE.fullmatch(text)
    if match is None:
        raise place.error(
            offset, f"found value '{text}' where a number, a location, P0:label or instr:\"...\" is expected"
        )
    number, instr, thread1, label1, thread, label, name, index = match.groups()
    if name is not None:
        return Instr(name) if name in BARE_MNEMONICS else Address(name, int(index or 0))
    if number is not None:
        plain = number.replace("_", "")
        return Number(int(plain) if plain.lstrip("-").isdigit() else int(plain, 0))
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
        if len(cells) > len(columns):
            raise place.error(at, f"found {len(cells)} cells in a row where {len(columns)} are expected")
        for column, cell in zip(columns, cells, strict=False):
            if not cell.isspace() and cell:
                _cell(column, cell, at, place)
            at += len(cell) + 1
    return tuple(columns)


def _cell(column: Column, cell: str, at: int, place: Place) -> None:
    """One cell: labels, then possibly an instruction."""
    text = cell.strip()
    if ":" in text:
        match = _LABEL.match(text)
        while match is not None:
            name = match[1]
            if name in column.labels:
                raise place.error(at, f"label '{name}' is defined twice")
            column.labels[name] = len(column.code)
            text = text[match.end() :]
            match = _LABEL.match(text)
    if text:
        column.code.append(Code(text, at + cell.find(text)))
