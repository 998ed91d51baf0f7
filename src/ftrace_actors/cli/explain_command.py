"""``explain``: what a word of reports, scenarios or options means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from ..errors import InputError
from ..reading import shortened
from ..suggestions import did_you_mean
from ..terminal import fold
from .exit_codes import ExitCode
from .glossary import Entry, entries
from .options import Here
from .session import Session

__all__ = ["command", "lookup"]

INDENT: Final = "  "
_FLAG = Parameter(negative="", show_default=False)


def command(*words: str, json: Annotated[bool, _FLAG] = False, session: Here) -> int:
    """What a word means: an invariant, window, strategy, wait, key, ordering, design, verdict, kernel function or term.

    Parameters
    ----------
    words
        As INV-QUIET, W1, pct, wait, protocol.drop, clean-dsb, ftrace_sync_ipi; left out, all words are listed by kind.
    json
        One object an entry.
    """
    known = entries()
    found = known
    if words:
        try:
            found = [entry for word in words for entry in lookup(word, known)]
        except InputError:
            found = lookup(" ".join(words), known)  # `explain stale pointer` without quotes
    if json:
        for entry in found:
            session.plain(msgspec.json.encode(_as_json(entry)).decode())
        return ExitCode.OK
    if not words:
        _list(session, known)
        return ExitCode.OK
    for entry in found:
        session.plain(f"{', '.join(entry.words)} ({entry.kind})")
        for line in fold(f"{_sentence(entry.text)} See docs/{entry.page}.", session.width, INDENT):
            session.plain(line)
    return ExitCode.OK


def lookup(word: str, known: Sequence[Entry]) -> list[Entry]:
    """The entries of a word, in any case; a key also by its last part.  Raises `InputError` with what is close."""
    asked = word.strip().lower().removeprefix("--set ")
    found = [entry for entry in known if asked in _spellings(entry)]
    if not found and (plain := _plain(asked)) != asked:
        found = [entry for entry in known if plain in _spellings(entry)]
    if not found and (stem := asked.partition(":")[0]) != asked:
        found = [entry for entry in known if entry.kind == "sometimes" and stem in _stems(entry)]
    if not found:
        found = [entry for entry in known if asked in entry.values]
    if found:
        return found
    spellings = {spelling: None for entry in known for spelling in _spellings(entry)}
    hint = did_you_mean(asked, spellings, "`ftrace-actors explain` lists all words", 3)
    raise InputError("explain", "", f"{shortened(word)!r} is not known; {hint}")


def _plain(asked: str) -> str:
    """A name as reports print it without what differs from run to run: cpu2, kworker/0, ftrace_call+0x4, f()."""
    name = re.sub(r"\+(0x)?[0-9a-f]+$", "", asked.removesuffix("()").removeprefix("config_"))
    name = re.sub(r"^(cpu|kworker/|ftrace_tramp\.)\d+$", r"\1n", name)
    name = re.sub(r"^(dsb|dmb) \w+$", r"\1", name)
    return re.sub(r"^(\w+) (replies|reports)$", r"\1", name)


def _spellings(entry: Entry) -> set[str]:
    words = {word.lower() for word in entry.words}
    if entry.kind == "key":
        words |= {word.rpartition(".")[2] for word in words} | {
            word.partition(".")[0] for word in words if "." in word
        }
    return words


def _sentence(text: str) -> str:
    """The text with a capital, unless it begins with a name."""
    first = text.split(maxsplit=1)[0]
    return text[0].upper() + text[1:] if first.isalpha() and first.islower() else text


def _stems(entry: Entry) -> set[str]:
    return {word.partition(":")[0].lower() for word in entry.words}


def _list(session: Session, known: Iterable[Entry]) -> None:
    ordered = sorted(known, key=lambda entry: entry.kind)
    for kind, members in groupby(ordered, key=lambda entry: entry.kind):
        names = ", ".join(word for entry in members for word in entry.words)
        session.plain(kind)
        for line in fold(names, session.width, INDENT):
            session.plain(line)


def _as_json(entry: Entry) -> dict[str, object]:
    return {
        "words": list(entry.words),
        "kind": entry.kind,
        "text": entry.text,
        "page": f"docs/{entry.page}",
    }
