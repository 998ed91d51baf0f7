"""Protocol designs: how a traced function reaches its tracers, one file each, one interface.

Adding a design is one file here, its assembly in `kernel/asm/`, and one line in `DESIGNS`.
"""

from __future__ import annotations

from .base import Design, SiteLayout
from .call_ops import CallOps
from .list_only import ListOnly

__all__ = ["DESIGNS", "Design", "SiteLayout"]

DESIGNS: dict[str, Design] = {design.name: design for design in (CallOps(), ListOnly())}
"""Name -> design."""
