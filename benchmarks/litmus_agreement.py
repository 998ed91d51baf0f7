"""How far litmus tests agree with the recorded final states, by family.

    python -m benchmarks.litmus_agreement [FOLDER]

FOLDER holds tests and a `states.jsonl` with the complete final states that the published axiomatic model gives (as
`tests/litmus/data` does); else the sample of `benchmarks.litmus`.  Exact means: the same set of states, no more and no
fewer; same flags: those the published tools print, where the record has them.  The table of docs/arm-model.md is what
this prints.
"""

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ftrace_actors.litmus import parse, run

from .litmus import REPO, SHARED

__all__ = ["report"]

SHAPE = re.compile(r"D\d+_\d+\.([\w.]+?)\.litmus$")


@dataclass
class Family:
    """What was counted of one family."""

    tests: int = 0
    exact: int = 0
    flagged: int = 0
    states: int = 0
    wrong: list[str] = field(default_factory=list)


def family_of(file: str) -> str:
    """The folder a test is in, or the part of its name that stands for it; classic shapes apart."""
    folder = Path(file).parent.name or re.sub(r"-D\d.*|-?\d*\.litmus$", "", Path(file).name)
    folder = next(
        (name for name in ("ours-ftrace", "ours-ifetch", "ours-corner") if folder.startswith(name)), folder
    )
    shape = SHAPE.search(file)
    return f"{folder}: {shape[1]}" if shape is not None else folder


def of(state: str) -> frozenset[str]:
    """A state as a set of places and values, in whatever order they were printed."""
    return frozenset(part.strip() for part in state.split(";") if part.strip())


def counted(folder: Path) -> dict[str, Family]:
    """Every test of a folder, searched and compared."""
    families: dict[str, Family] = {}
    for line in (folder / "states.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        family = families.setdefault(family_of(row["file"]), Family())
        path = folder / row["file"]
        result = run(parse(path.read_text(encoding="utf-8"), str(path)))
        found = {
            frozenset(f"{place}={value}" for place, value in result.state(final).items())
            for final in result.finals
        }
        wanted = {of(state) for state in row["states"]}
        family.tests += 1
        family.states += len(wanted)
        exact = found == wanted and not result.unknown
        family.exact += exact
        family.flagged += set(row.get("flags", result.flags)) == set(result.flags)
        if not exact:
            family.wrong.append(row["file"])
    return dict(sorted(families.items()))


def report(folder: Path) -> int:
    """Print the table; how many tests are not exact."""
    families = counted(folder)
    total = Family()
    print("| family | tests | exact | states | same flags |")
    print("| --- | --- | --- | --- | --- |")
    for name, family in families.items():
        print(f"| {name} | {family.tests} | {family.exact} | {family.states} | {family.flagged} |")
        for part in ("tests", "exact", "states", "flagged"):
            setattr(total, part, getattr(total, part) + getattr(family, part))
        total.wrong += family.wrong
    print(f"| all | {total.tests} | {total.exact} | {total.states} | {total.flagged} |")
    for name in total.wrong:
        print(f"not exact: {name}")
    return len(total.wrong)


if __name__ == "__main__":
    given = sys.argv[1:]
    default = SHARED if SHARED.is_dir() else REPO / "tests" / "litmus" / "data"
    sys.exit(min(1, report(Path(given[0]) if given else default)))
