"""``python -m ftrace_actors`` is the ``ftrace-actors`` command."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
