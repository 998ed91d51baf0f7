"""The patching core of a scenario as a litmus test: it asks the scenario's own question, and gets its answer."""

import re
from functools import cache
from pathlib import Path

import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.export.litmus import as_litmus
from ftrace_actors.litmus import Result, parse, run
from ftrace_actors.scenario import ScenarioError, load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NAMES = sorted(path.stem for path in SCENARIOS.glob("*.toml"))

LOST, TOLD, WOKEN = (
    "is the call lost?",
    "notified, and still not traced?",
    "woken after it, is the call lost?",
)
TORN, ELSE = "is half of each pointer loaded?", "is anything else loaded?"
AFTER = "after the grace period, are the old ops still loaded?"
BOOKS = "does the literal end as something else than the books say?"

# What is asked of a scenario, where it is not the lost call.
QUESTIONS = {
    "disable-literal-kept": BOOKS,
    "disable-under-load": ELSE,
    "disable-under-load-bystander": ELSE,
    "enable-call-first-then-wake": WOKEN,
    "explore-disable": ELSE,
    "explore-teardown": AFTER,
    "grace-period-orders-nothing": AFTER,
    "list-only-teardown": AFTER,
    "misaligned-bti": "is half of a pointer fetched at vfs_read?",
    "misaligned-neighbour": "is half of a pointer fetched at vfs_open+0x28?",
    "modify-held": ELSE,
    "modify-one-two": ELSE,
    "ops-one-two-three": ELSE,
    "pair-call-ops": ELSE,
    "plain-survivor-direct": ELSE,
    "patch-without-clean": TOLD,
    "patch-without-inval": TOLD,
    "teardown-nopreempt-rcu": AFTER,
    "teardown-nopreempt-rude": AFTER,
    "teardown-tasks": AFTER,
    "teardown-voluntary": AFTER,
    "teardown-wait-first": AFTER,
    "torn-literal-call-first": TORN,
    "torn-literal-disable": TORN,
    "torn-literal-modify": TORN,
    "visibility-isb": TOLD,
    "visibility-isb-no-branch": TOLD,
    "visibility-no-isb": TOLD,
    "wake-up-orders-nothing": WOKEN,
}

HOLDS = {"expect__verdict": "holds", "expect__invariants": "[]"}

ALIGNED = {"function": '[{name = "vfs_read"}]'}

WAIT_LEFT_OUT = "a wait left out"
WHICH_TASKS = "which tasks a grace period waits for"
TEXT = "text that comes and goes"
BETWEEN = "waits between two patches"
NO_TEXT = "changes no text"
APART = "whose ops a function is called with"
ELSEWHERE = "is not in what its last patch writes"
REFUSED = {
    "deadlock-spin": "who waits for whom",
    "explore-teardown-no-wait": WAIT_LEFT_OUT,
    "grace-period-rcu-in-reader": "breaks its own contract",
    "grace-period-tasks-preemption": "breaks its own contract",
    "list-only-no-wait": WAIT_LEFT_OUT,
    "list-only-two-no-wait": WAIT_LEFT_OUT,
    "misaligned-refused": "nothing is patched",
    "teardown-list-three": NO_TEXT,
    "teardown-list-three-no-wait": WAIT_LEFT_OUT,
    "teardown-no-wait-reuse": APART,
    "teardown-no-wait-w0": WAIT_LEFT_OUT,
    "teardown-no-wait-w1": WAIT_LEFT_OUT,
    "teardown-no-wait-w2": WAIT_LEFT_OUT,
    "teardown-nopreempt-rude-noop": WHICH_TASKS,
    "teardown-rcu-lazy": WHICH_TASKS,
    "teardown-rude-only-w1": WHICH_TASKS,
    "teardown-rude-only-w2": WHICH_TASKS,
    "trampoline-loses-arguments": "does to registers",
    "static-key": "nothing is patched",
    "static-key-kick": "nothing is patched",
    "dynamic-poison": TEXT,
    "dynamic-poison-no-kick": TEXT,
    "dynamic-far-no-kick": TEXT,
    "dynamic-far": TEXT,
    "dynamic-far-reuse-no-kick": TEXT,
    "dynamic-far-reuse": TEXT,
    "dynamic-reuse-no-inval": TEXT,
    "dynamic-reuse-no-kick": TEXT,
    "dynamic-reuse": TEXT,
    "dynamic-teardown-no-wait-return": TEXT,
    "dynamic-teardown-no-wait-w0": TEXT,
    "dynamic-teardown-no-wait-w1": TEXT,
    "dynamic-teardown-no-wait-w2": TEXT,
    "dynamic-teardown-no-wait-w3": TEXT,
    "dynamic-teardown-nopreempt-rude-noop": TEXT,
    "dynamic-teardown-nopreempt": TEXT,
    "dynamic-teardown-rcu": TEXT,
    "dynamic-teardown-rude": TEXT,
    "dynamic-teardown-tasks-switch-sync": TEXT,
    "dynamic-teardown-tasks": TEXT,
    "dynamic-teardown-tasks-alone": TEXT,
    "dynamic-teardown-tasks-pac": TEXT,
    "dynamic-teardown": TEXT,
    "guarded-survivor-recursion": NO_TEXT,
    "guarded-survivor-trampoline": TEXT,
    "grace-period-several": NO_TEXT,
    "guarded-survivor": NO_TEXT,
    "guarded-survivor-lookup": ELSEWHERE,
    "modify-held-rude-only": WHICH_TASKS,
    "pair-global-ops-rude-nopreempt": NO_TEXT,
    "pair-global-ops-rude": APART,
    "pair-global-ops-tasks": NO_TEXT,
    "pair-global-ops-stale": APART,
    "pair-global-ops": APART,
    "plain-survivor-on-list": NO_TEXT,
    "two-handover-call-first-wait": BETWEEN,
    "two-handover-wait": BETWEEN,
    "two-modify": BETWEEN,
    "two-teardown-kick-rcu": BETWEEN,
    "two-teardown-no-wait": WAIT_LEFT_OUT,
    "two-teardown-nopreempt": BETWEEN,
    "two-teardown-tasks-switch-sync": BETWEEN,
    "two-teardown-tasks": BETWEEN,
    "two-teardown-tasks-alone": BETWEEN,
    "two-teardown": BETWEEN,
    "unguarded-survivor-recursion": ELSEWHERE,
    "unguarded-survivor-under-load": WHICH_TASKS,
    "unguarded-survivor": ELSEWHERE,
}


@cache
def exported(name: str, **overrides: str) -> str:
    return as_litmus(
        SCENARIOS / f"{name}.toml", {key.replace("__", "."): value for key, value in overrides.items()}
    )


def answered(name: str, **overrides: str) -> Result:
    return run(parse(exported(name, **overrides), name))


def broken(name: str) -> bool:
    return load(SCENARIOS / f"{name}.toml", {}).expect.verdicts != ("holds",)


def code(text: str, thread: int) -> list[str]:
    rows = [row.rstrip(" ;").split("|") for row in text.splitlines() if "|" in row]
    return [row[thread].strip() for row in rows[1:] if row[thread].strip()]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in REFUSED])
def test_the_answer_is_what_the_scenario_expects(name: str) -> None:
    """Broken: the bad outcome is allowed.  Sound: it is not."""
    result = answered(name)
    assert result.test.name == name
    assert not result.unknown
    assert (result.observation != "Never") == broken(name)
    assert set(result.flags) <= {
        "unpredictable",
        "Assuming-no-two-modified-instructions-are-on-the-same-cache-line",
    }
    assert ("unpredictable" in result.flags) == name.startswith("misaligned-")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in REFUSED])
def test_each_asks_its_own_question(name: str) -> None:
    asked = exported(name).splitlines()[1]
    assert asked.endswith(f'{QUESTIONS.get(name, LOST)}"')


@pytest.mark.parametrize("name", REFUSED)
def test_where_there_is_no_such_core_one_line_says_why(name: str) -> None:
    with pytest.raises(ScenarioError, match=REFUSED[name]) as caught:
        exported(name)
    assert "\n" not in str(caught.value)
    assert f"{name}.toml" in str(caught.value)


# -- a broken scenario and the same one mended -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mended"),
    [
        ("enable-call-first", {"protocol__order": "literal-first"}),
        ("enable-call-first-stale-literal", {"protocol__order": "literal-first"}),
        ("ordering-none", {"protocol__drop": '["fixmap-unmap", "patch-lock"]'}),
        ("ordering-none", {"protocol__drop": '["fixmap-unmap", "fixmap-map"]'}),
        ("patch-without-clean", {"protocol__drop": "[]"}),
        ("patch-without-clean", {"machine__idc": "true"}),
        ("patch-without-inval", {"protocol__drop": "[]"}),
        ("patch-without-inval", {"machine__idc": "true", "machine__dic": "true"}),
        ("disable-literal-kept", {"protocol__drop": "[]"}),
        ("grace-period-orders-nothing", {"protocol__drop": "[]", **HOLDS}),
        ("teardown-wait-first", {"protocol__wait_at": "after-update", **HOLDS}),
        ("wake-up-orders-nothing", {"protocol__drop": "[]"}),
        ("torn-literal-disable", {**ALIGNED, **HOLDS}),
        ("torn-literal-modify", {"machine__lse2": "true", **ALIGNED, **HOLDS}),
    ],
)
def test_mending_a_scenario_mends_its_core(name: str, mended: dict[str, str]) -> None:
    assert answered(name).observation in {"Sometimes", "Always"}
    assert answered(name, **mended).observation == "Never"


@pytest.mark.parametrize(
    ("name", "worse"),
    [
        ("enable-under-load", {"protocol__order": "call-first"}),
        ("visibility-isb", {"protocol__drop": '["clean-dsb"]'}),
        ("visibility-isb", {"protocol__drop": '["inval-dsb", "final-isb"]'}),
        ("teardown-tasks", {"protocol__drop": '["gp-start"]', "expect__verdict": "violated"}),
        ("list-only-teardown", {"protocol__drop": '["gp-start"]', "expect__verdict": "violated"}),
        ("enable-call-first-then-wake", {"protocol__drop": '["wake-up"]'}),
    ],
)
def test_breaking_a_scenario_breaks_its_core(name: str, worse: dict[str, str]) -> None:
    assert answered(name).observation == "Never"
    assert answered(name, **worse).observation == "Sometimes"


# -- what is in it ---------------------------------------------------------------------------------------------------


def test_the_caller_may_run_the_old_word_or_call_with_the_new_literal() -> None:
    result = answered("enable-under-load")
    assert [result.state(final)["1:X10"] for final in result.finals] == ["0", "tracer_a"]


def test_the_patcher_is_the_scenarios_own_routine() -> None:
    stores = [
        line for line in code(exported("enable-under-load"), 0) if re.match(r"STR |STLR|CAS|DC|IC", line)
    ]
    assert stores == [
        "CASA W8,W9,[X2]",
        "STR X3,[X0]",
        "STLR WZR,[X2]",
        "CASA W8,W9,[X2]",
        "STR W4,[X1]",
        "STLR WZR,[X2]",
        "DC CVAU,X1",
        "IC IVAU,X1",
    ]
    assert "DSB ISHST" in code(exported("enable-under-load"), 0)


def test_the_told_caller_is_the_scenarios_own_routine() -> None:
    for name, steps in {
        "visibility-isb": ["LDR W6,[X16]", "CBZ W6,end", "ISB"],
        "visibility-isb-no-branch": ["LDR W6,[X16]", "ISB", "CBZ W6,end"],
        "visibility-no-isb": ["LDR W6,[X16]", "CBZ W6,end"],
    }.items():
        text = exported(name)
        assert code(text, 1)[: code(text, 1).index("BL f")] == steps
        assert code(text, 0)[-2:] == ["STR W9,[X11]", "stop: NOP"]


def test_the_list_is_published_before_the_call() -> None:
    for name in ("enable-first-day", "list-only-teardown"):
        assert code(exported(name), 0)[0] == "STLR X14,[X12]"
        assert "LDR X11,[X14]" in " ".join(code(exported(name), 1))
    assert "[X12]" not in exported("enable-under-load")


def test_a_dropped_ordering_is_gone() -> None:
    full, less = exported("enable-under-load"), exported("ordering-none")
    assert full.count("DSB") > less.count("DSB")
    assert "STLR" in full
    assert "STLR" not in less


@pytest.mark.parametrize(
    ("idc", "dic", "line"), [("true", "false", "CacheType=IDC"), ("true", "true", "CacheType=DIC")]
)
def test_what_the_caches_do_alone_is_said(idc: str, dic: str, line: str) -> None:
    text = exported("enable-under-load", machine__idc=idc, machine__dic=dic)
    assert line in text.splitlines()
    assert "DC CVAU" not in text
    assert run(parse(text)).verdict == "Forbidden"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in REFUSED])
def test_every_access_has_the_size_its_location_was_declared_with(name: str) -> None:
    """The published tools check this where a test does not ask for mixed sizes."""
    text = exported(name)
    kinds = {found[2]: found[1] for found in re.finditer(r"(uint(?:32|64)_t) (\w+)", text)}
    bases = {(thread, register): what for thread, register, what in re.findall(r"(\d):X(\d+)=(\w+);", text)}
    seen = set()
    for thread in (0, 1):
        for line in code(text, thread):
            access = re.search(r"\b(?:LD|ST|CAS)\w* ([XW])(?:\d+|ZR),(?:W\d+,)?\[X(\d+)", line)
            if access is not None and (str(thread), access[2]) in bases:
                where = bases[str(thread), access[2]]
                seen.add(where)
                if where in kinds:
                    assert kinds[where] == ("uint64_t" if access[1] == "X" else "uint32_t"), line
    assert kinds.keys() <= seen


def test_a_routine_with_no_litmus_form_is_refused(tmp_path: Path) -> None:
    source = (SCENARIOS / "visibility-isb.toml").read_text(encoding="utf-8")
    changed = tmp_path / "visibility-isb.toml"
    for old, new, why in [
        ("cbz   w10, 1f", "add   w10, w10, #1", "computes with what it read"),
        ("isb\n", "ldr   w11, [x9, #8]\n", "touches more than the flag"),
    ]:
        assert old in source
        changed.write_text(source.replace(old, new), encoding="utf-8")
        with pytest.raises(ScenarioError, match=why):
            as_litmus(changed)


def test_one_of_several_patches_by_name() -> None:
    path = SCENARIOS / "modify-one-two.toml"
    texts = {name: as_litmus(path, patch=name) for name in ("make_call:vfs_read", "modify_call:vfs_read")}
    assert '"ftrace_make_call of vfs_read: is the call lost?"' in texts["make_call:vfs_read"]
    assert '"ftrace_modify_call of vfs_read: is anything else loaded?"' in texts["modify_call:vfs_read"]
    assert len(set(texts.values())) == 2


def test_a_patch_that_is_named_need_not_be_what_the_scenario_is_about() -> None:
    path = SCENARIOS / "teardown-no-wait-w2.toml"
    with pytest.raises(ScenarioError, match=WAIT_LEFT_OUT):
        as_litmus(path)
    text = as_litmus(path, patch="make_call:vfs_read")
    assert run(parse(text)).verdict == "Forbidden"
    orderings = '["fixmap-map", "fixmap-unmap", "patch-lock", "wake-up"]'
    without = as_litmus(path, {"protocol.drop": orderings}, patch="make_call:vfs_read")
    assert run(parse(without)).verdict == "Allowed"


def test_a_patch_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"no patch is called 'make_nop:vfs_open'.*make_call:vfs_read"):
        as_litmus(SCENARIOS / "explore-disable.toml", patch="make_nop:vfs_open")
