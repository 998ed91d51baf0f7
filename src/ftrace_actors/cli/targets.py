"""From what the user typed to scenario files.

A target is a file, a directory (every ``*.toml`` below it), the name of a shipped scenario or of a group of them
(`groups.GROUPS`), a pattern of their names (``teardown-*``), or the word ``scenarios`` for all of them.  Shipped
scenarios are the ``scenarios/`` of the working directory or of the checkout this package runs from, else the copy in
the wheel.
"""

from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError
from ..reading import exists, files_below, is_directory
from ..shipped import shipped
from ..suggestions import did_you_mean
from .groups import GROUPS, matching

__all__ = ["ALL", "is_meant_by_name", "is_shipped", "resolve", "resolve_each"]

ALL = "scenarios"
"""The name of the directory they are in, here and in a wheel."""


def is_meant_by_name(path: str) -> bool:
    """Whether the name of a scenario file, without directory, means this file."""
    found = _shipped_by_name().get(Path(path).stem)
    return found is not None and found.absolute() == Path(path).absolute()


def is_shipped(name: str) -> bool:
    """Whether a shipped scenario has this name."""
    return name in _shipped_by_name()


def _shipped_by_name() -> dict[str, Path]:
    """Nothing where no scenarios were shipped."""
    try:
        return {file.stem: file for file in _below(shipped())}
    except InputError:
        return {}


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
    """As `resolve`, but what is wrong with one target takes its place."""
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
    if target == ALL:  # also where no such directory is: an installed package carries its scenarios
        return list(known.values())
    if found := [known[name] for name in matching(target, known)]:
        return found
    names = [*known, *(group.name for group in GROUPS)]
    hint = did_you_mean(target, names, "see `ftrace-actors list`", 3, str)
    raise InputError(target, "", f"no such file, directory, shipped scenario or group of them; {hint}")
