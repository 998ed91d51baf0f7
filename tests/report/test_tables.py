"""Curves, thinned and drawn, and the page of tables."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.report import Curve, Fact, Table, TablesReport, tables_page, thinned
from ftrace_actors.report.drawing import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, drawing_of

HOSTILE = "</script><script>hacked=1</script><img src=x onerror=hacked=1>\"'&amp;"


@given(st.integers(1, 5000), st.integers(2, 500))
def test_thinned_points_keep_both_ends_and_are_few(count: int, most: int) -> None:
    points = [(x, x * x) for x in range(count)]
    few = thinned(points, most)
    assert (few[0], few[-1]) == (points[0], points[-1])
    assert len(few) <= most + 1
    assert list(few) == sorted(set(few))


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=30))
def test_a_curve_stays_inside_of_its_frame(points: list[tuple[int, int]]) -> None:
    drawing = drawing_of(Curve("title", "runs", "count", tuple(points), "words"))
    numbers = [float(number) for number in re.findall(r"[\d.]+", drawing.line)]
    assert all(LEFT <= x <= WIDTH - RIGHT for x in numbers[::2])
    assert all(TOP <= y <= HEIGHT - BOTTOM for y in numbers[1::2])
    for ticks in (drawing.across, drawing.up):
        assert 1 <= len(ticks) <= 6
        assert ticks[0].text == "0"


@pytest.mark.parametrize(
    ("most", "texts"), [(1, "0 1"), (7, "0 2 4 6"), (162, "0 50 100 150"), (5000, "0 1,000")]
)
def test_ticks_are_round_numbers(most: int, texts: str) -> None:
    drawing = drawing_of(Curve("title", "runs", "count", ((0, 0), (most, 1)), "words"))
    assert " ".join(tick.text for tick in drawing.across).startswith(texts)


def test_every_text_of_a_table_is_text() -> None:
    table = Table(HOSTILE, (HOSTILE, HOSTILE), ((HOSTILE, HOSTILE),), HOSTILE, code=(1,))
    curve = Curve(HOSTILE, HOSTILE, HOSTILE, ((0, 0), (1, 1)), HOSTILE, (0,))
    facts = (Fact(HOSTILE, HOSTILE), Fact(HOSTILE, HOSTILE, code=True))
    report = TablesReport(
        "needed", HOSTILE, HOSTILE, True, facts, (HOSTILE,), (table,), (curve,), legend=(HOSTILE,)
    )
    page = tables_page(report).decode()
    assert "<img" not in page
    assert page.count("<script") == 1
    assert page.count("&lt;img src=x onerror=hacked=1&gt;") >= 14
