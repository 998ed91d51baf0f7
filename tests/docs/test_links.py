"""No page links to a page or a heading that is not there."""

from pathlib import Path

import pytest

from tests.docs.links import Link, anchors, broken, links, slug
from tests.docs.snippets import PAGES, REPO


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPO).as_posix())
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    left = [REPO / "README.md"]
    while left:
        page = left.pop().resolve()
        if page.suffix == ".md" and page not in seen:
            seen.add(page)
            left += [page.parent / link.path for link in links(page.read_text("utf-8")) if link.path]
    assert [page.name for page in PAGES if page.resolve() not in seen] == []


def test_links_in_code_and_to_the_outside_are_left_alone() -> None:
    text = "[a](b.md) `[c](d.md)` [e](https://f) [g](#h)\n```text\n[i](j.md)\n```\n[`k`](l/m.md#n-o)\n"
    assert list(links(text)) == [Link("b.md", ""), Link("", "h"), Link("l/m.md", "n-o")]


def test_what_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One\n## Two words\n[a](#one) [b](#three) [c](none.md) [d](page.md#two-words) [e](page.md#2)\n"
    )
    assert broken(page) == ["#three", "none.md", "page.md#2"]


def test_headings_are_named_as_github_names_them() -> None:
    assert slug("What *holds* does not mean") == "what-holds-does-not-mean"
    assert slug("`--why`, and [a link](x.md)") == "--why-and-a-link"
    assert anchors("# A\n## A\n```text\n# B\n```\n") == {"a", "a-1"}
