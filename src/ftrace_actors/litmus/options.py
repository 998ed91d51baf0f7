"""What a litmus test, or a command line, asks of the machine: `CacheType=`, `Variant=`, profiles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ..arm64.options import Options

__all__ = ["ALWAYS", "HERD", "KNOWN", "VARIANT_KEYS", "options_of", "variants_of", "with_variants"]

KNOWN = ("dic", "eis", "eos", "exs", "idc", "lse2")
"""The names that switch something on."""

ALWAYS = frozenset({"mixed", "self", "fatal", "handled"})
"""Names that ask for what this machine does anyway: accesses of several sizes, instruction fetch, faults that end a
thread or go to its handler."""

VARIANT_KEYS = frozenset({"cachetype", "variant"})
"""The keys of a prologue that give such names, in lower case."""

HERD = Options().herd()
"""The default machine of litmus tests: shares the quirks of the published tools."""


def with_variants(options: Options, names: Iterable[str]) -> Options:
    """`options` with idc, dic, exs, eis, eos or lse2 switched on.  Other names change nothing.

    FEAT_ExS makes exception entry and return plain control flow, unless EIS or EOS is given as well.
    """
    wanted = {name.strip().lower() for name in names}
    if "exs" in wanted:
        options = replace(options, eis="eis" in wanted, eos="eos" in wanted)
    return replace(
        options,
        idc=options.idc or bool(wanted & {"idc", "dic"}),
        dic=options.dic or "dic" in wanted,
        lse2=options.lse2 or "lse2" in wanted,
    )


def variants_of(meta: Mapping[str, str]) -> Iterator[str]:
    """The names that a prologue gives, as they are written."""
    for key, value in meta.items():
        if key.lower() in VARIANT_KEYS:
            yield from filter(None, re.split(r"[,\s|]+", value))


def options_of(meta: Mapping[str, str], base: Options = HERD) -> Options:
    """The machine a test's prologue asks for, starting from `base`."""
    if not meta:
        return base
    names = list(variants_of(meta))
    return with_variants(base, names) if names else base
