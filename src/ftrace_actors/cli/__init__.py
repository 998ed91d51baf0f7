"""The ``ftrace-actors`` command: the only room that knows a terminal.

Results go to stdout and nothing else does; progress and logs go to stderr. Exit codes are in :class:`ExitCode`.
"""

from .app import main
from .exit_codes import ExitCode

__all__ = ["ExitCode", "main"]
