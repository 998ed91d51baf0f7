"""A design that a user wrote cannot be used."""

from __future__ import annotations

from ...errors import InputError

__all__ = ["DesignError"]


class DesignError(InputError):
    """What is wrong with a design file, or the assembly next to it; `key_path` is "line N" where that is known."""
