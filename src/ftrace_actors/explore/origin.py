"""Where a recorded run came from: its scenario, inlined, a user's design, and the numbers of the run."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

import msgspec

from .portable import portable

__all__ = ["DesignPart", "Origin", "OwnDesign", "Part", "ScenarioPart", "hash_text"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the file's objects: unknown keys are errors."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class OwnDesign(Protocol):
    """A user's design as it was read: `kernel.designs.DesignFile`, which this room may not know."""

    @property
    def path(self) -> str:
        """As the user named it."""

    @property
    def digest(self) -> str:
        """Of its text."""

    def design(self) -> _Named:
        """The design itself, by whose name scenarios call it."""


class DesignPart(Part, frozen=True):
    """A design that the user wrote, which the scenario names: `hash` is that of its text, which is not in here."""

    name: str
    file: str
    hash: str

    @classmethod
    def of(cls, own: OwnDesign) -> "DesignPart":
        """What a file says of a user's design, wherever it was when the run was made."""
        return cls(name=own.design().name, file=portable(own.path), hash=own.digest)

    def has_text(self, digest: str) -> bool:
        """Whether that is the digest of its text."""
        return self.hash == digest


class ScenarioPart(Part, frozen=True):
    """The scenario, inlined: `hash` is that of `text`; `overrides` are the ``--set`` pairs in force."""

    name: str
    path: str
    hash: str
    text: str
    overrides: dict[str, str] = {}
    own_design: DesignPart | msgspec.UnsetType = msgspec.UNSET

    @property
    def design(self) -> DesignPart | None:
        """The user's design, when it was one."""
        return None if self.own_design is msgspec.UNSET else self.own_design


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run came from: a scenario as text, what was overridden in it, a user's design, the run's numbers."""

    name: str
    path: str
    text: str
    overrides: Mapping[str, str]
    strategy: str
    seed: int
    run: int
    design: DesignPart | None = None


def hash_text(text: str) -> str:
    """The hash of a scenario's text as replay files carry it."""
    return f"blake2b:{blake2b(text.encode(), digest_size=16).hexdigest()}"
