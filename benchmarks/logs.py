"""How fast logs are written, filtered, counted and judged again; events a second, in one process.

The events are those of the dull run of `scenarios/teardown-tasks.toml`, over and over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import msgspec

from ftrace_actors.actors import DullChooser
from ftrace_actors.events import Event
from ftrace_actors.inspect import LogFile, LogHeader, decode_event, make_header, select, stats, write_log
from ftrace_actors.inspect.select import scan
from ftrace_actors.scenario import World, build, load

__all__ = ["report"]

SCENARIO = Path(__file__).parents[1] / "scenarios" / "teardown-tasks.toml"
EVENTS = 1_000_000
QUERIES = (
    'kind == "fetch" and order < newest',
    'addr == vfs_read+4 and window == "W1"',
    'symbol == "tracer_a" or value == tracer_a',
)


def report() -> None:
    """Print them."""
    world = build(load(SCENARIO))
    result = world.run(DullChooser(), record=True, driver="bare")
    header = msgspec.structs.replace(
        make_header(world, result, seed=0, run=0, strategy="dull"), events=EVENTS
    )
    with TemporaryDirectory() as directory:
        path = Path(directory, "log")
        _tell("log events written", lambda: _write(path, header, world, result.events))
        for query in QUERIES:
            _tell(f"filtered: {query}", lambda query=query: _filter(path, query))  # type: ignore[misc]
        _tell("counted", lambda: stats(LogFile(path), None))
        _tell("decoded to events", lambda: _decode(path), EVENTS // 10)


def _tell(what: str, work: Callable[[], object], count: int = EVENTS) -> None:
    start = perf_counter()
    work()
    print(f"{what:<58} {count / (perf_counter() - start):12,.0f} events/s")


def _write(path: Path, header: LogHeader, world: World, events: tuple[Event, ...]) -> None:
    write_log(path, header, _repeated(events), world.image.symbols)


def _repeated(events: tuple[Event, ...]) -> Iterator[Event]:
    """Renumbered, so that the log is one."""
    for seq in range(EVENTS):
        event = events[seq % len(events)]
        yield msgspec.structs.replace(event, seq=seq)


def _filter(path: Path, query: str) -> int:
    log = LogFile(path)
    return sum(len(found) for _, _, found in scan(log, select(log, query)))


def _decode(path: Path) -> int:
    count = 0
    for line in LogFile(path).lines():
        decode_event(line)
        count += 1
        if count == EVENTS // 10:
            break
    return count
