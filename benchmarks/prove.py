"""How far each shipped scenario was searched: all places up to some level, or all runs there are.

`python -m benchmarks.prove [NAME...]` prints a line a scenario as it comes; `--write` puts the table into
docs/strength.md.  What was found is kept in a file (`--kept`), so that what was interrupted continues where it was.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ftrace_actors import __version__
from ftrace_actors.cli.scenario_worlds import ScenarioLoader
from ftrace_actors.exhaustive import Ending, Limits, Search
from ftrace_actors.explore.replay import hash_text
from ftrace_actors.scenario import World
from ftrace_actors.words import Verdict

SCENARIOS = Path(__file__).parents[1] / "scenarios"
PAGE = Path(__file__).parents[1] / "docs" / "strength.md"
KEPT = Path("out/prove.jsonl")
SECONDS = 60.0
BETWEEN = r"(?<=<!-- table -->\n).*?(?=<!-- end of table -->)"


@dataclass(frozen=True, slots=True)
class Row:
    """What came out for one scenario.

    Attributes:
        found: the level at which something broke, None when nothing did.
        proven: all places up to this level were gone through; -1 for none.
        complete: and there are no others.
    """

    name: str
    hash: str
    holds: bool
    found: int | None
    proven: int
    complete: bool
    places: int

    @property
    def answer(self) -> str:
        """In words."""
        if self.found is not None:
            return f"breaks at level {self.found}"
        if self.complete:
            return "complete"
        return f"up to level {self.proven}" if self.proven >= 0 else "-"

    @property
    def fits(self) -> bool:
        """Nothing broke where nothing may."""
        return self.found is None or not self.holds


def searched(path: Path, deviations: int | None, seconds: float, jobs: int) -> Row:
    """Search one scenario without early stores, for so long at most: of processor time when there is one job."""
    clock = time.process_time if jobs == 1 else time.monotonic
    text = path.read_text(encoding="utf-8")
    source: Callable[[], World] = partial(ScenarioLoader(), text, str(path), {})
    world = source()
    until = clock() + seconds
    limits = Limits(deviations, early=0, first=True, stop=lambda: clock() >= until)
    search = Search(world, limits, source=source, jobs=jobs)
    for _ in search.levels():
        pass
    return Row(
        path.stem,
        hash_text(text),
        Verdict.HOLDS in world.expect.verdicts,
        min((each.deviations for each in search.found.values()), default=None),
        search.proven,
        search.ending is Ending.COMPLETE,
        search.places,
    )


def kept_rows(kept: Path) -> dict[tuple[str, str], Row]:
    """What was found before, by this version."""
    if not kept.exists():
        return {}
    lines = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    rows = [Row(**line["row"]) for line in lines if line["version"] == __version__]
    return {(row.name, row.hash): row for row in rows}


def table(rows: list[Row], seconds: float) -> str:
    """As Markdown, with a head that says what was allowed."""
    lines = [
        f"Each scenario was searched for {seconds:.0f} seconds at most, without early stores.",
        "",
        "| scenario | answer | places |",
        "| --- | --- | --- |",
        *[
            f"| {row.name} | {row.answer} | {row.places:,} |"
            for row in sorted(rows, key=lambda row: row.name)
        ],
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Search, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--deviations", type=int)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--kept", type=Path, default=KEPT)
    parser.add_argument("--write", action="store_true", help="put the table into docs/strength.md")
    given = parser.parse_args()
    paths = [path for path in sorted(SCENARIOS.glob("*.toml")) if not given.names or path.stem in given.names]
    known = kept_rows(given.kept)
    given.kept.parent.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for path in paths:
        row = known.get((path.stem, hash_text(path.read_text(encoding="utf-8"))))
        if row is None:
            row = searched(path, given.deviations, given.seconds, given.jobs)
            fields = {name: getattr(row, name) for name in row.__dataclass_fields__}
            with given.kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"version": __version__, "row": fields}) + "\n")
        rows.append(row)
        print(f"{row.name}: {row.answer}, {row.places:,} places", file=sys.stderr, flush=True)
    made = table(rows, given.seconds)
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(re.sub(BETWEEN, lambda _: made, page, flags=re.DOTALL), encoding="utf-8")
    else:
        print(made, end="")
    wrong = [row.name for row in rows if not row.fits]
    if wrong:
        sys.exit(f"broke although they must hold: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
