"""The hardware of one run: memory as a timeline, the processing elements, and what their open promises rely on."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from ..arm64.pe import PE
from ..arm64.timeline import Timeline

if TYPE_CHECKING:
    from .image import Image

__all__ = ["Machine"]


class Machine:
    """What CPUs run on.

    Attributes:
        timeline: memory.
        pes: by number of the CPU.
        reserving: CPUs whose open promises rely on cells that nobody else may write meanwhile.
    """

    __slots__ = ("pes", "reserving", "timeline")

    def __init__(self, image: Image, timeline: Timeline | None = None) -> None:
        spec = image.spec
        self.timeline = Timeline(image.cells) if timeline is None else timeline
        self.pes = tuple(
            PE(number, self.timeline, spec.options, image.program) for number in range(spec.cpus)
        )
        self.reserving: set[int] = set()

    def copy(self, image: Image) -> Machine:
        """The same, independent; `choose` and `observer` of each PE are its new CPU's to set."""
        other = Machine(image, self.timeline.copy())
        for mine, its in zip(self.pes, other.pes, strict=True):
            mine.copy_to(its)
        other.reserving = self.reserving.copy()
        return other

    def state(self, running: frozenset[int]) -> tuple[Hashable, ...]:
        """As a value; of CPUs that run no task, without a register context."""
        return (
            self.timeline.state(),
            tuple((pe.context() if pe.cpu in running else (), pe.state()) for pe in self.pes),
            tuple(sorted(self.reserving)),
        )
