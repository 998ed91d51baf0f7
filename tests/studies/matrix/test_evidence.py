"""What must still break while a run of the table is shrunk: the row that its file is named after, and no other."""

from ftrace_actors.checks import Finding
from ftrace_actors.studies.matrix.attempt import Seen
from ftrace_actors.studies.matrix.evidence import _alike
from ftrace_actors.studies.matrix.grid import OPS, TEXT
from ftrace_actors.studies.matrix.uses import Use
from ftrace_actors.words import Severity


def use(kind: str, place: str, invariant: str, message: str, seq: int) -> Use:
    finding = Finding(invariant, Severity.USE_AFTER_FREE, message, place, "tracer_a", (seq,))
    return Use(kind, place, finding, "reader1", seq)


def seen(*uses: Use) -> Seen:
    return Seen(uses, frozenset(), frozenset(), frozenset(), None, False, False, None, ())


def test_another_access_of_the_same_row_will_do() -> None:
    wanted = use(OPS, "W1", "INV-LIFE", "reads tracer_a+0x0", 40)
    found = use(OPS, "W1", "INV-LIFE", "reads tracer_a+0x18", 70)
    assert _alike(wanted, seen(found)) == [found.finding]


def test_what_breaks_in_another_row_or_by_another_invariant_will_not() -> None:
    wanted = use(OPS, "W1", "INV-LIFE", "", 40)
    others = [
        use(TEXT, "W1", "INV-LIFE", "", 40),
        use(OPS, "W2", "INV-LIFE", "", 40),
        use(OPS, "W1", "INV-GP", "", 40),
    ]
    assert _alike(wanted, seen(*others)) == []
