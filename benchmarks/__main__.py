"""``make bench``: every figure, one after the other."""

from . import baton, laboratory, litmus

baton.report()
laboratory.report()
litmus.report()
