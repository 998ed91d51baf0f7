"""States and times of the model here, under Spin and under TLC.

Exit code 1 when the counts of a configuration differ.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import process_time

from ..page import put
from .ftp import MUTANTS, Ftp
from .others import Missing, Said, Stopped, spin, tlc
from .places import Counted, count

_EQUAL = (
    Ftp(2),
    Ftp(2, calls=3, quiesce=False),
    Ftp(2, calls=2, rounds=2, sync_again=False),
    Ftp(3, late=True, sync_again=False),
    Ftp(4),
)
"""Small enough for all three, and different in everything that can be different."""
_CPUS = range(3, 9)
_HERE_CPUS_MAX = 6
_TLC_CPUS_MAX = 5
_TLC_SORTED_CPUS_MAX = 6
_SPIN_CPUS_MAX = 6
"""With one more a tool takes more time or memory than we give it."""


def main(arguments: list[str]) -> int:
    """The report; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=__doc__)
    parser.add_argument("--cpus", type=int, default=_CPUS.stop - 1, help="the most for which times are taken")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/exploration.md")
    options = parser.parse_args(arguments)
    same: list[bool] = []
    _show("counts", _counts(same), write=options.write)
    _show("times", _times(options.cpus), write=options.write)
    return 0 if all(same) else 1


def _show(mark: str, lines: Iterator[str], *, write: bool) -> None:
    text = ""
    for line in lines:
        print(line, flush=True)
        text += line + "\n"
    if write:
        put(mark, text)


# -- the same states? ---------------------------------------------------------------------------------------------


def _counts(same: list[bool]) -> Iterator[str]:
    """The table; `same` is told of each configuration whether all that ran agree."""
    yield "| CPUs | calls of each | rounds | | states here | Spin | TLC | freed ops are used |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for ftp in _EQUAL:
        ours = count(ftp)
        said = [_ask(tool, ftp) for tool in (spin, tlc)]
        same.append(all(isinstance(each, str) or _agree(each, ours) for each in said))
        cells = [each if isinstance(each, str) else f"{each.states:,}" for each in said]
        broken = [ours.broken, *(each.broken for each in said if not isinstance(each, str))]
        words = " / ".join("yes" if each else "no" for each in dict.fromkeys(broken))
        shape = f"{ftp.cpus} | {ftp.calls} | {ftp.rounds} | {_mutant(ftp)}"
        yield f"| {shape} | {ours.states:,} | {' | '.join(cells)} | {words} |"


def _agree(said: Said, ours: Counted) -> bool:
    return (said.states, said.broken) == (ours.states, ours.broken)


def _mutant(ftp: Ftp) -> str:
    plain = Ftp(ftp.cpus, ftp.calls, ftp.rounds)
    return next(name for name, values in MUTANTS.items() if replace(plain, **values) == ftp)


def _ask(tool: Callable[[Ftp], Said], ftp: Ftp) -> Said | str:
    """What a tool says, or why nothing."""
    try:
        return tool(ftp)
    except (Missing, Stopped) as error:
        return str(error)


# -- how long? ----------------------------------------------------------------------------------------------------


def _times(cpus_max: int) -> Iterator[str]:
    yield "| CPUs | all states | sorted | here, sorted | here, all | Spin, all | TLC, all | TLC, sorted |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for cpus in range(_CPUS.start, cpus_max + 1):
        ftp = Ftp(cpus)
        found, ours = _timed(ftp, sort=True)
        unsorted = f"{_timed(ftp, sort=False)[1]:.2f}" if cpus <= _HERE_CPUS_MAX else "-"
        said = [
            _ask(spin, ftp) if cpus <= _SPIN_CPUS_MAX else "-",
            _ask(tlc, ftp) if cpus <= _TLC_CPUS_MAX else "-",
            _ask(lambda ftp: tlc(ftp, sort=True), ftp) if cpus <= _TLC_SORTED_CPUS_MAX else "-",
        ]
        every = next((f"{each.states:,}" for each in said if isinstance(each, Said)), "-")
        cells = " | ".join(each if isinstance(each, str) else _cell(each, ours) for each in said)
        yield f"| {cpus} | {every} | {found.states:,} | {ours:.2f} | {unsorted} | {cells} |"


def _timed(ftp: Ftp, *, sort: bool) -> tuple[Counted, float]:
    start = process_time()
    return count(ftp, sort=sort), process_time() - start


def _cell(said: Said, ours: float) -> str:
    """What a tool took, and how many times as long as here."""
    ratio = said.seconds / ours
    return f"{said.seconds:.1f} ({ratio:.{0 if ratio >= 10 else 1}f} x)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
