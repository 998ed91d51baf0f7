"""Which signals ask a program to end; both the command line and the worker processes go by this."""

import signal

__all__ = ["ENDINGS"]

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals by which a terminal, a person or a supervisor asks a program to end."""
