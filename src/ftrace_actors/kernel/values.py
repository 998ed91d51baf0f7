"""States as values: what a run's objects hold, as nested tuples, and copies of it that share nothing that changes.

Every object whose state matters names its fields in `STATE`; that one list drives copying, comparing and hashing, and a
test holds it against the slots of the class.  Fields are plain: numbers, strings, enums, addresses, frozen dataclasses
of such, what says its own state (`Stateful`), and lists, sets and dicts of those.  A task, an ops or a record is
referred to by name.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from ..actors.mailbox import Address
from ..errors import ModelError

__all__ = ["copied", "give", "plain", "state_of"]


def copied(value: Any) -> Any:  # what a field is, only the class that names it in `STATE` knows
    """Independent of `value`: lists, sets, dicts and whatever else has a `copy` are copied, the rest is shared."""
    kind = value.__class__
    copies = _COPIES.get(kind)
    if copies is None:
        copies = _COPIES[kind] = hasattr(kind, "copy")
    return value.copy() if copies else value


_COPIES: dict[type[Any], bool] = {}
"""Whether values of a class are copied, for the classes seen so far."""


def give(source: object, target: object, names: Iterable[str]) -> None:
    """Copy fields from one object to another."""
    for name in names:
        value = getattr(source, name)
        # Most are: a call for each would take longer than all the rest.
        setattr(target, name, value if value.__class__ in _ATOMS else copied(value))


def state_of(source: object, names: Iterable[str]) -> tuple[Hashable, ...]:
    """Some fields of an object as plain values, in the order of `names`."""
    return tuple(plain(getattr(source, name)) for name in names)


@runtime_checkable
class Stateful(Protocol):
    """What says its own state."""

    def state(self) -> Hashable:
        """As a value."""


def plain(value: object) -> Hashable:
    """A hashable value that is equal for equal states, also of two runs.

    Raises ModelError for a field of another kind than the head of the module lists.
    """
    if value.__class__ in _ATOMS or isinstance(value, Enum):
        return value
    if isinstance(value, list | tuple):
        return tuple(plain(one) for one in value)
    if isinstance(value, dict):
        return tuple(sorted(((plain(key), plain(one)) for key, one in value.items()), key=repr))
    if isinstance(value, set | frozenset):
        return tuple(sorted((plain(one) for one in value), key=repr))
    if isinstance(value, Address):
        return ("mailbox", value.label)
    if is_dataclass(value):
        return (type(value).__name__, *(plain(getattr(value, field.name)) for field in fields(value)))
    if isinstance(value, Stateful):
        return value.state()
    raise ModelError(f"a state holds {value!r}, which is not a value")


_ATOMS = frozenset({int, str, bool, float, bytes, type(None)})
