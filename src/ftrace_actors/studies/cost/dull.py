"""Generated worlds, and a dull run of one with somebody looking at the instruction counters between events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...actors import DullChooser, Status
from ...arm64.pe import PE
from ...errors import ModelError
from ...events import Event
from ...kernel.actions import parse_action
from ...kernel.boot import System
from ...kernel.build import Image, build_image
from ...kernel.config import PROFILES, KernelConfig, ProtocolConfig
from ...kernel.designs import DESIGNS, Design
from ...kernel.spec import FunctionSpec, OpsSpec, Spec, TaskSpec
from ...scenario import Run, Watcher

__all__ = ["Setting", "Watch", "run_dull", "world"]

STEPS_MAX = 1_000_000

Watch = Callable[[Event, int], None]
"""Called with every event wanted, and the instructions that all PEs have executed before it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The machine and kernel that costs are counted on; caches need both DC and IC, as on most machines."""

    cpus: int = 4
    profile: str = "v6.12"

    def kernel(self) -> KernelConfig:
        """As the profile has it."""
        profile = PROFILES[self.profile]
        return KernelConfig(self.profile, profile.preempt, rude=profile.rude, tasks_guard=profile.tasks_guard)


def world(
    design: Design,
    setting: Setting,
    functions: Sequence[str],
    ops: Sequence[OpsSpec],
    actions: Sequence[str],
) -> Image:
    """One task on CPU 0 does `actions`; the other CPUs are idle.  Raises DesignError."""
    return build_image(
        Spec(
            name="cost",
            cpus=setting.cpus,
            kernel=setting.kernel(),
            protocol=ProtocolConfig(design=design.name),
            functions=tuple(FunctionSpec(name) for name in functions),
            ops=tuple(ops),
            tasks=(TaskSpec("registrant", 0, tuple(parse_action(action) for action in actions)),),
            steps_max=STEPS_MAX,
            designs={**DESIGNS, design.name: design},
        )
    )


class Unfinished(ModelError):
    """A dull run in which not every task came to its end: our fault, unless the design is a user's."""


class _Counter(Watcher):
    """Calls a `Watch` with the instruction counters of the run it is given."""

    def __init__(self, wanted: frozenset[type[Event]], watch: Watch) -> None:
        self.wanted = wanted
        self._watch = watch
        self._pes: tuple[PE, ...] = ()

    def start(self, system: System) -> None:
        """Remember whose instructions to count."""
        self._pes = system.pes

    def see(self, event: Event) -> None:
        """Hand the event on."""
        self._watch(event, sum(pe.instructions for pe in self._pes))


def run_dull(image: Image, wanted: frozenset[type[Event]], watch: Watch) -> None:
    """The dull run, to its end.  Raises `Unfinished` when that is not the end of every task."""
    outcome = Run(image, DullChooser(), watchers=[_Counter(wanted, watch)]).bare()
    if outcome.status is not Status.DONE:
        raise Unfinished(f"the dull run under {image.design.name} ended as a {outcome.status}")
