"""Options that several commands have, and option values that need more than a type."""

import os
import re
from collections.abc import Sequence
from typing import Annotated, Literal

from cyclopts import Parameter, Token, validators

from ..errors import InputError
from ..reading import number as plain_number
from ..reading import shortened
from .session import Session

__all__ = [
    "EVENTS_MAX",
    "JOBS_MAX",
    "RUNS_MAX",
    "SEED_MAX",
    "Here",
    "MaybeSeed",
    "Pairs",
    "Seed",
    "Strategy",
    "cores",
    "duration",
    "number",
    "overrides",
    "plain_digits",
]

SEED_MAX = (1 << 64) - 1
RUNS_MAX = 10**9
JOBS_MAX = 256
EVENTS_MAX = (1 << 31) - 1


def number(low: float, high: float, *, env_var: str | None = None) -> Parameter:
    """A numeric option from `low` to `high`, written as numbers are everywhere else (`reading.number`).

    `env_var`: where its value comes from when the option is not given.
    """
    return Parameter(
        converter=plain_digits, validator=validators.Number(gte=low, lte=high), env_var=env_var, n_tokens=1
    )


def number_or_all(low: int, high: int) -> Parameter:
    """A whole number from `low` to `high`, or the word "all"."""

    def convert(_: object, tokens: Sequence[Token]) -> int | Literal["all"]:
        if tokens[0].value == "all":
            return "all"
        found = int(plain_digits(int, tokens))
        if not low <= found <= high:
            raise ValueError(f"{found} is not from {low} to {high}, or all")
        return found

    return Parameter(converter=convert, n_tokens=1)


def plain_digits(hint: object, tokens: Sequence[Token]) -> int | float:
    """The value of one numeric option; `int` and `float` also take other digits than ASCII's, ``1_000`` and ``+5``."""
    text = tokens[0].value
    found = plain_number(text) if re.fullmatch(r"-?(0[xXbB])?[0-9a-fA-F]+", text) else None
    if found is None and hint is float and re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", text):
        return float(text)
    if found is None:
        kind = "a number" if hint is float else "a whole number"
        raise ValueError(f"{shortened(text)!r} is not {kind} in plain digits")
    return found


Strategy = Literal[
    "ahead",
    "auto",
    "auto-fixed",
    "delay",
    "dull",
    "mix",
    "near",
    "pct",
    "pos",
    "random",
    "srw",
    "stale",
    "surw",
    "turns",
    "urw",
    "wpos",
]
"""One of `explore.NAMES`, which is not imported here: see `app`."""

Seed = Annotated[int, number(0, SEED_MAX, env_var="FTRACE_ACTORS_SEED")]
MaybeSeed = Annotated[int | None, number(0, SEED_MAX, env_var="FTRACE_ACTORS_SEED")]
Pairs = Annotated[list[str] | None, Parameter(name="--set", negative="", consume_multiple=False)]
"""What `overrides` reads."""
Here = Annotated[Session, Parameter(parse=False)]
"""What every command takes as `session`; `app` gives it."""

_SECONDS_MAX = 366 * 24 * 3600.0
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def duration(text: str) -> float:
    """Seconds in ``90``, ``60s``, ``5m``, ``1.5h``; raises `InputError`."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]*)", text.strip().lower(), re.ASCII)
    if match is None or match[2] not in _UNITS:
        raise InputError("--time", "", f"{shortened(text)!r} is not a duration; write 60s, 5m or 1h")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds > _SECONDS_MAX:
        raise InputError("--time", "", f"{text!r} is more than a year")
    return seconds


def overrides(pairs: Sequence[str]) -> dict[str, str]:
    """``KEY.PATH=VALUE`` pairs as a mapping; raises `InputError`."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        try:
            pair.encode()
        except UnicodeEncodeError:
            raise InputError("--set", "", f"{shortened(pair)!r} is not UTF-8") from None
        if not equals or not key.strip():
            raise InputError("--set", "", f"{shortened(pair)!r} is not KEY.PATH=VALUE, as in machine.cpus=4")
        found[key.strip()] = value.strip()
    return found


def cores() -> int:
    """CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
