"""An ftrace_ops, as the kernel's books know it; its fields live in emulated memory."""

from __future__ import annotations

from dataclasses import dataclass

from ftrace_actors.arm64.registers import Reg

__all__ = ["Ops"]


@dataclass(slots=True, eq=False)
class Ops:
    """One ops of a run.

    `addr` and `prov` change when it is allocated anew; `prov` 0 is static storage.  `func` is its function's symbol.
    `role`: "tracer", or "nop" and "list" for the two the kernel owns.  `registered`: it is on `ftrace_ops_list`.
    `live`: it is allocated, and was not freed since.
    """

    name: str
    addr: int
    prov: int
    func: str
    func_addr: int
    filter_addr: int = 0
    functions: tuple[str, ...] = ()
    dynamic: bool = False
    caller_waits: bool = False
    role: str = "tracer"
    registered: bool = False
    live: bool = True

    @property
    def pointer(self) -> Reg:
        """A register that holds its address."""
        return (self.addr, 0, 0, self.prov)
