"""Why a run fails: sentences made from its events, and from runs with one thing changed (docs/why.md)."""

from .answer import Answer, Tells, answer_of, look_closer
from .changes import Change, Changes
from .choices import RELAXATIONS, Choices, PutBack
from .hardware import provoke
from .nearest import Nearest
from .sentences import Sentence
from .source import Source

__all__ = [
    "RELAXATIONS",
    "Answer",
    "Change",
    "Changes",
    "Choices",
    "Nearest",
    "PutBack",
    "Sentence",
    "Source",
    "Tells",
    "answer_of",
    "look_closer",
    "provoke",
]
