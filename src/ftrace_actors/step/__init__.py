"""A run to go through by hand: forward, backward, to an event, and from a decision on another way.

`run` is a run made again with its decisions and the machine after each step, `decisions` and `otherwise` what it takes
for that, `walk` where one is in it, `app` the screen.
"""
