"""What the first runs of every shipped scenario come to, kept in a file: whoever moves code changes none of it.

`python -m tests.scenario.frozen` writes `frozen.jsonl` anew: a line for each run, of seed 0 under the strategy that
`STRATEGY` names, whatever the default is. That is done when behaviour is meant to change (a rule, a scenario, the
schema of events), in a commit that does nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from ftrace_actors.explore import make_chooser

from .runs import SHIPPED, profile_of, world_of

__all__ = ["FILE", "RUNS", "STRATEGY", "kept", "lines_of"]

FILE = Path(__file__).with_suffix(".jsonl")
STRATEGY = "mix"
RUNS = 6


def lines_of(name: str) -> list[str]:
    """A line for each of the first runs of a scenario."""
    return [json.dumps(_facts(name, run), separators=(",", ":")) for run in range(RUNS)]


def kept() -> dict[str, list[str]]:
    """The lines of the file, by scenario."""
    lines: dict[str, list[str]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        lines.setdefault(json.loads(line)["scenario"], []).append(line)
    return lines


def _facts(name: str, run: int) -> dict[str, object]:
    result = world_of(name).run(make_chooser(STRATEGY, 0, run, profile_of(name)), record=True, driver="bare")
    picks = "".join(
        f"{pick.position} {pick.kind} {pick.actor} {pick.op} {pick.picked}/{pick.count}\n"
        for pick in result.picks
    )
    return {
        "scenario": name,
        "run": run,
        "verdict": result.verdict,
        "findings": [[f.invariant, f.window, f.severity, f.subject, f.message] for f in result.findings],
        "positions": result.positions,
        "steps": result.steps,
        "instructions": result.instructions,
        "seen": sorted(result.seen),
        "picks": len(result.picks),
        "picked": blake2b(picks.encode(), digest_size=16).hexdigest(),
        "digest": result.digest,
    }


def _all_lines() -> Iterator[str]:
    for name in SHIPPED:
        yield from lines_of(name)


if __name__ == "__main__":
    FILE.write_text("".join(f"{line}\n" for line in _all_lines()), encoding="utf-8")
