"""``make bench``: every figure, one after the other."""

from . import baton, compiled, laboratory, litmus

baton.report()
laboratory.report()
litmus.report()
compiled.report()
