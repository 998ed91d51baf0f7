"""Turns of phrase that a reader has to translate, and where they still are.

Read are the comments and strings of the package and the documentation, each without line breaks; not code between
backquotes or fences.  `english.txt` has, for each file that has not been rewritten yet, how many are left in it.  Those
numbers may only fall: `python -m tests.tidy.english` writes them anew, and refuses to when there would be more in all.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.tidy.sources import REPO, package

__all__ = ["FILE", "PATTERNS", "allowed", "found", "in_text"]

FILE: Final = Path(__file__).with_suffix(".txt")

PATTERNS: Final = {
    r"(?<![Tt]here )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|different\b)": "is not a ..., or has no ...",
    r"\bhow-?manieth\b": "the number of the ..., on which occasion",
    r"(?:^|[.:;] )(?:Who|Whoever) [^.?]*(?:\.|$)": "a task that ..., anyone who ...",
    r"\bso many\b": "this many, that number of",
    r"\btold\b": "said, reported, distinguished",
    r"\bthe other way round\b": "the reverse, vice versa",
    r"\bmend(?:s|ed|ing)?\b": "fix, repair",
    r"\bbehind\b": "after, beyond",
    r"\bbeside\b": "next to, in addition to",
    r"\b(?:stands?|lies?) (?:in|on|at|there|behind|before|after|between|under|next)\b": "is",
    r"\bgo(?:es)? on\b": "continues",
}
"""Pattern -> what to write instead."""
_ALL: Final = re.compile("|".join(f"(?:{pattern})" for pattern in PATTERNS))
_COMMENTS: Final = re.compile(r"(?:^[ \t]*#.*\n)+", re.MULTILINE)
"""Lines of nothing but a comment: a sentence may go over several."""
_MARK: Final = re.compile(r"^[ \t]*#:?", re.MULTILINE)
_REMARK: Final = re.compile(r"\S  # (.*)$", re.MULTILINE)
_FENCE: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_QUOTED: Final = re.compile(r"`[^`\n]*`")
GENERATED: Final = {"docs/answers-table.md"}


def in_text(text: str) -> list[str]:
    """What is to be rewritten in a paragraph."""
    return [match[0] for match in _ALL.finditer(_QUOTED.sub("`", " ".join(text.split())))]


def _in_python(text: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value
    yield from (_MARK.sub("", block) for block in _COMMENTS.findall(text))
    yield from _REMARK.findall(text)


def _in_markdown(text: str) -> Iterator[str]:
    yield from re.split(r"\n\s*\n", _FENCE.sub("", text))


def found() -> dict[str, list[str]]:
    """File -> what is to be rewritten in it; files without any are left out."""
    texts = {source.name: _in_python(source.text, source.tree) for source in package()}
    for path in sorted(
        [*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md"), *(REPO / "scenarios").glob("*.md")]
    ):
        name = path.relative_to(REPO).as_posix()
        if name not in GENERATED:
            texts[name] = _in_markdown(path.read_text(encoding="utf-8"))
    hits = {name: [hit for part in parts for hit in in_text(part)] for name, parts in texts.items()}
    return {name: lines for name, lines in sorted(hits.items()) if lines}


def allowed() -> dict[str, int]:
    """File -> how many may be left in it."""
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    return {name: int(count) for count, name in (line.split() for line in lines)}


def main() -> int:
    """Write the list anew; 1 when it would be longer."""
    now = {name: len(hits) for name, hits in found().items()}
    if FILE.exists() and sum(now.values()) > sum(allowed().values()):
        sys.stderr.write(
            f"{sum(now.values())} now, {sum(allowed().values())} allowed: rewrite the new ones\n"
        )
        return 1
    FILE.write_text("".join(f"{count:4} {name}\n" for name, count in now.items()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
