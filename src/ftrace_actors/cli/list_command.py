"""``list``: scenarios, one line each, with what they expect."""

from collections.abc import Sequence

import msgspec

from ..errors import InputError
from .exit_codes import ExitCode
from .session import Session
from .targets import resolve
from .worlds import Card

__all__ = ["list_scenarios"]


def list_scenarios(session: Session, targets: Sequence[str], *, json: bool) -> ExitCode:
    """The command; its exit code. An unusable scenario is named on stderr, and the others are listed."""
    cards: list[Card] = []
    code = ExitCode.OK
    for path in resolve(targets):
        try:
            cards.append(session.worlds.read(path))
        except InputError as error:
            session.note(str(error))
            code = ExitCode.USAGE
    name_width = max((len(card.name) for card in cards), default=0)
    expect_width = max((len(_expected(card)) for card in cards), default=0)
    for card in cards:
        if json:
            session.plain(msgspec.json.encode(_as_json(card)).decode())
            continue
        line = f"{card.name:<{name_width}}  {_expected(card):<{expect_width}}  {card.summary}".rstrip()
        session.say(_cut(line, session.width) if session.out.is_terminal else line)
    return code


def _expected(card: Card) -> str:
    words = " or ".join(card.expect.verdicts)
    return f"{words} in {card.expect.window}" if card.expect.window else words


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"


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
