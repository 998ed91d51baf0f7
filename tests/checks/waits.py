"""Waits in hand-made logs: what is registered, taken back, waited for, and used all the same."""

from __future__ import annotations

from ftrace_actors.checks import Finding
from ftrace_actors.events import Load, Store, Wait
from tests.checks.stream import NOP, OPS, SITE, STATIC_OPS, Stream

ADDR, PROV = OPS["tracer_a"]
OTHER, OTHER_PROV = OPS["tracer_b"]
STATIC, _ = STATIC_OPS["static_ops"]
LINK, HITS = 8, 24
HEAD = 0x7000
"""Of the list."""
TEXT, TEXT_PROV, TEXT_SIZE = 0xA000, 11, 64
RET_X9, LDR = 0xD65F0120, 0xF9400041


def branch(target: int, site: int = SITE) -> int:
    return 0x94000000 | (target - site >> 2 & 0x03FF_FFFF)


def waits(
    stream: Stream, begins: bool, *, objects: tuple[str, ...] = ("tracer_a",), words: tuple[int, ...] = ()
) -> int:
    return stream.add(Wait, begins, "tracer_a", ("rude", "tasks"), ("W1", "W2"), objects, words)


def use(stream: Stream) -> list[Finding]:
    return stream.findings(invariant="INV-GP")


def reads(
    stream: Stream, addr: int, pointer: int, value: int = 0, prov: int = 0, task: str = "reader"
) -> int:
    return stream.add(Load, addr, 8, value, 0, pointer, prov, cpu=1, task=task)


def enabled() -> Stream:
    """tracer_a is registered: on the list, in the literal, and the site calls the trampoline."""
    stream = Stream()
    stream.add(Store, HEAD, 8, ADDR, 1, 0, PROV)
    stream.enable("tracer_a", 2)
    return stream


def taken_back(stream: Stream, order: int = 10) -> None:
    """And no word gives it any more."""
    stream.unregister("tracer_a", returns=False)
    stream.add(Store, HEAD, 8, 0x7100, order, 0, 0)
    with stream.patch("make_nop", "ftrace_nop_ops", NOP, ()):
        stream.store_literal("ftrace_nop_ops", order + 1)
        stream.store_site(NOP, order + 2)


def waited(stream: Stream) -> int:
    """The whole wait; returns its end."""
    waits(stream, True)
    return waits(stream, False)
