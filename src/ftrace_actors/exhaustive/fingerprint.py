"""A run in the middle as a value that is equal wherever the same can still happen: the key of a search.

`System.state` has numbers in it that say how the run came there.  Here positions of the timeline are ranks among those
that matter (`arm64.canonical`), events are known by their order among those that a check still remembers, and what
nobody reads any more is left out: the context of a dead task, counts of the past, causes of events.

Each part is written down as a shape, which holds no such number, and the numbers it would hold, in order; parts that
have not changed since the last state need not be written down again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any

from ..actors.mailbox import Address
from ..arm64.canonical import Ranks, context, dependency, kept, private, registers
from ..kernel.books import RunQueue
from ..kernel.published import Published
from ..kernel.task import DEAD
from ..ordinals import At, Seq

if TYPE_CHECKING:
    from ..actors.conductor import Conductor
    from ..actors.mailbox import Letters
    from ..actors.noted import NotedConductor
    from ..arm64.pe import PE
    from ..kernel.actor import KernelActor
    from ..kernel.books import OpsBook
    from ..kernel.boot import System
    from ..kernel.cpu import Cpu
    from ..kernel.task import Task

__all__ = ["Part", "Parts", "controls", "fingerprint", "parts"]

_ATOMS = frozenset({int, str, bool, float, bytes, type(None)})
_FIELDS: dict[type[Any], tuple[str, ...]] = {}
"""The fields of the classes seen so far."""

_VIEW = "view"
"""A field of this name that holds a number holds a position of the timeline."""

_LEFT_OUT = frozenset({"cause", "nivcsw", "waits_on"})
_OF_MIGRATION = frozenset({"switch_view", "cpu_before"})
_OF_BUSY_QUEUE = tuple([name for name in RunQueue.STATE if name != "idle_view"])
_OF_CONTEXT = frozenset({"regs", "flags", "private", "pc", "daif", "mark_passed"})


class _Writer:
    __slots__ = ("ats", "out", "seqs")

    def __init__(self) -> None:
        self.out: list[Hashable] = []
        self.ats: list[int] = []
        self.seqs: list[int] = []

    def write(self, value: Any) -> None:
        """Add a value, of whatever kind: plain, a list, a book, a message."""
        kind = value.__class__
        if kind in _ATOMS:
            self.out.append(value)
        elif kind is Published:
            self.ats.append(value.view)
            self.out.append(tuple([cpu for cpu, _ in value.by]))
            self.seqs.extend([seq for _, seq in value.by])
        elif kind in (list, tuple):
            self.out.append(len(value))
            for one in value:
                self.write(one)
        elif kind is dict:
            self.write(sorted(value.items(), key=_first))
        elif kind in (set, frozenset):
            self.out.append(tuple(sorted(value, key=repr)))
        else:
            self._write_object(value, kind)

    def _write_object(self, value: Any, kind: type[Any]) -> None:
        if isinstance(value, Enum):
            self.out.append(value.value)
        elif isinstance(value, Address):
            self.out.append(value.label)
        else:
            self.out.append(kind.__name__)
            fields = _FIELDS.get(kind)
            if fields is None:
                fields = _FIELDS[kind] = _fields_of(kind)
            for name in fields:
                field = getattr(value, name)
                if name == _VIEW and field.__class__ is int:
                    self.ats.append(field)
                else:
                    self.write(field)


def _first(item: tuple[Any, Any]) -> str:
    return repr(item[0])


def _fields_of(kind: Any) -> tuple[str, ...]:
    """What makes up the state of an object of some class."""
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else kind.STATE
    return tuple([name for name in names if name not in _LEFT_OUT])


Part = tuple[tuple[Hashable, ...], tuple[int, ...], tuple[int, ...]]
"""A part of a state: its shape, the positions of the timeline in it, and the numbers of events in it."""

Parts = dict[Hashable, Part]


def parts(system: System, known: Parts | None = None, changed: Collection[Hashable] = ()) -> Parts:
    """The kernel's actors and books, each written down; of those in `known` only what is in `changed` is, anew.

    The names are those of `footprints`: `("task", name)`, `("queue", number)`, `("actor", id)`, and so on.
    """
    found: Parts = {}
    for name, make in _makers(system):
        if known is not None and name not in changed:
            found[name] = known[name]
        else:
            w = _Writer()
            make(w)
            found[name] = (tuple(w.out), tuple(w.ats), tuple(w.seqs))
    return found


def _makers(system: System) -> Iterator[tuple[Hashable, Callable[[_Writer], None]]]:
    """Every part by name, and what writes it."""
    books = system.books
    for actor in system.actors:
        yield ("actor", actor.id), partial(_actor, actor)
    for queue in books.queues:
        yield ("queue", queue.number), partial(_queue, queue)
    for task in books.tasks:
        yield ("task", task.name), partial(_task, task)
    for mutex in books.locks.mutexes.values():
        yield ("mutex", mutex.name), partial(_fields, mutex, mutex.STATE)
    ops = books.ops
    for one in ops.ops.values():
        yield ("ops", one.name), partial(_value, one)
    for record in ops.records:
        yield ("record", record.function), partial(_value, record)
    yield ("ops list",), partial(_ops_list, ops)
    yield ("numbers",), partial(_fields, books.numbers, ("drawn",))
    for flavour, book in books.grace.items():
        yield ("grace", flavour), partial(_fields, book, ("collector", "view"))


def _value(value: object, w: _Writer) -> None:
    w.write(value)


def _fields(holder: object, names: Iterable[str], w: _Writer) -> None:
    for name in names:
        if name not in _LEFT_OUT:
            value = getattr(holder, name)
            if name == _VIEW and value.__class__ is int:
                w.ats.append(value)
            else:
                w.write(value)


def _actor(actor: KernelActor[Any], w: _Writer) -> None:
    _fields(actor, actor.STATE, w)


def _queue(queue: RunQueue, w: _Writer) -> None:
    w.out.append("" if queue.current is None else queue.current.name)
    w.write([task.name for task in queue.queue])
    # What a busy CPU had completed when it was idle last is written anew before it is idle again.
    _fields(queue, queue.STATE if queue.idle else _OF_BUSY_QUEUE, w)


def _task(task: Task, w: _Writer) -> None:
    w.out.append(task.state)
    if task.state == DEAD:
        return
    for name in task.STATE:
        if name in _OF_CONTEXT or name in _LEFT_OUT:
            continue
        if len(task.cpus) == 1 and name in _OF_MIGRATION:
            continue
        w.write(getattr(task, name))


def _ops_list(ops: OpsBook, w: _Writer) -> None:
    w.write([one.name for one in ops.registered])
    w.write(ops.texts)


def fingerprint(system: System, last: int, seen: Hashable, known: Parts) -> Hashable:
    """The run as a value.

    `last` is who moved last, `seen` the state of whatever observes it (`Checker.state`), `known` what `parts` said.
    """
    ats: list[int] = []
    seqs: list[int] = []
    _gather(seen, ats, seqs)
    books, machine, conductor = system.books, system.machine, system.conductor
    timeline, pes = machine.timeline, machine.pes
    left = kept(timeline, pes, system.image.program.modifiable)
    ranks = Ranks((*left.positions, *ats))
    events = Ranks(seqs)
    rank, number = ranks.of, events.of
    w = _Writer()
    for label, envelopes in conductor.mail():
        w.out.append(label)
        w.out.append(len(envelopes))
        for envelope in envelopes:
            w.out.append(envelope.sender)
            w.write(envelope.payload)
    running = {queue.current.name for queue in books.queues if queue.current is not None}
    return (
        tuple(
            [
                (shape, tuple([rank(at) for at in its]), tuple([number(seq) for seq in of]))
                for shape, its, of in known.values()
            ]
        ),
        (tuple(w.out), tuple(map(rank, w.ats)), tuple(map(number, w.seqs))),
        tuple(
            [
                _context(task, ranks, _completed(task, pes))
                for task in books.tasks
                if task.name not in running and task.state != DEAD
            ]
        ),
        left.memory(ranks),
        tuple(
            [
                (
                    () if current is None else context(pe, ranks, _completed(current, pes)),
                    left.machine(pe, at, ranks),
                )
                for at, (pe, current) in enumerate(
                    zip(pes, [queue.current for queue in books.queues], strict=True)
                )
            ]
        ),
        tuple(sorted(machine.reserved)),
        _conducting(conductor, last),
        _ranked(seen, ranks, events),
    )


def _completed(task: Task, pes: Sequence[PE]) -> int:
    """What DSBs completed on every CPU on which a task may run."""
    return min([pes[cpu].dsb for cpu in task.cpus])


def _context(task: Task, ranks: Ranks, completed: int) -> Hashable:
    """The register context of a task that does not run."""
    nzcv, v, d = task.flags
    return (
        registers(task.regs, ranks, completed),
        (nzcv, *dependency(v, d, ranks, completed), task.pc, task.daif, task.mark_passed),
        private(task.private, ranks, completed),
    )


def _gather(value: Any, ats: list[int], seqs: list[int]) -> None:
    """The positions and event numbers in a state of the checks."""
    kind = value.__class__
    if kind is tuple:
        for one in value:
            _gather(one, ats, seqs)
    elif kind is At:
        ats.append(value)
    elif kind is Seq:
        seqs.append(value)


def _ranked(value: Any, ats: Ranks, seqs: Ranks) -> Hashable:
    """The same state with ranks in the place of numbers."""
    kind = value.__class__
    if kind is tuple:
        return tuple([_ranked(one, ats, seqs) for one in value])
    if kind is At:
        return ("at", ats.of(value))
    if kind is Seq:
        return ("seq", seqs.of(value))
    ranked: Hashable = value.value if isinstance(value, Enum) else value
    return ranked


def _conducting(conductor: Conductor, last: int) -> Hashable:
    now = conductor.now
    rounds = conductor._rounds.state()
    return (
        last,
        rounds[2] if rounds[1] == conductor.progress else (),
        tuple(
            [
                (
                    actor.op,
                    actor.obj,
                    actor.point,
                    actor.finished,
                    actor.timed,
                    actor.due - now if actor.timed else 0,
                    actor.fired,
                )
                for actor in conductor.actors
            ]
        ),
    )


def controls(system: System, conductor: NotedConductor) -> list[Hashable]:
    """Where each actor is, by id, without numbers: what it does next depends on this, but for the values it finds."""
    mail = conductor.awaited_mail()
    return [
        *(_control_of_cpu(system, cpu) for cpu in system.cpus),
        *(_control_of_service(service, mail.get(service.id, [])) for service in system.services.values()),
    ]


def _control_of_service(actor: KernelActor[Any], mail: list[tuple[str, tuple[int, ...]]]) -> Hashable:
    w = _Writer()
    for name in actor.STATE:
        if name not in _LEFT_OUT and name != _VIEW:
            w.write(getattr(actor, name))
    return (actor.id, actor.op, actor.obj, actor.point, tuple(w.out), tuple(sorted(mail)))


def _control_of_cpu(system: System, cpu: Cpu) -> Hashable:
    """The tasks that may run on it belong to that."""
    w = _Writer()
    letters = system.conductor.letters
    queue, number = cpu.rq, cpu.number
    current = queue.current
    w.write(cpu.agenda)
    tasks = [
        (
            task.name,
            task.state,
            task.on_rq,
            task.mode.value,
            task.position,
            task.calls_left,
            task.routine,
            task.woken,
            cpu.pe.pc if task is current else task.pc,
            _senders(letters(task.mailbox)),
        )
        for task in system.books.tasks
        if number in task.cpus and task.state != DEAD
    ]
    return (
        cpu.id,
        cpu.op,
        cpu.obj,
        cpu.point,
        tuple(w.out),
        "" if current is None else current.name,
        tuple([task.name for task in queue.queue]),
        queue.need_resched,
        queue.lazy_resched,
        tuple(tasks),
        _senders(letters(cpu.inbox)),
        cpu.ticks_left,
    )


def _senders(letters: Letters) -> tuple[int, ...]:
    return tuple([sender for _, sender in letters.arrivals])
