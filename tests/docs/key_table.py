"""The table of keys in docs/scenarios.md, made from the schema: ``python -m tests.docs.key_table`` writes it anew."""

import re
from pathlib import Path

from ftrace_actors.scenario.keys import Key, keys

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
TABLE = re.compile(r"(?<=<!-- keys -->\n).*?(?=<!-- end of keys -->)", re.DOTALL)


def held(key: Key) -> str:
    """What a key may hold."""
    if not key.choices:
        return key.kind
    words = ", ".join(f"`{choice}`" for choice in key.choices)
    return f"{key.kind} of {words}" if key.listed else words


def default(key: Key) -> str:
    """What it is when it is left out."""
    if key.required:
        return "**required**"
    if key.default is None:
        return "-"
    if key.default == ():
        return "`[]`"
    if isinstance(key.default, bool):
        return "`true`" if key.default else "`false`"
    return f"`{key.default}`" if key.default != "" else "nothing"


def table() -> str:
    lines = ["| key | what it is | may hold | left out |", "| --- | --- | --- | --- |"]
    rows = (f"| `{key.path}` | {key.about} | {held(key)} | {default(key)} |" for key in keys().values())
    return "\n".join([*lines, *rows]) + "\n"


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(lambda _: table(), page), encoding="utf-8")
