"""Which checks there are, and a fresh set of them for a run."""

from __future__ import annotations

from typing import Final

from .checker import Check
from .cmodx import LINE_BYTES, Unpredictables
from .completeness import Completeness
from .grace import GraceUse
from .grace_contract import GraceContract
from .guard import Guard
from .life import Life
from .literal import Literal, Pair
from .live import INV_LIVE, LIVE_ABOUT
from .quiet import Quiet
from .state import Abi, State
from .warn import Warned

__all__ = ["CHECKS", "default_checks"]

_PLAIN: Final[tuple[type[Check], ...]] = (
    Life,
    Pair,
    Literal,
    Quiet,
    Completeness,
    GraceUse,
    GraceContract,
    State,
    Abi,
    Guard,
    Warned,
)

CHECKS: Final[dict[str, str]] = {
    **{check.name: check.about for check in _PLAIN},
    INV_LIVE: LIVE_ABOUT,
    Unpredictables.name: Unpredictables.about,
}
"""Name of each invariant -> what always holds, in one sentence."""


def default_checks(
    hazards: frozenset[int] = frozenset(), *, idc: bool = True, line: int = LINE_BYTES
) -> list[Check]:
    """All checks, fresh, for one run.

    `hazards` are the modifiable words that may hold instructions outside the list of those that may be modified while
    they are executed; leave it empty where CTR_EL0.DIC is 1.  `idc` is CTR_EL0.IDC, `line` a cache line in bytes.
    """
    # First, because others ask when the run is over what it found.
    return [Unpredictables(hazards, idc=idc, line=line), *(make() for make in _PLAIN)]
