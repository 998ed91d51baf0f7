"""ftrace_sync_ipi: which updates end with it, and what it stands between (ftrace_modify_all_code)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ftrace_actors.actors import DullChooser
from ftrace_actors.events import Patch, RecordState, Register, Send, Wait
from ftrace_actors.kernel.designs import DESIGNS

from .steering import Ran, steered
from .worlds import Table, world

PLAIN: Table = {"dynamic": False}
DYNAMIC: Table = {"dynamic": True}
RCU: Table = {"dynamic": False, "flags": ["rcu"]}
RECURSION: Table = {"dynamic": False, "flags": ["recursion"]}
CLOBBER = """
    adrp x9, vfs_read
    add  x9, x9, :lo12:vfs_read
    movz w10, #0x2000
    movk w10, #0xd420, lsl #16      // brk #0x100
    str  w10, [x9, #4]
    ret
"""


async def run(
    do: Sequence[str],
    ops: Sequence[Table],
    *,
    design: str = "call-ops",
    elsewhere: bool = False,
    protocol: Table | None = None,
) -> Ran:
    """A dull run of one task on CPU 0 of 3; the ops a, b, ... are of these kinds, on one function.

    `elsewhere`: all but the first trace another function.
    """
    tables = [
        {"name": name, "functions": ["vfs_open" if elsewhere and index else "vfs_read"], **kind}
        for index, (name, kind) in enumerate(zip("abc", ops, strict=False))
    ]
    made = world(
        {"registrant": {"cpu": 0, "do": list(do)}},
        ops=tables,
        functions=["vfs_read", "vfs_open"],
        routines={"clobber": CLOBBER},
        machine={"cpus": 3},
        protocol={"design": design, **(protocol or {})},
    )
    return await steered(made, DullChooser())


def sent(ran: Ran) -> list[str]:
    """The register and unregister in which ftrace_sync_ipi was sent, as "+a" and "-a"."""
    found: list[str] = []
    now = ""
    for event in ran.events:
        match event:
            case Register(returns=False):
                now = f"{'-' if event.unregister else '+'}{event.ops}"
            case Send(message="SyncIpiIn"):
                found.append(now)
    return found


def actions(changes: Sequence[str]) -> list[str]:
    return [f"{'register' if change[0] == '+' else 'unregister'} {change[1]}" for change in changes]


CASES = [
    pytest.param([PLAIN], ["+a", "-a"], ["+a", "-a"], id="0 to 1 and back"),
    pytest.param([RECURSION], ["+a", "-a"], ["+a", "-a"], id="by the assist function"),
    pytest.param([DYNAMIC], ["+a", "-a"], ["-a"], id="dynamic: the last one to go only"),
    pytest.param([RCU], ["+a", "-a"], ["-a"], id="FL_RCU: the last one to go only"),
    pytest.param([PLAIN, PLAIN], ["+a", "+b", "-b", "-a"], ["+a", "-b", "-a"], id="not 1 to 2"),
    pytest.param([DYNAMIC, PLAIN], ["+a", "+b", "-a", "-b"], ["-a", "-b"], id="2 to 1: a plain one survives"),
    pytest.param([DYNAMIC, PLAIN], ["+a", "+b", "-b", "-a"], ["-a"], id="2 to 1: a dynamic one survives"),
    pytest.param([DYNAMIC, RCU], ["+a", "+b", "-a", "-b"], ["-b"], id="2 to 1: an FL_RCU one survives"),
    pytest.param([PLAIN, PLAIN, PLAIN], ["+a", "+b", "+c", "-c"], ["+a"], id="not 3 to 2"),
    pytest.param([PLAIN, DYNAMIC], ["+b", "+a", "-a"], [], id="with a dynamic first"),
]


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(("ops", "changes", "wanted"), CASES)
async def test_it_is_sent_where_the_global_function_changes_to_another_than_the_lists(
    ops: Sequence[Table], changes: Sequence[str], wanted: Sequence[str], design: str, elsewhere: bool
) -> None:
    """All registered ops count, on whatever function: who shares none with the others takes it away all the same."""
    ran = await run(actions(changes), ops, design=design, elsewhere=elsewhere)
    assert sent(ran) == wanted
    assert all(event.errno == 0 for event in ran.all(Register, returns=True))


async def test_it_is_sent_though_no_site_changes() -> None:
    """The site goes on calling the list trampoline for the survivor; the global function is the survivor's now."""
    ran = await run(actions(["+a", "+b", "-a"]), [DYNAMIC, PLAIN], design="list-only")
    begin = ran.all(Register, unregister=True, returns=False)[0].seq
    assert sent(ran) == ["-a"]
    assert [event for event in ran.all(Patch) if event.seq > begin] == []


@pytest.mark.parametrize("design", DESIGNS)
async def test_it_comes_after_the_sites_and_before_the_waits(design: str) -> None:
    """Under two-trampolines the reset of the data, after the wait, sends none."""
    ran = await run(actions(["+a", "-a"]), [DYNAMIC], design=design)
    begin = ran.all(Register, unregister=True, returns=False)[0].seq
    patches = [event.seq for event in ran.all(Patch, begins=False) if event.seq > begin]
    (ipi,) = (event.seq for event in ran.all(Send, message="SyncIpiIn"))
    (wait,) = (event.seq for event in ran.all(Wait, begins=True))
    assert patches[0] < ipi < wait
    assert [seq for seq in patches if ipi < seq < wait] == []
    assert len([seq for seq in patches if seq > wait]) == (design == "two-trampolines")


async def test_with_the_wait_first_it_comes_after_the_sites_all_the_same() -> None:
    ran = await run(actions(["+a", "-a"]), [DYNAMIC], protocol={"wait_at": "before-update"})
    (ipi,) = (event.seq for event in ran.all(Send, message="SyncIpiIn"))
    assert ran.all(Wait)[-1].seq < ran.all(Patch)[-1].seq < ipi


@pytest.mark.parametrize("design", ["two-trampolines", "global-ops"])
async def test_a_wait_between_two_writes_of_one_update_is_not_where_it_belongs(design: str) -> None:
    ran = await run(actions(["+a"]), [PLAIN], design=design, protocol={"handover": ["rcu"]})
    assert sent(ran) == ["+a"]
    (ipi,) = (event.seq for event in ran.all(Send, message="SyncIpiIn"))
    assert ran.all(Patch)[-1].seq < ipi
    assert ran.all(Wait)[0].seq < ipi


@pytest.mark.parametrize(("kind", "wanted"), [(PLAIN, ["+a"]), (DYNAMIC, ["+a"])])
async def test_after_ftrace_kill_the_global_function_is_the_stub(kind: Table, wanted: list[str]) -> None:
    """A patch fails in an update to the list function: the function is the stub now, so the interrupt is sent."""
    ran = await run(["run clobber", "register a", "register b"], [kind, PLAIN])
    assert [event.errno for event in ran.all(Register, returns=True)] == [-22, -19]
    assert ran.all(RecordState) == []
    assert sent(ran) == wanted


async def test_after_ftrace_kill_an_update_that_changes_no_function_sends_none() -> None:
    ran = await run(
        ["register c", "register b", "run clobber", "register a"], [PLAIN, PLAIN, PLAIN], elsewhere=True
    )
    assert [event.errno for event in ran.all(Register, returns=True)] == [0, 0, -22]
    assert sent(ran) == ["+c"]


async def test_every_other_cpu_is_interrupted_and_waited_for() -> None:
    ran = await run(actions(["+a"]), [PLAIN])
    assert [event.to for event in ran.all(Send, message="Kick")] == ["cpu1", "cpu2"]
    assert len(ran.all(Send, message="KickAcknowledged")) == 2
    assert ran.all(Send, message="Kicked")[0].seq < ran.all(Register, returns=True)[0].seq


@pytest.mark.parametrize("design", DESIGNS)
async def test_dropped_it_is_not_sent(design: str) -> None:
    ran = await run(actions(["+a", "-a"]), [PLAIN], design=design, protocol={"drop": ["sync-ipi"]})
    assert sent(ran) == []
    assert all(event.errno == 0 for event in ran.all(Register, returns=True))
