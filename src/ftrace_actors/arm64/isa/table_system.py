"""Rows of branches, exceptions, barriers, hints, cache and TLB maintenance (Arm ARM C4.1.93)."""

from __future__ import annotations

from . import semantics_select as select
from . import semantics_system as system
from .codecs_immediate import BitNumber, BranchTarget, Unsigned
from .codecs_name import BARRIER_DOMAINS, SYSTEM_REGISTERS, Named
from .codecs_register import Reg
from .fields import CONDITION_ALIASES, CONDITIONS, RN, RT
from .operands import Register
from .row import BARRIER, CACHE, SYNC, SYSTEM, Row, both_widths, row

__all__ = ["ROWS"]


class _ReturnRegister(Reg):
    """The register of RET, x30 if left out."""

    __slots__ = ()
    default = Register(30)


def _branches() -> list[Row]:
    rows = [
        row("b", "0 00101 iiiiiiiiiiiiiiiiiiiiiiiiii", (BranchTarget(0, 26),), select.bind_branch),
        row("bl", "1 00101 iiiiiiiiiiiiiiiiiiiiiiiiii", (BranchTarget(0, 26),), select.bind_branch),
        row("br", "1101011 0 000 11111 000000 nnnnn 00000", (Reg(64, RN),), select.bind_branch_register),
        row("blr", "1101011 0 001 11111 000000 nnnnn 00000", (Reg(64, RN),), select.bind_branch_register),
        row(
            "ret",
            "1101011 0 010 11111 000000 nnnnn 00000",
            (_ReturnRegister(64, RN),),
            select.bind_branch_register,
        ),
    ]
    for number, condition in enumerate(CONDITIONS):
        names = [condition, *(alias for alias, name in CONDITION_ALIASES.items() if name == condition)]
        rows += [
            row(
                f"{kind}.{name}",
                f"0101010 0 iiiiiiiiiiiiiiiiiii {bit} {number:04b}",
                (BranchTarget(5, 19),),
                select.bind_branch_conditional,
                assemble_only=name != condition,
            )
            for name in names
            for kind, bit in (("b", "0"), ("bc", "1"))
        ]
    for name, op in (("cbz", "0"), ("cbnz", "1")):
        rows += both_widths(
            name,
            f"z 011010 {op} iiiiiiiiiiiiiiiiiii ttttt",
            lambda w: (Reg(w, RT), BranchTarget(5, 19)),
            select.bind_compare_branch,
        )
    for name, op in (("tbz", "0"), ("tbnz", "1")):
        pattern = f"z 011011 {op} bbbbb iiiiiiiiiiiiii ttttt"
        rows += both_widths(
            name,
            pattern,
            lambda w: (Reg(w, RT), BitNumber(w == 64), BranchTarget(5, 14)),
            select.bind_test_branch,
        )
        # A low bit may be written with the X register too; the word says W.
        low = pattern.replace("z", "0")
        rows.append(
            row(
                name,
                low,
                (Reg(64, RT), BitNumber(high=False), BranchTarget(5, 14)),
                select.bind_test_branch,
                assemble_only=True,
            )
        )
    return rows


def _exceptions() -> list[Row]:
    rows = [
        row(
            name,
            f"11010100 {opc} iiiiiiiiiiiiiiii {ll}",
            (Unsigned(5, 16),),
            system.bind_exception,
            visible=SYSTEM,
        )
        for name, opc, ll in (
            ("svc", "000", "00001"),
            ("hvc", "000", "00010"),
            ("smc", "000", "00011"),
            ("brk", "001", "00000"),
            ("hlt", "010", "00000"),
        )
    ]
    rows.append(
        row(
            "udf",
            "0000000000000000 iiiiiiiiiiiiiiii",
            (Unsigned(0, 16),),
            system.bind_exception,
            visible=SYSTEM,
        )
    )
    rows.append(row("eret", "1101011 0100 11111 000000 11111 00000", (), system.bind_eret, visible=SYSTEM))
    return rows


#: Hints that have a name; all but WFE and WFI do nothing here. Pointer authentication is not modelled.
_HINTS = {
    0: "nop",
    1: "yield",
    4: "sev",
    5: "sevl",
    6: "dgh",
    7: "xpaclri",
    8: "pacia1716",
    10: "pacib1716",
    12: "autia1716",
    14: "autib1716",
    16: "esb",
    20: "csdb",
    24: "paciaz",
    25: "paciasp",
    26: "pacibz",
    27: "pacibsp",
    28: "autiaz",
    29: "autiasp",
    30: "autibz",
    31: "autibsp",
}


def _hint_bits(number: int) -> str:
    return f"1101010100 0 00 011 0010 {number:07b} 11111"


def _hints() -> list[Row]:
    targets = {0: "none", 1: "c", 2: "j", 3: "jc"}
    rows = [row(name, _hint_bits(number), (), system.bind_nop) for number, name in _HINTS.items()]
    rows += [
        row("wfe", _hint_bits(2), (), system.bind_wait, visible=SYSTEM),
        row("wfi", _hint_bits(3), (), system.bind_wait, visible=SYSTEM),
        row("bti", _hint_bits(32), (), system.bind_nop),
        row(
            "bti",
            "1101010100 0 00 011 0010 0100 tt 0 11111",
            (Named("a branch type", 6, 2, targets, default="none"),),
            system.bind_nop,
        ),
        row("tsb", _hint_bits(18), (Named("a synchronization", 5, 7, {18: "csync"}),), system.bind_nop),
        row("psb", _hint_bits(17), (Named("a synchronization", 5, 7, {17: "csync"}),), system.bind_nop),
        row("hint", "1101010100 0 00 011 0010 iiiiiii 11111", (Unsigned(5, 7),), system.bind_nop),
    ]
    return rows


def _barriers() -> list[Row]:
    domain = Named("a barrier domain", 8, 4, BARRIER_DOMAINS, numeric=True)
    start = "1101010100 0 00 011 0011"
    nxs = Named("a barrier domain", 10, 2, {0: "oshnxs", 1: "nshnxs", 2: "ishnxs", 3: "synxs"})
    return [
        row("ssbb", f"{start} 0000 100 11111", (), system.bind_nop),
        row("pssbb", f"{start} 0100 100 11111", (), system.bind_nop),
        row("dsb", f"{start} dddd 100 11111", (domain,), system.bind_barrier, visible=BARRIER),
        row("dsb", f"{start} dd10 001 11111", (nxs,), system.bind_barrier_nxs, visible=BARRIER),
        row("dmb", f"{start} dddd 101 11111", (domain,), system.bind_barrier, visible=BARRIER),
        row("isb", f"{start} 1111 110 11111", (), system.bind_isb, visible=SYNC),
        row(
            "isb",
            f"{start} dddd 110 11111",
            (Named("a barrier domain", 8, 4, {15: "sy"}, numeric=True),),
            system.bind_isb,
            visible=SYNC,
        ),
        row("sb", f"{start} 0000 111 11111", (), system.bind_sb, visible=SYNC),
    ]


def _sys(op1: int, crn: int, crm: int, op2: int) -> int:
    """Bits 5-18 of SYS."""
    return op1 << 11 | crn << 7 | crm << 3 | op2


_SYS = "1101010100 0 01 ooonnnnmmmmppp ttttt"
_SYS_ALL = "1101010100 0 01 ooonnnnmmmmppp 11111"


def _maintenance() -> list[Row]:
    data = {
        _sys(0, 7, 6, 1): "ivac",
        _sys(3, 7, 10, 1): "cvac",
        _sys(3, 7, 11, 1): "cvau",
        _sys(3, 7, 12, 1): "cvap",
        _sys(3, 7, 13, 1): "cvadp",
        _sys(3, 7, 14, 1): "civac",
    }
    lines = {_sys(3, 7, 5, 1): "ivau"}
    whole = {_sys(0, 7, 1, 0): "ialluis", _sys(0, 7, 5, 0): "iallu"}
    rt = Reg(64, RT)
    return [
        row(
            "dc",
            _SYS,
            (Named("a data cache operation", 5, 14, data), rt),
            system.bind_data_cache,
            visible=CACHE,
            address=system.address_operand,
        ),
        row(
            "ic",
            _SYS,
            (Named("an instruction cache operation", 5, 14, lines), rt),
            system.bind_instruction_cache,
            visible=CACHE,
            address=system.address_operand,
        ),
        row(
            "ic",
            _SYS_ALL,
            (Named("an instruction cache operation", 5, 14, whole),),
            system.bind_instruction_cache,
            visible=CACHE,
        ),
        *_translation(rt),
    ]


def _translation(rt: Reg) -> list[Row]:
    """TLBI of either stage and any reach: nothing here has a TLB."""
    reaches = ((1, 5, "os"), (3, 2, "is"), (7, 6, ""))
    addressed = ((1, "vae1"), (3, "vaae1"), (5, "vale1"), (7, "vaale1"))
    whole = {
        _sys(op1, 8, crm, op2): name + suffix
        for op1, op2, name in ((0, 0, "vmalle1"), (4, 0, "alle2"), (4, 4, "alle1"), (4, 6, "vmalls12e1"))
        for crm, _, suffix in reaches
    }
    some = {_sys(0, 8, crm, op2): name + suffix for crm, _, suffix in reaches for op2, name in addressed}
    some |= {_sys(0, 8, crm, 2): f"aside1{suffix}" for crm, _, suffix in reaches}
    some |= {
        _sys(0, 8, crm, op2): f"r{name}{suffix}" for _, crm, suffix in reaches for op2, name in addressed
    }
    some |= {
        _sys(4, 8, crm, op2): name + suffix
        for crm, _, suffix in reaches
        for op2, name in ((1, "vae2"), (5, "vale2"))
    }
    some |= {
        _sys(4, 8, crm, op2): name + suffix
        for crm, suffix in ((0, "is"), (4, ""))
        for op2, name in ((1, "ipas2e1"), (5, "ipas2le1"))
    }
    return [
        row("tlbi", _SYS_ALL, (Named("a TLB operation", 5, 14, whole),), system.bind_nop),
        row("tlbi", _SYS, (Named("a TLB operation", 5, 14, some), rt), system.bind_nop),
    ]


_READ_ONLY = {
    "cntfrq_el0",
    "cntpct_el0",
    "cntvct_el0",
    "ctr_el0",
    "currentel",
    "dczid_el0",
    "midr_el1",
    "mpidr_el1",
    "revidr_el1",
}


def _system_registers() -> list[Row]:
    writable = {number: name for number, name in SYSTEM_REGISTERS.items() if name not in _READ_ONLY}
    masks = {_sys(3, 4, 0, 6): "daifset", _sys(3, 4, 0, 7): "daifclr"}
    rt = Reg(64, RT)
    rows = [
        row(
            "mrs",
            "1101010100 1 1 ooooooooooooooo ttttt",
            (rt, Named("a system register", 5, 16, SYSTEM_REGISTERS)),
            system.bind_read_system,
        ),
        row(
            "msr",
            "1101010100 0 1 ooooooooooooooo ttttt",
            (Named("a writable system register", 5, 16, writable), rt),
            system.bind_write_system,
        ),
    ]
    for field, name in masks.items():
        op1, op2 = field >> 11, field & 7
        rows.append(
            row(
                "msr",
                f"1101010100 0 00 {op1:03b} 0100 iiii {op2:03b} 11111",
                (Named("a processor state field", 5, 3, {op2: name}), Unsigned(8, 4)),
                system.bind_pstate,
            )
        )
    for op1, op2, name in ((0, 3, "uao"), (0, 4, "pan"), (0, 5, "spsel"), (3, 1, "ssbs"), (3, 2, "dit")):
        state = Named("a processor state field", 5, 3, {op2: name})
        pattern = f"1101010100 0 00 {op1:03b} 0100 000i {op2:03b} 11111"
        rows.append(row("msr", pattern, (state, Unsigned(8, 1)), system.bind_nop))
    return rows


ROWS: tuple[Row, ...] = (
    *_branches(),
    *_exceptions(),
    *_hints(),
    *_barriers(),
    *_maintenance(),
    *_system_registers(),
)
