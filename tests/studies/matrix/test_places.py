"""What a bad use is put down to, and who is held, on hand-made logs."""

from collections.abc import Sequence

from ftrace_actors.checks import Checker
from ftrace_actors.events import Alloc, Fetch, Free, Load, Reader, Switch, Wait
from ftrace_actors.studies.matrix.grid import LITERAL, OPS, STALE, TEXT
from ftrace_actors.studies.matrix.places import Hold, Situation
from ftrace_actors.studies.matrix.uses import Bench, GraceWitness, LifeWitness, LiteralWitness, Use
from tests.checks.stream import BL, NOP, SITE, Stream

TRAMP, TRAMP_PROV = SITE + 4 * (BL & 0xFFFF), 9
PROV = 3
"""Of tracer_a in the streams."""


def judge(stream: Stream) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(object, place) that was used too late, and what was covered."""
    uses, situation = witnessed(stream)
    return {(use.object, use.place) for use in uses}, situation.covered


def witnessed(stream: Stream) -> tuple[list[Use], Situation]:
    situation = Situation()
    bench = Bench(situation)
    checker = Checker([situation, LifeWitness(bench), LiteralWitness(bench), GraceWitness(bench)])
    for event in stream.events:
        checker.feed(event)
    checker.finish()
    return bench.uses, situation


def enabled() -> Stream:
    stream = Stream()
    stream.enable("tracer_a", 2)
    return stream


def enters(stream: Stream, task: str = "reader", word: int = BL, order: int = 3, newest: int = -1) -> None:
    """A call that fetches the site and comes to W0."""
    stream.call(task)
    stream.fetch(word, order, newest, task)
    stream.window("W0", task)


def unregisters(stream: Stream, *, patches: Sequence[int] = (NOP,), waits: bool = True) -> None:
    """Unregister, up to its return: the text, then the wait."""
    stream.unregister("tracer_a", returns=False)
    for index, word in enumerate(patches):
        with stream.patch("make_nop", "ftrace_nop_ops", word, ()):
            if not index:
                stream.store_literal("ftrace_nop_ops", 8)
                stream.store_site(word, 9)
    if waits:
        for begins in (True, False):
            stream.add(Wait, begins, "tracer_a", ("tasks",), ("W1",), ("tracer_a",))


def frees(stream: Stream) -> None:
    stream.unregistered("tracer_a")
    stream.free("tracer_a", 20)


def uses_ops(stream: Stream, task: str = "reader") -> None:
    stream.add(Load, 0x9000, 8, 0, 21, PROV, 0, cpu=1, task=task)


class TestWhere:
    def test_a_task_that_was_in_w1_when_the_wait_began(self) -> None:
        stream = enabled()
        enters(stream)
        stream.load_literal("tracer_a", 2)
        unregisters(stream)
        frees(stream)
        uses_ops(stream)
        used, covered = judge(stream)
        assert used == {(OPS, "W1")}
        assert covered == {(OPS, "W1"), (LITERAL, "W1")}

    def test_the_place_is_that_of_the_moment_not_that_of_the_use(self) -> None:
        stream = enabled()
        enters(stream)
        unregisters(stream)
        stream.window("W1")
        frees(stream)
        uses_ops(stream)
        assert judge(stream)[0] == {(OPS, "W0")}

    def test_who_comes_in_later_came_by_an_old_instruction(self) -> None:
        stream = enabled()
        unregisters(stream)
        frees(stream)
        enters(stream, newest=9)
        uses_ops(stream)
        used, covered = judge(stream)
        assert used == {(OPS, STALE)}
        assert covered == {(OPS, STALE), (LITERAL, STALE)}

    def test_a_later_call_of_the_same_task_is_another_one(self) -> None:
        stream = enabled()
        enters(stream)
        stream.load_literal("tracer_a", 2)
        unregisters(stream)
        stream.body()
        frees(stream)
        enters(stream, newest=9)
        uses_ops(stream)
        assert judge(stream)[0] == {(OPS, STALE)}

    def test_two_tasks_in_two_places(self) -> None:
        stream = enabled()
        for task, loads in (("reader1", False), ("reader2", True)):
            enters(stream, task)
            if loads:
                stream.load_literal("tracer_a", 2, task)
        unregisters(stream)
        frees(stream)
        uses_ops(stream, "reader2")
        uses_ops(stream, "reader1")
        assert judge(stream)[0] == {(OPS, "W0"), (OPS, "W1")}


class TestGrace:
    """What INV-GP says is put down to places like anything else."""

    def test_who_is_still_inside_when_the_wait_returns(self) -> None:
        stream = enabled()
        enters(stream)
        stream.load_literal("tracer_a", 2)
        stream.window("W2")
        stream.callback("tracer_a")
        unregisters(stream)
        uses, _ = witnessed(stream)
        assert [(use.object, use.place, use.finding.invariant) for use in uses] == [(OPS, "W2", "INV-GP")]

    def test_who_comes_to_the_ops_late(self) -> None:
        stream = enabled()
        enters(stream)
        unregisters(stream)
        stream.load_literal("tracer_a", 2)
        uses, _ = witnessed(stream)
        assert [(use.object, use.place, use.finding.severity) for use in uses] == [
            (OPS, "W0", "wait too short")
        ]

    def test_a_wait_that_began_too_early_is_put_down_to_no_place(self) -> None:
        stream = enabled()
        stream.store_literal("tracer_a", 8)
        stream.unregister("tracer_a", returns=False)
        stream.add(Wait, True, "tracer_a", ("tasks",), ("W1",), ("tracer_a",))
        uses, _ = witnessed(stream)
        assert [(use.object, use.place, use.finding.severity) for use in uses] == [
            (OPS, "", "wait before unlink")
        ]


class TestMoment:
    def test_without_a_wait_it_is_when_unregister_goes_on_after_the_text(self) -> None:
        stream = enabled()
        enters(stream)
        unregisters(stream, waits=False)
        frees(stream)
        uses_ops(stream)
        assert judge(stream)[0] == {(OPS, "W0")}

    def test_who_leaves_before_the_second_patch_is_covered_by_the_first(self) -> None:
        stream = enabled()
        enters(stream)
        unregisters(stream, patches=(BL + 8, NOP), waits=False)
        stream.body()
        frees(stream)
        assert (OPS, "W0") in judge(stream)[1]

    def test_a_wait_in_register_is_another_matter(self) -> None:
        stream = Stream()
        stream.register("tracer_a", returns=False)
        stream.add(Wait, True, "tracer_a", ("tasks",), ())
        stream.registered("tracer_a")
        enters(stream)
        unregisters(stream)
        assert (OPS, "W0") in judge(stream)[1]

    def test_who_came_by_the_new_instruction_covers_nothing(self) -> None:
        stream = enabled()
        listed = BL + 8
        stream.unregister("tracer_a", returns=False)
        with stream.patch("make_call", "ftrace_list_ops", listed, ()):
            pass
        enters(stream, word=listed, order=8)
        stream.add(Wait, True, "tracer_a", ("tasks",), ("W1",))
        assert judge(stream)[1] == set()


class TestWindows:
    def test_w3_begins_when_the_callback_has_returned(self) -> None:
        stream = enabled()
        enters(stream)
        stream.load_literal("tracer_a", 2)
        stream.callback("tracer_a")
        stream.window("W2")
        stream.callback("tracer_a", begins=False)
        unregisters(stream)
        assert (OPS, "W3") in judge(stream)[1]

    def test_a_walk_of_the_list_is_w2_until_it_is_over(self) -> None:
        for over, place in ((False, "W2"), (True, "W3")):
            stream = enabled()
            enters(stream)
            stream.window("W2")
            stream.add(Reader, True, cpu=1, task="reader")
            stream.callback("tracer_a")
            stream.callback("tracer_a", begins=False)
            if over:
                stream.add(Reader, False, cpu=1, task="reader")
            unregisters(stream)
            assert {where for _, where in judge(stream)[1]} == {place}

    def test_who_holds_another_ops_covers_the_literal_only(self) -> None:
        stream = enabled()
        enters(stream)
        stream.load_literal("ftrace_nop_ops", 0)
        unregisters(stream)
        assert judge(stream)[1] == {(LITERAL, "W1")}


class TestText:
    def stream(self) -> Stream:
        stream = Stream()
        stream.add(Alloc, "tracer_a.tramp", TRAMP, 64, TRAMP_PROV)
        stream.enable("tracer_a", 2)
        return stream

    def test_text_that_is_run_after_it_was_freed(self) -> None:
        stream = self.stream()
        enters(stream)
        stream.window("W3")
        unregisters(stream)
        stream.add(Free, "tracer_a.tramp", TRAMP, 64, TRAMP_PROV, 15)
        frees(stream)
        stream.add(Fetch, TRAMP + 8, NOP, 3, 0, 3, 0, cpu=1, task="reader")
        used, covered = judge(stream)
        assert used == {(TEXT, "W3")}
        assert (TEXT, "W3") in covered

    def test_who_calls_another_trampoline_does_not_cover_the_text(self) -> None:
        stream = self.stream()
        enters(stream, word=BL + 64)
        unregisters(stream)
        assert judge(stream)[1] == {(OPS, "W0"), (LITERAL, "W0")}


class TestHolding:
    """Who is held, as the strategy sees it."""

    def play(self, stream: Stream, hold: Hold) -> Situation:
        situation = Situation(hold)
        checker = Checker([situation])
        for event in stream.events:
            checker.feed(event)
        return situation

    def world(self) -> Stream:
        """reader1 runs on cpu1, the registrant on cpu0; tracer_a is registered."""
        stream = enabled()
        stream.add(Switch, "", "registrant", True, cpu=0, task="registrant")
        stream.add(Switch, "", "reader1", True, cpu=1, task="reader1")
        return stream

    def test_who_tears_down_waits_until_somebody_is_in_place(self) -> None:
        stream = self.world()
        assert self.play(stream, Hold("W0")).held == {0}
        enters(stream, "reader1")
        assert self.play(stream, Hold("W0")).held == {1}
        assert self.play(stream, Hold("W1")).held == {0}
        assert self.play(stream, Hold("W0", ("reader2",))).held == {0}

    def test_until_the_ops_is_gone(self) -> None:
        stream = self.world()
        enters(stream, "reader1")
        unregisters(stream)
        assert self.play(stream, Hold("W0")).held == {1}
        frees(stream)
        assert self.play(stream, Hold("W0")).held == set()

    def test_eager_until_it_is_where_it_goes(self) -> None:
        stream = self.world()
        enters(stream, "reader1")
        assert self.play(stream, Hold("W0", then="W1")).eager == set()
        unregisters(stream)
        assert self.play(stream, Hold("W0", then="W1")).eager == {1}
        stream.window("W1", "reader1")
        there = self.play(stream, Hold("W0", then="W1"))
        assert (there.held, there.eager) == ({1}, set())

    def test_late_comers_are_held_outside(self) -> None:
        stream = self.world()
        assert self.play(stream, Hold(STALE)).held == {1}
        unregisters(stream)
        assert self.play(stream, Hold(STALE)).held == {1}

    def test_a_cpu_that_runs_somebody_else_is_free(self) -> None:
        stream = self.world()
        enters(stream, "reader1")
        stream.add(Switch, "reader1", "kworker/1", False, cpu=1, task="reader1")
        assert self.play(stream, Hold("W0")).held == set()
