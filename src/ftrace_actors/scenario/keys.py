"""The keys of a scenario file, as values: what they mean, which are required, and what they may hold.

Everything is read off `schema.py`, so no list of keys is kept a second time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from .schema import ScenarioFile

__all__ = ["Key", "choices_at", "fields_at", "json_schema", "keys", "missing"]

_FREE_TEXT = frozenset({"summary"})


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a scenario file.

    Attributes:
        path: as `--set` takes it, `protocol.drop`; `task.cpu` for a key of each `[[task]]`.
        about: what it means, from the schema.
        required: a file without it cannot be used.
        default: what it holds when left out; None also where another key decides that.
        kind: what it may hold, in words.
        choices: the values of a closed set; empty where any value of its type may be given.
        listed: it holds a list.
        repeated: it is a key of an array of tables, which `--set` cannot reach.
    """

    path: str
    about: str
    required: bool
    default: Any
    kind: str
    choices: tuple[object, ...]
    listed: bool
    repeated: bool

    @property
    def sweeps(self) -> bool:
        """Several values of it, with commas between them, are several scenarios."""
        return not self.listed and self.path not in _FREE_TEXT


@cache
def keys() -> Mapping[str, Key]:
    """Every key that is not itself a table, by path, in the order of the schema."""
    return {key.path: key for key in _keys_of(ScenarioFile, "", repeated=False)}


def _keys_of(table: type[msgspec.Struct], prefix: str, *, repeated: bool) -> Iterator[Key]:
    hints = get_type_hints(table, include_extras=True)
    for field in msgspec.structs.fields(table):
        kind = hints[field.name]
        inner = _struct_in(kind)
        path = f"{prefix}{field.name}"
        if inner is not None:
            yield from _keys_of(inner, f"{path}.", repeated=repeated or _is_listed(kind))
            continue
        yield Key(
            path,
            _about(kind),
            field.required,
            None if field.default is msgspec.NODEFAULT else field.default,
            _words(kind),
            tuple(_literals_in(kind)),
            _is_listed(kind),
            repeated,
        )


def _about(kind: Any) -> str:
    """The description of an annotated type; of several the first, which is the outermost."""
    if get_origin(kind) is not Annotated:
        return ""
    found = (part.description for part in get_args(kind)[1:] if isinstance(part, msgspec.Meta))
    return next((text for text in found if text), "")


def _bare(kind: Any) -> list[Any]:
    """The alternatives of a type, without annotations and without None."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) is Literal or not get_args(kind) or get_origin(kind) is tuple:
        return [] if kind is type(None) else [kind]
    return [inner for part in get_args(kind) for inner in _bare(part)]


def _is_listed(kind: Any) -> bool:
    return any(get_origin(inner) is tuple for inner in _bare(kind))


def _words(kind: Any) -> str:
    """What a key may hold: the kind of value, not the values of a closed set."""
    names = []
    for inner in _bare(kind):
        if get_origin(inner) is tuple:
            names.append("list of words" if _words(get_args(inner)[0]) != "number" else "list of numbers")
        elif inner is bool:
            names.append("true or false")
        elif inner is int or (get_origin(inner) is Literal and type(get_args(inner)[0]) is int):
            names.append("number")
        else:
            names.append("word")
    return " or ".join(dict.fromkeys(names))


def json_schema() -> dict[str, Any]:
    """The schema of a scenario file as JSON Schema, for programs that do not have ours."""
    found = msgspec.json.schema(ScenarioFile)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "a scenario of ftrace-actors",
        **found,
    }


# -- of a tree that was read ------------------------------------------------------------------------------------------


def missing(tree: Mapping[str, Any]) -> list[str]:
    """Every required key that a file lacks, as `kernel.profile` or `task[0].cpu`; also those of a table it lacks."""
    return list(_missing(tree, ScenarioFile, ""))


def _missing(tree: object, table: type[msgspec.Struct], prefix: str) -> Iterator[str]:
    if not isinstance(tree, dict):
        return  # another mistake, which is said elsewhere
    hints = get_type_hints(table, include_extras=True)
    for field in msgspec.structs.fields(table):
        path = f"{prefix}{field.name}"
        inner = _struct_in(hints[field.name])
        if field.encode_name not in tree:
            if not field.required:
                continue
            if inner is None or _is_listed(hints[field.name]):
                yield path
            else:
                yield from _missing({}, inner, f"{path}.")
        elif inner is not None:
            value = tree[field.name]
            if isinstance(value, list):
                for index, item in enumerate(value):
                    yield from _missing(item, inner, f"{path}[{index}].")
            else:
                yield from _missing(value, inner, f"{path}.")


def fields_at(where: str) -> list[str]:
    """The keys that the table at a key path, as `$.task[0]`, may have."""
    return [field.name for field in msgspec.structs.fields(_table_at(where))]


def choices_at(where: str) -> list[object]:
    """The values that the key at a key path may have, where they are a closed set."""
    table, _, key = where.rpartition(".")
    key = key.partition("[")[0]
    kind = next(field.type for field in msgspec.structs.fields(_table_at(table)) if field.name == key)
    return _literals_in(kind)


def _table_at(where: str) -> type[msgspec.Struct]:
    kind: type[msgspec.Struct] = ScenarioFile
    for part in re.findall(r"\.(\w+)", where):
        inner = (_struct_in(field.type) for field in msgspec.structs.fields(kind) if field.name == part)
        kind = next(inner, None) or kind
    return kind


def _literals_in(kind: Any) -> list[object]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [member.value for member in kind]
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return list(dict.fromkeys(value for inner in get_args(kind) for value in _literals_in(inner)))


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """The table in a type such as `Annotated[tuple[Table, ...], ...]`."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next((found for part in get_args(kind) if (found := _struct_in(part)) is not None), None)
