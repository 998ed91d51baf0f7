"""Timed figures, printed as ratios from one run; never part of a test."""
