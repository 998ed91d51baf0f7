"""Another design in place of the one that a scenario names."""

from collections.abc import Mapping
from typing import Final

from ..errors import InputError
from ..kernel.designs import DESIGNS, Design, DesignFile, find_design

__all__ = ["DESIGN_KEY", "put_design"]

DESIGN_KEY: Final = "protocol.design"


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
