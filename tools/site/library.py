"""Pages of the public names of the library, from their docstrings, as griffe reads them; nothing is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeGuard

import griffe

__all__ = ["MODULES", "pages", "public"]

MODULES: Final = {
    "ftrace_actors": "runs, findings and replay files from Python",
    "ftrace_actors.testing": "tests under many schedules",
    "ftrace_actors.actors": "actors, mailboxes, choices",
    "ftrace_actors.checks": "checks and findings",
    "ftrace_actors.inspect": "logs, queries, causes, lanes",
    "ftrace_actors.explore": "campaigns, strategies, shrinking",
    "ftrace_actors.kernel.designs": "designs and their steps",
}
"""Facade -> what it is for."""

_SOURCE: Final = Path(__file__).parents[2] / "src"
_SHORT: Final = 100
"""Longer values are not shown."""
_ROLE: Final = re.compile(r":(?:mod|class|func|meth|attr):`~?([^`]+)`")
_RST_TABLE: Final = re.compile(r"^=+  =+\n.*?^=+  =+\n(?=\n|\Z)", re.MULTILINE | re.DOTALL)


def pages() -> dict[str, str]:
    """Name of each page -> its Markdown."""
    package = griffe.load("ftrace_actors", search_paths=[str(_SOURCE)])
    return {f"api-{name.replace('.', '-')}": _page(package, name, about) for name, about in MODULES.items()}


def public(package: griffe.Object, module: str) -> Iterator[griffe.Object]:
    """What a facade offers, by name: the objects themselves, wherever they are defined."""
    facade = _module(package, module)
    source = package["api"] if module == "ftrace_actors" else facade
    for name in sorted(map(str, facade.exports or ()), key=str.lower):
        if not name.startswith("_"):
            found = source[name]
            yield found.final_target if isinstance(found, griffe.Alias) else found


def _module(package: griffe.Object, name: str) -> griffe.Object:
    _, _, below = name.partition(".")
    found = package[below] if below else package
    assert isinstance(found, griffe.Module)
    return found


def _page(package: griffe.Object, name: str, about: str) -> str:
    facade = _module(package, name)
    parts = [f"# {name}: {about}", *_described(facade if name != "ftrace_actors" else package["api"])]
    for found in public(package, name):
        parts += _entry(found)
    return "\n\n".join(parts) + "\n"


def _entry(found: griffe.Object, level: int = 2, owner: str = "") -> Iterator[str]:
    """One public name; of a class also its public methods."""
    head = "#" * level
    if isinstance(found, griffe.Function):
        yield f"{head} {owner}{found.name}()"
        yield f"```python\n{_signature(found)}\n```"
    elif isinstance(found, griffe.Attribute):
        yield f"{head} {owner}{found.name}"
        if found.value is not None and "property" not in found.labels and len(str(found.value)) <= _SHORT:
            yield f"```python\n{found.name} = {found.value}\n```"
    else:
        yield f"{head} {owner}{found.name}"
        if isinstance(found, griffe.Class) and "__init__" in found.members:
            init = found.members["__init__"]
            if isinstance(init, griffe.Function):
                yield f"```python\n{_signature(init, found.name)}\n```"
    yield from _described(found)
    if isinstance(found, griffe.Class):
        for member in found.members.values():
            if _is_shown(member):
                yield from _entry(member, level + 1, f"{found.name}.")


def _is_shown(member: griffe.Object | griffe.Alias) -> TypeGuard[griffe.Object]:
    """Public methods and properties with a docstring."""
    if isinstance(member, griffe.Alias) or member.name.startswith("_") or not member.docstring:
        return False
    return isinstance(member, griffe.Function) or "property" in member.labels


def _signature(function: griffe.Function, name: str = "") -> str:
    """As in source; one line where it fits."""
    shown: list[str] = []
    keyword_only = False
    for each in function.parameters:
        if each.name == "self" and not shown:
            continue
        if each.kind is griffe.ParameterKind.keyword_only and not keyword_only:
            keyword_only = True
            shown.append("*")
        star = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(
            each.kind, ""
        )
        keyword_only |= star == "*"
        text = f"{star}{each.name}" + (f": {each.annotation}" if each.annotation is not None else "")
        if each.default is not None and not star:
            text += f" = {each.default}" if each.annotation is not None else f"={each.default}"
        shown.append(text)
    end = f" -> {function.returns}" if function.returns is not None and not name else ""
    line = f"{name or function.name}({', '.join(shown)}){end}"
    if len(line) <= _SHORT:
        return line
    return f"{name or function.name}(\n" + "".join(f"    {text},\n" for text in shown) + f"){end}"


def _described(found: griffe.Object) -> Iterator[str]:
    """The docstring."""
    if found.docstring is None:
        return
    for section in found.docstring.parse("google", warnings=False):
        match section:
            case griffe.DocstringSectionText():
                yield _markdown(section.value)
            case griffe.DocstringSectionParameters() | griffe.DocstringSectionAttributes():
                yield "\n".join(f"- `{item.name}`: {_joined(item.description)}" for item in section.value)
            case griffe.DocstringSectionAdmonition():
                yield f"**{section.title}** {_joined(str(section.value.description))}"
            case griffe.DocstringSectionExamples():
                yield "\n\n".join(_markdown(text) for _, text in section.value)
            case (
                griffe.DocstringSectionRaises()
                | griffe.DocstringSectionReturns()
                | griffe.DocstringSectionYields()
            ):
                what = {"raises": "Raises", "returns": "Returns", "yields": "Yields"}[section.kind.value]
                yield f"**{what}**: " + "; ".join(_joined(item.description) for item in section.value)
            case _:
                raise AssertionError(f"{found.path}: a docstring with {section.kind}")


def _joined(text: str) -> str:
    return " ".join(_markdown(text).split())


def _markdown(text: str) -> str:
    """A docstring's text; what is only reStructuredText is written as Markdown."""
    text = _RST_TABLE.sub(lambda table: f"```text\n{table[0]}```\n", text)
    return _ROLE.sub(r"`\1`", re.sub(r"::$", ":", text, flags=re.MULTILINE))
