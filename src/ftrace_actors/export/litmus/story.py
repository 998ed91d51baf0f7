"""What a scenario does to text and literals, seen in one dull run: the patch its point is about, and what is around it.

A scenario whose point is not a patch, or one that only tasks, preemption and grace periods can show, is refused here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...actors import DullChooser
from ...arm64.program import Program
from ...errors import InputError
from ...events import Event, Free, Patch, Register, Store, Wait
from ...kernel.designs import SiteLayout
from ...scenario import ScenarioError, World
from ...suggestions import did_you_mean
from ...words import Verdict, hang_of

__all__ = ["Story", "patch_names", "patches_of", "refusal", "story_of"]

_ELSEWHERE = {
    "ABI": "what its trampoline does to registers",
    "INV-GPSELF": "a grace period that breaks its own contract",
    "INV-PAIR": "whose ops a function is called with",
}
"""Findings, by invariant, that no patch routine causes or fixes."""


@dataclass(frozen=True, slots=True)
class Story:
    """The exported patch, and what memory held before it.

    `before`: what had happened by then.  `retired`: the address of an
    ops freed after it that the site could still name, 0 for none.
    """

    world: World
    patch: Patch
    layout: SiteLayout
    cells: dict[int, tuple[int, int]]
    before: tuple[Event, ...]
    retired: int = 0

    @property
    def program(self) -> Program:
        """The scenario's code."""
        return self.world.image.program

    def word_at(self, addr: int) -> int:
        """The instruction there before the patch."""
        return self.cells[addr & ~7][0] >> 8 * (addr & 4) & 0xFFFF_FFFF

    def bytes_at(self, addr: int) -> int:
        """The 8 bytes at any address before the patch."""
        low = self.cells[addr & ~7][0] >> 8 * (addr & 7)
        high = self.cells[addr + 7 & ~7][0] << 64 - 8 * (addr & 7) if addr & 7 else 0
        return (low | high) & (1 << 64) - 1


def refusal(world: World, key: str, why: str) -> ScenarioError:
    """The one line that says why there is nothing to export."""
    return ScenarioError(world.scenario.path, key, f"no patching core to export: {why}")


def story_of(world: World, named: str | None = None) -> Story:
    """The story of a scenario: of its last patch, or of the one that is `named`, as `patch_names` has it.

    Raises `ScenarioError`, and `InputError` for a name that is not there.
    """
    _is_patched_word(world)
    if named is None:
        _has_its_point_in_patching(world)
    events, patches = _patched(world)
    if not patches:
        raise refusal(world, "task", "nothing is patched in this scenario")
    patch = patches[-1] if named is None else _of_name(world, patches, named)
    end = next((later.seq for later in patches if later.seq > patch.seq), events[-1].seq + 1)
    after = [event for event in events if patch.seq < event.seq < end]
    layout = next(site.layout for site in world.image.sites if site.function == patch.function)
    if patch is patches[-1] and any(
        isinstance(event, Register) and event.unregister and not event.returns for event in after
    ):
        raise refusal(
            world, "task", "its unregister changes no text, the rest is the list and the wait for its users"
        )
    _is_one_patch(world, patch, events)
    cells = _memory_before(world, patch, events)
    freed = next((event.addr for event in after if isinstance(event, Free)), 0)
    story = Story(world, patch, layout, cells, tuple(event for event in events if event.seq < patch.seq))
    if freed:
        _waits_matter(world)
        if patch.literal != freed and _named(story, freed):
            return replace(story, retired=freed)
    return story


def _patched(world: World) -> tuple[tuple[Event, ...], list[Patch]]:
    """The dull run, and where its patches begin."""
    events = world.run(DullChooser(), driver="bare", record=True).events
    return events, [event for event in events if isinstance(event, Patch) and event.begins]


def patches_of(world: World) -> list[str]:
    """The names of a scenario's patches, in their order, for `story_of`."""
    return patch_names(_patched(world)[1])


def patch_names(patches: Sequence[Patch]) -> list[str]:
    """What each patch of a run is called: `make_call:vfs_read`, and `make_call:vfs_read#2` for the second of these."""
    counts: Counter[str] = Counter()
    names = []
    for patch in patches:
        name = f"{patch.action.removeprefix('ftrace_')}:{patch.function}"
        counts[name] += 1
        names.append(name if counts[name] == 1 else f"{name}#{counts[name]}")
    return names


def _of_name(world: World, patches: Sequence[Patch], named: str) -> Patch:
    names = patch_names(patches)
    if named not in names:
        hint = did_you_mean(named, names, "", show=str)
        known = f"{world.scenario.path} has {', '.join(names)}"
        raise InputError("--patch", "", f"no patch is called {named!r}; {hint}{' ' if hint else ''}{known}")
    return patches[names.index(named)]


def _is_one_patch(world: World, patch: Patch, events: tuple[Event, ...]) -> None:
    """The routine must be all that its request does to the site before it waits."""
    asked = max(
        (e.seq for e in events if isinstance(e, Register) and not e.returns and e.seq < patch.seq), default=0
    )
    waits = [e for e in events if isinstance(e, Wait) and e.begins and asked < e.seq < patch.seq]
    if waits and world.image.spec.protocol.wait_at == "after-update":
        raise refusal(
            world,
            "protocol.design",
            "it waits between two patches, and a litmus test has no tasks to wait for",
        )


def _named(story: Story, ops: int) -> bool:
    """Did the site lead to this ops before the patch, by its literal or by the list?"""
    literal = story.layout.literal
    return not literal or story.bytes_at(literal) == ops


def _is_patched_word(world: World) -> None:
    if world.image.design.template:
        raise refusal(
            world,
            "protocol.design",
            "its trampolines are text that comes and goes, not a word that is patched",
        )


def _has_its_point_in_patching(world: World) -> None:
    expect, protocol = world.expect, world.image.spec.protocol
    hangs = [verdict for verdict in expect.verdicts if hang_of(verdict) is not None]
    if hangs:
        raise refusal(world, "expect.verdict", f"its finding is who waits for whom ({hangs[0]})")
    for invariant in expect.invariants:
        if invariant in _ELSEWHERE:
            raise refusal(world, "expect.invariants", f"its finding is {_ELSEWHERE[invariant]} ({invariant})")
    if protocol.wait == ():
        raise refusal(
            world, "protocol.wait", "its finding is a wait left out; a litmus test has no tasks to wait for"
        )


def _waits_matter(world: World) -> None:
    """A teardown: either the wait orders too little, or its finding is who it waits for."""
    protocol = world.image.spec.protocol
    ordering = "gp-start" in protocol.drop or protocol.wait_at == "before-update"
    if Verdict.VIOLATED in world.expect.verdicts and not ordering:
        raise refusal(
            world,
            "expect.invariants",
            "its finding is which tasks a grace period waits for, and a litmus test has none",
        )


def _memory_before(world: World, patch: Patch, events: tuple[Event, ...]) -> dict[int, tuple[int, int]]:
    """Memory when the patch began; the dull run's stores, in the order they were made."""
    cells = dict(world.image.cells)
    for event in events:
        if event.seq > patch.seq:
            break
        if isinstance(event, Store):
            for byte in range(event.size):
                cell, shift = event.addr + byte & ~7, 8 * (event.addr + byte & 7)
                value, prov = cells[cell]
                value = value & ~(0xFF << shift) | (event.value >> 8 * byte & 0xFF) << shift
                cells[cell] = (value, event.prov if event.size == 8 else prov)
    return cells
