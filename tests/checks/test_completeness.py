"""INV-COMPL, both promises."""

import pytest

from ftrace_actors.checks import Checker, Finding, default_checks
from ftrace_actors.events import Claim, OpsDefined, Patch, RecordDefined, Store
from tests.checks.stream import BL, ENTRY, LITERAL, NOP, SITE, Stream


def lost(stream: Stream) -> list[Finding]:
    return stream.findings(invariant="INV-COMPL")


class TestByTheBranch:
    """(b): who ran the patch's BL took part in the patch."""

    def test_new_branch_and_new_literal(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.traced(2, "tracer_a", 1, ["tracer_a"])
        assert lost(stream) == []

    def test_new_branch_and_old_literal_is_a_lost_call(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        fetch = stream.traced(2, "ftrace_nop_ops", 0, [])
        (found,) = lost(stream)
        assert (found.severity, found.subject, found.window) == ("lost call", "tracer_a on vfs_read", "W0")
        assert fetch in found.events
        assert "patch 1 (make_call)" in found.message
        assert "literal = &ftrace_nop_ops (@0)" in found.message

    def test_a_branch_visible_before_its_store_executes_is_judged_when_the_patch_ends(self) -> None:
        stream = Stream()
        stream.register("tracer_a", returns=False)
        with stream.patch("make_call", "tracer_a", BL, ["tracer_a"]):
            stream.traced(1, "ftrace_nop_ops", 0, [])
            assert lost(stream) == []
            stream.store_literal("tracer_a", 2)
            stream.store_site(BL, 1)
        assert len(lost(stream)) == 1

    def test_both_visible_early_and_in_order_is_fine(self) -> None:
        stream = Stream()
        stream.register("tracer_a", returns=False)
        with stream.patch("make_call", "tracer_a", BL, ["tracer_a"]):
            stream.traced(2, "tracer_a", 1, ["tracer_a"])
            stream.store_literal("tracer_a", 1)
            stream.store_site(BL, 2)
        assert lost(stream) == []

    def test_a_patch_that_never_ends_is_judged_at_the_end(self) -> None:
        stream = Stream()
        stream.register("tracer_a", returns=False)
        with stream.patch("make_call", "tracer_a", BL, ["tracer_a"]):
            stream.store_site(BL, 1)
            stream.traced(1, "ftrace_nop_ops", 0, [])
        stream.events.pop()
        assert len(lost(stream)) == 1

    def test_call_first_with_the_list_ops_as_default_loses_nothing(self) -> None:
        stream = Stream()
        stream.register("tracer_a", returns=False)
        with stream.patch("make_call", "tracer_a", BL, ["tracer_a"]):
            stream.store_site(BL, 1)
            stream.traced(1, "ftrace_list_ops", 0, ["tracer_a"])
            stream.store_literal("tracer_a", 2)
        assert lost(stream) == []

    def test_the_list_ops_must_still_reach_everybody(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.register("tracer_b", returns=False)
        with stream.patch("modify_call", "ftrace_list_ops", BL, ["tracer_a", "tracer_b"]):
            stream.store_literal("ftrace_list_ops", 3)
            stream.store_site(BL, 4)
        stream.traced(4, "ftrace_list_ops", 3, ["tracer_a"])
        assert [found.subject for found in lost(stream)] == ["tracer_b on vfs_read"]

    def test_an_older_branch_owes_only_its_own_ops(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.register("tracer_b", returns=False)
        with stream.patch("modify_call", "ftrace_list_ops", BL, ["tracer_a", "tracer_b"]):
            stream.store_literal("ftrace_list_ops", 3)
            stream.store_site(BL, 4)
        stream.traced(2, "tracer_a", 1, ["tracer_a"])
        stream.traced(2, "ftrace_list_ops", 3, ["tracer_a", "tracer_b"])
        assert lost(stream) == []

    def test_nothing_is_owed_once_unregister_was_called(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.call()
        stream.fetch(BL, 2)
        stream.unregister("tracer_a", returns=False)
        stream.load_literal("ftrace_nop_ops", 3)
        stream.body()
        assert lost(stream) == []

    def test_unregister_called_after_the_call_got_through_excuses_nothing(self) -> None:
        stream = Stream()
        stream.register("tracer_a", returns=False)
        with stream.patch("make_call", "tracer_a", BL, ["tracer_a"]):
            stream.traced(1, "ftrace_nop_ops", 0, [])
            stream.unregister("tracer_a", returns=False)
            stream.store_literal("tracer_a", 2)
            stream.store_site(BL, 1)
        assert len(lost(stream)) == 1

    def test_a_later_registration_of_the_same_ops_is_not_the_patchs(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.unregister("tracer_a")
        stream.register("tracer_a", returns=False)
        stream.traced(2, "ftrace_nop_ops", 3, [])
        assert lost(stream) == []

    def test_a_literal_older_than_the_patch_is_no_part_of_it_even_if_the_call_was_seen(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 5)
        stream.traced(6, "tracer_a", 2, ["tracer_a"])
        assert len(lost(stream)) == 1

    def test_without_a_literal_only_callbacks_are_owed(self) -> None:
        for callbacks in ([], ["tracer_a"]):
            stream = Stream()
            stream.add(RecordDefined, "vfs_read", ENTRY, SITE, 0)
            stream.register("tracer_a", returns=False)
            with stream.patch("make_call", "ftrace_list_ops", BL, ["tracer_a"]):
                stream.store_site(BL, 1)
            stream.call()
            stream.fetch(BL, 1)
            for ops in callbacks:
                stream.callback(ops)
            stream.body()
            assert len(lost(stream)) == 1 - len(callbacks)

    def test_a_lost_call_is_known_when_its_patch_ends(self) -> None:
        stream = Stream()
        stream.register("tracer_a", returns=False)
        with stream.patch("make_call", "tracer_a", BL, ["tracer_a"]):
            stream.store_site(BL, 1)
            stream.traced(1, "ftrace_nop_ops", 0, [])
        checker = Checker(default_checks())
        for event in stream.events[:-1]:
            checker.feed(event)
        assert checker.findings == ()
        checker.feed(stream.events[-1])
        assert [found.invariant for found in checker.findings] == ["INV-COMPL"]

    @pytest.mark.parametrize(
        ("literal", "order", "seen", "count"),
        [("tracer_a", 1, ["tracer_a"], 0), ("ftrace_nop_ops", 0, [], 1)],
    )
    def test_the_end_of_another_patch_settles_nothing(
        self, literal: str, order: int, seen: list[str], count: int
    ) -> None:
        stream = Stream()
        stream.add(RecordDefined, "vfs_write", 0x3008, 0x300C, 0x3000)
        stream.register("tracer_a", returns=False)
        with stream.patch("make_call", "tracer_a", BL, ["tracer_a"]):
            stream.traced(2, literal, order, seen)
            stream.add(Patch, 77, True, "vfs_write", "make_nop", 0, NOP, (), 0, task="other")
            stream.add(Store, 0x3000, 8, 0x8000, 3, 0, 0, task="other")
            stream.add(Store, 0x300C, 4, NOP, 4, 0, 0, task="other")
            stream.add(Patch, 77, False, "vfs_write", "make_nop", 0, NOP, (), 0, task="other")
            stream.store_literal("tracer_a", 1)
            stream.store_site(BL, 2)
        assert len(lost(stream)) == count

    def test_of_two_patches_of_a_site_a_store_belongs_to_that_of_its_task(self) -> None:
        stream = Stream()
        stream.register("tracer_a", returns=False)
        stream.register("tracer_b", returns=False)
        with stream.patch("make_call", "tracer_a", BL, ["tracer_a"]):
            for number, task in ((77, "other"), (78, "third")):
                stream.add(
                    Patch, number, True, "vfs_read", "make_call", 0x9100, BL, ("tracer_b",), 0, task=task
                )
            stream.store_literal("tracer_a", 1)
            stream.store_site(BL, 2)
        stream.traced(2, "tracer_a", 1, ["tracer_a"])
        assert lost(stream) == []

    def test_a_nop_owes_nothing(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.untraced(0, newest=2)
        assert lost(stream) == []

    def test_a_fetch_again_after_an_interrupt_is_the_one_that_counts(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.call()
        stream.fetch(BL, 2)
        stream.fetch(NOP, 0)
        stream.body()
        assert lost(stream) == []

    def test_calls_nested_in_a_callback_are_kept_apart(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.call()
        stream.fetch(BL, 2)
        stream.load_literal("tracer_a", 1)
        stream.callback("tracer_a")
        stream.traced(2, "ftrace_nop_ops", 0, [])
        stream.callback("tracer_a", begins=False)
        stream.body()
        assert len(lost(stream)) == 1

    def test_a_store_by_somebody_else_is_not_the_patchs(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.add(Store, SITE, 4, BL, 9, 0, 0)
        stream.traced(9, "ftrace_nop_ops", 0, [])
        assert lost(stream) == []


class TestAfterRegister:
    """(a): a CPU that has synchronized since register returned."""

    def test_a_stale_nop_before_the_cpu_synchronizes_is_allowed(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.sync(1)
        stream.sync(9, cpu=2)
        stream.untraced(0, newest=2)
        assert lost(stream) == []

    def test_a_stale_nop_on_a_cpu_that_has_synchronized_is_a_lost_call(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.sync(2)
        fetch = stream.untraced(0, newest=2)
        (found,) = lost(stream)
        assert (found.severity, found.window) == ("lost call", None)
        assert fetch in found.events
        assert "fetched the unpatched instruction (@0, newest @2)" in found.message

    def test_synchronizing_between_fetch_and_body_comes_too_late(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.call()
        stream.fetch(NOP, 0, 2)
        stream.sync(2)
        stream.body()
        assert lost(stream) == []

    def test_a_call_fetched_before_register_returned_is_not_owed(self) -> None:
        stream = Stream()
        stream.sync(9)
        stream.register("tracer_a", returns=False)
        stream.call()
        stream.fetch(NOP, 0)
        stream.registered("tracer_a", view=2)
        stream.body()
        assert lost(stream) == []

    def test_a_seen_call_is_fine(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.sync(2)
        stream.traced(2, "tracer_a", 1, ["tracer_a"])
        assert lost(stream) == []

    def test_until_unregister_is_called_not_returned(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.sync(2)
        stream.call()
        stream.fetch(NOP, 3)
        stream.unregister("tracer_a", returns=False)
        stream.body()
        assert lost(stream) == []

    def test_an_ops_of_another_function_is_not_owed(self) -> None:
        stream = Stream()
        stream.add(OpsDefined, "tracer_b", 0x9100, 4, "tracer", "tracer_b_func", True, ("vfs_write",))
        stream.register("tracer_b", view=2)
        stream.sync(2)
        stream.untraced()
        assert lost(stream) == []

    def test_a_register_that_failed_promised_nothing(self) -> None:
        stream = Stream()
        stream.register("tracer_a", errno=-16)
        stream.sync(2)
        stream.untraced()
        assert lost(stream) == []

    def test_what_both_promises_cover_is_said_once(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.sync(2)
        stream.traced(2, "ftrace_nop_ops", 0, [])
        assert len(lost(stream)) == 1


class TestClaims:
    """A caller that was told counts without synchronizing."""

    def claim(self, stream: Stream, task: str = "reader") -> None:
        stream.add(Claim, "vfs_read", task=task, cpu=1)

    @pytest.mark.parametrize("calls", [1, 2])
    def test_from_the_claim_on_calls_are_owed(self, calls: int) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        self.claim(stream)
        for _ in range(calls - 1):
            stream.traced(2, "tracer_a", 1, ["tracer_a"])
        stream.untraced(0, newest=2)
        (found,) = lost(stream)
        assert "reader had been told that vfs_read is traced" in found.message

    def test_others_and_earlier_calls_are_not(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        self.claim(stream, "writer")
        stream.untraced(0, newest=2)
        assert lost(stream) == []

    def test_not_what_is_still_being_registered_nor_what_is_elsewhere(self) -> None:
        stream = Stream()
        stream.add(OpsDefined, "tracer_b", 0x9100, 4, "tracer", "tracer_b_func", True, ("vfs_write",))
        stream.register("tracer_b", view=9)
        stream.register("tracer_a", returns=False)
        self.claim(stream)
        stream.registered("tracer_a", view=9)
        stream.untraced()
        assert lost(stream) == []

    def test_not_a_call_that_was_under_way(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        stream.call()
        self.claim(stream)
        stream.fetch(NOP, 0, 2)
        stream.body()
        assert lost(stream) == []

    def test_not_a_registration_that_replaced_the_one_he_was_told_of(self) -> None:
        stream = Stream()
        stream.enable("tracer_a", 1)
        self.claim(stream)
        stream.unregister("tracer_a")
        stream.register("tracer_a", view=9)
        stream.untraced()
        assert lost(stream) == []

    def test_it_covers_what_was_registered_then_and_still_is(self) -> None:
        stream = Stream()
        self.claim(stream)
        stream.enable("tracer_a", 1)
        stream.untraced(0, newest=2)
        assert lost(stream) == []
        self.claim(stream)
        stream.unregister("tracer_a", returns=False)
        stream.untraced(0, newest=2)
        assert lost(stream) == []


def test_the_literal_address_is_what_the_record_says() -> None:
    stream = Stream()
    stream.enable("tracer_a", 1)
    assert {event.addr for event in stream.events if isinstance(event, Store)} == {LITERAL, SITE}
