"""The table of events in docs/logs.md, made from the schema: ``python -m tests.docs.event_table`` writes it anew."""

import re
from pathlib import Path

from ftrace_actors.events import EVENT_KINDS, Event
from ftrace_actors.events.encoding import HEX_NAMES
from ftrace_actors.events.fields import fields_of

PAGE = Path(__file__).parents[2] / "docs" / "logs.md"
TABLE = re.compile(r"(?<=<!-- events -->\n).*?(?=<!-- end of events -->)", re.DOTALL)


def wire(name: str, held: object) -> str:
    """How a log holds a field."""
    lists = {tuple[int, ...]: "hex list", tuple[str, ...]: "text list"}
    if held in lists:
        return lists[held]  # type: ignore[index]
    if held is int:
        return "hex" if name in HEX_NAMES else "number"
    return "truth" if held is bool else "text"


def said(kind: type[Event]) -> str:
    """The first sentence of the docstring."""
    text = " ".join((kind.__doc__ or "").split())
    return re.split(r"(?<=\.) (?=[A-Z`])", text)[0].replace("|", "\\|")


def row(kind: type[Event]) -> str:
    own = [field for field in fields_of(kind) if field.name not in Event.__struct_fields__]
    fields = ", ".join(f"{field.name}: {wire(field.name, field.held)}" for field in own)
    return f"| `{kind.__struct_config__.tag}` | {fields or '-'} | {said(kind)} |"


def table() -> str:
    lines = ["| kind | fields of its own | what happened |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(row(kind) for kind in EVENT_KINDS)]) + "\n"


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(lambda _: table(), page), encoding="utf-8")
