"""The real worlds: scenarios of this package."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from .. import scenario
from ..checks import INV_LIVE, ranked
from ..explore import Finding, Loader, RunResult, World
from ..inspect import encode_log, make_header, render
from ..kernel.build import Image
from ..kernel.designs import DESIGNS, DesignFile, with_own
from .listing import listing
from .worlds import Card

__all__ = ["ScenarioWorlds", "load_world"]


def load_world(text: str, path: str, overrides: Mapping[str, str]) -> World:
    """Build a scenario's world, here or in a worker. Raises an `InputError`."""
    return scenario.build(scenario.loads(text, path, overrides))


@dataclass(frozen=True, slots=True)
class OwnDesignLoader:
    """`load_world` where scenarios may name a user's design; a value, so that workers get the very text of it."""

    file: DesignFile

    def __call__(self, text: str, path: str, overrides: Mapping[str, str]) -> World:
        """Build a scenario's world.  Raises an `InputError`."""
        return scenario.build(scenario.loads(text, path, overrides, with_own(self.file, DESIGNS)))


class ScenarioWorlds:
    """See `ftrace_actors.cli.worlds.Worlds`; `own` is the user's design, when there is one."""

    def __init__(self, own: DesignFile | None = None) -> None:
        self._own = own
        self.loader: Loader = load_world if own is None else OwnDesignLoader(own)

    def with_design(self, file: DesignFile) -> "ScenarioWorlds":
        """The same, where scenarios may also name the design in `file`."""
        return ScenarioWorlds(file)

    def read(self, path: Path) -> Card:
        """Read a scenario file and check it."""
        read = scenario.load(path, None, with_own(self._own, DESIGNS))
        return Card(read.name, read.path, read.text, read.summary, read.expect)

    def timeline(self, world: World, result: RunResult, finding: Finding | None, width: int) -> str:
        """The run in lanes, and why each finding is one."""
        run = cast(scenario.RunResult, result)
        # Why a run hangs is its wait-for graph, which has lines of its own.
        findings = ranked([found for found in run.findings if found.invariant != INV_LIVE])
        findings.sort(key=lambda found: found is not finding)
        image = _image(world)
        return render(run.events, findings, image.symbols, width, image.watched)

    def kernel(self, world: World) -> Mapping[str, str]:
        """See `scenario.kernel_facts`."""
        return scenario.kernel_facts(cast(scenario.World, world).scenario.spec)

    def log_lines(
        self, world: World, result: RunResult, *, seed: int, run: int, strategy: str
    ) -> list[bytes]:
        """A header, then the events, as JSON."""
        built, recorded = cast(scenario.World, world), cast(scenario.RunResult, result)
        header = make_header(built, recorded, seed=seed, run=run, strategy=strategy)
        return list(encode_log(header, recorded.events, built.image.symbols))

    def listing(self, world: World) -> list[str]:
        """What is in memory, disassembled."""
        return listing(_image(world))


def _image(world: World) -> Image:
    return cast(scenario.World, world).image
