"""State sets that were recorded, and those computed here, in one form."""

import json
from collections.abc import Iterator
from pathlib import Path

from ftrace_actors.litmus import Result, parse, run

States = frozenset[frozenset[str]]


def recorded(folder: Path) -> Iterator[tuple[Path, States]]:
    """Each test of a folder with its recorded states; a state is the set of its `place=value`."""
    for line in (folder / "states.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield folder / row["file"], frozenset(split(state) for state in row["states"])


def split(state: str) -> frozenset[str]:
    return frozenset(part.strip() for part in state.split(";") if part.strip())


def computed(path: Path) -> tuple[Result, States]:
    """What the search says about the test in a file."""
    return searched(path.read_text(encoding="utf-8"), str(path))


def searched(text: str, name: str = "text") -> tuple[Result, States]:
    """What the search says about a test."""
    result = run(parse(text, name))
    return result, frozenset(
        frozenset(f"{place}={value}" for place, value in result.state(final).items())
        for final in result.finals
    )
