"""Reading a scenario file: TOML, then types, then meaning; each mistake is one line with file and key path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..kernel.designs import DESIGNS, Design
from ..reading import read_text, shortened
from ..suggestions import did_you_mean
from .choices import unknown_choice
from .convert import convert
from .keys import choices_at, fields_at, missing
from .model import Scenario, ScenarioError
from .overriding import blamed, put
from .schema import ScenarioFile
from .toml import TomlError, parse_toml

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
        raise _readable(error, path, tree, overrides or {}) from None
    try:
        return convert(file, Path(path).stem, path, text, designs, overrides or {})
    except ScenarioError as error:
        raise blamed(error, overrides or {}) from None


def tables(text: str, path: str, overrides: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The tables of a scenario's text with `overrides` in them, before anybody asks what they mean.

    Raises ScenarioError.
    """
    try:
        tree = parse_toml(text)
    except TomlError as error:
        raise ScenarioError(path, f"line {error.line}" if error.line else "", str(error)) from None
    for key, value in (overrides or {}).items():
        put(tree, key, value, path)
    return tree


def _readable(
    error: msgspec.ValidationError, path: str, tree: Mapping[str, Any], overrides: Mapping[str, str]
) -> ScenarioError:
    match = _AT.match(str(error))
    assert match is not None
    where, message = match["path"] or "$", match["message"]
    unknown = _UNKNOWN.match(message)
    if unknown:
        known = fields_at(where)
        hint = did_you_mean(unknown["field"], known, f"known are {', '.join(known)}")
        found = ScenarioError(path, where, f"unknown key {shortened(unknown['field'])!r}; {hint}")
        return blamed(found, overrides, unknown["field"])
    if message.startswith("Object missing required field"):
        absent = missing(tree)
        if len(absent) > 1:
            return ScenarioError(path, "$", f"missing keys {', '.join(map(repr, absent))}")
        return ScenarioError(
            path, where, message.replace("Object missing required field", "missing key").replace("`", "'")
        )
    if message.startswith("Invalid enum value"):
        message = unknown_choice(message.removeprefix("Invalid enum value "), choices_at(where))
    return blamed(ScenarioError(path, where, message.replace("`", "'")), overrides)
