"""The assembly files, with their named orderings kept, weakened or dropped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from importlib.resources import files

from .orderings import FORMS, weakened

__all__ = ["asm_source", "asm_text"]

_BARRIER = re.compile(r"\b(dsb|dmb)\s+\w+")
_ORDERING = re.compile(r"^(?P<label>\w+:)?.*?//@ ordering (?P<name>[\w-]+)(?:: (?P<instead>.*))?$")


def asm_text(
    name: str,
    drop: AbstractSet[str] = frozenset(),
    beside: Mapping[str, str] | None = None,
    weaken: AbstractSet[str] = frozenset(),
) -> str:
    """A file of `kernel/asm/`, or of those in `beside`, with its named orderings dropped, weakened or kept."""
    lines = asm_source(name, beside).splitlines()
    return "\n".join(_apply_ordering(line, drop, weaken) for line in lines) + "\n"


def asm_source(name: str, beside: Mapping[str, str] | None = None) -> str:
    """The same as it is written, with the names of its orderings."""
    if beside is not None and name in beside:
        return beside[name]
    return (files("ftrace_actors.kernel") / "asm" / name).read_text(encoding="utf-8")


def _apply_ordering(line: str, drop: AbstractSet[str], weaken: AbstractSet[str]) -> str:
    match = _ORDERING.match(line)
    if match is None:
        return line
    if match["name"] not in drop:
        kept = line.partition("//@")[0].rstrip()
        forms = frozenset(form for form in FORMS if f"{match['name']} as {form}" in weaken)
        return _BARRIER.sub(lambda found: weakened(found[0], forms), kept) if forms else kept
    return f"{match['label'] or ''}\t{match['instead'] or 'nop'}"
