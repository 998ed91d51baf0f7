"""The faults of final states: which of them a condition means, and which no test can have meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..arm64.search import State
from .errors import Place
from .machine import Machine, base_of
from .syntax import Code, Fault

__all__ = ["check_accesses", "faults_of", "meant"]

_KINDS = {
    "udf": "UndefinedInstruction",
    "brk": "Breakpoint",
    "svc": "SupervisorCall",
    "hvc": "HypervisorCall",
    "smc": "SecureMonitorCall",
}


def faults_of(machine: Machine, state: State, thread: int) -> Iterator[tuple[int, int]]:
    """The (pc, address) of the faults a thread took on its way to a state."""
    index = machine.threads[thread]
    found = state[0][index][machine.registers_of[index] :]
    return zip(found[::2], found[1::2], strict=True)


def meant(machine: Machine, fault: Fault, pc: int, addr: int) -> bool:
    """Is the fault at `pc`, on `addr`, the one a condition asks for?"""
    if fault.label and machine.labels.get((fault.thread, fault.label)) != pc:
        return False
    kind, _, detail = fault.kind.partition(":")
    if kind and _kind(machine, pc) != kind:
        return False
    if detail and detail != ("Alignment" if _declared(machine, addr) else "Translation"):
        return False
    piece = machine.pieces.get(fault.location)
    return piece is None or piece.addr <= addr < piece.addr + max(8, piece.size * piece.count)


def _kind(machine: Machine, pc: int) -> str:
    """Which kind of fault the instruction written at `pc` takes."""
    found = _code_at(machine, pc)
    return _KINDS.get(found.text.split(maxsplit=1)[0].lower(), "MMU") if found is not None else "MMU"


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
            for pc, addr in faults_of(machine, state, thread):
                _check_access(machine, thread, pc, addr)


def _check_access(machine: Machine, thread: int, pc: int, addr: int) -> None:
    code = _code_at(machine, pc)
    if code is None or _kind(machine, pc) != "MMU" or pc in machine.task.program.modifiable:
        return
    if _declared(machine, addr):
        return  # an access that is not aligned
    place = Place(machine.test.filename, machine.test.source)
    raise place.error(
        code.offset,
        f"P{thread} accesses {machine.near(addr)} here, where nothing is declared"
        f" (if it is meant to: ask for fault(P{thread}))",
    )
