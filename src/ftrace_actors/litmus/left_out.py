"""What published AArch64 tests use and this machine leaves out, as opposed to what is simply wrong.

Source: the variants and value forms of the herdtools7 documentation; register and mnemonic names of the Arm ARM.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["instruction_left_out", "value_left_out", "variant_left_out"]

VMSA = "page tables (VMSA)"
MTE = "memory tagging (MTE)"
SIMD = "SIMD and floating-point registers"
SVE = "SVE and SME registers"
PAC = "pointer authentication"
CU = "executions that continue after something CONSTRAINED UNPREDICTABLE"
OTHER = "an extension that is not modelled"
SYSREG = "a system register that is not modelled"

_VALUES = (
    (
        re.compile(
            r"\b(?:PTE|TTD|PTE2|PA|IPA|oa|attrs)\s*[(:]|\b(?:pteval_t|parel1_t)\b|\b(?:af|db|dbm|valid)\s*:"
        ),
        VMSA,
    ),
    (
        re.compile(r"\btag\s*\(|\b[A-Za-z_]\w*\s*:\s*(?:green|red|blue|black|white|cyan|yellow|magenta)\b"),
        MTE,
    ),
    (re.compile(r"\b(?:pac[id][abg]?\w*|xpac[id]?)\s*\(", re.IGNORECASE), PAC),
    (re.compile(r"^\s*P?\d+\s*:\s*[QDSHBV]\d+\b", re.IGNORECASE), SIMD),
    (re.compile(r"^\s*P?\d+\s*:\s*[ZP]\d+\b|^\s*P?\d+\s*:\s*(?:ZA\w*|FFR)\b", re.IGNORECASE), SVE),
    (re.compile(r"^\s*P?\d+\s*:\s*(?:\w+_EL\d|NZCV|PSTATE\w*|DAIF)\b", re.IGNORECASE), SYSREG),
)

_MNEMONICS = (
    (re.compile(r"irg|gmi|ldgm?|stgm?|stzgm?|st2g|stz2g|stgp|addg|subg|subps?|cmpp"), MTE),
    (re.compile(r"(?:pac|aut)(?:i|d)z?[ab]\w*|pacga|xpac[id]|(?:b|bl)ra[ab]z?|e?reta[ab]|ldra[ab]"), PAC),
    (re.compile(r"at|tlbip?|mrrs|msrr|sysp?"), VMSA),
    (re.compile(r"ld[1-4]r?|st[1-4]|ldap1|stl1|movi|mvni|f(?:mov|add|sub|mul|div|cmp|neg|abs|cvt)\w*|[us]cvtf|"
                r"addv|eor3"), SIMD),
    (re.compile(r"ptrue|pfalse|whilel[eost]|while\w+|index|cnt[bhwdp]|inc[bhwd]|ld[1-4]\w*|st[1-4]\w*|ldff1\w+|"
                r"smst\w+|rdvl|addvl|uaddv|mova|zero|sel|dup|rdffr|setffr"), SVE),
    (re.compile(r"(?:cpy|set)[pme]\w*|ld64b|st64b\w*|tstart|tcommit|tcancel|crc32\w+"), OTHER),
)  # fmt: skip
_OPERANDS = (
    (re.compile(r"\bz\d+\b|\bp\d+(?:\.[bhsd]|/[zm])|\bza\d*[.\[hv]", re.IGNORECASE), SVE),
    (re.compile(r"(?<![\w.])(?:[qdshbv]\d+)\b(?!\s*:)", re.IGNORECASE), SIMD),
)
_LABELLED = re.compile(r"b|bl|bc?\.?[a-z]{2}|cbn?z|tbn?z|adrp?")
_SYSTEM = re.compile(r"(?:mrs|msr)\s", re.IGNORECASE)
_CACHE = re.compile(r"dc\s+(?:c?g|z|[ci]+g|isw|csw|cisw|ivac|igv)", re.IGNORECASE)

_VARIANTS = {
    "memtag": MTE, "mte": MTE, "vmsa": VMSA, "kvm": VMSA, "vmsa2": VMSA, "pac": PAC, "const-pac-field": PAC,
    "fpac": PAC, "mte-store-only": MTE, "precise": MTE, "imprecise": MTE, "ets": VMSA, "ets2": VMSA, "ets3": VMSA,
    "cu": CU, "constrainedunpredictable": CU, "sve": SVE, "sme": SVE, "neon": SIMD, "skip": "continuing after a fault",
    "faulttonext": "continuing after a fault",
}  # fmt: skip


def value_left_out(text: str) -> str:
    """The feature that an item or value of the init block, or a place in a condition, needs; "" if none is known."""
    return next((feature for pattern, feature in _VALUES if pattern.search(text)), "")


def instruction_left_out(text: str) -> str:
    """The feature that an instruction which does not assemble needs; "" if none is known."""
    mnemonic, _, operands = text.strip().lower().partition(" ")
    if not _LABELLED.fullmatch(mnemonic):
        for pattern, feature in _OPERANDS:
            if pattern.search(operands):
                return feature
    if _CACHE.match(text):
        return "a cache operation that is not modelled"
    if _SYSTEM.match(text):
        return SYSREG
    return next((feature for pattern, feature in _MNEMONICS if pattern.fullmatch(mnemonic)), "")


def variant_left_out(meta: Mapping[str, str]) -> tuple[str, str]:
    """The first variant of the prologue that is left out, as written, and its feature; ("", "") if none is."""
    for key, value in meta.items():
        if key.lower() == "variant":
            for name in re.split(r"[,\s|]+", value):
                feature = _VARIANTS.get(name.lower())
                if feature is not None:
                    return name, feature
    return "", ""
