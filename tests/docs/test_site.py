"""The site builds without a warning, is whole, and takes nothing from the network."""

import re
from pathlib import Path

import pytest

from tests.docs.snippets import PAGES, REPO

pytest.importorskip("sphinx", reason="the extra `docs` is not installed")
pytest.importorskip("griffe", reason="the extra `docs` is not installed")

from tools.site.__main__ import build, main

FOREIGN = re.compile(r'<(?:script|img|iframe)[^>]* src="(?:https?:)?//|<link[^>]* href="(?:https?:)?//')


def small(source: Path, text: str) -> Path:
    source.mkdir()
    (source / "index.md").write_text(text)
    return source


@pytest.mark.filterwarnings("ignore")
def test_the_site_is_whole(tmp_path: Path) -> None:
    assert main(tmp_path / "site") == 0
    html = {path: path.read_text("utf-8") for path in (tmp_path / "site").rglob("*.html")}
    missing = [
        page.name
        for page in PAGES
        if (tmp_path / "site" / page.relative_to(REPO)).with_suffix(".html") not in html
    ]
    assert missing == []
    assert [path.name for path, text in html.items() if FOREIGN.search(text)] == []
    assert "docs/tutorial.html" in html[tmp_path / "site" / "index.html"]


@pytest.mark.filterwarnings("ignore")
def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "kept.html").touch()
    for name, text in {"page": "# A\n\n[b](none.md)\n", "heading": "# A\n\n[b](#none)\n"}.items():
        assert build(small(tmp_path / name, text), tmp_path / "site") != 0
        assert "none" in capfd.readouterr().err
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["kept.html"]
    assert build(small(tmp_path / "good", "# A heading\n\n[b](#a-heading)\n"), tmp_path / "site") == 0
    assert (tmp_path / "site" / "index.html").exists()
