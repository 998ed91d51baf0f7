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


if __name__ == "__main__":
    sys.exit(main(worlds=ToyWorlds))
