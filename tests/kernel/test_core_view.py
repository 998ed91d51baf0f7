"""The core as a design sees it: a design is asked again, and the books come out of it as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

import pytest

from ftrace_actors.actors import DullChooser
from ftrace_actors.actors.drivers.single import begin
from ftrace_actors.actors.stepping import SteppedConductor
from ftrace_actors.errors import ModelError
from ftrace_actors.kernel.designs import Changes, Core, Design, KickStep, Step
from ftrace_actors.kernel.operations import Operation
from ftrace_actors.kernel.ops import Ops
from ftrace_actors.scenario.run import Run

from .worlds import world


class Failing(Operation):
    """Its steps raise at the second, or end there, when they are asked for again."""

    name: ClassVar[str] = "failing"
    usage: ClassVar[str] = "failing OPS"

    def __init__(self, *, raises: bool) -> None:
        self.raises = raises
        self.times = 0

    def refuses(self, ops: Ops) -> int:
        return 0

    def link(self, ops: Ops, registered: list[Ops]) -> None:
        """The list stays."""

    def steps(self, design: Design, ops: Ops, changes: Changes, core: Core) -> Iterable[Step]:
        self.times += 1
        return self.made(again=self.times > 1)

    def made(self, *, again: bool) -> Iterator[Step]:
        yield KickStep()
        if again and self.raises:
            raise ZeroDivisionError
        if not again:
            yield KickStep()
            yield KickStep()

    def end(self, ops: Ops) -> None:
        """Nothing is left to do."""


@pytest.mark.parametrize(("raises", "error"), [(True, ZeroDivisionError), (False, ModelError)])
def test_the_books_are_as_they_were_when_a_design_fails_to_answer_again(
    raises: bool, error: type[Exception]
) -> None:
    made = world({"tracer": {"cpu": 0, "do": ["register tracer_a"]}})
    system = Run(made.image, DullChooser(), conducting=SteppedConductor).system
    begin(system.conductor)
    core_view, book, ops = system.services["tracing_core"].core_view, system.books.ops, system.ops["tracer_a"]
    operation = Failing(raises=raises)
    asked = core_view.begin()
    for number in range(3):
        asked, step = core_view.next_step(asked, operation, ops)
        assert step == KickStep()
        book.records[0].target = f"after step {number}"
    before = book.state()
    twin = system.copy(DullChooser(), lambda event: None)
    again = twin.services["tracing_core"].core_view  # it has to ask once more
    book_again = again._ops
    with pytest.raises(error):
        again.next_step(asked, operation, ops)
    assert book_again.state() == before
