"""The page of a run in a browser: stepping, links, keys, colours, and names that would like to be code."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ftrace_actors.cli import main
from ftrace_actors.events.encoding import digest
from ftrace_actors.inspect import EventSymbols, make_header, write_log
from ftrace_actors.report import Curve, Fact, RunReport, Table, TablesReport, run_page, tables_page
from tests.inprocess import call
from tests.report.browser import Tab, chromium
from tests.report.made import expanded, made, report_of

NAME = "patch-without-inval"
HOSTILE = "</script><script>hacked=1</script><img src=x onerror=hacked=1>\"'&amp;\u2028`${hacked=1}`"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RunReport:
    return report_of(NAME, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def file(report: RunReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "run.html"
    path.write_bytes(run_page(report))
    return path


Open = Callable[..., Tab]


@pytest.fixture
def open_tab(browser: Any, file: Path) -> Iterator[Open]:
    opened: list[Tab] = []

    def opens(fragment: str = "", path: Path = file, **options: Any) -> Tab:
        opened.append(Tab(browser, path, fragment, **options))
        return opened[-1]

    yield opens
    for tab in opened:
        tab.close()


def event_of(tab: Tab) -> int:
    """The number of the event that is shown."""
    return int(tab.text("#now strong").removeprefix("event "))


def stale_of(report: RunReport) -> Any:
    return next(event for event in report.events if "stale" in event.marks)


def test_it_opens_on_the_failure_and_says_what_broke(open_tab: Open, report: RunReport) -> None:
    tab = open_tab()
    assert report.race is not None
    assert event_of(tab) == report.race.late
    assert report.findings[0].message in tab.text(".finding")
    assert tab.page.locator(".row.stale").count() == 1
    assert tab.page.locator("svg path.stale").count() >= 1
    assert tab.page.locator("svg path.arrow").count() >= 1


def test_stepping_changes_the_state_that_is_shown(open_tab: Open) -> None:
    tab = open_tab("#event=43")
    before = tab.text("#state")
    seen = {before}
    for _ in range(3):
        tab.press("ArrowRight")
        seen.add(tab.text("#state"))
    assert len(seen) > 2
    assert event_of(tab) > 43
    for _ in range(3):
        tab.press("ArrowLeft")
    assert event_of(tab) == 43
    assert tab.text("#state") == before


def test_what_is_shown_is_the_state_of_the_report(open_tab: Open, report: RunReport) -> None:
    stale = stale_of(report)
    tab = open_tab(f"#event={stale.seq}")
    cells = tab.page.locator("#state table:has(thead) tr", has_text="fetch vfs_read+0x4").locator("td")
    assert cells.count() == 2
    assert cells.nth(1).inner_text().split("\n") == ["bl ftrace_caller @7", "or nop @0"]
    assert f"step {stale.step}" in tab.text("#panel-title")


CPU_ROWS = """() => Object.fromEntries([...document.querySelectorAll('#state table:has(thead) tbody tr')]
  .map((row) => [row.children[0].textContent, [...row.querySelectorAll('td')].map((cell) => cell.innerText)]))"""


def test_each_event_shows_the_state_after_its_step(open_tab: Open, report: RunReport) -> None:
    states = expanded(report.states)
    ends = sorted(states)
    tab = open_tab()
    tab.press("a", "Home")
    for event in report.events:
        assert event_of(tab) == event.seq
        state = states[ends[bisect_left(ends, event.seq)]]
        shown = tab.page.evaluate(CPU_ROWS)
        for name, cells in shown.items():
            wanted = [state[f"cpu{cpu}", name].replace(" | ", "\nor ") for cpu in (0, 1)]
            assert [cell.replace("\u00a0", " ") for cell in cells] == wanted, (event.seq, name)
        tab.press("ArrowRight")


@pytest.mark.parametrize("by", ["number", "name"])
def test_a_link_lands_on_its_event_also_one_that_is_hidden(
    open_tab: Open, report: RunReport, by: str
) -> None:
    hidden = next(event for event in report.events if event.kind == "barrier")
    assert not hidden.focus
    wanted = str(hidden.seq) if by == "number" else hidden.name.replace("#", "%23")
    tab = open_tab(f"#event={wanted}")
    assert event_of(tab) == hidden.seq
    assert tab.page.locator(".row.here").is_visible()
    tab.page.evaluate("location.hash = '#event=43'")
    tab.page.wait_for_function("document.querySelector('#now strong').textContent === 'event 43'")


def test_a_number_in_a_sentence_leads_to_its_event(open_tab: Open, report: RunReport) -> None:
    tab = open_tab()
    assert report.race is not None
    tab.page.click(".finding li a >> nth=0")
    tab.page.wait_for_function(
        f"document.querySelector('#now strong').textContent === 'event {report.race.other}'"
    )
    tab.page.click(".story summary")
    assert [chapter.heading for chapter in report.story] == tab.page.locator(".story h3").all_inner_texts()


def test_a_link_to_nothing_shows_the_failure(open_tab: Open, report: RunReport) -> None:
    assert report.race is not None
    for fragment in ("#event=999999", "#event=%E0%A4%A", "#event=cpu9/fetch#0", "#<script>"):
        assert event_of(open_tab(fragment)) == report.race.late


def test_everything_can_be_done_by_keys(open_tab: Open, report: RunReport) -> None:
    tab = open_tab()
    tab.press("Home")
    first = event_of(tab)
    tab.press("End")
    assert event_of(tab) > first
    tab.press("Home")
    marked = [event.seq for event in report.events if event.marks]
    walked = []
    for _ in marked:
        tab.press("n")
        walked.append(event_of(tab))
    assert walked == marked
    tab.press("p")
    assert event_of(tab) == marked[-2]
    tab.press("/")
    tab.page.keyboard.type("dsb ish")
    tab.press("Enter")
    assert "dsb ish" in tab.text("#now")
    tab.press("Escape", "t")
    assert tab.page.locator("#table tbody tr").count() > len(report.events)
    assert tab.page.locator("#table tr.here").count() == 1
    tab.press("t", "a")
    assert tab.page.locator("#picture").is_visible()


def test_tab_reaches_every_control_and_none_is_without_a_name(open_tab: Open) -> None:
    tab = open_tab()
    reached = set()
    for _ in range(25):
        tab.press("Tab")
        reached.add(tab.page.evaluate("document.activeElement.id"))
    assert reached >= {
        "theme",
        "first",
        "back",
        "slider",
        "forward",
        "last",
        "filter",
        "search",
        "view",
        "picture",
    }
    nameless = tab.page.evaluate(
        "[...document.querySelectorAll('button, input, select, [role]')].filter(node => "
        "!(node.getAttribute('aria-label') || node.textContent.trim() ||"
        " node.closest('label'))).map(node => node.outerHTML)"
    )
    assert nameless == []


def test_the_slider_moves_one_event_at_a_time(open_tab: Open) -> None:
    tab = open_tab()
    tab.press("Home")
    before = event_of(tab)
    tab.page.focus("#slider")
    tab.press("ArrowRight")
    after = event_of(tab)
    assert after > before
    tab.press("ArrowLeft")
    assert event_of(tab) == before
    assert str(before) in tab.page.get_attribute("#slider", "aria-valuetext")


def _brightness(tab: Tab, what: str) -> float:
    colour = tab.page.evaluate(f"getComputedStyle(document.body).{what}")
    red, green, blue = (int(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3])
    return (red + green + blue) / 765


def test_it_is_dark_where_the_system_is_and_by_a_button(open_tab: Open) -> None:
    for scheme, dark in (("light", False), ("dark", True)):
        tab = open_tab(color_scheme=scheme)
        assert (_brightness(tab, "backgroundColor") < 0.5) is dark
        assert (_brightness(tab, "color") > 0.5) is dark
        tab.page.click("#theme")
        assert (_brightness(tab, "backgroundColor") < 0.5) is not dark


CONTRAST = """() => {
  const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  for (const node of document.querySelectorAll('body *')) {
    if (node.closest('script, style, noscript, title, option')) continue;
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())) continue;
    const svg = node.namespaceURI.endsWith('svg');
    const style = getComputedStyle(node);
    const a = light(parse(svg ? style.fill : style.color)), b = light(behind(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.add(`${node.tagName}.${node.getAttribute('class')} ${ratio.toFixed(1)} ${node.textContent}`);
  }
  return [...poor];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_that_wcag_aa_asks_for(open_tab: Open, scheme: str) -> None:
    tab = open_tab(color_scheme=scheme)
    for step in ("", "a", "t"):
        tab.press(*step)
        assert tab.page.evaluate(CONTRAST) == []


def test_no_words_stand_on_others(open_tab: Open) -> None:
    """Rows are a line each, and the words of a row end before the edge of the picture."""
    for width in (480, 1440):
        tab = open_tab(viewport={"width": width, "height": 900})
        tab.press("a")
        tops = tab.page.evaluate(
            "[...document.querySelectorAll('.row')].map(row => row.getBoundingClientRect())"
            ".map(box => [box.top, box.bottom])"
        )
        assert all(after[0] >= before[1] - 0.5 for before, after in pairwise(tops))
        over = tab.page.evaluate(
            "[...document.querySelectorAll('.row:has(.seq)')].filter(row => "
            "row.querySelector('.what').getBoundingClientRect().left"
            " < row.querySelector('.seq').getBoundingClientRect().right).length"
        )
        assert over == 0
        assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_of_tables_can_be_read_in_both_colours(open_tab: Open, tmp_path: Path, scheme: str) -> None:
    table = Table(
        "What broke", ("invariant", "runs"), (("INV-LIFE", "no [1]"), ("INV-GP", "3")), "note", ("no",)
    )
    curve = Curve("Behaviours", "runs", "behaviours", ((0, 0), (10, 7)), "7 behaviours in 10 runs.", (3,))
    facts = (Fact("scenario", "x.toml"), Fact("replay", "ftrace-actors replay x", code=True))
    report = TablesReport("campaign", "x", "violated", False, facts, ("A sentence.",), (table,), (curve,))
    path = tmp_path / "tables.html"
    path.write_bytes(tables_page(report))
    tab = open_tab(path=path, color_scheme=scheme, viewport={"width": 480, "height": 800})
    assert tab.page.evaluate(CONTRAST) == []
    assert (
        tab.page.locator("svg[role=img]").get_attribute("aria-label")
        == "Behaviours: 7 behaviours in 10 runs."
    )
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    before = _brightness(tab, "backgroundColor")
    tab.page.click("#theme")
    assert (before > 0.5) is not (_brightness(tab, "backgroundColor") > 0.5)


def _poisoned(value: Any, key: str = "") -> Any:
    """Every text of a report with code in it, but those that are words of ours."""
    if isinstance(value, dict):
        return {name: _poisoned(part, name) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_poisoned(part, key) for part in value]
    if isinstance(value, str) and key not in {"kind", "what", "format", "source", "actor", "marks"}:
        return value if value.startswith("cpu") else f"{value}{HOSTILE}"
    return value


def test_names_that_would_like_to_be_code_are_shown_as_they_are(
    open_tab: Open, report: RunReport, tmp_path: Path
) -> None:
    plain = _poisoned(msgspec.to_builtins(report))
    path = tmp_path / "hostile.html"
    path.write_bytes(run_page(msgspec.convert(plain, RunReport)))
    tab = open_tab(path=path)
    tab.press("a", "n", "ArrowLeft", "t", "Home")
    assert tab.page.evaluate("typeof hacked") == "undefined"
    assert tab.page.locator("img").count() == 0
    assert tab.page.locator("script").count() == 2
    assert HOSTILE in tab.page.text_content("h1")
    assert HOSTILE in tab.page.text_content("#now")
    assert HOSTILE in tab.page.text_content("#state")
    assert HOSTILE in tab.page.text_content("#table")


def test_a_log_with_hostile_names_is_shown_by_the_command(open_tab: Open, tmp_path: Path) -> None:
    """From a file that anybody may have written to the browser, by the way that users go."""
    world, result, _ = made(NAME)
    header = make_header(world, result, seed=0, run=0, strategy=HOSTILE)
    named = msgspec.structs.replace(header, scenario=HOSTILE, symbols=())
    events = [
        msgspec.structs.replace(
            event,
            **{
                name: HOSTILE
                for name in ("task", "who", "next", "prev")
                if getattr(event, name, "") == "reader"
            },
        )
        for event in result.events
    ]
    log = tmp_path / "it.log"
    write_log(log, msgspec.structs.replace(named, digest=digest(events)), events, EventSymbols(events))
    done = call(main, "report", "it.log", "-o", "it.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    tab = open_tab(path=tmp_path / "it.html")
    tab.press("a", "n", "t", "Home")
    assert tab.page.evaluate("typeof hacked") == "undefined"
    assert tab.page.locator("img").count() == 0
    assert HOSTILE in tab.page.text_content("h1")
    assert HOSTILE in tab.page.text_content("#table")


def test_the_policy_lets_no_other_script_or_style_in(open_tab: Open) -> None:
    tab = open_tab()
    done = tab.page.evaluate(
        "() => { const code = document.createElement('script'); code.textContent = 'hacked = 1';"
        " document.body.append(code); return typeof hacked; }"
    )
    assert done == "undefined"
    assert any("Content Security Policy" in text for text in tab.complaints)
    tab.complaints.clear()
