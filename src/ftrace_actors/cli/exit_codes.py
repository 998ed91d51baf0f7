"""What the command's exit codes mean."""

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """Exit codes. Deadlock, livelock and unpredictable are verdicts, judged by what the scenario expects."""

    OK = 0
    """Everything came out as expected."""
    UNEXPECTED = 1
    """Something did not."""
    USAGE = 2
    """An option, a scenario or a replay file cannot be used."""
    DIVERGED = 4
    """A replay did not lead to the recorded run."""
    BUG = 70
    """The laboratory is wrong, not you."""
    INTERRUPTED = 130
    """Ctrl-C, SIGTERM or SIGHUP; what was finished was printed."""
    PIPE = 141
    """The reader of our output went away."""

    @classmethod
    def worst(cls, *codes: "ExitCode") -> "ExitCode":
        """Of several things that happened in one command, the one to tell."""
        return max(codes, default=cls.OK)
