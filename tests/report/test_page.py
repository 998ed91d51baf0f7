"""The file itself: what is in it cannot be read as markup, and a policy names the one script and the one style."""

import base64
import json
import re
from hashlib import sha256

import pytest

from ftrace_actors.report import RunReport, run_page
from ftrace_actors.report.page import linked, safe_json
from tests.report.made import report_of


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RunReport:
    return report_of("patch-without-inval", tmp_path_factory.mktemp("report"))


@pytest.mark.parametrize(
    "text",
    [
        "</script>",
        "<!--",
        "]]>",
        "&lt;",
        "\u2028\u2029",
        "\\u003c",
        '"quoted"',
        "\x00\x1b[31m",
        "é\U0001f600",
    ],
)
def test_json_in_a_page_means_the_same_and_has_no_character_of_markup(text: str) -> None:
    encoded = str(safe_json({text: [text, 1]}))
    assert json.loads(encoded) == {text: [text, 1]}
    assert not set("<>&\u2028\u2029") & set(encoded)


def between(page: str, tag: str) -> list[str]:
    return re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)


def test_the_policy_names_the_one_script_and_the_one_style(report: RunReport) -> None:
    page = run_page(report).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    policy = policy.replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; ")
    for tag, kind in (("script", "script-src"), ("style", "style-src")):
        (inside,) = between(page, tag)
        digest = base64.b64encode(sha256(inside.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert page.index("Content-Security-Policy") < page.index("<style>")


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("writes [33], then [43, 59] and [60-71].", [33, 43, 59, 60, 71]),
        ("Event 92 breaks it, by way of event 63 (x).", [92, 63]),
        ("5 choices of 7 at @12, [a] 0x10 tracer[1x], run 4", []),
        ("", []),
    ],
)
def test_numbers_of_events_in_a_sentence_are_links(text: str, events: list[int]) -> None:
    pieces = list(linked(text))
    assert "".join(piece for piece, _ in pieces) == text
    assert [seq for _, seq in pieces if seq is not None] == events


def test_it_asks_nothing_of_the_network(report: RunReport) -> None:
    page = run_page(report).decode()
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*", page) == []
    assert set(re.findall(r"https?://[^\"' ]*", page)) == {"http://www.w3.org/2000/svg"}


def test_the_same_report_is_the_same_page(report: RunReport) -> None:
    assert run_page(report) == run_page(report)
