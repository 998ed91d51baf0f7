"""Options of the pytest plugin, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..actors.drivers.names import Driver, driver_of
from ..atomic_file import can_be_written
from ..errors import InputError
from ..explore.arguments import seed_of, strategy_of

__all__ = ["SEED_VARIABLE", "Options", "read_options"]

SEED_VARIABLE: Final = "FTRACE_ACTORS_SEED"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line and the environment say; None where they do not."""

    runs: int | None = None
    seed: int | None = None
    strategy: str | None = None
    replay: Path | None = None
    seed_default: int = 0
    twice: bool = False
    driver: Driver | None = None
    log: Path | None = None


def read_options(
    runs: str | None,
    seed: str | None,
    strategy: str | None,
    replay: str | None,
    environment: Mapping[str, str],
    here: Path,
    *,
    twice: bool = False,
    driver: str | None = None,
    log: str | None = None,
) -> Options:
    """Check what was typed; raises `InputError` with one line."""
    file = None if replay is None else here / replay
    if file is not None and not file.is_file():
        raise InputError("--ftrace-replay", "", f"{replay}: no such file")
    return Options(
        runs=None if runs is None else _number("--ftrace-runs", runs, "a number of runs", 1),
        seed=None if seed is None else _seed("--ftrace-seed", seed),
        strategy=None if strategy is None else strategy_of("--ftrace-strategy", strategy),
        replay=file,
        seed_default=_seed(SEED_VARIABLE, environment.get(SEED_VARIABLE) or "0"),
        twice=twice,
        driver=None if driver is None else driver_of("--ftrace-driver", driver),
        log=None if log is None else _writable("--ftrace-log", here / log),
    )


def _writable(where: str, path: Path) -> Path:
    """It is known now that it can be written: at the end of an exploration would be late."""
    try:
        can_be_written(path)
    except OSError as error:
        raise InputError(where, "", f"cannot write {path}: {error.strerror}") from None
    return path


def _seed(where: str, text: str) -> int:
    return seed_of(where, _number(where, text, "a seed", 0))


def _number(where: str, text: str, what: str, smallest: int) -> int:
    try:
        value = int(text, 0)
    except ValueError:
        value = smallest - 1
    if value < smallest:
        raise InputError(
            where, "", f"{text!r} is not {what}; write an integer of at least {smallest}, or 0x..."
        )
    return value
