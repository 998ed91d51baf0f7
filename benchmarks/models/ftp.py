"""The protocol without its machine: CPUs that call a patched site, and a patcher that patches it and frees its ops.

Each round the patcher allocates an ops, writes the literal, writes the BL, synchronizes, writes the NOP, synchronizes,
resets the literal, waits until every CPU that was in a call has left it, and frees the ops.  A CPU fetches the site; at
a BL it reads the literal and then uses what it read.  Its instruction cache may hold the word before the newest: that
is one bit, which a refill clears at any time, and a synchronization at last.  Nobody must use freed ops.

So what is left is who moves: no barriers, no timeline, no scheduler.  `ftp.pml` and `ftp.tla` are the same, step for
step.

The state is a few bytes, and each actor is a function of them that says whether it may move, and one that moves it.
`world` runs these under a conductor, `places` goes through all states without one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

__all__ = ["MUTANTS", "Ftp", "Mover"]

# -- where things are -------------------------------------------------------------------------------------------------

_NEXT, _ROUNDS, _SITE, _LITERAL, _LIVE = range(5)
_SHARED: Final = 5
_PC, _CALLS, _READ, _STALE, _TODO, _BUSY, _SHOWN = range(7)
_OUTSIDE, _AT_LITERAL, _IN_USE = range(3)
"""Where a CPU is."""

(_ALLOC, _WRITE_LITERAL, _WRITE_BL, _SYNC, _WRITE_NOP, _SYNC_AGAIN, _SIXTH, _SEVENTH, _FREE) = range(9)
"""What the patcher does next."""


@dataclass(frozen=True, slots=True)
class Mover:
    """An actor of the model.

    Attributes:
        name: unique.
        may: whether it may move in a state.
        move: moves it, in place.
        over: whether it never moves again.
        daemon: nobody waits for it.
    """

    name: str
    may: Callable[[bytearray], bool]
    move: Callable[[bytearray], None]
    over: Callable[[bytearray], bool]
    daemon: bool = False


@dataclass(frozen=True, slots=True)
class Ftp:
    """One configuration.

    Attributes:
        cpus, calls, rounds: how many; calls are those of each CPU.
        sync_again: whether the patcher synchronizes after writing the NOP.
        quiesce: whether it waits for calls before it frees.
        late: it resets the literal after that wait and not before it.
        shown: also remember what each CPU's calls, three at most, came to, so that ends of runs differ.
    """

    cpus: int
    calls: int = 1
    rounds: int = 1
    sync_again: bool = True
    quiesce: bool = True
    late: bool = False
    shown: bool = False

    @property
    def width(self) -> int:
        """Bytes of a CPU."""
        return _SHOWN + self.shown

    def start(self) -> bytes:
        """Where every run begins."""
        cpu = bytes([_OUTSIDE, self.calls, *[0] * (self.width - 2)])
        return bytes([_ALLOC, self.rounds, 0, 0, 0]) + cpu * self.cpus

    def is_bad(self, state: bytes | bytearray) -> bool:
        """Somebody uses freed ops."""
        if state[_LIVE]:
            return False
        return any(state[at + _READ] and state[at + _PC] == _IN_USE for at in self._places())

    def sorted(self, state: bytes) -> bytes:
        """The same for all states that differ only in which CPU is which: nothing names one."""
        chunks = sorted([state[at : at + self.width] for at in self._places()])
        return state[:_SHARED] + b"".join(chunks)

    def movers(self) -> tuple[Mover, ...]:
        """The actors: CPUs, their instruction caches, the patcher."""
        places = list(enumerate(self._places()))
        return (
            *(self._cpu(f"cpu{cpu}", at) for cpu, at in places),
            *(_icache(f"icache{cpu}", at) for cpu, at in places),
            self._patcher(),
        )

    def _places(self) -> range:
        return range(_SHARED, _SHARED + self.cpus * self.width, self.width)

    def _cpu(self, name: str, at: int) -> Mover:
        pc, calls, read, stale, busy = at + _PC, at + _CALLS, at + _READ, at + _STALE, at + _BUSY
        shown = at + _SHOWN if self.shown else 0

        def may(state: bytearray) -> bool:
            return state[calls] > 0

        def move(state: bytearray) -> None:
            where = state[pc]
            if where == _OUTSIDE:
                if state[_SITE] ^ state[stale]:
                    state[pc] = _AT_LITERAL
                    return
                state[calls] -= 1
                came_to = 1
            elif where == _AT_LITERAL:
                state[read] = state[_LITERAL]
                state[pc] = _IN_USE
                return
            else:
                came_to = 2 + state[read]
                state[pc] = _OUTSIDE
                state[read] = state[busy] = 0
                state[calls] -= 1
            if shown:
                state[shown] = 4 * state[shown] + came_to

        return Mover(name, may, move, lambda state: not state[calls])

    def _patcher(self) -> Mover:
        todo = [at + _TODO for at in self._places()]
        busy = [at + _BUSY for at in self._places()]

        def may(state: bytearray) -> bool:
            step = state[_NEXT]
            if step in (_WRITE_NOP, _SIXTH):
                return not any(state[at] for at in todo)
            if step == _FREE or (step == _SEVENTH and self.late):
                return not any(state[at] for at in busy)
            return state[_ROUNDS] > 0

        return Mover("patcher", may, self._patch, lambda state: not state[_ROUNDS])

    def _patch(self, state: bytearray) -> None:
        match state[_NEXT]:
            case 0:
                state[_LIVE] = 1
            case 1:
                state[_LITERAL] = 1
            case 2 | 4:
                self._write_site(state)
            case 3:
                self._ask_to_synchronize(state)
            case 5:
                if self.sync_again:
                    self._ask_to_synchronize(state)
            case 6 | 7 as step:
                if (step == _SEVENTH) == self.late:
                    state[_LITERAL] = 0
                elif self.quiesce:
                    self._ask_to_leave(state)
            case _:
                state[_LIVE] = 0
                state[_ROUNDS] -= 1
        state[_NEXT] = (state[_NEXT] + 1) % (_FREE + 1)

    def _write_site(self, state: bytearray) -> None:
        state[_SITE] ^= 1
        for at in self._places():
            # One word is remembered: what was stale is now what was written again.
            state[at + _STALE] ^= 1

    def _ask_to_synchronize(self, state: bytearray) -> None:
        for at in self._places():
            state[at + _TODO] = 1

    def _ask_to_leave(self, state: bytearray) -> None:
        for at in self._places():
            state[at + _BUSY] = state[at + _PC] != _OUTSIDE


def _icache(name: str, at: int) -> Mover:
    stale, todo = at + _STALE, at + _TODO

    def may(state: bytearray) -> bool:
        return state[stale] > 0 or state[todo] > 0

    def move(state: bytearray) -> None:
        state[stale] = state[todo] = 0

    return Mover(name, may, move, lambda state: False, daemon=True)


MUTANTS: Final[dict[str, dict[str, bool]]] = {
    "holds": {},
    "no quiesce": {"quiesce": False},
    "no sync": {"sync_again": False},
    "late": {"late": True},
    "late, no sync": {"late": True, "sync_again": False},
}
"""Name -> what is different.  "no sync" and "late" hold: it takes both to break it."""
