"""What `why` says of a run is true: each statement is checked against the events, or by making its run again."""

import re
from collections.abc import Callable

import pytest

from ftrace_actors.actors.choices import Kind
from ftrace_actors.events import (
    Early,
    Event,
    Exc,
    Fault,
    Fetch,
    Free,
    GracePeriod,
    Load,
    Lock,
    OpsDefined,
    Quiescent,
    Register,
    Store,
    Switch,
    Wait,
)
from ftrace_actors.explore.token import TokenChooser, decode, made_of
from ftrace_actors.result import RunResult
from ftrace_actors.studies.needed import Help
from ftrace_actors.words import Verdict
from tests.why.answers import NAMES, Explained, explained


def replayed(found: Explained, token: str, more: dict[str, str] | None = None) -> RunResult:
    """The run of a token, in a world that is built anew; the token is of that world and of these events."""
    subject = found.source.subject.changed(more or {})
    word = decode(token)
    word.require(made_of(subject.text, dict(subject.overrides)))
    result = subject.world().run(TokenChooser(word.picks), driver="bare", record=True)
    assert word.is_of(result)
    return result


def shows(found: Explained, result: RunResult) -> bool:
    """Whether a run shows the failure, as somebody would say it who reads its report."""
    finding = found.source.finding
    return result.verdict == found.source.result.verdict and any(
        (each.invariant, each.subject, each.window) == (finding.invariant, finding.subject, finding.window)
        for each in result.findings
    )


def said_of(found: Explained, pattern: str) -> list[re.Match[str]]:
    text = " ".join(sentence.text for sentence in found.answer.chain)
    return list(re.finditer(pattern, text))


CLAIMS: dict[str, Callable[[Event, re.Match[str]], bool]] = {
    r"(?P<task>\w+) (?:on cpu\d+ )?calls (?:un)?register\((?P<ops>\w+)\) \[(\d+)\]": lambda event, said: (
        isinstance(event, Register)
        and not event.returns
        and (event.ops, event.task) == (said["ops"], said["task"])
    ),
    r"returns from unregister\((?P<ops>\w+)\) \[(\d+)\]": lambda event, said: (
        isinstance(event, Register) and event.unregister and event.returns and event.ops == said["ops"]
    ),
    r"frees (?P<name>[\w.]+) \[(\d+)\]": lambda event, said: (
        isinstance(event, Free) and event.name == said["name"]
    ),
    r"reads [^\[\]]+ from [^\[\]]+ \[(\d+)\]": lambda event, said: isinstance(event, Load),
    r"fetches [^\[\]]+ at [^\[\]]+ \[(\d+)\]": lambda event, said: isinstance(event, Fetch),
    r"writes [^\[\]]+ to [^\[\]]+ \[(\d+)\]": lambda event, said: isinstance(event, Store),
    r"seen early \(it executes at \[\d+\]\) \[(\d+)\]": lambda event, said: isinstance(event, Early),
    r"is preempted in W\d \([^()]+\) \[(\d+)\]": lambda event, said: (
        isinstance(event, Switch) and not event.voluntary
    ),
    r"waits for nothing, where it could wait for users of (?P<ops>\w+) \[(\d+)\]": lambda event, said: (
        isinstance(event, Wait) and event.begins and not event.flavours and event.ops == said["ops"]
    ),
    r"takes an interrupt \[(\d+)\]": lambda event, said: isinstance(event, Exc) and event.entry,
    r"counts (?P<who>\w+) as quiescent[^\[\]]*\[(\d+)\]": lambda event, said: (
        isinstance(event, Quiescent) and event.who == said["who"]
    ),
    r"waits for (?P<who>\w+) and does not end \[(\d+)\]": lambda event, said: (
        isinstance(event, GracePeriod) and event.waiting == (said["who"],)
    ),
    r"executes BRK at [^\[\]]+ \[(\d+)\]": lambda event, said: (
        isinstance(event, Fault) and event.reason == "brk"
    ),
}
"""Words of the chain -> whether the event that they cite is one."""


@pytest.mark.parametrize("name", NAMES)
def test_each_event_that_the_chain_cites_is_what_it_says(name: str) -> None:
    found = explained(name)
    events = {event.seq: event for event in found.source.result.events}
    cited = 0
    for pattern, is_so in CLAIMS.items():
        for said in said_of(found, pattern):
            event = events[int(said[said.re.groups])]
            assert is_so(event, said), f"{said[0]}: {event}"
            cited += 1
    assert cited >= 1
    for sentence in (*found.answer.broke, *found.answer.chain):
        assert set(sentence.events) <= events.keys()


def test_all_kinds_of_claim_are_made_somewhere() -> None:
    text = {pattern: any(said_of(explained(name), pattern) for name in NAMES) for pattern in CLAIMS}
    rare = [pattern for pattern, there in text.items() if not there]
    assert rare == []


@pytest.mark.parametrize("name", NAMES)
def test_an_old_word_was_overwritten_by_the_store_that_is_named(name: str) -> None:
    found = explained(name)
    events = {event.seq: event for event in found.source.result.events}
    old = r"\[(\d+)\]\. That (?:word|value) is old: (\w+) had written [^\[\]]+ there \[(\d+)\]"
    for said in said_of(found, old):
        read, store = events[int(said[1])], events[int(said[3])]
        assert isinstance(read, (Fetch, Load))
        assert isinstance(store, Store)
        assert store.task == said[2]
        assert store.addr == read.addr
        assert store.order > read.order


@pytest.mark.parametrize("name", NAMES)
def test_the_two_sides_are_of_two_actors_and_prove_the_finding(name: str) -> None:
    found = explained(name)
    events = {event.seq: event for event in found.source.result.events}
    sides = [sentence for sentence in found.answer.broke if sentence.text.startswith("The two sides")]
    for sentence in sides:
        one, other = (events[seq] for seq in sentence.events)
        assert (one.task or one.actor) != (other.task or other.actor)
        assert set(sentence.events) <= found.answer.reading.proof
        accesses = [event for event in (one, other) if isinstance(event, (Fetch, Load, Store))]
        if len(accesses) == 2:
            low, high = sorted(accesses, key=lambda event: event.addr)
            assert high.addr < low.addr + getattr(low, "size", 4), "they are of one place"
    alone = {"deadlock-spin", "disable-literal-kept"}
    assert bool(sides) == (name not in alone)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_without_a_needed_choice_does_not_fail_so_and_one_without_another_does(name: str) -> None:
    found = explained(name)
    choices = found.answer.choices
    assert choices is not None
    assert choices.left == 0
    assert len(choices.tried) == len(found.source.result.picks)
    for one in choices.tried:
        result = replayed(found, one.token)
        assert shows(found, result) is not one.needed, one.what
        assert (result.verdict == Verdict.HOLDS) == (one.outcome == "the run holds")


@pytest.mark.parametrize("name", NAMES)
def test_who_moves_while_another_is_held_made_the_event_that_is_cited(name: str) -> None:
    found = explained(name)
    choices = found.answer.choices
    assert choices is not None
    for one in choices.tried:
        if one.pick.kind is Kind.SCHEDULE:
            assert f"while {one.moves} moves [{one.moved}]" in one.what
            event = found.source.result.events[one.moved]
            assert event.actor == found.source.result.actors[one.pick.mover]
            assert event.seq >= one.event


def test_a_trap_that_is_executed_is_not_called_a_use_of_freed_memory() -> None:
    said = [sentence.text for sentence in explained("unguarded-survivor-recursion").answer.broke]
    assert any(
        text.startswith("BRK is an instruction that traps: freed memory was not used") for text in said
    )
    said = [sentence.text for sentence in explained("teardown-no-wait-w1").answer.broke]
    assert not any("an instruction that traps" in text for text in said)


@pytest.mark.parametrize(
    "name", ["static-key", "patch-without-inval", "torn-literal-call-first", "own routine"]
)
def test_relaxations_are_what_these_need(name: str) -> None:
    choices = explained(name).answer.choices
    assert choices is not None
    needed = [one for one in choices.tried if one.needed and one.pick.kind is not Kind.SCHEDULE]
    assert needed
    events = {event.seq: event for event in explained(name).source.result.events}
    for one in needed:
        cited = re.search(r"(reads|fetches) the old .* \[(\d+)\]$", one.what)
        if cited is not None:
            event = events[int(cited[2])]
            assert isinstance(event, (Fetch, Load))
            assert any(
                isinstance(store, Store) and store.addr == event.addr and store.order > event.order
                for store in events.values()
            )


@pytest.mark.parametrize("name", NAMES)
def test_a_change_that_forbids_the_run_was_flipped_by_the_run_that_is_named(name: str) -> None:
    found = explained(name)
    changes = found.answer.changes
    assert changes is not None
    assert changes.left == 0
    for change in changes.tried:
        if change.tried.help in {Help.FORBIDS, Help.NOT_SEEN}:
            assert replayed(found, change.token, change.more).verdict == Verdict.HOLDS
            assert change.tried.strength is not None
            assert change.tried.strength.runs == 15
        else:
            assert not change.forbids


def test_changes_that_are_known_to_help_are_found() -> None:
    def forbidding(name: str) -> set[str]:
        changes = explained(name).answer.changes
        assert changes is not None
        return {change.tried.mend.name for change in changes.forbidding}

    assert "wait tasks as well" in forbidding("teardown-no-wait-w1")
    assert "order = literal-first" in forbidding("enable-call-first")
    assert {"put back fixmap-map", "put back fixmap-unmap", "put back patch-lock"} <= forbidding(
        "ordering-none"
    )
    assert "align_check = true" in forbidding("misaligned-neighbour")
    assert "put back literal-reset" in forbidding("disable-literal-kept")
    assert not forbidding("deadlock-spin")


@pytest.mark.parametrize("name", NAMES)
def test_the_nearest_run_holds_and_is_the_same_for_as_long_as_it_says(name: str) -> None:
    found = explained(name)
    nearest = found.answer.nearest
    if nearest is None:
        assert name == "deadlock-spin"
        return
    result = replayed(found, nearest.token, dict(nearest.more))
    assert result.verdict == Verdict.HOLDS
    mine, theirs = found.source.result.events, result.events
    assert mine[: nearest.same] == theirs[: nearest.same] or nearest.more
    assert mine[nearest.same] != theirs[nearest.same]


def test_the_difference_is_that_between_the_two_runs() -> None:
    found = explained("static-key")
    nearest = found.answer.nearest
    assert nearest is not None
    (sentence,) = nearest.difference
    said = re.search(r"same access is .* \[(\d+)\]\.$", sentence.text)
    assert said is not None
    instead = replayed(found, nearest.token).events[int(said[1])]
    assert isinstance(instead, Fetch)
    assert instead.order == instead.newest


def test_a_torn_pointer_is_of_the_two_that_are_named() -> None:
    found = explained("torn-literal-call-first")
    ops = {e.name: e.addr for e in found.source.result.events if isinstance(e, OpsDefined)}
    pattern = r"\[(\d+)\]\. That value is torn: some of its bytes are as in &(\w+), the others as in &(\w+)\."
    ((seq, one, other),) = (said.groups() for said in said_of(found, pattern))
    load = found.source.result.events[int(seq)]
    assert isinstance(load, Load)
    assert {one, other} == {"tracer_a", "ftrace_nop_ops"}
    for shift in range(0, 64, 8):
        assert load.value >> shift & 0xFF in {ops[name] >> shift & 0xFF for name in (one, other)}


def test_a_store_that_was_seen_early_is_not_told_twice() -> None:
    found = explained("ordering-none")
    early = [int(said[1]) for said in said_of(found, r"seen early \(it executes at \[(\d+)\]\)")]
    written = [int(said[1]) for said in said_of(found, r"writes [^\[\]]+ to [^\[\]]+ \[(\d+)\]")]
    assert early
    assert not set(early) & set(written)


def test_a_deadlock_names_everybody_on_the_circle_and_what_is_held() -> None:
    found = explained("deadlock-spin")
    text = " ".join(sentence.text for sentence in found.answer.chain)
    held: dict[str, str] = {}
    for event in found.source.result.events:
        if isinstance(event, Lock) and event.state == "acquired":
            held[event.name] = event.who
        elif isinstance(event, Lock) and event.state == "released":
            del held[event.name]
    assert set(held.values()) == {"registrant"}
    assert set(re.findall(r"takes (\w+) and never releases it", text)) == held.keys()
    assert (
        "They wait for each other in a circle: registrant -> rcu_tasks -> spinner -> the holder of m" in text
    )


def test_a_recursion_is_one_turn_and_a_count() -> None:
    found = explained("unguarded-survivor-recursion")
    said = said_of(found, r"does the same (\d+) more times \[(\d+)-(\d+)\]")
    assert len(said) == 1
    turns, first, last = map(int, said[0].groups())
    entered = said_of(found, r"enters tracer_b_func with &tracer_b")
    assert len(entered) == 1
    events = found.source.result.events[first : last + 1]
    begun = [
        event
        for event in events
        if event.__class__.__name__ == "Callback" and getattr(event, "begins", False)
    ]
    assert len(begun) == turns


@pytest.mark.parametrize("name", NAMES)
def test_no_other_run_that_holds_is_nearer(name: str) -> None:
    found = explained(name)
    nearest, choices = found.answer.nearest, found.answer.choices
    assert choices is not None
    mine = found.source.result.events

    def same(events: tuple[Event, ...]) -> int:
        pairs = enumerate(zip(mine, events, strict=False))
        return next((at for at, (one, other) in pairs if one != other), min(len(mine), len(events)))

    for one in choices.tried:
        if one.result.verdict == Verdict.HOLDS:
            assert nearest is not None
            assert same(one.result.events) <= nearest.same
