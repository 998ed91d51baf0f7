"""An actor holds mailboxes and books, never another actor: read from the syntax trees of the kernel.

Two rules, for every module but `boot`, which puts actors together and lets nobody see them:

* no annotation names a class of actors, so none can be a parameter or an attribute.  The modules that a CPU is made of
  take the CPU itself as their first parameter, called `cpu`, and nothing else;
* nothing is assigned to an attribute two dots away from a name (`self.core.view = 1`), unless the attribute in between
  is a book, the machine, or something that the actor made for itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.sources import PACKAGE as ROOT

KERNEL = ROOT / "kernel"
EXEMPT = {"boot.py"}
BASE = "KernelActor"
OF_THE_CPU = {"marked.py", "service.py", "task_actions.py", "task_locks.py"}
OWN = {"pe", "conductor", "collector", "rq", "core_view", "record", "image"}
"""What an actor may write through: its PE, its run queue, collectors (books), the conductor's counters."""


def actor_classes(sources: dict[str, str]) -> set[str]:
    """Names of all classes that derive from the base of actors, however far."""
    bases: dict[str, set[str]] = {}
    for text in sources.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {_head(base) for base in node.bases}
    found = {BASE}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


def _head(node: ast.expr) -> str:
    return _head(node.value) if isinstance(node, ast.Subscript) else getattr(node, "id", "")


def complaints(name: str, text: str, actors: set[str]) -> list[str]:
    tree = ast.parse(text)
    return [f"{name}:{line}: {what}" for line, what in (*_annotated(name, tree, actors), *_assigned(tree))]


def _annotated(name: str, tree: ast.AST, actors: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            for at, argument in enumerate(arguments):
                itself = name in OF_THE_CPU and at == 0 and argument.arg == "cpu"
                if node.name == "assume" or itself:
                    continue  # `assume` is given the same actor of another run, to copy it
                for actor in _named(argument.annotation, actors):
                    yield argument.lineno, f"the parameter {argument.arg} is an actor, {actor}"
        elif isinstance(node, ast.AnnAssign):
            for actor in _named(node.annotation, actors):
                yield node.lineno, f"an attribute is an actor, {actor}"


def _named(annotation: ast.expr | None, actors: set[str]) -> list[str]:
    if annotation is None:
        return []
    words = [node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)]
    texts = [node.value for node in ast.walk(annotation) if isinstance(node, ast.Constant)]
    return sorted({*words, *(text for text in texts if isinstance(text, str))} & actors)


def _assigned(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            for each in ast.walk(target):
                if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
                    inner = each.value
                    if isinstance(inner, ast.Attribute) and inner.attr.lstrip("_") not in OWN:
                        yield node.lineno, f"assigns {ast.unparse(each)}"


def sources() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(KERNEL.glob("*.py"))}


def test_no_actor_holds_or_changes_another() -> None:
    texts = sources()
    actors = actor_classes(texts)
    assert {"Cpu", "TracingCore", "TextPatcher", "OpsAllocator", "Rcu", "RcuTasks"} <= actors
    found = [
        complaint
        for name, text in texts.items()
        if name not in EXEMPT
        for complaint in complaints(name, text, actors)
    ]
    assert found == []


def test_no_actor_knows_the_whole_system() -> None:
    """Nothing but `boot` and its other name for it may even import `System`."""
    for name, text in sources().items():
        if name not in EXEMPT:
            imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
            assert not {node.module for node in imports} & {"boot", "system"}, name


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def __init__(self, core: TracingCore): ...", "the parameter core is an actor, TracingCore"),
        ("def f(x: 'list[int]', cpus: Sequence[Cpu]): ...", "the parameter cpus is an actor, Cpu"),
        ("def f(self):\n    self._core: TracingCore = found()", "an attribute is an actor, TracingCore"),
        ("def f(self):\n    self._allocator.allocations += 1", "assigns self._allocator.allocations"),
        ("def f(system):\n    system.cpus[0].rq.x, system.rude.view = 1, 2", "assigns system.rude.view"),
        ("def f(cpu: Switching): ...", "the parameter cpu is an actor, Switching"),
    ],
)
def test_a_planted_violation_is_found(text: str, complaint: str) -> None:
    actors = {"TracingCore", "Cpu", "Switching"}
    assert [found.partition(": ")[2] for found in complaints("patcher.py", text, actors)] == [complaint]
    assert not complaints("service.py", "def f(cpu: Switching, task: Task): ...", actors)
