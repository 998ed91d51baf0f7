"""A scenario's patching core as a litmus test; see `core`."""

from .core import as_litmus, core_of
from .story import patches_of

__all__ = ["as_litmus", "core_of", "patches_of"]
