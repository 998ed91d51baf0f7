"""What a design costs: what register and unregister do to the machine, and what a traced call executes.

Counted, not timed: one dull run of a generated world, its events and its PEs' instruction counters.
"""

from .calls import PAIRS, CallCost, call_costs
from .dull import Setting, Unfinished
from .operations import OPERATIONS, OperationCost, counted_flavours, operation_costs

__all__ = [
    "OPERATIONS",
    "PAIRS",
    "CallCost",
    "OperationCost",
    "Setting",
    "Unfinished",
    "call_costs",
    "counted_flavours",
    "operation_costs",
]
