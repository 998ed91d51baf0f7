"""The init block of a litmus test: memory, registers, and the values they start with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from .conditions import BARE_MNEMONICS
from .errors import LitmusError, Place
from .left_out import value_left_out
from .syntax import Address, Cell, Init, Instr, Label, Number, Register, Value
from .tokens import THREADS_MAX, number_of, thread_of

__all__ = ["parse_init"]

ELEMENTS_MAX = 1 << 12
ITEMS_MAX = 1 << 12
_DIGITS_MAX = 20
_TEXT_MAX = 512
"""Characters of a name with its type, and of a value: the patterns take time that grows with the square of it."""

_ITEM = re.compile(
    r"""(?P<kind>(?:(?:unsigned|signed|const|volatile|long)\s+)* [A-Za-z_]\w*
            (?:\s*\*+\s*|\s+(?=[A-Za-z_\d\[(])))?
        (?: P?(?P<thread>\d+)\s*:\s*(?P<register>\w+)
          | \*?\s*(?P<bracket>\[)?\s*(?P<name>[A-Za-z_]\w*)\s*(?P<array>\[\s*(?P<count>\w*)\s*\])?\s*(?(bracket)\]) )
        \s* (?:=\s*(?P<value>.*))?""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_VALUE = re.compile(
    r"""(?P<number>[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|\d[\d_]*))
      | instr\s*:\s*"(?P<instr>[^"]*)"
      | (?: label\s*:\s*"\s*P?(?P<thread1>\d+)\s*:\s*(?P<label1>[\w.$]+)\s*"
          | P?(?P<thread>\d+)\s*:\s*(?P<label>[A-Za-z_.$][\w.$]*) )
      | &?\s*(?P<name>[A-Za-z_]\w*)\s*(?:\[\s*(?P<index>\d+)\s*\])?
        \s*(?:\+\s*(?P<plus>0[xX][0-9a-fA-F]+|\d+))?""",
    re.VERBOSE | re.ASCII,
)
_STRING = re.compile(r'"[^"\n]*"')


def parse_init(text: str, start: int, end: int, place: Place) -> tuple[Init, ...]:
    """The items of `text[start:end]`, separated by `;`.  Raises `LitmusError`."""
    pieces = [(item, at) for item, at in _pieces(text[start:end], ";", start) if item]
    if len(pieces) > ITEMS_MAX:
        raise place.error(pieces[ITEMS_MAX][1], f"found {len(pieces)} items where {ITEMS_MAX} are the most")
    return tuple(_item(item, at, place) for item, at in pieces)


def _pieces(text: str, separator: str, start: int) -> Iterator[tuple[str, int]]:
    """The parts between separators, without the blanks around them, and where each stands."""
    masked = _STRING.sub(lambda found: "-" * len(found[0]), text) if '"' in text else text
    at = 0
    for part in masked.split(separator):
        piece = text[at : at + len(part)]
        stripped = piece.strip()
        yield stripped, start + at + len(piece) - len(piece.lstrip())
        at += len(part) + 1


def _item(item: str, offset: int, place: Place) -> Init:
    """One item; `offset` is where its text, which has no blanks around it, stands."""
    match = _ITEM.fullmatch(item) if len(item.partition("=")[0]) <= _TEXT_MAX else None
    if match is None:
        raise _useless(item, offset, place, "an item such as '0:X1=x' or 'int x=1'")
    kind, thread, register, name, count = match.group("kind", "thread", "register", "name", "count")
    number = None if thread is None else thread_of(thread)
    if thread is not None and number is None:
        raise place.error(offset, f"found thread {thread[:40]} where one below {THREADS_MAX} is expected")
    kind = " ".join((kind or "").split()).replace(" *", "*")
    text, written = match["value"], offset + match.start("value")
    braced = text is not None and text.startswith("{") and text.endswith("}")
    values = _values(text, written, place, braced=braced)
    if thread is not None:
        if braced:
            raise place.error(written, f"found '{text}' where the value of a register is expected")
        assert number is not None
        return Init(Register(number, register.upper()), kind, 1, values, offset)
    if count and not _fits(count, kind):
        raise place.error(
            offset + match.start("count"),
            f"found '{count[:40]}' where the number of elements, from 1 to {ELEMENTS_MAX}, is expected",
        )
    if count and not kind and text is not None and not braced:
        return Init(Cell(name, int(count)), "", 1, values, offset, element=True)
    if braced and match["array"] is None and kind:
        raise place.error(written, f"found '{text}' where one value is expected: '{name}' is not an array")
    if match["array"] is not None and kind and text is not None and not braced:
        raise place.error(written, f"found '{text}' where the elements of an array, '{{1,2}}', are expected")
    if count and len(values) > int(count):
        raise place.error(written, f"found {len(values)} values where {count} are expected")
    return Init(Cell(name), kind, max(int(count or 0), len(values), 1), values, offset)


def _values(text: str | None, offset: int, place: Place, *, braced: bool) -> tuple[Value, ...]:
    """What follows `=`, which is at `offset`: one value, or those in braces."""
    if text is None:
        return ()
    if not braced:
        return (_value(text, offset, place),)
    parts = list(_pieces(text[1:-1], ",", offset + 1))
    if len(parts) > ELEMENTS_MAX:
        raise place.error(offset, f"found {len(parts)} values where {ELEMENTS_MAX} are the most")
    return tuple(_value(part, at, place) for part, at in parts if part or len(parts) > 1)


def _fits(count: str, kind: str) -> bool:
    """May an array have as many elements?  Without a type it is an index, which may be 0."""
    if not count.isdigit() or len(count) > _DIGITS_MAX:
        return False
    return (0 if not kind else 1) <= int(count) <= ELEMENTS_MAX


def _useless(text: str, offset: int, place: Place, wanted: str) -> LitmusError:
    feature = value_left_out(text)
    _check_line(text, offset, place)
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    if feature:
        return place.left_out(offset, shown, feature)
    return place.error(offset, f"found '{shown}' where {wanted} is expected")


def _check_line(text: str, offset: int, place: Place) -> None:
    """Something that continues in the next line has probably lost its `;`."""
    lines = text.splitlines()
    if len(lines) > 1:
        raise place.error(offset, f"found no ';' after '{lines[0].strip()}' at the end of its line")


def _value(text: str, offset: int, place: Place) -> Value:
    value = _value_of(text)
    if value is None:
        feature = value_left_out(text)
        if feature:
            raise place.left_out(offset, text, feature)
        _check_line(text, offset, place)
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        raise place.error(
            offset, f"found value '{shown}' where a number, a location, P0:label or instr:\"...\" is expected"
        )
    return value


@lru_cache(maxsize=1 << 12)
def _value_of(text: str) -> Value | None:
    """What a value says; None if nothing.  The same few come back in every test."""
    match = _VALUE.fullmatch(text) if len(text) <= _TEXT_MAX else None
    if match is None:
        return None
    number, instr, thread1, label1, thread, label, name, index, plus = match.groups()
    if name is not None:
        if name in BARE_MNEMONICS:
            return Instr(name)
        if len(index or "") > _DIGITS_MAX or len(plus or "") > _DIGITS_MAX:
            return None
        return Address(name, int(index or 0), int(plus, 0) if plus else 0)
    if number is not None:
        return _number(number)
    if instr is not None:
        return Instr(instr)
    named = thread_of(thread or thread1)
    return None if named is None else Label(named, label or label1)


def _number(text: str) -> Number | None:
    if len(text) > 4 * _DIGITS_MAX:
        return None
    try:
        return Number(number_of(text))
    except ValueError:  # such as 0x_
        return None
