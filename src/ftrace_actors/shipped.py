"""Where the scenarios and pages are that came with this package.

Scenarios are the ``scenarios/`` of the working directory or of the checkout this package runs from, else the copy in
the wheel.  Of the pages in ``docs/`` a wheel has those that a command reads.
"""

from pathlib import Path

from .errors import InputError

__all__ = ["came_with_package", "page", "shipped"]

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


def page(name: str) -> str:
    """The text of a page; raises `InputError` when it did not come with the package."""
    for candidate in (_PACKAGE.parents[1] / "docs" / name, _PACKAGE / "docs" / name):
        if candidate.is_file():
            return candidate.read_text(encoding="utf-8")
    raise InputError(f"docs/{name}", "", "did not come with the package; install it again")
