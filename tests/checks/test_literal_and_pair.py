"""INV-LIT and INV-PAIR."""

import pytest

from ftrace_actors.events import Alloc, Load, OpsDefined
from tests.checks.stream import LITERAL, SITE, Stream


def lit(stream: Stream) -> list[tuple[str, str, str | None]]:
    found = stream.findings(invariant="INV-LIT")
    return [(one.severity, one.subject, one.window) for one in found]


@pytest.mark.parametrize("ops", ["ftrace_nop_ops", "ftrace_list_ops"])
def test_the_kernels_own_ops_may_always_be_there(ops: str) -> None:
    stream = Stream()
    stream.load_literal(ops, 0)
    assert lit(stream) == []


def test_an_ops_may_be_there_from_the_call_of_register_to_the_return_of_unregister() -> None:
    stream = Stream()
    stream.register("tracer_a", returns=False)
    stream.load_literal("tracer_a", 1)
    stream.registered("tracer_a")
    stream.unregister("tracer_a", returns=False)
    stream.load_literal("tracer_a", 1)
    assert lit(stream) == []
    stream.unregistered("tracer_a")
    stream.load_literal("tracer_a", 1)
    assert lit(stream) == [("stale pointer", "tracer_a on vfs_read", "W0")]


def test_a_static_ops_read_late_is_a_stale_pointer_as_well() -> None:
    stream = Stream()
    stream.register("static_ops")
    stream.unregister("static_ops")
    stream.load_literal("static_ops", 1)
    assert lit(stream) == [("stale pointer", "static_ops on vfs_read", "W0")]


def test_an_unregister_that_failed_leaves_it_published() -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.unregister("tracer_a", returns=False)
    stream.unregistered("tracer_a", errno=-19)
    stream.load_literal("tracer_a", 1)
    assert lit(stream) == []


def test_an_ops_whose_register_failed_was_never_unregistered() -> None:
    stream = Stream()
    stream.register("tracer_a", errno=-22)
    stream.load_literal("tracer_a", 1)
    (found,) = stream.findings(invariant="INV-LIT")
    assert found.severity == "stale pointer"
    assert found.message.endswith("whose register had failed")


def test_a_second_register_that_fails_ends_nothing() -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.register("tracer_a", errno=-16)
    stream.load_literal("tracer_a", 1)
    assert lit(stream) == []
    stream.unregister("tracer_a")
    stream.load_literal("tracer_a", 1)
    (found,) = stream.findings(invariant="INV-LIT")
    assert found.message.endswith("whose unregister had returned")


def test_an_ops_never_registered_or_registered_elsewhere_has_no_business_there() -> None:
    stream = Stream()
    stream.load_literal("tracer_a", 1)
    assert lit(stream) == [("corruption", "tracer_a on vfs_read", "W0")]
    stream = Stream()
    stream.add(OpsDefined, "tracer_a", 0x9000, 3, "tracer", "tracer_a_func", True, ("vfs_write",))
    stream.register("tracer_a")
    stream.load_literal("tracer_a", 1)
    assert lit(stream) == [("corruption", "tracer_a on vfs_read", "W0")]


def test_a_register_that_failed_published_nothing() -> None:
    stream = Stream()
    stream.register("tracer_a", errno=-12)
    stream.load_literal("tracer_a", 1)
    assert len(lit(stream)) == 1


@pytest.mark.parametrize(("value", "prov"), [(0x9100_0000_8000, -1), (0, 0), (0x9000, 4)])
def test_what_is_no_ops_is_corruption(value: int, prov: int) -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.add(Load, LITERAL, 8, value, 1, 0, prov, task="reader", cpu=1)
    assert lit(stream) == [("corruption", "vfs_read", None)]


def test_an_older_generation_at_the_same_address_is_not_the_registered_one() -> None:
    stream = Stream()
    stream.add(OpsDefined, "tracer_a", 0x9000, 12, "tracer", "tracer_a_func", True, ("vfs_read",))
    stream.register("tracer_a")
    stream.add(Load, LITERAL, 8, 0x9000, 1, 0, 12, task="reader", cpu=1)
    assert lit(stream) == []
    stream.load_literal("tracer_a", 1)
    assert len(lit(stream)) == 1


def test_an_ops_allocated_again_keeps_its_name_and_not_its_generation() -> None:
    stream = Stream()
    stream.free("tracer_a", 0)
    stream.add(Alloc, "tracer_a", 0x9200, 64, 12)
    stream.register("tracer_a")
    stream.add(Load, LITERAL, 8, 0x9200, 1, 0, 12, task="reader", cpu=1)
    assert lit(stream) == []
    stream.load_literal("tracer_a", 1)
    assert len(lit(stream)) == 1


def test_other_loads_are_not_looked_at() -> None:
    stream = Stream()
    stream.add(Load, SITE, 4, 0xDEAD, 1, 0, 0)
    assert lit(stream) == []


def test_a_function_gets_its_own_ops() -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.callback("tracer_a")
    assert stream.findings(invariant="INV-PAIR") == []
    stream.callback("tracer_a", begins=False, func="tracer_b_func")
    assert stream.findings(invariant="INV-PAIR") == []
    stream.callback("tracer_a", func="tracer_b_func")
    (found,) = stream.findings(invariant="INV-PAIR")
    assert found.subject == "tracer_b_func with tracer_a"
    assert "calls tracer_b_func with &tracer_a, the ops of tracer_a_func" in found.message
