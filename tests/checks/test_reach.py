"""What was still in reach when a wait began: INV-GP on hand-made logs."""

import pytest

from ftrace_actors.events import (
    Alloc,
    OpsDefined,
    RecordDefined,
    Store,
    Wait,
    WordDefined,
)
from ftrace_actors.kernel.layout import OPS_NEXT, OPS_SIZE
from tests.checks.stream import LITERAL, NOP, SITE, Stream
from tests.checks.waits import (
    ADDR,
    HEAD,
    LINK,
    OTHER,
    OTHER_PROV,
    PROV,
    STATIC,
    TEXT,
    TEXT_PROV,
    TEXT_SIZE,
    branch,
    enabled,
    reads,
    use,
    waits,
)


class TestReach:
    """A wait that began too early."""

    def test_the_literal_still_gives_it(self) -> None:
        stream = enabled()
        stream.unregister("tracer_a", returns=False)
        stream.add(Store, HEAD, 8, 0x7100, 10, 0, 0)
        begin = waits(stream, True)
        waits(stream, False)
        stream.window("W1")
        reads(stream, ADDR, PROV)  # which is for INV-LIFE and INV-QUIET to judge
        (found,) = use(stream)
        assert (found.severity, found.subject, found.window) == ("wait before unlink", "tracer_a", None)
        assert found.events == (begin,)
        assert "begins while the literal of vfs_read still leads there" in found.message

    def test_the_list_still_gives_it(self) -> None:
        stream = enabled()
        stream.store_literal("ftrace_nop_ops", 10)
        waits(stream, True)
        assert "begins while ftrace_ops_list still leads there" in use(stream)[0].message

    def test_an_entry_that_is_linked_still_gives_it(self) -> None:
        stream = enabled()
        stream.store_literal("ftrace_nop_ops", 10)
        stream.add(Store, OTHER + LINK, 8, ADDR, 8, OTHER_PROV, PROV)
        stream.add(Store, HEAD, 8, OTHER, 9, 0, OTHER_PROV)
        waits(stream, True)
        assert "begins while tracer_b->next still leads there" in use(stream)[0].message

    def test_a_literal_that_no_instruction_leads_to_gives_nothing(self) -> None:
        stream = enabled()
        stream.add(Store, HEAD, 8, 0x7100, 10, 0, 0)
        stream.store_site(NOP, 11)
        waits(stream, True)
        assert use(stream) == []

    @pytest.mark.parametrize(("target", "open_"), [(0x5000, False), (0x5100, True)])
    def test_a_trampoline_that_reads_no_literal(self, target: int, open_: bool) -> None:
        stream = enabled()
        stream.add(RecordDefined, "vfs_read", SITE - 4, SITE, LITERAL, (0x5000,))
        stream.add(Store, HEAD, 8, 0x7100, 10, 0, 0)
        stream.store_site(branch(target), 11)
        waits(stream, True)
        assert bool(use(stream)) is open_

    def test_the_newest_write_counts_not_the_last_one_seen(self) -> None:
        stream = enabled()
        stream.add(Store, HEAD, 8, 0x7100, 10, 0, 0)
        stream.store_literal("ftrace_nop_ops", 12)
        stream.store_literal("tracer_a", 11)
        waits(stream, True)
        assert use(stream) == []

    def test_a_branch_still_gives_the_text(self) -> None:
        stream = Stream()
        stream.add(Alloc, "tracer_a.tramp", TEXT, TEXT_SIZE, TEXT_PROV)
        stream.add(Store, SITE, 4, branch(TEXT), 5, 0, TEXT_PROV)
        waits(stream, True, objects=("tracer_a.tramp",))
        assert "begins while the branch in vfs_read still leads there" in use(stream)[0].message

    def test_a_pointer_in_text_that_is_in_reach_gives_the_ops(self) -> None:
        stream = Stream()
        stream.add(Alloc, "tracer_a.tramp", TEXT, TEXT_SIZE, TEXT_PROV)
        stream.add(Store, TEXT + 56, 8, ADDR, 4, TEXT_PROV, PROV)
        waits(stream, True)
        assert use(stream) == []
        stream.add(Store, SITE, 4, branch(TEXT), 5, 0, TEXT_PROV)
        waits(stream, True)
        assert "begins while tracer_a.tramp+0x38 still leads there" in use(stream)[0].message

    @pytest.mark.parametrize(("target", "open_"), [(0x5000, False), (0x5100, True)])
    def test_a_word_that_is_read_only_where_a_function_is_called(self, target: int, open_: bool) -> None:
        stream = Stream()
        stream.add(WordDefined, "function_trace_op", 0x7200, (0x6000,), (0x5000,))
        stream.add(Store, 0x7200, 8, STATIC, 4, 0, 0)
        stream.add(Store, 0x6000, 4, branch(target, 0x6000), 5, 0, 0)
        stream.add(Wait, True, "static_ops", ("rude",), (), ("static_ops",))
        found = use(stream)
        assert [one.message.partition(" begins while ")[2] for one in found] == (
            ["function_trace_op still leads there"] if open_ else []
        )

    def test_a_word_that_its_site_still_leads_to(self) -> None:
        stream = enabled()
        waits(stream, True, objects=(), words=(LITERAL,))
        (found,) = use(stream)
        assert (found.severity, found.subject) == ("wait before unlink", "the literal of vfs_read")


def test_defaults_of_the_schema_are_those_of_the_layout() -> None:
    made = OpsDefined(0, 0, "", 0, "", -1, "x", 1, 0, "tracer", "f", False, ())
    assert (made.size, made.link) == (OPS_SIZE, OPS_NEXT)
