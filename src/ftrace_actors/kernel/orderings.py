"""Every ordering a protocol relies on, by name, so that a scenario can drop it.

Barriers among them can be weakened as well: `WEAKENINGS`.

Three kinds: instructions of `asm/*.S` marked `//@ ordering NAME`, and what messages between actors carry.  A message
that stands for something with memory ordering in the kernel joins views of its sender into views of its receiver,
exactly as far as the kernel documents; everything else orders nothing.  And what a flavour of RCU counts as quiescent.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "FORMS",
    "GRACE_PERIODS",
    "INSTRUCTIONS",
    "KICKS",
    "MESSAGES",
    "ORDERINGS",
    "WEAKENINGS",
    "ordering_of",
    "weakened",
]

INSTRUCTIONS: dict[str, str] = {
    "fixmap-map": "dsb ishst; isb when the patching alias is mapped (set_pte)",
    "fixmap-unmap": "dsb ishst; tlbi; dsb ish; isb when it is unmapped (clear_fixmap)",
    "patch-lock": "acquire and release of patch_lock round each write",
    "literal-reset": "make_nop writing the default ops to the literal",
    "clean-pou": "DC CVAU of the patched line",
    "clean-dsb": "DSB between DC and IC (or dsb ishst with IDC)",
    "inval-pou": "IC IVAU of the patched line",
    "inval-dsb": "DSB after the IC",
    "final-isb": "ISB on the patching CPU",
    "text-clean": "DC CVAU of a trampoline that was just written",
    "text-clean-dsb": "DSB between its DC and its IC (or dsb ishst with IDC)",
    "text-inval": "IC IVAU of a trampoline that was just written where none had been",
    "reuse-inval": "IC IVAU of a trampoline that was just written where another had been freed",
    "text-inval-dsb": "DSB after that IC",
    "restore-args": "the trampoline restoring x2 and x3 before the traced function continues",
    "list-publish": "store-release when an ops is linked into or out of ftrace_ops_list",
}
"""Named instructions in the patch and list routines."""

MESSAGES: dict[str, str] = {
    "wake-up": "what was before try_to_wake_up is before what the woken task does (release bound -> nR, nW, vCtrl)",
    "lock": "what was before mutex_unlock is before what the next owner does (release bound -> nR, nW, vCtrl)",
    "ipi": "what the sender completed is before the interrupt (vWr, vDsb, nW -> nR, nW, nDc, nIc, vDsb)",
    "ipi-done": "what the interrupted CPU did is before what follows the kick (release bound -> nR, nW, vCtrl)",
    "switch": "DSB ISH in __switch_to; no context synchronization",
    "migration": "what the old CPU completed before switching away (vDsb -> nR, nW, nDc, nIc, vDsb)",
    "gp-start": "what was before a grace period is before what any CPU does after its quiescent state",
    "gp-end": "what any CPU did before its quiescent state is before what follows the grace period",
}
"""What messages carry; the names of views are those of `arm64.views`."""

GRACE_PERIODS: dict[str, str] = {
    "reader-check": "a tick is a quiescent state of classic RCU only outside any reader",
    "voluntary-only": "only a voluntary switch is a quiescent state of Tasks RCU",
}
"""What makes a flavour keep its own contract."""

KICKS: dict[str, str] = {
    "text-kick": "kick_all_cpus_sync between writing a trampoline where none had been and the first branch to it",
    "reuse-kick": "the same where another trampoline had been freed",
    "sync-ipi": "ftrace_sync_ipi at the end of an update that takes a new global trace function, not the list's",
}
"""Interrupts sent to every other CPU and waited for."""

ORDERINGS: dict[str, str] = {**INSTRUCTIONS, **MESSAGES, **GRACE_PERIODS, **KICKS}

FORMS: Final[dict[str, str]] = {
    "dmb": "a DMB for the DSB: it orders accesses, and waits for no cache operation to complete",
    "ishst": "stores only: loads and cache operations are not ordered",
    "nsh": "this CPU only: nobody else need see it",
}
"""Weaker forms of a barrier, as in ``inval-dsb as nsh``; each takes something away and adds nothing."""

_ALL: Final = tuple(FORMS)
_BARRIERS: Final[dict[str, tuple[str, ...]]] = {
    "fixmap-map": ("dmb", "nsh"),  # dsb ishst as it is
    "fixmap-unmap": _ALL,
    "clean-dsb": _ALL,
    "inval-dsb": _ALL,
    "text-clean-dsb": _ALL,
    "text-inval-dsb": _ALL,
}

WEAKENINGS: Final[dict[str, str]] = {
    f"{name} as {form}": FORMS[form] for name, forms in _BARRIERS.items() for form in forms
}
"""The forms that are weaker than the barrier itself, by name; in the order of `INSTRUCTIONS`."""


def ordering_of(weakening: str) -> str:
    """The ordering that a weakening is of."""
    return weakening.partition(" as ")[0]


def weakened(barrier: str, forms: frozenset[str]) -> str:
    """A barrier, as ``dsb ish``, without what `forms` take away; `nop` where nothing is left of it."""
    kind, domain = barrier.split()
    accesses = domain[-2:] if domain.endswith(("st", "ld")) else ""
    shareability = "" if domain == "sy" else domain.removesuffix(accesses)
    if "ishst" in forms:
        if accesses == "ld":
            return "nop"
        accesses = "st"
    if "nsh" in forms:
        shareability = "nsh"
    return f"{'dmb' if 'dmb' in forms else kind} {f'{shareability}{accesses}' or 'sy'}"
