"""``new``: a scenario to begin with, for one of some questions; it runs as it is."""

from __future__ import annotations

import shlex
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from ..errors import InputError
from ..reading import shortened
from ..suggestions import did_you_mean
from ..terminal import fold
from .exit_codes import ExitCode
from .options import Here
from .session import Session

__all__ = ["QUESTIONS", "command", "template"]

QUESTIONS: Final = {
    "enable": "Is every call traced that has to be, while the function is being enabled?",
    "teardown": "When a tracer is removed, does anybody still use it?",
    "two-tracers": "A second tracer comes and goes: is either lost, or used after it was freed?",
    "trampoline": "The text of a trampoline is freed with its tracer: may a CPU still execute it?",
    "routine": "A64 code of your own: is a call traced when a flag has said so?",
}
"""The file of each is in `templates/`."""
DEFAULT: Final = "teardown"


def command(
    name: Path | None = None,
    /,
    *,
    question: Annotated[str, Parameter(alias="-q")] = DEFAULT,
    session: Here,
) -> int:
    """A scenario of your own to begin with: commented, for one of some questions, and it runs as it is.

    Parameters
    ----------
    name
        The file to write, with or without .toml; left out, the questions are listed.
    question
        enable, teardown, two-tracers, trampoline or routine.
    """
    if name is None:
        return _list(session)
    text = template(question)
    path = _path(name)
    _write(path, text)
    said = shlex.quote(str(path))
    session.plain(f"wrote {path}: {QUESTIONS[question]}")
    session.plain(f"  ftrace-actors run {said}")
    session.plain("What to try with it is in its first lines.")
    return ExitCode.OK


def template(question: str) -> str:
    """The text of a new scenario.  Raises `InputError` for a question that there is none for."""
    if question not in QUESTIONS:
        hint = did_you_mean(question, QUESTIONS, f"known are {', '.join(QUESTIONS)}")
        raise InputError("--question", "", f"{shortened(question)!r} is not known; {hint}")
    return (files(__package__) / "templates" / f"{question}.toml").read_text(encoding="utf-8")


def _path(name: Path) -> Path:
    """The file to write.  Raises `InputError` for a name that no scenario can have."""
    if not name.name or str(name).endswith("/"):
        raise InputError(str(name) or "''", "", "is not the name of a file; give one, as mine.toml")
    if name.suffix == ".toml":
        return name
    return name.with_name(f"{name.name}.toml")


def _write(path: Path, text: str) -> None:
    """Raises `InputError`; a file that is there stays what it is."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(str(path), "", "is there already; give another name") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(str(path), "", f"cannot be written: {why}") from None


def _list(session: Session) -> ExitCode:
    width = max(map(len, QUESTIONS))
    for question, about in QUESTIONS.items():
        head = f"{question:<{width}}  "
        for line in fold(about, session.width, head, " " * len(head)):
            session.plain(line)
    session.plain("to write one: ftrace-actors new NAME --question QUESTION")
    return ExitCode.OK
