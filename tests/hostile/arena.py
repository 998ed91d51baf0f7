"""A directory with one usable file of every format, for inputs that are not usable to stand beside."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from ftrace_actors.explore.replay import Origin, make, save
from ftrace_actors.explore.strategies import make_chooser
from ftrace_actors.explore.strategies.profile import Profile
from ftrace_actors.inspect import encode_log, make_header
from ftrace_actors.scenario import RunResult, loads
from ftrace_actors.scenario import build as build_world

SCENARIO = '''format = 1
summary = "one call while the function is traced"

[kernel]
profile = "v6.12"

[[function]]
name = "vfs_read"

[[ops]]
name = "tracer"
functions = ["vfs_read"]

[[word]]
name = "done"

[[routine]]
name = "look"
asm = """
    mov x0, #1
    ret
"""

[[task]]
name = "registrant"
cpu = 0
do = ["register tracer", "store done 1"]

[[task]]
name = "reader"
cpu = 1
do = ["call vfs_read x2", "run look"]

[expect]
verdict = "holds"
'''

LITMUS = """AArch64 MP
{ 0:X1=x; 0:X3=y; 1:X1=x; 1:X3=y; 0:X0=1; 0:X2=1; }
 P0          | P1          ;
 STR W0,[X1] | LDR W2,[X3] ;
 STR W2,[X3] | LDR W0,[X1] ;
exists (1:X2=1 /\\ 1:X0=0)
"""

DESIGN = '''"""A design of somebody's own."""

from ftrace_actors.kernel.designs import CallOps


class Mine(CallOps):
    """Call ops under another name."""

    name = "mine"
    summary = "call ops under another name"
'''

KINDS = "MP Allowed\n"
LIST = "good.litmus\n"


@cache
def usable() -> dict[str, bytes]:
    """Name -> content of the usable files; logs and replay files are those of one run."""
    files = {
        "good.toml": SCENARIO.encode(),
        "other.toml": SCENARIO.encode(),
        "good.litmus": LITMUS.encode(),
        "other.litmus": LITMUS.replace("MP", "MP2").encode(),
        "good.kinds": KINDS.encode(),
        "good.list": LIST.encode(),
        "good.py": DESIGN.encode(),
    }
    world = build_world(loads(SCENARIO, "good.toml"))
    result = cast(
        "RunResult", world.run(make_chooser("random", 0, 0, Profile(100)), record=True, driver="bare")
    )
    header = make_header(world, result, seed=0, run=0, strategy="random")
    log = encode_log(header, result.events, world.image.symbols)
    origin = Origin("good", "good.toml", SCENARIO, {}, "random", 0, 0)
    with TemporaryDirectory() as made:
        replay = Path(made, "good.replay.json")
        save(replay, make(origin, result, None))
        return {
            **files,
            "good.log": b"".join(line + b"\n" for line in log),
            "good.replay.json": replay.read_bytes(),
        }


def build(directory: Path) -> None:
    """Write the usable files."""
    for name, content in usable().items():
        (directory / name).write_bytes(content)
