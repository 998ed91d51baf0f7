"""A campaign that is kept: stopped anywhere and resumed, it is the undisturbed one, byte for byte."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.explore import Campaign, Plan, open_workers, run_campaign
from ftrace_actors.explore.chunk import prepare, shares_for
from ftrace_actors.explore.rows import lost_line
from ftrace_actors.explore.shard import WHOLE, Shard
from ftrace_actors.explore.shards import parts_of
from ftrace_actors.explore.store import ASKED, RESULTS, Store, asked_of, begin, read_asked, read_rows
from ftrace_actors.explore.strategies.auto import FIRST, member_of
from tests.explore import toy

BROKEN = "verdicts = violated\ninvariants = INV-COUNT\nactors = 3\nwindow = W1\n"
FLAKY = "verdicts = holds\nsometimes = stale-load\nactors = 2\nrounds = 2\n"
MAYBE = FLAKY + "verdicts = holds violated\n"


def plan(text: str, runs: int = 60, **changes: object) -> Plan:
    made = Plan("toy", "toy.toml", text, toy.load, strategy="mix", runs=runs, driver="bare", rows=True)
    return replace(made, **changes)


def begin_of(directory: Path, what: Plan) -> Store:
    return begin(directory, asked_of(what, None, unlimited=False))


async def campaign(what: Plan, store: Store, jobs: int = 1) -> Campaign:
    async with open_workers(jobs) as workers:
        return await run_campaign(what, workers, kept=store)


async def kept(what: Plan, directory: Path, jobs: int = 1) -> Campaign:
    with begin_of(directory, what) as store:
        return await campaign(what, store, jobs)


async def resumed(what: Plan, directory: Path, jobs: int = 1) -> Campaign:
    asked = read_asked(directory)
    assert asked.plan(Path(what.path), toy.load, 0) == what
    with Store(directory, asked) as store:
        return await campaign(what, store, jobs)


def results(directory: Path) -> bytes:
    return (directory / RESULTS).read_bytes()


async def test_every_run_has_its_line_in_order_whatever_the_number_of_workers(tmp_path: Path) -> None:
    what = plan(MAYBE, runs=100)
    await kept(what, tmp_path / "one")
    await kept(what, tmp_path / "two", jobs=2)
    assert results(tmp_path / "one") == results(tmp_path / "two")
    lines = [msgspec.json.decode(line) for line in results(tmp_path / "one").splitlines()]
    assert [line["run"] for line in lines] == list(range(100))


async def test_nothing_is_kept_of_runs_that_do_not_count(tmp_path: Path) -> None:
    found = await kept(plan(BROKEN, runs=500), tmp_path / "kept")
    assert found.failure is not None
    assert results(tmp_path / "kept").count(b"\n") == found.failure.run + 1


@pytest.mark.parametrize("strategy", ["mix", "auto", "auto-fixed"])
@pytest.mark.parametrize("text", [BROKEN, FLAKY, MAYBE])
async def test_from_whatever_is_left_the_undisturbed_campaign_is_made(
    text: str, strategy: str, tmp_path: Path
) -> None:
    """`auto` has other shares from runs 64 and 128 on, which follow from the runs before."""
    what = plan(text, runs=150, strategy=strategy)
    usual = await kept(what, tmp_path / "usual")
    whole = results(tmp_path / "usual")
    for left in {
        0,
        1,
        len(whole) // 3,
        len(whole) // 2,
        whole.find(b'"run":64') + 3,
        len(whole) - 1,
        len(whole),
    }:
        directory = tmp_path / str(left)
        directory.mkdir()
        (directory / ASKED).write_bytes((tmp_path / "usual" / ASKED).read_bytes())
        (directory / RESULTS).write_bytes(whole[:left])
        assert await resumed(what, directory) == usual
        assert results(directory) == whole


async def test_the_last_run_is_checked_with_the_shares_that_it_was_made_with(tmp_path: Path) -> None:
    """At a run that another strategy would make, had nothing been learned."""
    what = plan(MAYBE, runs=150, strategy="auto")
    usual = await kept(what, tmp_path / "kept")
    world, profile = prepare(what)
    shares = shares_for(world, profile, "auto", 0, 149)
    other = next(run for run in range(128, 150) if member_of(0, run, shares) != member_of(0, run, FIRST))
    whole = results(tmp_path / "kept")
    (tmp_path / "kept" / RESULTS).write_bytes(b"".join(whole.splitlines(keepends=True)[: other + 1]))
    assert await resumed(what, tmp_path / "kept") == usual


async def test_a_campaign_without_a_line_yet_is_resumed_from_its_beginning(tmp_path: Path) -> None:
    what = plan(MAYBE, runs=10)
    usual = await kept(what, tmp_path / "kept")
    (tmp_path / "kept" / RESULTS).unlink()
    assert await resumed(what, tmp_path / "kept") == usual


async def test_what_was_given_up_is_tried_again(tmp_path: Path) -> None:
    what = plan(MAYBE, runs=20)
    usual = await kept(what, tmp_path / "kept")
    whole = results(tmp_path / "kept")
    lines = whole.splitlines()
    lines[7] = lost_line(7)
    (tmp_path / "kept" / RESULTS).write_bytes(b"\n".join(lines) + b"\n")
    assert await resumed(what, tmp_path / "kept") == usual
    assert results(tmp_path / "kept") == whole


async def test_runs_that_kill_their_worker_have_a_line_that_says_so(tmp_path: Path) -> None:
    what = plan(FLAKY + f"always_kill = {os.getpid()}\n", runs=6)
    found = await kept(what, tmp_path / "kept", jobs=2)
    assert found.runs == 0
    assert results(tmp_path / "kept").splitlines() == [lost_line(run) for run in range(6)]


async def test_runs_after_the_last_are_refused_and_left_as_they_are(tmp_path: Path) -> None:
    await kept(plan(MAYBE, runs=20), tmp_path / "long")
    await kept(plan(MAYBE, runs=10), tmp_path / "kept")
    (tmp_path / "kept" / RESULTS).write_bytes(results(tmp_path / "long"))
    said = "line 11: run 10 is there, although the campaign has only 10 runs here; cut the file after line 10"
    with pytest.raises(InputError, match=said):
        await resumed(plan(MAYBE, runs=10), tmp_path / "kept")
    assert results(tmp_path / "kept") == results(tmp_path / "long")


async def test_runs_after_the_one_that_ended_the_campaign_are_refused(tmp_path: Path) -> None:
    what = plan(BROKEN)
    ended = await kept(what, tmp_path / "kept")
    after = ended.runs
    await kept(plan(MAYBE, runs=after + 1), tmp_path / "more")
    more = results(tmp_path / "more").splitlines(keepends=True)[after]
    whole = results(tmp_path / "kept") + more
    (tmp_path / "kept" / RESULTS).write_bytes(whole)
    with pytest.raises(
        InputError, match=f"run {after} follows the run in line {after}, which ended the camp"
    ):
        await resumed(what, tmp_path / "kept")
    assert results(tmp_path / "kept") == whole


async def test_half_a_line_after_the_last_run_is_dropped(tmp_path: Path) -> None:
    """Whatever wrote it, it was no run."""
    what = plan(MAYBE, runs=10)
    usual = await kept(what, tmp_path / "kept")
    whole = results(tmp_path / "kept")
    (tmp_path / "kept" / RESULTS).write_bytes(whole + whole[:20])
    assert await resumed(what, tmp_path / "kept") == usual
    assert results(tmp_path / "kept") == whole


async def test_two_do_not_write_at_the_same_time(tmp_path: Path) -> None:
    what = plan(MAYBE, runs=10)
    with (
        begin_of(tmp_path / "kept", what) as first,
        pytest.raises(InputError, match="cannot be locked: another process is at work on it"),
    ):
        Store(tmp_path / "kept", first.asked)
    with Store(tmp_path / "kept", first.asked):
        pass


def _edit(key: str, value: object) -> Callable[[Path], None]:
    def edit(directory: Path) -> None:
        path = directory / ASKED
        said = msgspec.json.decode(path.read_bytes())
        place = said
        *parents, last = key.split(".")
        for parent in parents:
            place = place[parent]
        place[last] = value
        path.write_bytes(msgspec.json.encode(said))

    return edit


def _line(number: int, text: bytes) -> Callable[[Path], None]:
    def edit(directory: Path) -> None:
        lines = results(directory).splitlines()
        lines[number] = text
        (directory / RESULTS).write_bytes(b"\n".join(lines) + b"\n")

    return edit


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            _edit("tool", "0.0.1"),
            r"run\.json: tool: begun by version 0\.0\.1, this is .*, whose runs may be others",
        ),
        (_edit("scenario.text", "x"), r"run\.json: scenario\.hash: does not fit scenario\.text"),
        (_edit("seed", "x"), r"run\.json: seed: Expected `int`, got `str`"),
        (_edit("strategy", "guess"), r"run\.json: strategy: unknown strategy 'guess'"),
        (_edit("format", 7), r"run\.json: format: Invalid enum value 7"),
        (_edit("shard", {"index": 3, "of": 2}), r"run\.json: shard\.index: 3 is not from 1 to 2"),
        (_line(3, b"nonsense"), r"results\.jsonl: line 4: not the result of a run"),
        (_line(3, b'{"run":9,"verdict":"holds"}'), r"results\.jsonl: line 4, run: 9 where 3 is due"),
        (_line(9, b'{"run":9,"verdict":"holds"}'), r"results\.jsonl: run 9: comes out differently now"),
        (lambda directory: (directory / ASKED).unlink(), r"holds no campaign: there is no run\.json in it"),
        (
            lambda directory: (directory / ASKED).write_bytes(b"{"),
            r"run\.json: does not say what a campaign is",
        ),
    ],
)
async def test_what_is_not_this_campaign_is_refused_and_left_as_it_is(
    edit: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    directory = tmp_path / "kept"
    await kept(plan(MAYBE, runs=10), directory)
    edit(directory)
    before = results(directory)
    with pytest.raises(InputError, match=said):
        await resumed(plan(MAYBE, runs=10), directory)
    assert results(directory) == before


async def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    what = plan(MAYBE, runs=30)
    usual = await kept(what, tmp_path / "usual")
    real = os.write
    room = [200]

    def write(file: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(28, os.strerror(28))
        taken = real(file, bytes(data)[: room[0]])
        room[0] -= taken
        return taken

    with begin_of(tmp_path / "kept", what) as store:
        monkeypatch.setattr(os, "write", write)
        with pytest.raises(InputError, match=r"results\.jsonl: cannot be written: No space left on device"):
            await campaign(what, store)
        monkeypatch.undo()
    assert results(tmp_path / "kept") == b""
    assert await resumed(what, tmp_path / "kept") == usual
    assert results(tmp_path / "kept") == results(tmp_path / "usual")


# -- shards -----------------------------------------------------------------------------------------------------------


def test_shards_have_every_run_once() -> None:
    for runs in (0, 1, 2, 7, 12):
        shards = [Shard(index, 3) for index in range(3)]
        numbers = [shard.number(position) for shard in shards for position in range(shard.positions(runs))]
        assert sorted(numbers) == list(range(runs))
    assert [WHOLE.number(position) for position in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize("strategy", ["mix", "auto-fixed"])
@pytest.mark.parametrize("runs", [2, 100])
@pytest.mark.parametrize("text", [BROKEN, FLAKY, MAYBE, FLAKY + "atomic = 1\nstale = 0\n"])
async def test_shards_make_the_campaign_of_one_machine(
    text: str, runs: int, strategy: str, tmp_path: Path
) -> None:
    what = plan(text, runs=runs, strategy=strategy)
    usual = await kept(what, tmp_path / "usual")
    directories = []
    for index in range(3):
        directories.append(tmp_path / str(index))
        await kept(replace(what, shard=Shard(index, 3)), directories[-1], jobs=1 + (index == 1))
    parts = parts_of(directories[::-1])
    with begin(tmp_path / "merged", parts.whole) as store:
        store.add(parts.lines(what))
    assert results(tmp_path / "merged") == results(tmp_path / "usual")
    assert (tmp_path / "merged" / ASKED).read_bytes() == (tmp_path / "usual" / ASKED).read_bytes()
    assert await resumed(what, tmp_path / "merged") == usual


async def test_a_shard_is_not_blamed_for_what_others_may_show(tmp_path: Path) -> None:
    never = await kept(plan(FLAKY + "stale = 0\natomic = 1\n", shard=Shard(1, 2)), tmp_path / "a")
    assert never.ok
    not_here = await kept(plan(BROKEN + "stale = 0\natomic = 1\n", shard=Shard(2, 3)), tmp_path / "b")
    assert not_here.judgement.verdict == "holds"
    assert not_here.ok
    wrong = await kept(plan(FLAKY, shard=Shard(1, 2)), tmp_path / "c")
    assert wrong.judgement.reasons == ("expected holds",)


async def test_a_stopped_shard_is_resumed(tmp_path: Path) -> None:
    what = plan(MAYBE, shard=Shard(1, 2))
    usual = await kept(what, tmp_path / "kept")
    whole = results(tmp_path / "kept")
    (tmp_path / "kept" / RESULTS).write_bytes(whole[: len(whole) // 2])
    assert await resumed(what, tmp_path / "kept") == usual
    assert results(tmp_path / "kept") == whole
    assert [row.run for row in read_rows(tmp_path / "kept", what.shard)] == list(range(1, 60, 2))


async def test_shards_that_do_not_make_one_campaign_are_refused(tmp_path: Path) -> None:
    what = plan(MAYBE, runs=10)
    one, two = tmp_path / "one", tmp_path / "two"
    await kept(replace(what, shard=Shard(0, 2)), one)
    await kept(replace(what, shard=Shard(1, 2)), two)
    others = {
        "whole": what,
        "again": replace(what, shard=Shard(0, 2)),
        "seed": replace(what, seed=3, shard=Shard(1, 2)),
        "text": replace(what, text=MAYBE + "# other\n", shard=Shard(1, 2)),
        "third": replace(what, shard=Shard(1, 3)),
    }
    for name, other in others.items():
        await kept(other, tmp_path / name)
    for directories, said in (
        ((one,), "merge: not all shards were given: 2/2 missing"),
        ((one, tmp_path / "whole"), r"whole/run\.json: shard: is none: all runs are here"),
        (
            (one, two, tmp_path / "again"),
            r"again/run\.json: shard: is 1/2, as in .*one; give each shard once",
        ),
        ((one, tmp_path / "seed"), r"seed/run\.json: seed: is 3, and 0 in .*one"),
        ((one, tmp_path / "text"), r"text/run\.json: scenario\.hash: is blake2b"),
        ((one, tmp_path / "third"), r"third/run\.json: shard: is 2/3, and 1/2 in .*one"),
    ):
        with pytest.raises(InputError, match=said):
            parts_of(directories)


async def test_an_unfinished_shard_is_named(tmp_path: Path) -> None:
    what = plan(MAYBE, runs=10)
    for index in range(2):
        await kept(replace(what, shard=Shard(index, 2)), tmp_path / str(index))
    path = tmp_path / "1" / RESULTS
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    with pytest.raises(
        InputError, match=r"1: is not finished: run 5 is missing; `run --resume .*1` continues it"
    ):
        parts_of([tmp_path / "0", tmp_path / "1"]).lines(what)


@pytest.mark.parametrize("longer", [0, 1])
async def test_a_shard_with_more_runs_than_it_has_is_refused(longer: int, tmp_path: Path) -> None:
    what = plan(MAYBE, runs=10)
    for index in range(2):
        await kept(replace(what, shard=Shard(index, 2)), tmp_path / str(index))
    await kept(replace(what, runs=20, shard=Shard(longer, 2)), tmp_path / "long")
    (tmp_path / str(longer) / RESULTS).write_bytes(results(tmp_path / "long"))
    said = (
        f"{longer}/{RESULTS}: line 6: run {10 + longer} is there, although the campaign has only 5 runs here"
    )
    with pytest.raises(InputError, match=said):
        parts_of([tmp_path / "0", tmp_path / "1"]).lines(what)
