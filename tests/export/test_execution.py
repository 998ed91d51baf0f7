"""The answer to a litmus test as a graph."""

from pathlib import Path

import pydot
import pytest

from ftrace_actors.cli import main
from tests.inprocess import call

MP = """AArch64 MP
{{ 0:X1=x; 0:X3=y; 1:X1=x; 1:X3=y; 0:X0=1; 0:X2=1; }}
 P0          | P1          ;
 STR W0,[X1] | LDR W2,[X3] ;
 {one:<11} | {two:<11} ;
 STR W2,[X3] | LDR W0,[X1] ;
exists (1:X2=1 /\\ 1:X0=0)
"""
Edges = set[tuple[str, str, str]]


def graph_of(tmp_path: Path, text: str, *more: str) -> tuple[pydot.Dot, Edges]:
    (tmp_path / "it.litmus").write_text(text)
    done = call(main, "export", "it.litmus", "--to", "dot", *more, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (graph,) = pydot.graph_from_dot_data(done.stdout)
    return graph, {
        (e.get_source(), e.get_destination(), (e.get("label") or "").strip('"')) for e in graph.get_edges()
    }


def test_a_state_that_comes_about_is_one_execution_with_its_edges(tmp_path: Path) -> None:
    graph, edges = graph_of(tmp_path, MP.format(one="NOP", two="NOP"))
    assert "is allowed" in graph.to_string()
    # P0 writes x, then y; P1 reads y from it, and x from before.
    assert ("w1_0_0", "w1_0_1", "po") in edges
    assert ("w1_0_1", "w1_1_0", "rf") in edges
    assert ("w1_0", "w1_1_1", "rf") in edges
    assert {one for one in edges if one[2] == "fr"} == {("w1_1_1", "w1_0_0", "fr")}
    assert {one for one in edges if one[2] == "co"} == {("w1_0", "w1_0_0", "co"), ("w1_0", "w1_0_1", "co")}


def test_what_forbids_it_is_an_edge_from_what_raised_the_view(tmp_path: Path) -> None:
    graph, edges = graph_of(tmp_path, MP.format(one="DMB ST", two="DMB LD"))
    assert "forbidden" in graph.to_string()
    rules = {one for one in edges if one[2] not in {"po", "rf", "co", "fr"}}
    # Either the store to y goes before the one to x, which the DMB ST of P0 forbids, or the second load reads what is
    # older than the DMB LD of P1 leaves.
    assert {(source[3:], target[3:], label) for source, target, label in rules} == {
        ("0_1", "0_2", "nw"),
        ("1_1", "1_2", "nr"),
    }


def test_another_state_can_be_asked_about(tmp_path: Path) -> None:
    graph, _ = graph_of(tmp_path, MP.format(one="DMB ST", two="DMB LD"), "--why", "1:X2=0")
    assert "1:X2=0 is allowed" in graph.to_string()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--to", "chrome"), "a litmus test leaves as dot, not as chrome"),
        (("--to", "dot", "--why", "1:X2="), "<state>"),
    ],
)
def test_mistakes_are_said(tmp_path: Path, more: tuple[str, ...], said: str) -> None:
    (tmp_path / "it.litmus").write_text(MP.format(one="NOP", two="NOP"))
    done = call(main, "export", "it.litmus", *more, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_of_one_that_asks_for_all_states_one_is_drawn_in_which_it_does_not_hold(tmp_path: Path) -> None:
    text = MP.format(one="NOP", two="NOP").replace("exists", "forall")
    (tmp_path / "it.litmus").write_text(text)
    done = call(main, "export", "it.litmus", "--to", "dot", cwd=tmp_path)
    assert done.returncode == 0
    assert "~(" in done.stdout
