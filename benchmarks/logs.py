"""How fast logs are written, filtered, counted, asked in SQL and judged again; events a second, in one process.

The events are those of the dull run of `scenarios/teardown-tasks.toml`, over and over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import perf_counter

import msgspec

from ftrace_actors.actors import DullChooser
from ftrace_actors.events import Event
from ftrace_actors.inspect import LogFile, LogHeader, decode_event, make_header, select, stats, write_log
from ftrace_actors.inspect.select import scan
from ftrace_actors.inspect.sql import ENGINES, Engine, loaded, wanted
from ftrace_actors.scenario import World, build, load

__all__ = ["report"]

SCENARIO = Path(__file__).parents[1] / "scenarios" / "teardown-tasks.toml"
EVENTS = 1_000_000
SQL = (
    "select kind, count(*) from events group by kind order by 2 desc",
    "select task, cpu, count(*) from events where kind = 'fetch' and newest > \"order\" group by 1, 2",
    "select s.name, count(*) from events e join symbols s on e.value = s.addr group by 1 order by 2 desc",
)
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
        for engine in ENGINES:
            for query in SQL:
                _sql(path, query, engine)
        _tell("counted", lambda: stats(LogFile(path), None))
        _tell("decoded to events", lambda: _decode(path), EVENTS // 10)


def _sql(path: Path, query: str, engine: Engine) -> None:
    """How long loading takes, and then the query; and the most memory that this process has had so far."""
    start = perf_counter()
    with loaded([LogFile(path)], wanted(query), engine) as database:
        between = perf_counter()
        _, rows = database.rows(query)
        count = sum(1 for _ in rows)
        end = perf_counter()
    memory = getrusage(RUSAGE_SELF).ru_maxrss >> 10
    print(f"{engine}: {query}")
    print(
        f"    {count} rows; loaded in {between - start:.2f} s, asked in {end - between:.2f} s, at most {memory} MB"
    )


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
