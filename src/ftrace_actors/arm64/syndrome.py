"""What an exception leaves in ESR_EL1 (Arm ARM D24.2.40), as far as a handler in a litmus test could read it.

All code runs at EL1, so aborts are of the current exception level. There is no translation: an address where nothing is
placed gives a translation fault of level 3, as an invalid last-level entry would.
"""

from __future__ import annotations

__all__ = ["FAULT_KINDS", "data_abort", "trapped"]

FAULT_KINDS = ("abort", "udf", "svc", "hvc", "smc", "brk")
"""What a synchronous exception may come from: an access, or one of the instructions that are exceptions."""


_CLASSES = {"udf": 0x00, "svc": 0x15, "hvc": 0x16, "smc": 0x17, "brk": 0x3C}
_DATA_ABORT = 0x25
_LONG = 1 << 25
"""IL: the instruction has 32 bits."""

_TRANSLATION_FAULT, _ALIGNMENT_FAULT = 0b00_0111, 0b10_0001
_WRITE, _MAINTENANCE = 1 << 6, 1 << 8


def trapped(kind: str, immediate: int) -> int:
    """The syndrome of an instruction that is an exception by itself; UDF says nothing more."""
    return _CLASSES[kind] << 26 | _LONG | (immediate & 0xFFFF if kind != "udf" else 0)


def data_abort(reason: str, mnemonic: str) -> int:
    """The syndrome of an access that faulted.  Atomics that would fault on their read count as reads."""
    status = _ALIGNMENT_FAULT if reason.startswith("unaligned") else _TRANSLATION_FAULT
    store = mnemonic.startswith(("stp", "str", "stu", "stn", "stt", "stl", "stx", "sti"))
    if mnemonic in {"dc", "ic"}:
        status |= _WRITE | _MAINTENANCE
    elif store:
        status |= _WRITE
    return _DATA_ABORT << 26 | _LONG | status
