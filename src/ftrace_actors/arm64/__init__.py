"""The Arm machine: registers, instructions, memory rules (floor 0)."""
