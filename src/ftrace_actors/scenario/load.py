"""Reading a scenario file: TOML, then types, then meaning; each mistake is one line with file and key path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from ..kernel.designs import DESIGNS, Design
from ..reading import read_text, shortened
from ..suggestions import did_you_mean
from .choices import unknown_choice
from .convert import convert
from .model import Scenario, ScenarioError
from .schema import ScenarioFile
from .toml import KEY_PARTS_MAX, TomlError, parse_toml

__all__ = ["load", "loads", "tables"]

_AT = re.compile(r"^(?P<message>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<field>.*)`$")


def load(
    path: Path, overrides: Mapping[str, str] | None = None, designs: Mapping[str, Design] = DESIGNS
) -> Scenario:
    """Read a scenario file; `designs` are those it may name.  Raises ScenarioError."""
    return loads(read_text(path, blame=ScenarioError), str(path), overrides, designs)


def loads(
    text: str,
    path: str,
    overrides: Mapping[str, str] | None = None,
    designs: Mapping[str, Design] = DESIGNS,
) -> Scenario:
    """Read a scenario's text; `path` names it in errors.  `overrides` are dotted keys and TOML values."""
    tree = tables(text, path, overrides)
    try:
        file = msgspec.convert(tree, ScenarioFile)
    except msgspec.ValidationError as error:
        raise _readable(error, path) from None
    return convert(file, Path(path).stem, path, text, designs)


def tables(text: str, path: str, overrides: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The tables of a scenario's text with `overrides` in them, before anybody asks what they mean.

    Raises ScenarioError.
    """
    try:
        tree = parse_toml(text)
    except TomlError as error:
        raise ScenarioError(path, f"line {error.line}" if error.line else "", str(error)) from None
    for key, value in (overrides or {}).items():
        _override(tree, key, value, path)
    return tree


def _override(tree: dict[str, Any], key: str, value: str, path: str) -> None:
    """Set `machine.cpus=4`: the value is read as TOML, or as a string when it is none."""
    *tables, last = key.split(".", KEY_PARTS_MAX)
    place = f"--set {shortened(key)}"
    if not all((*tables, last)) or "." in last:
        raise ScenarioError(path, place, f"a key has 1 to {KEY_PARTS_MAX} parts, none of them empty")
    at = tree
    for table in tables:
        step = at.setdefault(table, {})
        if not isinstance(step, dict):
            raise ScenarioError(
                path, place, f"{shortened(table)!r} is not a table; only keys of tables can be set"
            )
        at = step
    try:
        parsed = parse_toml(f"value = {value}")
    except TomlError as error:
        if error.line:
            raise ScenarioError(path, place, str(error)) from None
        parsed = {"value": value}
    # A line end in the value could begin another key.
    at[last] = parsed["value"] if parsed.keys() == {"value"} else value


def _readable(error: msgspec.ValidationError, path: str) -> ScenarioError:
    match = _AT.match(str(error))
    assert match is not None
    where, message = match["path"] or "$", match["message"]
    unknown = _UNKNOWN.match(message)
    if unknown:
        known = _fields_at(where)
        hint = did_you_mean(unknown["field"], known, f"known are {', '.join(known)}")
        message = f"unknown key {shortened(unknown['field'])!r}; {hint}"
    elif message.startswith("Invalid enum value"):
        found = message.removeprefix("Invalid enum value ")
        message = unknown_choice(found, _choices_at(where))
    message = message.replace("Object missing required field", "missing key").replace("`", "'")
    return ScenarioError(path, where, message)


def _table_at(where: str) -> type[msgspec.Struct]:
    """The table at a key path."""
    kind: Any = ScenarioFile
    for part in re.findall(r"\.(\w+)", where):
        kind = next(
            (_struct_in(field.type) for field in msgspec.structs.fields(kind) if field.name == part), kind
        )
    found: type[msgspec.Struct] = kind
    return found


def _fields_at(where: str) -> list[str]:
    """The keys a table at a key path may have."""
    return [field.name for field in msgspec.structs.fields(_table_at(where))]


def _choices_at(where: str) -> list[object]:
    """The values a key may have, where they are a closed set."""
    table, _, key = where.rpartition(".")
    key = key.partition("[")[0]
    kind = next(field.type for field in msgspec.structs.fields(_table_at(table)) if field.name == key)
    return _literals_in(kind)


def _literals_in(kind: Any) -> list[object]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [member.value for member in kind]
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [value for inner in get_args(kind) for value in _literals_in(inner)]


def _struct_in(kind: Any) -> Any:
    """The table in a type such as `Annotated[tuple[Table, ...], ...]`; the whole file where there is none."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    inner = (_struct_in(part) for part in get_args(kind))
    return next((found for found in inner if found is not ScenarioFile), ScenarioFile)
