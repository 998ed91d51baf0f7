"""A small abstract form of the protocol, as actors of ours, for Spin and for TLC."""
