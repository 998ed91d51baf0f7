"""Smaller scenarios than a given one: what could be left out, one thing at a time.

`whole` is the scenario as one text, with what options replaced in it; `reductions` of that are the scenarios with one
thing less, the largest things first: a task, an ops, a function, a call, code and words of the scenario's own, a CPU,
timer ticks, and last of all the order in which tasks start. What is left out takes along what names it: an ops its
registration, a task its wake-ups.

A smaller scenario must not ask for what a right protocol may not be asked for, or it would break for another reason:
an ops that is freed but not unregistered is misuse, and so is one that is freed at once since the task that frees it
waits for nobody any more. So a task goes only when it does nothing but call (or when another does the same); an
unregister only as the last thing that is done with its ops; locks, kicks, stores and a scenario's own code never.
What cannot be built is refused where it is built.

What a scenario is about stays: the kernel, the protocol, what is expected. `sometimes`, a promise about many runs,
goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from .load import tables
from .writing import write_toml

__all__ = ["Reduction", "reductions", "whole"]

_Tree: TypeAlias = dict[str, Any]
_Change: TypeAlias = tuple[str, Callable[[_Tree], None]]

_NAMING_OPS: Final = frozenset({"call", "run", "wake", "store", "lock", "unlock", "spin"})
"""Verbs whose object is not an ops; those of services and operations are."""
_CALLING: Final = frozenset({"call", "yield", "sleep", "cond_resched"})
"""Verbs of a task that uses nothing but traced functions, and rests."""
_ENDING: Final = ("unregister", "kfree")
"""The end of an ops's life, in this order."""
_CPUS: Final = 2
_TICKS: Final = 8
"""What a scenario has that says nothing of it, as in `schema`."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """A scenario with one thing less: in words, and as text."""

    words: str
    text: str


def whole(text: str, path: str, overrides: Mapping[str, str], remarks: Iterable[str] = ()) -> str:
    """One text with what `overrides` replace, and with `remarks` instead of its comments.  Raises ScenarioError."""
    tree = tables(text, path, overrides)
    tree.pop("sometimes", None)
    return write_toml(tree, remarks)


def reductions(text: str, remarks: Iterable[str] = ()) -> Iterator[Reduction]:
    """Every scenario with one thing less than that of `text`, which is one that can be built."""
    tree = tables(text, "<text>")
    noted = tuple(remarks)
    for words, change in _changes(tree):
        less = deepcopy(tree)
        change(less)
        yield Reduction(words, write_toml(less, noted))


def _changes(tree: _Tree) -> Iterator[_Change]:
    """In words, and as a change to a copy of the tree."""
    tasks = _tables(tree, "task")
    callers = {task["name"] for task in tasks if _only(task, _CALLING)}
    for task in tasks[::-1]:
        if _may_go(task, tasks, callers):
            yield f"task {task['name']}", partial(_drop_task, name=task["name"])
    for name in _names(tree, "ops")[::-1]:
        yield f"ops {name}", partial(_drop_ops, name=name)
    for name in _names(tree, "function")[::-1]:
        yield f"function {name}", partial(_drop_function, name=name)
    yield from _lesser_actions(tasks)
    for kind, verb in (("routine", "run"), ("word", "store")):
        used = {_words(action)[1] for task in tasks for action in task["do"] if _words(action)[0] == verb}
        for name in _names(tree, kind):
            if name not in used:
                yield f"{kind} {name}", partial(_drop, kind=kind, name=name)
    yield from _lesser_machine(tree)
    for task in tasks:
        if task.get("started") is False and task["name"] in callers:
            yield f"the wake-up of {task['name']}", partial(_start_at_once, name=task["name"])


def _only(task: _Tree, verbs: AbstractSet[str]) -> bool:
    return all(_words(action)[0] in verbs for action in task["do"])


def _may_go(task: _Tree, tasks: list[_Tree], callers: set[str]) -> bool:
    """Whether nothing but calls goes with a task, or another one does the same."""
    if any(other["do"] == task["do"] for other in tasks if other is not task) and _only(
        task, _CALLING | {"run"}
    ):
        return True
    return all(
        verb in _CALLING or (verb == "wake" and name in callers)
        for verb, name in (_words(action) for action in task["do"])
    )


def _lesser_actions(tasks: list[_Tree]) -> Iterator[_Change]:
    for task in tasks:
        name, actions = task["name"], task["do"]
        for index in range(len(actions) - 1, -1, -1):
            what = f"{actions[index]!r} of {name}"
            verb, *rest = actions[index].split()
            if verb in _CALLING or _ends_a_life(tasks, task, index):
                yield what, partial(_put, task=name, index=index, actions=[])
            if verb == "call" and len(rest) == 2:
                once = [f"call {rest[0]}"]
                yield f"the repetition of {what}", partial(_put, task=name, index=index, actions=once)


def _ends_a_life(tasks: list[_Tree], task: _Tree, index: int) -> bool:
    """Whether an action is the last thing that is done with an ops: to leave it out is not to misuse the ops."""
    verb, name = _words(task["do"][index])
    if verb not in _ENDING:
        return False
    later = _ENDING[_ENDING.index(verb) :]
    after = [_words(action) for action in task["do"][index + 1 :]]
    elsewhere = [_words(action) for other in tasks if other is not task for action in other["do"]]
    return all(other != name for _, other in after) and (not any((end, name) in elsewhere for end in later))


def _lesser_machine(tree: _Tree) -> Iterator[_Change]:
    cpus = tree.get("machine", {}).get("cpus", _CPUS)
    used = {task["cpu"] for task in _tables(tree, "task")}
    for cpu in range(cpus - 1, -1, -1):
        if cpu not in used and cpus > 1:
            yield f"CPU {cpu}", partial(_drop_cpu, cpu=cpu)
    ticks = tree.get("kernel", {}).get("ticks", _TICKS)
    for fewer in (0, 1, 2, 4):
        if fewer < ticks:
            yield f"{ticks - fewer} of {ticks} timer ticks", partial(_set_ticks, ticks=fewer)


# -- changes to a tree ------------------------------------------------------------------------------------------------


def _tables(tree: _Tree, kind: str) -> list[_Tree]:
    found: list[_Tree] = tree.get(kind, [])
    return found


def _names(tree: _Tree, kind: str) -> list[str]:
    return [table["name"] for table in _tables(tree, kind)]


def _words(action: str) -> tuple[str, str]:
    """Verb and object, "" where there is none."""
    verb, name, *_ = (*action.split(), "")
    return verb, name


def _put(tree: _Tree, task: str, index: int, actions: list[str]) -> None:
    """Put some actions in place of one."""
    for table in _tables(tree, "task"):
        if table["name"] == task:
            table["do"][index : index + 1] = actions


def _set_ticks(tree: _Tree, ticks: int) -> None:
    tree.setdefault("kernel", {})["ticks"] = ticks


def _drop(tree: _Tree, kind: str, name: str) -> None:
    tree[kind] = [table for table in _tables(tree, kind) if table["name"] != name]


def _drop_actions(tree: _Tree, verbs: AbstractSet[str] | None, name: str) -> None:
    """Without the actions on `name` by one of the verbs; None: by those on an ops."""
    for task in _tables(tree, "task"):
        task["do"] = [action for action in task["do"] if not _is_on(action, verbs, name)]


def _is_on(action: str, verbs: AbstractSet[str] | None, name: str) -> bool:
    verb, *rest = action.split()
    return rest[:1] == [name] and (verb not in _NAMING_OPS if verbs is None else verb in verbs)


def _drop_task(tree: _Tree, name: str) -> None:
    _drop(tree, "task", name)
    _drop_actions(tree, {"wake"}, name)


def _drop_ops(tree: _Tree, name: str) -> None:
    _drop(tree, "ops", name)
    _drop_actions(tree, None, name)


def _drop_function(tree: _Tree, name: str) -> None:
    _drop(tree, "function", name)
    _drop_actions(tree, {"call"}, name)
    for ops in _tables(tree, "ops"):
        ops["functions"] = [function for function in ops["functions"] if function != name]
        if ops.get("calls") == name:
            del ops["calls"]
    for ops in list(_tables(tree, "ops")):
        if not ops["functions"]:
            _drop_ops(tree, ops["name"])


def _drop_cpu(tree: _Tree, cpu: int) -> None:
    """Without a CPU on which no task starts; the others close up."""
    machine = tree.setdefault("machine", {})
    machine["cpus"] = machine.get("cpus", _CPUS) - 1
    for task in _tables(tree, "task"):
        task["cpu"] -= task["cpu"] > cpu
        if "cpus" in task:
            task["cpus"] = [other - (other > cpu) for other in task["cpus"] if other != cpu]


def _start_at_once(tree: _Tree, name: str) -> None:
    _drop_actions(tree, {"wake"}, name)
    for task in _tables(tree, "task"):
        if task["name"] == name:
            del task["started"]
