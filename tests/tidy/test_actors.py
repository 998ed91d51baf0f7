"""An actor holds mailboxes and books, never another actor: read from the syntax trees of the kernel.

Four rules, for every module but `boot`, which puts actors together and lets nobody see them:

* the name of a class of actors is there to be derived from, and for nothing else: no annotation, alias, call or test
  has it, so no actor can be a parameter, an attribute, a result or a local variable that types know.  The modules that
  a CPU is made of take the CPU itself as their first parameter, called `cpu`;
* no protocol but those of `PROTOCOLS` is there, for an actor could satisfy it;
* attributes are assigned on what tests/kernel_books.py and `ALSO_WRITTEN` list, in the modules that they list, never by
  `setattr`;
* nobody but `boot` names `System` or `Conductor`, which know all actors, or imports `boot`.

A variable may be called what it is not.  What neither types nor names show, tests/kernel/test_isolation.py looks for in
runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.kernel_books import SHARED_STATE
from tests.tidy.sources import PACKAGE as ROOT

KERNEL = ROOT / "kernel"
EXEMPT = {"boot.py"}
BASES = {"Actor", "KernelActor"}
"""The roots; `Conductor` and `System` know all actors, so they are as good as one."""
KNOW_ALL = {"Conductor", "System"}
OF_THE_CPU = {"marked.py", "service.py", "task_actions.py", "task_locks.py", "watcher.py"}
ALSO_WRITTEN = {
    "self": "",  # an actor's own; a book's own
    "conductor": "cpu",  # its count of progress, on the hot path of a CPU
    "image": "build initial",  # before anything runs
    "self.image": "placing",  # the same
    "module": "own",  # a user's design as Python sees it
}
"""On what else than books and the PE an attribute may be assigned -> the modules that may, "" for all."""
COPYING = ("copy", "assume", "_copy_to")
"""In these an object fills in a copy of itself, which is called `other` and known to nobody else yet."""
PROTOCOLS = {"Answered", "Conducting", "Core", "Stateful"}
"""The classes that describe others by what they offer; with one more, an actor could be held without its name."""
MAY_REFLECT = {"values.py", "own.py"}
"""What copies states by the names of their fields, and what reads a user's class."""


def sources() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(KERNEL.rglob("*.py"))}


def actor_classes(texts: dict[str, str]) -> set[str]:
    """Names of all classes that derive from the bases of actors, however far."""
    bases: dict[str, set[str]] = {}
    for text in texts.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {_head(base) for base in node.bases}
    found = set(BASES)
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


def _head(node: ast.expr) -> str:
    return _head(node.value) if isinstance(node, ast.Subscript) else getattr(node, "id", "")


def complaints(name: str, text: str, actors: set[str]) -> list[str]:
    tree = ast.parse(text)
    known = actors | KNOW_ALL
    known |= {alias.asname for alias in _aliases(tree) if alias.asname and alias.name in known}
    found = [*_mentioned(name, tree, known), *_protocols(tree), *_assigned(name, tree)]
    return [f"{name}:{line}: {what}" for line, what in sorted(set(found))]


def _aliases(tree: ast.AST) -> Iterator[ast.alias]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from node.names


def _mentioned(name: str, tree: ast.AST, known: set[str]) -> Iterator[tuple[int, str]]:
    """Where a class of actors is named for anything but to be derived from."""
    allowed = {id(node) for node in _allowed(name, tree)}
    for node in ast.walk(tree):
        if id(node) in allowed:
            continue
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) if word in known:
                yield node.lineno, f"names {word}"
            case ast.Constant(value=str(quoted)):
                for word in _annotated(quoted) & known:
                    yield node.lineno, f"names {word}"


def _allowed(name: str, tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that may name one: bases, `Base.STATE`, the CPU of its own modules, the twin that `assume` copies."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(bases=bases):
                for base in bases:
                    yield from ast.walk(base)
            case ast.Attribute(value=ast.Name() as base, attr="STATE"):
                yield base
            case ast.Assign(targets=[ast.Name(id="__all__")], value=listed):
                yield from ast.walk(listed)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                taken = [one for one in (*node.args.posonlyargs, *node.args.args) if one.arg != "self"]
                first = taken[:1]
                if node.name == "assume":
                    first = node.args.args
                elif name not in OF_THE_CPU or [one.arg for one in first] != ["cpu"]:
                    first = []
                for argument in first:
                    if argument.annotation is not None:
                        yield from ast.walk(argument.annotation)


def _annotated(quoted: str) -> set[str]:
    """The names in a string that is a type."""
    try:
        tree = ast.parse(quoted, mode="eval")
    except SyntaxError:
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _protocols(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Classes that say what an actor offers without naming it."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name, bases=bases) if name not in PROTOCOLS:
                if "Protocol" in map(_head, bases):
                    yield node.lineno, f"defines the protocol {name}"


def _assigned(name: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Where an attribute of something else is assigned or deleted, in whatever kind of statement."""
    copies = {id(node) for node in _within_copying(tree)}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="other"), ctx=ast.Store()) if id(node) in copies:
                continue
            case ast.Attribute(ctx=ast.Store() | ast.Del()) if not _may_write(name, ast.unparse(node.value)):
                yield node.lineno, f"assigns {ast.unparse(node)}"
            case ast.Name(id="setattr" | "delattr" | "vars" as called) if name not in MAY_REFLECT:
                yield node.lineno, f"uses {called}"
            case ast.Attribute(attr="__setattr__" | "__dict__" as called) if name not in MAY_REFLECT:
                yield node.lineno, f"uses {called}"


def _within_copying(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in COPYING:
            yield from ast.walk(node)


def _may_write(name: str, target: str) -> bool:
    module = name.removesuffix(".py")
    modules = ALSO_WRITTEN.get(target)
    if modules is not None:
        return not modules or module in modules.split()
    return any(target in written.names and module in written.modules for written in SHARED_STATE)


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
        ("def __init__(self, core: TracingCore): ...", "names TracingCore"),
        ("def f(x: 'list[int]', cpus: Sequence[Cpu]): ...", "names Cpu"),
        ("def f(x: 'Cpu | None'): ...", "names Cpu"),
        ("def f(*cpus: Cpu): ...", "names Cpu"),
        ("def f(**cpus: Cpu): ...", "names Cpu"),
        ("def f(cpu: Switching): ...", "names Switching"),
        ("def core() -> TracingCore: ...", "names TracingCore"),
        ("def f(self):\n    self._core: TracingCore = found()", "names TracingCore"),
        ("class A:\n    core: TracingCore", "names TracingCore"),
        ("def f(self):\n    self._core = TracingCore()", "names TracingCore"),
        ("Peer = TracingCore", "names TracingCore"),
        ("Peer: TypeAlias = 'TracingCore'", "names TracingCore"),
        ("T = TypeVar('T', bound=Cpu)", "names Cpu"),
        ("T = TypeVar('T', bound='Cpu')", "names Cpu"),
        ("def f(x):\n    if isinstance(x, Cpu): ...", "names Cpu"),
        ("match x:\n    case Cpu(): ...", "names Cpu"),
        ("from .cpu import Cpu as Engine\ndef f(x: Engine): ...", "names Engine"),
        ("from . import cpu\ndef f(x: cpu.Cpu): ...", "names Cpu"),
        ("def f(x: Conductor): ...", "names Conductor"),
        ("def f(self):\n    self._allocator.allocations += 1", "assigns self._allocator.allocations"),
        ("def f(self):\n    self.peers[0].view = 1", "assigns self.peers[0].view"),
        ("def f(system):\n    system.cpus[0].rq.x, _ = 1, 2", "assigns system.cpus[0].rq.x"),
        ("def f(self):\n    core = self.core\n    core.view = 1", "assigns core.view"),
        ("def f(self):\n    other = self.core\n    other.view = 1", "assigns other.view"),
        ("def f(self, pe):\n    pe.daif = 0", "assigns pe.daif"),
        ("def f(self, task):\n    task.errno = 1", "assigns task.errno"),
        ("class Viewing(Protocol):\n    view: int", "defines the protocol Viewing"),
        ("class Viewing(Protocol[T]):\n    view: int", "defines the protocol Viewing"),
        ("def f(self):\n    for self.core.view in (1, 2): ...", "assigns self.core.view"),
        ("def f(self):\n    with x as self.core.view: ...", "assigns self.core.view"),
        ("def f(self):\n    del self.core.view", "assigns self.core.view"),
        ("def f(self):\n    setattr(self.core, 'view', 1)", "uses setattr"),
        ("def f(self):\n    vars(self.core)['view'] = 1", "uses vars"),
        ("def f(self):\n    object.__setattr__(self.core, 'view', 1)", "uses __setattr__"),
        ("def f(self):\n    self.core.__dict__['view'] = 1", "uses __dict__"),
    ],
)
def test_a_planted_violation_is_found(text: str, complaint: str) -> None:
    actors = {"TracingCore", "Cpu", "Switching"}
    assert [found.partition(": ")[2] for found in complaints("patcher.py", text, actors)] == [complaint]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("service.py", "def f(cpu: Switching, task: Task): ..."),
        ("cpu.py", "class Cpu(Switching):\n    STATE = (*Switching.STATE, 'x')"),
        ("rcu.py", "class Rcu(GraceKthread[Collect]):\n    def f(self):\n        self.x = 1"),
        ("cpu.py", "__all__ = ['Cpu']\nfrom .cpu import Cpu"),
        ("service.py", "def f(cpu, task):\n    task.routine = cpu.pe.pc = 1"),
        ("books.py", "class Book:\n    def copy(self):\n        other = Book()\n        other.view = 1"),
    ],
)
def test_what_actors_are_made_of_is_not(name: str, text: str) -> None:
    assert not complaints(name, text, {"Cpu", "Switching", "GraceKthread", "Rcu"})
