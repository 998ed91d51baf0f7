"""``list``: scenarios, with what they expect and what they are about; and designs."""

from collections.abc import Sequence

import msgspec

from ..errors import InputError
from ..kernel.designs import DESIGNS
from ..terminal import fold, one_line
from .exit_codes import ExitCode
from .session import Session
from .targets import resolve_each
from .worlds import Card

__all__ = ["list_designs", "list_scenarios"]

INDENT = " " * 4


def list_scenarios(session: Session, targets: Sequence[str], *, json: bool) -> ExitCode:
    """The command; its exit code. An unusable scenario is named on stderr, and the others are listed."""
    cards: list[Card] = []
    code = ExitCode.OK
    for path in resolve_each(targets):
        try:
            if isinstance(path, InputError):
                raise path
            cards.append(session.worlds.read(path))
        except InputError as error:
            session.note(str(error))
            code = ExitCode.USAGE
    name_width = max((len(card.name) for card in cards), default=0)
    for card in cards:
        if json:
            session.plain(msgspec.json.encode(_as_json(card)).decode())
            continue
        session.say(f"{one_line(card.name):<{name_width}}  {_expected(card)}")
        for line in fold(card.summary, session.width, INDENT):
            session.plain(line)
    return code


def list_designs(session: Session, targets: Sequence[str], *, json: bool) -> ExitCode:
    """``list --designs``: the shipped ones, then the user's; its exit code."""
    if targets:
        raise InputError("--designs", "", f"lists designs, not scenarios; leave out {' '.join(targets)}")
    own = [] if session.own is None else [session.own.design()]
    designs = [*DESIGNS.values(), *own]
    width = max(len(design.name) for design in designs)
    for design in designs:
        if json:
            row = {"name": design.name, "summary": design.summary, "file": design.source or None}
            session.plain(msgspec.json.encode(row).decode())
            continue
        head = f"{design.name:<{width}}  "
        for line in fold(design.summary, session.width, head, " " * len(head)):
            session.plain(line)
    return ExitCode.OK


def _expected(card: Card) -> str:
    words = " or ".join(card.expect.verdicts)
    return f"{words} in {card.expect.window}" if card.expect.window else words


def _as_json(card: Card) -> dict[str, object]:
    return {
        "name": card.name,
        "path": card.path,
        "expect": {
            "verdict": list(card.expect.verdicts),
            "invariants": list(card.expect.invariants),
            "window": card.expect.window,
        },
        "summary": card.summary,
    }
