"""What leaves the laboratory in a form that other tools read.

`forms.FORMS` are the forms of a recorded run, each a function from a `Recorded` to the bytes of a file; `litmus` is a
scenario's patching core as a litmus test, `execution` the answer to a litmus test as a graph.
"""
