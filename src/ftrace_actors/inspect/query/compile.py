"""From the tree of a query to one compiled function over decoded lines.

The function is built as a Python syntax tree, so nothing a user writes is ever read as Python: names in it are those of
the schema and of the few things below, everything else is a constant.  It takes a block of decoded lines and
returns the indices of those that match:

```
[i for i, e in enumerate(events) if e.kind == "fetch" and e.order is not None and ...]
```

Where a query asks for the window a task is in, or for the address of an ops that moves, a loop that follows the log
takes the place of the comprehension.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec

from ...events.encoding import KINDS
from .fields import COMMON, FIELDS, HEX, Type
from .names import DEFINING, Names
from .tree import (
    Among,
    And,
    Compare,
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

__all__ = ["Filter", "Selection", "compile_query"]

Selection: TypeAlias = Callable[[Sequence[Any]], list[int]]
"""Decoded lines, in order -> the indices of those that match."""

_STATELESS: Final = "def pick(events):\n    return [i for i, e in enumerate(events) if TEST]\n"
_FOLLOWING: Final = """
def pick(events):
    found = []
    for i, e in enumerate(events):
        if e.kind in TOLD:
            learn(e)
        window = windows.get(e.task, "")
        if TEST:
            found.append(i)
    return found
"""

_COMPARE: Final[dict[str, type[ast.cmpop]]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
_SCALARS: Final = (Type.NUMBER, Type.TEXT, Type.TRUTH)
_LIST_OF: Final = {Type.NUMBER: Type.NUMBERS, Type.TEXT: Type.TEXTS}


class Filter:
    """A query, compiled.

    Attributes:
        struct: what a line has to be decoded into.
    """

    __slots__ = ("_code", "_follows", "_names", "struct")

    def __init__(self, node: Node | None, names: Names, fields: Iterable[str]) -> None:
        self._names = names
        uses = set() if node is None else set(_uses(node))
        moving = {name for name in uses if name.startswith("&")}
        self._follows = bool(moving) or "window" in uses
        wanted = {name for name in uses if not name.startswith("&")} | set(fields)
        if self._follows:
            wanted |= {"task", "window", *(("name", "addr") if moving else ())}
        self.struct = _struct(frozenset(wanted | {"kind"}))
        test: ast.expr = ast.Constant(True) if node is None else _Compiler(names).node(node)
        template = ast.parse(_FOLLOWING if self._follows else _STATELESS)
        told = {"window", *DEFINING} if moving else {"window"}
        filled = ast.fix_missing_locations(_Fill(TEST=test, TOLD=_set(told)).visit(template))
        self._code = compile(filled, "<query>", "exec")

    def start(self) -> Selection:
        """The function for one pass over a log, from its first event on.

        It raises `ValueError` or `TypeError` for a line whose values are not what the schema says.
        """
        windows: dict[str, str] = {}
        addresses: dict[str, int] = {}
        moving = self._names.moving

        def learn(event: Any) -> None:
            if event.kind == "window":
                windows[event.task] = event.window
            elif event.name in moving and (addr := int(event.addr, 16)):
                addresses[event.name] = addr

        space: dict[str, Any] = {
            "__builtins__": {"enumerate": enumerate, "int": int},
            "addresses": addresses,
            "learn": learn,
            "name_of": _name_of,
            "windows": windows,
        }
        exec(self._code, space)
        selection: Selection = space["pick"]
        return selection


def compile_query(node: Node | None, names: Names, fields: Iterable[str] = ()) -> Filter:
    """A filter for a query; None matches every event.  `fields` are decoded as well, for whoever takes the matches."""
    return Filter(node, names, fields)


class _Fill(ast.NodeTransformer):
    """Puts expressions in the place of names of a template."""

    def __init__(self, **expressions: ast.expr) -> None:
        self._expressions = expressions

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._expressions.get(node.id, node)


def _uses(node: Node | Operand) -> Iterator[str]:
    """Fields by name, and symbols by name with `&` in front."""
    match node:
        case Field():
            yield node.name
        case Symbol():
            yield f"&{node.name}"
        case Compare():
            yield from (*_uses(node.left), *_uses(node.right))
        case Among():
            for part in (node.operand, *node.values):
                yield from _uses(part)
        case Contains():
            yield from (*_uses(node.operand), *_uses(node.field))
        case Not():
            yield from _uses(node.part)
        case And() | Or():
            for inner in node.parts:
                yield from _uses(inner)
        case Number() | Text() | Truth():
            pass


def _struct(names: frozenset[str]) -> type[Any]:
    """A struct of the named fields as a log holds them; None for those that a kind of event lacks."""
    required: list[Any] = [("kind", Literal[tuple(KINDS)])]
    optional: list[Any] = []
    for name in sorted(names - {"kind"}):
        held: Any = None
        for kind in FIELDS[name]:
            wire = _wire(name, kind)
            held = wire if held is None else held | wire
        if name in COMMON:
            required.append((name, held))
        else:
            optional.append((name, held | None, None))
    return msgspec.defstruct("Line", [*required, *optional], gc=False)


def _wire(name: str, held: Type) -> Any:
    """How a log holds it."""
    match held:
        case Type.NUMBER:
            return str if name in HEX else int
        case Type.TEXT:
            return str
        case Type.TRUTH:
            return bool
        case Type.NUMBERS | Type.TEXTS:
            return list[str]


def _name_of(symbol: str) -> str:
    """The name in `name+0x8`."""
    return symbol.rpartition("+0x")[0] or symbol


# -- expressions ------------------------------------------------------------------------------------------------------


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _attribute(field: str) -> ast.expr:
    return ast.Attribute(_name("e"), field, ast.Load())


def _call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    return ast.Call(function, list(arguments), [])


def _binary(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [operator], [right])


def _set(values: Iterable[int | str]) -> ast.expr:
    return ast.Set([ast.Constant(value) for value in sorted(values, key=str)])


def _all(parts: list[ast.expr]) -> ast.expr:
    return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)


def _any(parts: list[ast.expr]) -> ast.expr:
    return parts[0] if len(parts) == 1 else ast.BoolOp(ast.Or(), parts)


class _Compiler:
    """Trees to expressions over `e`, a decoded line."""

    __slots__ = ("_names",)

    def __init__(self, names: Names) -> None:
        self._names = names

    def node(self, node: Node) -> ast.expr:
        """The test that a tree is."""
        match node:
            case Compare():
                return self._compare(node)
            case Among():
                return self._among(node)
            case Contains():
                return self._contains(node)
            case Not():
                return ast.UnaryOp(ast.Not(), self.node(node.part))
            case And():
                return _all([self.node(part) for part in node.parts])
            case Or():
                return _any([self.node(part) for part in node.parts])

    def _compare(self, node: Compare) -> ast.expr:
        operator = _COMPARE[node.op]()
        return _any(
            [
                _all(
                    [
                        *self._guards(node.left, held),
                        *self._guards(node.right, held),
                        _binary(self._value(node.left, held), operator, self._value(node.right, held)),
                    ]
                )
                for held in _SCALARS
                if held in types_of(node.left) and held in types_of(node.right)
            ]
        )

    def _among(self, node: Among) -> ast.expr:
        return _any(
            [
                self._among_typed(node, held)
                for held in _SCALARS
                if held in types_of(node.operand) and any(held in types_of(value) for value in node.values)
            ]
        )

    def _among_typed(self, node: Among, held: Type) -> ast.expr:
        """The operand has that type, and is one of the values of that type, or none of them."""
        values = [value for value in node.values if held in types_of(value)]
        constants = [self._constant(value) for value in values]
        known = frozenset(constant for constant in constants if constant is not None)
        moving = [value for value, constant in zip(values, constants, strict=True) if constant is None]
        guards = self._guards(node.operand, held)
        operator = ast.NotIn() if node.negated else ast.In()
        tests = [_binary(self._value(node.operand, held), operator, _set(known))] if known else []
        tests += [self._compare(Compare("!=" if node.negated else "==", node.operand, it)) for it in moving]
        return _all([*guards, _all(tests) if node.negated else _any(tests)])

    def _contains(self, node: Contains) -> ast.expr:
        tests = []
        operator = ast.NotIn() if node.negated else ast.In()
        for item, held in _LIST_OF.items():
            if held in FIELDS[node.field.name] and item in types_of(node.operand):
                value = self._value(node.operand, item)
                inside = _binary(value, operator, self._value(node.field, held))
                guards = [*self._guards(node.field, held), *self._guards(node.operand, item)]
                tests.append(_all([*guards, inside]))
        return _any(tests)

    # -- operands -------------------------------------------------------------------------------------------------

    def _constant(self, operand: Operand) -> int | str | None:
        """What does not change while a log is read; None when it does."""
        match operand:
            case Number() | Text() | Truth():
                return operand.value
            case Symbol() if operand.name not in self._names.moving:
                return self._names.fixed[operand.name] + operand.offset
            case _:
                return None

    def _guards(self, operand: Operand, held: Type) -> list[ast.expr]:
        """What must be so before the operand has a value of that type."""
        if isinstance(operand, Symbol) and operand.name in self._names.moving:
            return [_binary(ast.Constant(operand.name), ast.In(), _name("addresses"))]
        if not isinstance(operand, Field) or operand.name == "window" or operand.name in COMMON:
            return []
        there = _binary(_attribute(operand.name), ast.IsNot(), ast.Constant(None))
        types = FIELDS[operand.name]
        if len(types) == 1:
            return [there]
        return [_binary(_attribute("kind"), ast.In(), _set(types[held])), there]

    def _value(self, operand: Operand, held: Type) -> ast.expr:
        if isinstance(operand, Field):
            return self._field(operand.name, held)
        constant = self._constant(operand)
        if constant is not None:
            return ast.Constant(constant)
        assert isinstance(operand, Symbol)
        addr = ast.Subscript(_name("addresses"), ast.Constant(operand.name), ast.Load())
        return ast.BinOp(addr, ast.Add(), ast.Constant(operand.offset))

    def _field(self, name: str, held: Type) -> ast.expr:
        value = _attribute(name)
        if name == "window":
            return _name("window")
        if name == "symbol":
            return _call(_name("name_of"), value)
        if name in HEX and held is Type.NUMBER:
            return _call(_name("int"), value, ast.Constant(16))
        if name in HEX and held is Type.NUMBERS:
            item = ast.comprehension(ast.Name("item", ast.Store()), value, [], 0)
            return ast.ListComp(_call(_name("int"), _name("item"), ast.Constant(16)), [item])
        return value
