"""One scenario on several machines and kernels: each combination of some settings is a configuration.

What `--set` can say is varied by that.  A *bystander*, a dynamic ops on another function that is registered before
anything else and stays, has to be written into the scenario's text; what comes out is read again, and must differ from
the scenario in nothing else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

from ...errors import InputError
from ...kernel.config import PROFILES
from .subject import Subject

__all__ = ["BYSTANDER", "Axis", "axis_of", "configurations", "with_bystander"]

BYSTANDER: Final = "bystander"
_PREEMPT: Final = "kernel.preempt"
_FUNCTION: Final = "bystander_function"
_SWITCHES: Final = frozenset(
    f"{table}.{key}"
    for table, keys in (
        ("machine", ("idc", "dic", "pac", "lse2", "eis", "eos")),
        ("kernel", ("bti", "preemption", "switch_sync")),
    )
    for key in keys
)
_DO: Final = re.compile(r"^(\s*do\s*=\s*\[)", re.MULTILINE)
_ADDED: Final = f"""
[[function]]
name = "{_FUNCTION}"

[[ops]]
name = "{BYSTANDER}"
functions = ["{_FUNCTION}"]
"""


@dataclass(frozen=True, slots=True)
class Axis:
    """A setting, and the values it takes."""

    key: str
    values: tuple[str, ...]


def axis_of(text: str, subject: Subject) -> Axis:
    """What `--vary` says: KEY=VALUE,VALUE, or a key alone that is on or off, `preempt` or `bystander`.

    Raises InputError.
    """
    key, equals, values = (part.strip() for part in text.partition("="))
    key = {"preempt": _PREEMPT, **{name.partition(".")[2]: name for name in _SWITCHES}}.get(key, key)
    if key in dict(subject.overrides):
        raise InputError("--vary", "", f"{key} is set by --set or --design as well; leave one out")
    if equals:
        listed = tuple(dict.fromkeys(value.strip() for value in values.split(",") if value.strip()))
        if key == BYSTANDER or len(listed) < 2:
            raise InputError(
                "--vary", "", f"{text!r} is not KEY=VALUE,VALUE, as in kernel.profile=v6.12,v6.16"
            )
        return Axis(key, listed)
    if key == BYSTANDER:
        return Axis(key, ("no", "yes"))
    if key == _PREEMPT:
        profile = PROFILES[subject.scenario().spec.kernel.profile]
        return Axis(key, tuple(model.value for model in profile.models))
    if key in _SWITCHES:
        return Axis(key, ("false", "true"))
    raise InputError(
        "--vary",
        "",
        f"{text!r} needs its values, as KEY=VALUE,VALUE; alone go {BYSTANDER}, preempt, "
        f"{', '.join(sorted(_SWITCHES))}",
    )


def configurations(subject: Subject, axes: Sequence[Axis]) -> list[Subject]:
    """Every combination, the first axis slowest.  Raises InputError for one that cannot be.

    Without axes it is the subject alone.
    """
    if not axes:
        return [subject]
    return [
        _configured(subject, [axis.key for axis in axes], values)
        for values in product(*(axis.values for axis in axes))
    ]


def _configured(subject: Subject, keys: Sequence[str], values: Sequence[str]) -> Subject:
    pairs = list(zip(keys, values, strict=True))
    label = ", ".join(f"{key}={value}" for key, value in pairs)
    found = subject.changed({key: value for key, value in pairs if key != BYSTANDER})
    if (BYSTANDER, "yes") in pairs:
        found = with_bystander(found)
    found = replace(found, label=label)
    found.scenario()  # a value that cannot be is said before anything is run
    return found


def with_bystander(subject: Subject) -> Subject:
    """The same with a bystander.  Raises InputError where it has a thing of that name, or cannot be written."""
    before = tomllib.loads(subject.text)
    names = {
        table.get("name") for key in ("function", "ops", "task", "word") for table in before.get(key, ())
    }
    if names & {BYSTANDER, _FUNCTION}:
        raise InputError(subject.path, "", "has a bystander already; do not vary it")
    wanted = _by_tables(before)
    if wanted is None:
        raise InputError(subject.path, "$.task", "nobody registers anything, so no bystander can come first")
    for found in _DO.finditer(subject.text):
        text = f'{subject.text[: found.end()]}"register {BYSTANDER}", {subject.text[found.end() :]}{_ADDED}'
        if _read(text) == wanted:
            return replace(subject, text=text)
    raise InputError(
        subject.path, "$.task", "its `do` lists cannot be added to; write them as do = [...], one a task"
    )


def _by_tables(before: dict[str, Any]) -> dict[str, Any] | None:
    """What the text must say then; None where no task registers an ops."""
    tasks = [dict(task) for task in before.get("task", ())]
    for task in tasks:
        if any(str(action).split()[:1] == ["register"] for action in task["do"]):
            task["do"] = [f"register {BYSTANDER}", *task["do"]]
            break
    else:
        return None
    added = tomllib.loads(_ADDED)
    return {
        **before,
        "task": tasks,
        "function": [*before["function"], *added["function"]],
        "ops": [*before.get("ops", ()), *added["ops"]],
    }


def _read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
