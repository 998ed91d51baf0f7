r"""Litmus tests in herd's AArch64 format: read them, enumerate their final states, judge them.

>>> from ftrace_actors.litmus import parse, run
>>> test = parse('''AArch64 SB
... { 0:X0=x; 0:X1=y; 1:X0=x; 1:X1=y; 0:X2=1; 1:X2=1; }
... P0          | P1          ;
... STR W2,[X0] | STR W2,[X1] ;
... LDR W3,[X1] | LDR W3,[X0] ;
... exists (0:X3=0 /\ 1:X3=0)''')
>>> run(test).verdict
'Allowed'
"""

from .errors import LeftOutError, LitmusError
from .judge import Final, Result, run
from .lists import entries, read_kinds, test_files
from .machine import Machine, build
from .observed import unwritten
from .options import HERD, options_of, with_variants
from .parser import parse
from .report import as_json, as_text, summary_line
from .syntax import LitmusTest

__all__ = [
    "HERD",
    "Final",
    "LeftOutError",
    "LitmusError",
    "LitmusTest",
    "Machine",
    "Result",
    "as_json",
    "as_text",
    "build",
    "entries",
    "options_of",
    "parse",
    "read_kinds",
    "run",
    "summary_line",
    "test_files",
    "unwritten",
    "with_variants",
]
