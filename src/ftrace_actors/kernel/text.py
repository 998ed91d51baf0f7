"""Text that is allocated while the kernel runs: trampolines made from a template (execmem_alloc, module_alloc)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from ..actors import Kind, Mailbox
from ..events import Alloc, Free
from .actor import KernelActor
from .messages import AllocateText, ReleaseText, TextAllocated, TextMessage, TextReleased

if TYPE_CHECKING:
    from .system import System

__all__ = ["BL_RANGE", "Template", "Text", "TextAllocator", "branch_word"]

BL_RANGE = 128 << 20
"""Bytes a BL reaches in either direction."""


def branch_word(site: int, target: int) -> int:
    """The BL at `site` that calls `target`."""
    return 0x9400_0000 | (target - site >> 2 & 0x03FF_FFFF)


@dataclass(frozen=True, slots=True)
class Template:
    """What a trampoline is copied from.

    `source`: where its words lie as data, `size` bytes.  `ops`, `call`: offsets of the pointer to the ops and of the BL
    to its function.  `slots`: addresses that can be allocated, each the symbol `ftrace_tramp.N`.
    """

    source: int
    size: int
    ops: int
    call: int
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One allocation: its symbol, address, the number of the allocation, and whether another was there before."""

    symbol: str
    addr: int
    prov: int
    reused: bool


class TextAllocator(KernelActor):
    """Hands out slots: `fresh` were never used, `freed` were; which one a run takes is a choice."""

    __slots__ = ("freed", "fresh", "inbox", "template")

    def __init__(self, system: System, template: Template) -> None:
        super().__init__(system, "text_allocator")
        self.inbox: Mailbox[TextMessage] = Mailbox("text_allocator")
        self.template = template
        self.fresh = list(range(len(template.slots)))
        self.freed: list[int] = []

    async def body(self) -> None:
        """Serve requests."""
        while True:
            request = await self.hear(self.inbox, "idle")
            self.acting = request.task.name
            match request:
                case AllocateText():
                    await self.tell(request.reply, TextAllocated(self._allocate(request.ops.name)))
                case ReleaseText():
                    self._release(request.ops.name, request.text)
                    await self.tell(request.reply, TextReleased())
                case _:
                    assert_never(request)
            self.acting = ""

    def _allocate(self, ops: str) -> Text:
        """Another number from the allocator's one sequence, so that it names this text alone."""
        choice = self.choose(Kind.ALLOC, 1 + len(self.freed), "execmem_alloc", ops) if self.freed else 0
        reused = bool(choice) or not self.fresh
        slot = self.freed.pop(choice - 1) if reused else self.fresh.pop(0)
        allocator = self.system.allocator
        allocator.allocations += 1
        text = Text(f"ftrace_tramp.{slot}", self.template.slots[slot], allocator.allocations, reused)
        self.emit(Alloc, f"{ops}.tramp", text.addr, self.template.size, text.prov)
        return text

    def _release(self, ops: str, text: Text) -> None:
        self.freed.append(self.template.slots.index(text.addr))
        self.emit(Free, f"{ops}.tramp", text.addr, self.template.size, text.prov, self.system.timeline.end)
