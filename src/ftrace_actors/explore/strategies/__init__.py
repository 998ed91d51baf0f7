"""Strategies: who answers the choices of a run.

A strategy is a chooser in the sense of :mod:`ftrace_actors.actors.choices`: it begins a run, chooses, ends
a run, and only picks. A fresh one is made for each run from (seed, run number, profile of the scenario),
and it draws from nothing else, so run *i* of seed *s* can be made again alone, on any machine, in any
order.

==============  ==================================================================================
``dull``        all zeros: the sequentially consistent run without a preemption
``random``      sticky random walk; every run draws its own probabilities (swarm)
``pct``         probabilistic concurrency testing: random priorities, d-1 change points
``delay``       round robin that is departed from d times
``pos``         a random priority for each step, drawn anew after a race
``urw``         a walk in proportion to the work left: uniform over interleavings
``surw``        the same over the steps on one object
``srw``         ``urw`` that mostly stays with one actor
``wpos``        ``pos`` in proportion to the work left
``turns``       two actors take turns, at drawn steps of their own code
``near``        the dull run, but one actor is held back once
``stale``       callers are held back, and everything they read is old: one run
``ahead``       stores take effect before their turn, and who moves is simple
``auto``        a portfolio of these, and the default; see the module
``auto-fixed``  the same portfolio, which never learns: for campaigns made in parts
``mix``         even runs ``random``, odd runs ``pct``
==============  ==================================================================================

docs/exploration.md compares them.
"""

from collections.abc import Callable
from typing import Final

from ...actors.choices import Chooser, DullChooser
from .ahead import Ahead
from .auto import FIRST, PLAIN, Shares, member_of, position
from .delay import Delay
from .near import Near
from .pct import PCT
from .pos import POS, WeightedPOS
from .profile import Profile
from .profiler import Profiler
from .seeds import mix_seed
from .stale import Stale
from .surw import SURW
from .turns import Turns
from .urw import URW, StickyURW
from .walk import RandomWalk

__all__ = [
    "AUTO",
    "DEFAULT",
    "FIXED",
    "NAMES",
    "PCT",
    "POS",
    "SAMPLING",
    "SURW",
    "URW",
    "Ahead",
    "Delay",
    "Near",
    "Profile",
    "Profiler",
    "RandomWalk",
    "Stale",
    "StickyURW",
    "Turns",
    "WeightedPOS",
    "make_chooser",
    "mix_seed",
]

AUTO: Final = "auto"
FIXED: Final = "auto-fixed"
"""As `auto`, but its shares stay what they are in the beginning, so that no run depends on others."""
MIX = "mix"
PCT_NAME = "pct"
DEFAULT: Final = AUTO


def _dull(seed: int, run: int, profile: Profile) -> Chooser:
    return DullChooser()


_MAKERS: dict[str, Callable[[int, int, Profile], Chooser]] = {
    "ahead": Ahead,
    "delay": Delay,
    "dull": _dull,
    "near": Near,
    PCT_NAME: PCT,
    "pos": POS,
    "random": RandomWalk,
    "srw": StickyURW,
    "stale": Stale,
    "surw": SURW,
    "turns": Turns,
    "urw": URW,
    "wpos": WeightedPOS,
}

_MIXED = (PLAIN, PCT_NAME)
"""The strategies of the even and of the odd runs of `mix`."""

_PORTFOLIOS: Final = frozenset((AUTO, FIXED))

NAMES: tuple[str, ...] = tuple(sorted((*_PORTFOLIOS, MIX, *_MAKERS)))
"""What ``--strategy`` accepts, in alphabetical order."""

_FOR_CODE: Final = frozenset(("ahead", "stale", "turns"))
"""Members of the portfolios that look for a place in the code that an actor executes."""

_FOR_STEPS: Final = ("pos", PCT_NAME, "urw", "near")
"""What makes their runs by turns where no actor executes any: in a test of actors of its own."""

SAMPLING = frozenset((MIX, *_MAKERS)) - {"ahead", "dull", "stale", "turns"}
"""Strategies whose runs are independent draws, so that counts of them say something about probability."""


def make_chooser(name: str, seed: int, run: int, profile: Profile, shares: Shares = FIRST) -> Chooser:
    """The chooser of run `run` of `seed` under strategy `name` (one of `NAMES`; KeyError otherwise).

    `shares` are those of the members of `auto`, as far as they have been learned.
    """
    maker = maker_of(name, seed, run, shares)
    if name in _PORTFOLIOS and maker != PLAIN:
        run = position(run)
        if maker in _FOR_CODE and profile.executes_nothing:
            maker = _FOR_STEPS[run % len(_FOR_STEPS)]
    return _MAKERS[maker](seed, run, profile)


def maker_of(name: str, seed: int, run: int, shares: Shares = FIRST) -> str:
    """The name of the strategy that makes a run under `name`, which may be a mixture of several."""
    if name in _PORTFOLIOS:
        return member_of(seed, run, shares)
    return _MIXED[run % 2] if name == MIX else name


def is_independent(name: str, run: int) -> bool:
    """Whether that run is an independent draw, so that counts of such runs say something about probability."""
    if name in _PORTFOLIOS:
        return member_of(0, run) == PLAIN
    return name in SAMPLING
