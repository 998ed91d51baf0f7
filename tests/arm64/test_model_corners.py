"""Corners of the model that random programs found, each kept as the program that showed it."""

import pytest

from ftrace_actors.litmus import parse, run


def verdict(init: str, threads: list[list[str]], condition: str, variant: str = "") -> str:
    height = max(map(len, threads))
    rows = [" | ".join(f"P{n}" for n in range(len(threads)))]
    rows += [" | ".join(code[row] if row < len(code) else "" for code in threads) for row in range(height)]
    prologue = f"Variant={variant}\n" if variant else ""
    code = "".join(f" {row} ;\n" for row in rows)
    result = run(parse(f"AArch64 corner\n{prologue}{{ {init} }}\n{code}exists ({condition})\n"))
    assert not result.unknown
    return result.verdict


def test_bytes_round_an_own_write_are_no_younger_for_it() -> None:
    """The halfword is forwarded; the bytes on either side of it are still from before both writes."""
    threads = [["STR X9,[X2]"], ["STRH W9,[X2,#2]", "LDR X12,[X2]"]]
    init = "uint64_t w; 0:X2=w; 1:X2=w; 0:X9=1; 1:X9=1;"
    assert verdict(init, threads, "1:X12=65536 /\\ w=65537") == "Allowed"
    assert verdict(init, threads, "1:X12=1 /\\ w=65537") == "Forbidden"


@pytest.mark.parametrize(
    ("atomic", "allowed"),
    [("SWPAL W9,WZR,[X0]", True), ("SWPAL W9,W8,[X0]", False), ("LDADDAL W9,WZR,[X0]", True)],
)
def test_an_atomic_without_a_destination_acquires_nothing(atomic: str, allowed: bool) -> None:
    threads = [[atomic, "LDR W11,[X1]"], ["STR W9,[X1]", "DMB SY", "LDR W10,[X0]"]]
    init = "0:X0=x; 0:X1=y; 1:X0=x; 1:X1=y; 0:X9=1; 1:X9=1;"
    assert verdict(init, threads, "0:X11=0 /\\ 1:X10=0") == ("Allowed" if allowed else "Forbidden")


@pytest.mark.parametrize(("target", "allowed"), [("WZR", True), ("W7", False)])
def test_nor_does_it_wait_for_releases(target: str, allowed: bool) -> None:
    threads = [
        ["STLR W8,[X0]", f"LDADDA W9,{target},[X1]"],
        ["LDAR W11,[X1]", "EOR W22,W11,W11", "ADD X22,X0,W22,SXTW", "STR W11,[X22]"],
    ]
    init = "0:X0=x; 0:X1=y; 1:X0=x; 1:X1=y; 0:X8=2; 0:X9=1;"
    assert verdict(init, threads, "1:X11=1 /\\ x=2") == ("Allowed" if allowed else "Forbidden")


def test_a_write_behind_a_failed_compare_and_swap_may_need_what_that_read() -> None:
    """Nothing orders it after the load, yet without the 2 the compare-and-swap succeeds and comes first."""
    threads = [
        ["LDR W10,[X1]", "MOV W11,W10", "CAS W11,W8,[X0]", "LDXR W12,[X0]", "STR W9,[X0]", "STXR W7,W8,[X0]"],
        ["STR W8,[X1]"],
    ]
    init = "0:X0=x; 0:X1=y; 1:X1=y; 0:X8=2; 0:X9=1; 1:X8=2;"
    for ending in ("0:X7=0 /\\ x=2", "0:X7=1 /\\ x=1"):
        assert verdict(init, threads, f"0:X10=2 /\\ 0:X12=0 /\\ {ending}") == "Allowed"
        assert verdict(init, threads, f"0:X10=0 /\\ 0:X12=0 /\\ {ending}") == "Forbidden"
