"""What a scenario must contain to show anything, and what its protocol may drop, wait for and hand over."""

import json
from pathlib import Path

import pytest

from ftrace_actors import scenario
from ftrace_actors.cli import main
from ftrace_actors.kernel.abilities import abilities
from ftrace_actors.kernel.asm_files import asm_source
from ftrace_actors.kernel.designs import DESIGNS, DesignError, with_own
from ftrace_actors.kernel.designs.own import read_design
from ftrace_actors.scenario import ScenarioError

TEXT = """
format = 1
summary = "a toy"
sometimes = []
kernel = { profile = "v6.12" }
PROTOCOL
function = [{ name = "vfs_read" }, { name = "vfs_write" }]
OPS
task = [
    { name = "registrant", cpu = 0, do = [ADMIN] },
    { name = "reader", cpu = 1, do = [READER] },
]
ROUTINE
expect = { verdict = VERDICT }
"""
OPS = 'ops = [{ name = "tracer_a", functions = ["vfs_read"], dynamic = false }]'


def text(**parts: str) -> str:
    whole = {
        "PROTOCOL": "",
        "OPS": OPS,
        "ADMIN": '"register tracer_a"',
        "READER": '"call vfs_read"',
        "ROUTINE": "",
        "VERDICT": '"holds"',
        **parts,
    }
    made = TEXT
    for name, part in whole.items():
        made = made.replace(name, part)
    return made


def judged(tmp_path: Path, capsys: pytest.CaptureFixture[str], toml: str, *options: str) -> tuple[int, str]:
    file = tmp_path / "toy.toml"
    file.write_text(toml)
    code = main(["run", str(file), "--runs", "4", "--jobs", "1", "--json", "--out", str(tmp_path), *options])
    return int(code), json.loads(capsys.readouterr().out)


NO_OPS = {"OPS": "", "ADMIN": '"yield"'}
ROUTINE = 'routine = [{ name = "mine", asm = "ret" }]'
VACUOUS = {
    "no call": ({"READER": '"yield"'}, "no traced function is called"),
    "no register": ({"ADMIN": '"yield"'}, "no ops is registered"),
    "neither": (
        {"ADMIN": '"yield"', "READER": '"yield"'},
        "no ops is registered and no traced function is called",
    ),
    "no match": (
        {"READER": '"call vfs_write"'},
        "no function is called once an ops that traces it is being registered",
    ),
    "called before it is registered": (
        {"ADMIN": '"call vfs_read", "register tracer_a"', "READER": '"call vfs_write"'},
        "no function is called once an ops that traces it is being registered",
    ),
    "registration fails": (
        {"ADMIN": '"register tracer_a"', "OPS": OPS.replace("false", "true, allocated = false")},
        "no ops is registered",
    ),
    "no ops": ({**NO_OPS}, "there is no ops, and no routine runs to its end"),
    "no ops, a routine nobody runs": (
        {**NO_OPS, "ROUTINE": ROUTINE},
        "there is no ops, and no routine runs to its end",
    ),
}


@pytest.mark.parametrize(("parts", "reason"), VACUOUS.values(), ids=VACUOUS)
def test_what_shows_nothing_is_not_ok(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], parts: dict[str, str], reason: str
) -> None:
    code, found = judged(tmp_path, capsys, text(**parts))
    assert (code, found["verdict"]) == (1, "holds")
    assert found["reason"] == f"it shows nothing: in every run, {reason} (--allow-vacuous accepts that)"
    code, found = judged(tmp_path, capsys, text(**parts), "--allow-vacuous")
    assert (code, found["reason"]) == (0, None)


SUBSTANTIAL = {
    "all there": {},
    "a routine": {**NO_OPS, "ROUTINE": ROUTINE, "READER": '"run mine"'},
}


@pytest.mark.parametrize("parts", SUBSTANTIAL.values(), ids=SUBSTANTIAL)
def test_what_shows_something_is_ok(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], parts: dict[str, str]
) -> None:
    assert judged(tmp_path, capsys, text(**parts))[0] == 0


def test_a_list_that_admits_everything_is_remarked_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    every = ["holds", "violated", "deadlock", "livelock", "unpredictable"]
    _, found = judged(tmp_path, capsys, text(VERDICT=json.dumps(every)))
    assert found["remark"] == "expect admits every verdict, so nothing could have come out wrong"
    _, found = judged(tmp_path, capsys, text(VERDICT=json.dumps(every[:-1])))
    assert found["remark"] is None


def build(design: str, **protocol: str) -> scenario.World:
    overrides = {"protocol.design": design, **{f"protocol.{key}": value for key, value in protocol.items()}}
    return scenario.build(scenario.loads(text(), "toy.toml", overrides))


TEXT_STEPS = {
    "text-clean",
    "text-clean-dsb",
    "text-inval",
    "text-inval-dsb",
    "reuse-inval",
    "text-kick",
    "reuse-kick",
}
LITERAL = {"literal-reset"}
HAS = {
    "call-ops": LITERAL,
    "list-only": set(),
    "two-trampolines": LITERAL,
    "dynamic-trampoline": TEXT_STEPS,
    "global-ops": set(),
}


@pytest.mark.parametrize("design", DESIGNS)
def test_what_a_design_has_a_step_for(design: str) -> None:
    found = abilities(build(design).image)
    assert found.orderings & (TEXT_STEPS | LITERAL) == HAS[design]
    assert {"patch-lock", "restore-args", "list-publish", "sync-ipi", "gp-start"} <= found.orderings
    assert found.waits
    assert found.hands_over == (design in {"two-trampolines", "global-ops"})


@pytest.mark.parametrize(
    ("design", "dropped"),
    [(design, name) for design in DESIGNS for name in sorted((TEXT_STEPS | LITERAL) - HAS[design])],
)
def test_dropping_what_is_not_there_is_an_error(design: str, dropped: str) -> None:
    with pytest.raises(ScenarioError) as error:
        build(design, drop=f'["patch-lock", "{dropped}"]')
    said = f"toy.toml: {design} has no step '{dropped}' to drop; it has clean-dsb, clean-pou, "
    assert str(error.value).startswith("--set protocol.drop=")
    assert said in str(error.value)


def test_of_a_design_that_never_ends_nothing_is_required(tmp_path: Path) -> None:
    path = tmp_path / "forever.py"
    path.write_text(
        "from ftrace_actors.kernel.designs import CallOps, KickStep\n\n\n"
        'class Forever(CallOps):\n    name = "forever"\n    summary = "register never ends"\n\n'
        "    def enable(self, ops, changes, core):\n        while True:\n            yield KickStep()\n"
    )
    designs = with_own(read_design(path, DESIGNS), DESIGNS)
    overrides = {"protocol.design": "forever", "protocol.handover": '["kick"]'}
    world = scenario.build(scenario.loads(text(), "toy.toml", overrides, designs))
    with pytest.raises(DesignError, match=r"forever\.py: enable\(\) has more than 10000 steps"):
        abilities(world.image)


RESTORE = "ldp	x2, x3, [sp, #FREGS_X0 + 16]\n"


@pytest.mark.parametrize("label", ["ftrace_tramp", "my_tramp"])
def test_an_ordering_marked_in_a_template_is_found_and_dropped(tmp_path: Path, label: str) -> None:
    """In the user's own trampoline, whatever its label: the text that is copied from it is without it then."""
    shipped = asm_source("ftrace_tramp.S").replace("ftrace_tramp:", f"{label}:")
    assert RESTORE in shipped
    (tmp_path / "mine.S").write_text(
        shipped.replace(RESTORE, RESTORE.rstrip() + "\t//@ ordering restore-args\n")
    )
    (tmp_path / "mine.py").write_text(
        "from ftrace_actors.kernel.designs import DynamicTrampoline\n\n\n"
        'class Mine(DynamicTrampoline):\n    name = "mine"\n    summary = "its own text"\n'
        '    template = "mine.S"\n    asm = ("ftrace_tramp_write.S", "ftrace_tramp_poison.S", "list.S")\n'
    )
    (tmp_path / "list.S").write_text(
        "\n".join(
            line.partition("//@ ordering")[0] for line in asm_source("ftrace_caller_list.S").splitlines()
        )
    )
    designs = with_own(read_design(tmp_path / "mine.py", DESIGNS), DESIGNS)

    def words(**drop: str) -> list[int]:
        overrides = {"protocol.design": "mine", **{f"protocol.{key}": value for key, value in drop.items()}}
        image = scenario.build(scenario.loads(text(), "toy.toml", overrides, designs)).image
        assert "restore-args" in abilities(image).orderings
        assert image.template is not None
        cells = range(image.template.source, image.template.source + image.template.size, 8)
        return [image.cells[cell][0] for cell in cells]

    nop = 0xD503201F
    kept, dropped = words(), words(drop='["restore-args"]')
    changed = [(a ^ b, b) for a, b in zip(kept, dropped, strict=True) if a != b]
    ((_, word),) = changed
    assert nop in (word & 0xFFFFFFFF, word >> 32)


@pytest.mark.parametrize(
    ("dropped", "overrides", "reason"),
    [
        ("gp-end", {"protocol.wait": '["kick"]'}, "no grace period is waited for"),
        ("reader-check", {"protocol.wait": "[]"}, "no grace period is waited for"),
        ("voluntary-only", {"protocol.wait": '["rude"]'}, 'protocol.wait has no "tasks"'),
    ],
)
def test_dropping_what_never_comes_is_an_error(dropped: str, overrides: dict[str, str], reason: str) -> None:
    with pytest.raises(ScenarioError) as error:
        scenario.build(scenario.loads(text(), "toy.toml", {"protocol.drop": f'["{dropped}"]', **overrides}))
    assert str(error.value).startswith("--set protocol.")
    assert str(error.value).endswith(f": toy.toml: '{dropped}' drops nothing here: {reason}")


@pytest.mark.parametrize(
    ("dropped", "overrides"),
    [
        ("inval-pou", {"machine.dic": "true"}),
        ("clean-pou", {"machine.idc": "true"}),
        ("gp-end", {"protocol.wait": '["kick", "rcu"]'}),
        ("voluntary-only", {"protocol.wait": '["tasks"]'}),
        ("gp-start", {}),
    ],
)
def test_dropping_what_does_come_is_not(dropped: str, overrides: dict[str, str]) -> None:
    world = scenario.build(
        scenario.loads(text(), "toy.toml", {"protocol.drop": f'["{dropped}"]', **overrides})
    )
    assert dropped in world.image.spec.protocol.drop


def test_a_handover_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "toy.toml"
    file.write_text(text())
    assert main(["run", str(file), "--set", 'protocol.handover=["kick"]']) == 2
    said = capsys.readouterr().err
    assert said.startswith('ftrace-actors: --set protocol.handover=["kick"]: ')
    assert "call-ops has no handover; it has wait" in said
    build("two-trampolines", handover='["kick"]')


OWN = """
from ftrace_actors.kernel.designs import Design, PatchStep, KickStep


class Hasty(Design):
    name = "hasty"
    summary = "frees at once"
    asm = ("ftrace_caller_list.S",)

    def trampolines(self, protocol):
        return ("ftrace_caller_list",)

    def enable(self, ops, changes, core):
        for record, update in changes:
            target = "" if update.value == "make_nop" else "ftrace_caller_list"
            yield PatchStep(record, "ftrace_patch_call", None, target)
        if "text-kick" not in core.protocol.drop:
            yield KickStep()

    def disable(self, ops, changes, core):
        return self.enable(ops, changes, core)
"""


def test_a_design_of_ones_own_is_asked_as_well(tmp_path: Path) -> None:
    path = tmp_path / "hasty.py"
    path.write_text(OWN)
    designs = with_own(read_design(path, DESIGNS), DESIGNS)

    def built(**protocol: str) -> None:
        overrides = {
            "protocol.design": "hasty",
            **{f"protocol.{key}": value for key, value in protocol.items()},
        }
        scenario.build(scenario.loads(text(), "toy.toml", overrides, designs))

    built(drop='["text-kick", "fixmap-map"]')
    for protocol, message in [
        ({"drop": '["reuse-kick"]'}, "drop=.*: hasty has no step 'reuse-kick' to drop; it has .*text-kick"),
        ({"wait": '["rude"]'}, "wait=.*: hasty has no step that waits; it has neither wait nor handover"),
        ({"handover": '["kick"]'}, "handover=.*: hasty has no handover; it has neither wait nor handover"),
    ]:
        with pytest.raises(ScenarioError, match=message):
            built(**protocol)
