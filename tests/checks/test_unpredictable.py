"""UNPREDICTABLE: what the machine reports, and concurrent modification and execution."""

import pytest

from ftrace_actors.checks.races import modifiable_while_executed
from ftrace_actors.events import Load, Unpredictable
from tests.checks.race import ADD, FAR, MOV, WORD, Race
from tests.checks.stream import BL, NOP, Stream


def test_what_the_machine_reports() -> None:
    stream = Stream()
    stream.add(
        Unpredictable, "half of a data write fetched as an instruction", 0x2000, 3, task="reader", cpu=1
    )
    (found,) = stream.findings(invariant="UNPREDICTABLE")
    assert found.severity == "unpredictable"
    assert "reader on cpu1 at 0x2000: half of a data write" in found.message


def test_a_newer_write_nothing_orders_is_a_race() -> None:
    race = Race()
    race.fetched(0)
    race.written(1)
    assert race.races() == 1


def test_the_write_may_have_executed_before_the_fetch() -> None:
    race = Race()
    race.written(1)
    race.fetched(0)
    assert race.races() == 1


def test_words_not_listed_are_not_looked_at() -> None:
    race = Race()
    race.fetched(0)
    race.written(1)
    assert race.findings(invariant="UNPREDICTABLE") == []


@pytest.mark.parametrize(
    ("old", "new", "count"), [(NOP, BL, 0), (BL, NOP, 0), (NOP, ADD, 1), (ADD, NOP, 1), (MOV, MOV, 0)]
)
def test_both_words_must_be_in_the_list_or_the_same(old: int, new: int, count: int) -> None:
    race = Race()
    race.fetched(0, old)
    race.written(1, new)
    assert race.races() == count


def test_the_write_read_or_an_older_one_is_no_race() -> None:
    race = Race()
    race.written(1)
    race.written(2)
    race.fetched(2, ADD)
    assert race.races() == 0


def test_context_synchronization_raises_the_lower_bound() -> None:
    race = Race()
    race.written(3)
    race.fetched(0, sync=3)
    assert race.races() == 0


def test_an_own_later_message_ends_what_the_fetch_could_see() -> None:
    for order, count in ((2, 0), (4, 1)):
        race = Race()
        race.fetched(0)
        race.written(order, 0, FAR, cpu=1)
        race.written(3)
        assert race.races() == count, order


def test_an_own_message_before_the_fetch_says_nothing() -> None:
    race = Race()
    race.written(1, 0, FAR, cpu=1)
    race.fetched(0)
    race.written(3)
    assert race.races() == 1


def test_a_later_read_of_what_a_foreign_write_overwrote_ends_it_too() -> None:
    for writer, count in ((0, 0), (1, 1)):
        race = Race()
        if writer == 1:
            race.written(2, 0, FAR, 8, cpu=1)
        race.fetched(0)
        race.add(Load, FAR, 8, 0, 0, 0, 0, cpu=1, task="reader")
        if writer == 0:
            race.written(2, 0, FAR, 8)
        race.written(3)
        assert race.races() == count, writer


def test_a_later_read_of_the_newest_ends_nothing() -> None:
    race = Race()
    race.written(2, 0, FAR, 8)
    race.fetched(0)
    race.add(Load, FAR, 8, 0, 2, 0, 0, cpu=1, task="reader")
    race.written(3)
    assert race.races() == 1


def test_a_fetch_stale_to_an_ic_came_before_it() -> None:
    race = Race()
    race.written(1)
    race.maintained("ic ivau", 2)
    race.written(3, NOP)
    race.fetched(0, NOP)
    assert race.races() == 1  # with the write at 1
    race = Race()
    race.written(1, BL)
    race.maintained("ic ivau", 2)
    race.written(3)
    race.fetched(0, NOP)
    assert race.races() == 0  # the write at 3 is behind the IC


def test_an_ic_forces_nothing_without_the_dc_that_it_needs() -> None:
    for cleaned, count in ((False, 1), (True, 0)):
        race = Race()
        race.written(1, BL)
        if cleaned:
            race.maintained("dc cvau", 2)
        race.maintained("ic ivau", 3)
        race.written(4)
        race.fetched(0, NOP)
        assert race.races(idc=False) == count, cleaned


def test_an_ic_of_another_line_forces_nothing() -> None:
    race = Race()
    race.written(1, BL)
    race.maintained("ic ivau", 2, WORD + 64)
    race.written(3)
    race.fetched(0, NOP)
    assert race.races() == 1


def test_earlier_fetches_came_before_the_completion_of_an_ic_a_later_one_is_stale_to() -> None:
    for completed, count in ((5, 1), (3, 0)):
        race = Race()
        race.written(1, BL)
        race.maintained("ic ivau", 2)
        race.fetched(1, BL)
        race.fetched(0, NOP)
        race.maintained("comp", completed)
        race.written(4)
        assert race.races() == count, completed


def test_a_write_of_part_of_the_word_is_a_race() -> None:
    race = Race()
    race.fetched(0, NOP)
    race.written(1, 0x20, WORD + 1, 1)
    assert race.races() == 1


def test_a_wide_write_is_compared_by_its_own_half() -> None:
    for addr, value, count in ((WORD, MOV, 0), (WORD - 4, MOV << 32, 0), (WORD - 4, ADD << 32, 1)):
        race = Race()
        race.fetched(0, MOV)
        race.written(1, value, addr, 8)
        assert race.races() == count, (addr, value)


@pytest.mark.parametrize(
    "word",
    [
        0x14000001,  # b
        0x97FFFFFF,  # bl
        0x54000020,  # b.eq
        0x34000020,  # cbz w0
        0xB5000021,  # cbnz x1
        0x36000020,  # tbz
        0xB7F80020,  # tbnz x0, #63
        0xD4200000,  # brk
        0xD4000001,  # svc
        0xD4000002,  # hvc
        0xD4000003,  # smc
        0xD5033FDF,  # isb
        0xD503201F,  # nop
        0x00000000,  # udf
    ],
)
def test_the_list(word: int) -> None:
    assert modifiable_while_executed(word)


@pytest.mark.parametrize(
    "word",
    [
        0xAA1E03E9,  # mov x9, x30
        0xD503245F,  # bti c
        0xD503203F,  # yield
        0xD5033BBF,  # dmb ish
        0xD5033F9F,  # dsb sy
        0xD65F03C0,  # ret
        0xD61F0200,  # br x16
        0xD4400000,  # hlt
        0x10000000,  # adr
        0x54000030,  # bc.eq
    ],
)
def test_not_the_list(word: int) -> None:
    assert not modifiable_while_executed(word)


@pytest.mark.parametrize(
    ("addr", "size", "count"), [(WORD - 8, 8, 0), (WORD - 1, 1, 0), (WORD + 3, 1, 1), (WORD + 4, 8, 0)]
)
def test_only_a_write_that_touches_the_word(addr: int, size: int, count: int) -> None:
    race = Race()
    race.fetched(0, NOP)
    race.written(1, 0x20, addr, size)
    assert race.races() == count


@pytest.mark.parametrize(("addr", "count"), [(FAR - 8, 1), (FAR - 1, 0), (FAR + 7, 0), (FAR + 8, 1)])
def test_only_a_write_that_touches_what_was_read_ends_it(addr: int, count: int) -> None:
    race = Race()
    race.fetched(0)
    race.add(Load, FAR, 8, 0, 0, 0, 0, cpu=1, task="reader")
    race.written(2, 0, addr, 8)
    race.written(3)
    assert race.races() == count


def test_writes_count_in_the_order_of_the_timeline() -> None:
    race = Race()
    race.fetched(0)
    race.add(Load, FAR, 8, 0, 1, 0, 0, cpu=1, task="reader")
    race.written(9, 0, FAR, 8)
    race.written(2, 0, FAR, 8)
    race.written(3)
    assert race.races() == 0


def test_a_completion_of_another_cpus_ics_completes_nothing_here() -> None:
    race = Race()
    race.written(1, BL)
    race.maintained("ic ivau", 2)
    race.fetched(1, BL)
    race.fetched(0, NOP)
    race.maintained("comp", 3, cpu=2)
    race.written(4)
    assert race.races() == 1


def test_a_dc_of_another_line_cleans_nothing_here() -> None:
    race = Race()
    race.written(1, BL)
    race.maintained("dc cvau", 2, WORD + 64)
    race.maintained("ic ivau", 3)
    race.written(4)
    race.fetched(0, NOP)
    assert race.races(idc=False) == 1


def test_an_own_dc_or_ic_ends_it() -> None:
    for name in ("dc cvau", "ic iallu"):
        race = Race()
        race.fetched(0)
        race.maintained(name, 2, FAR, cpu=1)
        race.written(3)
        assert race.races() == 0, name
