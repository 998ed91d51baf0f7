"""The exception tree: one base, and whose fault it was.

Findings (an invariant that broke, a deadlock, an unpredictable fetch) are values, never exceptions. An
exception means that a run could not be made or trusted, and its branch says who has to act:

- :class:`InputError`: the user; a scenario, a replay file or an option is wrong. The command line prints its
  one line and exits 2.
- :class:`ModelError`: us; the laboratory contradicted itself. The command line says so and exits 70.
- :class:`ReplayDiverged`: nobody in particular; the record is of another run. The command line exits 4.

What a room raises for itself is in its own `errors.py`. Here is what the command line must tell apart without
loading those rooms.
"""

__all__ = [
    "DesignChanged",
    "FtraceActorsError",
    "InputError",
    "ModelError",
    "ReplayDiverged",
    "RunFailed",
    "clipped",
]

_CLIPPED = 240
"""Characters of either end of a text that is too long for a message."""


def clipped(text: str) -> str:
    """`text` without its middle when it is too long for a message: what it is about is at its ends."""
    return text if len(text) <= 2 * _CLIPPED + 5 else f"{text[:_CLIPPED]} ... {text[-_CLIPPED:]}"


class FtraceActorsError(Exception):
    """Base of everything this package raises on purpose."""


class InputError(FtraceActorsError):
    """Something the user wrote cannot be used.

    ``file`` is a path or ``"<text>"``; ``key_path`` points into it (``"task[1].calls"``), empty when the
    whole file is at fault. ``str()`` is one line: ``FILE: KEY.PATH: MESSAGE``.
    """

    def __init__(self, file: str, key_path: str, message: str) -> None:
        """Keep the three parts, so that callers can show them apart."""
        super().__init__(file, key_path, message)
        self.file = file
        self.key_path = key_path
        self.message = message

    def __str__(self) -> str:
        return ": ".join(clipped(part) for part in (self.file, self.key_path, self.message) if part)


class DesignChanged(InputError):
    """A run was recorded with another text of a user's design: it cannot be made again.  The command line exits 4."""


class ModelError(FtraceActorsError):
    """The laboratory is wrong: an internal contradiction, to be reported with its traceback."""


class RunFailed(ModelError):
    """A run raised: our bug. Carries text only, since it travels between processes."""

    def __init__(self, message: str, details: str) -> None:
        super().__init__(message, details)
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return self.message


class ReplayDiverged(FtraceActorsError):
    """A recorded choice does not fit the run that replays it.

    Attributes:
        position: the number of the choice in the run, from 0.
        expected: what the record says about that choice.
        found: what the run asked there.
    """

    def __init__(self, position: int, expected: str, found: str) -> None:
        super().__init__(f"replay diverged at choice {position}: expected {expected}, found {found}")
        self.position = position
        self.expected = expected
        self.found = found
