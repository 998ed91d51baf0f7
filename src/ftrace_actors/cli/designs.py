"""``--design``: which design replaces the one that scenarios name, and what replay files say of a user's own."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from ..errors import InputError
from ..explore import Recording
from ..explore.replay import DesignPart
from ..kernel.designs import DESIGNS, read_design
from .session import Session
from .targets import portable

__all__ = ["DESIGN_KEY", "DesignChanged", "adopt", "adopt_recorded", "recorded_design"]

DESIGN_KEY = "protocol.design"


class DesignChanged(InputError):
    """A run was recorded with another text of a user's design: it cannot be made again."""


def adopt(session: Session, design: str | None, overrides: Mapping[str, str]) -> dict[str, str]:
    """Put `design`, a name or a file, in place of every scenario's own; the overrides with that in them.

    A file makes its name known to the session's worlds as well.  Raises `InputError`.
    """
    if design is None:
        return dict(overrides)
    name = _known(session, design)
    if overrides.get(DESIGN_KEY, name) != name:
        raise InputError(
            "--design", "", f"{design} contradicts --set {DESIGN_KEY}={overrides[DESIGN_KEY]}; leave one out"
        )
    return {**overrides, DESIGN_KEY: name}


def _known(session: Session, design: str) -> str:
    """The name of a design given as name or file; a file's is made known."""
    if design in DESIGNS:
        return design
    path = Path(design)
    if path.suffix != ".py" and not path.is_file():
        close = get_close_matches(design, DESIGNS, 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(DESIGNS)}, and files FILE.py"
        raise InputError("--design", "", f"unknown design {design!r}; {hint}")
    file = read_design(path, DESIGNS)
    session.own = file
    session.worlds = session.worlds.with_design(file)
    return file.design().name


def recorded_design(session: Session) -> DesignPart | None:
    """What a replay file says of the session's own design; None when it has none."""
    if session.own is None:
        return None
    return DesignPart(
        name=session.own.design().name, file=portable(session.own.path), hash=session.own.digest
    )


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
    name = _known(session, design)
    if name != part.name or session.own is None:
        raise InputError(
            str(path), key_path, f"recorded with the design {part.name} of {part.file}, not {name}"
        )
    if session.own.digest != part.hash:
        raise DesignChanged(
            str(path), key_path, f"{design} has changed since this was recorded; it is not replayed"
        )
