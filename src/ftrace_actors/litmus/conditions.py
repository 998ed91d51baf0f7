r"""The last part of a litmus test: `locations [...]`, `filter p`, `exists p`, and the propositions themselves.

Binding, weakest first: `=>`, `\/`, `/\`, `~`.  `||`, `&&`, `!` and `not` are taken as the same operators.
"""

from __future__ import annotations

import re

from .errors import LitmusError, Place
from .syntax import (
    Address,
    And,
    Atom,
    Cell,
    Constant,
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
    Value,
)

__all__ = ["BARE_MNEMONICS", "Ending", "number_of", "parse_ending"]

BARE_MNEMONICS = frozenset({"NOP", "ISB", "RET", "ERET", "SB", "WFI", "WFE", "YIELD", "SEV", "SEVL"})
"""Instructions without operands, which may stand for their word without `instr:`."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|[0-9][0-9_]*)) (?![A-Za-z])
    | (?P<word>[A-Za-z_.$][\w.$]*)
    | (?P<string>"[^"]*")
    | (?P<op>/\\|\\/|=>|<>|!=|==|&&|\|\||[=~!();,\[\]{}:*+&])
    | (?P<end>$)
    )""",
    re.VERBOSE,
)


_FAULT_KINDS = frozenset({"MMU", "PacCheck", "SupervisorCall", "TagCheck", "UndefinedInstruction"})
"""What may stand in place of, or after, the location of a fault; faults of all kinds are taken alike."""

_THREAD = re.compile(r"P\d+")
_REGISTER = re.compile(r"[XW]\d+|SP", re.IGNORECASE)


def number_of(text: str) -> int:
    """A number as tests write it: decimal, even with zeros in front, hexadecimal or binary, underscores anywhere."""
    plain = text.replace("_", "")
    return int(plain) if plain.lstrip("+-").isdigit() else int(plain, 0)


class Ending:
    """What `parse_ending` finds."""

    __slots__ = ("condition", "filter", "locations", "quantifier", "start")

    def __init__(self) -> None:
        self.locations: list[Location] = []
        self.filter: Proposition | None = None
        self.quantifier = ""
        self.start = 0
        self.condition: Proposition = Constant(True)


def parse_ending(text: str, start: int, place: Place) -> Ending:
    """Parse everything after the code.  `start` is where `text` begins in the file."""
    return _Parser(text, start, place).ending()


class _Parser:
    """Recursive descent over the tokens of the ending."""

    __slots__ = ("_at", "_place", "_start", "_tokens")

    def __init__(self, text: str, start: int, place: Place) -> None:
        self._place = place
        self._start = start
        self._at = 0
        self._tokens: list[tuple[str, str, int]] = []
        at, end = 0, len(text)
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise place.error(start + at, f"unexpected '{text[at:].split(maxsplit=1)[0][:20]}'")
            kind = match.lastgroup or "end"
            if kind != "end":
                self._tokens.append((kind, match.group(kind), match.start(kind)))
            at = match.end()
        self._tokens.append(("end", "end of file", end))

    # -- tokens ------------------------------------------------------------------------------------------------

    def _next(self) -> str:
        token = self._tokens[self._at][1]
        self._at += 1
        return token

    def _peek(self) -> str:
        return self._tokens[self._at][1]

    def _kind(self) -> str:
        return self._tokens[self._at][0]

    def _accept(self, *texts: str) -> bool:
        if self._tokens[self._at][1] in texts:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._unexpected(f"'{text}'")

    def _unexpected(self, wanted: str) -> LitmusError:
        _, text, offset = self._tokens[self._at]
        return self._place.error(self._start + offset, f"found '{text}' where {wanted} is expected")

    # -- statements --------------------------------------------------------------------------------------------

    def ending(self) -> Ending:
        found = Ending()
        while self._kind() != "end":
            found.start = self._start + self._tokens[self._at][2]
            if self._accept("locations"):
                self._locations(found.locations)
            elif self._accept("filter"):
                found.filter = self._proposition()
            elif self._accept("~", "not", "!"):
                self._expect("exists")
                self._condition(found, "~exists")
            elif self._peek() in {"exists", "forall"}:
                self._condition(found, self._next())
            elif self._accept("observed"):
                self._condition(found, "exists")
            else:
                raise self._unexpected("locations, filter, exists, ~exists or forall")
            self._accept(";")
        return found

    def _condition(self, found: Ending, quantifier: str) -> None:
        found.quantifier = quantifier
        found.condition = self._proposition()

    def _locations(self, found: list[Location]) -> None:
        self._expect("[")
        while not self._accept("]"):
            if self._kind() == "word" and self._tokens[self._at + 1][0] == "word" and self._peek() != "fault":
                self._next()  # a type in front of the location
            found.append(self._location())
            while self._accept(";", ","):
                pass

    # -- propositions ------------------------------------------------------------------------------------------

    def _proposition(self) -> Proposition:
        left = self._or()
        if self._accept("=>"):
            return Implies(left, self._proposition())
        return left

    def _or(self) -> Proposition:
        parts = [self._and()]
        while self._accept("\\/", "||"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self) -> Proposition:
        parts = [self._unary()]
        while self._accept("/\\", "&&"):
            parts.append(self._unary())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _unary(self) -> Proposition:
        if self._accept("~", "not", "!"):
            return Not(self._unary())
        if self._accept("("):
            inner = self._proposition()
            self._expect(")")
            return inner
        if self._kind() == "word" and self._peek() in {"true", "false"}:
            return Constant(self._next() == "true")
        return self._atom()

    def _atom(self) -> Proposition:
        location = self._location()
        if isinstance(location, Fault):
            return Atom(location, ())
        if self._accept("=", "=="):
            if isinstance(location, Cell) and self._accept("{"):
                return self._elements(location)
            return Atom(location, (self._value(),))
        if self._accept("!=", "<>"):
            return Not(Atom(location, (self._value(),)))
        if self._accept("in"):
            self._expect("{")
            values = [self._value()]
            while self._accept(","):
                values.append(self._value())
            self._expect("}")
            return Atom(location, tuple(values))
        raise self._unexpected("'='")

    def _elements(self, array: Cell) -> Proposition:
        """`x={1,2}`: each element has its value."""
        atoms: list[Proposition] = []
        while not self._accept("}"):
            atoms.append(Atom(Cell(array.name, len(atoms)), (self._value(),)))
            if not self._accept(",") and self._peek() != "}":
                raise self._unexpected("',' or '}'")
        return And(tuple(atoms))

    def _location(self) -> Location:
        if self._kind() == "number":
            thread = self._number()
            self._expect(":")
            return Register(thread, self._word("a register").upper())
        if self._accept("*"):
            return Cell(self._word("a location"))
        if self._accept("["):
            cell = self._cell()
            self._expect("]")
            return cell
        if self._accept("fault", "Fault"):
            return self._fault()
        if self._qualifies_register():
            thread = int(self._next()[1:])
            self._expect(":")
            return Register(thread, self._next().upper())
        return self._cell()

    def _qualifies_register(self) -> bool:
        """`P0:X1`, where `P0:L` would be a label."""
        if self._peek()[0] != "P" or not _THREAD.fullmatch(self._peek()):
            return False
        following = self._tokens[self._at + 1 : self._at + 3]
        return following[0][1] == ":" and _REGISTER.fullmatch(following[1][1]) is not None

    def _cell(self) -> Cell:
        name = self._word("a location")
        if self._accept(":"):
            return Cell(
                f"{name}:{self._word('a label')}" if name != "label" else self._string().replace(" ", "")
            )
        if self._accept("["):
            index = self._number()
            self._expect("]")
            return Cell(name, index)
        return Cell(name)

    def _fault(self) -> Fault:
        self._expect("(")
        if not _THREAD.fullmatch(self._peek()):
            raise self._unexpected("a thread such as P0")
        name = self._next()
        label = self._word("a label") if self._accept(":") else ""
        location = ""
        if self._accept(",") and self._kind() == "word" and self._peek() not in _FAULT_KINDS:
            location = self._next()
        while not self._accept(")"):  # the kind of fault is not told apart
            if self._kind() == "end":
                raise self._unexpected("')'")
            self._next()
        return Fault(int(name[1:]), label, location)

    def _value(self) -> Value:
        kind, text, offset = self._tokens[self._at]
        if kind == "number":
            return Number(self._number())
        if self._accept("&"):
            return self._address(self._word("a location"))
        if kind != "word":
            raise self._unexpected("a value")
        self._at += 1
        if self._accept(":"):
            return self._qualified(text, offset)
        if text in BARE_MNEMONICS:
            return Instr(text)
        return self._address(text)

    def _address(self, name: str) -> Address:
        index = plus = 0
        if self._accept("["):
            index = self._number()
            self._expect("]")
        if self._accept("+") or (self._kind() == "number" and self._peek()[0] == "+"):
            plus = self._number()
        return Address(name, index, plus)

    def _qualified(self, text: str, offset: int) -> Value:
        if text == "instr":
            return Instr(self._string())
        if text == "label":
            thread, _, name = self._string().partition(":")
            return self._label(thread, name, offset)
        return self._label(text, self._word("a label"), offset)

    def _label(self, thread: str, name: str, offset: int) -> Label:
        if not re.fullmatch(r"P\d+", thread.strip()):
            raise self._place.error(
                self._start + offset, f"found '{thread}' where a thread such as P0 is expected"
            )
        return Label(int(thread.strip()[1:]), name.strip())

    def _string(self) -> str:
        if self._kind() != "string":
            raise self._unexpected("a string")
        return self._next()[1:-1]

    def _number(self) -> int:
        if self._kind() != "number":
            raise self._unexpected("a number")
        return number_of(self._next())

    def _word(self, wanted: str) -> str:
        if self._kind() != "word":
            raise self._unexpected(wanted)
        return self._next()
