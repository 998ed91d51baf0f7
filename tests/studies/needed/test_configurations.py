"""One scenario on several machines."""

import tomllib

import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.kernel.actions import Trace
from ftrace_actors.studies.needed import Axis, Subject, axis_of, configurations
from ftrace_actors.studies.needed.configurations import with_bystander

from .subjects import subject

ALONE = subject("two-teardown-tasks-alone")


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("machine.pac", Axis("machine.pac", ("false", "true"))),
        ("idc", Axis("machine.idc", ("false", "true"))),
        ("bystander", Axis("bystander", ("no", "yes"))),
        ("preempt", Axis("kernel.preempt", ("none", "voluntary", "full", "rt"))),
        ("kernel.profile = v6.12, v6.16", Axis("kernel.profile", ("v6.12", "v6.16"))),
    ],
)
def test_what_can_be_varied(text: str, axis: Axis) -> None:
    assert axis_of(text, ALONE) == axis


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kernel.profile", "'kernel.profile' needs its values"),
        ("kernel.profile=v6.12", "is not KEY=VALUE,VALUE"),
        ("bystander=yes", "is not KEY=VALUE,VALUE"),
        ("machine.cpus", "needs its values"),
    ],
)
def test_what_cannot_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        axis_of(text, ALONE)


def test_what_is_set_is_not_varied() -> None:
    with pytest.raises(InputError, match=r"machine\.pac is set by --set"):
        axis_of("pac", subject("two-teardown-tasks-alone", machine__pac="true"))


def test_every_combination_is_a_configuration_the_first_axis_slowest() -> None:
    axes = [axis_of("bystander", ALONE), axis_of("pac", ALONE)]
    found = configurations(ALONE, axes)
    assert [one.label for one in found] == [
        "bystander=no, machine.pac=false",
        "bystander=no, machine.pac=true",
        "bystander=yes, machine.pac=false",
        "bystander=yes, machine.pac=true",
    ]
    assert len({one.variant for one in found}) == 4
    assert [one.scenario().spec.kernel.pac for one in found] == [False, True, False, True]
    assert configurations(ALONE, []) == [ALONE]


def test_a_value_that_cannot_be_is_said_at_once() -> None:
    with pytest.raises(InputError, match=r"--set kernel.profile|kernel.profile"):
        configurations(ALONE, [Axis("kernel.profile", ("v6.12", "v5.0"))])


def test_a_bystander_comes_first_and_changes_nothing_else() -> None:
    before, after = tomllib.loads(ALONE.text), tomllib.loads(with_bystander(ALONE).text)
    assert after["task"][0]["do"] == ["register bystander", *before["task"][0]["do"]]
    assert after["task"][1:] == before["task"][1:]
    assert after["ops"][:-1] == before["ops"]
    spec = with_bystander(ALONE).scenario().spec
    assert spec.tasks[0].actions[0] == Trace("register", "bystander")
    assert spec.ops[-1].dynamic


def test_a_bystander_goes_to_the_task_that_registers() -> None:
    idler = '[[task]]\nname = "idler"\ncpu = 1\ndo = ["yield"]\n\n'
    text = ALONE.text.replace('[[task]]\nname = "registrant"', f'{idler}[[task]]\nname = "registrant"')
    after = tomllib.loads(with_bystander(Subject("x", "x.toml", text)).text)
    assert [task["do"][0] for task in after["task"][:2]] == ["yield", "register bystander"]


def test_no_second_bystander_and_none_where_nobody_registers() -> None:
    with pytest.raises(InputError, match="has a bystander already"):
        with_bystander(subject("two-teardown"))
    nobody = Subject("x", "x.toml", ALONE.text.replace('"register tracer_a", ', ""))
    with pytest.raises(InputError, match="nobody registers anything"):
        with_bystander(nobody)
    inline = Subject("x", "x.toml", ALONE.text.replace("do = [", "'do' = ["))
    with pytest.raises(InputError, match="cannot be added to"):
        with_bystander(inline)
