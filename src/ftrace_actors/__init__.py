"""A deterministic laboratory for arm64 code-patching protocols.

Emulated CPUs, the kernel's text patcher, its ops allocator and its grace-period machinery run as actors
over a faithful model of Arm memory, instruction fetch, caches and barriers, so that a patching or teardown
protocol can be run under every schedule that matters, and each failure is replayed and explained.

The rooms, from the ground up (an upper one may import a lower one, never the other way):

- ``arm64``, ``events``, ``actors``: the machine, the event schema, the runtime;
- ``kernel``: the actors of a kernel that patches its own text;
- ``checks``, ``scenario``: what must hold, and how a world is described and built;
- ``explore``, ``inspect``: finding runs, and reading them back;
- ``cli``: the ``ftrace-actors`` command.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
