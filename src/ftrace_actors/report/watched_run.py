"""A recorded run made again, with somebody who writes down what the machine is like after each step."""

from __future__ import annotations

from ..actors import Chooser
from ..inspect.phrases import Narrator
from ..scenario import Run, World
from .machine import NOTE, LookedAtConductor, MachineWatcher
from .model import States

__all__ = ["states_of_run"]


def states_of_run(world: World, chooser: Chooser, narrator: Narrator) -> States:
    """The states of the run of a world under `chooser`; `narrator` knows its events.

    Raises what a run raises: `DesignError` for a user's design, `ReplayDiverged` for choices that do not fit.
    """
    watcher = MachineWatcher(narrator)
    run = Run(world.image, chooser, watchers=[watcher], record=True, conducting=LookedAtConductor)
    run.bare()
    watcher.finish()
    return watcher.recorder.states("run", NOTE)
