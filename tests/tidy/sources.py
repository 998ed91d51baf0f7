"""Every Python file of the project, read once for all rules."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

__all__ = ["PACKAGE", "REPO", "Source", "everything", "package"]

REPO = Path(__file__).parents[2]
PACKAGE = REPO / "src" / "ftrace_actors"


@dataclass(frozen=True)
class Source:
    """One file."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Parsed when it is asked for first: most files are not."""
        return ast.parse(self.text, str(self.path))

    @property
    def name(self) -> str:
        """How a complaint names it."""
        return self.path.relative_to(REPO).as_posix()

    def lines(self) -> Iterator[tuple[int, str]]:
        """(number, line)."""
        return enumerate(self.text.splitlines(), 1)


@cache
def everything() -> tuple[Source, ...]:
    """Sources, tests, tools and benchmarks."""
    tops = ("src", "tests", "tools", "benchmarks")
    return tuple(
        Source(path, path.read_text(encoding="utf-8"))
        for top in tops
        for path in sorted((REPO / top).rglob("*.py"))
    )


def package() -> tuple[Source, ...]:
    """What is shipped."""
    return tuple(source for source in everything() if source.path.is_relative_to(PACKAGE))
