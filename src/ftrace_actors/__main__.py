"""``python -m ftrace_actors`` is the ``ftrace-actors`` command.

Most of the time before a command begins is spent in imports.  Ctrl-C there ends the program at once and quietly:
nothing was begun, and an exception would come out wherever the import is.  While a command runs, `cli` handles it.
"""

import os
import signal
import sys
from types import FrameType

__all__ = ["main"]

INTERRUPTED = 130


def _leave(signal_number: int, frame: FrameType | None) -> None:
    try:
        os.write(2, b"ftrace-actors: interrupted\n")
    except OSError:
        pass
    finally:
        os._exit(INTERRUPTED)


def main() -> int:
    """The command, with the process's arguments; its exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    from .cli import main as command  # noqa: PLC0415  # after the handler, since this is the first of the imports

    return command()


if __name__ == "__main__":
    sys.exit(main())
