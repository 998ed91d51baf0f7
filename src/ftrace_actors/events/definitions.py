"""The events that a log begins with: what the world consists of."""

from __future__ import annotations

from .base import AllocationNumber, Event

__all__ = ["OpsDefined", "RecordDefined", "WordDefined"]


class RecordDefined(Event, tag="record", frozen=True, gc=False, omit_defaults=True):
    """A patch site of the world: where its entry, instruction slot and literal are (`literal` 0 when it has none).

    A branch at the site leads to code that reads the literal, unless it goes to one of `blind`.
    """

    function: str
    entry: int
    site: int
    literal: int
    blind: tuple[int, ...] = ()


class WordDefined(Event, tag="named-word", frozen=True, gc=False):
    """A word of the design's own, `name` at `addr`, that may hold an ops.

    It is read when one of the instructions at `sites` is a branch that does not go to one of `blind`.
    """

    name: str
    addr: int
    sites: tuple[int, ...]
    blind: tuple[int, ...]


class OpsDefined(Event, tag="ops", frozen=True, gc=False, omit_defaults=True):
    """An ftrace_ops of the world: `role` is "nop", "list" or "tracer".

    `flags`: "recursion" and "rcu" where its callback wants that guard.  `size`: its bytes; `link`: where in it the
    pointer to the following ops is.  Digests do not cover what is left at its default.
    """

    name: str
    addr: int
    prov: AllocationNumber
    role: str
    func: str
    dynamic: bool
    functions: tuple[str, ...]
    flags: tuple[str, ...] = ()
    size: int = 64
    link: int = 8
