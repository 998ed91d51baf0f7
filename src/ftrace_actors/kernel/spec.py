"""What a world consists of, before any address is known: the input of `kernel.build`.

A scenario file becomes one of these; so can a test written in Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..arm64.options import Options
from .actions import Action
from .config import KernelConfig, ProtocolConfig
from .designs import DESIGNS, Design

__all__ = ["FunctionSpec", "OpsSpec", "RoutineSpec", "Spec", "TaskSpec", "WordSpec"]


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A traced function.

    `address`: where its symbol must be (None: the next free place).  `offset`: bytes its entry is off the 8-byte
    alignment the compiler promises, 0 or 4.  `extra_words`: NOPs that make its body longer.
    """

    name: str
    address: int | None = None
    offset: Literal[0, 4] = 0
    extra_words: int = 0


@dataclass(frozen=True, slots=True)
class OpsSpec:
    """An ftrace_ops: which functions it traces, whether it is FL_DYNAMIC, whether its owner waits by itself.

    `allocated`: it exists from the start; otherwise an `alloc` action makes it.  `flags`: keys of `ops.FLAGS`; with one
    of them its callback wants a guard.  `calls`: a function that its callback calls ("": none).
    """

    name: str
    functions: tuple[str, ...]
    dynamic: bool = True
    caller_waits: bool = False
    allocated: bool = True
    flags: tuple[str, ...] = ()
    calls: str = ""


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A kernel thread: the CPU it starts on, those it may run on, and what it does."""

    name: str
    cpu: int
    actions: tuple[Action, ...]
    cpus: tuple[int, ...] = ()
    started: bool = True


@dataclass(frozen=True, slots=True)
class RoutineSpec:
    """A64 code of the scenario's own."""

    name: str
    asm: str


@dataclass(frozen=True, slots=True)
class WordSpec:
    """A named aligned 8-byte word of shared static data."""

    name: str
    value: int = 0


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole world.  `designs`: those that `protocol.design` may name, the shipped ones and perhaps a user's."""

    name: str
    cpus: int
    options: Options = field(default_factory=Options)
    kernel: KernelConfig = field(default_factory=KernelConfig)
    protocol: ProtocolConfig = field(default_factory=ProtocolConfig)
    functions: tuple[FunctionSpec, ...] = ()
    ops: tuple[OpsSpec, ...] = ()
    tasks: tuple[TaskSpec, ...] = ()
    routines: tuple[RoutineSpec, ...] = ()
    words: tuple[WordSpec, ...] = ()
    modifiable: tuple[str, ...] = ()
    steps_max: int = 6_000
    designs: Mapping[str, Design] = field(default_factory=lambda: DESIGNS)

    @property
    def design(self) -> Design:
        """The design of its protocol."""
        return self.designs[self.protocol.design]
