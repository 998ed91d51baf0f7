"""Pages that are made from the code: commands, words, keys, events.

`pages` needs nothing but the package itself, so that a test may ask whether every public name is on one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ftrace_actors.cli.app import build_app
from ftrace_actors.cli.glossary import Entry, entries
from ftrace_actors.events.flavours import FLAVOURS, Flavour
from tests.docs.event_table import table as event_table
from tests.docs.key_table import table as key_table

__all__ = ["NAMES", "pages"]


class _Words(NamedTuple):
    """A page of words of one kind, and where a page for people says more."""

    page: str
    kind: str
    title: str
    more: str


_WORDS: Final = (
    _Words(
        "invariants",
        "invariant",
        "Invariants",
        "What is checked in every run: [checks](../docs/howto/check.md).",
    ),
    _Words(
        "windows", "window", "Windows of a call in flight", "[The kernel](../docs/kernel.md#the-windows)."
    ),
    _Words("strategies", "strategy", "Strategies", "[How runs are explored](../docs/exploration.md)."),
    _Words("orderings", "ordering", "Orderings", "[What orders what](../docs/orderings.md)."),
    _Words("designs", "design", "Designs", "[Designs](../docs/designs.md)."),
    _Words("actions", "action", "Actions of tasks", "[Scenario files](../docs/scenarios.md)."),
    _Words("sometimes", "sometimes", "What `sometimes` asks for", "[Scenario files](../docs/scenarios.md)."),
    _Words("verdicts", "verdict", "Verdicts", "[What *holds* does not mean](../docs/holds.md)."),
    _Words("severities", "severity", "Severities", "[Glossary](../docs/glossary.md)."),
)

NAMES: Final = ("commands", "keys", "flavours", "events", *(words.page for words in _WORDS))
"""The pages, in the order of the navigation."""


def pages() -> dict[str, str]:
    """Name of each page -> its Markdown."""
    known = entries()
    made = {
        "commands": _commands(),
        "keys": _page("Keys of a scenario", "[Scenario files](../docs/scenarios.md).", key_table()),
        "flavours": _flavours(known),
        "events": _page("Events", "[Reading a log](../docs/logs.md).", event_table()),
        **{words.page: _words(words, known) for words in _WORDS},
    }
    return {name: made[name] for name in NAMES}


def _page(title: str, more: str, body: str) -> str:
    return f"# {title}\n\n{more}\n\n{body}"


def _commands() -> str:
    """As the command line describes itself."""
    text = build_app().generate_docs(output_format="markdown")
    text = re.sub(
        r"^## Table of Contents\n.*?(?=^\*\*Commands\*\*)", "", text, flags=re.MULTILINE | re.DOTALL
    )
    return text.replace("# ftrace-actors\n", "# Commands\n", 1)


def _words(words: _Words, known: Iterable[Entry]) -> str:
    return _page(
        words.title, words.more, "\n".join(_items(entry for entry in known if entry.kind == words.kind))
    )


def _items(found: Iterable[Entry]) -> Iterator[str]:
    for entry in found:
        yield f"- **{', '.join(entry.words)}**: {_escaped(entry.text)}"


def _escaped(text: str) -> str:
    """Plain text as Markdown that shows it."""
    return re.sub(r"([\\<>*_`\[\]])", r"\\\1", text)


def _flavours(known: Iterable[Entry]) -> str:
    rows = [
        f"| `{name}` | {flavour.title} | `{flavour.actor}` | {_waits_for(flavour)} |"
        for name, flavour in FLAVOURS.items()
    ]
    table = "\n".join(["| flavour | title | actor | what it waits for |", "| --- | --- | --- | --- |", *rows])
    words = "\n".join(_items(entry for entry in known if entry.kind == "grace period"))
    more = "[Grace periods](../docs/glossary.md#grace-periods)."
    return _page("Flavours of grace periods", more, f"{table}\n\n{words}\n")


def _waits_for(flavour: Flavour) -> str:
    parts = ["tasks" if flavour.tasks else "CPUs"]
    parts += ["readers"] if flavour.readers else []
    parts += [f"a grace period of {name}" for name in flavour.contains]
    return ", ".join(parts) + (", but not idle CPUs" if flavour.idle_is_quiescent else "")
