"""Answers of `why` to a failing run of some scenarios, made once for all tests."""

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from ftrace_actors.checks import INV_LIVE
from ftrace_actors.explore.chunk import profile_of
from ftrace_actors.explore.evidence import shorten, target_for
from ftrace_actors.explore.judge import headline, is_expected_failure
from ftrace_actors.explore.strategies import DEFAULT, make_chooser
from ftrace_actors.result import RunResult
from ftrace_actors.studies.needed import Budget, Subject
from ftrace_actors.why import Answer, Source, Tells, answer_of, look_closer
from tests.environment import REPO

__all__ = ["NAMES", "OWN", "Explained", "explained"]

NAMES = (
    "teardown-no-wait-w1",  # use after free: nothing is waited for
    "teardown-rude-only-w1",  # a preempted caller that a grace period does not wait for
    "static-key",  # a stale fetch
    "enable-call-first",  # a lost call
    "ordering-none",  # an early store
    "torn-literal-call-first",  # a torn literal
    "deadlock-spin",
    "misaligned-neighbour",  # unpredictable
    "unguarded-survivor-recursion",
    "disable-literal-kept",  # the books contradict memory
    "own routine",
)
"""Scenarios that break in one way each."""

OWN = """\
format = 1
summary = "a routine of its own reads two words in an order that nothing keeps"

[machine]
cpus = 2

[kernel]
profile = "v6.3"
ticks = 0

[[function]]
name = "vfs_read"

[[ops]]
name = "tracer_a"
functions = ["vfs_read"]

[[word]]
name = "data"
[[word]]
name = "flag"

[[routine]]
name = "reader_side"
asm = '''
    adrp  x9, flag
    add   x9, x9, :lo12:flag
    ldr   w10, [x9]
    cbz   w10, 1f
    adrp  x9, data
    add   x9, x9, :lo12:data
    ldr   w11, [x9]
    cbnz  w11, 1f
    brk   #1
1:  ret
'''

[[task]]
name = "writer"
cpu = 0
do = ["register tracer_a", "store data 1", "store flag 1"]

[[task]]
name = "reader"
cpu = 1
do = ["call vfs_read", "run reader_side", "run reader_side"]

[expect]
verdict = "violated"
"""


@dataclass(frozen=True, slots=True)
class Explained:
    """A failing run and the answer."""

    source: Source
    answer: Answer


@cache
def explained(name: str) -> Explained:
    """The first failing run of seed 0 that the scenario expects, shrunk, and why it fails."""
    text = OWN if name == "own routine" else (REPO / "scenarios" / f"{name}.toml").read_text()
    subject = Subject(name, str(Path("scenarios") / f"{name}.toml"), text)
    world = subject.world()
    run = partial(world.run, driver="bare")
    profile = profile_of(world)
    for number in range(400):
        made = run(make_chooser(DEFAULT, 0, number, profile))
        if is_expected_failure(world.expect, made):
            break
    else:
        raise AssertionError(f"{name} does not fail in 400 runs")
    target = target_for(world.expect, made.verdict, made.findings)
    record = partial(world.run, driver="bare", record=True)
    result: RunResult = shorten(name, made.picks, target, attempt=run, record=record, same=target.met).result
    finding = headline(world.expect, result.findings)
    assert finding is not None
    source = Source(subject, world, result, finding)
    first = answer_of(
        result.events,
        finding,
        result.findings,
        world.image.symbols,
        watched=world.image.watched,
        wait_for=result.wait_for,
    )
    assert bool(finding.events) == (finding.invariant != INV_LIVE)
    answer = look_closer(first, source, Budget(places=0, runs=15), 1, Tells(_ignored))
    return Explained(source, answer)


def _ignored(part: str, done: int, of: int) -> None:
    """Nobody watches."""
