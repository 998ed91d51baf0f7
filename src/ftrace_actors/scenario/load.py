"""Reading a scenario file: TOML, then types, then meaning; each mistake is one line with file and key path."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from ..kernel.designs import DESIGNS, Design
from .convert import convert
from .model import Scenario, ScenarioError
from .schema import ScenarioFile

__all__ = ["load", "loads"]

_AT = re.compile(r"^(?P<message>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<field>.*)`$")


def load(
    path: Path, overrides: Mapping[str, str] | None = None, designs: Mapping[str, Design] = DESIGNS
) -> Scenario:
    """Read a scenario file; `designs` are those it may name.  Raises ScenarioError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ScenarioError(str(path), "", "no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(str(path), "", f"cannot be read: {error}") from None
    return loads(text, str(path), overrides, designs)


def loads(
    text: str,
    path: str,
    overrides: Mapping[str, str] | None = None,
    designs: Mapping[str, Design] = DESIGNS,
) -> Scenario:
    """Read a scenario's text; `path` names it in errors.  `overrides` are dotted keys and TOML values."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(path, "", f"not TOML: {error}") from None
    for key, value in (overrides or {}).items():
        _override(tree, key, value, path)
    try:
        file = msgspec.convert(tree, ScenarioFile)
    except msgspec.ValidationError as error:
        raise _readable(error, path) from None
    return convert(file, Path(path).stem, path, text, designs)


def _override(tree: dict[str, Any], key: str, value: str, path: str) -> None:
    """Set `machine.cpus=4`: the value is read as TOML, or as a string when it is none."""
    *tables, last = key.split(".")
    at = tree
    for table in tables:
        step = at.setdefault(table, {})
        if not isinstance(step, dict):
            raise ScenarioError(
                path, f"--set {key}", f"{table!r} is no table; only keys of tables can be set"
            )
        at = step
    try:
        at[last] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        at[last] = value


def _readable(error: msgspec.ValidationError, path: str) -> ScenarioError:
    match = _AT.match(str(error))
    assert match is not None
    where, message = match["path"] or "$", match["message"]
    unknown = _UNKNOWN.match(message)
    if unknown:
        known = _fields_at(where)
        close = difflib.get_close_matches(unknown["field"], known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
        message = f"unknown key {unknown['field']!r}; {hint}"
    elif message.startswith("Invalid enum value"):
        found = message.removeprefix("Invalid enum value ")
        known = _choices_at(where)
        close = difflib.get_close_matches(found.strip("'").lower(), [one.strip('"') for one in known], n=1)
        hint = f"did you mean {json.dumps(close[0])}? " if close else ""
        message = f"{found} is not known; {hint}known are {', '.join(known)}"
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


def _choices_at(where: str) -> list[str]:
    """The values a key may have, where they are a closed set."""
    table, _, key = where.rpartition(".")
    key = key.partition("[")[0]
    kind = next(field.type for field in msgspec.structs.fields(_table_at(table)) if field.name == key)
    return [json.dumps(value) for value in _literals_in(kind)]


def _literals_in(kind: Any) -> list[Any]:
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [value for inner in get_args(kind) for value in _literals_in(inner)]


def _struct_in(kind: Any) -> Any:
    for inner in (kind, *getattr(kind, "__args__", ())):
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            return inner
    return ScenarioFile
