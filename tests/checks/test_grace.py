"""INV-GP: who still uses what a wait was for, on hand-made logs."""

import pytest

from ftrace_actors.checks import Finding
from ftrace_actors.events import (
    Alloc,
    Early,
    Fetch,
    Load,
    Quiescent,
    Reader,
    Store,
    TaskState,
    Wait,
    WordDefined,
)
from tests.checks.stream import BL, LITERAL, NOP, SITE, Stream
from tests.checks.waits import (
    ADDR,
    HEAD,
    HITS,
    LDR,
    LINK,
    OTHER,
    OTHER_PROV,
    PROV,
    RET_X9,
    STATIC,
    TEXT,
    TEXT_PROV,
    TEXT_SIZE,
    branch,
    enabled,
    reads,
    taken_back,
    use,
    waited,
    waits,
)


class TestPointer:
    """(a): it reads, writes, calls through a pointer to the object."""

    def holder(self) -> Stream:
        stream = enabled()
        stream.call()
        stream.load_literal("tracer_a", 2)
        taken_back(stream)
        return stream

    def test_a_read(self) -> None:
        stream = self.holder()
        took = next(event.seq for event in stream.events if isinstance(event, Load))
        begin = waits(stream, True)
        end = waits(stream, False)
        used = reads(stream, ADDR + 0x28, PROV)
        (found,) = use(stream)
        assert (found.severity, found.subject, found.window) == ("wait too short", "tracer_a", "W1")
        assert found.events == (took, took + 1, begin, end, used)  # took it, came to W1
        assert found.message == (
            "reader on cpu1 reads tracer_a+0x28 after the wait for users of tracer_a (rude and tasks) has returned"
        )

    def test_a_write(self) -> None:
        stream = self.holder()
        waited(stream)
        stream.add(Store, ADDR + HITS, 8, 1, 20, PROV, 0, cpu=1, task="reader")
        assert "writes tracer_a+0x18" in use(stream)[0].message

    def test_a_write_that_was_visible_before_the_wait_returned(self) -> None:
        stream = self.holder()
        waits(stream, True)
        stream.add(Early, "store", ADDR + HITS, 1, 20, cpu=1, task="reader")
        waits(stream, False)
        stream.add(Store, ADDR + HITS, 8, 1, 20, PROV, 0, cpu=1, task="reader")
        assert use(stream) == []

    def test_a_call(self) -> None:
        stream = self.holder()
        waited(stream)
        stream.callback("tracer_a")
        assert "enters tracer_a_func with tracer_a" in use(stream)[0].message

    def test_a_static_ops_goes_by_its_address(self) -> None:
        stream = Stream()
        stream.window("W1")
        stream.add(Wait, True, "static_ops", ("rude",), (), ("static_ops",))
        stream.add(Wait, False, "static_ops", ("rude",), (), ("static_ops",))
        reads(stream, STATIC + 64, 0)
        assert use(stream) == []
        reads(stream, STATIC + 63, 0)
        assert [found.subject for found in use(stream)] == ["static_ops"]

    def test_while_the_wait_lasts_everything_is_right(self) -> None:
        stream = self.holder()
        waits(stream, True)
        reads(stream, ADDR, PROV)
        stream.callback("tracer_a")
        stream.callback("tracer_a", begins=False)
        waits(stream, False)
        stream.body()
        assert use(stream) == []

    def test_a_copy_that_is_never_used_again_holds_nothing(self) -> None:
        stream = self.holder()
        waited(stream)
        stream.window("W3")
        stream.body()
        assert use(stream) == []

    def test_what_the_owner_does_with_its_ops_is_its_own_affair(self) -> None:
        stream = self.holder()
        waited(stream)
        reads(stream, ADDR, PROV, task="patcher")
        stream.add(Store, ADDR, 8, 0, 30, PROV, 0)
        assert use(stream) == []

    def test_another_generation_at_the_same_address_is_another_object(self) -> None:
        stream = self.holder()
        waited(stream)
        stream.free("tracer_a", 20)
        stream.add(Alloc, "tracer_b", ADDR, 64, 12)
        reads(stream, ADDR, 12)
        assert use(stream) == []
        reads(stream, ADDR, PROV)
        assert len(use(stream)) == 1

    def test_once_it_is_registered_again_nobody_waits_for_its_users(self) -> None:
        stream = self.holder()
        waited(stream)
        stream.unregistered("tracer_a")
        stream.register("tracer_a")
        reads(stream, ADDR, PROV)
        assert use(stream) == []

    def test_each_user_counts_once(self) -> None:
        stream = self.holder()
        waited(stream)
        reads(stream, ADDR, PROV)
        stream.callback("tracer_a")
        reads(stream, ADDR + HITS, PROV)
        assert len(use(stream)) == 1


class TestOthers:
    """Who is in a window, and nobody's reader."""

    @pytest.mark.parametrize("window", ["W0", "W1", "W2", "W3", "W4"])
    def test_a_task_that_is_there_with_another_ops(self, window: str) -> None:
        stream = enabled()
        taken_back(stream)
        stream.window(window)
        waited(stream)
        reads(stream, OTHER, OTHER_PROV)
        stream.callback("tracer_b")
        assert use(stream) == []

    def test_a_task_that_has_not_read_anything_yet(self) -> None:
        stream = enabled()
        stream.call()
        stream.window("W0")
        taken_back(stream)
        waited(stream)
        stream.load_literal("ftrace_nop_ops", 11)
        stream.body()
        assert use(stream) == []


class TestStill:
    """(b): it is still in a callback, or stands on it in a walk of the list."""

    def test_in_the_callback(self) -> None:
        stream = enabled()
        stream.call()
        stream.load_literal("tracer_a", 2)
        begin = stream.callback("tracer_a")
        taken_back(stream)
        end = waited(stream)
        (found,) = use(stream)
        assert {begin, end} <= set(found.events)
        assert "is still in tracer_a_func, which was given tracer_a, after the wait" in found.message

    def test_out_of_the_callback_in_time(self) -> None:
        stream = enabled()
        stream.call()
        stream.load_literal("tracer_a", 2)
        stream.callback("tracer_a")
        taken_back(stream)
        waits(stream, True)
        stream.callback("tracer_a", begins=False)
        stream.window("W3")
        waits(stream, False)
        stream.body()
        assert use(stream) == []

    def test_in_another_ones_callback(self) -> None:
        stream = enabled()
        stream.call()
        stream.callback("tracer_b")
        taken_back(stream)
        waited(stream)
        assert use(stream) == []

    def test_a_task_that_died_in_the_callback_is_in_it_no_more(self) -> None:
        stream = enabled()
        stream.call()
        stream.callback("tracer_a")
        stream.add(TaskState, "reader", "dead", "")
        taken_back(stream)
        waited(stream)
        assert use(stream) == []

    def walker(self) -> Stream:
        """A task that has read the head of the list: tracer_a."""
        stream = enabled()
        stream.call()
        stream.window("W2")
        stream.add(Reader, True, cpu=1, task="reader")
        reads(stream, HEAD, 0, ADDR, PROV)
        taken_back(stream)
        return stream

    def test_a_walk_that_stands_on_it(self) -> None:
        stream = self.walker()
        waited(stream)
        (found,) = use(stream)
        assert "is still in a walk of the list that stands on tracer_a" in found.message
        assert found.window == "W2"

    @pytest.mark.parametrize(("value", "prov"), [(0x7100, 0), (OTHER, OTHER_PROV)])
    def test_a_walk_that_has_gone_on_to_the_end_or_the_next(self, value: int, prov: int) -> None:
        stream = self.walker()
        waits(stream, True)
        reads(stream, ADDR + LINK, PROV, value, prov)
        waits(stream, False)
        assert use(stream) == []

    def test_its_flags_are_not_its_next(self) -> None:
        stream = self.walker()
        waits(stream, True)
        reads(stream, ADDR + 0x10, PROV)
        waits(stream, False)
        assert len(use(stream)) == 1

    def test_a_walk_that_is_over_is_past_the_window_although_the_task_is_in_it(self) -> None:
        stream = self.walker()
        waits(stream, True)
        stream.add(Reader, False, cpu=1, task="reader")
        waits(stream, False)
        assert use(stream) == []


class TestText:
    """(c): its PC is in the text, or comes back to it."""

    def stream(self) -> Stream:
        stream = Stream()
        stream.add(Alloc, "tracer_a.tramp", TEXT, TEXT_SIZE, TEXT_PROV)
        stream.add(Store, SITE, 4, branch(TEXT), 5, 0, TEXT_PROV)
        stream.call()
        stream.fetch(branch(TEXT), 5)
        stream.window("W0")
        return stream

    def runs(self, stream: Stream, offset: int, word: int = LDR) -> int:
        return stream.add(Fetch, TEXT + offset, word, 0, 0, 0, 0, cpu=1, task="reader")

    def waited(self, stream: Stream) -> None:
        stream.store_site(NOP, 6)
        waits(stream, True, objects=("tracer_a.tramp",))
        waits(stream, False, objects=("tracer_a.tramp",))

    def test_it_runs_on_there(self) -> None:
        stream = self.stream()
        self.waited(stream)
        self.runs(stream, 8)
        (found,) = use(stream)
        assert (found.subject, found.window) == ("tracer_a.tramp", "W0")
        assert "runs tracer_a.tramp+0x8 after the wait" in found.message

    def test_its_pc_is_there_and_it_never_runs_again(self) -> None:
        stream = self.stream()
        self.runs(stream, 8)
        self.waited(stream)
        assert "is still at tracer_a.tramp+0x8" in use(stream)[0].message

    @pytest.mark.parametrize("word", [RET_X9, 0xD61F0120, branch(0x5000, TEXT + 60)])
    def test_its_pc_has_left(self, word: int) -> None:
        stream = self.stream()
        self.runs(stream, 60, word)
        self.waited(stream)
        stream.body()
        assert use(stream) == []

    def test_a_branch_inside_leaves_nothing(self) -> None:
        stream = self.stream()
        self.runs(stream, 60, branch(TEXT, TEXT + 60))
        self.waited(stream)
        assert len(use(stream)) == 1

    def test_a_return_address_counts_when_it_is_used(self) -> None:
        stream = self.stream()
        self.runs(stream, 8, branch(0x5000, TEXT + 8))
        stream.callback("tracer_a")
        self.waited(stream)
        assert use(stream) == []
        stream.callback("tracer_a", begins=False)
        self.runs(stream, 12)
        assert "runs tracer_a.tramp+0xc" in use(stream)[0].message

    def test_new_text_at_the_same_address_is_another_object(self) -> None:
        stream = self.stream()
        self.runs(stream, 60, RET_X9)
        stream.body()
        self.waited(stream)
        stream.add(Alloc, "tracer_b.tramp", TEXT, TEXT_SIZE, TEXT_PROV + 1)
        stream.add(Store, SITE, 4, branch(TEXT), 9, 0, TEXT_PROV + 1)
        stream.call()
        stream.fetch(branch(TEXT), 9)
        stream.window("W0")
        self.runs(stream, 0)
        assert use(stream) == []

    def test_who_means_the_old_text_comes_to_it_although_new_text_is_there(self) -> None:
        stream = self.stream()
        self.waited(stream)
        stream.add(Alloc, "tracer_b.tramp", TEXT, TEXT_SIZE, TEXT_PROV + 1)
        self.runs(stream, 0)
        assert [found.subject for found in use(stream)] == ["tracer_a.tramp"]


class TestLate:
    """(d): it obtains the object when nobody can any more."""

    def test_from_an_overwritten_literal(self) -> None:
        stream = enabled()
        stream.call()
        stream.window("W0")
        taken_back(stream)
        waited(stream)
        stream.load_literal("tracer_a", 2)
        (found,) = use(stream)
        assert found.window == "W0"
        assert "takes &tracer_a from the literal of vfs_read after the wait" in found.message

    def test_from_an_entry_that_was_unlinked(self) -> None:
        stream = enabled()
        stream.add(Store, STATIC + LINK, 8, ADDR, 8, 0, PROV)
        stream.add(Store, HEAD, 8, STATIC, 9, 0, 0)
        stream.call()
        stream.window("W2")
        reads(stream, HEAD, 0, STATIC)
        taken_back(stream)
        waited(stream)
        assert use(stream) == []
        reads(stream, STATIC + LINK, 0, ADDR, PROV)
        assert "takes &tracer_a from static_ops->next" in use(stream)[0].message

    def test_from_a_word_of_the_designs_own(self) -> None:
        stream = Stream()
        stream.add(WordDefined, "function_trace_op", 0x7200, (0x6000,), (0x5000,))
        stream.window("W0")
        stream.add(Wait, True, "static_ops", ("rude",), (), ("static_ops",))
        stream.add(Wait, False, "static_ops", ("rude",), (), ("static_ops",))
        reads(stream, 0x7200, 0, STATIC)
        assert "takes &static_ops from function_trace_op" in use(stream)[0].message


class TestWord:
    """A wait for whoever may still read a word."""

    def read(self, *, again: int = 0) -> list[Finding]:
        stream = enabled()
        stream.window("W0")
        stream.store_site(NOP, 10)
        waits(stream, True, objects=(), words=(LITERAL,))
        waits(stream, False, objects=(), words=(LITERAL,))
        if again:
            with stream.patch("modify_call", "tracer_a", again, ("tracer_a",)):
                pass
        reads(stream, LITERAL, 0, ADDR, PROV)
        return use(stream)

    def test_a_read_after_the_wait(self) -> None:
        (found,) = self.read()
        assert (found.severity, found.subject) == ("wait too short", "the literal of vfs_read")
        assert "reads the literal of vfs_read after the wait for readers of the literal" in found.message

    def test_a_site_that_leads_there_again(self) -> None:
        assert self.read(again=BL) == []


class TestWaits:
    def test_a_wait_in_the_middle_of_an_update_is_for_nobody(self) -> None:
        stream = enabled()
        stream.window("W1")
        waits(stream, True, objects=())
        waits(stream, False, objects=())
        reads(stream, ADDR, PROV)
        assert use(stream) == []

    def test_two_waits_at_a_time(self) -> None:
        stream = enabled()
        stream.window("W1")
        waits(stream, True)
        stream.add(Wait, True, "tracer_b", ("rude",), (), ("tracer_b",))
        stream.add(Wait, False, "tracer_b", ("rude",), (), ("tracer_b",))
        reads(stream, ADDR, PROV)
        reads(stream, OTHER, OTHER_PROV)
        assert [found.subject for found in use(stream) if found.severity == "wait too short"] == ["tracer_b"]

    def test_the_quiescent_states_that_let_it_return_are_part_of_the_proof(self) -> None:
        stream = enabled()
        stream.window("W1")
        taken_back(stream)
        waits(stream, True)
        told = stream.add(Quiescent, "rude", "cpu1", "context switch", cpu=1, task="reader")
        stream.add(Quiescent, "rude", "cpu2", "context switch", cpu=2, task="writer")
        waits(stream, False)
        reads(stream, ADDR, PROV)
        (found,) = use(stream)
        assert told in found.events
        assert told + 1 not in found.events
