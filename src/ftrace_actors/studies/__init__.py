"""Studies: questions that one run does not answer, put to many generated worlds.

`matrix` asks which wait closes which window under which preemption model; `cost` counts what a design costs;
`needed` asks which parts of a protocol are needed.
"""
