r"""The named shapes of the literature, with the verdicts the literature gives.

Names and verdicts: Alglave, Maranget, Tautschnig, "Herding Cats" (TOPLAS 2014), for the shapes; Pulte, Flur, Deacon,
French, Sarkar, Sewell, "Simplifying ARM Concurrency" (POPL 2018) and Arm ARM B2.3 for multi-copy atomic Armv8; Flur
et al., "Mixed-Size Concurrency" (POPL 2017).  The reason stands at each shape, `A` is allowed and `F` forbidden.
`shapes.py` says what the registers hold: x, y, z at X0, X1, X2; W9 is 1 and W8 is 2; W10 and up hold what was read.
"""

import pytest

from .shapes import verdict

A, F = "Allowed", "Forbidden"

WX, WY, WZ = "STR W9,[X0]", "STR W9,[X1]", "STR W9,[X2]"
RX, RY, RZ = "LDR W10,[X0]", "LDR W10,[X1]", "LDR W10,[X2]"
ADDR_X = "EOR W12,W10,W10; LDR W11,[X0,W12,SXTW]"
ADDR_Y = "EOR W12,W10,W10; LDR W11,[X1,W12,SXTW]"
ADDR_Z = "EOR W12,W10,W10; LDR W11,[X2,W12,SXTW]"
ADDR_WX = "EOR W12,W10,W10; STR W9,[X0,W12,SXTW]"
ADDR_WY = "EOR W12,W10,W10; STR W9,[X1,W12,SXTW]"
DATA_X = "EOR W12,W10,W10; ADD W12,W12,#1; STR W12,[X0]"
DATA_Y = "EOR W12,W10,W10; ADD W12,W12,#1; STR W12,[X1]"
DATA_Z = "EOR W12,W10,W10; ADD W12,W12,#1; STR W12,[X2]"
CTRL = "CBNZ W10,L; L: NOP"
CTRLISB = "CBNZ W10,L; L: ISB"
LX = "LDR W11,[X0]"

MP = "1:X10=1 /\\ 1:X11=0"
MPW = f"{WX}; DMB SY; {WY}"
SB = "0:X10=0 /\\ 1:X10=0"
LB = "0:X10=1 /\\ 1:X10=1"
S = "1:X10=1 /\\ x=2"
SW = "STR W8,[X0]; DMB SY; STR W9,[X1]"
R = "1:X10=0 /\\ y=2"
W22 = "x=2 /\\ y=2"
WRC = "1:X10=1 /\\ 2:X10=1 /\\ 2:X11=0"
RWC = "1:X10=1 /\\ 1:X11=0 /\\ 2:X10=0"
IRIW = "1:X10=1 /\\ 1:X11=0 /\\ 3:X10=1 /\\ 3:X11=0"

# name: condition, threads, verdict
SHAPES: dict[str, tuple[str, list[str], str]] = {
    # -- message passing: the writer needs a barrier for stores, the reader order between its loads -----------------
    "MP": (MP, [f"{WX}; {WY}", f"{RY}; {LX}"], A),
    "MP+dmb+po": (MP, [MPW, f"{RY}; {LX}"], A),  # loads go out of order
    "MP+po+addr": (MP, [f"{WX}; {WY}", f"{RY}; {ADDR_X}"], A),  # stores go out of order
    "MP+dmb+addr": (MP, [MPW, f"{RY}; {ADDR_X}"], F),  # an address must be known before the access
    "MP+dmb+ctrl": (MP, [MPW, f"{RY}; {CTRL}; {LX}"], A),  # loads run ahead of branches
    "MP+dmb+isb": (MP, [MPW, f"{RY}; ISB; {LX}"], A),  # nothing for ISB to wait for
    "MP+dmb+ctrlisb": (MP, [MPW, f"{RY}; {CTRLISB}; {LX}"], F),  # refetch after the branch is decided
    "MP+dmbs": (MP, [MPW, f"{RY}; DMB SY; {LX}"], F),
    "MP+dmb.st+dmb.ld": (MP, [f"{WX}; DMB ST; {WY}", f"{RY}; DMB LD; {LX}"], F),  # enough for each side
    "MP+dmb.st+dmb.st": (MP, [f"{WX}; DMB ST; {WY}", f"{RY}; DMB ST; {LX}"], A),  # ST leaves loads alone
    "MP+dmb.ld+dmb.ld": (MP, [f"{WX}; DMB LD; {WY}", f"{RY}; DMB LD; {LX}"], A),  # LD leaves stores alone
    "MP+dsb.ish+dsb.ld": (MP, [f"{WX}; DSB ISH; {WY}", f"{RY}; DSB LD; {LX}"], F),  # a DSB does what a DMB does
    "MP+dmb+addr-po": (MP, [MPW, f"{RY}; EOR W12,W10,W10; LDR W13,[X2,W12,SXTW]; {LX}"], A),  # a load is not held back
    "MP+dmb+addr-isb": (MP, [MPW, f"{RY}; EOR W12,W10,W10; LDR W13,[X2,W12,SXTW]; ISB; {LX}"], F),  # by ISB it is
    "MP+dmb+data-rfi-addr": (
        MP,  # a forwarded value is not there before the data it was stored from
        [MPW, f"{RY}; {DATA_Z}; LDR W13,[X2]; EOR W14,W13,W13; LDR W11,[X0,W14,SXTW]"],
        F,
    ),
    "PPOCA: MP+dmb+ctrl-rfi-addr": (
        MP,  # a store after an undecided branch may be forwarded
        [MPW, f"{RY}; {CTRL}; {WZ}; LDR W13,[X2]; EOR W14,W13,W13; LDR W11,[X0,W14,SXTW]"],
        A,
    ),
    "PPOAA: MP+dmb+addr-rfi-addr": (
        MP,  # but not one whose address is not known
        [MPW, f"{RY}; EOR W12,W10,W10; STR W9,[X2,W12,SXTW]; LDR W13,[X2]; EOR W14,W13,W13; LDR W11,[X0,W14,SXTW]"],
        F,
    ),
    "MP+dmb+ctrl-rfi-ctrlisb": (
        MP,  # the ISB waits for the first branch as well
        [MPW, f"{RY}; CBNZ W10,K; K: {WZ}; LDR W13,[X2]; CBNZ W13,L; L: ISB; {LX}"],
        F,
    ),
    "MP+dmb+fri-rfi-addr": (
        f"{MP} /\\ y=2",  # an own store over what was read hides the order of the read
        [MPW, f"{RY}; STR W8,[X1]; LDR W13,[X1]; EOR W14,W13,W13; LDR W11,[X0,W14,SXTW]"],
        A,
    ),
    "RSW: MP+dmb+addr-po-addr, same write read twice": (
        MP,  # two loads of one location that see one write are not ordered
        [
            MPW,
            f"{RY}; EOR W12,W10,W10; LDR W13,[X2,W12,SXTW]; LDR W14,[X2]; EOR W15,W14,W14; LDR W11,[X0,W15,SXTW]",
        ],
        A,
    ),
    "RDW: the same, different writes read": (
        f"{MP} /\\ 1:X13=0 /\\ 1:X14=1",  # coherence makes the second load the later one
        [
            MPW,
            f"{RY}; EOR W12,W10,W10; LDR W13,[X2,W12,SXTW]; LDR W14,[X2]; EOR W15,W14,W14; LDR W11,[X0,W15,SXTW]",
            WZ,
        ],
        F,
    ),
    "MP+rel+acq": (MP, [f"{WX}; STLR W9,[X1]", f"LDAR W10,[X1]; {LX}"], F),
    "MP+rel+acqpc": (MP, [f"{WX}; STLR W9,[X1]", f"LDAPR W10,[X1]; {LX}"], F),  # weaker only against own releases
    "MP+rel+acqpc, unscaled": (MP, [f"{WX}; STLUR W9,[X1]", f"LDAPUR W10,[X1]; {LX}"], F),
    "MP+rel+acq, bytes": (MP, [f"{WX}; STLRB W9,[X1]", f"LDARB W10,[X1]; {LX}"], F),
    "MP+rel+po": (MP, [f"{WX}; STLR W9,[X1]", f"{RY}; {LX}"], A),
    "MP+po+acq": (MP, [f"{WX}; {WY}", f"LDAR W10,[X1]; {LX}"], A),
    "MP+rel first+acq": (MP, [f"STLR W9,[X0]; {WY}", f"LDAR W10,[X1]; {LX}"], A),  # a release orders what is before
    "MP+dmb+acq second": (MP, [MPW, f"{RY}; LDAR W11,[X0]"], A),  # an acquire orders what is after
    "MP+dmb+ldtr-addr": (MP, [MPW, "LDTR W10,[X1]; EOR W12,W10,W10; LDR W11,[X0,W12,SXTW]"], F),  # plain order
    # -- message passing with atomics ----------------------------------------------------------------------------
    "MP+dmb+swpa": (MP, [MPW, f"SWPA W8,W10,[X1]; {LX}"], F),  # an atomic can be an acquire
    "MP+dmb+swp": (MP, [MPW, f"SWP W8,W10,[X1]; {LX}"], A),
    "MP+dmb+ldadda": (MP, [MPW, f"LDADDA W9,W10,[X1]; {LX}"], F),
    "MP+dmb+ldadda to wzr": ("y=2 /\\ 1:X11=0", [MPW, f"LDADDA W9,WZR,[X1]; {LX}"], A),  # no destination, no acquire
    "MP+dmb+stadd-dmb.ld": ("y=2 /\\ 1:X11=0", [MPW, f"STADD W9,[X1]; DMB LD; {LX}"], A),  # nor a read for DMB LD
    "MP+dmb+ldadd-dmb.ld": ("y=2 /\\ 1:X11=0", [MPW, f"LDADD W9,W10,[X1]; DMB LD; {LX}"], F),
    "MP+dmb+stadd-dmb.sy": ("y=2 /\\ 1:X11=0", [MPW, f"STADD W9,[X1]; DMB SY; {LX}"], F),
    "MP+swpl+addr": (MP, [f"{WX}; SWPL W9,W13,[X1]", f"{RY}; {ADDR_X}"], F),  # or a release
    "MP+swpa+addr": (MP, [f"{WX}; SWPA W9,W13,[X1]", f"{RY}; {ADDR_X}"], A),
    "MP+staddl+acq": (MP, [f"{WX}; STADDL W9,[X1]", f"LDAR W10,[X1]; {LX}"], F),
    "MP+dmb+casa that fails": (MP, [MPW, f"MOV W10,#5; CASA W10,W9,[X1]; {LX}"], F),  # it still reads as an acquire
    "MP+dmb+ldxr-stxr-addr of the status": (
        "1:X10=1 /\\ 1:X13=0 /\\ 1:X11=0",  # whether a store-exclusive succeeds may be known before it reads
        [MPW, "LDXR W10,[X1]; STXR W13,W8,[X1]; EOR W12,W13,W13; LDR W11,[X0,W12,SXTW]"],
        A,
    ),
    "MP+dmb+ldaxr": (MP, [MPW, f"LDAXR W10,[X1]; STXR W13,W8,[X1]; {LX}"], F),
    # -- store buffering: only full barriers, or release to acquire --------------------------------------------------
    "SB": (SB, [f"{WX}; {RY}", f"{WY}; {RX}"], A),
    "SB+dmbs": (SB, [f"{WX}; DMB SY; {RY}", f"{WY}; DMB SY; {RX}"], F),
    "SB+dmb+po": (SB, [f"{WX}; DMB SY; {RY}", f"{WY}; {RX}"], A),
    "SB+dmb.sts": (SB, [f"{WX}; DMB ST; {RY}", f"{WY}; DMB ST; {RX}"], A),
    "SB+dmb.lds": (SB, [f"{WX}; DMB LD; {RY}", f"{WY}; DMB LD; {RX}"], A),
    "SB+dsbs": (SB, [f"{WX}; DSB SY; {RY}", f"{WY}; DSB SY; {RX}"], F),
    "SB+isbs": (SB, [f"{WX}; ISB; {RY}", f"{WY}; ISB; {RX}"], A),
    "SB+rel-acqs": (SB, ["STLR W9,[X0]; LDAR W10,[X1]", "STLR W9,[X1]; LDAR W10,[X0]"], F),
    "SB+rel-acqpcs": (SB, ["STLR W9,[X0]; LDAPR W10,[X1]", "STLR W9,[X1]; LDAPR W10,[X0]"], A),  # RCpc, not RCsc
    "SB+rel-pos": (SB, [f"STLR W9,[X0]; {RY}", f"STLR W9,[X1]; {RX}"], A),
    "SB+po-acqs": (SB, [f"{WX}; LDAR W10,[X1]", f"{WY}; LDAR W10,[X0]"], A),
    "SB+swpals": (SB, [f"SWPAL W9,W13,[X0]; {RY}", f"SWPAL W9,W13,[X1]; {RX}"], F),  # acquire and release: full order
    "SB+casals": (SB, [f"CASAL W14,W9,[X0]; {RY}", f"CASAL W14,W9,[X1]; {RX}"], F),
    "SB+swpas": (SB, [f"SWPA W9,W13,[X0]; {RY}", f"SWPA W9,W13,[X1]; {RX}"], A),
    "SB+swpls": (SB, [f"SWPL W9,W13,[X0]; {RY}", f"SWPL W9,W13,[X1]; {RX}"], A),
    "SB+rfi-addrs": (
        SB,  # a forwarded value gives no order
        [
            f"{WX}; LDR W13,[X0]; EOR W12,W13,W13; LDR W10,[X1,W12,SXTW]",
            f"{WY}; LDR W13,[X1]; EOR W12,W13,W13; LDR W10,[X0,W12,SXTW]",
        ],
        A,
    ),
    "SB+ldaxr-stlxrs": (
        f"{SB} /\\ 0:X13=0 /\\ 1:X13=0",  # the store half may be late: why Linux has smp_mb__after_atomic
        [f"LDAXR W12,[X0]; STLXR W13,W9,[X0]; {RY}", f"LDAXR W12,[X1]; STLXR W13,W9,[X1]; {RX}"],
        A,
    ),
    "SB+ldxr-stlxr-dmbs": (
        f"{SB} /\\ 0:X13=0 /\\ 1:X13=0",
        [f"LDXR W12,[X0]; STLXR W13,W9,[X0]; DMB SY; {RY}", f"LDXR W12,[X1]; STLXR W13,W9,[X1]; DMB SY; {RX}"],
        F,
    ),
    # -- load buffering: any dependency on both sides ----------------------------------------------------------------
    "LB": (LB, [f"{RX}; {WY}", f"{RY}; {WX}"], A),
    "LB+data+po": (LB, [f"{RX}; {DATA_Y}", f"{RY}; {WX}"], A),
    "LB+datas": (LB, [f"{RX}; {DATA_Y}", f"{RY}; {DATA_X}"], F),
    "LB+addrs": (LB, [f"{RX}; {ADDR_WY}", f"{RY}; {ADDR_WX}"], F),
    "LB+ctrls": (LB, [f"{RX}; {CTRL}; {WY}", f"{RY}; {CTRL}; {WX}"], F),  # no store before the branch is decided
    "LB+data+ctrl": (LB, [f"{RX}; {DATA_Y}", f"{RY}; {CTRL}; {WX}"], F),
    "LB+dmb+po": (LB, [f"{RX}; DMB SY; {WY}", f"{RY}; {WX}"], A),
    "LB+dmbs": (LB, [f"{RX}; DMB SY; {WY}", f"{RY}; DMB SY; {WX}"], F),
    "LB+dmb.ld+data": (LB, [f"{RX}; DMB LD; {WY}", f"{RY}; {DATA_X}"], F),  # LD orders loads with all that follows
    "LB+dmb.st+data": (LB, [f"{RX}; DMB ST; {WY}", f"{RY}; {DATA_X}"], A),
    "LB+isb+data": (LB, [f"{RX}; ISB; {WY}", f"{RY}; {DATA_X}"], A),
    "LB+rels": (LB, [f"{RX}; STLR W9,[X1]", f"{RY}; STLR W9,[X0]"], F),
    "LB+acqs": (LB, [f"LDAR W10,[X0]; {WY}", f"LDAR W10,[X1]; {WX}"], F),
    "LB+acqpcs": (LB, [f"LDAPR W10,[X0]; {WY}", f"LDAPR W10,[X1]; {WX}"], F),
    "LB+rel+po": (LB, [f"{RX}; STLR W9,[X1]", f"{RY}; {WX}"], A),
    "LB+addr-po+data": (LB, [f"{RX}; {ADDR_Z}; {WY}", f"{RY}; {DATA_X}"], F),  # an address might fault
    "LB+data-rfi-data+data": (
        LB,
        [f"{RX}; {DATA_Z}; LDR W13,[X2]; EOR W14,W13,W13; ADD W14,W14,#1; STR W14,[X1]", f"{RY}; {DATA_X}"],
        F,
    ),
    "LB+swp to wzr+data": (
        "x=2 /\\ y=2 /\\ 1:X10=2",  # what STADD and its kin read orders nothing after it
        ["STADD W9,[X0]; STR W8,[X1]", f"{RY}; EOR W12,W10,W10; ADD W12,W12,#1; STR W12,[X0]"],
        A,
    ),
    # -- S, R, 2+2W ------------------------------------------------------------------------------------------------
    "S": (S, [f"STR W8,[X0]; {WY}", f"{RY}; {WX}"], A),
    "S+dmb+po": (S, [SW, f"{RY}; {WX}"], A),
    "S+po+data": (S, [f"STR W8,[X0]; {WY}", f"{RY}; {DATA_X}"], A),
    "S+dmb+data": (S, [SW, f"{RY}; {DATA_X}"], F),
    "S+dmb+addr": (S, [SW, f"{RY}; {ADDR_WX}"], F),
    "S+dmb+ctrl": (S, [SW, f"{RY}; {CTRL}; {WX}"], F),
    "S+dmb.st+data": (S, [SW.replace("SY", "ST"), f"{RY}; {DATA_X}"], F),
    "S+rel+acq": (S, ["STR W8,[X0]; STLR W9,[X1]", f"LDAR W10,[X1]; {WX}"], F),
    "R": (R, [f"{WX}; {WY}", f"STR W8,[X1]; {RX}"], A),
    "R+dmbs": (R, [MPW, f"STR W8,[X1]; DMB SY; {RX}"], F),
    "R+dmb+po": (R, [MPW, f"STR W8,[X1]; {RX}"], A),
    "R+dmb.st+dmb": (R, [f"{WX}; DMB ST; {WY}", f"STR W8,[X1]; DMB SY; {RX}"], F),
    "R+dmb+dmb.st": (R, [MPW, f"STR W8,[X1]; DMB ST; {RX}"], A),
    "R+rel+rel-acq": (R, [f"{WX}; STLR W9,[X1]", "STLR W8,[X1]; LDAR W10,[X0]"], F),
    "R+rel+rel-acqpc": (R, [f"{WX}; STLR W9,[X1]", "STLR W8,[X1]; LDAPR W10,[X0]"], A),
    "2+2W": (W22, [f"STR W8,[X0]; {WY}", f"STR W8,[X1]; {WX}"], A),
    "2+2W+dmb+po": (W22, [f"STR W8,[X0]; DMB SY; {WY}", f"STR W8,[X1]; {WX}"], A),
    "2+2W+dmbs": (W22, [f"STR W8,[X0]; DMB SY; {WY}", f"STR W8,[X1]; DMB SY; {WX}"], F),
    "2+2W+dmb.sts": (W22, [f"STR W8,[X0]; DMB ST; {WY}", f"STR W8,[X1]; DMB ST; {WX}"], F),
    "2+2W+dmb.lds": (W22, [f"STR W8,[X0]; DMB LD; {WY}", f"STR W8,[X1]; DMB LD; {WX}"], A),
    "2+2W+rels": (W22, ["STR W8,[X0]; STLR W9,[X1]", "STR W8,[X1]; STLR W9,[X0]"], F),
    "2+2W+rel firsts": (W22, [f"STLR W8,[X0]; {WY}", f"STLR W8,[X1]; {WX}"], A),
    # -- three and four threads: stores are multi-copy atomic, so thread-local order is enough ---------------------
    "WRC": (WRC, [WX, f"{RX}; {WY}", f"{RY}; {LX}"], A),
    "WRC+po+addr": (WRC, [WX, f"{RX}; {WY}", f"{RY}; {ADDR_X}"], A),
    "WRC+data+po": (WRC, [WX, f"{RX}; {DATA_Y}", f"{RY}; {LX}"], A),
    "WRC+data+addr": (WRC, [WX, f"{RX}; {DATA_Y}", f"{RY}; {ADDR_X}"], F),
    "WRC+addrs": (WRC, [WX, f"{RX}; {ADDR_WY}", f"{RY}; {ADDR_X}"], F),
    "WRC+ctrl+addr": (WRC, [WX, f"{RX}; {CTRL}; {WY}", f"{RY}; {ADDR_X}"], F),
    "WRC+data+ctrl": (WRC, [WX, f"{RX}; {DATA_Y}", f"{RY}; {CTRL}; {LX}"], A),
    "WRC+data+ctrlisb": (WRC, [WX, f"{RX}; {DATA_Y}", f"{RY}; {CTRLISB}; {LX}"], F),
    "WRC+rel+acq": (WRC, [WX, f"{RX}; STLR W9,[X1]", f"LDAR W10,[X1]; {LX}"], F),
    "ISA2+dmb+data+addr": (WRC, [MPW, f"{RY}; {DATA_Z}", f"{RZ}; {ADDR_X}"], F),
    "ISA2+po+data+addr": (WRC, [f"{WX}; {WY}", f"{RY}; {DATA_Z}", f"{RZ}; {ADDR_X}"], A),
    "ISA2+dmb+po+addr": (WRC, [MPW, f"{RY}; {WZ}", f"{RZ}; {ADDR_X}"], A),
    "ISA2+dmb+ctrl+addr": (WRC, [MPW, f"{RY}; {CTRL}; {WZ}", f"{RZ}; {ADDR_X}"], F),
    "ISA2+dmb+ctrl+ctrl": (WRC, [MPW, f"{RY}; {CTRL}; {WZ}", f"{RZ}; {CTRL}; {LX}"], A),
    "RWC+po+dmb": (RWC, [WX, f"{RX}; LDR W11,[X1]", f"{WY}; DMB SY; {RX}"], A),
    "RWC+addr+dmb": (RWC, [WX, f"{RX}; {ADDR_Y}", f"{WY}; DMB SY; {RX}"], F),
    "RWC+addr+po": (RWC, [WX, f"{RX}; {ADDR_Y}", f"{WY}; {RX}"], A),
    "W+RWC+dmb+addr+dmb": (RWC, [MPW, f"{RY}; {ADDR_Z}", f"{WZ}; DMB SY; {RX}"], F),
    "W+RWC+po+addr+dmb": (RWC, [f"{WX}; {WY}", f"{RY}; {ADDR_Z}", f"{WZ}; DMB SY; {RX}"], A),
    "WWC+datas": ("1:X10=2 /\\ 2:X10=1 /\\ x=2", ["STR W8,[X0]", f"{RX}; {DATA_Y}", f"{RY}; {DATA_X}"], F),
    "WWC+po+data": ("1:X10=2 /\\ 2:X10=1 /\\ x=2", ["STR W8,[X0]", f"{RX}; {WY}", f"{RY}; {DATA_X}"], A),
    "Z6.3+dmbs+addr": (
        "y=2 /\\ 2:X10=1 /\\ 2:X11=0",
        [MPW, f"STR W8,[X1]; DMB SY; {WZ}", f"{RZ}; {ADDR_X}"],
        F,
    ),
    "Z6.3+dmb+po+addr": ("y=2 /\\ 2:X10=1 /\\ 2:X11=0", [MPW, f"STR W8,[X1]; {WZ}", f"{RZ}; {ADDR_X}"], A),
    "3.SB+dmbs": (
        f"{SB} /\\ 2:X10=0",
        [f"{WX}; DMB SY; {RY}", f"{WY}; DMB SY; {RZ}", f"{WZ}; DMB SY; {RX}"],
        F,
    ),
    "3.LB+datas": (f"{LB} /\\ 2:X10=1", [f"{RX}; {DATA_Y}", f"{RY}; {DATA_Z}", f"{RZ}; {DATA_X}"], F),
    "IRIW": (IRIW, [WX, f"{RX}; LDR W11,[X1]", WY, f"{RY}; {LX}"], A),
    "IRIW+addrs": (IRIW, [WX, f"{RX}; {ADDR_Y}", WY, f"{RY}; {ADDR_X}"], F),  # allowed on Power, not here
    "IRIW+ctrls": (IRIW, [WX, f"{RX}; {CTRL}; LDR W11,[X1]", WY, f"{RY}; {CTRL}; {LX}"], A),
    "IRIW+dmbs": (IRIW, [WX, f"{RX}; DMB SY; LDR W11,[X1]", WY, f"{RY}; DMB SY; {LX}"], F),
    "IRIW+acqs": (IRIW, [WX, "LDAR W10,[X0]; LDR W11,[X1]", WY, f"LDAR W10,[X1]; {LX}"], F),
    # -- coherence: one location is sequentially consistent ---------------------------------------------------------
    "CoRR": ("1:X10=1 /\\ 1:X11=0", [WX, f"{RX}; {LX}"], F),
    "CoWW": ("x=1", [f"{WX}; STR W8,[X0]"], F),
    "CoWR0": ("0:X10=0", [f"{WX}; {RX}"], F),  # an own store is seen
    "CoWR": ("0:X10=2 /\\ x=1", [f"{WX}; {RX}", "STR W8,[X0]"], F),  # what is read after a store is after it
    "CoRW1": ("0:X10=1", [f"{RX}; {WX}"], F),  # nor is a store seen before it
    "CoRW2": ("1:X10=1 /\\ x=1", [WX, f"{RX}; STR W8,[X0]"], F),  # a store after a load is after what was read
    "CoRR2": (
        "1:X10=1 /\\ 1:X11=2 /\\ 3:X10=2 /\\ 3:X11=1",  # all agree on the order of two stores
        [WX, f"{RX}; {LX}", "STR W8,[X0]", f"{RX}; {LX}"],
        F,
    ),
    # -- atomicity ---------------------------------------------------------------------------------------------------
    "a store between ldxr and stxr": (
        "0:X10=0 /\\ 0:X13=0 /\\ x=1",  # no store comes between what was read and what was stored
        ["LDXR W10,[X0]; STXR W13,W9,[X0]", "STR W8,[X0]"],
        F,
    ),
    "a store after ldxr and stxr": (
        "0:X10=0 /\\ 0:X13=0 /\\ x=2",
        ["LDXR W10,[X0]; STXR W13,W9,[X0]", "STR W8,[X0]"],
        A,
    ),
    "two exclusive increments lose none": (
        "0:X13=0 /\\ 1:X13=0 /\\ x=1",
        ["LDXR W10,[X0]; ADD W11,W10,#1; STXR W13,W11,[X0]"] * 2,
        F,
    ),
    "clrex between ldxr and stxr": ("0:X13=0", ["LDXR W10,[X0]; CLREX; STXR W13,W9,[X0]"], F),
    "stxr to another place": ("0:X13=0", ["LDXR W10,[X0]; STXR W13,W9,[X1]"], F),
    "stxr may fail for no reason": ("0:X13=1", ["LDXR W10,[X0]; STXR W13,W9,[X0]"], A),
    "three stadd lose none": ("~(x=3)", ["STADD W9,[X0]", "STADD W9,[X0]", "STADDL W9,[X0]"], F),
    "two swaps do not see each other's past": ("0:X10=0 /\\ 1:X10=0", ["SWP W9,W10,[X0]", "SWP W8,W10,[X0]"], F),
    "two cas from one value": ("0:X10=0 /\\ 1:X10=0", ["CAS W10,W9,[X0]", "CAS W10,W8,[X0]"], F),
    "ldsmax is signed": ("x=1", ["MOV W11,#-1; STR W9,[X0]; LDSMAX W11,W10,[X0]"], A),
    "ldumax is not": ("x=1", ["MOV W11,#-1; STR W9,[X0]; LDUMAX W11,W10,[X0]"], F),
    # -- mixed sizes -----------------------------------------------------------------------------------------------
    "halves of one store, read in order": (
        "1:X10=1 /\\ 1:X11=0",
        ["MOV X12,#1; MOVK X12,#1,LSL #32; STR X12,[X0]", f"LDR W10,[X0,#4]; {ADDR_X}"],
        F,  # the store is one access
    ),
    "halves of one store, read in no order": (
        "1:X10=1 /\\ 1:X11=0",
        ["MOV X12,#1; MOVK X12,#1,LSL #32; STR X12,[X0]", f"LDR W10,[X0,#4]; {LX}"],
        A,
    ),
    "two stores in order, one load of both": (
        "1:X10=0x100000000",
        [f"{WX}; DMB ST; STR W9,[X0,#4]", "LDR X10,[X0]"],
        F,  # so is the load
    ),
    "two stores in no order, one load of both": (
        "1:X10=0x100000000",
        [f"{WX}; STR W9,[X0,#4]", "LDR X10,[X0]"],
        A,
    ),
    "two stores in order, a pair of loads": (
        "1:X10=0 /\\ 1:X11=1",
        [f"{WX}; DMB ST; STR W9,[X0,#4]", "LDP W10,W11,[X0]"],
        A,  # LDP is two accesses, in no order
    ),
    "two stores in order, a pair of non-temporal loads": (
        "1:X10=0 /\\ 1:X11=1",
        [f"{WX}; DMB ST; STR W9,[X0,#4]", "LDNP W10,W11,[X0]"],
        A,
    ),
    "two stores in order, an exclusive pair of W registers": (
        "1:X10=0 /\\ 1:X11=1",
        [f"{WX}; DMB ST; STR W9,[X0,#4]", "LDXP W10,W11,[X0]"],
        F,  # which is one access of 8 bytes
    ),
    "half of a load forwarded, half not yet written over": (
        "0:X10=1 /\\ 1:X10=0x100",  # each sees its own byte first
        ["STRB W9,[X0]; LDRH W10,[X0]", "STRB W9,[X0,#1]; LDRH W10,[X0]"],
        A,
    ),
    "stores of two CPUs in two halves, seen in both orders": (
        "2:X10=1 /\\ 3:X10=0x100000000",
        [WX, "STR W9,[X0,#4]", "LDR X10,[X0]", "LDR X10,[X0]"],
        F,  # loads are at one moment, for all
    ),
    "the same with pairs of loads": (
        "2:X10=1 /\\ 2:X11=0 /\\ 3:X10=0 /\\ 3:X11=1",
        [WX, "STR W9,[X0,#4]", "LDP W10,W11,[X0]", "LDP W10,W11,[X0]"],
        A,
    ),
    "CoRR over sizes": ("1:X10=1 /\\ 1:X11=0", [WX, "LDRB W10,[X0]; LDR W11,[X0]"], F),
    "CoWR over sizes": ("0:X10=1", ["STR W9,[X0]; STRB W8,[X0]; LDRH W10,[X0]"], F),
    "MP+dmb+addr, halfword in a word": (
        "1:X10=1 /\\ 1:X11=0",
        [f"{WX}; DMB ST; STR W9,[X1]", "LDRH W10,[X1]; EOR W12,W10,W10; LDRB W11,[X0,W12,SXTW]"],
        F,
    ),
    "MP+dmb+po, halfword in a word": (
        "1:X10=1 /\\ 1:X11=0",
        [f"{WX}; DMB ST; STR W9,[X1]", "LDRH W10,[X1]; LDRB W11,[X0]"],
        A,
    ),
    "byte stores make a word": ("~(x=0x2020101)", [
        "STRB W9,[X0]; STRB W9,[X0,#1]; STRH W12,[X0,#2]; MOV W11,#2; STRB W11,[X0,#2]; STRB W11,[X0,#3]",
    ], F),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_verdict_of_the_literature(name: str) -> None:
    condition, threads, expected = SHAPES[name]
    assert verdict(name, list(threads), condition) == expected
