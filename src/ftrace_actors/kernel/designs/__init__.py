"""Protocol designs: how a traced function reaches its tracers, one file each, one interface.

Adding a design is one file here, its assembly in `kernel/asm/`, and one line in `DESIGNS`.  A design of your own needs
neither: `--design FILE.py` names its file, which imports what it needs from here (docs/designs.md).
"""

from __future__ import annotations

from ..records import RecordUpdate
from .base import (
    NOP,
    Changes,
    Core,
    Design,
    FreeTextStep,
    KickStep,
    PatchStep,
    RunStep,
    SiteLayout,
    Step,
    SyncIpiStep,
    WaitStep,
    WriteTextStep,
)
from .call_ops import CallOps
from .dynamic_trampoline import DynamicTrampoline
from .errors import DesignError
from .global_ops import GlobalOps
from .list_only import ListOnly
from .own import DesignFile, find_design, read_design, with_own
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
    "DynamicTrampoline",
    "FreeTextStep",
    "GlobalOps",
    "KickStep",
    "ListOnly",
    "PatchStep",
    "RecordUpdate",
    "RunStep",
    "SiteLayout",
    "Step",
    "SyncIpiStep",
    "TwoTrampolines",
    "WaitStep",
    "WriteTextStep",
    "find_design",
    "read_design",
    "with_own",
]

DESIGNS: dict[str, Design] = {
    design.name: design
    for design in (CallOps(), ListOnly(), TwoTrampolines(), DynamicTrampoline(), GlobalOps())
}
"""Name -> design."""
