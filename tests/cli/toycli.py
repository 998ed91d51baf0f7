"""The command line over toy worlds: ``python -m tests.cli.toycli ARGS``."""

import sys
from pathlib import Path

from ftrace_actors.cli import main
from ftrace_actors.cli.worlds import Card
from ftrace_actors.errors import InputError
from tests.explore import toy


class ToyWorlds:
    """Scenario files are toys; see `tests.explore.toy`."""

    loader = staticmethod(toy.load)

    def read(self, path: Path) -> Card:
        try:
            text = path.read_text()
        except OSError as error:
            raise InputError(str(path), "", f"cannot be read: {error.strerror}") from None
        world = toy.load(text, str(path), {})
        summary = text.splitlines()[0].removeprefix("# ") if text.startswith("#") else ""
        return Card(path.stem, str(path), text, summary, world.expect)

    def timeline(
        self, world: toy.ToyWorld, result: toy.Result, finding: toy.Finding | None, width: int
    ) -> str:
        lanes = [f"  {index:>4}  {event}" for index, event in enumerate(result.events)]
        return "\n".join(lanes + [f"  why   {found.message}" for found in result.findings])

    def kernel(self, world: toy.ToyWorld) -> dict[str, str]:
        return {"profile": "toy", "actors": str(world.settings.actors)}

    def log_lines(
        self, world: toy.ToyWorld, result: toy.Result, *, seed: int, run: int, strategy: str
    ) -> list[bytes]:
        return [f'{{"event":"{event}"}}'.encode() for event in result.events]

    def listing(self, world: toy.ToyWorld) -> list[str]:
        return [f"0x1000: counter of {world.settings.actors} actors"]


if __name__ == "__main__":
    sys.exit(main(worlds=ToyWorlds))
