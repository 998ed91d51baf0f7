"""Protocols that are broken on purpose, to measure strategies with: the worlds in `mutants/`, and what is set in them.

A mutant is a world of ours that holds, with some values set differently (as ``--set`` does), and the invariants that
break then. None is a shipped scenario. Half are for tuning; what we publish is measured on the other half.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ftrace_actors.scenario import World, build, load

__all__ = ["HALVES", "Half", "Mutant", "bases", "mutants"]

Half = Literal["tuning", "held-out"]
HALVES: tuple[Half, ...] = ("tuning", "held-out")

_DIRECTORY = Path(__file__).parent / "mutants"
_TABLE = "mutants.toml"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken protocol.

    Attributes:
        base: the world, a file of the directory.
        name: what is wrong with it; unique for a base.
        half: what it may be used for.
        invariants: any of these shows it.
        overrides: what is set, as TOML values by key path.
    """

    base: str
    name: str
    half: Half
    invariants: tuple[str, ...]
    overrides: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.base}/{self.name}"

    def build(self) -> World:
        """Its world, which expects what breaks."""
        invariants = ", ".join(f'"{name}"' for name in self.invariants)
        expect = {"expect.verdict": '"violated"', "expect.invariants": f"[{invariants}]"}
        return build(load(_DIRECTORY / f"{self.base}.toml", {**dict(self.overrides), **expect}))


def bases() -> list[Path]:
    """The worlds, which hold."""
    return sorted(path for path in _DIRECTORY.glob("*.toml") if path.name != _TABLE)


def mutants(*halves: Half) -> list[Mutant]:
    """Those of some halves, by default of both, in the order of the table."""
    table = tomllib.loads((_DIRECTORY / _TABLE).read_text(encoding="utf-8"))
    return [_mutant(row) for row in table["mutant"] if row["half"] in (halves or HALVES)]


def _mutant(row: Mapping[str, object]) -> Mutant:
    base, name, half, invariants, changed = (
        row[key] for key in ("base", "name", "half", "invariants", "set")
    )
    assert isinstance(base, str)
    assert isinstance(name, str)
    assert isinstance(invariants, list)
    assert isinstance(changed, dict)
    return Mutant(
        base, name, "tuning" if half == "tuning" else "held-out", tuple(invariants), tuple(changed.items())
    )
