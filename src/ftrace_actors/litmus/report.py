"""Results as text in the manner of the published tools, and as JSON objects."""

from __future__ import annotations

from .judge import Result
from .syntax import Fault

__all__ = ["as_json", "as_text", "summary_line"]

_KIND = {"exists": "Allowed", "~exists": "Forbidden", "forall": "Required"}


def summary_line(result: Result, expected: str | None = None) -> str:
    """One line: name, verdict, how often, and what was expected if that is something else."""
    line = f"{result.test.name} {result.verdict} {result.positive}/{len(result.finals)}"
    if result.flags:
        line += f" [{', '.join(result.flags)}]"
    if result.unknown:
        line += f" (out of {result.unknown})"
    if expected is not None and expected != result.verdict:
        line += f" expected {expected}"
    return line


def as_text(result: Result, seconds: float) -> str:
    """All states, the verdict words and the counts."""
    test = result.test
    lines = [f"Test {test.name} {_KIND[test.quantifier]}", f"States {len(result.finals)}"]
    for final in result.finals:
        shown = result.state(final)
        lines.append(" ".join(f"{name}={value};" for name, value in shown.items()))
    if result.unknown:
        lines.append(f"Unknown out of {result.unknown}")
    else:
        lines.append("Ok" if result.ok else "No")
    lines += [
        "Witnesses",
        f"Positive: {result.positive} Negative: {result.negative}",
        *[f"Flag {flag}" for flag in result.flags],
        f"Condition {' '.join(test.condition_text.split())}",
        f"Observation {test.name} {result.observation} {result.positive} {result.negative}",
        f"Timelines {result.timelines} Paths {result.paths}",
        f"Time {test.name} {seconds:.3f}",
    ]
    return "\n".join(lines) + "\n"


def as_json(result: Result, seconds: float, expected: str | None = None) -> dict[str, object]:
    """One object a test; numbers in states are hexadecimal strings, addresses and instructions as they print."""
    test = result.test
    names = result.machine.names
    states = []
    for final in result.finals:
        state: dict[str, str] = {}
        for location, value in zip(result.machine.observed, final.values, strict=True):
            if isinstance(location, Fault):
                state[str(location)] = "true" if value else "false"
            else:
                state[str(location).removeprefix("[").removesuffix("]")] = names.get(value, hex(value))
        states.append(state)
    return {
        "name": test.name,
        "file": test.filename,
        "expected": expected,
        "verdict": result.verdict,
        "states": states,
        "observation": result.observation,
        "flags": list(result.flags),
        "timelines": result.timelines,
        "seconds": round(seconds, 6),
    }
