"""What a campaign must have seen, when the scenario does not say: it follows from the scenario's actions.

A teardown that "holds" has shown something only if tasks were in each window while it ran, a CPU fetched an old
instruction, and the literal took every value the actions make possible.
"""

from __future__ import annotations

from ..kernel.actions import Call, Trace
from ..kernel.spec import Spec
from ..words import Verdict

__all__ = ["default_sometimes"]


def default_sometimes(spec: Spec, verdicts: tuple[str, ...]) -> tuple[str, ...]:
    """Properties to witness; none unless the scenario is expected to hold and traces what some task calls."""
    if verdicts != (Verdict.HOLDS,):
        return ()
    actions = [action for task in spec.tasks for action in task.actions]
    called = {action.function for action in actions if isinstance(action, Call)}
    traces = [action for action in actions if isinstance(action, Trace)]
    registered = {trace.ops for trace in traces if trace.operation == "register"}
    traced = {name for ops in spec.ops if ops.name in registered for name in ops.functions}
    if not called & traced:
        return ()
    torn_down = any(trace.operation == "unregister" for trace in traces)
    windows = tuple(f"window:W{number}" for number in range(4)) if torn_down else ()
    return (*windows, "stale-fetch", *_literals(spec, called, registered, torn_down))


def _literals(spec: Spec, called: set[str], registered: set[str], torn_down: bool) -> tuple[str, ...]:
    """The literal values a call can load; an ops that wants a guard is named by none."""
    resting = spec.design.resting(spec.protocol)
    if not resting:
        return ()
    values: list[str] = []
    if torn_down and resting != "text":
        values.append(resting)
    values.extend(
        ops.name
        for ops in spec.ops
        if ops.name in registered and called & set(ops.functions) and not ops.flags
    )
    return tuple(f"literal:{value}" for value in values)
