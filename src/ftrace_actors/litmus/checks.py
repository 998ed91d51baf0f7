"""Every name of a litmus test's ending means something in the test."""

from __future__ import annotations

import re

from ..arm64.isa import AssemblyError
from .conditions import FAULT_KINDS
from .errors import LitmusError, Place
from .left_out import instruction_left_out, value_left_out
from .memory import Piece, fits
from .observed import atoms, register_number
from .syntax import (
    Address,
    Array,
    Atom,
    Cell,
    Elements,
    Fault,
    Instr,
    Label,
    LitmusTest,
    Location,
    Number,
    Register,
    Value,
)
from .words import word_of

__all__ = ["EndingCheck"]


class EndingCheck:
    """The check of one test, after its layout: `pieces` by name, `labels` by thread and name."""

    __slots__ = ("labels", "pieces", "place", "test", "threads")

    def __init__(
        self, test: LitmusTest, place: Place, pieces: dict[str, Piece], labels: dict[tuple[int, str], int]
    ) -> None:
        self.test = test
        self.place = place
        self.pieces = pieces
        self.labels = labels
        self.threads = {column.thread for column in test.columns}

    def run(self, observed: tuple[Location, ...]) -> None:
        """Raises `LitmusError` for the first name or value that cannot be meant."""
        for location in observed:
            self._location(location)
        for atom in atoms(self.test):
            for value in atom.values:
                self._value(value)
                self._fits(atom, value)

    def _location(self, location: Location) -> None:
        match location:
            case Register():
                if location.thread in self.threads and register_number(location.name) is not None:
                    return
                feature = value_left_out(str(location))
                if feature:
                    raise self.place.left_out(self._named(str(location)), str(location), feature)
                raise self._nothing(str(location), "register of this test", str(location))
            case Cell(name, index, plus, element):
                count = self.pieces[name].count
                if index >= count or plus >= count * self.pieces[name].size:
                    shown = str(location) if element else str(location)[1:-1]
                    raise self.place.error(
                        self._named(shown), f"'{shown}' is outside '{name}', which has {count}"
                    )
            case Fault():
                self._fault(location)
            case Array():
                pass

    def _fault(self, fault: Fault) -> None:
        if fault.thread not in self.threads:
            start = self._named(f"P{fault.thread}")
            raise self.place.error(start, f"found '{fault}', but there is no thread P{fault.thread}")
        if fault.label and (fault.thread, fault.label) not in self.labels:
            raise self._nothing(f"P{fault.thread}:{fault.label}", "label", fault.label)
        if fault.location and fault.location not in self.pieces:
            kinds = ", ".join(sorted(FAULT_KINDS))
            raise self._nothing(
                fault.location, f"location here and no kind of fault ({kinds})", fault.location
            )

    def _value(self, value: Value) -> None:
        match value:
            case Address(name, index):
                if name not in self.pieces:
                    raise self._nothing(name, "location here", name)
                if index >= self.pieces[name].count:
                    raise self.place.error(
                        self._named(name),
                        f"'{name}[{index}]' is outside '{name}', which has {self.pieces[name].count}",
                    )
            case Label(thread, name):
                if (thread, name) not in self.labels:
                    raise self._nothing(f"P{thread}:{name}", "label", name)
            case Elements(values):
                for each in values:
                    self._value(each)
            case Instr(text):
                self._instruction(text)
            case _:
                pass

    def _instruction(self, text: str) -> None:
        try:
            word_of(text)
        except AssemblyError as error:
            start = self._named(f'"{text}"')
            feature = instruction_left_out(text)
            if feature:
                raise self.place.left_out(start, text, feature) from None
            raise self.place.error(start, f"instruction '{text}': {error.message}") from None

    def _fits(self, atom: Atom, value: Value) -> None:
        """A number must have room where it is looked for."""
        location = atom.location
        if isinstance(location, Array) and isinstance(value, Elements):
            count = self.pieces[location.name].count
            if len(value.values) != count:
                raise self.place.error(
                    self._named(location.name),
                    f"found {len(value.values)} elements where '{location.name}' has {count}",
                )
            for each in value.values:
                self._fits(atom, each)
        if not isinstance(value, Number) or isinstance(location, Fault):
            return
        size = 8
        if isinstance(location, Array):
            size = self.pieces[location.name].size
        elif isinstance(location, Cell):
            size = self.pieces[location.name].extent(location)[1]
        elif location.name[0] == "W":
            size = 4
        if not fits(value.value, size):
            name = str(location).removeprefix("[").removesuffix("]")
            raise self.place.error(
                self._named(name),
                f"found {value.value} where a value of {size} byte{'s' * (size > 1)} is expected for '{name}'",
            )

    def _nothing(self, shown: str, wanted: str, text: str) -> LitmusError:
        return self.place.error(self._named(text), f"the condition names '{shown}', which is not a {wanted}")

    def _named(self, text: str) -> int:
        """Where the ending first says this; its start when it says it in other words."""
        start = self.test.ending_offset
        found = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)").search(self.place.text, start)
        return found.start() if found is not None else start
