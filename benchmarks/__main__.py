"""``make bench``: every figure, one after the other."""

from . import baton, compiled, laboratory, litmus, logs

baton.report()
laboratory.report()
litmus.report()
logs.report()
compiled.report()
