"""Another design in place of the one that a scenario names."""

from collections.abc import Mapping
from typing import Final, Protocol

from ..errors import DesignChanged, InputError
from ..kernel.designs import DESIGNS, Design, DesignFile, find_design

__all__ = ["DESIGN_KEY", "RecordedDesign", "design_of_recording", "put_design"]

DESIGN_KEY: Final = "protocol.design"


class RecordedDesign(Protocol):
    """What a record of a run says of a user's design."""

    @property
    def name(self) -> str:
        """What scenarios call it."""

    @property
    def file(self) -> str:
        """Where it was."""

    def has_text(self, digest: str) -> bool:
        """Whether that is the digest of its text."""


def put_design(
    named: str, overrides: Mapping[str, str], place: str
) -> tuple[dict[str, str], DesignFile | None]:
    """The overrides with the design in them, and its file when it is a user's.

    `named` is the name of a shipped one or a file, `place` where that was said.  Raises InputError.
    """
    found = find_design(named, DESIGNS, place)
    name = found.name if isinstance(found, Design) else found.design().name
    if overrides.get(DESIGN_KEY, name) != name:
        raise InputError(
            place, "", f"{named} contradicts {DESIGN_KEY}={overrides[DESIGN_KEY]}; leave one out"
        )
    return {**overrides, DESIGN_KEY: name}, None if isinstance(found, Design) else found


def design_of_recording(
    file: str, recorded: RecordedDesign | None, overrides: Mapping[str, str], given: str | None, option: str
) -> DesignFile | None:
    """The user's design that the run in `file` was recorded with, to be replayed with; None for a shipped one.

    `recorded` and `overrides` are what the file says, `given` is what the user says now, by `option`.  Raises
    InputError when `given` is missing, too much or another design; DesignChanged when its text is not the recorded one.
    """
    key_path = "scenario.own_design"
    if recorded is None:
        if given is not None and overrides.get(DESIGN_KEY) != given:
            raise InputError(file, key_path, f"recorded without {option}{given}; replay it without, too")
        return None
    if given is None:
        name = recorded.name
        raise InputError(
            file, key_path, f"recorded with {name}, a design of your own; add {option}{recorded.file}"
        )
    named, own = put_design(given, {}, option.strip())
    name = named[DESIGN_KEY]
    if own is None or name != recorded.name:
        raise InputError(
            file, key_path, f"recorded with the design {recorded.name} of {recorded.file}, not {name}"
        )
    if not recorded.has_text(own.digest):
        raise DesignChanged(
            file, key_path, f"{given} has changed since this was recorded; it is not replayed"
        )
    return own
