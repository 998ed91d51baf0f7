"""Every ordering a protocol relies on, by name, so that a scenario can drop it.

Three kinds: instructions of `asm/*.S` marked `//@ ordering NAME`, and what messages between actors carry.  A message
that stands for something with memory ordering in the kernel joins views of its sender into views of its receiver,
exactly as far as the kernel documents; everything else orders nothing.  And what a flavour of RCU counts as quiescent.
"""

from __future__ import annotations

__all__ = ["GRACE_PERIODS", "INSTRUCTIONS", "KICKS", "MESSAGES", "ORDERINGS"]

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
