"""What exploring needs of a world: the seam between this room and the one that builds worlds.

It is structural, so a test can put a toy in place of a kernel.  What a run comes to is a value that both rooms know,
`ftrace_actors.result`.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from ..actors.choices import Chooser
from ..actors.drivers.names import Driver
from ..result import Expect, RunResult

__all__ = ["Driver", "Loader", "World"]


class World(Protocol):
    """A scenario built once; every run starts from the same state."""

    @property
    def expect(self) -> Expect:
        """What must come out."""

    @property
    def sometimes(self) -> tuple[str, ...]:
        """What must have been seen in a campaign."""

    def run(self, chooser: Chooser, *, driver: Driver = "trio", record: bool = False) -> RunResult:
        """One run; under ``trio`` with an event loop of its own, so not inside one.

        Worker processes, shrinking and profiles say ``bare``.
        """

    async def run_trio(self, chooser: Chooser, *, record: bool = False) -> RunResult:
        """One run inside a trio program that is running already."""


Loader: TypeAlias = Callable[[str, str, Mapping[str, str]], World]
"""Builds a world of a scenario's text, its path for error messages, and ``--set`` pairs.  Raises an `InputError`.

It has equality, a hash and a pickle, as a function of a module has, so that a worker knows what it has built already.
"""
