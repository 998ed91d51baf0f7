"""Registrations of ops: each from the call of register to the return of unregister, and which is an ops's newest."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from ..events import Register
from ..ordinals import At

__all__ = ["Registration", "Registrations"]


@dataclass(frozen=True, slots=True)
class Registration:
    """One registration of an ops, from the call of register to the return of unregister, as it is now.

    The attributes are the `Register` events of its four moments, None until they come.  A register that fails is
    over when it returns; `before` is the registration that was in force meanwhile, if any.
    """

    ops: str
    called: Register
    before: Registration | None = None
    returned: Register | None = None
    unregister_called: Register | None = None
    unregister_returned: Register | None = None

    @property
    def number(self) -> int:
        """What tells registrations apart: the values of one registration at two moments have the same number."""
        return self.called.seq

    @property
    def over(self) -> bool:
        """Unregister has returned, or register has failed."""
        return self.unregister_returned is not None

    @property
    def failed(self) -> bool:
        """It never came to be: register returned an error."""
        return self.unregister_returned is not None and not self.unregister_returned.unregister

    @property
    def wanted(self) -> bool:
        """True while nobody has asked for the end of this registration."""
        return self.unregister_called is None

    def wanted_at(self, seq: int) -> bool:
        """True when nobody had asked, before event `seq`, for the end of this registration."""
        return self.unregister_called is None or self.unregister_called.seq > seq

    def state(self) -> tuple[Hashable, ...]:
        """What matters of it from here on, and of those that it may give way to.

        Whether it `failed` is only said in words.  Where its register returned is asked while it is wanted: for calls
        whose CPU had synchronized its context since.
        """
        view = At(self.returned.view) if self.returned is not None and self.wanted else None
        before = () if self.before is None else self.before.state()
        return (self.wanted, view, self.over, before)


class Registrations:
    """All that there were.

    Attributes:
        newest: ops name -> its newest registration.
    """

    __slots__ = ("_numbered", "newest")

    def __init__(self) -> None:
        self.newest: dict[str, Registration] = {}
        self._numbered: dict[int, Registration] = {}
        """Number -> the registration as it is now, also of those that gave way to others."""

    def numbered(self, number: int) -> Registration:
        """A registration by its number, as it is now."""
        return self._numbered[number]

    def copy(self) -> Registrations:
        """Independent of these; a registration is a value."""
        other = Registrations()
        other.newest = self.newest.copy()
        other._numbered = self._numbered.copy()
        return other

    def state(self) -> tuple[Hashable, ...]:
        """What matters of each ops's newest one; the others are asked by whoever noted their numbers."""
        return tuple(sorted([(name, newest.state()) for name, newest in self.newest.items()]))

    def on_register(self, event: Register) -> None:
        """Register or unregister is called, or returns."""
        registration = self.newest.get(event.ops)
        if not event.unregister and not event.returns:
            before = None if registration is None or registration.over else registration
            self._registered(Registration(event.ops, event, before))
        elif registration is None:
            return
        elif not event.unregister:
            self._register_returned(event, registration)
        elif not event.returns:
            if not registration.over:
                self._registered(replace(registration, unregister_called=event))
        elif event.errno == 0:
            self._registered(replace(registration, unregister_returned=event))

    def _register_returned(self, event: Register, registration: Registration) -> None:
        if event.errno == 0:
            self._registered(replace(registration, returned=event))
        elif registration.before is not None:  # it was registered already, and still is
            self.newest[event.ops] = registration.before
        else:
            self._registered(replace(registration, unregister_called=event, unregister_returned=event))

    def _registered(self, registration: Registration) -> None:
        """The newest registration of its ops is now this one, or as this one says."""
        self.newest[registration.ops] = registration
        self._numbered[registration.number] = registration
