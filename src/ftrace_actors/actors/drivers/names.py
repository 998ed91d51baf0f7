"""The names of the drivers, as options and arguments have them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ...errors import InputError

__all__ = ["Driver", "driver_of"]

Driver: TypeAlias = Literal["bare", "trio"]


def driver_of(where: str, name: str, key_path: str = "") -> Driver:
    """The driver of that name; raises `InputError`, said to be in `where`.

    Types do not keep a caller from passing any text, and a wrong one must not run bare in silence.
    """
    if name == "bare":
        return "bare"
    if name == "trio":
        return "trio"
    raise InputError(where, key_path, f"unknown driver {name!r}; there are trio and bare")
