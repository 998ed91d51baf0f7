"""Where the scenarios are that came with this package.

They are the ``scenarios/`` of the working directory or of the checkout this package runs from, else the copy in the
wheel.
"""

from pathlib import Path

from .errors import InputError

__all__ = ["came_with_package", "shipped"]

_PACKAGE = Path(__file__).resolve().parent


def shipped() -> Path:
    """The directory of shipped scenarios; raises `InputError` when there is none."""
    candidates = [Path("scenarios"), _PACKAGE.parents[1] / "scenarios", _PACKAGE / "scenarios"]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise InputError("scenarios", "", "no such directory, and none came with the package")


def came_with_package(path: Path) -> bool:
    """Whether a scenario file is one of those that this package was installed or checked out with."""
    homes = (_PACKAGE.parents[1] / "scenarios", _PACKAGE / "scenarios")
    return path.absolute().parent in homes
