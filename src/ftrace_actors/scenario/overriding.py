"""``--set KEY=VALUE``: what a value means, which values are several, and whose mistake a wrong one is.

A value is read as TOML.  People type less than that: a word without quotes, and for a key that holds a list the words
of it with commas between them, with or without brackets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

import msgspec

from ..errors import InputError
from ..reading import shortened
from .keys import Key, keys
from .model import ScenarioError
from .toml import KEY_PARTS_MAX, TomlError, parse_toml

__all__ = ["VARIANTS_MAX", "blamed", "put", "spelled", "variants"]

VARIANTS_MAX: Final = 64
"""Scenarios that the values of one command line may make of one."""


def put(tree: dict[str, Any], key: str, text: str, path: str) -> None:
    """Set `machine.cpus` to what `text` says.  Raises ScenarioError, which names `path`."""
    *tables, last = key.split(".", KEY_PARTS_MAX)
    place = _option(key, text)
    if not all((*tables, last)) or "." in last:
        raise ScenarioError(place, path, f"a key has 1 to {KEY_PARTS_MAX} parts, none of them empty")
    at = tree
    for table in tables:
        step = at.setdefault(table, {})
        if not isinstance(step, dict):
            raise ScenarioError(
                place, path, f"{shortened(table)!r} is not a table; only keys of tables can be set"
            )
        at = step
    known = keys().get(key)
    if known is not None and known.listed and not text.strip():
        raise ScenarioError(place, path, f"found no value; write {key}=[] for an empty list")
    try:
        at[last] = _value(known, text)
    except TomlError as error:
        raise ScenarioError(place, path, str(error)) from None


def _value(key: Key | None, text: str) -> Any:
    """What a value says to a key.  Raises TomlError for one that is more than is read."""
    value = _toml(text)
    if key is None or not key.listed:
        return text if value is None else value
    if isinstance(value, list):
        return value
    if value is not None and not isinstance(value, str):
        return value  # the type is wrong, which is said with the type that is right
    if isinstance(value, str) and str not in map(type, _alone(key)):
        return [value]
    return value if value is not None else _words(text)


def _alone(key: Key) -> Sequence[object]:
    """Values that a key for lists also takes without a list: those of expect.verdict."""
    return key.choices if key.kind.startswith("word or") else ()


def _toml(text: str) -> Any:
    """The value as TOML; None when it is none.  Raises TomlError for one that is more than is read."""
    try:
        parsed = parse_toml(f"value = {text}")
    except TomlError as error:
        if error.line:
            raise
        return None
    # A line end in the value could begin another key.
    return parsed["value"] if parsed.keys() == {"value"} else None


def _words(text: str) -> list[str] | str:
    """The words of a list without quotes; the text itself where there are none."""
    inside = text.strip()
    if inside.startswith("[") and inside.endswith("]"):
        inside = inside[1:-1]
    if not inside.strip() or "\n" in inside:
        return text
    return [word.strip().strip("\"'") for word in inside.split(",")]


def spelled(key: str, text: str) -> str:
    """One value as TOML, so that what was typed in several ways is one thing in replay files and their names."""
    known = keys().get(key)
    if known is None or not known.listed:
        return text
    try:
        value = _value(known, text)
    except TomlError:
        return text  # said where it is read
    if not isinstance(value, list) or isinstance(_toml(text), list):
        return text
    return msgspec.json.encode(value).decode()


def variants(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    """The overrides, once for each combination of values, the first key slowest.

    `kernel.preempt=lazy,full` has two values, as has any key that holds no list.  Raises InputError for too many.
    """
    columns = [[(key, value) for value in _alternatives(key, text)] for key, text in pairs.items()]
    count = 1
    for column in columns:
        count *= len(column)
    if count > VARIANTS_MAX:
        raise InputError("--set", "", f"{count} combinations of values; at most {VARIANTS_MAX} are run")
    return [dict(chosen) for chosen in product(*columns)]


def _alternatives(key: str, text: str) -> list[str]:
    known = keys().get(key)
    if known is None or not known.sweeps or "," not in text or "\n" in text:
        return [spelled(key, text)]
    try:
        if _toml(text) is not None:
            return [text]
    except TomlError:
        return [text]
    return list(dict.fromkeys(part.strip() for part in text.split(",")))


def _option(key: str, text: str) -> str:
    return f"--set {shortened(key)}={shortened(text)}"


def blamed(error: ScenarioError, overrides: Mapping[str, str], unknown: str = "") -> ScenarioError:
    """The same error, said of the option where it is about a value that an option gave.

    `unknown`: the key that the table at the place of the error does not have.
    """
    at = error.key_path.removeprefix("$").removeprefix(".").partition("[")[0]
    if unknown:
        at = f"{at}.{unknown}" if at else unknown
    for key, text in overrides.items():
        if at and (key == at or (key.startswith(f"{at}.") and unknown) or at.startswith(f"{key}.")):
            return ScenarioError(_option(key, text), error.file, error.message)
    return error
