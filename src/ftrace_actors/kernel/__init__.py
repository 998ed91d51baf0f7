"""The kernel as actors: CPUs, text patcher, ops allocator, tracing core, scheduler and grace periods.

Everything that touches memory is A64 code in `asm/`, executed by a CPU; the actors decide, keep books and exchange
messages.
"""
