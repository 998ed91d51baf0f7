"""The forms of a recorded run, read back by what would read them elsewhere."""

import re
import shutil
import subprocess
from pathlib import Path

import mmdr
import pydot
import pytest

from ftrace_actors.cli.export_command import recorded
from ftrace_actors.events import Early, Event, Fetch, GracePeriod, Receive, Send, Store, Switch, Window
from ftrace_actors.export.chrome import as_chrome
from ftrace_actors.export.dot import NODES_MAX, as_dot
from ftrace_actors.export.forms import FORMS
from ftrace_actors.export.mermaid import ROWS_MAX, as_mermaid
from ftrace_actors.export.perfetto import as_perfetto
from ftrace_actors.export.recorded import Recorded, lane_of
from ftrace_actors.export.shiviz import as_shiviz
from ftrace_actors.export.timeline import timeline_of
from ftrace_actors.export.trace_text import as_trace
from ftrace_actors.inspect import EventSymbols, LogFile, Past
from ftrace_actors.inspect.phrases import Narrator
from tests.export import readers
from tests.inspect.recorded import SCENARIOS, search

STALE = next(path for path in SCENARIOS if path.stem == "grace-period-orders-nothing")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> LogFile:
    """A run that fails after a stale fetch, with messages, grace periods, windows and interrupts."""
    made = search(STALE, holds=False, expected=True, runs_max=200)
    assert made is not None
    return LogFile(made.write(tmp_path_factory.mktemp("export") / "it.log"))


@pytest.fixture(scope="module")
def run(log: LogFile) -> Recorded:
    return recorded(log)


def messages(events: list[Event]) -> set[tuple[int, int]]:
    return {(event.cause, event.seq) for event in events if isinstance(event, Receive) and event.cause >= 0}


def unseen(events: list[Event]) -> set[tuple[int, int]]:
    """Of each stale fetch, the first event that has the newest word's place in memory order."""
    return {
        (
            next(one.seq for one in events if isinstance(one, Early | Store) and one.order == event.newest),
            event.seq,
        )
        for event in events
        if isinstance(event, Fetch) and event.order < event.newest
    }


def windows(events: list[Event]) -> set[tuple[str, str, int, int]]:
    """From one window to the next of the same task, worked out backwards."""
    found, following = set(), {}
    for event in reversed(events):
        if isinstance(event, Window):
            if event.window:
                end = following.get(event.task, len(events))
                found.add((f"{event.task} windows", event.window, event.seq, end))
            following[event.task] = event.seq
    return found


@pytest.mark.parametrize(("form", "read"), [(as_perfetto, readers.perfetto), (as_chrome, readers.chrome)])
def test_a_viewer_finds_slices_flows_and_every_event(run: Recorded, form: object, read: object) -> None:
    assert callable(form)
    assert callable(read)
    found: readers.Read = read(form(run))
    events = list(run.events)
    assert {one for one in found.slices if one[0].endswith(" windows")} == windows(events)
    assert {tuple(sorted(flow)) for flow in found.flows.values()} == messages(events) | unseen(events)
    assert unseen(events)
    timeline = timeline_of(run)
    begun = {(one.track.name, one.name, one.begin, one.end) for one in timeline.slices}
    assert begun <= found.slices
    points = {at for *_, at in found.instants} | {one[2] for one in found.slices if one[2] + 1 == one[3]}
    assert {one.event.seq for one in timeline.instants} <= points
    # What is neither was the end of a slice.
    ends = {one.end for one in timeline.slices}
    assert {event.seq for event in events} <= points | {one[2] for one in found.slices} | ends
    periods = {one for one in found.slices if one[1].startswith("tasks #")}
    assert {begin for *_, begin, _ in periods} == {
        event.seq
        for event in events
        if isinstance(event, GracePeriod) and (event.flavour, event.phase) == ("tasks", "start")
    }


def test_perfetto_keeps_64_bits_and_groups_tracks(run: Recorded) -> None:
    read = readers.perfetto(as_perfetto(run))
    values = {note["value"].string_value for note in read.notes if "value" in note}
    assert {hex(event.value) for event in run.events if isinstance(event, Store)} <= values
    trace = readers.Trace()
    trace.ParseFromString(as_perfetto(run))
    tracks = [packet.track_descriptor for packet in trace.packet if packet.HasField("track_descriptor")]
    named = {track.uuid: track.name for track in tracks}
    below = {track.name: named[track.parent_uuid] for track in tracks if track.parent_uuid}
    assert below["cpu0"] == "CPUs"
    assert below["reader1 windows"] == "Tasks"
    assert below["text_patcher"] == "Services"
    assert below["rude"] == "Grace periods"


def test_clocks_of_shiviz_say_what_causes_say(run: Recorded, log: LogFile) -> None:
    found = readers.shiviz(as_shiviz(run).decode())
    assert len(found) == len(run.events)
    for event, (host, _, text) in zip(run.events, found, strict=True):
        assert host == lane_of(event)
        assert run.words(event) in text
        assert text.startswith("* ") is (event.seq in run.proof)
    for asked in (max(run.proof), len(found) // 2, 40):
        past, clock = Past(log, asked), found[asked][1]
        assert {
            seq for seq, (host, own, _) in enumerate(found[: asked + 1]) if clock.get(host, 0) >= own[host]
        } == {seq for seq in range(asked + 1) if seq in past}


def test_a_sequence_diagram_has_the_messages_and_the_proof(run: Recorded) -> None:
    text = as_mermaid(run).decode()
    mmdr.render(text).svg()
    end = max(run.proof)
    drawn = {
        (int(m[1]), int(m[2])) for m in re.finditer(r"->>p\d+: \w+ \((\d+) to (\d+)\)$", text, re.MULTILINE)
    }
    sent = sorted(pair for pair in messages(list(run.events)) if pair[1] <= end)
    assert len(drawn) > 20
    assert drawn == set(sent[-len(drawn) :])
    assert {int(m[1]) for m in re.finditer(r"Note over p\d+: (\d+) ", text)} >= run.proof
    assert ("not shown" in text) == (len(drawn) < len(sent))


def test_a_long_run_is_cut_to_its_last_messages_and_says_so() -> None:
    long = _ping(ROWS_MAX)
    text = as_mermaid(long).decode()
    mmdr.render(text).svg()
    assert "not shown" not in text
    long = _ping(ROWS_MAX + 7)
    text = as_mermaid(long).decode()
    mmdr.render(text).svg()
    assert "7 earlier messages and marked events are not shown" in text
    assert text.count("->>") == ROWS_MAX
    assert f"({2 * ROWS_MAX + 12} to {2 * ROWS_MAX + 13})" in text
    assert f"{2 * NODES_MAX - NODES_MAX} earlier events" in as_dot(_ping(NODES_MAX)).decode()
    assert "(0 to 1)" not in text


def test_the_trace_is_in_the_layout_of_the_kernel(run: Recorded) -> None:
    # Documentation/trace/ftrace.rst, "Output format"; v6.12 has one more flag.
    for line in (
        "            bash-1977  [000] .... 17284.993652: sys_close <-system_call_fastpath",
        "          <idle>-0       [007] d..4.   358.966010: sched_switch: prev_comm=swapper/7",
    ):
        assert readers.TRACE_LINE.fullmatch(line)
    lines = as_trace(run).decode().splitlines()
    assert lines[0] == "# tracer: nop"
    assert lines[2] == f"# entries-in-buffer/entries-written: {len(run.events)}/{len(run.events)}   #P:3"
    body = [line for line in lines if not line.startswith("#")]
    assert len(body) == len(run.events)
    columns = lines[lines.index(body[0]) - 2]
    on: dict[int, str] = {}
    pids: dict[str, str] = {}
    for event, line in zip(run.events, body, strict=True):
        match = readers.TRACE_LINE.fullmatch(line)
        assert match is not None, line
        assert int(match["seconds"]) * 1_000_000 + int(match["micros"]) == event.seq
        assert int(match["cpu"]) == (event.cpu if event.cpu >= 0 else 3)
        # Comm and PID meet where the heading has the minus sign, unless a name is long.
        if len(match["comm"]) <= 16:
            assert line.index(f"-{match['pid']}") == columns.index("-PID")
        assert pids.setdefault(match["comm"], match["pid"]) == match["pid"]
        if isinstance(event, Switch):
            assert match["function"] == "sched_switch"
            following = re.search(r"==> next_comm=(\S+) next_pid=(\d+) next_prio=120$", match["text"])
            assert following is not None
            leaving = re.match(r"prev_comm=(\S+) prev_pid=(\d+) ", match["text"])
            assert leaving is not None
            assert match["comm"] == ("<idle>" if leaving[2] == "0" else leaving[1])
            assert match["pid"] == leaving[2]
            on[event.cpu] = "<idle>" if following[2] == "0" else following[1]
        elif event.cpu in on and event.task:
            assert match["comm"] == on[event.cpu]
    assert len(set(pids.values())) == len(pids)
    text = "\n".join(body)
    for words in ("patch site of vfs_read (vfs_read+0x4)", "ops tracer_a (tracer: tracer_a_func)"):
        assert words in text
    assert "takes an interrupt" in text
    assert any(
        match and match["flags"].startswith("d.h") for match in map(readers.TRACE_LINE.fullmatch, body)
    )


def test_a_graph_has_the_proof_and_the_write_that_was_not_seen(run: Recorded) -> None:
    text = as_dot(run).decode()
    (graph,) = pydot.graph_from_dot_data(text)
    nodes = {node.get_name(): node for node in graph.get_nodes()}
    marked = {name for name, node in nodes.items() if node.get("fillcolor")}
    assert marked == {f"e{seq}" for seq in run.proof}
    edges = {(edge.get_source(), edge.get_destination(), edge.get("color")) for edge in graph.get_edges()}
    missed = {(f"e{a}", f"e{b}", '"red"') for a, b in unseen(list(run.events)) if f"e{b}" in nodes}
    assert missed
    assert missed == {one for one in edges if one[2] == '"red"'}
    end = max(run.proof)
    sent = {(f"e{a}", f"e{b}", '"blue"') for a, b in messages(list(run.events)) if b <= end}
    assert {one for one in edges if one[2] == '"blue"'} == sent
    assert all(source in nodes and target in nodes for source, target, _ in edges)


@pytest.mark.skipif(shutil.which("dot") is None, reason="pydot reads the same file in another test")
def test_graphviz_draws_it(run: Recorded) -> None:
    done = subprocess.run(["dot", "-Tsvg"], input=as_dot(run), capture_output=True, check=True)
    assert not done.stderr
    assert done.stdout.count(b'class="node"') == as_dot(run).count(b"group=g")


def test_a_run_without_events_leaves_in_every_form() -> None:
    nothing = Recorded("nothing", "", [], Narrator([], EventSymbols([])), frozenset())
    for form in FORMS.values():
        assert isinstance(form.make(nothing), bytes)


def _ping(count: int) -> Recorded:
    """Messages from one actor to another, each received at once."""
    events: list[Event] = []
    for number in range(count):
        at = 2 * number
        events += [
            Send(at, at, "a", -1, "", -1, "b", "Ping", at, 0),
            Receive(at + 1, at, "b", -1, "", at, "Ping", at),
        ]
    return Recorded("long", "", events, Narrator(events, EventSymbols(events)), frozenset())


def test_files_do_not_depend_on_when_they_are_made(log: LogFile, tmp_path: Path) -> None:
    for form in FORMS.values():
        assert form.make(recorded(log)) == form.make(recorded(log))
