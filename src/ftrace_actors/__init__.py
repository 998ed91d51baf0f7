"""A deterministic laboratory for arm64 code-patching protocols.

Emulated CPUs, the kernel's text patcher, its ops allocator and its grace-period machinery run as actors
over a faithful model of Arm memory, instruction fetch, caches and barriers, so that a patching or teardown
protocol can be run under every schedule that matters, and each failure is replayed and explained.

The rooms, from the ground up (an upper one may import a lower one, never the other way):

- ``arm64``, ``events``, ``actors``: the machine, the event schema, the runtime;
- ``kernel``: the actors of a kernel that patches its own text;
- ``litmus``: litmus tests over the same machine;
- ``checks``, ``scenario``: what must hold, and how a world is described and built;
- ``explore``, ``inspect``, ``export``: finding runs, reading them back, handing them to other tools;
- ``studies``: many generated worlds asked one question;
- ``api``: all this as a library;
- ``cli``, ``testing``: the ``ftrace-actors`` command, and tests under many schedules.

What `ftrace_actors.api` offers can be imported from here (``from ftrace_actors import load, run``). It is loaded when
it is first asked for, so that importing a part of the package costs no more than that part.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import (
        Driver,
        Event,
        Expect,
        Finding,
        InputError,
        ModelError,
        Pick,
        ReplayDiverged,
        Replayed,
        Run,
        RunResult,
        World,
        load,
        loads,
        replay,
        replay_trio,
        run,
        run_trio,
        sample,
        sample_trio,
    )

__all__ = [
    "Driver",
    "Event",
    "Expect",
    "Finding",
    "InputError",
    "ModelError",
    "Pick",
    "ReplayDiverged",
    "Replayed",
    "Run",
    "RunResult",
    "World",
    "__version__",
    "load",
    "loads",
    "replay",
    "replay_trio",
    "run",
    "run_trio",
    "sample",
    "sample_trio",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module(f"{__name__}.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
