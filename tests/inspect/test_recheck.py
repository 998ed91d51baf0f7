"""A log alone gives the verdict and the findings of its run."""

from pathlib import Path

import msgspec
import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.inspect import Rechecked, recheck, write_log
from tests.inspect.recorded import SCENARIOS, Recorded, dull, search
from tests.scenario.runs import may_hold

RUNS_MAX = 3000


def same(found: Rechecked, made: Recorded) -> None:
    assert found.verdict == made.result.verdict
    assert found.findings == made.result.findings
    assert found.seen == made.result.seen
    assert found.events == len(made.result.events)
    assert found.same


@pytest.mark.parametrize(
    "path", [path for path in SCENARIOS if not may_hold(path.stem)], ids=lambda path: path.stem
)
def test_a_failing_run_is_judged_the_same_by_its_log(path: Path, tmp_path: Path) -> None:
    made = search(path, holds=False, runs_max=RUNS_MAX)
    assert made is not None
    same(recheck(made.write(tmp_path / "log")), made)


@pytest.mark.parametrize(
    "path", [path for path in SCENARIOS if may_hold(path.stem)], ids=lambda path: path.stem
)
def test_a_holding_run_is_judged_the_same_by_its_log(path: Path, tmp_path: Path) -> None:
    made = search(path, holds=True, runs_max=50)
    assert made is not None
    same(recheck(made.write(tmp_path / "log")), made)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_dull_run_is_judged_the_same_by_its_log(path: Path, tmp_path: Path) -> None:
    made = dull(path.stem)
    same(recheck(made.write(tmp_path / "log")), made)


def test_the_answer_comes_from_the_events_and_not_from_the_header(tmp_path: Path) -> None:
    made = dull("teardown-no-wait-w2")
    header = msgspec.structs.replace(made.header, verdict="deadlock")
    write_log(tmp_path / "log", header, made.result.events, made.world.image.symbols)
    found = recheck(tmp_path / "log")
    assert (found.verdict, found.same) == (made.result.verdict, False)


def test_a_hang_is_a_finding_although_no_event_tells_it(tmp_path: Path) -> None:
    made = search(next(path for path in SCENARIOS if path.stem == "deadlock-spin"), holds=False, runs_max=50)
    assert made is not None
    found = recheck(made.write(tmp_path / "log"))
    assert found.verdict == "deadlock"
    assert [finding.invariant for finding in found.findings] == ["INV-LIVE"]
    assert "waits for" in found.findings[0].message


def test_a_header_of_the_first_logs_is_enough_to_read_and_check(tmp_path: Path) -> None:
    """Those had no more than the five fields; what they do not say is then not known."""
    made = dull("teardown-tasks")
    path = made.write(tmp_path / "log")
    lines = path.read_bytes().splitlines(keepends=True)
    first = {name: getattr(made.header, name) for name in ("scenario", "seed", "run", "strategy", "digest")}
    path.write_bytes(msgspec.json.encode(first) + b"\n" + b"".join(lines[1:]))
    found = recheck(path)
    assert (found.verdict, found.same, found.header.expected()) == ("holds", None, None)


def test_an_edited_log_is_not_judged(tmp_path: Path) -> None:
    path = dull("teardown-tasks").write(tmp_path / "log")
    text = path.read_text()
    path.write_text(text.replace('"reason":"isb"', '"reason":"svc"', 1))
    with pytest.raises(InputError, match="cut or edited"):
        recheck(path)


@pytest.mark.parametrize("hazard", ["x", "0xzz"])
def test_a_header_that_makes_no_sense_is_refused(tmp_path: Path, hazard: str) -> None:
    made = dull("teardown-tasks")
    header = made.header
    assert header.checks is not None
    broken = msgspec.structs.replace(header, checks=msgspec.structs.replace(header.checks, hazards=(hazard,)))
    write_log(tmp_path / "log", broken, made.result.events, made.world.image.symbols)
    with pytest.raises(InputError, match="line 1: checks"):
        recheck(tmp_path / "log")


EDITS = {
    "scenario": '"other"',
    "seed": "7",
    "verdict": '"violated"',
    "expect": '{"verdicts":["violated"]}',
    "ending": "null",
    "sometimes": '["stale-fetch"]',
    "symbols": "[]",
    "seal": '"0123"',
}


@pytest.mark.parametrize("field", EDITS)
def test_an_edited_header_is_noticed_whatever_was_edited(tmp_path: Path, field: str) -> None:
    path = dull("enable-dic").write(tmp_path / "log")
    first, rest = path.read_bytes().split(b"\n", 1)
    fields = msgspec.json.decode(first, type=dict[str, msgspec.Raw])
    fields[field] = msgspec.Raw(EDITS[field].encode())
    path.write_bytes(msgspec.json.encode(fields) + b"\n" + rest)
    with pytest.raises(InputError, match="seal: the header is not as it was written"):
        recheck(path)


def test_a_header_without_a_seal_is_one_of_an_earlier_version(tmp_path: Path) -> None:
    path = dull("enable-dic").write(tmp_path / "log")
    assert recheck(path).header.is_as_written
    first, rest = path.read_bytes().split(b"\n", 1)
    fields = msgspec.json.decode(first, type=dict[str, msgspec.Raw])
    del fields["seal"]
    path.write_bytes(msgspec.json.encode(fields) + b"\n" + rest)
    assert recheck(path).header.is_as_written is None
