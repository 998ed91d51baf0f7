"""Barriers that are weakened: which instruction is there instead, and that nothing else changes."""

import pytest

from ftrace_actors.arm64.isa import disassemble
from ftrace_actors.kernel.asm_files import asm_source, asm_text
from ftrace_actors.kernel.build import Image
from ftrace_actors.kernel.orderings import FORMS, INSTRUCTIONS, WEAKENINGS, ordering_of, weakened

from .worlds import world

FILES = ("patch.S", "ftrace_tramp_write.S")
IDLE = {"idler": {"cpu": 0, "do": []}}


def image(*weaken: str) -> Image:
    return world(IDLE, protocol={"weaken": list(weaken)}).image


def changes(*weaken: str) -> list[tuple[str, str]]:
    """What each instruction is that differs, in the order of addresses, as it was and as it is."""
    before, after = image().program, image(*weaken).program
    assert before.words.keys() == after.words.keys()
    return [
        (disassemble(word, addr), disassemble(after.words[addr], addr))
        for addr, word in before.words.items()
        if after.words[addr] != word
    ]


@pytest.mark.parametrize(
    ("barrier", "forms", "left"),
    [
        ("dsb ish", {"dmb"}, "dmb ish"),
        ("dsb ish", {"ishst"}, "dsb ishst"),
        ("dsb ish", {"nsh"}, "dsb nsh"),
        ("dsb ish", {"nsh", "ishst"}, "dsb nshst"),
        ("dsb\tishst", {"ishst"}, "dsb ishst"),
        ("dsb ishst", {"dmb", "nsh"}, "dmb nshst"),
        ("dsb sy", {"dmb"}, "dmb sy"),
        ("dsb sy", {"ishst"}, "dsb st"),
        ("dmb ishld", {"nsh"}, "dmb nshld"),
        ("dmb ishld", {"ishst"}, "nop"),
    ],
)
def test_what_is_left_of_a_barrier(barrier: str, forms: set[str], left: str) -> None:
    assert weakened(barrier, frozenset(forms)) == left


def test_in_both_branches_of_the_cache_maintenance() -> None:
    assert changes("clean-dsb as nsh") == [("dsb ish", "dsb nsh"), ("dsb ishst", "dsb nshst")]
    assert changes("clean-dsb as ishst") == [("dsb ish", "dsb ishst")]
    assert changes("inval-dsb as dmb", "inval-dsb as nsh") == [("dsb ish", "dmb nsh")]


def test_an_isb_of_the_same_name_stays() -> None:
    assert changes("fixmap-map as dmb") == [("dsb ishst", "dmb ishst")] * 2
    assert changes("fixmap-unmap as ishst") == [("dsb ish", "dsb ishst")] * 2


@pytest.mark.parametrize("weaken", WEAKENINGS)
def test_each_one_changes_barriers_of_its_name_and_no_other_line(weaken: str) -> None:
    name = ordering_of(weaken)
    assert name in INSTRUCTIONS
    marked = 0
    for file in FILES:
        lines = zip(
            asm_source(file).splitlines(),
            asm_text(file).splitlines(),
            asm_text(file, weaken=frozenset({weaken})).splitlines(),
            strict=True,
        )
        for source, usual, weak in lines:
            assert (usual == weak) or f"//@ ordering {name}" in source
            marked += usual != weak
    assert marked


def test_every_barrier_with_a_name_has_its_weaker_forms() -> None:
    """A new one that nobody thought of would never be asked about."""
    for line in "".join(map(asm_source, FILES)).splitlines():
        code, _, name = line.partition("//@ ordering ")
        if "dsb" in code:
            barrier = " ".join(code.split(":")[-1].split())
            weaker = {form for form in FORMS if weakened(barrier, frozenset({form})) != barrier}
            assert {f"{name} as {form}" for form in weaker} <= WEAKENINGS.keys(), line
