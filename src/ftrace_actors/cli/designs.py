"""``--design``: which design replaces the one that scenarios name, and what replay files say of a user's own."""

from collections.abc import Mapping
from pathlib import Path

from ..errors import InputError
from ..explore import Recording
from ..explore.replay import DesignPart
from ..scenario.designs import DESIGN_KEY, put_design
from .failures import DesignChanged
from .session import Session

__all__ = ["adopt", "adopt_recorded", "recorded_design"]


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

    Raises `InputError` when it is missing, or another one; `DesignChanged` when its text is not the recorded one.
    """
    part, key_path = recording.scenario.design, "scenario.own_design"
    if part is None:
        if design is not None and recording.scenario.overrides.get(DESIGN_KEY) != design:
            raise InputError(
                str(path), key_path, f"recorded without --design {design}; replay it without, too"
            )
        return
    if design is None:
        raise InputError(
            str(path), key_path, f"recorded with {part.name}, a design of your own; add --design {part.file}"
        )
    name = adopt(session, design, {})[DESIGN_KEY]
    if name != part.name or session.own is None:
        raise InputError(
            str(path), key_path, f"recorded with the design {part.name} of {part.file}, not {name}"
        )
    if session.own.digest != part.hash:
        raise DesignChanged(
            str(path), key_path, f"{design} has changed since this was recorded; it is not replayed"
        )
