"""The hardware of one run: memory as a timeline, the processing elements, and what their open promises rely on.

Only `boot` holds a machine.  Each CPU is handed its own PE, and `reserved`, by which CPUs know of each other's open
promises.  So a CPU cannot reach another one's registers, or its observer.
"""

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
        reserved: CPU -> the cells that its open promises rely on nobody else writing; only CPUs that have some.
    """

    __slots__ = ("pes", "reserved", "timeline")

    def __init__(self, image: Image, timeline: Timeline | None = None) -> None:
        spec = image.spec
        self.timeline = Timeline(image.cells) if timeline is None else timeline
        self.pes = tuple(
            PE(number, self.timeline, spec.options, image.program) for number in range(spec.cpus)
        )
        self.reserved: dict[int, frozenset[int]] = {}

    def copy(self, image: Image) -> Machine:
        """The same, independent; `choose` and `observer` of each PE are its new CPU's to set."""
        other = Machine(image, self.timeline.copy())
        for mine, its in zip(self.pes, other.pes, strict=True):
            mine.copy_to(its)
        other.reserved.update(self.reserved)
        return other

    def state(self, running: frozenset[int]) -> tuple[Hashable, ...]:
        """As a value; of CPUs that run no task, without a register context."""
        return (
            self.timeline.state(),
            tuple((pe.context() if pe.cpu in running else (), pe.state()) for pe in self.pes),
            tuple((cpu, tuple(sorted(cells))) for cpu, cells in sorted(self.reserved.items())),
        )
