"""Tests of the pytest plugin, of schedules and of tapes."""
