"""A design of the user's own: a Python file that defines one subclass of `Design`, with its assembly next to it.

Code runs only because the user named the file; a scenario or a replay file never makes that happen.  What was read is
a value (`DesignFile`), so worker processes execute the very text that the first process read.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

from ...errors import InputError
from ...reading import exists, read_text, shortened
from ...suggestions import did_you_mean
from ..marks import WINDOWS
from .base import Design
from .errors import DesignError
from .guard import blame, guarded

__all__ = ["DesignFile", "find_design", "read_design", "with_own"]

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class DesignFile:
    """A design file as it was read.

    Attributes:
        path: as the user named it.
        text: its Python.
        asm: names and texts of the assembly files that are next to it and that the design asks for.
    """

    path: str
    text: str
    asm: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """Of the Python and the assembly."""
        digest = blake2b(self.text.encode(), digest_size=16)
        for name, text in self.asm:
            digest.update(f"\0{name}\0{text}".encode())
        return f"blake2b:{digest.hexdigest()}"

    def design(self) -> Design:
        """The design in it, one a process.  Raises DesignError."""
        return _design(self)


def find_design(named: str, shipped: Mapping[str, Design], place: str) -> Design | DesignFile:
    """The design somebody named: a shipped one's name, or a file, which is read.

    `place` is where it was named, for the message.  Raises InputError.
    """
    if named in shipped:
        return shipped[named]
    path = Path(named)
    if path.suffix != ".py" and not exists(path):
        known = f"known are {', '.join(shipped)}, and files FILE.py"
        hint = did_you_mean(named, shipped, known, show=str)
        raise InputError(place, "", f"unknown design {shortened(named)!r}; {hint}")
    return read_design(path, shipped)


def with_own(file: DesignFile | None, shipped: Mapping[str, Design]) -> Mapping[str, Design]:
    """The designs that scenarios may name: the shipped ones, and the one in `file`."""
    if file is None:
        return shipped
    design = file.design()
    return {**shipped, design.name: design}


def read_design(path: Path, shipped: Mapping[str, Design]) -> DesignFile:
    """Read a design file and the assembly next to it; check all that can be checked before a world is built.

    `shipped` are the designs whose names are taken.  Raises DesignError.
    """
    file = DesignFile(str(path), _text(path))
    kind = _only_design(file)
    _check(file, kind, shipped)
    asked = dict.fromkeys((*kind.asm, kind.template))
    asm = tuple((name, _text(path.parent / name)) for name in asked if (path.parent / name).is_file())
    whole = DesignFile(file.path, file.text, asm)
    whole.design()
    return whole


def _text(path: Path) -> str:
    return read_text(path, blame=DesignError)


@cache
def _design(file: DesignFile) -> Design:
    kind = _only_design(file)
    line = _class_line(file, kind)
    try:
        made = kind()
    except Exception as error:  # boundary: what the user's code raises is the user's  # noqa: BLE001
        raise blame(file.path, error, line) from None
    return guarded(made, file.path, line, dict(file.asm))


def _only_design(file: DesignFile) -> type[Design]:
    """The one subclass of `Design` that the file defines."""
    module = _execute(file.path, file.text)
    found = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Design) and value.__module__ == module.__name__
    )
    kinds = list(dict.fromkeys(found))
    if not kinds:
        raise DesignError(
            file.path,
            "",
            "defines no design; right is one class derived from ftrace_actors.kernel.designs.Design"
            " or from a shipped design, as CallOps",
        )
    if len(kinds) > 1:
        names = ", ".join(f"{kind.__name__} (line {_class_line(file, kind)})" for kind in kinds)
        raise DesignError(file.path, "", f"defines {len(kinds)} designs, {names}; right is one")
    return kinds[0]


@cache
def _execute(path: str, text: str) -> ModuleType:
    """Run the file, once in a process."""
    digest = blake2b(f"{path}\0{text}".encode(), digest_size=8).hexdigest()
    module = ModuleType(f"ftrace_actors_own_design_{digest}")
    module.__file__ = path
    try:
        code = compile(text, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f"line {error.lineno}" if error.lineno else ""
        raise DesignError(path, where, f"not Python: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:  # a null byte, or deeper than the parser goes
        raise DesignError(path, "", f"not Python: {str(error) or 'nested too deeply'}") from None
    sys.modules[module.__name__] = module  # where dataclasses look their module up
    try:
        exec(code, vars(module))
    except (Exception, SystemExit) as error:  # boundary: what the user's code raises is the user's  # noqa: BLE001
        raise blame(path, error, 0) from None
    return module


def _class_line(file: DesignFile, kind: type[Design]) -> int:
    """Where a class of the file starts; 0 when it was not made by a `class` statement."""
    lines = (
        node.lineno
        for node in ast.walk(ast.parse(file.text))
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    )
    return next(lines, 0)


def _check(file: DesignFile, kind: type[Design], shipped: Mapping[str, Design]) -> None:
    """What a class has to say of itself.  Whatever its types promise is looked at: nobody ran mypy over the file."""
    where = f"line {_class_line(file, kind)}"

    def wrong(message: str) -> DesignError:
        return DesignError(file.path, where, f"{kind.__name__} {message}")

    missing = sorted(kind.__abstractmethods__)  # a class that has some cannot be made
    if missing:
        raise wrong(f"lacks {' and '.join(f'{name}()' for name in missing)}")
    name = kind.__dict__.get("name")
    if name is None:
        raise wrong('has no name of its own; write name = "my-design" in it')
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise wrong(f"has the name {name!r}; right are small letters, digits and hyphens, as my-design")
    if name in shipped:
        raise wrong(f"has the name {name!r}, which is a shipped design's; give it one of its own")
    summary = kind.__dict__.get("summary")
    if not isinstance(summary, str) or not summary or "\n" in summary:
        raise wrong(
            'has no summary; write summary = "one line" in it'
            if summary is None
            else "has a summary that is not one line"
        )
    for attribute, (fits, right) in _ATTRIBUTES.items():
        value = getattr(kind, attribute)
        if not fits(value):
            raise wrong(f"has {attribute} = {value!r}; right is {right}")
    for one in (*kind.asm, *([kind.template] if kind.template else [])):
        beside = Path(file.path).parent / one
        shipped_file = files("ftrace_actors.kernel") / "asm" / one
        if Path(one).name != one or not (beside.is_file() or shipped_file.is_file()):
            raise wrong(f"needs {one!r}, which is neither at {beside} nor among the shipped assembly")


def _names(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, str) for one in value)


def _pairs(value: object) -> bool:
    return isinstance(value, tuple) and all(_names(one) and len(one) == 2 for one in value)


_ATTRIBUTES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "asm": (_names, "a tuple of file names"),
    "windows": (
        lambda value: _names(value) and set(value) <= set(WINDOWS),
        f"a tuple of {', '.join(WINDOWS)}",
    ),
    "pre_nops": (lambda value: value in range(17), "a number from 0 to 16"),
    "words": (_pairs, "a tuple of pairs: a word's name, and the symbol whose address it holds at first"),
    "modifiable": (_names, "a tuple of symbols"),
    "blind": (_names, "a tuple of symbols"),
    "template": (lambda value: isinstance(value, str), "a file name"),
    "specialises": (lambda value: isinstance(value, bool), "True or False"),
}
"""Class attribute -> what it must be: asked, and in words."""
