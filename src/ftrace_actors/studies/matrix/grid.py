"""What the table has: preemption models across, waits and places down, for every design and object.

Nothing here says what comes out.  A *model* is how a kernel is built and booted, a *wait* is what unregister waits for,
a *place* is where the task that used something freed was when the wait began.  A cell of the grid is one campaign; it
answers all places at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...errors import InputError
from ...events.flavours import FLAVOURS
from ...kernel.config import KICK, PROFILES
from ...kernel.designs import DESIGNS, Design, DesignFile, find_design

__all__ = [
    "LITERAL",
    "MODELS",
    "NO_WAIT",
    "OBJECTS",
    "OPS",
    "OWN",
    "PLACES",
    "STALE",
    "TEXT",
    "VARIANTS",
    "WINDOWS",
    "Cell",
    "Model",
    "Wait",
    "cells_of",
    "designs",
    "select",
    "waits",
]

OPS, TEXT, LITERAL = "ops", "text", "literal"
OBJECTS = (OPS, TEXT, LITERAL)
"""What may be used too late: the ops, the trampoline's text, the word at the patch site."""

NO_WAIT = "no wait"
"""The name of waiting for nothing."""

WINDOWS = ("W0", "W1", "W2", "W3")
STALE = "stale branch"
PLACES = (*WINDOWS, STALE)
"""Where a task was when the wait began; `STALE`: outside, it came in later through an old instruction."""


@dataclass(frozen=True, slots=True)
class Model:
    """A preemption model: what was booted, whether PREEMPTION is built in, and the kernel it is asked of."""

    name: str
    preempt: str
    preemption: bool
    profile: str


MODELS = (
    Model("none", "none", False, "v6.12"),
    Model("none, built", "none", True, "v6.12"),
    Model("lazy", "lazy", True, "v6.16"),
    Model("full", "full", True, "v6.12"),
)
"""none stands twice: PREEMPTION not built in, and built in but booted so.  voluntary differs from none in nothing that
is modelled, nor does rt from full.  Lazy is asked of the first version that has it on arm64."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What unregister waits for; `flavours` None is what the design does by itself on a kernel of `profile`."""

    name: str
    flavours: tuple[str, ...] | None
    profile: str = ""

    def kicked(self) -> Wait:
        """The same, after every CPU was interrupted once."""
        assert self.flavours is not None
        return Wait(f"{KICK}, {self.name}", (KICK, *self.flavours))

    def asked_of(self, model: Model) -> bool:
        """Can the kernel whose own waits these are boot such a model?"""
        if not self.profile:
            return True
        profile = PROFILES[self.profile]
        return model.preempt in profile.models and (model.preemption or not profile.always_preemption)


def waits() -> tuple[Wait, ...]:
    """No wait, and one for each flavour of RCU.

    Rude waits, whatever the version.  Where it returns at once it is "no wait", and where TASKS_RCU is not built
    Tasks RCU is RCU.
    """
    return (Wait(NO_WAIT, ()), *(Wait(name, (name,)) for name in sorted(FLAVOURS)))


OWN_PROFILES = ("v7.0", "v6.16", "v6.12", "v6.3")
"""The current kernel first.  v6.13 waits as v6.16 does."""
OWN = tuple(Wait(f"its own, {profile}", None, profile) for profile in OWN_PROFILES)
"""As the design and the kernel have it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One campaign.

    Attributes:
        alone: the ops is the only one, so its going ends with the kernel's own interrupt (`sync-ipi`); otherwise a
            dynamic ops on another function is there all the while.
        pac: the kernel uses PAC, so a switch to another task synchronizes context.
        own: the design's file, when a user wrote it.
    """

    design: str
    wait: Wait
    model: Model
    alone: bool = False
    pac: bool = False
    own: DesignFile | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """The rows it answers: alone, or with PAC, only the one that depends on that."""
        return (STALE,) if self.alone or self.pac else PLACES

    @property
    def profile(self) -> str:
        """The kernel it is asked of."""
        return self.wait.profile or self.model.profile

    @property
    def variant(self) -> str:
        """What sets it apart from the cell that answers all rows: "", "alone", "PAC" or "alone, PAC"."""
        return ", ".join([*(("alone",) if self.alone else ()), *(("PAC",) if self.pac else ())])

    @property
    def name(self) -> str:
        """For people, files and `select`."""
        parts = (self.design, self.model.name, self.wait.name, *self.variant.lower().split(", "))
        return ".".join(part.replace(", ", "-").replace(" ", "-") for part in parts if part)


VARIANTS = ((False, False), (True, False), (False, True), (True, True))
"""(alone, pac), in the order of the table."""


def cells_of(design: str, *, kicks: bool, own: DesignFile | None = None) -> Iterator[Cell]:
    """All cells of a design, row by row; `kicks`: also with a kick in front of each wait."""
    kicked = [wait.kicked() for wait in waits()] if kicks else []
    for wait in (*waits(), *kicked, *OWN):
        for alone, pac in VARIANTS:
            for model in MODELS:
                if wait.asked_of(model):
                    yield Cell(design, wait, model, alone, pac, own)


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
