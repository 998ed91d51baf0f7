"""The word by which a run can be made again elsewhere, as reports print it."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from ..errors import InputError
from ..explore import Recording
from ..explore.portable import locate
from ..explore.token import encode, made_of, token_of
from ..reading import read_text
from ..result import RunResult
from ..scenario.designs import DESIGN_KEY
from .session import Session
from .targets import is_meant_by_name

__all__ = [
    "recorded_text_is_there",
    "token_command",
    "token_lines",
    "token_of_recording",
    "token_words",
    "world_hash",
]

SHOWN_MAX = 200
"""Characters of a token that a report prints; one that is longer is not for pasting, and there is the replay file."""


def world_hash(session: Session, text: str, overrides: Mapping[str, str]) -> bytes:
    """What a token must have been made of, to be one of this scenario and the session's own design."""
    return made_of(text, overrides, "" if session.own is None else session.own.digest)


def token_words(session: Session, text: str, overrides: Mapping[str, str], result: RunResult) -> str:
    """The token of a recorded run; "" where it would be too long."""
    token = encode(token_of(world_hash(session, text, overrides), result))
    return token if len(token) <= SHOWN_MAX else ""


def token_lines(session: Session, path: str, overrides: Mapping[str, str], token: str) -> list[str]:
    """The line of a report that says what to type; none without a token."""
    return [f"  token  {token_command(session, path, overrides, token)}"] if token else []


def token_command(session: Session, path: str, overrides: Mapping[str, str], token: str) -> str:
    """What to type for the run of a token."""
    name = Path(path).stem if is_meant_by_name(path) else path
    own = session.own is not None
    changed = "".join(
        f" --set {shlex.quote(f'{key}={value}')}"
        for key, value in sorted(overrides.items())
        if not (own and key == DESIGN_KEY)
    )
    return f"ftrace-actors replay {shlex.quote(name)} {token}{changed}{session.own_option}"


def token_of_recording(session: Session, recording: Recording, result: RunResult) -> tuple[str, str]:
    """The path of a recorded scenario and the token of its run; "" where the file there is not the recorded one."""
    part = recording.scenario
    path = locate(part.path)
    same = recorded_text_is_there(recording)
    return str(path), token_words(session, part.text, part.overrides, result) if same else ""


def recorded_text_is_there(recording: Recording) -> bool:
    """Whether the scenario's file still has the recorded text, which tokens need."""
    try:
        return read_text(locate(recording.scenario.path)) == recording.scenario.text
    except InputError:
        return False
