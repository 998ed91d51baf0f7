"""What calls are owed, as a value: the state of INV-COMPL (`completeness.py`).

The check keeps whole events and asks when a call is over.  Nearly all that it then compares is settled long before:
whether register had returned before the fetch, whether the caller had been notified before the call.  So the state has
the answers, not the numbers, and nothing of what can be owed to nobody any more.

A registration is named by its ops and by how many newer ones would have to fail before it is in force again; -1 is one
that gave way for good.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ..events import Body, Claim, Fetch, Load
from ..ordinals import At
from .open_calls import OpenCall
from .patches import Patches, Patching, is_bl
from .registrations import Registration
from .scene import Scene

__all__ = ["Claims", "Owed", "Passed", "names_list", "traces"]

Claims: TypeAlias = Mapping[tuple[str, str], list[tuple[Claim, int]]]
"""(task, function) -> its claims, each with the number of a registration that it speaks for."""

_Place: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Passed:
    """A call that got through with a BL; whose BL may not be known yet."""

    call: OpenCall
    fetch: Fetch
    body: Body


def names_list(scene: Scene, literal: Load) -> bool:
    """The literal that was read names the list ops."""
    ops = scene.ops_at.get((literal.value, literal.prov))
    return ops is not None and ops.role == "list"


def traces(scene: Scene, registration: Registration, function: str) -> bool:
    """The registration is for an ops that traces `function`."""
    ops = scene.ops.get(registration.ops)
    return ops is not None and function in ops.functions


class Owed:
    """Makes the state, once."""

    __slots__ = ("_patches", "_places", "_scene", "_under_way")

    def __init__(self, scene: Scene, patches: Patches) -> None:
        self._scene = scene
        self._patches = patches
        self._under_way = patches.under_way
        self._places: dict[int, _Place] = {
            known.number: (known.ops, depth) for known, depth in self._registrations()
        }

    def state(self, waiting: Iterable[Passed], claims: Claims) -> Hashable:
        """The patches under way, the branches that may be fetched, calls that are through, under way and to come."""
        live = {
            (function, order) for function, order, patch in self._patches.branches() if self._owing(patch)
        }
        passed = sorted(self._passed(waiting))
        return (
            tuple([self._patch(patch, waited_for=bool(passed)) for patch in self._under_way]),
            tuple(
                sorted(
                    [
                        (function, At(order), self._number(patch), self._what(patch))
                        for function, order, patch in self._patches.branches()
                        if (function, order) in live
                    ]
                )
            ),
            tuple(passed),
            tuple(sorted(self._told(claims))),
            tuple(
                sorted(
                    [
                        (task, tuple([self._call(call, claims, live) for call in calls]))
                        for task, calls in self._scene.calls.items()
                        if calls
                    ]
                )
            ),
        )

    def _registrations(self) -> Iterator[tuple[Registration, int]]:
        """All that are in force or may be again, each with the number of those before it in line."""
        for newest in self._scene.registrations.newest.values():
            known: Registration | None = newest
            depth = 0
            while known is not None:
                yield known, depth
                known, depth = known.before, depth + 1

    # -- patches --------------------------------------------------------------------------------------------------

    def _patch(self, patch: Patching, *, waited_for: bool) -> Hashable:
        """A patch under way: how it is recognised, and what it has written if that may be asked for."""
        begin = patch.begin
        what = self._what(patch) if waited_for or self._owing(patch) else ()
        return (begin.number, begin.function, begin.task, what)

    def _what(self, patch: Patching) -> tuple[Hashable, ...]:
        """What a call through its branch is owed: a literal at least as new as this one, and whose callbacks."""
        if not patch.owes_literal(self._scene):
            literal: tuple[At, ...] | None = None
        else:
            literal = () if patch.literal is None else (At(patch.literal.order),)
        return (literal, self._owing(patch))

    def _owing(self, patch: Patching) -> tuple[_Place, ...]:
        """The registrations that calls to come are owed by; one whose end was asked for will not owe any again."""
        found = [self._scene.registrations.numbered(number) for number in patch.registrations]
        return tuple(
            sorted([self._places.get(known.number, (known.ops, -1)) for known in found if known.wanted])
        )

    def _number(self, patch: Patching) -> int:
        """Which of those under way it is, counted from 0; -1 when it has ended."""
        return -1 if patch.ended else self._under_way.index(patch)

    # -- calls that are through -----------------------------------------------------------------------------------

    def _passed(self, waiting: Iterable[Passed]) -> Iterator[tuple[Hashable, ...]]:
        """The calls that wait for their patch to be known, or to end, and that are owed something then."""
        for passed in waiting:
            function, order = passed.body.function, passed.fetch.order
            patch = self._patches.of_branch(function, order)
            if patch is not None:
                wanted = self._wanted_by(patch, passed.body.seq)
                if not wanted:
                    continue
                owed: tuple[Hashable, ...] = (self._number(patch), wanted)
            elif order in self._scene.early:
                owed = (At(order), self._wanted_by_any(passed.body.seq))
            else:
                continue  # a word that nobody wrote in this run
            call = passed.call
            called = tuple(sorted(set(call.callbacks)))
            yield (function, patch is None, *owed, called, self._literal(call.literal), call.window or "")

    def _wanted_by(self, patch: Patching, seq: int) -> tuple[str, ...]:
        found = [self._scene.registrations.numbered(number) for number in patch.registrations]
        return tuple(sorted([known.ops for known in found if known.wanted_at(seq)]))

    def _wanted_by_any(self, seq: int) -> tuple[Hashable, ...]:
        """What each patch under way may owe a call that was over at `seq`; and one that begins only now."""
        return (
            tuple([self._wanted_by(patch, seq) for patch in self._under_way]),
            tuple(
                sorted(
                    [self._places[known.number] for known, _ in self._registrations() if known.wanted_at(seq)]
                )
            ),
        )

    def _literal(self, literal: Load | None) -> tuple[int, ...]:
        """How new what the call read is: nothing at all, newer than everything, or where it is on the timeline."""
        if literal is None:
            return (0,)
        return (2,) if names_list(self._scene, literal) else (1, At(literal.order))

    # -- calls under way and to come ------------------------------------------------------------------------------

    def _told(self, claims: Claims) -> Iterator[tuple[Hashable, ...]]:
        """Which task may rest its calls to come on which registration."""
        for (task, function), told in claims.items():
            places = {self._places[number] for _, number in told if self._counts(number)}
            if places:
                yield (task, function, tuple(sorted(places)))

    def _counts(self, number: int) -> bool:
        return number in self._places and self._scene.registrations.numbered(number).wanted

    def _call(self, call: OpenCall, claims: Claims, live: set[tuple[str, int]]) -> tuple[Hashable, ...]:
        """What the call is owed if it continues as it is now; it may fetch again until it reads the literal."""
        function = call.call.function
        told = claims.get((call.call.task, function), ())
        claimed = {
            self._places[number]
            for claim, number in told
            if self._counts(number) and claim.seq < call.call.seq
        }
        due = claimed | set(self._synchronized(call))
        owed = tuple(sorted([place for place in due if place[0] not in call.callbacks]))
        branch = self._branch(call, live)
        through = call.fetch is not None and is_bl(call.fetch.word)
        literal = self._literal(call.literal)
        return (
            through,  # a call that a guarded callback made is left out by the list, to which only a BL leads
            tuple(sorted(claimed)),
            owed,
            branch,
            literal if branch else literal[:1],
            tuple(sorted(set(call.callbacks))) if branch else (),
            (call.window or "") if owed or branch else "",
        )

    def _synchronized(self, call: OpenCall) -> Iterator[_Place]:
        """The registrations that count for this call: its CPU had synchronized its context since they returned."""
        fetch = call.fetch
        if fetch is None:
            return
        for known, _ in self._registrations():
            returned = known.returned
            if (
                returned is not None
                and known.wanted
                and returned.seq <= fetch.seq
                and call.tau >= returned.view
                and traces(self._scene, known, call.call.function)
            ):
                yield self._places[known.number]

    def _branch(self, call: OpenCall, live: set[tuple[str, int]]) -> tuple[At, ...]:
        """The position of the branch that the call fetched, where somebody may owe it something for that."""
        fetch = call.fetch
        if fetch is None or not is_bl(fetch.word):
            return ()
        known = (call.call.function, fetch.order) in live or fetch.order in self._scene.early
        return (At(fetch.order),) if known else ()
