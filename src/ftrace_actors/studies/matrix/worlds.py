"""The world of a cell, as a scenario's text: what a replay file holds, and what anybody can run again."""

from __future__ import annotations

import json

from ...kernel.designs import DESIGNS, with_own
from ...scenario import World, build, loads
from .grid import Cell

__all__ = [
    "BYSTANDER",
    "CALLERS",
    "FUNCTION",
    "OPS_NAME",
    "OWNER",
    "TEXT_SUFFIX",
    "build_cell",
    "scenario_path",
    "scenario_text",
]

OPS_NAME = "tracer_a"
FUNCTION = "vfs_read"
"""What the callers call and the ops traces."""
BYSTANDER = "bystander"
"""The dynamic ops on another function."""
TEXT_SUFFIX = ".tramp"
"""The text that belongs to an ops is allocated under its name with this suffix."""
OWNER = "registrant"
CALLERS = ("reader1", "reader2")

_TEXT = """\
# One cell of the table: {name}

format = 1
summary = {summary}
sometimes = []

[machine]
cpus = 3
{pac}
[kernel]
profile = "{profile}"
preempt = "{preempt}"
preemption = {preemption}
{rude}
[protocol]
design = "{design}"
{wait}
[[function]]
name = "{function}"

[[ops]]
name = "{ops}"
functions = ["{function}"]
{bystander}
[[task]]
name = "registrant"
cpu = 0
do = [
    {first}"register {ops}", "wake reader1", "wake reader2",{wakes}
    "unregister {ops}", "kfree {ops}",
]

[[task]]
name = "reader1"
cpu = 1
cpus = [1, 2]
do = ["yield", "yield", "call vfs_read", "yield", "yield", "yield", "call vfs_read"]
started = false

[[task]]
name = "reader2"
cpu = 2
cpus = [1, 2]
do = ["yield", "call vfs_read", "yield", "yield", "yield", "call vfs_read"]
started = false

{rivals}[expect]
verdict = ["holds", "violated"]
"""

_RIVAL_WAKES = ' "wake rival1", "wake rival2",'
_RIVALS = """\
[[task]]
name = "rival1"
cpu = 1
do = ["yield", "yield"]
started = false

[[task]]
name = "rival2"
cpu = 2
do = ["yield", "yield"]
started = false

"""

_BYSTANDER = """
[[function]]
name = "vfs_open"

[[ops]]
name = "{bystander}"
functions = ["vfs_open"]
"""


def scenario_text(cell: Cell) -> str:
    """A registrant that registers, unregisters and frees on one CPU; two callers that move over two others.

    Unless the cell is one of those alone, a dynamic ops traces another function from the start to the end, so that the
    teardown does not end with the kernel's own interrupt on every CPU.

    They give way before they call: a CPU passes quiescent states without an exception.  On each CPU a rival wants to
    run as well, so that a tick preempts a caller wherever it is, if the preemption model lets it.  With PAC there is
    none: there a yield to another task synchronizes context, and that of a task which is picked again does not.
    """
    wait = cell.wait
    return _TEXT.format(
        name=cell.name,
        summary=json.dumps(f"{cell.design}, preemption {cell.model.name}: {wait.name}"),
        pac="pac = true\n" if cell.pac else "",
        profile=cell.profile,
        preempt=cell.model.preempt,
        preemption=str(cell.model.preemption).lower(),
        rude="" if wait.flavours is None else 'rude = "real"\n',
        function=FUNCTION,
        bystander="" if cell.alone else _BYSTANDER.format(bystander=BYSTANDER),
        first="" if cell.alone else f'"register {BYSTANDER}", ',
        wakes="" if cell.pac else _RIVAL_WAKES,
        rivals="" if cell.pac else _RIVALS,
        design=cell.design,
        wait="" if wait.flavours is None else f"wait = {json.dumps(list(wait.flavours))}\n",
        ops=OPS_NAME,
    )


def scenario_path(cell: Cell) -> str:
    """What the text is called where a file name is wanted; there is no such file."""
    return f"matrix/{cell.name}.toml"


def build_cell(cell: Cell) -> World:
    """The world of a cell, built.  Raises DesignError for a user's design."""
    return build(loads(scenario_text(cell), scenario_path(cell), None, with_own(cell.own, DESIGNS)))
