"""Turns what a PE reports into events: the `Observer` of every CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import Barrier, Exc, Fault, Fetch, Load, Maintain, Store, Sync, Unpredictable

if TYPE_CHECKING:
    from .switching import Switching

__all__ = ["Watcher"]


class Watcher:
    """Observes the PE of one CPU, and reads of that CPU for which task, and why, it acts."""

    __slots__ = ("_conductor", "_cpu", "_log", "_number", "name")

    def __init__(self, cpu: Switching) -> None:
        self._cpu = cpu
        self._log = cpu.log
        self._conductor = cpu.conductor
        self._number = cpu.number
        self.name = cpu.name

    def loaded(self, addr: int, size: int, value: int, t: int, pointer: int, prov: int) -> None:
        """A shared read."""
        log, cpu = self._log, self._cpu
        log.emit(
            Load(
                log.seq,
                self._conductor.steps,
                self.name,
                self._number,
                cpu.acting,
                cpu.cause,
                addr,
                size,
                value,
                t,
                pointer,
                prov,
            )
        )

    def stored(self, addr: int, size: int, value: int, t: int, pointer: int, prov: int) -> None:
        """A shared write."""
        log, cpu = self._log, self._cpu
        log.emit(
            Store(
                log.seq,
                self._conductor.steps,
                self.name,
                self._number,
                cpu.acting,
                cpu.cause,
                addr,
                size,
                value,
                t,
                pointer,
                prov,
            )
        )

    def fetched(self, addr: int, word: int, t: int, floor: int, newest: int, sync: int) -> None:
        """A fetch of a modifiable word."""
        log, cpu = self._log, self._cpu
        log.emit(
            Fetch(
                log.seq,
                self._conductor.steps,
                self.name,
                self._number,
                cpu.acting,
                cpu.cause,
                addr,
                word,
                t,
                floor,
                newest,
                sync,
            )
        )

    def barrier(self, name: str, view: int) -> None:
        """A DMB or DSB."""
        log, cpu = self._log, self._cpu
        log.emit(
            Barrier(
                log.seq, self._conductor.steps, self.name, self._number, cpu.acting, cpu.cause, name, view
            )
        )

    def maintained(self, name: str, addr: int, t: int) -> None:
        """A DC, IC or completion."""
        log, cpu = self._log, self._cpu
        log.emit(
            Maintain(
                log.seq,
                self._conductor.steps,
                self.name,
                self._number,
                cpu.acting,
                cpu.cause,
                name,
                addr,
                t,
            )
        )

    def synchronized(self, reason: str, tau: int) -> None:
        """A context synchronization event."""
        log, cpu = self._log, self._cpu
        log.emit(
            Sync(log.seq, self._conductor.steps, self.name, self._number, cpu.acting, cpu.cause, reason, tau)
        )

    def unpredictable(self, reason: str, addr: int, t: int) -> None:
        """CONSTRAINED UNPREDICTABLE."""
        log, cpu = self._log, self._cpu
        log.emit(
            Unpredictable(
                log.seq,
                self._conductor.steps,
                self.name,
                self._number,
                cpu.acting,
                cpu.cause,
                reason,
                addr,
                t,
            )
        )

    def faulted(self, reason: str, addr: int, prov: int) -> None:
        """A synchronous exception."""
        log, cpu = self._log, self._cpu
        log.emit(
            Fault(
                log.seq,
                self._conductor.steps,
                self.name,
                self._number,
                cpu.acting,
                cpu.cause,
                reason,
                addr,
                prov,
            )
        )

    def exception(self, entry: bool, reason: str) -> None:
        """An exception was taken or returned from."""
        log, cpu = self._log, self._cpu
        log.emit(
            Exc(
                log.seq,
                self._conductor.steps,
                self.name,
                self._number,
                cpu.acting,
                cpu.cause,
                entry,
                reason,
            )
        )
