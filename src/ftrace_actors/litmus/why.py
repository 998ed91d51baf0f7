"""Why a state of a litmus test is allowed, or what forbids it, in lines for people.

Allowed: one execution that reaches it, as the timeline of messages and what each CPU did, with its views.  Forbidden:
the executions that would reach it if one rule were broken (or two, or three, where no single one suffices), and the
rules that cut each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from ..arm64.options import Options
from ..arm64.relaxed import VIEWS, Break, Execution, executions
from ..arm64.search import Limits, State, search
from ..arm64.solo import LimitError
from ..arm64.timeline import ALL_LINES, COMP, DC, IC, WRITE, Message
from ..terminal import fold, unbroken
from .conditions import parse_ending
from .errors import Place
from .judge import compile_condition, state_values
from .machine import Machine, base_of, build
from .observed import asked as asked_for
from .syntax import Cell, LitmusTest

__all__ = ["Answer", "answer", "code_at", "explain", "message_words", "own_state", "thread_of", "with_names"]

BREAKS_MAX = 3
SHOWN_MAX = 8
WIDTH = 80
_VIEWS = {
    "nr": "what later reads must see",
    "nw": "what later writes come after",
    "ndc": "what later DCs come after",
    "nic": "what later ICs come after",
    "tau": "what later fetches must see",
    "dsb": "what a DSB has completed",
}
"""The names of views, in words; docs/arm-model.md has all of them."""
_QUANTIFIER = re.compile(r"^\s*(?:~\s*exists|not\s+exists|exists|forall|observed)\b\s*")
_BESIDE = 28
"""Where what an instruction did begins, after the instruction."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a state is allowed, or what forbids it.

    Attributes:
        test, state: what was asked.
        machine: what the test was built to; it has the names of addresses.
        allowed: whether the state comes about; None when the search gave up.
        unknown: out of what it gave up.
        ways: one execution that reaches the state; or, where it is forbidden, those that come nearest.
        remarks: what was not looked at.
    """

    test: LitmusTest
    state: str
    machine: Machine
    allowed: bool | None
    unknown: str = ""
    ways: tuple[Execution, ...] = ()
    remarks: tuple[str, ...] = ()


def answer(
    test: LitmusTest, state: str, options: Options | None = None, limits: Limits | None = None
) -> Answer:
    """The answer as executions.

    `state` is a condition without its quantifier, or a state as it prints: `0:X1=1; [x]=2;`.  Raises `LitmusError`.
    """
    limits = limits if limits is not None else Limits()
    written = f"exists {_conjunction(state)}"
    arrays = {item.target.name for item in test.init if isinstance(item.target, Cell) and item.count > 1}
    ending = parse_ending(written, 0, Place("<state>", written), arrays)
    asked = replace(test, condition=ending.condition, filter=None, quantifier="exists")
    asked = replace(asked, locations=(*test.locations, *asked_for(test)))
    machine = build(asked, options)
    holds = compile_condition(asked.condition, machine)

    def wanted(found: State) -> bool:
        return holds(state_values(machine, found))

    outcomes = search(machine.task, limits, wanted)
    if outcomes.unknown:
        return Answer(test, state, machine, None, outcomes.unknown)
    assert outcomes.options is not None
    if outcomes.witness is not None:
        timeline, _ = outcomes.witness
        ways = executions(machine.task, outcomes.options, wanted, 0, limits, timeline)
        return Answer(test, state, machine, allowed=True, ways=(next(ways),))
    found = list(_nearest(machine, outcomes.options, wanted, limits))
    return Answer(
        test,
        state,
        machine,
        allowed=False,
        ways=tuple(each for each in found if isinstance(each, Execution)),
        remarks=tuple(each for each in found if isinstance(each, str)),
    )


def explain(
    test: LitmusTest, state: str, options: Options | None = None, limits: Limits | None = None
) -> Iterator[str]:
    """The explanation, line by line; see `answer`."""
    found = answer(test, state, options, limits)
    if found.allowed is None:
        yield f"{test.name}: {state} is unknown: the search ran out of {found.unknown}"
    elif found.allowed:
        yield f"{test.name}: {state} is allowed"
        yield from _shown(found.machine, found.ways[0])
    else:
        yield f"{test.name}: {state} is forbidden"
        yield from _forbidden(found)


def own_state(test: LitmusTest) -> str:
    """What the test itself asks about, as a state: of `forall`, a state in which its condition does not hold."""
    condition = _QUANTIFIER.sub("", " ".join(test.condition_text.split()))
    return f"~({condition})" if test.quantifier == "forall" else condition


def _conjunction(state: str) -> str:
    parts = [part.strip() for part in state.split(";") if part.strip()]
    return " /\\ ".join(f"({part})" if len(parts) > 1 else part for part in parts)


def _nearest(machine: Machine, options: Options, wanted: object, limits: Limits) -> Iterator[Execution | str]:
    """What reaches the state with the fewest rules broken, each set of rules once; then what was left undone."""
    assert callable(wanted)
    shown: dict[tuple[Break, ...], None] = {}
    for allowance in range(1, BREAKS_MAX + 1):
        try:
            for found in executions(machine.task, options, wanted, allowance, limits):
                rules = tuple(replace_times(broken) for broken in found.breaks)
                if rules not in shown:
                    shown[rules] = None
                    yield found
                if len(shown) == SHOWN_MAX:
                    yield f"(the first {SHOWN_MAX} are shown)"
                    return
        except LimitError as error:
            yield f"(not all candidates were looked at: out of {error})"
            return
        if shown:
            return


def replace_times(broken: Break) -> Break:
    """The same break at any position of the timeline."""
    return broken._replace(what=re.sub(r"(?<!\{)\b\d+\b(?!\})", "", broken.what))


def _forbidden(found: Answer) -> Iterator[str]:
    machine, candidates = found.machine, found.ways
    if not candidates:
        yield f"no execution comes near: even with {BREAKS_MAX} rules broken these values do not come about"
    else:
        count = len(candidates[0].breaks)
        yield f"candidates that break {'one rule' if count == 1 else f'{count} rules'}, and what cuts each:"
    for number, candidate in enumerate(candidates, 1):
        order = ", ".join(
            unbroken(f"{m.t}: P{thread_of(machine, m.cpu)} {message_words(machine, m)}")
            for m in candidate.timeline
        )
        yield from fold(f"{number}. timeline {order or 'empty'}", WIDTH, "", "   ")
        for broken in candidate.breaks:
            codes = dict.fromkeys(code_at(machine, pc) for pc in broken.raised)
            raised = ", ".join(unbroken(f"`{code}`") for code in codes)
            because = f" (raised by {raised})" if raised else ""
            where = f"P{_owner(machine, broken.pc)} {unbroken(f'`{code_at(machine, broken.pc)}`')}"
            yield from fold(f"{where} {with_names(machine, broken.what)}", WIDTH, "   ", "      ")
            yield from fold(f"cut by: {broken.rules}{because}", WIDTH, "      ", "         ")
    yield from found.remarks
    yield from _legend(
        {rule for each in candidates for broken in each.breaks for rule in broken.rules.split(", ")}
    )


def _legend(names: AbstractSet[str]) -> list[str]:
    """What the views among these names are."""
    known = "; ".join(f"{name}: {words}" for name, words in _VIEWS.items() if name in names)
    return fold(f"({known})", WIDTH, "", " ") if known else []


def _shown(machine: Machine, execution: Execution) -> Iterator[str]:
    yield "timeline:"
    yield "  0      the initial state"
    for message in execution.timeline:
        yield f"  {message.t:<5}  P{thread_of(machine, message.cpu)}  {message_words(machine, message)}"
    for cpu, notes in enumerate(execution.notes):
        yield f"P{thread_of(machine, cpu)}:"
        for note in notes:
            views = " ".join(f"{name}={view}" for name, view in zip(VIEWS, note.views, strict=True) if view)
            code, text = f"  {code_at(machine, note.pc):<24}", with_names(machine, note.text)
            line = f"{code}  {text:<34}"
            if views and len(line) + 2 + len(views) > WIDTH:
                if text:
                    yield line.rstrip()
                line = " " * (_BESIDE - 2) if text else code
            yield f"{line}  {views}".rstrip()
    shown = {
        name
        for notes in execution.notes
        for note in notes
        for name, view in zip(VIEWS, note.views, strict=True)
        if view
    }
    yield from _legend(shown)


def message_words(machine: Machine, message: Message) -> str:
    """A message of the timeline in words."""
    where = "all lines" if message.cell == ALL_LINES else _place(machine, message.cell)
    match message.kind:
        case 0:
            assert message.kind == WRITE
            first = (message.mask & -message.mask).bit_length() - 1
            value = message.value >> 8 * first
            return f"W {_place(machine, message.cell + first)}={machine.name_of(value) or hex(value)}"
        case 1:
            assert message.kind == DC
            return f"DC {where}"
        case 2:
            assert message.kind == IC
            return f"IC {where}"
        case _:
            assert message.kind == COMP
            return "ICs complete"


def _place(machine: Machine, addr: int) -> str:
    """The location or label at an address, or the first one in its cell, first of those that the test itself names."""
    for at in range(addr, addr + 8, 4):
        name = machine.names.get(at)
        if name is not None:
            return name
    for at in range(addr, addr + 8, 4):
        for (thread, label), place in machine.labels.items():
            if place == at:
                return f"P{thread}:{label}"
    return hex(addr)


def with_names(machine: Machine, text: str) -> str:
    """A text in which addresses (`{addr}`) and values are called by their names."""
    text = re.sub(r"\{(-?\d+)\}", lambda match: _place(machine, int(match[1])), text)
    return re.sub(
        r"= (0x[0-9a-f]+)", lambda match: f"= {machine.name_of(int(match[1], 16)) or match[1]}", text
    )


def thread_of(machine: Machine, cpu: int) -> int:
    """The thread of the test that a CPU of the machine runs."""
    return next(thread for thread, index in machine.threads.items() if index == cpu)


def code_at(machine: Machine, pc: int) -> str:
    """The instruction at an address, as the test has it."""
    for column in machine.test.columns:
        index = (pc - base_of(column)) // 4
        if 0 <= index < len(column.code):
            return column.code[index].text
    return hex(pc)


def _owner(machine: Machine, pc: int) -> int:
    for column in machine.test.columns:
        if 0 <= (pc - base_of(column)) // 4 < len(column.code):
            return column.thread
    return 0
