"""The query language: what it reads, what it means, and what it says of mistakes."""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftrace_actors.errors import InputError
from ftrace_actors.events import Alloc, Event, Store
from ftrace_actors.inspect import EventSymbols, LogFile, QueryError, matches, select, write_log
from ftrace_actors.inspect.query import FIELDS, Names, compile_query, parse
from ftrace_actors.inspect.select import names_of, scan
from tests.checks.stream import Stream
from tests.inspect.recorded import dull
from tests.inspect.test_log import EVENTS, header
from tests.inspect.trees import Naive, Trees

KNOWN = Names(
    {"vfs_read": 0x1008, "vfs_read.literal": 0x1000, "in": 0x40, "order": 0x80, "a b\n": 0xC0},
    frozenset({"tracer_a"}),
)
ANY = Trees([0x1008, 0x100C, 2**64 - 1, 0x9000], ["reader", "irq", "vfs_read", "W1"], KNOWN.all())


@given(ANY.nodes())
def test_a_printed_query_parses_back_to_the_same_tree(node: object) -> None:
    assert parse(str(node), KNOWN) == node
    assert parse(str(node)) == node


def numbered(events: list[Event]) -> list[Event]:
    """As a log has them: `seq` is the position."""
    return [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events)]


@settings(max_examples=300)
@given(st.lists(EVENTS, max_size=12).map(numbered), ANY.nodes())
def test_a_filter_selects_what_a_naive_one_does_on_any_events(events: list[Event], node: object) -> None:
    symbols = EventSymbols(events)
    naive = Naive(KNOWN.fixed, symbols, KNOWN.moving)
    with TemporaryDirectory() as directory:
        path = Path(directory, "log")
        write_log(path, header(events), events, symbols)
        found = [item.seq for _, item in matches(LogFile(path), compile_query(node, KNOWN, ("seq",)))]
    assert found == list(naive.select(node, events))


REAL = dull("teardown-list-three")
REAL_NAMES = Names(
    {name: addr for name, addr in REAL.world.image.symbols.names().items() if not name.startswith("tracer")},
    frozenset({"tracer_a", "tracer_b"}),
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> LogFile:
    return LogFile(REAL.write(tmp_path_factory.mktemp("log") / "log"))


def texts_of(events: tuple[Event, ...]) -> list[str]:
    values = [getattr(event, name) for event in events for name in event.__struct_fields__]
    return [value for value in values if isinstance(value, str)]


def numbers_of(events: tuple[Event, ...]) -> list[int]:
    values = [getattr(event, name) for event in events for name in event.__struct_fields__]
    return [value for value in values if type(value) is int]


OF_REAL = Trees(numbers_of(REAL.result.events), texts_of(REAL.result.events), REAL_NAMES.all())


@settings(max_examples=300)
@given(OF_REAL.nodes())
def test_a_filter_selects_what_a_naive_one_does_on_a_run(log: LogFile, node: object) -> None:
    naive = Naive(REAL_NAMES.fixed, REAL.world.image.symbols, REAL_NAMES.moving)
    found = [item.seq for _, item in matches(log, compile_query(node, REAL_NAMES, ("seq",)))]
    assert found == list(naive.select(node, REAL.result.events))


def test_names_are_those_of_header_and_first_events(log: LogFile) -> None:
    names = names_of(log)
    assert names.fixed["vfs_read"] == REAL.world.image.symbols["vfs_read"]
    assert "tracer_a" in names.moving
    assert "ftrace_nop_ops" in names.fixed


def test_names_of_a_log_without_symbols_are_those_of_its_events(tmp_path: Path) -> None:
    stream = Stream()
    write_log(tmp_path / "log", header(stream.events), stream.events, EventSymbols([]))
    names = names_of(LogFile(tmp_path / "log"))
    assert names.fixed == {
        "vfs_read": 0x1008,
        "vfs_read.literal": 0x1000,
        "ftrace_nop_ops": 0x8000,
        "ftrace_list_ops": 0x8100,
        "static_ops": 0x8200,
    }
    assert names.moving == {"tracer_a", "tracer_b"}


def test_a_symbol_is_everywhere_in_it(log: LogFile) -> None:
    found = {line["symbol"] for line in decoded(log, 'symbol == "vfs_read"')}
    assert found == {"vfs_read+0x4"}
    assert {line["symbol"] for line in decoded(log, 'symbol == "tracer_a"')} > {"tracer_a"}
    assert not decoded(log, 'symbol == "vfs_read" and symbol != "vfs_read"')


@pytest.mark.parametrize(
    ("query", "column", "words"),
    [
        ('symbol == "vfs_raed"', 11, 'this log has no symbol "vfs_raed"; did you mean vfs_read'),
        ("cpu == cpu1", 8, 'no field or symbol is called cpu1; write cpu == 1, or actor == "cpu1"'),
        ('"nosuch" != symbol', 1, 'this log has no symbol "nosuch"'),
        ('symbol in ("vfs_read", "nosuch")', 24, 'this log has no symbol "nosuch"'),
    ],
)
def test_a_symbol_that_the_log_does_not_have_is_a_mistake(
    log: LogFile, query: str, column: int, words: str
) -> None:
    with pytest.raises(QueryError) as caught:
        select(log, query)
    assert f"column {column}: {words}" in str(caught.value)


def test_every_symbol_of_an_event_is_known(log: LogFile) -> None:
    """Also those of allocations: a name that an event is called by may be asked for."""
    lines = [msgspec.json.decode(line) for line in log.lines()]
    used = {line["symbol"].partition("+0x")[0] for line in lines if "symbol" in line}
    assert len(used) > 5
    for name in used:
        assert decoded(log, f'symbol == "{name}"')


def decoded(log: LogFile, query: str) -> list[dict[str, str]]:
    return [msgspec.json.decode(line) for line, _ in matches(log, select(log, query))]


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("order not in (3)", "order != 3"),
        ("order not in (3, 4)", "order != 3 and order != 4"),
        ("value not in (tracer_a, 0)", "value != tracer_a and value != 0"),
        ("not order in (3)", "not order == 3"),
        ('"W9" not in windows', 'kind == "wait"'),
        ('not "W1" in windows', 'kind != "wait" or not "W1" in windows'),
        ("entry not in (4)", 'kind == "record" and entry != 4'),
    ],
)
def test_not_in_selects_only_events_that_have_the_field_as_unequal_does(
    log: LogFile, query: str, same: str
) -> None:
    found = decoded(log, query)
    assert found == decoded(log, same)
    assert found


def test_the_name_of_an_ops_means_its_newest_allocation(tmp_path: Path) -> None:
    stream = Stream()
    first = stream.add(Store, 0x9000, 8, 0, 1, 3, 0)
    stream.add(Alloc, "tracer_a", 0x9400, 64, 9)
    stream.add(Store, 0x9000, 8, 0, 2, 3, 0)
    second = stream.add(Store, 0x9400, 8, 0, 3, 9, 0)
    write_log(tmp_path / "log", header(stream.events), stream.events, EventSymbols([]))
    log = LogFile(tmp_path / "log")
    found = [
        item.seq for _, item in matches(log, select(log, 'kind == "store" and addr == tracer_a', ("seq",)))
    ]
    assert found == [first, second]


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("cpu==1", "cpu == 1"),
        ("  cpu == 0x1f ", "cpu == 31"),
        ("addr == 0xffff_8000", "addr == 0xffff8000"),
        ("task == 'reader'", 'task == "reader"'),
        ("task not in ('a', 'b')", 'task not in ("a", "b")'),
        ("not task in ('a', 'b')", 'not task in ("a", "b")'),
        ("'W1' not in windows", '"W1" not in windows'),
        ("not not cpu == -1", "not not cpu == -1"),
        ("cpu == 0 or cpu == 1 and task == ''", 'cpu == 0 or cpu == 1 and task == ""'),
        ("(cpu == 0 or cpu == 1) and begins == true", "(cpu == 0 or cpu == 1) and begins == true"),
        ("((cpu == 0))", "cpu == 0"),
        ("addr == vfs_read + 4", "addr == vfs_read+0x4"),
        ("addr == vfs_read - 8", "addr == vfs_read-0x8"),
        ("addr == &vfs_read.literal", "addr == vfs_read.literal"),
        ("addr == &in", "addr == &in"),
        ("addr == &order", "addr == &order"),
        (r'addr == &"a b\n"', r'addr == &"a b\n"'),
        ("'W1' in windows", '"W1" in windows'),
        ("order < newest", "order < newest"),
    ],
)
def test_what_is_read_is_printed_in_one_way(query: str, same: str) -> None:
    assert str(parse(query, KNOWN)) == same


@pytest.mark.parametrize(
    ("query", "column", "words"),
    [
        ("", 1, 'found the end of the query; expected a condition, as in kind == "load"'),
        ("cpu", 4, "found the end of the query; after cpu comes ==, !=, <, <=, >, >= or in"),
        ("begins", 7, "as in begins == true"),
        ("cpu = 1", 5, "found =; write =="),
        ("cpu == 1 && cpu == 2", 10, "found &&; write and"),
        ("cpu == 1 || cpu == 2", 10, "found ||; write or"),
        ("!cpu == 1", 1, "found !; write not"),
        ("cpu == 1 task == 'a'", 10, "found task; two conditions are joined with and or or"),
        ("1 < cpu < 3", 9, "found <; a comparison has two sides; write a < b and b < c"),
        ('cpu == "cpu12"', 8, 'found "cpu12", text; cpu is a number: write 12'),
        ('cpu in (0, "cpu1")', 12, 'found "cpu1", text; cpu is a number: write 1'),
        ("(cpu == 1", 10, "the ( in column 1 is open: write a )"),
        ("cpu == 1)", 9, "found ); no ( is open"),
        ("cpu in (1, 2", 13, "the ( in column 8 is open"),
        ("cpu in ()", 9, "found ); expected a value"),
        (
            "cpu in 3",
            8,
            "in takes values in parentheses or a list, which are blind, flags, flavours, functions, objects, ops",
        ),
        ("1 in (1, 2)", 1, "in front of in (...) stands a field"),
        ("cpu in (1, seq)", 12, "found the field seq; values in parentheses are constants"),
        ("cpu in (1, 'a')", 12, 'found "a", text; cpu is a number'),
        ("3 in windows", 1, "found 3, a number; windows is a list of texts"),
        ("windows == 'W1'", 1, "windows is a list of texts; write VALUE in windows"),
        ("cpu == 'a'", 8, 'found "a", text; cpu is a number'),
        ("'a' == cpu", 1, 'found "a", text; cpu is a number'),
        ("cpu == task", 1, "found cpu, a number; task is text"),
        ("task == vfs_read", 9, 'found vfs_read, the address of a symbol; task is text: write "vfs_read"'),
        ("kind == 'lod'", 9, 'no kind is called "lod"; did you mean "load"?'),
        ("window == 'W9'", 11, 'no window is called "W9"; '),
        ("symbol == 'vfs_read+0x4'", 11, "symbol is a name without an offset: write addr == vfs_read+0x4"),
        ("step == vfs_read", 9, "found vfs_read, an address; step is never one"),
        ("tracer_a+8 == prov", 1, "found tracer_a+0x8, an address; prov is never one"),
        ("seq in (1, vfs_read)", 12, "found vfs_read, an address; seq is never one"),
        ("begins < true", 10, "begins is true or false; compare it with == or !="),
        ("1 == 1", 1, "one side must be a field"),
        ("addr == vfs_raed+4", 9, "no field or symbol is called vfs_raed; did you mean vfs_read"),
        ("adr == 3", 1, "did you mean addr"),
        ("addr == vfs_read+x", 18, "found x; after vfs_read+ comes a number"),
        ("cpu + 1 == 2", 5, "found +; only to symbols can a number be added"),
        ("cpu == -x", 9, "found x; after - comes a number"),
        ("addr == &3", 10, "found 3; after & comes the name of a symbol"),
        ("addr == 0x", 9, "found 0x; a number is 12 or 0x1f"),
        ("addr == 12ab", 9, "found 12ab; a number is 12 or 0x1f"),
        ("task == 'a", 9, "this text has no end; write another ' after it"),
        (r'task == "\q"', 9, "escapes are those of JSON"),
        ("cpu == 1 ; x", 10, "found ';', which is part of no word"),
        ("not " * 150 + "cpu == 1", 401, "more than 100 levels"),
    ],
)
def test_a_mistake_is_named_by_column_with_what_would_be_right(query: str, column: int, words: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query, KNOWN)
    assert words in caught.value.message
    assert caught.value.column == column
    assert "\n" not in str(caught.value)


@given(
    st.text(max_size=30)
    | st.lists(
        st.sampled_from(["cpu", "==", "in", "(", ")", "and", "not", "'a'", "1", "&", "windows", ","])
    ).map(" ".join)
)
def test_any_text_is_a_query_or_a_mistake_with_a_column(text: str) -> None:
    error = mistake(text)
    if error is None:
        assert parse(str(parse(text, KNOWN)), KNOWN) == parse(text, KNOWN)
    else:
        assert 1 <= error.column <= len(text) + 1
        assert error.message


def mistake(text: str) -> QueryError | None:
    try:
        parse(text, KNOWN)
    except QueryError as error:
        return error
    return None


def test_nothing_a_user_writes_is_read_as_python(log: LogFile) -> None:
    """Texts go into the compiled function as constants, names never do."""
    evil = '__import__("os").system("false")'
    query = f"task == {msgspec.json.encode(evil).decode()}"
    assert not list(matches(log, select(log, query)))
    chosen = compile_query(
        parse("addr == &\"x') or True or ('\"", Names({"x') or True or ('": 1})),
        Names({"x') or True or ('": 1}),
    )
    assert not list(matches(log, chosen))


def test_a_long_chain_is_no_deep_one(log: LogFile) -> None:
    query = " or ".join(f"seq == {number}" for number in range(2000))
    assert sum(len(found) for _, _, found in scan(log, select(log, query))) == len(REAL.result.events)


def test_every_field_of_the_schema_can_be_asked_for() -> None:
    named = {name for event in REAL.result.events for name in event.__struct_fields__}
    assert named <= set(FIELDS)


def test_a_value_that_is_not_what_the_schema_says_names_its_line(tmp_path: Path) -> None:
    path = REAL.write(tmp_path / "log")
    lines = path.read_bytes().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines, 1) if b'"kind":"load"' in line)
    lines[number - 1] = lines[number - 1].replace(b'"addr":"0x', b'"addr":"zz')
    path.write_bytes(b"".join(lines))
    log = LogFile(path)
    with pytest.raises(InputError, match=f"line {number}: addr"):
        list(matches(log, select(log, "addr == vfs_read")))
