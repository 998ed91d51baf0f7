"""The faults of final states: which of them a condition means, and which no test can have meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..arm64.search import State
from ..arm64.syndrome import FAULT_KINDS
from .errors import Place
from .machine import Machine, base_of
from .syntax import Code, Fault

__all__ = ["check_accesses", "faults_of", "meant"]

_KINDS = {
    "abort": "MMU",
    "udf": "UndefinedInstruction",
    "brk": "Breakpoint",
    "svc": "SupervisorCall",
    "hvc": "HypervisorCall",
    "smc": "SecureMonitorCall",
}


class Taken(NamedTuple):
    """A fault that was taken: where, on what address, and from what.

    `kind` is one of `_KINDS` and says what was *executed*, which need not be what the test's code has there.
    """

    pc: int
    addr: int
    kind: str


def faults_of(machine: Machine, state: State, thread: int) -> Iterator[Taken]:
    """The faults a thread took on its way to a state."""
    index = machine.threads[thread]
    found = state[0][index][machine.registers_of[index] :]
    for pc, addr, kind in zip(found[::3], found[1::3], found[2::3], strict=True):
        yield Taken(pc, addr, FAULT_KINDS[kind])


def meant(machine: Machine, fault: Fault, taken: Taken) -> bool:
    """Is it the fault a condition asks for?"""
    pc, addr, _ = taken
    if fault.label and machine.labels.get((fault.thread, fault.label)) != pc:
        return False
    kind, _, detail = fault.kind.partition(":")
    if kind and _KINDS[taken.kind] != kind:
        return False
    if detail and detail != ("Alignment" if _declared(machine, addr) else "Translation"):
        return False
    piece = machine.pieces.get(fault.location)
    return piece is None or piece.addr <= addr < piece.addr + max(8, piece.size * piece.count)


def _declared(machine: Machine, addr: int) -> bool:
    """Is something there, so that a fault on it is about alignment?"""
    return any(
        piece.addr <= addr < piece.addr + max(8, piece.size * piece.count)
        for piece in machine.pieces.values()
    )


def _code_at(machine: Machine, pc: int) -> Code | None:
    for column in machine.test.columns:
        index = (pc - base_of(column)) // 4
        if 0 <= index < len(column.code):
            return column.code[index]
    return None


def check_accesses(machine: Machine, states: Iterable[State]) -> None:
    """A thread that neither handles its faults nor is asked about them must not access what nobody declared.

    Raises `LitmusError`: such a test means something else than it says, and the published tools refuse it as well.
    """
    test = machine.test
    expected = {column.thread for column in test.columns if column.handler}
    expected.update(location.thread for location in machine.observed if isinstance(location, Fault))
    watched = [thread for thread in machine.threads if thread not in expected]
    for state in states:
        for thread in watched:
            if len(state[0][machine.threads[thread]]) == machine.registers_of[machine.threads[thread]]:
                continue
            for taken in faults_of(machine, state, thread):
                _check_access(machine, thread, taken)


def _check_access(machine: Machine, thread: int, taken: Taken) -> None:
    pc, addr, kind = taken
    code = _code_at(machine, pc)
    if code is None or kind != "abort" or pc in machine.task.program.modifiable:
        return
    if _declared(machine, addr):
        return  # an access that is not aligned
    place = Place(machine.test.filename, machine.test.source)
    raise place.error(
        code.offset,
        f"P{thread} accesses {machine.near(addr)} here, where nothing is declared"
        f" (if it is meant to: ask for fault(P{thread}))",
    )
