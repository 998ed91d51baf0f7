"""``python -m tools.site [DIR]``: build the site into DIR (out/site); exit 1 when a link leads nowhere."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

try:
    from sphinx.cmd.build import build_main

    from tools.site import library, navigation, reference
except ModuleNotFoundError as error:
    sys.stderr.write(f"tools.site: {error.name} is not installed: pip install -e '.[docs]'\n")
    sys.exit(2)

REPO = Path(__file__).parents[2]


def stage(source: Path) -> None:
    """Everything the site is made of, laid out as in the repository, so that links between pages are the same."""
    pages = [*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md"), REPO / "scenarios" / "README.md"]
    for page in pages:
        _put(source / page.relative_to(REPO), page.read_text(encoding="utf-8"))
    words, modules = reference.pages(), library.pages()
    for name, text in {**words, **modules}.items():
        _put(source / "reference" / f"{name}.md", text)
    front = navigation.front(
        [page.relative_to(REPO).with_suffix("").as_posix() for page in pages],
        [f"reference/{name}" for name in words],
        [f"reference/{name}" for name in modules],
    )
    _put(source / "index.md", front)


def build(source: Path, to: Path) -> int:
    """Build a site from its source; Sphinx's exit code. What was there is replaced once the site is whole."""
    with tempfile.TemporaryDirectory() as name:
        made, kept = Path(name, "site"), Path(name, "doctrees")
        done = build_main(
            [
                "-q",
                "-W",
                "--keep-going",
                "-d",
                str(kept),
                "-c",
                str(Path(__file__).parent),
                str(source),
                str(made),
            ]
        )
        if not done:
            shutil.rmtree(to, ignore_errors=True)
            shutil.copytree(made, to, ignore=shutil.ignore_patterns(".buildinfo"))
    return done


def main(to: Path) -> int:
    """Stage and build."""
    with tempfile.TemporaryDirectory() as name:
        stage(Path(name))
        return build(Path(name), to)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else REPO / "out" / "site"
    code = main(target)
    if not code:
        print(target / "index.html")
    sys.exit(code)
