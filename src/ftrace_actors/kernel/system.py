"""The kernel of one run; see `boot`, where it is put together."""

from .boot import System

__all__ = ["System"]
