"""Small worlds, as the text of a scenario file: only what a test is about has to be said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ftrace_actors.scenario import World, build, loads

__all__ = ["READ_X", "TEARDOWN", "toml", "world"]

Value = object
Table = Mapping[str, Value]

READ_X = "adrp x9, x\n add x9, x9, :lo12:x\n ldr x0, [x9]\n ret"
"""A routine that reads the shared word `x`."""

TEARDOWN = ("register tracer_a", "unregister tracer_a", "kfree tracer_a")


def _table(name: str, table: Table) -> str:
    lines = [name, *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines)


def toml(
    tasks: Mapping[str, Table],
    *,
    functions: Sequence[str | Table] = ("vfs_read",),
    ops: Sequence[str | Table] = ("tracer_a",),
    words: Sequence[str] = (),
    routines: Mapping[str, str] | None = None,
    machine: Table | None = None,
    kernel: Table | None = None,
    protocol: Table | None = None,
    expect: Table | None = None,
    **top: Value,
) -> str:
    """A scenario file.  An ops given by name traces vfs_read; `tasks` maps names to tables with `cpu` and `do`."""
    parts = [_table("", {"format": 1, "summary": "a test", **top})]
    parts.append(_table("[machine]", {"cpus": 2, **(machine or {})}))
    parts.append(_table("[kernel]", {"profile": "v6.12", **(kernel or {})}))
    parts.append(_table("[protocol]", protocol or {}))
    for function in functions:
        parts += [_table("[[function]]", {"name": function} if isinstance(function, str) else function)]
    for one in ops:
        table = {"name": one, "functions": ["vfs_read"]} if isinstance(one, str) else one
        parts += [_table("[[ops]]", table)]
    parts += [_table("[[word]]", {"name": name}) for name in words]
    parts += [_table("[[routine]]", {"name": name, "asm": asm}) for name, asm in (routines or {}).items()]
    parts += [_table("[[task]]", {"name": name, **table}) for name, table in tasks.items()]
    parts.append(_table("[expect]", expect or {"verdict": "holds"}))
    return "\n".join(parts) + "\n"


def world(tasks: Mapping[str, Table], **rest: object) -> World:
    """The world of `toml(tasks, **rest)`."""
    return build(loads(toml(tasks, **rest), "test.toml"))  # type: ignore[arg-type]
