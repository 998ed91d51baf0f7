"""Every mistake in a scenario is one line that names the file and the key path, and says what would be right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ftrace_actors.scenario import ScenarioError, build, load, loads

GOOD = """
format = 1
summary = "a test"
modifiable = ["vfs_read"]

[machine]
cpus = 2

[kernel]
profile = "v6.12"

[protocol]
drop = ["patch-lock"]

[[function]]
name = "vfs_read"

[[function]]
name = "vfs_open"

[[ops]]
name = "tracer_a"
functions = ["vfs_read"]

[[ops]]
name = "static_ops"
functions = ["vfs_read"]
dynamic = false

[[word]]
name = "done"

[[routine]]
name = "spin_once"
asm = '''
    mov x0, #1
    ret
'''

[[task]]
name = "registrant"
cpu = 0
do = ["register tracer_a"]

[[task]]
name = "reader"
cpu = 1
do = ["call vfs_read x2", "run spin_once"]

[expect]
verdict = "holds"
"""


def error_of(text: str) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        build(loads(text, "dir/bad.toml"))
    return caught.value


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def test_the_scenario_the_mistakes_are_made_in_is_good() -> None:
    scenario = loads(GOOD, "dir/good.toml")
    assert (scenario.name, scenario.path, scenario.text) == ("good", "dir/good.toml", GOOD)
    assert build(scenario).expect.verdicts == ("holds",)


MISTAKES = {
    # what the schema finds
    "unknown key": ("cpus = 2", "cpuz = 2", "$.machine", "unknown key 'cpuz'; did you mean 'cpus'?"),
    "unknown key of a list": ("do = [", "doo = [", "$.task[0]", "unknown key 'doo'; did you mean 'do'?"),
    "unknown key at the top": ("summary", "sumary", "$", "unknown key 'sumary'; did you mean 'summary'?"),
    "unknown key, nothing like it": (
        "cpus = 2",
        "zzz = 2",
        "$.machine",
        "unknown key 'zzz'; known are cpus, idc",
    ),
    "missing key": ('profile = "v6.12"', "", "$.kernel", "missing key 'profile'"),
    "wrong type": ("cpus = 2", 'cpus = "two"', "$.machine.cpus", "Expected 'int', got 'str'"),
    "wrong type in a list": ("cpu = 1", "cpu = true", "$.task[1].cpu", "Expected 'int', got 'bool'"),
    "no CPU at all": ("cpus = 2", "cpus = 0", "$.machine.cpus", ">= 1"),
    "too many CPUs": ("cpus = 2", "cpus = 17", "$.machine.cpus", "<= 16"),
    "unknown profile": (
        '"v6.12"',
        '"v5.0"',
        "$.kernel.profile",
        "unknown profile 'v5.0'; known: v6.3, v6.12, v6.13, v6.16, v7.0",
    ),
    "a task that nobody wakes": (
        "cpu = 1",
        "cpu = 1\nstarted = false",
        "$.task[1].started",
        "'reader' is never woken: no other task does 'wake reader'",
    ),
    "a task that only wakes itself": (
        'cpu = 1\ndo = ["call vfs_read x2", "run spin_once"]',
        'cpu = 1\nstarted = false\ndo = ["wake reader"]',
        "$.task[1].started",
        "'reader' is never woken",
    ),
    "a function twice in one ops": (
        'name = "tracer_a"\nfunctions = ["vfs_read"]',
        'name = "tracer_a"\nfunctions = ["vfs_read", "vfs_read"]',
        "$.ops[0].functions[1]",
        "'vfs_read' is used twice",
    ),
    "unknown order": (
        "[protocol]",
        '[protocol]\norder = "both"',
        "$.protocol.order",
        'known are "literal-first", "call-first"',
    ),
    "unknown wait": (
        "[protocol]",
        '[protocol]\nwait = ["rcu", "srcu"]',
        "$.protocol.wait[1]",
        '\'srcu\' is not known; did you mean "rcu"? known are "kick", "rcu", "rude", "tasks"',
    ),
    "odd line": (
        "cpus = 2",
        "cpus = 2\nline = 48",
        "$.machine.line",
        "48 is not known; known are 16, 32, 64, 128",
    ),
    "unknown flag": (
        "dynamic = false",
        'flags = ["recursoin"]',
        "$.ops[1].flags[0]",
        "'recursoin' is not known; did you mean \"recursion\"?",
    ),
    "unknown decider": (
        "[protocol]",
        '[protocol]\ncall_ops_by = "survivors"',
        "$.protocol.call_ops_by",
        'known are "argument", "survivor"',
    ),
    "poison without text": (
        "[protocol]",
        "[protocol]\npoison = true",
        "$.protocol.poison",
        "call-ops frees no text; a design that does: dynamic-trampoline",
    ),
    "not a name": ('name = "done"', 'name = "to do"', "$.word[0].name", "regex"),
    # what names refer to
    "unknown design": (
        "[protocol]",
        '[protocol]\ndesign = "call-op"',
        "$.protocol.design",
        "did you mean 'call-ops'?",
    ),
    "unknown ordering": (
        '["patch-lock"]',
        '["patch-lok"]',
        "$.protocol.drop[0]",
        "did you mean 'patch-lock'?",
    ),
    "unknown weaker barrier": (
        "[protocol]",
        '[protocol]\nweaken = ["inval-dsb as nhs"]',
        "$.protocol.weaken[0]",
        "did you mean 'inval-dsb as nsh'?",
    ),
    "a barrier dropped and weakened": (
        'drop = ["patch-lock"]',
        'drop = ["inval-dsb"]\nweaken = ["inval-dsb as nsh"]',
        "$.protocol.weaken[0]",
        "'inval-dsb' is dropped as well; leave one out",
    ),
    "a barrier that the design has not": (
        "[protocol]",
        '[protocol]\nweaken = ["text-inval-dsb as nsh"]',
        "$.protocol.weaken",
        "call-ops has no step 'text-inval-dsb' to weaken; it has clean-dsb, ",
    ),
    "unknown function of a call": (
        "call vfs_read",
        "call vfs_raed",
        "$.task[1].do[0]",
        "did you mean 'vfs_read'?",
    ),
    "unknown function of an ops": (
        '["vfs_read"]\n\n[[ops]]',
        '["vfs_raed"]\n\n[[ops]]',
        "$.ops[0].functions[0]",
        "unknown function 'vfs_raed'",
    ),
    "unknown function that a callback calls": (
        "dynamic = false",
        'calls = "vfs_opne"',
        "$.ops[1].calls",
        "unknown function 'vfs_opne'; did you mean 'vfs_open'?",
    ),
    "unknown ops": ("register tracer_a", "register tracer_b", "$.task[0].do[0]", "did you mean 'tracer_a'?"),
    "unknown task": ("register tracer_a", "wake raeder", "$.task[0].do[0]", "did you mean 'reader'?"),
    "unknown word": ("register tracer_a", "store dome 1", "$.task[0].do[0]", "did you mean 'done'?"),
    "unknown routine": ("run spin_once", "run spinonce", "$.task[1].do[1]", "did you mean 'spin_once'?"),
    "unknown verb": ("register tracer_a", "registre tracer_a", "$.task[0].do[0]", "did you mean 'register'?"),
    "too many words": ("register tracer_a", "register tracer_a now", "$.task[0].do[0]", "use: register OPS"),
    "nearly a kick": ("register tracer_a", "kcik", "$.task[0].do[0]", "did you mean 'kick'?"),
    "a kick of something": (
        "register tracer_a",
        "kick reader",
        "$.task[0].do[0]",
        "use: kick: interrupt every",
    ),
    "not a number": (
        "register tracer_a",
        "store done one",
        "$.task[0].do[0]",
        "'one' is not a 64-bit number",
    ),
    "no calls": ("x2", "x0", "$.task[1].do[0]", "from x1 to x1000"),
    "static ops freed": ("register tracer_a", "kfree static_ops", "$.task[0].do[0]", "static_ops is static"),
    "no such CPU": ("cpu = 1", "cpu = 2", "$.task[1].cpu", "there is no CPU 2; machine.cpus is 2"),
    "not allowed where it starts": ("cpu = 1", "cpu = 1\ncpus = [0]", "$.task[1].cpus", "must contain cpu 1"),
    "a name twice": (
        'name = "vfs_open"',
        'name = "vfs_read"',
        "$.function[1].name",
        "'vfs_read' is used twice",
    ),
    "an ops without functions": (
        'functions = ["vfs_read"]',
        "functions = []",
        "$.ops[0].functions",
        "at least one",
    ),
    "unknown invariant": (
        'verdict = "holds"',
        'verdict = "violated"\ninvariants = ["INV-LIVES"]',
        "$.expect.invariants[0]",
        "did you mean 'INV-LI",
    ),
    "invariants of what holds": (
        'verdict = "holds"',
        'verdict = "holds"\ninvariants = ["INV-LIFE"]',
        "$.expect",
        "go with the verdict 'violated'",
    ),
    "no verdict": ('verdict = "holds"', "verdict = []", "$.expect.verdict", "at least one"),
    "unknown property": (
        'summary = "a test"',
        'summary = "a test"\nsometimes = ["window:W9"]',
        "$.sometimes[0]",
        "unknown property 'window:W9'",
    ),
    "address that is none": (
        'name = "vfs_open"',
        'name = "vfs_open"\naddress = "here"',
        "$.function[1].address",
        "'here' is not an address",
    ),
    "address between words": (
        'name = "vfs_open"',
        'name = "vfs_open"\naddress = 0x1002',
        "$.function[1].address",
        "multiple of 4",
    ),
    # what building finds
    "overlapping addresses": (
        'name = "vfs_open"',
        'name = "vfs_open"\naddress = "0xffff800080020010"',
        "$.function[1].address",
        "overlaps vfs_read",
    ),
    "out of BL range": (
        'name = "vfs_open"',
        'name = "vfs_open"\naddress = "0xffff800090010000"',
        "$.function[1].address",
        "out of BL range of ftrace_caller",
    ),
    "bad assembly": ("mov x0, #1", "movv x0, #1", "$.routine[0].asm", "line 1: unknown mnemonic 'movv'"),
    "undefined symbol": ("mov x0, #1", "b nowhere", "$.routine[0].asm", "undefined symbol 'nowhere'"),
    "unknown mark": ("mov x0, #1", "mov x0, #1 //@ windows W1", "$.routine[0].asm", "unknown mark"),
    "modifiable nothing": ('["vfs_read"]', '["vfs_raed"]', "$.modifiable[0]", "unknown symbol 'vfs_raed'"),
    "modifiable data": ('["vfs_read"]', '["done"]', "$.modifiable[0]", "where no instruction is"),
    "a function named as a trampoline": (
        'name = "vfs_open"',
        'name = "ftrace_caller"',
        "$.function[1]",
        "ftrace_caller is defined twice",
    ),
    "unknown verdict": (
        'verdict = "holds"',
        'verdict = "fine"',
        "$.expect.verdict",
        'known are "holds", "violated"',
    ),
    "a routine named as a function": (
        'name = "spin_once"',
        'name = "vfs_read"',
        "$.routine[0].name",
        "'vfs_read' is the name of a function as well",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_with_file_and_key_path(mistake: str) -> None:
    old, new, where, words = MISTAKES[mistake]
    if mistake == "a routine named as a function":
        text = changed(old, new).replace("run spin_once", "run vfs_read")
    else:
        text = changed(old, new)
    error = error_of(text)
    line = str(error)
    assert "\n" not in line
    assert line.startswith("dir/bad.toml: ")
    assert words in line
    assert error.key_path == where


def test_bad_toml_names_its_line() -> None:
    error = error_of(changed("cpus = 2", "cpus = = 2"))
    assert re.search(r"not TOML: .*line 7", str(error))


def test_bad_assembly_names_its_line_and_what_would_be_right() -> None:
    error = error_of(changed("mov x0, #1", "nop\n    ldrr x0, [x1]"))
    assert error.key_path == "$.routine[0].asm"
    assert error.message.startswith("line 2: unknown mnemonic 'ldrr'; close matches: ldr")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"absent\.toml: cannot be read: No such file"):
        load(tmp_path / "absent.toml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match=r"found byte 0x\w\w where UTF-8 is expected"):
        load(path)


# -- overrides (more of them: test_overriding.py) ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overrides", "cpus", "preempt"),
    [({}, 2, "full"), ({"machine.cpus": "4"}, 4, "full"), ({"kernel.preempt": "none"}, 2, "none")],
)
def test_overrides_are_read_as_toml_or_else_as_text(
    overrides: dict[str, str], cpus: int, preempt: str
) -> None:
    spec = loads(GOOD, "x.toml", overrides).spec
    assert (spec.cpus, str(spec.kernel.preempt)) == (cpus, preempt)
