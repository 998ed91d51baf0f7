"""``make bench``: every figure, one after the other."""

from . import baton, compiled, cost, laboratory, litmus, logs

baton.report()
laboratory.report()
litmus.report()
logs.report()
cost.report()
compiled.report()
