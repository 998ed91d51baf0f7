"""Drivers resume the coroutines of a run; all that could go either way is decided by the conductor.

`bare` is a plain loop for mass sampling; `trio_driver` runs each actor as a trio task. They differ in how an
actor parks and in what the channels are made of, and in nothing else: the same bodies under the same choices
give the same digest. The trio driver is imported from its module, so that the bare one works without
importing trio.
"""
