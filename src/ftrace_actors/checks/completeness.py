"""INV-COMPL: no call is lost.

Two promises, of different strength.

(a) *After register.*  Nobody kicks the other CPUs, so a CPU may run a stale NOP after register returned.  It counts
from its first context synchronization event whose fetch view covers everything the registrant had completed; from
there until unregister is *called*, every call there is seen.  A caller may claim more (`Claim`): from there on its own
calls count whether its CPU synchronized or not.

(b) *By the branch itself.*  A call that executes the BL which patch p wrote took part in p, whatever its CPU knew: it
must find p's literal or a newer one, or the list ops, and end in a callback of every ops the patch serves.  An ops
whose unregister was called before the call got through is not owed.

A callback protected by a guard may call a traced function itself: such a call is owed nothing once it comes to the
list, which leaves it out so that nothing recurses.

A fetch may take a BL whose store executes only later (it became visible early), so (b) is judged when the patch has
ended, with what stood at the time of the call.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Self

from ..events import Body, Claim, Event, Fetch, Load, Patch, Store, Sync
from ..words import Severity
from .checker import Check, Findings
from .open_calls import OpenCall
from .owed import Owed, Passed, names_list, traces
from .patches import Patches, Patching, is_bl
from .registrations import Registration
from .scene import Handlers, Scene

__all__ = ["Completeness"]


class Completeness(Check):
    """See the module."""

    __slots__ = ("_claims", "_flags", "_patches", "_reads", "_stores", "_syncs", "_waiting")

    name: ClassVar[str] = "INV-COMPL"
    about: ClassVar[str] = (
        "a call that counts for a registration, or that runs the branch a patch wrote, ends in every callback owed"
    )

    def __init__(self) -> None:
        self._patches = Patches()
        self._waiting: list[Passed] = []
        """Calls that ran a BL whose patch is not over, or not known."""
        self._claims: dict[tuple[str, str], list[tuple[Claim, int]]] = {}
        """(task, function) -> the claims, each with the number of a registration that it speaks for."""
        self._reads: dict[str, Load] = {}
        """Task -> its newest read, other than of a literal."""
        self._flags: dict[int, Load] = {}
        """Claim -> the read before it: how the caller was notified."""
        self._stores: dict[int, Store] = {}
        """Order -> the store there."""
        self._syncs: list[Sync] = []

    def handlers(self) -> Handlers:
        """Patches and their stores, claims with what they rest on, and the end of calls."""
        return {
            Patch: self._on_patch,
            Store: self._on_store,
            Load: self._on_load,
            Sync: self._on_sync,
            Claim: self._on_claim,
            Body: self._on_body,
        }

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """See `Check.copy`."""
        other = super().copy(scene, findings)
        other._patches = self._patches.copy()
        other._waiting = self._waiting.copy()
        other._claims = {key: told.copy() for key, told in self._claims.items()}
        other._reads = self._reads.copy()
        other._flags = self._flags.copy()
        other._stores = self._stores.copy()
        other._syncs = self._syncs.copy()
        return other

    def state(self) -> Hashable:
        """See `owed.py`; `_reads`, `_flags`, `_stores` and `_syncs` are words and proofs."""
        return Owed(self.scene, self._patches).state(self._waiting, self._claims)

    def finish(self) -> None:
        """Judge the calls whose patch never ended; a BL nobody wrote in this run is owed nothing."""
        for passed in self._waiting:
            patch = self._patches.of_branch(passed.body.function, passed.fetch.order)
            if patch is not None:
                self._judge_branch(passed, patch)
        self._waiting.clear()

    # -- what the patcher does ------------------------------------------------------------------------------------

    def _on_patch(self, event: Patch) -> None:
        if event.begins:
            current = self.scene.registrations.newest
            self._patches.began(event, tuple(current[ops].number for ops in event.ops if ops in current))
        elif self._patches.ended(event):
            self._settle()

    def _on_store(self, event: Store) -> None:
        self._stores[event.order] = event
        self._patches.stored(event, self.scene)

    def _settle(self) -> None:
        """Judge the calls whose patch has ended meanwhile."""
        left: list[Passed] = []
        for passed in self._waiting:
            patch = self._patches.of_branch(passed.body.function, passed.fetch.order)
            if patch is None or not patch.ended:
                left.append(passed)
            else:
                self._judge_branch(passed, patch)
        self._waiting = left

    # -- what callers do ------------------------------------------------------------------------------------------

    def _on_load(self, event: Load) -> None:
        if event.addr not in self.scene.literals:
            self._reads[event.task] = event

    def _on_sync(self, event: Sync) -> None:
        self._syncs.append(event)

    def _on_claim(self, event: Claim) -> None:
        if event.task in self._reads:
            self._flags[event.seq] = self._reads[event.task]
        told = self._claims.setdefault((event.task, event.function), [])
        for registration in self.scene.registrations.newest.values():
            if registration.returned is not None and traces(self.scene, registration, event.function):
                told.append((event, registration.number))

    def _on_body(self, event: Body) -> None:
        call = self.scene.ended
        if call is None or call.fetch is None or self._left_out(call, call.fetch):
            return
        fetch = call.fetch
        self._judge_registered(call, fetch, event)
        if is_bl(fetch.word):
            passed = Passed(call, fetch, event)
            patch = self._patches.of_branch(event.function, fetch.order)
            if patch is not None and patch.ended:
                self._judge_branch(passed, patch)
            else:
                self._waiting.append(passed)

    def _left_out(self, call: OpenCall, fetch: Fetch) -> bool:
        """A call that a guarded callback made, and that came to the list: the guard leaves it out, on purpose."""
        if not self.scene.guards.get(call.call.task) or not is_bl(fetch.word):
            return False
        record = self.scene.records[call.call.function]
        return not record.literal or (call.literal is not None and names_list(self.scene, call.literal))

    # -- (a) ------------------------------------------------------------------------------------------------------

    def _judge_registered(self, call: OpenCall, fetch: Fetch, body: Body) -> None:
        for registration in self.scene.registrations.newest.values():
            returned = registration.returned
            if returned is None or returned.seq > fetch.seq or not registration.wanted_at(body.seq):
                continue
            if registration.ops in call.callbacks or not traces(self.scene, registration, body.function):
                continue
            if call.tau >= returned.view:
                why = f"cpu{fetch.cpu} had synchronized its context since register returned"
                self._lost(call, fetch, body, registration, why, (returned,))
                continue
            claim = self._claim(call, registration, body.function)
            if claim is not None:
                told, proof = self._told(claim, fetch)
                why = f"{body.task} had been told that {body.function} is traced{told}"
                self._lost(call, fetch, body, registration, why, (returned, claim, *proof))

    def _told(self, claim: Claim, fetch: Fetch) -> tuple[str, list[Event]]:
        """How the caller was notified, and whether its CPU synchronized its context since: in words, with proof."""
        flag = self._flags.get(claim.seq)
        proof: list[Event] = []
        since = claim.seq
        if flag is not None:
            since = flag.seq
            store = self._stores.get(flag.order)
            proof += [flag] if store is None else [store, flag]
        syncs = [sync for sync in self._syncs if sync.cpu == fetch.cpu and since < sync.seq < fetch.seq]
        if not syncs:
            return f" and cpu{fetch.cpu} did not synchronize its context after that", proof
        newest = max(sync.tau for sync in syncs)
        return f", the context synchronization after that reached only @{newest}", proof + list(syncs)

    def _claim(self, call: OpenCall, registration: Registration, function: str) -> Claim | None:
        """What notified this caller, before the call, that this registration is in force."""
        for claim, told in self._claims.get((call.call.task, function), ()):
            if told == registration.number and claim.seq < call.call.seq:
                return claim
        return None

    # -- (b) ------------------------------------------------------------------------------------------------------

    def _judge_branch(self, passed: Passed, patch: Patching) -> None:
        call, fetch, body = passed.call, passed.fetch, passed.body
        known = [self.scene.registrations.numbered(number) for number in patch.registrations]
        owed = [registration for registration in known if registration.wanted_at(body.seq)]
        fresh = self._literal_is_fresh(call, patch)
        proof = (patch.begin, patch.literal, patch.branch)
        why = f"the call ran the branch of patch {patch.begin.number} ({patch.begin.action})"
        for registration in owed:
            if registration.ops not in call.callbacks or not fresh:
                self._lost(call, fetch, body, registration, why, proof)

    def _literal_is_fresh(self, call: OpenCall, patch: Patching) -> bool:
        """The call read the patch's literal, a newer one, or the list ops; designs without literal owe none."""
        if not patch.owes_literal(self.scene):
            return True
        loaded = call.literal
        if loaded is None:
            return False
        if names_list(self.scene, loaded):
            return True
        return patch.literal is not None and loaded.order >= patch.literal.order

    # -- words ----------------------------------------------------------------------------------------------------

    def _lost(
        self,
        call: OpenCall,
        fetch: Fetch,
        body: Body,
        registration: Registration,
        why: str,
        proof: tuple[Event | None, ...],
    ) -> None:
        self.report(
            Severity.LOST_CALL,
            f"{body.task} on cpu{fetch.cpu} called {body.function} and {registration.ops} did not see it: "
            f"{why}, and {self._read_instead(call, fetch)}",
            f"{registration.ops} on {body.function}",
            call.window,
            (*proof, fetch, call.literal, body),
        )

    def _read_instead(self, call: OpenCall, fetch: Fetch) -> str:
        if not is_bl(fetch.word):
            return f"it fetched the unpatched instruction (@{fetch.order}, newest @{fetch.newest})"
        if call.literal is None:
            return "it read no literal"
        what = self.scene.pointer(call.literal.value, call.literal.prov)
        return f"it read literal = {what} (@{call.literal.order})"
