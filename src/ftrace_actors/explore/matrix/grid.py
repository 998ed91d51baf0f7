"""What the table has: preemption models across, waits and places down, for every design and object.

Nothing here says what comes out.  A *model* is how a kernel is built and booted, a *wait* is what unregister waits for,
a *place* is where the task that used something freed was when the wait began.  A cell of the grid is one campaign; it
answers all places at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...errors import InputError
from ...kernel.designs import DESIGNS, Design, DesignFile, find_design

__all__ = [
    "LITERAL",
    "MODELS",
    "OBJECTS",
    "OPS",
    "PLACES",
    "STALE",
    "TEXT",
    "WAITS",
    "WINDOWS",
    "Cell",
    "Model",
    "Wait",
    "cells_of",
    "designs",
    "select",
]

OPS, TEXT, LITERAL = "ops", "text", "literal"
OBJECTS = (OPS, TEXT, LITERAL)
"""What may be used too late: the ops, the trampoline's text, the word at the patch site."""

WINDOWS = ("W0", "W1", "W2", "W3")
STALE = "stale branch"
PLACES = (*WINDOWS, STALE)
"""Where a task was when the wait began; `STALE`: outside, it came in later through an old instruction."""


@dataclass(frozen=True, slots=True)
class Model:
    """A preemption model: what was booted, and whether PREEMPTION is built in."""

    name: str
    preempt: str
    preemption: bool


MODELS = (
    Model("none", "none", False),
    Model("voluntary", "voluntary", False),
    Model("none, built", "none", True),
    Model("voluntary, built", "voluntary", True),
    Model("lazy", "lazy", True),
    Model("full", "full", True),
)
"""none and voluntary stand twice: PREEMPTION not built in, and built in but booted so."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What unregister waits for; `flavours` None is what the design does by itself."""

    name: str
    flavours: tuple[str, ...] | None
    rude: str = "real"

    def kicked(self) -> Wait:
        """The same, after every CPU was interrupted once."""
        assert self.flavours is not None
        return Wait(f"kick, {self.name}", ("kick", *self.flavours), self.rude)


WAITS = (
    Wait("no wait", ()),
    Wait("rcu", ("rcu",)),
    Wait("rude", ("rude",)),
    Wait("rude no-op", ("rude",), "noop"),
    Wait("tasks", ("tasks",)),
)
OWN = (Wait("its own", None), Wait("its own, rude no-op", None, "noop"))
"""As the design and the kernel have it: rude waits (6.12), or does nothing (6.13)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One campaign.

    Attributes:
        sync: each switch of tasks synchronizes context.
        own: the design's file, when a user wrote it.
    """

    design: str
    wait: Wait
    model: Model
    sync: bool = False
    own: DesignFile | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """The rows it answers: with synchronizing switches only the one that depends on them."""
        return (STALE,) if self.sync else PLACES

    @property
    def name(self) -> str:
        """For people, files and `select`."""
        parts = (
            self.design,
            self.model.name,
            self.wait.name,
            *(("switches synchronize",) if self.sync else ()),
        )
        return ".".join(part.replace(", ", "-").replace(" ", "-") for part in parts)


def cells_of(design: str, *, kicks: bool, own: DesignFile | None = None) -> Iterator[Cell]:
    """All cells of a design, row by row; `kicks`: also with a kick in front of each wait."""
    kicked = [wait.kicked() for wait in WAITS] if kicks else []
    for wait in (*WAITS, *kicked, *OWN):
        for sync in (False, True):
            for model in MODELS:
                yield Cell(design, wait, model, sync, own)


def select(cells: Iterable[Cell], wanted: Sequence[str]) -> list[Cell]:
    """Those whose name contains one of `wanted`; all of them without any.  Raises InputError when there is none."""
    listed = list(cells)
    found = [cell for cell in listed if not wanted or any(part in cell.name for part in wanted)]
    if not found:
        raise InputError(
            "--cell", "", f"no cell is named like {' or '.join(wanted)}; one is {listed[0].name}"
        )
    return found


def designs(wanted: Sequence[str]) -> list[Design | DesignFile]:
    """The designs meant, by name or as files; all shipped ones without any.  Raises InputError."""
    found = [find_design(name, DESIGNS, "--design") for name in dict.fromkeys(wanted or DESIGNS)]
    names = [one.name if isinstance(one, Design) else one.design().name for one in found]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InputError("--design", "", f"two designs are called {name!r}; leave one out")
    return found
