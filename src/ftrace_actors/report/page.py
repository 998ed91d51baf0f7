"""The page around a report: one file that needs no network and lets no text of a run become code.

What a run's names say is not ours, so nothing of it is ever markup:

* the head is made by a template that escapes everything (jinja2, autoescape);
* the rest goes in as JSON, in a script element that no browser executes, with `<`, `>`, `&` and the two line separators
  of JavaScript escaped; the one script sets it as text;
* a Content-Security-Policy names the hash of that script and of the style: no other script runs, and nothing is loaded.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Final

import msgspec
from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from .drawing import drawing_of
from .model import RunReport
from .tables import TablesReport

__all__ = ["linked", "run_page", "safe_json", "tables_page"]

_REFERENCE: Final = re.compile(r"\[[0-9][0-9, -]*\]|\b[Ee]vent [0-9]+")
_NUMBER: Final = re.compile(r"[0-9]+")

_UNSAFE: Final = {
    b"<": rb"\u003c",
    b">": rb"\u003e",
    b"&": rb"\u0026",
    "\u2028".encode(): rb"\u2028",
    "\u2029".encode(): rb"\u2029",
}


def run_page(report: RunReport) -> bytes:
    """The page of a run."""
    return _page("run.html.j2", ("theme.js", "run.js"), report=report, data=safe_json(report))


def tables_page(report: TablesReport) -> bytes:
    """The page of many runs."""
    drawings = [drawing_of(curve) for curve in report.curves if curve.points]
    return _page("tables.html.j2", ("theme.js",), report=report, drawings=drawings)


def safe_json(value: object) -> Markup:
    """JSON that may be inside a script element; it means the same."""
    encoded = msgspec.json.encode(value)
    for byte, escape in _UNSAFE.items():
        encoded = encoded.replace(byte, escape)
    return Markup(encoded.decode())


def _page(template: str, scripts: Sequence[str], **values: object) -> bytes:
    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=select_autoescape(default=True, default_for_string=True, enabled_extensions=("j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["linked"] = linked
    code, style = "".join(map(_asset, scripts)), _asset("report.css")
    text = environment.get_template(template).render(
        script=Markup(code),
        style=Markup(style),
        policy=_policy(code, style),
        **values,
    )
    return text.encode()


def linked(text: str) -> Iterator[tuple[str, int | None]]:
    """The pieces of a sentence, each with the event that it leads to: numbers in brackets or after the word "event"."""
    at = 0
    for found in _REFERENCE.finditer(text):
        for number in _NUMBER.finditer(text, found.start(), found.end()):
            yield text[at : number.start()], None
            yield number[0], int(number[0])
            at = number.end()
    yield text[at:], None


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")
