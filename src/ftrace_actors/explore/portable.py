"""How a file that lasts names another one: in the same way wherever the checkout is."""

from pathlib import Path

from ..errors import InputError
from ..reading import exists
from ..shipped import shipped

__all__ = ["locate", "portable"]


def portable(path: str) -> str:
    """How to name a file of the user where that must not depend on where the checkout is.

    A shipped scenario by its path below the directory that holds ``scenarios/``, another file as it was given, an
    absolute path by its last part.
    """
    file = Path(path)
    if not file.is_absolute():
        return file.as_posix()
    try:
        return file.relative_to(shipped().absolute().parent).as_posix()
    except (InputError, ValueError):
        return file.name


def locate(path: str) -> Path:
    """Where a file that `portable` named may be found: here, else next to the shipped scenarios."""
    file = Path(path)
    if exists(file) or file.is_absolute():
        return file
    try:
        return shipped().parent / file
    except InputError:
        return file
