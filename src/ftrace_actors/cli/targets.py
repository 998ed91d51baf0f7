"""From what the user typed to scenario files.

A target is a file, a directory (every ``*.toml`` below it), or the name of a shipped scenario. Shipped scenarios are
the ``scenarios/`` of the working directory or of the checkout this package runs from, else the copy in the wheel.
"""

from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError
from ..reading import exists, files_below, is_directory
from ..suggestions import did_you_mean

__all__ = [
    "came_with_package",
    "is_meant_by_name",
    "locate",
    "portable",
    "resolve",
    "resolve_each",
    "shipped",
]

_PACKAGE = Path(__file__).resolve().parents[1]


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


def portable(path: str) -> str:
    """How to name a scenario file where it must not depend on where the checkout is.

    A shipped one by its path below the directory that holds ``scenarios/``, another one as it was given, an absolute
    path by its last part.
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


def is_meant_by_name(path: str) -> bool:
    """Whether the name of a scenario file, without directory, means this file."""
    try:
        found = {file.stem: file for file in _below(shipped())}.get(Path(path).stem)
    except InputError:
        return False
    return found is not None and found.absolute() == Path(path).absolute()


def _below(directory: Path) -> list[Path]:
    return files_below(directory, ".toml")


def resolve(targets: Iterable[str]) -> list[Path]:
    """The scenario files meant, in the order given, each once; without targets, the shipped ones.

    Raises `InputError` for a target that is none of file, directory or name, and for an empty directory.
    """
    found = resolve_each(targets)
    for path in found:
        if isinstance(path, InputError):
            raise path
    return [path for path in found if isinstance(path, Path)]


def resolve_each(targets: Iterable[str]) -> list[Path | InputError]:
    """As `resolve`, but what is wrong with one target stands in its place."""
    paths: dict[Path | InputError, None] = {}
    for target in list(targets) or [str(shipped())]:
        try:
            paths.update(dict.fromkeys(_one(target)))
        except InputError as error:
            paths[error] = None
    return list(paths)


def _one(target: str) -> list[Path]:
    path = Path(target)
    if not target:
        raise InputError("''", "", "an empty name; give a file, a directory or the name of a scenario")
    if is_directory(path):
        found = _below(path)
        if not found:
            raise InputError(target, "", "no scenario (*.toml) below this directory")
        return found
    if exists(path):
        return [path]
    if path.suffix or len(path.parts) > 1:
        raise InputError(target, "", "no such file or directory")
    known = {file.stem: file for file in _below(shipped())}
    if target in known:
        return [known[target]]
    hint = did_you_mean(target, known, "see `ftrace-actors list`", 3, str)
    raise InputError(target, "", f"no such file, directory or shipped scenario; {hint}")
