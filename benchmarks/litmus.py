"""How fast litmus tests are answered, against what is aimed at: parsing, searching, three threads, growth, memory.

Run as a script, or import `report`.  The sample is a folder of litmus tests: what `FTRACE_ACTORS_LITMUS`
names, else `../shared/litmus` where that is, else the tests kept in `tests/litmus/data`.  All in one process, each test
once cold for parsing and best of three for the search; times are milliseconds of this process on a CPU, so that a busy
machine does not slow them down.
"""

import os
import resource
import sys
from collections.abc import Iterator, Sequence
from math import log10
from pathlib import Path
from statistics import median
from time import process_time

from ftrace_actors.arm64 import search as engine
from ftrace_actors.litmus import LitmusTest, build, options_of, parse

__all__ = ["compiled", "report"]

REPO = Path(__file__).parents[1]
SHARED = REPO.parent / "shared" / "litmus"
REPEATS = 3

# What the search aims at, on a machine with nothing else to do.
MEDIAN_MAX = 0.5
"""Milliseconds a test, median, in plain Python; compiled it must be no slower."""
FAMILY_MAX = {False: 500.0, True: 50.0}
"""Milliseconds of the slowest test of a three-thread family, in plain Python and compiled."""
MEMORY_MAX = 100
"""Megabytes at most."""

INIT = '{cpu}:X0=x; {cpu}:X1=y; {cpu}:X3=P0:site; {cpu}:X6=instr:"B .+12"; {cpu}:X9=1;'
SITE = ["B over", "site: NOP", "MOV W19,#1", "RET", "MOV W19,#2", "RET", "over: NOP"]
SYNC = ["DC CVAU,X3", "DSB ISH", "IC IVAU,X3", "DSB ISH"]
FETCH = ["BLR X3", "MOV W11,W19"]


def compiled() -> bool:
    """Does the machine run compiled?"""
    return not str(engine.__file__).endswith(".py")


def sample() -> list[Path]:
    """The tests measured."""
    where = os.environ.get("FTRACE_ACTORS_LITMUS")
    folder = Path(where) if where else SHARED if SHARED.is_dir() else REPO / "tests" / "litmus" / "data"
    return sorted(folder.rglob("*.litmus"))


def program(name: str, threads: Sequence[Sequence[str]]) -> LitmusTest:
    """A litmus test from the code of its threads."""
    columns = [list(thread) for thread in threads]
    columns[0] += SITE
    height = max(map(len, columns))
    rows = [" | ".join(f"P{cpu}" for cpu in range(len(columns)))]
    rows += [" | ".join(col[row] if row < len(col) else "" for col in columns) for row in range(height)]
    init = " ".join(INIT.format(cpu=cpu) for cpu in range(len(columns)))
    seen = " ".join(f"{cpu}:X10; {cpu}:X11;" for cpu in range(len(columns)))
    code = " ;\n".join(rows)
    return parse(f"AArch64 {name}\n{{ {init} }}\n{code} ;\nlocations [{seen}]\nexists (true)\n", name)


def three_threads() -> Iterator[LitmusTest]:
    """WRC and ISA2 with a write of code, its cache maintenance anywhere along the way, and a fetch at the end."""
    write = ["STR W6,[X3]"]
    orders = {"none": [], "dmb": ["DMB SY"], "dsb": ["DSB SY"], "dsbisb": ["DSB SY", "ISB"]}
    for order, middle in orders.items():
        for synced in ((0,), (1,), (0, 1)):
            where = "".join(map(str, synced))
            first = write + (SYNC if 0 in synced else [])
            second = ["LDR W10,[X0]", *middle, *(SYNC if 1 in synced else []), "STR W9,[X1]"]
            last = ["LDR W10,[X1]", *middle, *FETCH]
            yield program(f"ISA2+{order}+{where}", [[*first, "STR W9,[X0]"], second, last])
            fetched = [*FETCH, *middle, *(SYNC if 1 in synced else []), "STR W9,[X1]"]
            yield program(f"WRC+{order}+{where}", [first, fetched, last])


FAMILIES = ("WRC", "ISA2")
"""The three-thread shapes that are measured apart."""


def by_writes() -> Iterator[tuple[int, LitmusTest]]:
    """One more write in the first of two threads, to two locations in turn, nothing ordered: the worst kind."""
    for writes in range(1, 8):
        first = [f"STR W9,[X{n % 2}]" if n % 2 else "STR W6,[X0]" for n in range(writes)]
        yield writes, program("growth", [first, ["LDR W10,[X1]", "LDR W11,[X0]"]])


def by_threads() -> Iterator[tuple[int, LitmusTest]]:
    """One more thread, each with a write and a read of two locations."""
    for count in range(1, 7):
        threads = [
            ["STR W9,[X0]", "LDR W10,[X1]"] if n % 2 else ["STR W9,[X1]", "LDR W10,[X0]"]
            for n in range(count)
        ]
        yield count, program("growth", threads)


def by_reads() -> Iterator[tuple[int, LitmusTest]]:
    """One more read in the second of two threads."""
    first = ["STR W9,[X0]", "STR W9,[X1]", "STR W6,[X0]"]
    for reads in range(1, 8):
        yield reads, program("growth", [first, [f"LDR W{10 + n % 2},[X{n % 2}]" for n in range(reads)]])


def curve(what: str, tests: Iterator[tuple[int, LitmusTest]]) -> None:
    """A table of what one more costs, with a bar for the logarithm of the time."""
    print(
        f"  one more {what}:\n    {what + 's':<8} {'ms':>9} {'times':>6} {'timelines':>9} {'paths':>7} {'states':>6}"
    )
    before = 0.0
    for count, test in tests:
        took, outcomes = search_ms(test, 1)
        times = f"{took / before:.1f}" if before else ""
        bar = "#" * max(1, round(6 + 6 * log10(took)))
        print(
            f"    {count:<8} {took:>9.2f} {times:>6} {outcomes.timelines:>9} {outcomes.paths:>7}"
            f" {len(outcomes.states):>6}  {bar}"
        )
        before = took


def against(value: float, aim: float, unit: str) -> str:
    """A figure and whether it is within its aim."""
    return f"{value:.2f} {unit}, aim {aim:g}: {'ok' if value <= aim else 'MISSED'}"


def search_ms(test: LitmusTest, repeats: int = REPEATS) -> tuple[float, engine.Outcomes]:
    """The best of `repeats` searches, and what it found."""
    best = float("inf")
    outcomes = engine.Outcomes()
    for _ in range(repeats):
        task = build(test, options_of(test.meta)).task
        start = process_time()
        outcomes = engine.search(task)
        best = min(best, 1000 * (process_time() - start))
    return best, outcomes


def memory_mb() -> float:
    """The most memory this process ever held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20) if sys.platform == "darwin" else most / (1 << 10)


def spread(times: Sequence[float]) -> str:
    """Median, 95th percentile, worst and sum."""
    ordered = sorted(times)
    return (
        f"median {median(ordered):7.2f}  p95 {ordered[int(0.95 * (len(ordered) - 1))]:7.2f}"
        f"  worst {ordered[-1]:8.2f}  all {sum(ordered) / 1000:7.2f} s"
    )


def report() -> None:
    """Print everything."""
    paths = sample()
    print(
        f"litmus: {len(paths)} tests, arm64 {'compiled' if compiled() else 'in plain Python'}, CPU ms a test"
    )
    parsing, building, searching = [], [], []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        start = process_time()
        test = parse(text, str(path))
        parsed = process_time()
        build(test)
        built = process_time()
        parsing.append(1000 * (parsed - start))
        building.append(1000 * (built - parsed))
        searching.append(search_ms(test)[0])
    for name, times in (("parse", parsing), ("build", building), ("search", searching)):
        print(f"  {name:<8} {spread(times)}")
    print(f"  median search {against(median(searching), MEDIAN_MAX, 'ms')}")
    took = {path.stem: ms for path, ms in zip(paths, searching, strict=True)}
    took |= {test.name: search_ms(test)[0] for test in three_threads()}
    for family in FAMILIES:
        members = {name: ms for name, ms in took.items() if family in name}
        slowest = max(members, key=lambda name: members[name])
        print(
            f"  {family}, three threads with cache maintenance: {len(members)} tests\n    {spread([*members.values()])}"
        )
        print(f"    slowest {slowest} {against(members[slowest], FAMILY_MAX[compiled()], 'ms')}")
    curve("write", by_writes())
    curve("read", by_reads())
    curve("thread", by_threads())
    print(f"  memory of the process at most {against(memory_mb(), MEMORY_MAX, 'MB')}")


if __name__ == "__main__":
    report()
