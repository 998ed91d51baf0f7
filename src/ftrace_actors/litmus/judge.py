"""From a search to an answer: named states, the condition, the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from ..arm64.options import Options
from ..arm64.registers import WORD_MARK
from ..arm64.search import Limits, Outcomes, State, search
from .faults import check_accesses, faults_of, meant
from .machine import UDF_MAX, Machine, build
from .syntax import (
    And,
    Array,
    Atom,
    Cell,
    Constant,
    Fault,
    Implies,
    Instr,
    LitmusTest,
    Location,
    Not,
    Or,
    Proposition,
    Register,
    Same,
    Value,
)

__all__ = ["ASSUMED_LINES", "Final", "Result", "compile_condition", "run", "state_values"]

MASK64 = (1 << 64) - 1
ASSUMED_LINES = "Assuming-no-two-modified-instructions-are-on-the-same-cache-line"
"""The flag of a test that writes two instructions in one execution: maintaining one does not maintain the other."""


@dataclass(frozen=True, slots=True)
class Final:
    """One final state: `values` in the order of the test's observed locations, and whether the condition holds.

    An array is one wide number, its first element lowest; a fault is 1 if it was taken.
    """

    values: tuple[int, ...]
    holds: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one litmus test.

    `finals` are sorted by how they print.  `unknown` says why the set may be incomplete; then there is a verdict only
    where a state that was found decides it.
    """

    machine: Machine
    finals: tuple[Final, ...]
    unknown: str
    flags: tuple[str, ...]
    timelines: int
    paths: int

    @property
    def test(self) -> LitmusTest:
        """The test answered."""
        return self.machine.test

    @property
    def positive(self) -> int:
        """How many states satisfy the condition's proposition."""
        return sum(final.holds for final in self.finals)

    @property
    def negative(self) -> int:
        """How many do not."""
        return len(self.finals) - self.positive

    @property
    def observation(self) -> str:
        """Never, Sometimes or Always: how often the proposition holds; Unknown when what was not seen may change it."""
        if self.positive and self.negative:
            return "Sometimes"
        if self.unknown:
            return "Unknown"
        return "Always" if self.positive else "Never"

    @property
    def ok(self) -> bool:
        """Does the quantified condition hold?"""
        match self.test.quantifier:
            case "exists":
                return self.positive > 0
            case "~exists":
                return self.positive == 0
            case _:
                return self.negative == 0

    @property
    def verdict(self) -> str:
        """Allowed, Forbidden or Required (a `forall` that holds); Unknown when what was not seen may change it."""
        required = self.test.quantifier == "forall" and bool(self.finals) and not self.negative
        if self.unknown and (required or not self.positive):
            return "Unknown"
        if required:
            return "Required"
        return "Allowed" if self.positive else "Forbidden"

    def state(self, final: Final) -> dict[str, str]:
        """A state by location, values as the published tools print them."""
        text_of = self.machine.text_of
        return {
            str(location): text_of(location, value)
            for location, value in zip(self.machine.observed, final.values, strict=True)
            if not isinstance(location, Fault) or value
        }

    def line(self, final: Final) -> str:
        """A state as the published tools print it: `1:X0=1; [x]=2; ~fault(P0,x);`."""
        parts = []
        for location, value in zip(self.machine.observed, final.values, strict=True):
            if isinstance(location, Fault):
                parts.append(f"{'' if value else '~'}{location};")
            else:
                parts.append(f"{location}={self.machine.text_of(location, value)};")
        return " ".join(parts)


def run(test: LitmusTest, options: Options | None = None, limits: Limits | None = None) -> Result:
    """Search a test.  `options` overrides what its own lines ask for.  Raises `LitmusError`."""
    machine = build(test, options)
    outcomes = search(machine.task, limits)
    check_accesses(machine, outcomes.states)
    return _judge(machine, outcomes)


def _judge(machine: Machine, outcomes: Outcomes) -> Result:
    test = machine.test
    holds = compile_condition(test.condition, machine)
    keeps = compile_condition(test.filter, machine) if test.filter is not None else None
    named: dict[tuple[int, ...], None] = dict.fromkeys(
        state_values(machine, state) for state in outcomes.states
    )
    finals = [Final(values, holds(values)) for values in named if keeps is None or keeps(values)]
    flags = []
    if outcomes.unpredictable:
        flags.append("unpredictable")
    if outcomes.loop_bound:
        flags.append("loop-bound")
    if outcomes.modified > 1:
        flags.append(ASSUMED_LINES)
    # Every path was cut short: nothing was seen, so nothing is forbidden.
    unknown = outcomes.unknown or ("" if outcomes.states or not outcomes.loop_bound else "loop bound")
    result = Result(machine, (), unknown, tuple(flags), outcomes.timelines, outcomes.paths)
    finals.sort(key=lambda final: [_order(text) for text in result.state(final).values()])
    return replace(result, finals=tuple(finals))


def _order(text: str) -> tuple[int, int, str]:
    """Where a value stands among others, as the published tools sort states: numbers first, by size."""
    try:
        return (0, int(text), "")
    except ValueError:
        return (1, 0, text)


def state_values(machine: Machine, state: State) -> tuple[int, ...]:
    """The observed values of a state, in the order of `machine.observed`; arrays as wide numbers."""
    registers, memory = state
    seen = [0] * len(registers)
    cell = 0
    values = []
    for location, parts in zip(machine.observed, machine.parts, strict=True):
        if isinstance(location, Register):
            index = machine.threads[location.thread]
            value = registers[index][seen[index]]
            seen[index] += 1
            values.append(value & (WORD_MARK | 0xFFFF_FFFF) if location.name[0] == "W" else value)
        elif isinstance(location, Fault):
            values.append(
                int(
                    any(
                        meant(machine, location, found)
                        for found in faults_of(machine, state, location.thread)
                    )
                )
            )
        else:
            value = shift = 0
            for size in parts:
                value |= (memory[cell] if len(parts) == 1 else memory[cell] & MASK64) << shift
                shift += 8 * size
                cell += 1
            values.append(value)
    return tuple(values)


# -- conditions ---------------------------------------------------------------------------------------------------

Check = Callable[[tuple[int, ...]], bool]


def compile_condition(proposition: Proposition, machine: Machine) -> Check:
    """The proposition as a function of the observed values."""
    match proposition:
        case Same(left, right):
            first, second = machine.observed.index(left), machine.observed.index(right)
            return lambda values: values[first] & ~WORD_MARK == values[second] & ~WORD_MARK
        case Constant(value):
            return lambda values: value
        case Atom():
            return _compile_atom(proposition, machine)
        case Not(of):
            inner = compile_condition(of, machine)
            return lambda values: not inner(values)
        case And(parts):
            all_of = [compile_condition(part, machine) for part in parts]
            return lambda values: all(check(values) for check in all_of)
        case Or(parts):
            any_of = [compile_condition(part, machine) for part in parts]
            return lambda values: any(check(values) for check in any_of)
        case Implies(if_, then):
            if_holds, then_holds = compile_condition(if_, machine), compile_condition(then, machine)
            return lambda values: not if_holds(values) or then_holds(values)
        case _:
            assert_never(proposition)


def _compile_atom(atom: Atom, machine: Machine) -> Check:
    at = machine.observed.index(atom.location)
    if isinstance(atom.location, Fault):
        return lambda values: bool(values[at])
    wanted = frozenset(
        marked
        for value in atom.values
        for number in _numbers(atom.location, value, machine)
        for marked in _marked(number, isinstance(value, Instr))
    )
    return lambda values: values[at] in wanted


def _marked(number: int, is_word: bool) -> tuple[int, ...]:
    """A value as states have it.  Only small ones are distinguished: a large one may have lost its mark on the way."""
    if number > UDF_MAX:
        return number, number | WORD_MARK
    return (number | WORD_MARK,) if is_word else (number,)


def _numbers(location: Location, value: Value, machine: Machine) -> list[int]:
    """The contents that equal a value written in a condition; a negative number may be meant at any width."""
    if isinstance(location, Array):
        return [machine.value_of(value, machine.pieces[location.name].size)]
    number = machine.value_of(value)
    if isinstance(location, Cell):
        size = machine.pieces[location.name].extent(location)[1]
        narrow = number & (1 << 8 * size) - 1
        return [narrow] if size < 8 or number >= 0 else [narrow, number & 0xFFFF_FFFF]
    if number < 0:
        return [number & MASK64, number & 0xFFFF_FFFF]
    return [number]
