"""The real worlds: scenarios of this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from structlog.typing import FilteringBoundLogger

from .. import scenario
from ..actors import Chooser
from ..checks import INV_LIVE, Finding, ranked
from ..explore import Driver
from ..inspect import encode_log, make_header, render, render_brief
from ..inspect.live import Live
from ..inspect.phrases import Narrator
from ..kernel.designs import DESIGNS, DesignFile, with_own
from ..result import RunResult
from .listing import listing
from .worlds import Card

if TYPE_CHECKING:
    from ..report import States

__all__ = ["ScenarioLoader", "ScenarioWorld", "ScenarioWorlds"]


class ScenarioWorld(scenario.World):
    """A scenario's world, with what commands show of it; see `ftrace_actors.cli.worlds.Shown`."""

    def run_live(self, chooser: Chooser, driver: Driver, log: FilteringBoundLogger) -> RunResult:
        """One recorded run, each event logged as it happens."""
        return self.run(chooser, driver=driver, record=True, watchers=[Live(log, self.image.symbols)])

    def timeline(self, result: RunResult, finding: Finding | None, width: int) -> str:
        """The run in lanes, and why each finding is one."""
        # Why a run hangs is its wait-for graph, which has lines of its own.
        findings = ranked([found for found in result.findings if found.invariant != INV_LIVE])
        findings.sort(key=lambda found: found is not finding)
        return render(result.events, findings, self.image.symbols, width, self.image.watched)

    def brief(self, result: RunResult, width: int) -> str:
        """What services did, and how often each task did what."""
        return render_brief(result.events, self.image.symbols, width)

    def kernel(self) -> Mapping[str, str]:
        """See `scenario.kernel_facts`."""
        return scenario.kernel_facts(self.scenario.spec)

    def log_lines(self, result: RunResult, *, seed: int, run: int, strategy: str) -> list[bytes]:
        """A header, then the events, as JSON."""
        header = make_header(self, result, seed=seed, run=run, strategy=strategy)
        return list(encode_log(header, result.events, self.image.symbols))

    @property
    def watched(self) -> frozenset[int]:
        """See `Image.watched`."""
        return self.image.watched

    def states(self, chooser: Chooser, narrator: Narrator) -> States:
        """The run made once more, to look at the machine after each step."""
        from ..report.watched_run import states_of_run  # noqa: PLC0415 -- only a report needs it

        return states_of_run(self, chooser, narrator)

    def listing(self) -> list[str]:
        """What is in memory, disassembled."""
        return listing(self.image)


@dataclass(frozen=True, slots=True)
class ScenarioLoader:
    """Builds scenarios' worlds, here or in a worker; scenarios may name a user's design in `own`.

    A value: a worker gets the very text of the design, and knows when it is asked for a world that it has built.
    """

    own: DesignFile | None = None

    def __call__(self, text: str, path: str, overrides: Mapping[str, str]) -> ScenarioWorld:
        """The world of a scenario.  Raises an `InputError`."""
        return _built(self.own, text, path, tuple(sorted(overrides.items())))


@lru_cache(maxsize=4)
def _built(
    own: DesignFile | None, text: str, path: str, overrides: tuple[tuple[str, str], ...]
) -> ScenarioWorld:
    """Kept, because a campaign, its evidence and its report ask for one world after each other."""
    world = scenario.build(scenario.loads(text, path, dict(overrides), with_own(own, DESIGNS)))
    return ScenarioWorld(world.scenario, world.image)


class ScenarioWorlds:
    """See `ftrace_actors.cli.worlds.Worlds`; `own` is the user's design, when there is one."""

    def __init__(self, own: DesignFile | None = None) -> None:
        self._own = own
        self.loader = ScenarioLoader(own)

    def with_design(self, file: DesignFile) -> ScenarioWorlds:
        """The same, where scenarios may also name the design in `file`."""
        return ScenarioWorlds(file)

    def read(self, path: Path) -> Card:
        """Read a scenario file and check it."""
        read = scenario.load(path, None, with_own(self._own, DESIGNS))
        return Card(read.name, read.path, read.text, read.summary, read.expect, read.spec.protocol.design)
