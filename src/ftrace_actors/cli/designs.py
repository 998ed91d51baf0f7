"""``--design``: which design replaces the one that scenarios name, and what replay files say of a user's own."""

from collections.abc import Mapping
from pathlib import Path

from ..explore import Recording
from ..explore.replay import DesignPart, ScenarioPart
from ..scenario.designs import design_of_recording, put_design
from .session import Session

__all__ = ["adopt", "adopt_recorded", "adopt_scenario", "recorded_design"]


def adopt(session: Session, design: str | None, overrides: Mapping[str, str]) -> dict[str, str]:
    """Put `design`, a name or a file, in place of every scenario's own; the overrides with that in them.

    A file makes its name known to the session's worlds as well.  Raises `InputError`.
    """
    if design is None:
        return dict(overrides)
    named, own = put_design(design, overrides, "--design")
    if own is not None:
        session.adopt(own)
    return named


def recorded_design(session: Session) -> DesignPart | None:
    """What a replay file says of the session's own design; None when it has none."""
    if session.own is None:
        return None
    return DesignPart.of(session.own)


def adopt_recorded(session: Session, path: Path, recording: Recording, design: str | None) -> None:
    """Make the design of a recorded run known, given as `design` when it is a user's.

    Raises `InputError`, as `design_of_recording` does.
    """
    adopt_scenario(session, path, recording.scenario, design)


def adopt_scenario(session: Session, path: Path, scenario: ScenarioPart, design: str | None) -> None:
    """The same for the scenario of whatever `path` has recorded."""
    own = design_of_recording(str(path), scenario.design, scenario.overrides, design, "--design ")
    if own is not None:
        session.adopt(own)
