"""Additions to the kernel that are not there: each a file here and a line, to see that it takes no more."""
