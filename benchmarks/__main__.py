"""``make bench``: every figure, one after the other."""

from . import baton, compiled, cost, drivers, laboratory, litmus, logs, matrix, reports, start

start.report()
baton.report()
laboratory.report()
drivers.report()
litmus.report()
logs.report()
reports.report()
cost.report()
matrix.report()
compiled.report()
