"""``make bench``: every figure, one after the other."""

from . import baton, compiled, cost, laboratory, litmus, logs, matrix, start

start.report()
baton.report()
laboratory.report()
litmus.report()
logs.report()
cost.report()
matrix.report()
compiled.report()
