"""A second opinion on litmus tests, by another idea: candidate executions and acyclicity.

Slow and plain.  Nothing here knows of views, promises or timelines, and nothing of `arm64/` is used; only the parser
of the litmus format is shared.
"""

from .candidates import State, states
from .source import UnsupportedError

__all__ = ["State", "UnsupportedError", "states"]
