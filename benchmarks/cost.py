"""How long the cost table takes: every shipped design, both tables, up to a hundred tracers."""

from __future__ import annotations

from time import perf_counter

from ftrace_actors.kernel.designs import DESIGNS
from ftrace_actors.studies.cost import Setting, call_costs, operation_costs

__all__ = ["report", "seconds"]


def seconds(name: str) -> tuple[float, float]:
    """For the operations, and for the calls, of one design."""
    start = perf_counter()
    operation_costs(DESIGNS[name], Setting())
    between = perf_counter()
    list(call_costs(DESIGNS[name], Setting()))
    return between - start, perf_counter() - between


def report() -> None:
    """Print the seconds of each design, and their sum."""
    total = 0.0
    for name in DESIGNS:
        operations, calls = seconds(name)
        total += operations + calls
        print(f"cost table, {name:<18} operations {operations:5.2f} s, calls {calls:5.2f} s")
    print(f"cost table, all {total:.2f} s")


if __name__ == "__main__":
    report()
