"""A campaign kept in a directory: what was asked, and the result of every run.

`run.json` says what was asked. `results.jsonl` has one line for each run (see `rows`), in the order of the runs, each
written at once when all earlier ones are in. So whatever ends the program, what is there is the beginning of the
undisturbed file. The last line may lack its end, after a kill or a crash of the machine: then it does not count.

A process that writes to the directory locks `results.jsonl`. The rest of a campaign (its judgement, replay files, a
log) is made from these two files and written anew each time.
"""

import fcntl
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from .. import __version__
from ..atomic_file import write_whole
from ..errors import InputError
from ..events.encoding import BAD_JSON, json_fault
from ..reading import LINE_MAX, REPLAY_MAX, exists, open_regular, read_bytes, shortened
from .chunk import Plan
from .model import Driver, Loader
from .portable import portable
from .replay import DesignPart, ScenarioPart, hash_text
from .rows import Row, decode
from .shard import WHOLE, Shard
from .strategies import NAMES

__all__ = [
    "ASKED",
    "RESULTS",
    "Asked",
    "Store",
    "asked_of",
    "begin",
    "differences",
    "facts",
    "overrides_words",
    "read_asked",
    "read_rows",
]

ASKED = "run.json"
RESULTS = "results.jsonl"
RESULTS_MAX = 1 << 36
"""Bytes of a file of results, which is read as a stream."""


class ShardPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of the runs is here; `index` counts from 1."""

    index: int
    of: int


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a campaign is: `run.json`.

    Attributes:
        tool: version that began it.
        scenario: as in a replay file, with its text.
        runs: of the whole campaign; None when only time limits it.
        shard: which of them are here; None when all are.
    """

    format: Literal[1] = 1
    tool: str
    scenario: ScenarioPart
    strategy: str
    seed: int
    runs: int | None
    driver: Driver
    fail_fast: bool
    allow_vacuous: bool
    shard: ShardPart | None

    @property
    def part(self) -> Shard:
        """The runs that are here."""
        return WHOLE if self.shard is None else Shard(self.shard.index - 1, self.shard.of)

    def whole(self) -> "Asked":
        """The campaign that it is a shard of."""
        return msgspec.structs.replace(self, shard=None)

    def plan(self, path: Path, loader: Loader, runs_max: int) -> Plan:
        """The campaign; `path` is where the scenario's file is now, `runs_max` the runs where time limits them."""
        return Plan(
            self.scenario.name,
            str(path),
            self.scenario.text,
            loader,
            self.scenario.overrides,
            strategy=self.strategy,
            seed=self.seed,
            runs=runs_max if self.runs is None else self.runs,
            driver=self.driver,
            fail_fast=self.fail_fast,
            allow_vacuous=self.allow_vacuous,
            shard=self.part,
            rows=True,
        )


def asked_of(plan: Plan, design: DesignPart | None, *, unlimited: bool) -> Asked:
    """What `run.json` says of a campaign under a user's `design` or a shipped one."""
    shard = plan.shard
    return Asked(
        tool=__version__,
        scenario=ScenarioPart(
            name=plan.name,
            path=portable(plan.path),
            hash=hash_text(plan.text),
            text=plan.text,
            overrides=dict(sorted(plan.overrides.items())),
            own_design=msgspec.UNSET if design is None else design,
        ),
        strategy=plan.strategy,
        seed=plan.seed,
        runs=None if unlimited else plan.runs,
        driver=plan.driver,
        fail_fast=plan.fail_fast,
        allow_vacuous=plan.allow_vacuous,
        shard=None if shard == WHOLE else ShardPart(index=shard.index + 1, of=shard.count),
    )


def differences(one: Asked, other: Asked) -> Iterator[tuple[str, str, str]]:
    """Where two campaigns differ in what makes their runs: the key, and the value in either; shards may differ."""
    mine, others = facts(one), facts(other)
    for key, value in mine.items():
        if others[key] != value:
            yield key, value, others[key]


def facts(asked: Asked) -> Mapping[str, str]:
    """What makes the runs of a campaign, each by its key in `run.json`, in words."""
    scenario = asked.scenario
    design = scenario.design
    return {
        "tool": asked.tool,
        "scenario.name": scenario.name,
        "scenario.hash": scenario.hash,
        "scenario.overrides": " ".join(f"{key}={value}" for key, value in scenario.overrides.items())
        or "none",
        "scenario.own_design": "none" if design is None else f"{design.name} ({design.hash})",
        "strategy": asked.strategy,
        "seed": str(asked.seed),
        "runs": "no limit" if asked.runs is None else str(asked.runs),
        "driver": asked.driver,
        "fail_fast": str(asked.fail_fast).lower(),
        "allow_vacuous": str(asked.allow_vacuous).lower(),
    }


def overrides_words(overrides: Mapping[str, str]) -> str:
    """``--set`` pairs in one line, in the order of their keys."""
    return " ".join(f"{key}={value}" for key, value in sorted(overrides.items())) or "none"


def read_asked(directory: Path) -> Asked:
    """What the campaign in a directory is.  Raises `InputError`, also when another version of this tool began it."""
    path = directory / ASKED
    _require_directory(directory)
    if directory.is_dir() and not exists(path):
        raise InputError(str(directory), "", f"holds no campaign: there is no {ASKED} in it")
    data = read_bytes(path, REPLAY_MAX)
    try:
        found = msgspec.json.decode(data, type=Asked)
    except msgspec.ValidationError as error:
        message, _, key_path = str(error).partition(" - at ")
        raise InputError(str(path), key_path.strip("`").removeprefix("$").lstrip("."), message) from None
    except BAD_JSON as error:
        raise InputError(str(path), "", f"does not say what a campaign is: {json_fault(error)}") from None
    if hash_text(found.scenario.text) != found.scenario.hash:
        raise InputError(str(path), "scenario.hash", "does not fit scenario.text; the file was edited")
    if found.shard is not None and not 1 <= found.shard.index <= found.shard.of:
        raise InputError(str(path), "shard.index", f"{found.shard.index} is not from 1 to {found.shard.of}")
    if found.strategy not in NAMES:
        raise InputError(str(path), "strategy", f"unknown strategy {shortened(found.strategy)!r}")
    if found.tool != __version__:
        raise InputError(
            str(path),
            "tool",
            f"begun by version {found.tool}, this is {__version__}, whose runs may be others",
        )
    return found


def read_rows(directory: Path, shard: Shard) -> Generator[Row, None, None]:
    """The runs in a directory up to the first that is missing, was given up, or is not written to its end.

    Raises `InputError` where a line is not the result of the run whose place it has.
    """
    for row, _ in _rows(directory / RESULTS, shard):
        yield row


def _rows(path: Path, shard: Shard) -> Iterator[tuple[Row, int]]:
    """Each with the number of bytes up to its end."""
    whole = 0
    with open_regular(path, RESULTS_MAX) as file:
        position = 0
        while (line := file.readline(LINE_MAX)).endswith(b"\n"):
            row = decode(line[:-1], str(path), f"line {position + 1}")
            if row.run != shard.number(position):
                wanted = shard.number(position)
                raise InputError(str(path), f"line {position + 1}, run", f"{row.run} where {wanted} is due")
            if row.result is None:
                return
            position += 1
            whole += len(line)
            yield row, whole
        if len(line) == LINE_MAX:
            raise InputError(str(path), f"line {position + 1}", f"has more than {LINE_MAX} bytes")


def _require_directory(path: Path) -> None:
    """Raise `InputError` where something else is in the place of a campaign's directory."""
    if exists(path) and not path.is_dir():
        raise InputError(str(path), "", "is a file; a campaign is kept in a directory, which it may create")


def begin(directory: Path, asked: Asked) -> "Store":
    """Begin a campaign in a directory.  Raises `InputError` when there is one, and when nothing can be written."""
    path = directory / ASKED
    _require_directory(directory)
    if exists(path):
        raise InputError(
            str(directory),
            "",
            "holds a campaign already; --resume continues it, or name another directory",
        )
    if exists(directory / RESULTS):
        raise InputError(str(directory / RESULTS), "", f"is there without a {ASKED}; name another directory")
    try:
        write_whole(path, msgspec.json.format(msgspec.json.encode(asked), indent=1) + b"\n")
    except OSError as error:
        raise InputError(str(path), "", f"cannot be written: {error.strerror}") from None
    return Store(directory, asked)


class Store:
    """The results of a campaign, locked and open to be read and added to.  Raises `InputError` when that fails."""

    def __init__(self, directory: Path, asked: Asked) -> None:
        self.directory = directory
        self.asked = asked
        self._path = directory / RESULTS
        self._whole = 0
        try:
            self._file = os.open(
                self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666
            )
        except OSError as error:
            raise InputError(str(self._path), "", f"cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            why = "another process is at work on it" if isinstance(error, BlockingIOError) else error.strerror
            raise InputError(str(self._path), "", f"cannot be locked: {why}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    @property
    def file(self) -> str:
        """The file of results, for messages."""
        return str(self._path)

    def rows(self) -> Iterator[Row]:
        """The runs that are there; see `read_rows`."""
        self._whole = 0
        for row, whole in _rows(self._path, self.asked.part):
            self._whole = whole
            yield row

    def cut(self) -> None:
        """Drop what follows the last of `rows` that was taken."""
        os.ftruncate(self._file, self._whole)
        os.lseek(self._file, 0, os.SEEK_END)

    def add(self, lines: Iterable[bytes]) -> None:
        """Add runs.  What a full disk took of a line is taken back; raises `InputError` then."""
        rest = memoryview(b"".join(line + b"\n" for line in lines))
        added = len(rest)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            self.cut()
            raise InputError(
                self.file, "", f"cannot be written: {error.strerror}; what is there can be resumed"
            ) from None
        self._whole += added
