"""From the text of a query to its tree.

```
either     = all {"or" all}
all        = negated {"and" negated}
negated    = "not" negated | "(" either ")" | comparison
comparison = operand ("==" | "!=" | "<" | "<=" | ">" | ">=") operand
           | operand ["not"] "in" ("(" constant {"," constant} ")" | list field)
operand    = constant | field
constant   = number | text | "true" | "false" | ["&"] symbol [("+" | "-") number]
```

A name is a field if there is such a field, else a symbol; `&` in front makes it a symbol.  Types are checked here,
while columns are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from ...events.encoding import KINDS
from ...suggestions import did_you_mean
from .errors import QueryError
from .fields import FIELDS, HEX, Type, words_of
from .names import Names
from .tokens import Token, tokens
from .tree import (
    OPERATORS,
    Among,
    And,
    Compare,
    Constant,
    Contains,
    Field,
    Node,
    Not,
    Number,
    Operand,
    Or,
    Symbol,
    Text,
    Truth,
    types_of,
)

__all__ = ["parse"]

WINDOWS: Final = ("", "W0", "W1", "W2", "W3", "W4")
_VALUES: Final = {"kind": tuple(KINDS), "window": WINDOWS}
"""Fields with few values -> those values."""
_CPU: Final = re.compile(r"cpu(\d{1,4})", re.ASCII)
"""A CPU as reports write it."""
_SCALARS: Final = frozenset({Type.NUMBER, Type.TEXT, Type.TRUTH})
_ITEM: Final = {Type.NUMBERS: Type.NUMBER, Type.TEXTS: Type.TEXT}
_DEPTH_MAX: Final = 100


def parse(text: str, names: Names | None = None) -> Node:
    """The tree of a query.  `names` are the symbols there are; None lets any name be one.

    Raises `QueryError`: the column, what was found there and what would be right.
    """
    return _Parser(text, names).whole()


class _Parser:
    """Recursive descent over the tokens of one query."""

    __slots__ = ("_at", "_depth", "_names", "_tokens")

    def __init__(self, text: str, names: Names | None) -> None:
        self._tokens = list(tokens(text))
        self._at = 0
        self._depth = 0
        self._names = names

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _accept(self, *kinds: str) -> Token | None:
        return self._take() if self._next.kind in kinds else None

    # -- logic ----------------------------------------------------------------------------------------------------

    def whole(self) -> Node:
        """Everything there is."""
        node = self._either()
        token = self._next
        if token.kind != "end":
            raise QueryError(token.column, f"found {token.found}; {self._follow(token)}")
        return node

    def _follow(self, token: Token) -> str:
        if token.kind in OPERATORS:
            return "a comparison has two sides; write a < b and b < c"
        if token.kind == ")":
            return "no ( is open"
        return "two conditions are joined with and or or"

    def _either(self) -> Node:
        return self._chain("or", self._all, Or)

    def _all(self) -> Node:
        return self._chain("and", self._negated, And)

    def _chain(self, word: str, part: Callable[[], Node], join: Callable[[tuple[Node, ...]], Node]) -> Node:
        parts = [part()]
        while self._accept(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else join(tuple(parts))

    def _negated(self) -> Node:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise QueryError(self._next.column, f"more than {_DEPTH_MAX} levels of not and (")
        if self._accept("not"):
            node: Node = Not(self._negated())
        elif opened := self._accept("("):
            node = self._either()
            self._close(opened)
        else:
            node = self._comparison()
        self._depth -= 1
        return node

    def _close(self, opened: Token) -> None:
        if not self._accept(")"):
            token = self._next
            hint = self._follow(token) if token.kind != "end" else "write a )"
            raise QueryError(
                token.column, f"found {token.found}; the ( in column {opened.column} is open: {hint}"
            )

    # -- comparisons ----------------------------------------------------------------------------------------------

    def _comparison(self) -> Node:
        first = self._next
        left = self._operand('a condition, as in kind == "load"')
        if operator := self._accept(*OPERATORS):
            return self._compared(left, first, operator)
        if self._next.kind == "not" and self._tokens[self._at + 1].kind == "in":
            self._take()
            return self._membership(left, first, negated=True)
        if self._next.kind == "in":
            return self._membership(left, first, negated=False)
        token = self._next
        raise QueryError(
            token.column,
            f"found {token.found}; after {left} comes ==, !=, <, <=, >, >= or in{_truth_hint(left)}",
        )

    def _compared(self, left: Operand, first: Token, operator: Token) -> Node:
        second = self._next
        right = self._operand(f"what {left} is compared with")
        self._checktypes_of(left, right, first, second, operator.kind)
        return Compare(operator.kind, left, right)

    def _checktypes_of(
        self, left: Operand, right: Operand, first: Token, second: Token, operator: str
    ) -> None:
        for operand, token in ((left, first), (right, second)):
            if not types_of(operand) & _SCALARS:
                raise QueryError(token.column, f"{operand} is {_is(operand)}; write VALUE in {operand}")
        if not isinstance(left, Field) and not isinstance(right, Field):
            raise QueryError(first.column, f"found {left} {operator} {right}; one side must be a field")
        common = types_of(left) & types_of(right) & _SCALARS
        if not common:
            culprit, at, other = (left, first, right) if isinstance(right, Field) else (right, second, left)
            raise QueryError(
                at.column, f"found {culprit}, {_is(culprit)}; {other} is {_is(other)}{_quote(culprit, other)}"
            )
        if common == {Type.TRUTH} and operator not in {"==", "!="}:
            raise QueryError(second.column, f"{left} is {_is(left)}; compare it with == or !=")
        self._check_value(left, right, second)
        self._check_value(right, left, first)

    def _membership(self, left: Operand, first: Token, *, negated: bool) -> Node:
        self._take()
        if opened := self._accept("("):
            if not isinstance(left, Field):
                raise QueryError(first.column, f"found {left}; in front of in (...) stands a field")
            values = [self._value(left)]
            while self._accept(","):
                values.append(self._value(left))
            self._close(opened)
            return Among(left, tuple(values), negated)
        token = self._next
        operand = self._operand("( with values, or a field that is a list")
        items = {_ITEM[held] for held in types_of(operand) if held in _ITEM}
        if not isinstance(operand, Field) or not items:
            raise QueryError(
                token.column,
                f"found {operand}; in takes values in parentheses or a list, which are {_lists()}",
            )
        if not items & types_of(left):
            raise QueryError(
                first.column, f"found {left}, {_is(left)}; {operand} is {_is(operand)}{_quote(left, operand)}"
            )
        return Contains(left, operand, negated)

    def _value(self, left: Operand) -> Constant:
        token = self._next
        value = self._operand("a value")
        if isinstance(value, Field):
            raise QueryError(token.column, f"found the field {value}; values in parentheses are constants")
        if not types_of(left) & types_of(value):
            raise QueryError(
                token.column, f"found {value}, {_is(value)}; {left} is {_is(left)}{_quote(value, left)}"
            )
        self._check_value(left, value, token)
        return value

    def _check_value(self, field: Operand, value: Operand, token: Token) -> None:
        """A value that the field never has is a slip of the pen."""
        if not isinstance(field, Field):
            return
        if isinstance(value, Symbol) and field.name not in HEX:
            raise QueryError(token.column, f"found {value}, an address; {field} is never one")
        if not isinstance(value, Text):
            return
        known = _VALUES.get(field.name)
        if known is not None and value.value not in known:
            names = f"it is one of {', '.join(map(repr, known))}"
            hint = did_you_mean(value.value, known, names, show='"{}"'.format)
            raise QueryError(token.column, f"no {field} is called {value}; {hint}")
        if field.name == "symbol":
            self._check_symbol(value, token)

    def _check_symbol(self, value: Text, token: Token) -> None:
        offset = re.fullmatch(r"(.+)\+(0x[0-9a-fA-F]+)", value.value)
        if offset:
            place = Symbol(offset[1], int(offset[2], 16))
            raise QueryError(
                token.column, f"found {value}; symbol is a name without an offset: write addr == {place}"
            )
        known = self._names.symbols if self._names is not None else None
        if known is not None and value.value not in known:
            hint = did_you_mean(value.value, known, "", 3, str)
            raise QueryError(token.column, f"this log has no symbol {value}{'; ' if hint else ''}{hint}")

    # -- operands -------------------------------------------------------------------------------------------------

    def _operand(self, wanted: str) -> Operand:
        token = self._take()
        match token.kind:
            case "number":
                return Number(int(token.value))
            case "-":
                number = self._accept("number")
                if number is None:
                    raise QueryError(self._next.column, f"found {self._next.found}; after - comes a number")
                return Number(-int(number.value))
            case "text":
                return Text(str(token.value))
            case "true" | "false":
                return Truth(token.kind == "true")
            case "&":
                return self._symbol(self._quoted_name())
            case "name":
                return self._named(token)
            case _:
                raise QueryError(token.column, f"found {token.found}; expected {wanted}")

    def _quoted_name(self) -> Token:
        token = self._take()
        if token.kind in {"name", "text"} or token.word.isalpha():
            return Token("name", str(token.value), token.word, token.column)
        raise QueryError(token.column, f"found {token.found}; after & comes the name of a symbol")

    def _named(self, token: Token) -> Operand:
        if token.word in FIELDS:
            if self._next.kind in {"+", "-"}:
                raise QueryError(
                    self._next.column, f"found {self._next.word}; only to symbols can a number be added"
                )
            return Field(token.word)
        return self._symbol(token)

    def _symbol(self, token: Token) -> Symbol:
        name = str(token.value)
        if self._names is not None and name not in self._names:
            raise QueryError(token.column, f"{_unknown(name, [*FIELDS, *self._names.all()])}")
        sign = self._accept("+", "-")
        if sign is None:
            return Symbol(name)
        number = self._accept("number")
        if number is None:
            raise QueryError(
                self._next.column, f"found {self._next.found}; after {name}{sign.word} comes a number"
            )
        return Symbol(name, int(number.value) * (-1 if sign.kind == "-" else 1))


# -- types and words --------------------------------------------------------------------------------------------------


def _is(operand: Operand) -> str:
    return "the address of a symbol" if isinstance(operand, Symbol) else words_of(types_of(operand))


def _quote(culprit: Operand, other: Operand) -> str:
    """Text without quotes reads as a symbol: say so where a text was wanted."""
    if isinstance(culprit, Symbol) and Type.TEXT in types_of(other) | {
        _ITEM.get(t, t) for t in types_of(other)
    }:
        return f': write "{culprit.name}"'
    cpu = _CPU.fullmatch(culprit.value) if isinstance(culprit, Text) else None
    if cpu is not None and types_of(other) == {Type.NUMBER}:
        return f": write {int(cpu[1])}"
    return ""


def _truth_hint(left: Operand) -> str:
    return f", as in {left} == true" if Type.TRUTH in types_of(left) else ""


def _unknown(name: str, known: Iterable[str]) -> str:
    cpu = _CPU.fullmatch(name)
    hint = (
        f'write cpu == {int(cpu[1])}, or actor == "{name}"'
        if cpu is not None
        else did_you_mean(name, known, "text is written in quotes", 3, str)
    )
    return f"no field or symbol is called {name}; {hint}"


def _lists() -> str:
    return ", ".join(sorted(name for name, types in FIELDS.items() if not types.keys().isdisjoint(_ITEM)))
