"""What ``why`` found as JUnit XML, which CI systems read: one test case a failing run, or a scenario without one.

A run that its scenario expects to fail passes, with the answer as its output; any other failing run is a failure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..terminal import shown

__all__ = ["CaseResult", "junit"]

_DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>'
_ENDING: Final = re.compile(r"(\.replay)?\.(json|jsonl|log|toml)$")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A test case.

    Attributes:
        name: of the scenario.
        where: the file that the run is in, or that of the scenario.
        ok: it came out as expected.
        kind: what broke, "" where nothing did.
        message: in one line.  text: the answer.
    """

    name: str
    where: str
    ok: bool
    kind: str
    message: str
    text: str


def _class(where: str) -> str:
    """A file as those who read the document take a class: directories as packages, and no other dot in it."""
    name = _ENDING.sub("", where)
    return ".".join(part.replace(".", "_") for part in name.split("/") if part.strip("."))


def junit(cases: Sequence[CaseResult]) -> bytes:
    """The document; control characters are written out, since XML has none."""
    failures = str(sum(not case.ok for case in cases))
    counts = {"tests": str(len(cases)), "failures": failures, "errors": "0", "skipped": "0"}
    root = Element("testsuites", {"name": "ftrace-actors", **counts})
    suite = SubElement(root, "testsuite", {"name": "why", **counts})
    for case in cases:
        where = shown(case.where)
        test = SubElement(suite, "testcase", classname=_class(where), name=shown(case.name), file=where)
        if case.ok:
            SubElement(test, "system-out").text = shown(case.text)
        else:
            said = {"type": case.kind or "not as expected", "message": shown(case.message)}
            SubElement(test, "failure", said).text = shown(case.text)
    indent(root)
    return f"{_DECLARATION}\n{tostring(root, encoding='unicode')}\n".encode()
