"""How fast litmus tests are answered: parsing, searching, growth, three threads with cache maintenance, memory.

Run as a script, or import `report`.  The sample is a folder of litmus tests: what `FTRACE_ACTORS_LITMUS`
names, else `../shared/litmus` where that is, else the tests kept in `tests/litmus/data`.  All in one process, each test
once cold for parsing and best of three for the search; times are milliseconds.
"""

import os
import resource
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from ftrace_actors.arm64 import search as engine
from ftrace_actors.litmus import LitmusTest, build, options_of, parse

__all__ = ["compiled", "report"]

REPO = Path(__file__).parents[1]
SHARED = REPO.parent / "shared" / "litmus"
REPEATS = 3
THREE_MAX = 500.0
MEMORY_MAX = 100

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


def family(name: str) -> bool:
    """Is it one of the three-thread shapes?"""
    return "ISA2" in name or "WRC" in name


def growing() -> Iterator[tuple[str, LitmusTest]]:
    """One more write in one thread, then one more thread, each of independent accesses: the worst kind."""
    for writes in range(1, 7):
        first = [f"STR W9,[X{n % 2}]" if n % 2 else "STR W6,[X0]" for n in range(writes)]
        yield f"2 threads, {writes} writes", program("growth", [first, ["LDR W10,[X1]", "LDR W11,[X0]"]])
    for count in range(2, 6):
        threads = [
            ["STR W9,[X0]", "LDR W10,[X1]"] if n % 2 else ["STR W9,[X1]", "LDR W10,[X0]"]
            for n in range(count)
        ]
        yield f"{count} threads of SB", program("growth", threads)


def search_ms(test: LitmusTest, repeats: int = REPEATS) -> tuple[float, engine.Outcomes]:
    """The best of `repeats` searches, and what it found."""
    best = float("inf")
    outcomes = engine.Outcomes()
    for _ in range(repeats):
        task = build(test, options_of(test.meta)).task
        start = perf_counter()
        outcomes = engine.search(task)
        best = min(best, 1000 * (perf_counter() - start))
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
    print(f"litmus: {len(paths)} tests, arm64 {'compiled' if compiled() else 'in plain Python'}, ms a test")
    parsing, building, searching = [], [], []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        start = perf_counter()
        test = parse(text, str(path))
        parsed = perf_counter()
        build(test)
        built = perf_counter()
        parsing.append(1000 * (parsed - start))
        building.append(1000 * (built - parsed))
        searching.append(search_ms(test)[0])
    for name, times in (("parse", parsing), ("build", building), ("search", searching)):
        print(f"  {name:<8} {spread(times)}")
    three = {path.stem: took for path, took in zip(paths, searching, strict=True) if family(path.stem)}
    three |= {test.name: search_ms(test, 1)[0] for test in three_threads()}
    worst = max(three, key=lambda name: three[name])
    ok = "ok" if three[worst] < THREE_MAX else "TOO SLOW"
    print(f"  three threads with cache maintenance, {len(three)} tests:\n    {spread(list(three.values()))}")
    print(f"    slowest {worst}: {three[worst]:.1f} ms, limit {THREE_MAX:.0f}: {ok}")
    for name, test in growing():
        took, outcomes = search_ms(test, 1)
        bar = "#" * max(1, round(4 * took**0.5))
        print(
            f"  {name:<20} {took:9.2f}  {outcomes.timelines:>6} timelines {len(outcomes.states):>5} states  {bar}"
        )
    used = memory_mb()
    print(f"  memory at most {used:.0f} MB, limit {MEMORY_MAX}: {'ok' if used < MEMORY_MAX else 'TOO MUCH'}")


if __name__ == "__main__":
    report()
