"""Small worlds that can be searched to the end: two CPUs, one tracer, one reader that calls once."""

from __future__ import annotations

from collections.abc import Sequence

from ftrace_actors.scenario import World, build, loads

__all__ = ["DISABLE", "ENABLE", "TEARDOWN", "broken_teardown", "locking", "routines", "small"]

ENABLE = ("register tracer_a",)
DISABLE = ("register tracer_a", "wake reader", "unregister tracer_a")
TEARDOWN = (*DISABLE, "kfree tracer_a")

_TEXT = """format = 1
summary = "A world small enough to be searched."
[machine]
cpus = {cpus}
[kernel]
profile = "{profile}"
ticks = {ticks}
preempt = "full"
[protocol]
{protocol}
[[function]]
name = "vfs_read"
[[ops]]
name = "tracer_a"
functions = ["vfs_read"]
[[task]]
name = "tracer"
cpu = 0
do = [{do}]
[[task]]
name = "reader"
cpu = {reader}
do = ["call vfs_read"]
started = {started}
[expect]
verdict = "holds"
"""


def small(
    do: Sequence[str],
    *,
    protocol: str = "",
    ticks: int = 0,
    profile: str = "v6.12",
    name: str = "small",
    cpus: int = 2,
) -> World:
    """A world in which `tracer` does `do` on the first CPU; the reader, on the last, is started or woken by `do`."""
    text = _TEXT.format(
        profile=profile,
        ticks=ticks,
        protocol=protocol,
        cpus=cpus,
        reader=cpus - 1,
        do=", ".join(f'"{action}"' for action in do),
        started=str("wake reader" not in do).lower(),
    )
    return build(loads(text, f"{name}.toml"))


def broken_teardown() -> World:
    """A teardown that waits for nobody and leaves the literal as it is, on one CPU: a tick in the call breaks it.

    Two CPUs break it as well, but without fusing that takes hundreds of thousands of places.
    """
    return small(TEARDOWN, protocol='wait = []\ndrop = ["literal-reset"]', ticks=1, cpus=1)


_LOCKING = """format = 1
summary = "Tasks that take locks, and nothing else."
[machine]
cpus = 2
[kernel]
profile = "v6.12"
ticks = {ticks}
preempt = "full"
[[function]]
name = "vfs_read"
{tasks}
[expect]
verdict = "holds"
"""


def locking(*tasks: Sequence[str], ticks: int = 0) -> World:
    """A world in which the tasks, on two CPUs by turns, do what is said, and nobody traces anything."""
    texts = [
        f'[[task]]\nname = "task{number}"\ncpu = {number % 2}\ndo = [{", ".join(map(repr, do))}]\n'
        for number, do in enumerate(tasks)
    ]
    return build(loads(_LOCKING.format(tasks="".join(texts), ticks=ticks), "locking.toml"))


_ROUTINES = """format = 1
summary = "a routine on each CPU"
[machine]
cpus = {cpus}
[kernel]
profile = "v6.12"
ticks = 0
[[function]]
name = "vfs_read"
{parts}
[expect]
verdict = "holds"
"""


def routines(words: Sequence[str], *codes: str) -> World:
    """A world in which each CPU executes one of the routines, which may use these words."""
    parts = [f'[[word]]\nname = "{word}"\n' for word in words]
    for number, code in enumerate(codes):
        parts.append(f"[[routine]]\nname = \"r{number}\"\nasm = '''{code}'''\n")
        parts.append(f'[[task]]\nname = "t{number}"\ncpu = {number}\ndo = ["run r{number}"]\n')
    return build(loads(_ROUTINES.format(cpus=len(codes), parts="".join(parts)), "routines.toml"))
