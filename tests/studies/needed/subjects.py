"""Shipped scenarios as subjects."""

from pathlib import Path

from ftrace_actors.studies.needed import Part, Subject, parts_of

SCENARIOS = Path(__file__).parents[3] / "scenarios"


def subject(name: str, **overrides: str) -> Subject:
    """A shipped scenario; overrides are named with __ for the dot."""
    text = (SCENARIOS / f"{name}.toml").read_text(encoding="utf-8")
    given = tuple(sorted((key.replace("__", "."), value) for key, value in overrides.items()))
    return Subject(name, f"scenarios/{name}.toml", text, given)


def part(of: Subject, name: str) -> Part:
    """The part of that name."""
    (found,) = [one for one in parts_of(of.world().image) if one.name == name]
    return found
