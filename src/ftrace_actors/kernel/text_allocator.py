"""Text that is allocated while the kernel runs: trampolines made from a template (execmem_alloc, module_alloc)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Never, assert_never

from ..actors import Kind
from ..events import Alloc, Free
from .actor import KernelActor, Setting, Tell, mail
from .designs.errors import DesignError
from .messages import AllocateText, ReleaseText, TextAllocated, TextMessage, TextReleased
from .slots import Template, Text

if TYPE_CHECKING:
    from ..actors import Mailbox
    from ..arm64.timeline import Timeline
    from .books import AllocationNumbers

__all__ = ["TextAllocator"]


class TextAllocator(KernelActor[Never]):
    """Hands out slots: `fresh` were never used, `freed` were; which one a run takes is a choice.

    Option 0 is a fresh slot while there is one, as memory that nobody used before is the dull case.
    """

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
        super().__init__(setting, inbox.name)
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
        slots = [*self.fresh[:1], *self.freed]
        if not slots:
            design = self.image.design
            raise DesignError(
                design.source or design.name,
                "",
                f"has a trampoline written for {ops}, and there is no room left",
            )
        slot = slots[self.choose(Kind.ALLOC, len(slots), "execmem_alloc", ops)]
        reused = slot in self.freed
        (self.freed if reused else self.fresh).remove(slot)
        text = Text(f"ftrace_tramp.{slot}", self._template.slots[slot], self._numbers.draw(), reused)
        self.emit(Alloc, f"{ops}.tramp", text.addr, self._template.size, text.prov)
        return text

    def _release(self, ops: str, text: Text) -> None:
        self.freed.append(self._template.slots.index(text.addr))
        self.emit(Free, f"{ops}.tramp", text.addr, self._template.size, text.prov, self._timeline.end)
