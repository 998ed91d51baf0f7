"""Running A64 of an image on one PE, without a kernel around it, and noting what it does to memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ftrace_actors.arm64.pe import FAULT, LIMIT, MARK, PE, RETURN
from ftrace_actors.arm64.program import RETURN_ADDRESS
from ftrace_actors.arm64.registers import Reg
from ftrace_actors.arm64.timeline import Timeline
from ftrace_actors.kernel.build import Image
from ftrace_actors.kernel.layout import task_base, task_stack

__all__ = ["Effects", "Machine"]


class Effects:
    """Notes what a PE reports, in program order."""

    def __init__(self) -> None:
        self.log: list[tuple[object, ...]] = []

    def loaded(self, addr: int, size: int, value: int, t: int, pointer: int, prov: int) -> None:
        self.log.append(("load", addr, size, value))

    def stored(self, addr: int, size: int, value: int, t: int, pointer: int, prov: int) -> None:
        self.log.append(("store", addr, size, value))

    def fetched(self, addr: int, word: int, t: int, floor: int, newest: int, sync: int) -> None:
        self.log.append(("fetch", addr, word))

    def barrier(self, name: str, view: int) -> None:
        self.log.append((name,))

    def maintained(self, name: str, addr: int, t: int) -> None:
        if name != "comp":
            self.log.append((name, addr))

    def synchronized(self, reason: str, tau: int) -> None:
        self.log.append((reason,))

    def unpredictable(self, reason: str, addr: int, t: int) -> None:
        self.log.append(("unpredictable", reason))

    def faulted(self, reason: str, addr: int, prov: int) -> None:
        self.log.append(("fault", reason, addr))


class Machine:
    """One PE over the memory of an image."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.timeline = Timeline(image.cells)
        self.effects = Effects()
        self.pe = PE(0, self.timeline, image.spec.options, image.program)
        self.pe.observer = self.effects
        self.pe.regs[31] = (task_stack(0), 0, 0, 0)
        self.pe.sysregs["sp_el0"] = (task_base(0), 0, 0, 0)

    def call(
        self, name: str, *args: int, at: Callable[[int], None] | None = None, registers: Sequence[int] = ()
    ) -> int:
        """Call a routine with arguments (or all of x0-x29); `at` is told of every marked place.  Returns x0."""
        pe = self.pe
        for index, value in enumerate(registers or args):
            pe.regs[index] = (value, 0, 0, 0)
        pe.regs[30] = (RETURN_ADDRESS, 0, 0, 0)
        pe.pc = self.image.symbols[name]
        self.effects.log.clear()
        while True:
            pending = pe.advance()
            if pending == RETURN:
                return pe.regs[0][0]
            assert pending not in {FAULT, LIMIT}, f"{name} got lost at {pe.pc:#x}: {pe.fault}"
            if pending == MARK and at is not None:
                at(pe.pc)
            pe.execute()

    def errno(self, name: str, *args: int) -> int:
        """Call a routine that returns an int."""
        value = self.call(name, *args) & 0xFFFF_FFFF
        return value - (1 << 32) if value >> 31 else value

    def value(self, addr: int, size: int = 8) -> int:
        """What memory holds now."""
        return self.timeline.newest_value(addr & ~7) >> 8 * (addr & 7) & (1 << 8 * size) - 1

    def registers(self) -> list[int]:
        """x0-x30 and sp."""
        return [register[0] for register in self.pe.regs[:32]]

    def stores(self) -> list[tuple[object, ...]]:
        """Writes of the last call, as (address, size, value), patch_lock left out."""
        lock = self.image.symbols["patch_lock"]
        return [note[1:] for note in self.effects.log if note[0] == "store" and note[1] != lock]


def plain(registers: Sequence[Reg]) -> list[int]:
    """Values only."""
    return [register[0] for register in registers]
