"""What each kind of event holds, for those who treat all fields alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, get_args, get_origin

import msgspec

from .base import Event, Numbering

__all__ = ["Field", "fields_of"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind of event.

    Attributes:
        held: its type: int, str, bool, or a tuple of one of the first two.
        numbering: what its number stands for, None when it means the same in every run.
    """

    name: str
    held: object
    numbering: Numbering | None


def fields_of(kind: type[Event]) -> Iterator[Field]:
    """The fields of a kind of event, in their order."""
    for field in msgspec.structs.fields(kind):
        if get_origin(field.type) is Annotated:
            held, numbering = get_args(field.type)
            yield Field(field.name, held, numbering)
        else:
            yield Field(field.name, field.type, None)
