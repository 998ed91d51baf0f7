"""``make bench``: every figure, one after the other."""

from . import baton, laboratory

baton.report()
laboratory.report()
