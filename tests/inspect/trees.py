"""Well-typed queries at random, and what they mean, said as plainly as possible."""

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from hypothesis import strategies as st

from ftrace_actors.events import Alloc, Event, OpsDefined, Window
from ftrace_actors.events.encoding import HEX_NAMES, KINDS
from ftrace_actors.inspect import Symbols
from ftrace_actors.inspect.query import (
    FIELDS,
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
    Type,
)

WINDOWS: Final = ("", "W0", "W1", "W2", "W3", "W4")
OPERATORS: Final = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
KIND_OF: Final = {kind: name for name, kind in KINDS.items()}


class Trees:
    """Strategies for queries over a log with these numbers, texts and names in it."""

    def __init__(self, numbers: Iterable[int], texts: Iterable[str], names: Iterable[str]) -> None:
        self._names = st.builds(Text, st.sampled_from(sorted(names)))
        symbols = st.builds(Symbol, st.sampled_from(sorted(names)), st.sampled_from([0, 4, 8, -4]))
        number = st.builds(Number, st.sampled_from(sorted(set(numbers))) | st.integers(-2, 40))
        self._numbers: st.SearchStrategy[Constant] = number
        self._constants: dict[Type, st.SearchStrategy[Constant]] = {
            Type.NUMBER: number | symbols,  # of addresses only, see `constants`
            Type.TEXT: st.builds(Text, st.sampled_from(sorted(set(texts))) | st.text(max_size=3)),
            Type.TRUTH: st.builds(Truth, st.booleans()),
        }

    def fields(self, held: Type) -> st.SearchStrategy[Field]:
        return st.builds(Field, st.sampled_from([name for name, types in FIELDS.items() if held in types]))

    def constants(self, field: Field, held: Type) -> st.SearchStrategy[Constant]:
        if field.name == "kind":
            return st.builds(Text, st.sampled_from(list(KINDS)))
        if field.name == "window":
            return st.builds(Text, st.sampled_from(WINDOWS))
        if field.name == "symbol":
            return self._names
        if held is Type.NUMBER and field.name not in HEX_NAMES:
            return self._numbers
        return self._constants[held]

    @st.composite
    @staticmethod
    def _compare(draw: st.DrawFn, self: "Trees") -> Node:
        held = draw(st.sampled_from([Type.NUMBER, Type.NUMBER, Type.TEXT, Type.TEXT, Type.TRUTH]))
        field = draw(self.fields(held))
        other: Operand = draw(self.fields(held) | self.constants(field, held))
        operators = ["==", "!="] if held is Type.TRUTH else list(OPERATORS)
        left, right = (field, other) if draw(st.booleans()) else (other, field)
        return Compare(draw(st.sampled_from(operators)), left, right)

    @st.composite
    @staticmethod
    def _among(draw: st.DrawFn, self: "Trees") -> Node:
        held = draw(st.sampled_from([Type.NUMBER, Type.TEXT]))
        field = draw(self.fields(held))
        values = draw(st.lists(self.constants(field, held), min_size=1, max_size=4))
        return Among(field, tuple(values), draw(st.booleans()))

    @st.composite
    @staticmethod
    def _contains(draw: st.DrawFn, self: "Trees") -> Node:
        held, item = draw(st.sampled_from([(Type.TEXTS, Type.TEXT), (Type.NUMBERS, Type.NUMBER)]))
        field = draw(self.fields(held))
        return Contains(draw(self.fields(item) | self._constants[item]), field, draw(st.booleans()))

    def nodes(self) -> st.SearchStrategy[Node]:
        leaves = self._compare(self) | self._compare(self) | self._among(self) | self._contains(self)
        return st.recursive(
            leaves,
            lambda part: (
                st.builds(Not, part)
                | st.builds(And, st.lists(part, min_size=2, max_size=3).map(tuple))
                | st.builds(Or, st.lists(part, min_size=2, max_size=3).map(tuple))
            ),
            max_leaves=6,
        )


class Naive:
    """Filters events, one by one, with no cleverness at all."""

    def __init__(self, names: Mapping[str, int], symbols: Symbols, moving: frozenset[str]) -> None:
        self.names = dict(names)
        self.symbols = symbols
        self.moving = moving
        self.windows: dict[str, str] = {}
        self.before: list[tuple[str, str, int | None]] = []

    def select(self, node: Node, events: Iterable[Event]) -> Iterator[int]:
        for event in events:
            if isinstance(event, Window):
                self.windows[event.task] = event.window
            if isinstance(event, OpsDefined | Alloc) and event.name in self.moving and event.addr:
                self.names[event.name] = event.addr
            self.same = KIND_OF[type(event)], event.actor, getattr(event, "addr", None) or None
            if self.holds(node, event):
                yield event.seq
            self.before.append(self.same)

    def holds(self, node: Node, event: Event) -> bool:
        match node:
            case Not(part):
                return not self.holds(part, event)
            case And(parts):
                return all(self.holds(part, event) for part in parts)
            case Or(parts):
                return any(self.holds(part, event) for part in parts)
            case Among(operand, values, False):
                return any(self.holds(Compare("==", operand, value), event) for value in values)
            case Among(operand, values):
                return all(self.holds(Compare("!=", operand, value), event) for value in values)
            case Contains(operand, field, negated):
                value, items = self.value(operand, event), self.value(field, event)
                if not isinstance(items, tuple) or not isinstance(value, int | str):
                    return False
                return any(type(value) is type(item) and value == item for item in items) is not negated
            case Compare(op, left, right):
                a, b = self.value(left, event), self.value(right, event)
                if type(a) is not type(b) or a is None or isinstance(a, tuple):
                    return False
                return bool(OPERATORS[op](a, b))

    def value(self, operand: Operand, event: Event) -> object:
        match operand:
            case Number(value) | Text(value) | Truth(value):
                return value
            case Symbol(name, offset):
                return self.names[name] + offset if name in self.names else None
            case Field("kind"):
                return KIND_OF[type(event)]
            case Field("window"):
                return self.windows.get(event.task, "")
            case Field("occurrence"):
                return self.before.count(self.same)
            case Field("symbol"):
                return self.symbol(event)
            case Field(name):
                return getattr(event, name, None)

    def symbol(self, event: Event) -> str | None:
        addr = getattr(event, "addr", None)
        if not addr:
            return None
        name = self.symbols.describe(addr)
        return None if name.startswith("0x") else (name.rpartition("+0x")[0] or name)
