"""An ftrace_ops, as the kernel's books know it; its fields live in emulated memory."""

from __future__ import annotations

from dataclasses import dataclass

from ..arm64.registers import Reg
from .layout import FL_RCU, FL_RECURSION

__all__ = ["FLAGS", "Ops"]

FLAGS: dict[str, int] = {"recursion": FL_RECURSION, "rcu": FL_RCU}
"""Flags of an ops whose callback wants a guard around it -> their bit: FL_RECURSION, FL_RCU."""


@dataclass(slots=True, eq=False)
class Ops:
    """One ops of a run.

    `addr` and `prov` change when it is allocated anew; `prov` 0 is static storage.  `func` is its function's symbol.
    `role`: "tracer", or "nop" and "list" for the two the kernel owns.  `registered`: it is on `ftrace_ops_list`.
    `live`: it is allocated, and was not freed since.  `flags`: keys of `FLAGS`.
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
    flags: tuple[str, ...] = ()

    @property
    def pointer(self) -> Reg:
        """A register that holds its address."""
        return (self.addr, 0, 0, self.prov)

    @property
    def needs_assist(self) -> bool:
        """ftrace_ops_get_func(op) != op->func: its function is called by the list or by ftrace_ops_assist_func."""
        return bool(self.flags)

    @property
    def flag_bits(self) -> int:
        """What its flags word holds."""
        return sum(FLAGS[flag] for flag in self.flags)
