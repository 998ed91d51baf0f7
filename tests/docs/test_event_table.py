"""The documented event schema is the schema."""

from ftrace_actors.events import EVENT_KINDS
from ftrace_actors.inspect.query import FIELDS
from tests.docs.event_table import PAGE, TABLE, table


def test_the_table_is_in_step_with_the_schema() -> None:
    found = TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == table(), "the schema has changed: python -m tests.docs.event_table"


def test_every_kind_and_every_field_is_in_it() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [kind for kind in EVENT_KINDS if f"| `{kind.__struct_config__.tag}` |" not in page] == []
    assert [name for name in FIELDS if name not in page] == []
