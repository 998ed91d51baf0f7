"""Text that is allocated while the kernel runs: trampolines made from a template (execmem_alloc, module_alloc)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Never, assert_never

from ..actors import Kind
from ..events import Alloc, Free
from .actor import KernelActor, Setting, Tell, mail
from .messages import AllocateText, ReleaseText, TextAllocated, TextMessage, TextReleased
from .slots import Template, Text

if TYPE_CHECKING:
    from ..actors import Mailbox
    from ..arm64.timeline import Timeline
    from .books import AllocationNumbers

__all__ = ["TextAllocator"]


class TextAllocator(KernelActor[Never]):
    """Hands out slots: `fresh` were never used, `freed` were; which one a run takes is a choice."""

    __slots__ = ("_inbox", "_numbers", "_template", "_timeline", "freed", "fresh")

    STATE: ClassVar[tuple[str, ...]] = (*KernelActor.STATE, "fresh", "freed")

    def __init__(
        self,
        setting: Setting,
        inbox: Mailbox[TextMessage],
        numbers: AllocationNumbers,
        timeline: Timeline,
        template: Template,
    ) -> None:
        super().__init__(setting, "text_allocator")
        self._inbox = inbox
        self._numbers = numbers
        self._timeline = timeline
        self._template = template
        self.fresh = list(range(len(template.slots)))
        self.freed: list[int] = []

    async def rest(self) -> Sequence[Tell]:
        """Serve the next request."""
        self.acting = ""
        request = await self.hear(self._inbox, "idle")
        self.acting = request.task
        match request:
            case AllocateText():
                return (mail(request.reply, TextAllocated(self._allocate(request.ops))),)
            case ReleaseText():
                self._release(request.ops, request.text)
                return (mail(request.reply, TextReleased()),)
            case _:
                assert_never(request)

    async def perform(self, item: Never) -> Sequence[Tell]:
        """There is nothing but to answer."""
        assert_never(item)

    def _allocate(self, ops: str) -> Text:
        """Another number from the one sequence of allocations, so that it names this text alone."""
        choice = self.choose(Kind.ALLOC, 1 + len(self.freed), "execmem_alloc", ops) if self.freed else 0
        reused = bool(choice) or not self.fresh
        slot = self.freed.pop(choice - 1) if reused else self.fresh.pop(0)
        text = Text(f"ftrace_tramp.{slot}", self._template.slots[slot], self._numbers.draw(), reused)
        self.emit(Alloc, f"{ops}.tramp", text.addr, self._template.size, text.prov)
        return text

    def _release(self, ops: str, text: Text) -> None:
        self.freed.append(self._template.slots.index(text.addr))
        self.emit(Free, f"{ops}.tramp", text.addr, self._template.size, text.prov, self._timeline.end)
