"""The tracing core as a design sees it: what it may ask, and its answers put back to what they were once.

A design answers with a generator of steps, which cannot be a value: users write it.  The core asks it for one step
after the other, and keeps, as a value (`Asked`), what the books said each time.  Where the generator is
missing, in a copy, it is made again: asked for as many steps as were asked for, with the books put back each time to
what they said then.  So a design must answer by what it is given and what it asks here, as it must to be replayed at
all.  What it reads of an ops directly (its address) is not put back: that changes only when a registered ops is
allocated anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ModelError
from .designs.base import Step
from .ops import Ops
from .records import Record, RecordUpdate, unique_ops
from .slots import Text

if TYPE_CHECKING:
    from ..arm64.registers import Reg
    from .books import OpsBook
    from .config import KernelConfig, ProtocolConfig
    from .image import Image
    from .operations import Operation

__all__ = ["Asked", "CoreView"]

Said = tuple[tuple[tuple[int, str, int], ...], tuple[tuple[str, Text], ...]]
"""What the books said when a design was asked for a step: of each record its word, target and literal; the texts."""

_NO_TEXTS: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How far a design has been asked, as a value.

    `changes`: the records that it was given, by function, and what each needs.  `history`: what the books said each
    time it was asked for a step.
    """

    changes: tuple[tuple[str, RecordUpdate], ...] = ()
    history: tuple[Said, ...] = ()


def _nobody(*warning: str) -> None:
    """Hears of a WARN_ON when the run is over."""


class CoreView:
    """Answers a design."""

    __slots__ = ("_image", "_ops", "_protocol", "_steps", "_warn")

    def __init__(
        self,
        image: Image,
        ops: OpsBook,
        warn: Callable[[str, str, str], None],
        protocol: ProtocolConfig | None = None,
    ) -> None:
        """`warn` hears of WARN_ONs; `protocol` is that of the world, unless another one is to be tried."""
        self._image = image
        self._protocol = image.spec.protocol if protocol is None else protocol
        self._ops = ops
        self._warn = warn
        self._steps: Iterator[Step] | None = None

    def dismiss(self) -> None:
        """Nobody asks it any more (`System.dismiss`)."""
        self._steps = None
        self._warn = _nobody

    # -- steps ----------------------------------------------------------------------------------------------------

    def begin(self) -> Asked:
        """ftrace_replace_code: note every record that must change, in address order."""
        self._steps = None
        updates = ((record.function, record.update()) for record in self._ops.records)
        return Asked(tuple(each for each in updates if each[1] is not RecordUpdate.IGNORE))

    def next_step(self, asked: Asked, operation: Operation, ops: Ops) -> tuple[Asked, Step | None]:
        """The design's next step, None after its last; and how far it has been asked then."""
        if self._steps is None:
            self._steps = self._again(asked, operation, ops)
        asked = Asked(asked.changes, (*asked.history, self._said()))
        return asked, next(self._steps, None)

    def _again(self, asked: Asked, operation: Operation, ops: Ops) -> Iterator[Step]:
        """The generator, which has given the steps that it gave when the books said what `asked` holds.

        The books are the run's, and the design may be a user's: whatever it raises, they say again what they said.
        The list of ops and each record's count and flags need not be put back: they change only before a design is
        asked for its first step (`_linked` of the core), under ftrace_lock.
        """
        changes = [(self._ops.record(function), update) for function, update in asked.changes]
        now = self._said()
        try:
            if asked.history:
                self._put_back(asked.history[0])
            steps = iter(operation.steps(self._image.design, ops, changes, self))
            for said in asked.history:
                self._put_back(said)
                if next(steps, None) is None:
                    raise ModelError(
                        f"the design {self._image.design.name} answers otherwise when it is asked again"
                    )
        finally:
            self._put_back(now)
        return steps

    def _said(self) -> Said:
        records = tuple([(record.word, record.target, record.literal_value) for record in self._ops.records])
        return records, tuple(self._ops.texts.items()) if self._ops.texts else _NO_TEXTS

    def _put_back(self, said: Said) -> None:
        records, texts = said
        for record, (word, target, literal) in zip(self._ops.records, records, strict=True):
            record.word, record.target, record.literal_value = word, target, literal
        self._ops.texts.clear()
        self._ops.texts.update(texts)

    # -- what a design may ask ------------------------------------------------------------------------------------

    @property
    def kernel(self) -> KernelConfig:
        """How the kernel is built and booted."""
        return self._image.spec.kernel

    @property
    def protocol(self) -> ProtocolConfig:
        """What the scenario changes in the protocol."""
        return self._protocol

    @property
    def nop_ops(self) -> Ops:
        """ftrace_nop_ops."""
        return self._ops.ops["ftrace_nop_ops"]

    @property
    def list_ops(self) -> Ops:
        """ftrace_list_ops."""
        return self._ops.ops["ftrace_list_ops"]

    @property
    def registered(self) -> list[Ops]:
        """ftrace_ops_list, newest first."""
        return self._ops.registered

    def knows(self, symbol: str) -> bool:
        """Is there anything of that name in memory?"""
        return symbol in self._image.symbols or self._text(symbol) is not None

    def unique(self, record: Record) -> Ops | None:
        """arm64_rec_get_ops (arch/arm64/kernel/ftrace.c): the ops that the record may name alone, if it may.

        A record that may and a lookup that finds nothing contradict each other: the kernel warns, and takes the list.
        """
        if not record.call_ops_enabled:
            return None
        found = unique_ops(record, self.registered)
        if found is not None and found.needs_assist and self.protocol.call_ops_by == "lookup":
            self._warn("arm64_rec_get_ops", "!ops", record.function)
            return None
        return found

    def has_text(self, ops: Ops) -> bool:
        """Was a trampoline written for an ops, and not freed since?"""
        return ops.name in self._ops.texts

    def reuses_text(self, ops: Ops) -> bool:
        """Does the trampoline of an ops lie where another one was freed?"""
        return ops.name in self._ops.texts and self._ops.texts[ops.name].reused

    def text_of(self, ops: Ops) -> str:
        """The symbol of the trampoline that was written for an ops."""
        return self._ops.texts[ops.name].symbol

    @property
    def text_size(self) -> int:
        """Bytes of a trampoline's text; 0 where none are allocated."""
        template = self._image.template
        return 0 if template is None else template.size

    def address(self, symbol: str) -> Reg:
        """A pointer to text; it knows the allocation, if there is one."""
        text = self._text(symbol)
        return (self._image.symbols[symbol], 0, 0, 0) if text is None else (text.addr, 0, 0, text.prov)

    def allocation(self, symbol: str) -> int:
        """The number of the allocation that a symbol is in, 0 for what is never freed."""
        text = self._text(symbol)
        return 0 if text is None else text.prov

    def _text(self, symbol: str) -> Text | None:
        return next((text for text in self._ops.texts.values() if text.symbol == symbol), None)
