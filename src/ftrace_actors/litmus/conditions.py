r"""The last part of a litmus test: `locations [...]`, `filter p`, `exists p`, and the propositions themselves.

Binding, weakest first: `=>`, `\/`, `/\`, `~`.  `||`, `&&`, `!` and `not` are taken as the same operators.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from .errors import Place
from .kinds import size_of
from .left_out import value_left_out
from .syntax import (
    Address,
    And,
    Array,
    Atom,
    Cell,
    Constant,
    Elements,
    Fault,
    Implies,
    Instr,
    Label,
    Location,
    Not,
    Number,
    Or,
    Proposition,
    Register,
    Same,
    Value,
)
from .tokens import Tokens

__all__ = ["BARE_MNEMONICS", "Ending", "parse_ending"]

BARE_MNEMONICS = frozenset({"NOP", "ISB", "RET", "ERET", "SB", "WFI", "WFE", "YIELD", "SEV", "SEVL"})
"""Instructions without operands, which may stand for their word without `instr:`."""

FAULT_KINDS = frozenset({"MMU", "SupervisorCall", "UndefinedInstruction"})
"""What may replace, or follow, the location of a fault."""

_FAULT_KINDS_LEFT_OUT = {"PacCheck": "pointer authentication", "TagCheck": "memory tagging (MTE)"}
_DEPTH_MAX = 200

_THREAD = re.compile(r"P\d+", re.ASCII)
_REGISTER = re.compile(r"[XW]\d{1,3}|[XW]ZR|SP", re.IGNORECASE | re.ASCII)


class Ending:
    """What `parse_ending` finds."""

    __slots__ = ("condition", "filter", "locations", "quantifier", "start")

    def __init__(self) -> None:
        self.locations: list[Location] = []
        self.filter: Proposition | None = None
        self.quantifier = ""
        self.start = 0
        self.condition: Proposition = Constant(True)


def parse_ending(text: str, start: int, place: Place, arrays: AbstractSet[str] = frozenset()) -> Ending:
    """Parse everything after the code.

    `start` is where `text` begins in the file; `arrays` are the locations declared with several elements.
    """
    return _Parser(text, start, place, arrays).ending()


class _Parser(Tokens):
    """Recursive descent over the tokens of the ending."""

    __slots__ = ("_arrays", "_depth")

    def __init__(self, text: str, start: int, place: Place, arrays: AbstractSet[str]) -> None:
        super().__init__(text, start, place)
        self._arrays = arrays
        self._depth = 0

    # -- statements --------------------------------------------------------------------------------------------

    def ending(self) -> Ending:
        found = Ending()
        while self.kind() != "end":
            found.start = self.start + self.tokens[self.at][2]
            if self.accept("locations"):
                self._locations(found.locations)
            elif self.accept("filter"):
                found.filter = self._proposition()
            elif self.accept("~", "not", "!"):
                self.expect("exists")
                self._condition(found, "~exists")
            elif self.peek() in {"exists", "forall"}:
                self._condition(found, self.next())
            elif self.accept("observed"):
                self._condition(found, "exists")
            else:
                raise self.unexpected("locations, filter, exists, ~exists or forall")
            self.accept(";")
        return found

    def _condition(self, found: Ending, quantifier: str) -> None:
        if found.quantifier:
            raise self.place.error(found.start, f"found a second condition after '{found.quantifier}'")
        found.quantifier = quantifier
        found.condition = self._proposition()

    def _locations(self, found: list[Location]) -> None:
        self.expect("[")
        while not self.accept("]"):
            self._type_before()
            found.append(self._location())
            self._type_behind()
            while self.accept(";", ","):
                pass

    def _type_before(self) -> None:
        """`int x`, `int *x`, `uint64_t 0:X1`: how a location is declared is known already."""
        while (
            self.kind() == "word"
            and size_of(self.peek())
            and (self.tokens[self.at + 1][0] in {"word", "number"} or self.tokens[self.at + 1][1] == "*")
        ):
            self.next()
            while self.accept("*"):
                pass

    def _type_behind(self) -> None:
        """`x int`, `x:int`, `x*`."""
        self.accept(":")
        while self.kind() == "word" and size_of(self.peek()):
            self.next()
        while self.accept("*"):
            pass
        if self.peek() not in {";", ",", "]"}:
            raise self.unexpected("';' or ']'")

    # -- propositions ------------------------------------------------------------------------------------------

    def _proposition(self) -> Proposition:
        self._deeper()
        left = self._or()
        found = Implies(left, self._proposition()) if self.accept("=>") else left
        self._depth -= 1
        return found

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise self.place.error(
                self.start + self.tokens[self.at][2], f"found more than {_DEPTH_MAX} nested parts"
            )

    def _or(self) -> Proposition:
        parts = [self._and()]
        while self.accept("\\/", "||"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self) -> Proposition:
        parts = [self._unary()]
        while self.accept("/\\", "&&"):
            parts.append(self._unary())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _unary(self) -> Proposition:
        self._deeper()
        found = self._nested()
        self._depth -= 1
        return found

    def _nested(self) -> Proposition:
        if self.accept("~", "not", "!"):
            return Not(self._unary())
        if self.accept("("):
            if self.accept(")"):
                return Constant(True)
            inner = self._proposition()
            self.expect(")")
            return inner
        if self.kind() == "word" and self.peek() in {"true", "false"}:
            return Constant(self.next() == "true")
        return self._atom()

    def _atom(self) -> Proposition:
        location = self._location()
        if isinstance(location, Fault):
            return Atom(location, ())
        if self.accept("=", "=="):
            return self._equal(location)
        if self.accept("!=", "<>"):
            return Not(self._equal(location))
        if isinstance(location, Array):
            location = Cell(location.name)
        if self.accept("in"):
            self.expect("{")
            values = [self._value()]
            while self.accept(","):
                values.append(self._value())
            self.expect("}")
            return Atom(location, tuple(values))
        raise self.unexpected("'='")

    def _equal(self, location: Location) -> Proposition:
        if self.peek() == "{":
            if not isinstance(location, Array):
                raise self.unexpected(f"a value ('{location}' is not an array)")
            return Atom(location, (self._elements(),))
        if isinstance(location, Array):
            location = Cell(location.name)  # its first element
        if self.peek() == "[" or self._peek_is_register():
            return Same(location, self._location())
        return Atom(location, (self._value(),))

    def _peek_is_register(self) -> bool:
        """`1:X1` where a value may stand, and `1:L` would be a label."""
        following = self.tokens[self.at + 1 : self.at + 3]
        return self._qualifies_register() or (
            self.kind() == "number"
            and following[0][1] == ":"
            and _REGISTER.fullmatch(following[1][1]) is not None
        )

    def _elements(self) -> Elements:
        """`{1,2}`, of an array."""
        self.expect("{")
        values: list[Number | Address | Label | Instr] = []
        while not self.accept("}"):
            value = self._value()
            assert not isinstance(value, Elements)
            values.append(value)
            if not self.accept(",") and self.peek() != "}":
                raise self.unexpected("',' or '}'")
        return Elements(tuple(values))

    def _location(self) -> Location:
        if self.kind() == "number":
            thread = self.number()
            self.expect(":")
            name = self.word("a register").upper()
            feature = "" if _REGISTER.fullmatch(name) else value_left_out(f"{thread}:{name}")
            if feature:
                raise self.place.left_out(self.start + self.tokens[self.at - 1][2], name, feature)
            return Register(thread, name)
        if self.accept("*"):
            return Cell(self.word("a location"))
        if self.accept("["):
            if self.kind() == "number":  # `[1:L]` as `[P1:L]`
                location: Cell | Array = Cell(f"P{self.number()}:{self._after_colon()}")
            else:
                location = self._cell()
            if not self.accept("]"):
                location = Cell(location.name, 0, self._plus())
                self.expect("]")
            return location
        if self.accept("fault", "Fault"):
            return self._fault()
        if self._qualifies_register():
            thread = self.thread(self.peek()[1:], self.tokens[self.at][2])
            self.next()
            self.expect(":")
            return Register(thread, self.next().upper())
        return self._cell()

    def _after_colon(self) -> str:
        self.expect(":")
        return self.word("a label")

    def _qualifies_register(self) -> bool:
        """`P0:X1`, where `P0:L` would be a label."""
        if self.peek()[0] != "P" or not _THREAD.fullmatch(self.peek()):
            return False
        following = self.tokens[self.at + 1 : self.at + 3]
        return following[0][1] == ":" and _REGISTER.fullmatch(following[1][1]) is not None

    def _cell(self) -> Cell | Array:
        name = self.word("a location")
        if name == "label" and self.accept(":"):
            return Cell(self.string().replace(" ", ""))
        if _THREAD.fullmatch(name) and self.accept(":"):
            return Cell(f"{name}:{self.word('a label')}")
        if self.accept("["):
            index = self.number()
            self.expect("]")
            return Cell(name, index, element=True)
        return Array(name) if name in self._arrays else Cell(name)

    def _fault(self) -> Fault:
        self.expect("(")
        if self.kind() == "number":
            name = f"P{self.number()}"
        elif _THREAD.fullmatch(self.peek()):
            name = self.next()
        else:
            raise self.unexpected("a thread such as P0")
        thread = self.thread(name[1:], self.tokens[self.at - 1][2])
        label = self.word("a label") if self.accept(":") else ""
        location = kind = ""
        while self.accept(","):
            word = self.word("a location or a kind of fault")
            if word in _FAULT_KINDS_LEFT_OUT:
                raise self.place.left_out(
                    self.tokens[self.at - 1][2] + self.start, word, _FAULT_KINDS_LEFT_OUT[word]
                )
            if word in FAULT_KINDS:
                kind = word
                if self.accept(":"):
                    kind = f"{kind}:{self.word('how it came about')}"
            elif kind or location:
                raise self.place.error(
                    self.tokens[self.at - 1][2] + self.start,
                    f"found '{word}' where one of {', '.join(sorted(FAULT_KINDS))} is expected",
                )
            else:
                location = word
        self.expect(")")
        return Fault(thread, label, location, kind)

    def _value(self) -> Value:
        kind, text, offset = self.tokens[self.at]
        if kind == "number":
            number = self.number()
            if self.accept(":"):
                return Label(number, self.word("a label"))
            return Number(number)
        if self.accept("&"):
            return self._address(self.word("a location"))
        if kind != "word":
            raise self.unexpected("a value")
        self.at += 1
        if self.accept(":"):
            return self._qualified(text, offset)
        if text in BARE_MNEMONICS:
            return Instr(text)
        return self._address(text)

    def _address(self, name: str) -> Address:
        index = 0
        if self.accept("["):
            index = self.number()
            self.expect("]")
        return Address(name, index, self._plus())

    def _plus(self) -> int:
        """`+4`, or nothing."""
        if self.accept("+") or (self.kind() == "number" and self.peek()[0] == "+"):
            return self.number()
        return 0

    def _qualified(self, text: str, offset: int) -> Value:
        if text == "instr":
            return Instr(self.string())
        if text == "label":
            thread, _, name = self.string().partition(":")
            return self._label(thread, name, offset)
        return self._label(text, self.word("a label"), offset)

    def _label(self, thread: str, name: str, offset: int) -> Label:
        if not re.fullmatch(r"P?\d+", thread.strip(), re.ASCII):
            feature = value_left_out(f"{thread}:{name}")
            if feature:
                raise self.place.left_out(self.start + offset, f"{thread}:{name}", feature)
            raise self.place.error(
                self.start + offset, f"found '{thread}' where a thread such as P0 is expected"
            )
        return Label(self.thread(thread.strip().removeprefix("P"), offset), name.strip())
