"""Scenarios: a TOML file says what a world is, what tasks do in it, and what must come out."""

from .load import load, loads
from .model import Expect, Scenario, ScenarioError
from .run import Run, Watcher
from .setting import kernel_facts
from .world import RunResult, World, build

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
