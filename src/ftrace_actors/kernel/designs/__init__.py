"""Protocol designs: how a traced function reaches its tracers, one file each, one interface.

Adding a design is one file here, its assembly in `kernel/asm/`, and one line in `DESIGNS`.  A design of your own needs
neither: `--design FILE.py` names its file, which imports what it needs from here (docs/designs.md).
"""

from __future__ import annotations

from ..records import RecordUpdate
from .base import NOP, Changes, Core, Design, KickStep, PatchStep, SiteLayout, Step, WaitStep
from .call_ops import CallOps
from .dynamic_trampoline import DynamicTrampoline
from .errors import DesignError
from .list_only import ListOnly
from .own import DesignFile, read_design
from .two_trampolines import TwoTrampolines

__all__ = [
    "DESIGNS",
    "NOP",
    "CallOps",
    "Changes",
    "Core",
    "Design",
    "DesignError",
    "DesignFile",
    "KickStep",
    "ListOnly",
    "PatchStep",
    "RecordUpdate",
    "SiteLayout",
    "Step",
    "TwoTrampolines",
    "WaitStep",
    "read_design",
]

DESIGNS: dict[str, Design] = {
    design.name: design for design in (CallOps(), ListOnly(), TwoTrampolines(), DynamicTrampoline())
}
"""Name -> design."""
