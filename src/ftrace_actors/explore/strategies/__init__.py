"""Strategies: who answers the choices of a run.

A strategy is a chooser in the sense of :mod:`ftrace_actors.actors.choices`: it begins a run, chooses, ends
a run, and only picks. A fresh one is made for each run from (seed, run number, profile of the scenario),
and it draws from nothing else, so run *i* of seed *s* can be made again alone, on any machine, in any
order.

===========  =====================================================================================
``dull``     all zeros: the sequentially consistent run without a preemption
``random``   sticky random walk; every run draws its own probabilities (swarm)
``pct``      probabilistic concurrency testing: random priorities, d-1 change points
``mix``      even runs ``random``, odd runs ``pct``: the default
===========  =====================================================================================
"""

from collections.abc import Callable

from ...actors.choices import Chooser, DullChooser
from .pct import PCT
from .profile import Profile
from .seeds import mix_seed
from .walk import RandomWalk

__all__ = ["DEFAULT", "NAMES", "PCT", "SAMPLING", "Profile", "RandomWalk", "make_chooser", "mix_seed"]

DEFAULT = "mix"


def _dull(seed: int, run: int, profile: Profile) -> Chooser:
    return DullChooser()


def _mix(seed: int, run: int, profile: Profile) -> Chooser:
    return PCT(seed, run, profile) if run % 2 else RandomWalk(seed, run, profile)


_MAKERS: dict[str, Callable[[int, int, Profile], Chooser]] = {
    "dull": _dull,
    "mix": _mix,
    "pct": PCT,
    "random": RandomWalk,
}

NAMES: tuple[str, ...] = tuple(_MAKERS)
"""What ``--strategy`` accepts, in alphabetical order."""

SAMPLING = frozenset({"mix", "pct", "random"})
"""Strategies whose runs are independent draws, so that counts of them say something about probability."""


def make_chooser(name: str, seed: int, run: int, profile: Profile) -> Chooser:
    """The chooser of run `run` of `seed` under strategy `name` (one of `NAMES`; KeyError otherwise)."""
    return _MAKERS[name](seed, run, profile)
