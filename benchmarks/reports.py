"""How long the page of a run of some 5,000 events takes to make, and how large it is.

The scenario is `scenarios/teardown-no-wait-w2.toml` with readers that call over and over.  By itself:
`python -m benchmarks.reports`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final, TypeVar

from ftrace_actors.cli.report_sources import report_of_log, report_of_replay
from ftrace_actors.cli.session import Session, scenario_worlds
from ftrace_actors.explore import Origin, make_chooser, replay
from ftrace_actors.explore.chunk import profile_of
from ftrace_actors.explore.judge import headline
from ftrace_actors.inspect import make_header, write_log
from ftrace_actors.report import RunReport, run_page
from ftrace_actors.scenario import build, loads

__all__ = ["report"]

SCENARIO: Final = Path(__file__).parents[1] / "scenarios" / "teardown-no-wait-w2.toml"
CALLS: Final = 285
SIZE_MAX: Final = 3_000_000
"""Bytes that a page of 5,000 events may have."""

_T = TypeVar("_T")


def report() -> None:
    """Print it."""
    calls = ", ".join(['"call vfs_read"', '"yield"'] * CALLS)
    text = SCENARIO.read_text(encoding="utf-8").replace('"call vfs_read", "yield", "call vfs_read"', calls)
    world = build(loads(text, str(SCENARIO)))
    result = world.run(make_chooser("mix", 0, 1, profile_of(world)), driver="bare", record=True)
    with TemporaryDirectory() as directory:
        path = Path(directory, "it.replay.json")
        origin = Origin(world.scenario.name, str(SCENARIO), text, {}, "mix", 0, 1)
        replay.save(path, replay.make(origin, result, headline(world.expect, result.findings)))
        log = Path(directory, "it.log")
        write_log(
            log, make_header(world, result, seed=0, run=1, strategy="mix"), result.events, world.image.symbols
        )
        session = Session(scenario_worlds)
        _tell("replay file", lambda: report_of_replay(session, path, None))
        _tell("log", lambda: report_of_log(log))


def _tell(what: str, make: Callable[[], RunReport]) -> None:
    made, seconds = _timed(make)
    page, more = _timed(lambda: run_page(made))
    assert len(page) < SIZE_MAX
    print(
        f"report of a {what}, {len(made.events):,} events: {seconds:.1f} s, and {more:.1f} s for a page of "
        f"{len(page) / 1e6:.2f} MB"
    )


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    start = perf_counter()
    found = work()
    return found, perf_counter() - start


if __name__ == "__main__":
    report()
