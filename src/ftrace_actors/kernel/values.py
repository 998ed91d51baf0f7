"""States as values: what a run's objects hold, as nested tuples, and copies of it that share nothing that changes.

Every object whose state matters names its fields in `STATE`; that one list drives copying, comparing and hashing, and a
test holds it against the slots of the class.  Fields are plain: numbers, strings, enums, addresses, frozen dataclasses
of such, and lists, sets and dicts of those.  A task, an ops or a record is referred to by name.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from ..actors.mailbox import Address

__all__ = ["copied", "give", "plain", "state_of"]


def copied(value: Any) -> Any:
    """Independent of `value`: lists, sets, dicts and whatever else has a `copy` are copied, the rest is shared."""
    copy = getattr(value, "copy", None)
    return value if copy is None else copy()


def give(source: object, target: object, names: Iterable[str]) -> None:
    """Copy fields from one object to another."""
    for name in names:
        setattr(target, name, copied(getattr(source, name)))


def state_of(source: object, names: Iterable[str]) -> tuple[Hashable, ...]:
    """Some fields of an object as plain values, in the order of `names`."""
    return tuple(plain(getattr(source, name)) for name in names)


def plain(value: Any) -> Hashable:
    """A hashable value that is equal for equal states, also of two runs."""
    kind = value.__class__
    if kind in _ATOMS or isinstance(value, Enum):
        atom: Hashable = value
        return atom
    if kind in (list, tuple):
        return tuple(plain(one) for one in value)
    if kind is dict:
        return tuple(sorted(((plain(key), plain(one)) for key, one in value.items()), key=repr))
    if kind in (set, frozenset):
        return tuple(sorted((plain(one) for one in value), key=repr))
    if isinstance(value, Address):
        return ("mailbox", value.label)
    if is_dataclass(value):
        return (kind.__name__, *(plain(getattr(value, field.name)) for field in fields(value)))
    state: Hashable = value.state()
    return state


_ATOMS = frozenset({int, str, bool, float, bytes, type(None)})
