"""Results as text in the manner of the published tools, and as JSON objects."""

from __future__ import annotations

from ..arm64.registers import MASK64
from .judge import ASSUMED_LINES, Result
from .syntax import Array, Cell, Fault, Location

__all__ = ["as_json", "as_text", "summary_line"]

_KIND = {"exists": "Allowed", "~exists": "Forbidden", "forall": "Required"}


def summary_line(result: Result, expected: str | None = None) -> str:
    """One line: name, verdict, how often, and what was expected if that is something else.

    Flags in brackets are findings; what the published model always assumes is left to the longer forms.
    """
    line = f"{result.test.name} {result.verdict} {result.positive}/{len(result.finals)}"
    findings = [flag for flag in result.flags if flag != ASSUMED_LINES]
    if findings:
        line += f" [{', '.join(findings)}]"
    if result.unknown:
        line += f" (out of {result.unknown})"
    if expected is not None and expected != result.verdict:
        line += f" expected {expected}"
    return line


def as_text(result: Result, seconds: float) -> str:
    """All states, the verdict words and the counts."""
    test = result.test
    lines = [f"Test {test.name} {_KIND[test.quantifier]}", f"States {len(result.finals)}"]
    lines += [result.line(final) for final in result.finals]
    if result.unknown:
        lines.append(f"Unknown out of {result.unknown}")
    if result.verdict != "Unknown":
        lines.append("Ok" if result.ok else "No")
    lines += [
        "Witnesses",
        f"Positive: {result.positive} Negative: {result.negative}",
        *[f"Flag {flag}" for flag in result.flags],
        f"Condition {' '.join(test.condition_text.split())}",
        f"Observation {test.name} {result.observation} {result.positive} {result.negative}",
        f"Time {test.name} {seconds:.3f}",
    ]
    if "Hash" in test.meta:
        lines.append(f"Hash={test.meta['Hash']}")
    return "\n".join(lines) + "\n"


def as_json(result: Result, seconds: float, expected: str | None = None) -> dict[str, object]:
    """One object a test; numbers in states are hexadecimal strings, addresses and instructions as they print."""
    test = result.test
    states = [
        {
            _key(location): _content(result, location, value)
            for location, value in zip(result.machine.observed, final.values, strict=True)
        }
        for final in result.finals
    ]
    return {
        "name": test.name,
        "file": test.filename,
        "expected": expected,
        "verdict": result.verdict,
        "states": states,
        "observation": result.observation,
        "flags": [*result.flags, *([f"out of {result.unknown}"] if result.unknown else [])],
        "timelines": result.timelines,
        "seconds": round(seconds, 6),
    }


def _key(location: Location) -> str:
    bracketed = isinstance(location, Cell) and not location.element
    return str(location)[1:-1] if bracketed else str(location)


def _content(result: Result, location: Location, value: int) -> str:
    if isinstance(location, Fault):
        return "true" if value else "false"
    name_of = result.machine.name_of
    shown = [name_of(each) or hex(each & MASK64) for each in result.machine.elements(location, value)]
    return f"{{{','.join(shown)}}}" if isinstance(location, Array) else shown[0]
