"""Two engines with one face: DuckDB reads log files itself; sqlite is given rows, and keeps what is too much on disk.

Both hold copies, in a database of their own, that is gone afterwards.  A query can read and nothing else: DuckDB is
closed to files once the logs are in, and takes one SELECT; sqlite asks us about every action.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, Protocol, TypeAlias

import msgspec

from ...errors import InputError
from ...suggestions import did_you_mean
from ..logfile import LogFile
from .columns import COLUMNS, LISTS, RUNS, SYMBOLS, wanted

__all__ = ["ENGINES", "Database", "Engine", "ask", "engine_of", "loaded"]

Engine: TypeAlias = Literal["duckdb", "sqlite"]
ENGINES: Final[tuple[Engine, ...]] = ("duckdb", "sqlite")

CACHE_KIB: Final = 64 << 10
"""What sqlite keeps in memory; the rest is in a temporary file."""
MEMORY: Final = "1GB"
"""What DuckDB may keep in memory."""
_ROWS_AT_ONCE: Final = 1000
_UNKNOWN: Final = re.compile(r'no such column: (\S+)|Referenced column "([^"]+)" not found')
_BIGINT: Final = range(-(1 << 63), 1 << 63)

Row: TypeAlias = tuple[Any, ...]


class Database(Protocol):
    """Some logs as tables."""

    def rows(self, query: str) -> tuple[Sequence[str], Iterator[Row]]:
        """Names of columns, and rows.  Raises `InputError` in one line; also while rows are taken."""


def engine_of(name: Engine | None) -> Engine:
    """The engine to use: DuckDB where it is installed.  Raises `InputError` where it is asked for and is not."""
    if name == "sqlite":
        return name
    try:
        import duckdb  # noqa: F401, PLC0415 -- an extra
    except ImportError:
        if name == "duckdb":
            raise InputError("--engine duckdb", "", "needs it: pip install 'ftrace-actors[sql]'") from None
        return "sqlite"
    return "duckdb"


@contextmanager
def loaded(logs: Sequence[LogFile], columns: Sequence[str], engine: Engine) -> Iterator[Database]:
    """Some logs as tables, `events` with these columns, as long as the block runs.  Raises `InputError`."""
    with TemporaryDirectory(prefix="ftrace-actors-") as directory:
        yield _Duck(logs, columns, Path(directory)) if engine == "duckdb" else _Lite(logs, columns)


@contextmanager
def ask(logs: Sequence[LogFile], query: str, engine: Engine) -> Iterator[tuple[Sequence[str], Iterator[Row]]]:
    """The answer to a query: names of columns, and rows, as long as the block runs.  Raises `InputError`."""
    with loaded(logs, wanted(query), engine) as database:
        yield database.rows(query)


def _fault(message: str) -> InputError:
    """What is wrong with a query, on one line; with the column that was meant, where one is close."""
    line = " ".join(message.partition("\n\n")[0].split())
    unknown = _UNKNOWN.search(line)
    if unknown is None:
        return InputError("--sql", "", line)
    name = unknown[1] or unknown[2]
    meant = did_you_mean(name.rpartition(".")[2], [*COLUMNS, *RUNS], "docs/logs.md has the columns")
    return InputError("--sql", "", f"no such column: {name}; {meant}")


def _run_row(number: int, log: LogFile) -> Row:
    header = log.header
    hang = "" if header.ending is None else header.ending.hang
    row = (
        number,
        str(log.path),
        header.scenario,
        str(header.seed),
        header.run,
        header.strategy,
        header.tool,
        header.verdict,
        hang,
        header.events,
        header.digest,
    )
    if any(type(value) is int and value not in _BIGINT for value in row):
        raise InputError(str(log.path), "line 1", "a number of more than 63 bits, which no table holds")
    return row


def _symbol_rows(number: int, log: LogFile) -> Iterator[Row]:
    for part in log.header.symbols:
        yield number, part.name, part.addr, part.size


# -- sqlite -----------------------------------------------------------------------------------------------------------

_ALLOWED: Final = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_STEPS: Final = 100_000
"""Of sqlite's machine, between two looks at whether somebody pressed Ctrl-C."""


class _Lite:
    """See `Database`."""

    def __init__(self, logs: Sequence[LogFile], columns: Sequence[str]) -> None:
        # No name is a private database that sqlite keeps in its cache, and in a temporary file as far as it must.
        self._base = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=off", "synchronous=off", f"cache_size=-{CACHE_KIB}", "temp_store=file"):
            self._base.execute(f"PRAGMA {pragma}")
        for name, table in (
            ("events", {c: COLUMNS[c] for c in columns}),
            ("runs", RUNS),
            ("symbols", SYMBOLS),
        ):
            held = ", ".join(f'"{column}" {kind}' for column, kind in table.items())
            self._base.execute(f"CREATE TABLE {name} ({held})")
        self._base.execute("BEGIN")
        for number, log in enumerate(logs):
            self._fill("runs", len(RUNS), [_run_row(number, log)])
            self._fill("symbols", len(SYMBOLS), _symbol_rows(number, log))
            try:
                self._fill("events", len(columns), _event_rows(number, log, columns))
            except OverflowError:
                raise InputError(str(log.path), "", "an event has a number of more than 63 bits") from None
        self._base.execute("COMMIT")
        self._base.set_authorizer(
            lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
        )
        self._base.set_progress_handler(lambda: 0, _STEPS)

    def _fill(self, table: str, count: int, rows: Iterable[Row]) -> None:
        self._base.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * count)})", rows)

    def rows(self, query: str) -> tuple[Sequence[str], Iterator[Row]]:
        """See `Database`."""
        with _lite_faults():
            cursor = self._base.execute(query)
        if cursor.description is None:
            raise InputError("--sql", "", "not a query: it gives no rows")
        return [str(part[0]) for part in cursor.description], _batches(cursor.fetchmany, _lite_faults)


@contextmanager
def _lite_faults() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:
        if str(error) == "interrupted":
            raise KeyboardInterrupt from None
        denied = "not authorized" in str(error)
        raise _fault("only SELECT is answered" if denied else str(error)) from None


def _batches(fetch: Callable[[int], list[Row]], faults: Callable[[], Any]) -> Iterator[Row]:
    while True:
        with faults():
            batch = fetch(_ROWS_AT_ONCE)
        if not batch:
            return
        yield from batch


def _event_rows(number: int, log: LogFile, columns: Sequence[str]) -> Iterator[Row]:
    """The columns of each event."""
    names = [name for name in columns if name != "log"]
    # Every event has a kind, and it is the first column.
    fields: list[Any] = [(name, str) if name == "kind" else (name, _held(name), None) for name in names]
    struct = msgspec.defstruct("Line", fields, gc=False)
    mixed = [index for index, name in enumerate(names, 1) if name in LISTS]
    for _, _, items in log.decoded(struct):
        for item in items:
            row = (number, *msgspec.structs.astuple(item))
            if mixed:
                yield tuple(_text(value) if index in mixed else value for index, value in enumerate(row))
            else:
                yield row


def _held(name: str) -> Any:
    if name in LISTS:
        return str | bool | list[str] | None
    kinds: dict[str, Any] = {"BIGINT": int | None, "BOOLEAN": bool | None, "VARCHAR": str | None}
    return kinds[COLUMNS[name]]


def _text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return msgspec.json.encode(value).decode() if isinstance(value, list) else value


# -- DuckDB -----------------------------------------------------------------------------------------------------------


class _Duck:
    """See `Database`; `directory` is for logs that are in no file."""

    def __init__(self, logs: Sequence[LogFile], columns: Sequence[str], directory: Path) -> None:
        import duckdb  # noqa: PLC0415 -- an extra

        self._module = duckdb
        self._base: Any = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(directory)})
        for name, table in (
            ("events", {c: COLUMNS[c] for c in columns}),
            ("runs", RUNS),
            ("symbols", SYMBOLS),
        ):
            held = ", ".join(f'"{column}" {kind}' for column, kind in table.items())
            self._base.execute(f"CREATE TABLE {name} ({held})")
        for number, log in enumerate(logs):
            self._base.execute(
                f"INSERT INTO runs VALUES ({', '.join('?' * len(RUNS))})", _run_row(number, log)
            )
            if symbols := list(_symbol_rows(number, log)):
                self._base.executemany("INSERT INTO symbols VALUES (?, ?, ?, ?)", symbols)
            self._load(number, log, columns, directory)
        for setting in ("enable_external_access = false", "lock_configuration = true"):
            self._base.execute(f"SET {setting}")

    def _load(self, number: int, log: LogFile, columns: Sequence[str], directory: Path) -> None:
        count = sum(block.count(b"\n") for _, block in log.blocks())
        path = log.file_of(directory / f"{number}.jsonl")
        fields = ", ".join(f"'{name}': '{COLUMNS[name]}'" for name in columns if name != "log")
        chosen = ", ".join(f'"{name}"' for name in columns if name != "log")
        # The header is a line as well; it is the only one without a kind.
        source = (
            f"SELECT ?, {chosen} FROM read_json(?, format = 'newline_delimited', columns = {{{fields}}}) "
            "WHERE kind IS NOT NULL"
        )
        try:
            self._while_waiting(f"INSERT INTO events {source}", [number, _literally(path)])
            loaded = self._base.execute("SELECT count(*) FROM events WHERE log = ?", [number]).fetchone()[0]
        except self._module.Error as error:
            raise _blamed(log, str(error)) from None
        if loaded != count:
            raise _blamed(log, "a line is not an event")

    def rows(self, query: str) -> tuple[Sequence[str], Iterator[Row]]:
        """See `Database`."""
        with self._faults():
            statements = self._module.extract_statements(query)
            if len(statements) != 1:
                raise InputError("--sql", "", f"found {len(statements)} statements where one is expected")
            if statements[0].type != self._module.StatementType.SELECT:
                raise InputError("--sql", "", "only SELECT is answered")
            cursor = self._while_waiting(statements[0])
        return [str(part[0]) for part in cursor.description], _batches(cursor.fetchmany, self._faults)

    def _while_waiting(self, *statement: Any) -> Any:
        """Execute it in another thread: DuckDB does not look at signals, so the main one waits and hears Ctrl-C."""
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(self._base.execute, *statement)
            try:
                wait([done])
            finally:
                if not done.done():
                    self._base.interrupt()
        return done.result()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except self._module.Error as error:
            raise _fault(str(error)) from None


def _literally(path: Path) -> str:
    """A path in which DuckDB finds no pattern: what it would take for one is in brackets, as glob has it."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))


def _blamed(log: LogFile, reason: str) -> InputError:
    """Which line DuckDB could not read, by our own reader."""
    with suppress(StopIteration):
        for _ in log.events():
            pass
    return InputError(str(log.path), "", " ".join(reason.partition("\n\n")[0].split()))
