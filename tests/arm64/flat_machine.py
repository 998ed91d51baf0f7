"""A machine without a memory model: flat bytes, one PE, everything it was asked for in a log.

It implements what instruction semantics may call, so they can be tested against a real emulator (values) and
against hand-computed views.
"""

from __future__ import annotations

from ftrace_actors.arm64.isa import bind
from ftrace_actors.arm64.options import Options
from ftrace_actors.arm64.registers import Reg, fresh

_SIGNED = {"smax": max, "smin": min}
_ATOMIC = {
    "add": lambda old, new: old + new,
    "clr": lambda old, new: old & ~new,
    "eor": lambda old, new: old ^ new,
    "set": lambda old, new: old | new,
    "umax": max,
    "umin": min,
    "swp": lambda old, new: new,
}


def signed(value: int, size: int) -> int:
    half = 1 << (8 * size - 1)
    return (value ^ half) - half


class FlatMachine:
    """`memory` maps region bases to bytes; an access outside sets `fault`. Loads carry the views `load_views`."""

    def __init__(self, memory: dict[int, bytearray] | None = None) -> None:
        self.regs = fresh()
        self.nzcv = 0
        self.flags_v = 0
        self.flags_d = 0
        self.pc = 0x4000_0000
        self.fault = ""
        self.memory = memory or {}
        self.load_views = (0, 0, 0)
        self.monitor: int | None = None
        self.sysregs: dict[str, Reg] = {}
        self.log: list[tuple[object, ...]] = []
        self.options = Options()

    def run(self, word: int) -> None:
        bind(word).run(self)  # type: ignore[arg-type]

    def _bytes(self, address: int, size: int) -> tuple[bytearray, int] | None:
        for base, data in self.memory.items():
            if base <= address and address + size <= base + len(data):
                return data, address - base
        self.fault = "unmapped"
        return None

    def _read(self, address: int, size: int) -> int:
        place = self._bytes(address, size)
        if place is None:
            return 0
        data, offset = place
        return int.from_bytes(data[offset : offset + size], "little")

    def _write(self, address: int, size: int, value: int) -> None:
        assert 0 <= value < 1 << (8 * size), "semantics hand over values cut to size"
        place = self._bytes(address, size)
        if place is not None:
            data, offset = place
            data[offset : offset + size] = value.to_bytes(size, "little")

    def load(self, a: Reg, size: int, order: int, dest: bool) -> Reg:
        self.log.append(("load", a, size, order, dest))
        return (self._read(a[0], size), *self.load_views)

    def store(self, a: Reg, size: int, data: Reg, order: int) -> None:
        self.log.append(("store", a, size, data, order))
        self._write(a[0], size, data[0])

    def load_exclusive(self, a: Reg, size: int, order: int) -> Reg:
        self.log.append(("load_exclusive", a, size, order))
        self.monitor = a[0]
        return (self._read(a[0], size), *self.load_views)

    def store_exclusive(self, a: Reg, size: int, data: Reg, order: int) -> Reg:
        self.log.append(("store_exclusive", a, size, data, order))
        paired, self.monitor = self.monitor == a[0], None
        if paired:
            self._write(a[0], size, data[0])
        return (0 if paired else 1, 0, 0, 0)

    def cas(self, a: Reg, size: int, compare: Reg, new: Reg, order: int, dest: bool = True) -> Reg:
        self.log.append(("cas", a, size, compare, new, order))
        old = self._read(a[0], size)
        if not self.fault and old == compare[0]:
            self._write(a[0], size, new[0])
        return (old, *self.load_views)

    def load_exclusive_pair(self, a: Reg, order: int) -> tuple[Reg, Reg]:
        self.log.append(("load_exclusive_pair", a, order))
        self.monitor = a[0]
        return (self._read(a[0], 8), *self.load_views), (self._read(a[0] + 8, 8), *self.load_views)

    def store_exclusive_pair(self, a: Reg, low: Reg, high: Reg, order: int) -> Reg:
        self.log.append(("store_exclusive_pair", a, low, high, order))
        paired, self.monitor = self.monitor == a[0], None
        if paired:
            self._write(a[0], 8, low[0])
            self._write(a[0] + 8, 8, high[0])
        return (0 if paired else 1, 0, 0, 0)

    def cas_pair(self, a: Reg, compare: tuple[Reg, Reg], new: tuple[Reg, Reg], order: int) -> tuple[Reg, Reg]:
        self.log.append(("cas_pair", a, compare, new, order))
        old = self._read(a[0], 8), self._read(a[0] + 8, 8)
        if not self.fault and old == (compare[0][0], compare[1][0]):
            self._write(a[0], 8, new[0][0])
            self._write(a[0] + 8, 8, new[1][0])
        return (old[0], *self.load_views), (old[1], *self.load_views)

    def amo_pair(self, a: Reg, op: str, operands: tuple[Reg, Reg], order: int) -> tuple[Reg, Reg]:
        self.log.append(("amo_pair", a, op, operands, order))
        old = self._read(a[0], 8), self._read(a[0] + 8, 8)
        for at, was, operand in zip((0, 8), old, operands, strict=True):
            if not self.fault:
                self._write(a[0] + at, 8, _ATOMIC[op](was, operand[0]))
        return (old[0], *self.load_views), (old[1], *self.load_views)

    def clear_exclusive(self) -> None:
        self.log.append(("clear_exclusive",))
        self.monitor = None

    def amo(self, a: Reg, size: int, op: str, operand: Reg, order: int, dest: bool) -> Reg:
        self.log.append(("amo", a, size, op, operand, order, dest))
        old = self._read(a[0], size)
        if op in _SIGNED:
            new = _SIGNED[op](signed(old, size), signed(operand[0], size))
        else:
            new = _ATOMIC[op](old, operand[0])
        if not self.fault:
            self._write(a[0], size, new & ((1 << (8 * size)) - 1))
        return (old, *self.load_views)

    def control(self, v: int, d: int) -> None:
        self.log.append(("control", v, d, self.pc))

    def read_sysreg(self, name: str) -> Reg:
        self.log.append(("read_sysreg", name))
        return self.sysregs.get(name, (0, 0, 0, 0))

    def write_sysreg(self, name: str, value: Reg) -> None:
        self.log.append(("write_sysreg", name, value))
        self.sysregs[name] = value

    def dc(self, a: Reg) -> None:
        self.log.append(("dc", a))

    def ic(self, a: Reg | None, broadcast: bool) -> None:
        self.log.append(("ic", a, broadcast))

    def barrier(self, kind: str, domain: str) -> None:
        self.log.append(("barrier", kind, domain))

    def isb(self) -> None:
        self.log.append(("isb",))

    def sb(self) -> None:
        self.log.append(("sb",))

    def daif_set(self, imm: int) -> None:
        self.log.append(("daif_set", imm))

    def daif_clear(self, imm: int) -> None:
        self.log.append(("daif_clear", imm))

    def exception(self, kind: str, imm: int) -> None:
        self.log.append(("exception", kind, imm))

    def eret(self) -> None:
        self.log.append(("eret",))

    def wait_hint(self, name: str) -> None:
        self.log.append(("wait_hint", name))
