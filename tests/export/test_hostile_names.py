"""Names written by others, in every form: each reader must see one name, and nothing of it as its own language."""

import json
import re

import mmdr
import pydot
import pytest

from ftrace_actors.events import Event, Receive, Send
from ftrace_actors.export.chrome import as_chrome
from ftrace_actors.export.dot import as_dot
from ftrace_actors.export.forms import FORMS
from ftrace_actors.export.mermaid import as_mermaid
from ftrace_actors.export.perfetto import as_perfetto
from ftrace_actors.export.recorded import Recorded
from ftrace_actors.export.shiviz import as_shiviz
from ftrace_actors.export.trace_text import as_trace
from ftrace_actors.inspect import EventSymbols
from ftrace_actors.inspect.phrases import Narrator
from ftrace_actors.terminal import one_line
from tests.export import readers

NAMES = (
    'a"b',
    "end",
    "a;b",
    "a-->>b: c",
    "a\nb {} c",
    "%% note",
    "a]; x [label=\\",
    "a\\",
    "#59;",
    "<script>alert(1)</script>",
    "a b-7 [001]",
    "cpu99999999999999999999",
    "\u202eabc\u2028d",
    '{"a":1}',
    "participant x as y",
)


def hostile(name: str) -> Recorded:
    events: list[Event] = [
        Send(0, 0, name, -1, "", -1, f"{name} replies", name, 0, 0),
        Send(1, 1, "x", 0, name, -1, name, name, 1, 0),
        Receive(2, 2, f"{name}2", -1, "", 0, name, 0),
    ]
    return Recorded(
        one_line(name), one_line(name), events, Narrator(events, EventSymbols(events)), frozenset({2})
    )


@pytest.mark.parametrize("name", NAMES)
def test_viewers_show_it_as_it_is(name: str) -> None:
    shown = one_line(name)
    for read in (readers.perfetto(as_perfetto(hostile(name))), readers.chrome(as_chrome(hostile(name)))):
        tracks = {track for track, *_ in [*read.instants, *read.slices]}
        assert tracks == {shown, f"{shown}2", "cpu0"}
    assert json.loads(as_chrome(hostile(name)))["otherData"]["run"] == shown


@pytest.mark.parametrize("name", NAMES)
def test_shiviz_finds_three_events_of_three_hosts(name: str) -> None:
    found = readers.shiviz(as_shiviz(hostile(name)).decode())
    assert len({host for host, _, _ in found}) == len(found) == 3
    assert found[2][2] == f"* 2 receives {one_line(name)}"


@pytest.mark.parametrize("name", NAMES)
def test_a_sequence_diagram_is_still_one(name: str) -> None:
    text = as_mermaid(hostile(name)).decode()
    svg = mmdr.render(text).svg()
    assert "<script" not in svg
    # A message nobody received, one that was, and the reason: no line more, whatever the name has in it.
    heads = [
        line.strip().split(":")[0] for line in text.splitlines() if not line.strip().startswith("participant")
    ]
    assert [re.sub(r"p\d", "p", head) for head in heads[2:]] == ["p-xp", "p->>p", "Note over p,p"]
    decoded = re.sub(r"#(\d+|quot|lt|gt);", _named, text)
    assert f"{one_line(name)} (0 to 2)" in decoded


def _named(match: re.Match[str]) -> str:
    names = {"quot": '"', "lt": "<", "gt": ">"}
    return names[match[1]] if match[1] in names else chr(int(match[1]))


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_has_its_nodes_and_no_others(name: str) -> None:
    (graph,) = pydot.graph_from_dot_data(as_dot(hostile(name)).decode())
    names = {node.get_name() for node in graph.get_nodes()} - {"node", "edge", "graph"}
    assert {node for node in names if re.fullmatch(r"e\d+", node)} == {"e0", "e1", "e2"}
    assert all(re.fullmatch(r"(e|lane)\d+", node) for node in names)


@pytest.mark.parametrize("name", NAMES)
def test_a_line_of_the_trace_is_one_line(name: str) -> None:
    body = [line for line in as_trace(hostile(name)).decode().splitlines() if not line.startswith("#")]
    assert len(body) == 3
    for line in body:
        assert re.search(r"-[123] {6} \[00[01]\] \.{5}     0\.00000[012]: (send|receive): ", line)


@pytest.mark.parametrize("form", [name for name, form in FORMS.items() if form.text])
def test_nothing_that_a_terminal_would_obey_is_left(form: str) -> None:
    content = FORMS[form].make(hostile("\x1b]0;x\x07\u202e")).decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", content)
