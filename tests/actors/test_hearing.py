"""A chooser that hears what a choice is about before it is asked."""

from ftrace_actors.actors import Conductor, CountingTape, DullChooser, Kind, Tape, run_bare
from ftrace_actors.actors.hearing import HearingTape, tape_for
from tests.actors.toys import Toy


class Listener(DullChooser):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[Kind, int, str, str]] = []

    def hear(self, kind: Kind, actor: int, op: str, obj: str) -> None:
        self.heard.append((kind, actor, op, obj))


def test_it_hears_of_every_choice_that_is_asked_and_of_no_other() -> None:
    listener = Listener()
    tape = tape_for(listener, name=lambda addr: f"text+{addr:#x}")
    tape.choose(Kind.FETCH, 2, 3, "fetch", 8)
    tape.choose(Kind.LOAD, 1, 3, "ldr", 8)
    tape.choose(Kind.ALLOC, 2, 4, "kmalloc", "tracer_a")
    tape.frozen = True
    tape.choose(Kind.FETCH, 2, 3, "fetch", 8)
    assert listener.heard == [(Kind.FETCH, 3, "fetch", "text+0x8"), (Kind.ALLOC, 4, "kmalloc", "tracer_a")]


def test_it_hears_before_it_answers_in_a_whole_run() -> None:
    listener = Listener()
    toy = Toy(Conductor(tape_for(listener)))
    run_bare(toy.conductor)
    assert len(listener.heard) == toy.conductor.tape.position > 0


def test_only_a_chooser_that_listens_gets_the_slower_tape() -> None:
    assert type(tape_for(Listener())) is HearingTape
    assert type(tape_for(DullChooser(), counting=True)) is CountingTape
    assert type(tape_for(DullChooser())) is Tape
