"""Operands of one statement, from tokens to the values of `operands`.

The grammar does not depend on the mnemonic. A shift or extension belongs to the operand before it; what
follows a closed memory operand is its post-index; a bare word stays a `Symbol` until an encoding asks for its
value. Mnemonics, registers and the words of the language may be written in upper case.
"""

from __future__ import annotations

from .expressions import Cursor, Lookup, SourceError, Token, expression, tokenize
from .operands import EXTENDS, SHIFTS, Immediate, Memory, Modified, Modifier, Operand, Register, Symbol

__all__ = ["operands_of"]

_MODIFIERS = frozenset((*SHIFTS, *EXTENDS))


def _registers() -> dict[str, Register]:
    names = {f"x{number}": Register(number) for number in range(31)}
    names |= {f"w{number}": Register(number, 32) for number in range(31)}
    names |= {"sp": Register(31, sp=True), "wsp": Register(31, 32, sp=True)}
    names |= {"xzr": Register(31), "wzr": Register(31, 32)}
    names |= {"lr": Register(30), "fp": Register(29), "ip0": Register(16), "ip1": Register(17)}
    return names


_REGISTERS = _registers()


def operands_of(text: str, column: int, lookup: Lookup) -> tuple[list[Operand], list[int]]:
    """The operands in `text`, which starts at `column`, and the column of each; or `SourceError`."""
    cursor = Cursor(tokenize(text, column))
    operands: list[Operand] = []
    columns: list[int] = []
    if cursor.token.kind == "end":
        return operands, columns
    while True:
        columns.append(cursor.token.column)
        operands.append(_operand(cursor, lookup))
        if cursor.token.kind == "end":
            return operands, columns
        cursor.expect(",")


def _register(token: Token) -> Register | None:
    return _REGISTERS.get(token.text.lower()) if token.kind == "name" else None


def _operand(cursor: Cursor, lookup: Lookup) -> Operand:
    if cursor.skip("["):
        return _memory(cursor, lookup)
    register = _register(cursor.token)
    if register is not None:
        cursor.take()
        modifier = _modifier(cursor, lookup)
        return register if modifier is None else Modified(register, modifier)
    value = _value(cursor, lookup)
    if isinstance(value, Symbol):
        return value
    return Immediate(value.value, _modifier(cursor, lookup))


def _value(cursor: Cursor, lookup: Lookup) -> Immediate | Symbol:
    """A number, or a bare word kept as it is."""
    cursor.skip("#")
    token, following = cursor.token, cursor.following
    if token.kind == "name" and (following.kind == "end" or following.text == ","):
        cursor.take()
        return Symbol(token.text, lookup)
    return Immediate(expression(cursor, lookup))


def _modifier(cursor: Cursor, lookup: Lookup) -> Modifier | None:
    """The `, lsl #3` or `, sxtw` after an operand, if there is one."""
    kind = cursor.following.text.lower()
    if cursor.token.text != "," or kind not in _MODIFIERS:
        return None
    cursor.take()
    token = cursor.take()
    if cursor.token.kind == "end" or cursor.token.text in (",", "]"):
        if kind in SHIFTS:
            raise SourceError(token.column, f"'{kind}' needs an amount, as in '{kind} #1'")
        return Modifier(kind)
    cursor.skip("#")
    return Modifier(kind, expression(cursor, lookup))


def _memory(cursor: Cursor, lookup: Lookup) -> Memory:
    token = cursor.take()
    base = _register(token)
    if base is None:
        raise SourceError(token.column, f"found '{token.text}' where a base register is expected")
    offset: Immediate | Register | None = None
    modifier: Modifier | None = None
    if cursor.skip(","):
        offset = _offset(cursor, lookup)
        modifier = _modifier(cursor, lookup)
    cursor.expect("]")
    if cursor.skip("!"):
        return Memory(base, offset, modifier, "pre")
    if offset is None and cursor.token.text == ",":
        cursor.take()
        return Memory(base, _offset(cursor, lookup), None, "post")
    return Memory(base, offset, modifier)


def _offset(cursor: Cursor, lookup: Lookup) -> Immediate | Register:
    register = _register(cursor.token)
    if register is not None:
        cursor.take()
        return register
    cursor.skip("#")
    return Immediate(expression(cursor, lookup))
