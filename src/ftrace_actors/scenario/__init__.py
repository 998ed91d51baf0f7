"""Scenarios: a TOML file says what a world is, what tasks do in it, and what must come out."""

from ..result import Expect, RunResult
from .load import load, loads
from .model import Scenario, ScenarioError
from .run import Run, Watcher
from .setting import kernel_facts
from .world import World, build

__all__ = [
    "Expect",
    "Run",
    "RunResult",
    "Scenario",
    "ScenarioError",
    "Watcher",
    "World",
    "build",
    "kernel_facts",
    "load",
    "loads",
]
