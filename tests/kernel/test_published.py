"""What several CPUs publish together."""

from ftrace_actors.kernel.published import NOTHING, Published

EARLY, LATE, OTHER = Published(5, ((1, 30),)), Published(3, ((1, 40),)), Published(4, ((0, 10),))


def test_of_one_cpu_the_later_moment_counts_and_the_newer_view() -> None:
    assert EARLY | LATE == LATE | EARLY == Published(5, ((1, 40),))


def test_of_several_each_counts() -> None:
    assert EARLY | OTHER == OTHER | EARLY == Published(5, ((0, 10), (1, 30)))


def test_nothing_adds_nothing() -> None:
    assert EARLY | NOTHING == NOTHING | EARLY == EARLY
