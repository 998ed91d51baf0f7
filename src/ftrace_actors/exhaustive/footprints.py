"""Books that write down who reads and who writes what in them, for a search.

A book's object is one field of one record: `("task", "reader", "state")`.  A list in a field counts as written when it
is another one after the step; `changed` compares.  What a collector knows of each party is an object of its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from ..kernel.books import AllocationNumbers, GraceBook, OpsBook, RunQueue
from ..kernel.collector import Collector, Report
from ..kernel.locks import Mutex
from ..kernel.ops import Ops
from ..kernel.published import NOTHING, Published
from ..kernel.records import Record
from ..kernel.task import Task

if TYPE_CHECKING:
    from ..actors.noted import Notes
    from ..kernel.books import Books
    from ..kernel.boot import System

__all__ = ["NotedBooks"]

_CONTEXT = frozenset({"regs", "flags", "private", "pc", "daif", "mark_passed"})
"""A task's register context: nobody but the CPU that runs the task touches it."""

_FOR_PEOPLE = frozenset({"waits_on", "nivcsw"})
"""Fields that no actor decides by."""

_COLLECTORS = ("awaits", "kick")

_LISTS = frozenset(
    {
        ("queue", "queue"),
        ("mutex", "waiters"),
        ("task", "callbacks"),
        ("ops list", "registered"),
        ("ops list", "texts"),
    }
)
"""Fields that hold a list or a table, which may change although nobody assigns to the field."""


class NotedBooks:
    """Makes the books of a run write down what is touched in `notes`, by giving their records another class.

    The classes have no fields more, so a record can be given one and copied as before.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._classes: dict[Hashable, type[Any]] = {}
        self._watched: list[tuple[Any, type[Any]]] = []

    def watch(self, books: Books) -> None:
        """Have everything in these books write down what is touched."""
        for task in books.tasks:
            name = task.name
            for field in _COLLECTORS:
                self._collector(getattr(task, field), ("task", name, field))
            fields = frozenset(Task.STATE) - _CONTEXT - _FOR_PEOPLE - frozenset(_COLLECTORS)
            self._book(task, Task, ("task", name), fields)
        for queue in books.queues:
            fields = frozenset({"queue", "current", *RunQueue.STATE})
            self._book(queue, RunQueue, ("queue", queue.number), fields)
        for mutex in books.locks.mutexes.values():
            self._book(mutex, Mutex, ("mutex", mutex.name), frozenset(Mutex.STATE))
        for flavour, book in books.grace.items():
            self._collector(book.collector, ("grace", flavour))
            self._book(book, GraceBook, ("grace", flavour), frozenset({"view"}))
        self._book(books.numbers, AllocationNumbers, ("numbers",), frozenset({"drawn"}))
        ops = books.ops
        self._book(ops, OpsBook, ("ops list",), frozenset({"registered", "texts"}))
        for one in ops.ops.values():
            self._book(one, Ops, ("ops", one.name), frozenset({"addr", "prov", "registered", "live"}))
        for record in ops.records:
            fields = frozenset(
                {"word", "count", "enabled", "call_ops", "call_ops_enabled", "literal_value", "target"}
            )
            self._book(record, Record, ("record", record.function), fields)

    def changed(self, reads: Iterable[Hashable], before: System, after: System) -> list[Hashable]:
        """Of the lists that were read, those that hold something else after the step than before it."""
        return [
            name
            for name in reads
            if isinstance(name, tuple)
            and (name[0], name[-1]) in _LISTS
            and _content(name, before.books) != _content(name, after.books)
        ]

    def _book(self, record: Any, base: type[Any], name: tuple[Hashable, ...], fields: frozenset[str]) -> None:
        made = self._classes.get(name)
        if made is None:
            made = self._classes[name] = _noted(base, self._notes, name, fields)
        record.__class__ = made
        self._watched.append((record, base))

    def _collector(self, collector: Any, name: tuple[Hashable, ...]) -> None:
        key = (*name, "collector")
        made = self._classes.get(key)
        if made is None:
            made = self._classes[key] = _noted_collector(self._notes, key)
        collector.__class__ = made
        self._watched.append((collector, Collector))

    def release(self) -> None:
        """Give the books that are watched their own classes back: access to those takes a fraction of the time."""
        for record, base in self._watched:
            record.__class__ = base
        self._watched.clear()


def _noted(base: type[Any], notes: Notes, name: tuple[Hashable, ...], fields: frozenset[str]) -> type[Any]:
    """`base`, noting each access to one of `fields`."""
    names = {field: (*name, field) for field in fields}
    read = object.__getattribute__
    write = object.__setattr__

    def get(self: object, field: str) -> Any:
        if notes.on and field in names:
            notes.reads.add(names[field])
        return read(self, field)

    def put(self: object, field: str, value: object) -> None:
        if notes.on and field in names:
            notes.writes.add(names[field])
        write(self, field, value)

    return type(base.__name__, (base,), {"__slots__": (), "__getattribute__": get, "__setattr__": put})


class _NotedCollector(Collector[Any]):
    """A collector that notes, for each party, whether its report was asked for, made, or received."""

    __slots__ = ()

    notes: ClassVar[Notes]
    name: ClassVar[tuple[Hashable, ...]]

    def _reads(self, *what: Hashable) -> None:
        if self.notes.on:
            self.notes.reads.add((*self.name, *what))

    def _writes(self, *what: Hashable) -> None:
        if self.notes.on:
            self.notes.writes.add((*self.name, *what))

    def begin(self, parties: Iterable[Any] = (), *, view: Published = NOTHING) -> int:
        self._writes("asked")
        return super().begin(parties, view=view)

    def ask(self, party: Any) -> None:
        self._writes("asked")
        super().ask(party)

    def owes(self, party: Any) -> bool:
        self._reads("asked")
        self._reads("made", party)
        return super().owes(party)

    def report(self, party: Any) -> int:
        self._writes("made", party)
        return super().report(party)

    def receive(self, report: Report) -> bool:
        self._writes("received", report.party)
        return super().receive(report)

    def belongs(self, number: int) -> bool:
        self._reads("asked")
        return super().belongs(number)

    @property
    def waiting(self) -> list[Any]:
        for party in self._asked:
            self._reads("received", party)
        return super().waiting


def _noted_collector(notes: Notes, name: tuple[Hashable, ...]) -> type[Any]:
    """A class of collectors that are called `name` in `notes`."""
    return type(Collector.__name__, (_NotedCollector,), {"__slots__": (), "notes": notes, "name": name})


def _content(name: tuple[Hashable, ...], books: Books) -> Hashable:
    """What a list in a book holds."""
    match name:
        case "queue", int(number), _:
            held: Iterable[Any] = books.queues[number].queue
        case "task", str(task), _:
            held = books.tasks[task].callbacks
        case "mutex", str(mutex), _:
            held = books.locks.mutex(mutex).waiters
        case _, "registered":
            held = books.ops.registered
        case _:
            return tuple(books.ops.texts.items())
    return tuple(getattr(one, "name", one) for one in held)
