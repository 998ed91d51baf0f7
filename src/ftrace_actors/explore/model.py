"""What exploring needs of a world: the seam between this room and the one that builds worlds.

Everything here is structural, so a test can put a toy in place of a kernel, and nothing here knows what a
finding is about beyond its name, its subject and how bad it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

from ..actors.choices import Chooser, Pick

__all__ = ["Driver", "Expect", "Finding", "Loader", "RunResult", "World"]

Driver: TypeAlias = Literal["bare", "trio"]


class Expect(Protocol):
    """What a scenario says must come out."""

    @property
    def verdicts(self) -> tuple[str, ...]:
        """Any of these counts."""

    @property
    def invariants(self) -> tuple[str, ...]:
        """For ``violated``: one of these must break; empty means any."""

    @property
    def window(self) -> str | None:
        """For ``violated``: the window some finding of those invariants must lie in, or None."""


class Finding(Protocol):
    """One thing that broke in a run."""

    @property
    def invariant(self) -> str:
        """Name, as ``INV-LIFE``."""

    @property
    def severity(self) -> str:
        """How bad: a key of `checks.SEVERITIES`."""

    @property
    def message(self) -> str:
        """One sentence."""

    @property
    def window(self) -> str | None:
        """The window of the call it happened in, or None."""

    @property
    def subject(self) -> str:
        """What it is about (an ops, a site); the same bug has the same subject in every run."""

    @property
    def events(self) -> Sequence[int]:
        """Sequence numbers of the events that prove it."""


class RunResult(Protocol):
    """One run, over."""

    @property
    def verdict(self) -> str:
        """One of ``judge.STRENGTH``."""

    @property
    def findings(self) -> Sequence[Finding]:
        """In the order they were found."""

    @property
    def picks(self) -> tuple[Pick, ...]:
        """The non-zero choices, positions ascending."""

    @property
    def positions(self) -> int:
        """How many choices were asked."""

    @property
    def schedule_choices(self) -> int:
        """How many of them asked which actor moves."""

    @property
    def steps(self) -> int:
        """Visible steps."""

    @property
    def instructions(self) -> int:
        """Emulated instructions."""

    @property
    def seen(self) -> frozenset[str]:
        """The `sometimes` properties witnessed."""

    @property
    def digest(self) -> str:
        """Digest of the event log, the same under both drivers; "" unless recorded."""

    @property
    def layout(self) -> str:
        """A hash of where everything is in memory; "" for a world without addresses."""

    @property
    def events(self) -> Sequence[Any]:
        """The event log; empty unless recorded."""

    @property
    def wait_for(self) -> str:
        """Who waits for whom, in words, for a deadlock or a livelock; else ""."""


class World(Protocol):
    """A scenario built once; every run starts from the same state."""

    @property
    def expect(self) -> Expect:
        """What must come out."""

    @property
    def sometimes(self) -> tuple[str, ...]:
        """What must have been seen in a campaign."""

    def run(self, chooser: Chooser, *, driver: Driver = "bare", record: bool = False) -> RunResult:
        """One run; under ``trio`` with an event loop of its own, so not inside one."""

    async def run_trio(self, chooser: Chooser, *, record: bool = False) -> RunResult:
        """One run inside a trio program that is running already."""


class Loader(Protocol):
    """Builds a world from a scenario's text; a module-level function, so that it can be sent to a worker."""

    def __call__(self, text: str, path: str, overrides: Mapping[str, str]) -> World:
        """`path` is for error messages; `overrides` are ``--set`` pairs. Raises an `InputError`."""
