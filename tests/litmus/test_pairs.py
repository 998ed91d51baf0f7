r"""Pairs that differ in one rule: without it the outcome is allowed, with it forbidden.

The reasoning stands with each pair.  `x`, `y`, `z` start as 0; registers W10 and up hold what was read.
"""

import pytest

from .shapes import verdict

SYNCED = "LDR W10,[X0]; DSB LD; ISB; FETCH 11"
SYNC = "DC CVAU,X3; DSB ISH; IC IVAU,X3; DSB ISH"
CHOSEN = "LDR W10,[X1]; CMP W10,#1; CSEL W12,W9,W9,EQ; STR W12,[X2]"
MP = "1:X10=1 /\\ 1:X11=0"
MP_RF = "1:X10=1 /\\ 1:X11=1"

# name, condition, threads that allow it, threads that forbid it
PAIRS: dict[str, tuple[str, list[str], list[str]]] = {
    # -- data: the classic shapes ---------------------------------------------------------------------------------
    "MP needs order in both threads: writer": (
        MP,
        ["STR W9,[X0]; STR W9,[X1]", "LDR W10,[X1]; DMB LD; LDR W11,[X0]"],
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; DMB LD; LDR W11,[X0]"],
    ),
    "MP needs order in both threads: reader": (
        MP,
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; LDR W11,[X0]"],
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; DMB LD; LDR W11,[X0]"],
    ),
    "an address dependency orders two reads": (
        MP,
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; LDR W11,[X0]"],
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; EOR W12,W10,W10; LDR W11,[X0,W12,SXTW]"],
    ),
    "a control dependency orders reads only with ISB": (
        MP,
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; CBNZ W10,L; L: LDR W11,[X0]"],
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; CBNZ W10,L; L: ISB; LDR W11,[X0]"],
    ),
    "DMB ST does not order reads": (
        MP,
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; DMB ST; LDR W11,[X0]"],
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; DMB SY; LDR W11,[X0]"],
    ),
    "DMB LD does not order a write before": (
        MP,
        ["STR W9,[X0]; DMB LD; STR W9,[X1]", "LDR W10,[X1]; DMB LD; LDR W11,[X0]"],
        ["STR W9,[X0]; DMB SY; STR W9,[X1]", "LDR W10,[X1]; DMB LD; LDR W11,[X0]"],
    ),
    "an acquire orders what follows": (
        MP,
        ["STR W9,[X0]; STLR W9,[X1]", "LDR W10,[X1]; LDR W11,[X0]"],
        ["STR W9,[X0]; STLR W9,[X1]", "LDAPR W10,[X1]; LDR W11,[X0]"],
    ),
    "SB needs full barriers": (
        "0:X10=0 /\\ 1:X10=0",
        ["STR W9,[X0]; DMB ST; LDR W10,[X1]", "STR W9,[X1]; DMB SY; LDR W10,[X0]"],
        ["STR W9,[X0]; DMB SY; LDR W10,[X1]", "STR W9,[X1]; DMB SY; LDR W10,[X0]"],
    ),
    "release and LDAR are ordered, release and LDAPR are not": (
        "0:X10=0 /\\ 1:X10=0",
        ["STLR W9,[X0]; LDAPR W10,[X1]", "STLR W9,[X1]; LDAPR W10,[X0]"],
        ["STLR W9,[X0]; LDAR W10,[X1]", "STLR W9,[X1]; LDAR W10,[X0]"],
    ),
    "LB is stopped by a data dependency in each thread": (
        "0:X10=1 /\\ 1:X10=1",
        ["LDR W10,[X0]; STR W9,[X1]", "LDR W10,[X1]; STR W10,[X0]"],
        ["LDR W10,[X0]; STR W10,[X1]", "LDR W10,[X1]; STR W10,[X0]"],
    ),
    "a control dependency orders a write": (
        "0:X10=1 /\\ 1:X10=1",
        ["LDR W10,[X0]; STR W9,[X1]", "LDR W10,[X1]; DMB LD; STR W9,[X0]"],
        ["LDR W10,[X0]; CBNZ W10,L; L: STR W9,[X1]", "LDR W10,[X1]; DMB LD; STR W9,[X0]"],
    ),
    "an address dependency of a po-earlier access orders a write": (
        "0:X10=1 /\\ 1:X10=1",
        ["LDR W10,[X0]; LDR W11,[X2]; STR W9,[X1]", "LDR W10,[X1]; DMB LD; STR W9,[X0]"],
        [
            "LDR W10,[X0]; EOR W12,W10,W10; LDR W11,[X2,W12,SXTW]; STR W9,[X1]",
            "LDR W10,[X1]; DMB LD; STR W9,[X0]",
        ],
    ),
    "an address dependency orders a write": (
        "0:X10=1 /\\ 1:X10=1",
        ["LDR W10,[X0]; STR W9,[X1]", "LDR W10,[X1]; DMB LD; STR W9,[X0]"],
        ["LDR W10,[X0]; EOR W12,W10,W10; STR W9,[X1,W12,SXTW]", "LDR W10,[X1]; DMB LD; STR W9,[X0]"],
    ),
    "the address of an earlier write orders a write": (
        "0:X10=1 /\\ 1:X10=1",
        ["LDR W10,[X0]; STR W9,[X2]; STR W9,[X1]", "LDR W10,[X1]; DMB LD; STR W9,[X0]"],
        [
            "LDR W10,[X0]; EOR W12,W10,W10; STR W9,[X2,W12,SXTW]; STR W9,[X1]",
            "LDR W10,[X1]; DMB LD; STR W9,[X0]",
        ],
    ),
    "what chose a branch's register orders a write": (
        "0:X10=1 /\\ 1:X10=1",
        ["LDR W10,[X0]; CMP W10,#1; CSEL W11,W9,W9,EQ; STR W9,[X1]", "LDR W10,[X1]; DMB LD; STR W9,[X0]"],
        [
            "LDR W10,[X0]; CMP W10,#1; CSEL W11,W9,W9,EQ; CBNZ W11,L; L: STR W9,[X1]",
            "LDR W10,[X1]; DMB LD; STR W9,[X0]",
        ],
    ),
    "S: a read is ordered before the write by a data dependency": (
        "1:X10=1 /\\ x=2",
        ["STR W8,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; STR W9,[X0]"],
        ["STR W8,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; EOR W12,W10,W10; ADD W12,W12,#1; STR W12,[X0]"],
    ),
    "R needs a full barrier between write and read": (
        "1:X10=0 /\\ y=2",
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "STR W8,[X1]; DMB LD; LDR W10,[X0]"],
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "STR W8,[X1]; DMB SY; LDR W10,[X0]"],
    ),
    "2+2W needs store barriers": (
        "x=2 /\\ y=2",
        ["STR W8,[X0]; STR W9,[X1]", "STR W8,[X1]; DMB ST; STR W9,[X0]"],
        ["STR W8,[X0]; DMB ST; STR W9,[X1]", "STR W8,[X1]; DMB ST; STR W9,[X0]"],
    ),
    "WRC: writes are multi-copy atomic, dependencies suffice": (
        "1:X10=1 /\\ 2:X10=1 /\\ 2:X11=0",
        ["STR W9,[X0]", "LDR W10,[X0]; STR W9,[X1]", "LDR W10,[X1]; DMB LD; LDR W11,[X0]"],
        [
            "STR W9,[X0]",
            "LDR W10,[X0]; EOR W12,W10,W10; ADD W12,W12,#1; STR W12,[X1]",
            "LDR W10,[X1]; DMB LD; LDR W11,[X0]",
        ],
    ),
    "ISA2": (
        "1:X10=1 /\\ 2:X10=1 /\\ 2:X11=0",
        ["STR W9,[X0]; STLR W9,[X1]", "LDR W10,[X1]; STR W9,[X2]", "LDAR W10,[X2]; LDR W11,[X0]"],
        ["STR W9,[X0]; STLR W9,[X1]", "LDAR W10,[X1]; STR W9,[X2]", "LDAR W10,[X2]; LDR W11,[X0]"],
    ),
    "IRIW: two readers agree on the order of two writes": (
        "1:X10=1 /\\ 1:X11=0 /\\ 3:X10=1 /\\ 3:X11=0",
        [
            "STR W9,[X0]",
            "LDR W10,[X0]; LDR W11,[X1]",
            "STR W9,[X1]",
            "LDR W10,[X1]; DMB LD; LDR W11,[X0]",
        ],
        [
            "STR W9,[X0]",
            "LDR W10,[X0]; DMB LD; LDR W11,[X1]",
            "STR W9,[X1]",
            "LDR W10,[X1]; DMB LD; LDR W11,[X0]",
        ],
    ),
    # -- coherence: the first is another location, the second the same ----------------------------------------------
    "CoRR": (
        "1:X10=1 /\\ 1:X11=0",
        ["STR W9,[X0]; STR W9,[X1]", "LDR W10,[X1]; LDR W11,[X0]"],
        ["STR W9,[X0]", "LDR W10,[X0]; LDR W11,[X0]"],
    ),
    "CoWW": ("x=1", ["STR W9,[X0]", "STR W8,[X0]"], ["STR W9,[X0]; STR W8,[X0]", "NOP"]),
    "CoWR": (
        "0:X10=2",
        ["STR W9,[X0]; LDR W10,[X0]", "STR W8,[X0]"],
        ["STR W8,[X0]; STR W9,[X0]; LDR W10,[X0]", "NOP"],
    ),
    "CoRW": ("0:X10=1", ["LDR W10,[X0]; STR W9,[X1]", "STR W9,[X0]"], ["LDR W10,[X0]; STR W9,[X0]", "NOP"]),
    # -- forwarding ----------------------------------------------------------------------------------------------
    "PPOCA: a read may take an own speculative write, PPOAA: not one by address": (
        "1:X10=1 /\\ 1:X14=0",
        [
            "STR W9,[X0]; DMB SY; STR W9,[X1]",
            "LDR W10,[X1]; CBNZ W10,L; L: STR W9,[X2]; LDR W12,[X2]; EOR W13,W12,W12; LDR W14,[X0,W13,SXTW]",
        ],
        [
            "STR W9,[X0]; DMB SY; STR W9,[X1]",
            "LDR W10,[X1]; EOR W11,W10,W10; STR W9,[X2,W11,SXTW]; LDR W12,[X2]; EOR W13,W12,W12; LDR W14,[X0,W13,SXTW]",
        ],
    ),
    # -- atomics -------------------------------------------------------------------------------------------------
    "two atomic additions do not lose one": (
        "x=1",
        ["LDR W10,[X0]; ADD W10,W10,#1; STR W10,[X0]", "LDADD W9,W11,[X0]"],
        ["LDADD W9,W10,[X0]", "LDADD W9,W11,[X0]"],
    ),
    "only one exclusive pair wins": (
        "0:X11=0 /\\ 1:X11=0 /\\ 0:X10=0 /\\ 1:X10=0",
        ["LDXR W10,[X0]; STXR W11,W9,[X0]", "LDXR W10,[X1]; STXR W11,W9,[X1]"],
        ["LDXR W10,[X0]; STXR W11,W9,[X0]", "LDXR W10,[X0]; STXR W11,W9,[X0]"],
    ),
    "an acquire exclusive takes its own earlier atomic write no earlier than what that atomic read": (
        "1:X10=1 /\\ 1:X12=0",
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "SWP W8,W10,[X1]; LDR W11,[X1]; LDR W12,[X0]"],
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "SWP W8,W10,[X1]; LDAR W11,[X1]; LDR W12,[X0]"],
    ),
    "SWP to WZR is no acquire": (
        "1:X10=1 /\\ 1:X11=0 /\\ y=2",
        [
            "STR W9,[X0]; DMB ST; STR W9,[X1]",
            "SWPA W8,WZR,[X1]; LDR W11,[X0]; MOV W10,#1",
        ],
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "SWPA W8,W10,[X1]; LDR W11,[X0]"],
    ),
    "LDR to WZR is a read like any other": (
        "1:X11=0 /\\ 1:X12=1",
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W12,[X1]; LDR WZR,[X1]; LDR W11,[X0]"],
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W12,[X1]; LDAR WZR,[X1]; LDR W11,[X0]"],
    ),
    "an atomic with acquire and release orders its write before later reads": (
        "0:X11=0 /\\ 1:X10=0",
        ["SWPA W9,W10,[X0]; LDR W11,[X1]", "STR W9,[X1]; DMB SY; LDR W10,[X0]"],
        ["SWPAL W9,W10,[X0]; LDR W11,[X1]", "STR W9,[X1]; DMB SY; LDR W10,[X0]"],
    ),
    "what an atomic computes depends on what it read": (
        "1:X10=1 /\\ 1:X12=0",
        [
            "STR W9,[X0]; DMB ST; STR W9,[X1]",
            "SWP W8,W10,[X1]; LDR W11,[X1]; EOR W13,W11,W11; LDR W12,[X0,W13,SXTW]",
        ],
        [
            "STR W9,[X0]; DMB ST; STR W9,[X1]",
            "LDADD W9,W10,[X1]; LDR W11,[X1]; EOR W13,W11,W11; LDR W12,[X0,W13,SXTW]",
        ],
    ),
    "a successful compare-and-swap may hand on the compared value": (
        "1:X11=1 /\\ 1:X13=0 /\\ y=2",
        [
            "STR W9,[X0]; DMB ST; STR W9,[X1]",
            "MOV W11,#1; CAS W11,W8,[X1]; EOR W12,W11,W11; LDR W13,[X0,W12,SXTW]",
        ],
        [
            "STR W9,[X0]; DMB ST; STR W9,[X1]",
            "MOV W11,#1; SWP W8,W11,[X1]; EOR W12,W11,W11; LDR W13,[X0,W12,SXTW]",
        ],
    ),
    "what chose a stored value orders the store": (
        "0:X10=1 /\\ 1:X10=1",
        ["LDR W10,[X0]; CMP W10,#1; STR W9,[X1]", "LDR W10,[X1]; DMB LD; STR W9,[X0]"],
        ["LDR W10,[X0]; CMP W10,#1; CSEL W11,W9,W9,EQ; STR W11,[X1]", "LDR W10,[X1]; DMB LD; STR W9,[X0]"],
    ),
    "what chose an address orders later stores": (
        "0:X10=1 /\\ 1:X10=1",
        ["LDR W10,[X0]; CMP W10,#1; LDR W11,[X2]; STR W9,[X1]", "LDR W10,[X1]; DMB LD; STR W9,[X0]"],
        [
            "LDR W10,[X0]; CMP W10,#1; CSEL X12,X2,X2,EQ; LDR W11,[X12]; STR W9,[X1]",
            "LDR W10,[X1]; DMB LD; STR W9,[X0]",
        ],
    ),
    "what chose an address does not order the load": (
        MP,
        ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; CMP W10,#1; CSEL X12,X0,X0,EQ; LDR W11,[X12]"],
        [
            "STR W9,[X0]; DMB ST; STR W9,[X1]",
            "LDR W10,[X1]; CMP W10,#1; CSEL X12,X0,X0,EQ; ISB; LDR W13,[X12]; ISB; LDR W11,[X0]",
        ],
    ),
    "what chose an own write holds back an acquire of it": (
        "0:X10=1 /\\ 1:X10=1",
        [
            "LDR W10,[X0]; CMP W10,#1; CSEL W11,W9,W9,EQ; STR W11,[X2]; LDR W12,[X2]; STR W9,[X1]",
            "LDR W10,[X1]; DMB LD; STR W9,[X0]",
        ],
        [
            "LDR W10,[X0]; CMP W10,#1; CSEL W11,W9,W9,EQ; STR W11,[X2]; LDAPR W12,[X2]; STR W9,[X1]",
            "LDR W10,[X1]; DMB LD; STR W9,[X0]",
        ],
    ),
    "what chose an own write does not hold back a plain load of it": (
        MP,
        [
            "STR W9,[X0]; DMB ST; STR W9,[X1]",
            f"{CHOSEN}; LDR W13,[X2]; EOR W14,W13,W13; LDR W11,[X0,X14]",
        ],
        [
            "STR W9,[X0]; DMB ST; STR W9,[X1]",
            f"{CHOSEN}; LDAR W13,[X2]; EOR W14,W13,W13; LDR W11,[X0,X14]",
        ],
    ),
    "what chose the address of an own write holds back reads after an acquire of it": (
        MP,
        [
            "STR W9,[X0]; DMB ST; STR W9,[X1]",
            "LDR W10,[X1]; CMP W10,#1; CSEL X12,X2,X2,EQ; STR W9,[X12]; LDR W13,[X2]; LDR W11,[X0]",
        ],
        [
            "STR W9,[X0]; DMB ST; STR W9,[X1]",
            "LDR W10,[X1]; CMP W10,#1; CSEL X12,X2,X2,EQ; STR W9,[X12]; LDAR W13,[X2]; LDR W11,[X0]",
        ],
    ),
    "CASA to WZR is no acquire": (
        "y=3 /\\ 1:X11=0",  # the 0 it found is the second one
        ["STR W8,[X1]; STR W9,[X0]; STLR WZR,[X1]", "MOV W12,#3; CASA WZR,W12,[X1]; LDR W11,[X0]"],
        ["STR W8,[X1]; STR W9,[X0]; STLR WZR,[X1]", "MOV W12,#3; CASA W13,W12,[X1]; LDR W11,[X0]"],
    ),
    "CAS to WZR is no read for DMB LD": (
        "y=3 /\\ 1:X11=0",
        ["STR W8,[X1]; STR W9,[X0]; STLR WZR,[X1]", "MOV W12,#3; CAS WZR,W12,[X1]; DMB LD; LDR W11,[X0]"],
        ["STR W8,[X1]; STR W9,[X0]; STLR WZR,[X1]", "MOV W12,#3; CAS W13,W12,[X1]; DMB LD; LDR W11,[X0]"],
    ),
    "CASAL to WZR does not order its write before later reads": (
        "0:X11=0 /\\ 1:X10=0 /\\ x=1",
        ["CASAL WZR,W9,[X0]; LDR W11,[X1]", "STR W9,[X1]; DMB SY; LDR W10,[X0]"],
        ["CASAL W12,W9,[X0]; LDR W11,[X1]", "STR W9,[X1]; DMB SY; LDR W10,[X0]"],
    ),
    # -- several sizes -------------------------------------------------------------------------------------------
    "a wider acquire of an own narrow atomic is as late as what that read": (
        "0:X10=0x22 /\\ 0:X11=0x23",
        ["LDADDH W9,W10,[X0]; LDR W11,[X0]", "MOV W12,#0x22; MOVK W12,#1,LSL #16; STR W12,[X0]"],
        ["LDADDH W9,W10,[X0]; LDAR W11,[X0]", "MOV W12,#0x22; MOVK W12,#1,LSL #16; STR W12,[X0]"],
    ),
    "a wider load of an own narrow write is as late as what its data came from": (
        "0:X10=0x22 /\\ 0:X11=1",
        ["LDRH W10,[X0]; STRH W9,[X0]; LDR W11,[X0]", "MOV W12,#0x22; MOVK W12,#1,LSL #16; STR W12,[X0]"],
        [
            "LDRH W10,[X0]; EOR W13,W10,W10; ADD W13,W13,#1; STRH W13,[X0]; LDR W11,[X0]",
            "MOV W12,#0x22; MOVK W12,#1,LSL #16; STR W12,[X0]",
        ],
    ),
    "an exclusive pair is read at one moment": (
        "1:X10=0 /\\ 1:X11=1",
        ["STR X9,[X0]; DMB ST; STR X9,[X0,#8]", "LDP X10,X11,[X0]"],
        ["STR X9,[X0]; DMB ST; STR X9,[X0,#8]", "LDXP X10,X11,[X0]"],
    ),
    "an exclusive pair is written at one moment": (
        MP,
        ["LDXP X12,X13,[X0]; STP X9,X9,[X0]", "LDR X10,[X0]; DMB LD; LDR X11,[X0,#8]"],
        ["LDXP X12,X13,[X0]; STXP W14,X9,X9,[X0]", "LDR X10,[X0]; DMB LD; LDR X11,[X0,#8]"],
    ),
    "an own write after a pair is after both its halves": (
        "1:X11=2 /\\ 1:X12=0",
        ["MOV X12,X9; MOV X13,X9; SWPP X12,X13,[X0]; STR X8,[X0]", "LDP X11,X12,[X0]"],
        ["MOV X12,X9; MOV X13,X9; SWPP X12,X13,[X0]; STR X8,[X0]", "LDXP X11,X12,[X0]"],
    ),
    "a write to one half of a pair is before or after both": (
        "x=2 /\\ 1:X10=0",
        ["STP X9,X9,[X0]", "STR X8,[X0]; DMB SY; LDR X10,[X0,#8]"],
        ["MOV X12,X9; MOV X13,X9; SWPP X12,X13,[X0]", "STR X8,[X0]; DMB SY; LDR X10,[X0,#8]"],
    ),
    "what one half of a pair waits for holds back the other": (
        "0:X10=1 /\\ 1:X11=1",
        ["LDR X10,[X1]; STP X9,X10,[X0]", "LDR X11,[X0]; DMB SY; STR X11,[X1]"],
        ["LDR X10,[X1]; LDXP X12,X13,[X0]; STXP W14,X9,X10,[X0]", "LDR X11,[X0]; DMB SY; STR X11,[X1]"],
    ),
    "STILP stores the lower half first": (
        MP,
        ["STP X9,X9,[X0]", "LDR X10,[X0,#8]; DMB LD; LDR X11,[X0]"],
        ["STILP X9,X9,[X0]", "LDR X10,[X0,#8]; DMB LD; LDR X11,[X0]"],
    ),
    "STILP with a base that moves down stores the upper half first": (
        MP,
        ["ADD X0,X0,#16; STP X9,X9,[X0,#-16]!", "LDR X10,[X0]; DMB LD; LDR X11,[X0,#8]"],
        ["ADD X0,X0,#16; STILP X9,X9,[X0,#-16]!", "LDR X10,[X0]; DMB LD; LDR X11,[X0,#8]"],
    ),
    "STILP is a release": (
        MP,
        ["STR X9,[X1]; STP X9,X9,[X0]", "LDR X10,[X0]; DMB LD; LDR X11,[X1]"],
        ["STR X9,[X1]; STILP X9,X9,[X0]", "LDR X10,[X0]; DMB LD; LDR X11,[X1]"],
    ),
    "LDIAPP is an acquire": (
        MP,
        ["STR X9,[X0]; DMB ST; STR X9,[X1]", "LDP X10,X12,[X1]; LDR X11,[X0]"],
        ["STR X9,[X0]; DMB ST; STR X9,[X1]", "LDIAPP X10,X12,[X1]; LDR X11,[X0]"],
    ),
    # -- instruction fetch ---------------------------------------------------------------------------------------
    "the caller must synchronize its context": (
        MP_RF,
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", "LDR W10,[X0]; CBNZ W10,L; L: FETCH 11"],
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", "LDR W10,[X0]; CBNZ W10,L; L: ISB; FETCH 11"],
    ),
    "ISB alone is not enough for the caller": (
        MP_RF,
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", "LDR W10,[X0]; ISB; FETCH 11"],
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", SYNCED],
    ),
    "DMB LD and ISB are not enough for the caller": (
        MP_RF,
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", "LDR W10,[X0]; DMB LD; ISB; FETCH 11"],
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", "LDR W10,[X0]; DSB SY; ISB; FETCH 11"],
    ),
    "an address-dependent access and ISB are enough": (
        MP_RF,
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", "LDR W10,[X0]; EOR W12,W10,W10; LDR W13,[X2]; ISB; FETCH 11"],
        [
            f"STR W6,[X3]; {SYNC}; STR W9,[X0]",
            "LDR W10,[X0]; EOR W12,W10,W10; LDR W13,[X2,W12,SXTW]; ISB; FETCH 11",
        ],
    ),
    "the patcher needs the DC": (
        MP_RF,
        ["STR W6,[X3]; DSB ISH; IC IVAU,X3; DSB ISH; STR W9,[X0]", SYNCED],
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", SYNCED],
    ),
    "the patcher needs the IC": (
        MP_RF,
        ["STR W6,[X3]; DC CVAU,X3; DSB ISH; STR W9,[X0]", SYNCED],
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", SYNCED],
    ),
    "the patcher needs a DSB between DC and IC; DMB is not enough": (
        MP_RF,
        ["STR W6,[X3]; DC CVAU,X3; DMB SY; IC IVAU,X3; DSB ISH; STR W9,[X0]", SYNCED],
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", SYNCED],
    ),
    "the patcher needs a DSB after the IC; a release is not enough": (
        MP_RF,
        ["STR W6,[X3]; DC CVAU,X3; DSB ISH; IC IVAU,X3; STLR W9,[X0]", SYNCED],
        [f"STR W6,[X3]; {SYNC}; STR W9,[X0]", SYNCED],
    ),
    "coFF: fetches may go back to the old word, unless a context synchronization lies between": (
        "1:X10=2 /\\ 1:X11=1",
        ["STR W6,[X3]", "FETCH 10; FETCH 11"],
        [
            f"STR W6,[X3]; {SYNC}; STR W9,[X0]",
            "LDR W12,[X0]; CBZ W12,L; ISB; FETCH 10; FETCH 11; B M; L: MOV W10,#0; M:",
        ],
    ),
    "a fetch is ordered before later reads, a read not before later fetches": (
        "1:X10=2 /\\ 1:X11=0",
        ["STR W9,[X0]; STR W6,[X3]", "FETCH 10; LDR W11,[X0]"],
        ["STR W9,[X0]; DMB ST; STR W6,[X3]", "FETCH 10; LDR W11,[X0]"],
    ),
    "self-modification needs the whole sequence": (
        "0:X10=1",
        ["STR W6,[X3]; DC CVAU,X3; DSB ISH; IC IVAU,X3; DSB ISH; FETCH 10"],
        ["STR W6,[X3]; DC CVAU,X3; DSB ISH; IC IVAU,X3; DSB ISH; ISB; FETCH 10"],
    ),
    "cross-core maintenance: the maintainer must know of the write": (
        "1:X10=1 /\\ 2:X10=1 /\\ 2:X11=1",
        [
            "STR W6,[X3]; STR W9,[X0]",
            f"LDR W10,[X0]; DSB SY; {SYNC}; STR W9,[X1]",
            "LDR W10,[X1]; DSB LD; ISB; FETCH 11",
        ],
        [
            "STR W6,[X3]; DMB ST; STR W9,[X0]",
            f"LDR W10,[X0]; DSB SY; {SYNC}; STR W9,[X1]",
            "LDR W10,[X1]; DSB LD; ISB; FETCH 11",
        ],
    ),
    "a DSB ST holds later reads, a DSB LD waits for no write": (
        "0:X10=0 /\\ 1:X10=0",
        ["STR W9,[X0]; DSB LD; LDR W10,[X1]", "STR W9,[X1]; DSB SY; LDR W10,[X0]"],
        ["STR W9,[X0]; DSB ST; LDR W10,[X1]", "STR W9,[X1]; DSB SY; LDR W10,[X0]"],
    ),
    "DSB LD does not wait for writes": (
        MP,
        ["STR W9,[X0]; DSB LD; STR W9,[X1]", "LDR W10,[X1]; DMB LD; LDR W11,[X0]"],
        ["STR W9,[X0]; DSB ST; STR W9,[X1]", "LDR W10,[X1]; DMB LD; LDR W11,[X0]"],
    ),
    "cross-core maintenance: a DMB orders a read before a DC": (
        "1:X10=1 /\\ 2:X10=1 /\\ 2:X11=1",
        [
            "STR W6,[X3]; DMB ST; STR W9,[X0]",
            f"LDR W10,[X0]; {SYNC}; STR W9,[X1]",
            "LDR W10,[X1]; DSB LD; ISB; FETCH 11",
        ],
        [
            "STR W6,[X3]; DMB ST; STR W9,[X0]",
            f"LDR W10,[X0]; DMB SY; {SYNC}; STR W9,[X1]",
            "LDR W10,[X1]; DSB LD; ISB; FETCH 11",
        ],
    ),
    "literal before call: a caller of the new call loads the new literal": (
        "1:X10=2 /\\ 1:X11=0",
        ["STR W9,[X0]; DMB LD; STR W6,[X3]", "FETCH 10; LDR W11,[X0]"],
        ["STR W9,[X0]; DSB ISHST; STR W6,[X3]", "FETCH 10; LDR W11,[X0]"],
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_one_rule_makes_the_difference(name: str) -> None:
    condition, weak, strong = PAIRS[name]
    assert (verdict(name, weak, condition), verdict(name, strong, condition)) == ("Allowed", "Forbidden")


CACHE_TYPES = {
    # what the hardware does not ask for, and what it does: name, cache type, enough, not enough
    "IDC needs no DC but a DSB ISHST": (
        "IDC",
        "STR W6,[X3]; DSB ISHST; IC IVAU,X3; DSB ISH; STR W9,[X0]",
        "STR W6,[X3]; IC IVAU,X3; DSB ISH; STR W9,[X0]",
    ),
    "DIC needs neither, but an ordered store": (
        "DIC",
        "STR W6,[X3]; DMB ST; STR W9,[X0]",
        "STR W6,[X3]; STR W9,[X0]",
    ),
}


@pytest.mark.parametrize("name", CACHE_TYPES)
def test_what_a_cache_type_saves(name: str) -> None:
    cache, enough, lacking = CACHE_TYPES[name]
    assert verdict(name, [enough, SYNCED], MP_RF, cache) == "Forbidden"
    assert verdict(name, [lacking, SYNCED], MP_RF, cache) == "Allowed"
