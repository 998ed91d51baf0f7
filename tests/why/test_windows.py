"""Where the victim is said to be: a window begins at its mark, after the load that it is about."""

import pytest

from ftrace_actors.checks import Finding
from ftrace_actors.events import Call, Fetch, Free, Load, Switch, Window
from ftrace_actors.inspect.symbols import EventSymbols
from ftrace_actors.why.chain import chain_of
from ftrace_actors.why.reading import read
from ftrace_actors.words import Severity
from tests.checks.stream import LITERAL, OPS, REGS, Stream


@pytest.mark.parametrize(
    ("looked_up", "words"),
    [
        (False, "in the trampoline, still looking up the ops"),
        (True, "the ops is looked up, the mark of W1 comes next"),
    ],
)
def test_a_task_that_is_preempted_between_the_load_and_the_mark_has_its_ops(
    looked_up: bool, words: str
) -> None:
    stream = Stream()
    addr, prov = OPS["tracer_a"]
    stream.add(Call, "vfs_read", REGS, cpu=1, task="reader")
    stream.add(Window, "W0", cpu=1, task="reader")
    if looked_up:
        stream.add(Load, LITERAL, 8, addr, 3, 0, prov, cpu=1, task="reader")
    stream.add(Switch, "reader", "", False, cpu=1, task="")
    free = stream.add(Free, "tracer_a", addr, 64, prov, 9)
    stream.add(Switch, "", "reader", True, cpu=1, task="")
    use = stream.add(Fetch, addr, 0, 1, 1, 1, 1, cpu=1, task="reader")
    finding = Finding("INV-LIFE", Severity.USE_AFTER_FREE, "x", "W0", "tracer_a", (free, use))
    chain = chain_of(read(stream.events, finding, EventSymbols(stream.events)))
    assert f"is preempted in W0 ({words})" in " ".join(sentence.text for sentence in chain)
