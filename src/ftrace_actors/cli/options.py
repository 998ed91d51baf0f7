"""Options that several commands have, and option values that need more than a type."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from cyclopts import Parameter, validators

from ..errors import InputError
from ..explore import NAMES

__all__ = ["Pairs", "Seed", "Strategy", "duration", "overrides"]

Strategy = Literal["dull", "mix", "pct", "random"]
assert set(NAMES) == set(Strategy.__args__)  # type: ignore[attr-defined]

Seed = Annotated[int, Parameter(env_var="FTRACE_ACTORS_SEED", validator=validators.Number(gte=0))]
Pairs = Annotated[list[str] | None, Parameter(name="--set", negative="", consume_multiple=False)]
"""What `overrides` reads."""

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def duration(text: str) -> float:
    """Seconds in ``90``, ``60s``, ``5m``, ``1.5h``; raises `InputError`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise InputError("--time", "", f"{text!r} is not a duration; write 60s, 5m or 1h")
    return float(match[1]) * _UNITS[match[2]]


def overrides(pairs: Sequence[str]) -> dict[str, str]:
    """``KEY.PATH=VALUE`` pairs as a mapping; raises `InputError`."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise InputError("--set", "", f"{pair!r} is not KEY.PATH=VALUE, as in machine.cpus=4")
        found[key.strip()] = value.strip()
    return found
