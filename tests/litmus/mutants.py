"""Single rules of the model, broken one at a time: which of our litmus tests notice?

    python -m tests.litmus.mutants [WORD...]

Each mutant of `mutant_list.py` is one replacement in one file of `arm64/`, made in a copy.  It is killed by the first
pair of `test_pairs.py`, else the first test of our suite, else the first kept test of `data/`, whose answer changes.
`test_mutants.py` sees that every mutant still applies; the score is in docs/arm-model.md.  EQUIVALENT lists those that
change no final state of any test, each with the argument.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ftrace_actors.arm64.solo import Solo
from ftrace_actors.arm64.solo_pe import SoloPE

from .mutant_list import MUTANTS, Mutant

REPO = Path(__file__).parents[2]
SOURCE = REPO / "src"
MACHINE = Path("ftrace_actors") / "arm64"

EQUIVALENT = {
    "DMB ignores reads of atomics without destination": "an atomic's write stands after what it read, and a DMB waits "
    "for the write",
    "releases ignore reads without destination": "the same, of a release",
    "an atomic's write ignores its read": "the read raises the coherence of its bytes to its view, and a write stands "
    "after the coherence of its bytes",
    "writes ignore the fetch view": "a fetch that raises it past an open promise ends the path (`take_fetch`), so no "
    "write stands before it; context synchronization raises `nw` with it",
    "the halves of a pair are bound apart": "the lower half counts from the moment the upper one stands, and that one "
    "is bound by both",
    "a failed CAS never writes back": "what is written back is what was read, and depends on that read, so who reads "
    "it may as well read what the CAS read; the write only stands in the way of others",
}
"""Mutants that change no final state, and why."""


def apply(mutant: Mutant, text: str) -> str:
    """The text with the mutation made.  Raises ValueError when it does not fit exactly once."""
    start = text.index(mutant.after)
    following = text.find("\n    def ", start + len(mutant.after))
    end = following if mutant.after and following >= 0 else len(text)
    if text.count(mutant.old, start, end) != 1:
        raise ValueError(f"{mutant.name}: found {text.count(mutant.old, start, end)} places in {mutant.file}")
    return text[:start] + text[start:end].replace(mutant.old, mutant.new) + text[end:]


def _never(solo: Solo, pe: SoloPE) -> bool:
    return False


def first_difference() -> str:
    """The first of our litmus tests whose answer is not the recorded one; "" when all are.

    Without the search's early ends of paths: they repeat the bounds of writes, and would hide that one is gone.
    """
    from .golden import computed, recorded
    from .shapes import verdict
    from .suite import entries
    from .test_pairs import CACHE_TYPES, MP_RF, PAIRS, SYNCED

    Solo._hopeless = Solo._spent = _never  # type: ignore[method-assign]
    for name, (condition, weak, strong) in PAIRS.items():
        if (verdict(name, weak, condition), verdict(name, strong, condition)) != ("Allowed", "Forbidden"):
            return f"pair: {name}"
    for name, (cache, enough, lacking) in CACHE_TYPES.items():
        if verdict(name, [enough, SYNCED], MP_RF, cache) != "Forbidden" or (
            verdict(name, [lacking, SYNCED], MP_RF, cache) != "Allowed"
        ):
            return f"pair: {name}"
    for entry in entries().values():
        if computed(entry.path)[1] != entry.states:
            return f"suite: {entry.name}"
    for path, states in recorded(Path(__file__).parent / "data"):
        if computed(path)[1] != states:
            return f"kept: {path.stem}"
    return ""


def killer(mutant: Mutant) -> str:
    """What kills a mutant; "" when it survives."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "ftrace_actors"
        shutil.copytree(
            SOURCE / "ftrace_actors", package, ignore=shutil.ignore_patterns("*.so", "__pycache__")
        )
        path = Path(folder) / MACHINE / mutant.file
        path.write_text(apply(mutant, path.read_text(encoding="utf-8")), encoding="utf-8")
        code = f"import sys; sys.path[:0] = [{folder!r}, {str(REPO)!r}]\n"
        code += "from tests.litmus.mutants import first_difference; print(first_difference())"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
        )
        lines = done.stderr.strip().splitlines()
        if done.returncode and folder not in done.stderr:
            raise RuntimeError(f"{mutant.name}: not the mutant's fault: {lines[-1]}")
        return f"crash: {lines[-1]}" if done.returncode else done.stdout.strip()


def say(line: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: list[str]) -> None:
    """Try every mutant whose name has one of the words; all without any."""
    tried = [m for m in MUTANTS if not words or any(word in m.name for word in words)]
    counts = {"pair": 0, "suite": 0, "kept": 0, "crash": 0, "": 0}
    for mutant in tried:
        found = killer(mutant)
        counts[found.partition(":")[0]] += 1
        say(f"{'killed  ' if found else 'SURVIVED'} {mutant.name}: {found}")
    killed = len(tried) - counts[""]
    harmless = sum(mutant.name in EQUIVALENT for mutant in tried)
    say(f"{killed} of {len(tried)} killed: {counts['pair']} by pairs, {counts['suite']} by the suite,")
    say(f"{counts['kept']} by kept tests only; {harmless} are listed as equivalent")


if __name__ == "__main__":
    main(sys.argv[1:])
