"""The JSON Schema of logs: it fits what we write, and a log that somebody else wrote by it is read."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from ftrace_actors.cli import main
from ftrace_actors.inspect import decode_event, recheck
from ftrace_actors.inspect.file_schema import json_schema
from tests.environment import Done
from tests.inprocess import call
from tests.inspect.recorded import SCENARIOS, dull

SCHEMA = json.loads(msgspec.json.encode(json_schema()))
VALID = Draft202012Validator(SCHEMA)
OF_EVENTS = Draft202012Validator(
    {**SCHEMA, "oneOf": [one for one in SCHEMA["oneOf"] if "Header" not in one["$ref"]]}
)

# Written without a line of our code: a task frees an ops, and another one reads it.
FOREIGN = """\
{"scenario":"by hand","seed":0,"run":0,"strategy":"-","format":"ftrace-actors-log","schema":3}
{"kind":"record","seq":0,"step":0,"actor":"core","cpu":-1,"task":"","cause":-1,"function":"f","entry":"0xffff800080020008","site":"0xffff80008002000c","literal":"0xffff800080020000"}
{"kind":"ops","seq":1,"step":0,"actor":"core","cpu":-1,"task":"","cause":-1,"name":"t","addr":"0xffff0008c0de0000","prov":1,"role":"tracer","func":"t_func","dynamic":true,"functions":["f"]}
{"kind":"send","seq":2,"step":1,"actor":"cpu0","cpu":0,"task":"owner","cause":-1,"to":"core","message":"Drop","number":2,"view":0}
{"kind":"receive","seq":3,"step":2,"actor":"core","cpu":-1,"task":"","cause":2,"message":"Drop","number":2}
{"kind":"free","seq":4,"step":3,"actor":"core","cpu":-1,"task":"owner","cause":3,"name":"t","addr":"0xffff0008c0de0000","size":64,"prov":1,"order":0}
{"kind":"load","seq":5,"step":4,"actor":"cpu1","cpu":1,"task":"reader","cause":-1,"addr":"0xffff0008c0de0018","size":8,"value":"0xffffffffffffffff","order":0,"pointer":1,"prov":0}
"""


def command(cwd: Path, *args: str) -> Done:
    return call(main, *args, cwd=cwd)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    (tmp_path / "it.log").write_text(FOREIGN)
    return tmp_path


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", SCENARIOS[::12], ids=lambda path: path.stem)
def test_every_line_we_write_fits(path: Path, tmp_path: Path) -> None:
    for line in dull(path.stem).write(tmp_path / "log").read_text().splitlines():
        plain = json.loads(line)
        # The part that its kind names, since one of forty is found slowly.
        name = plain.get("kind", "LogHeader")
        one = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})
        assert not list(one.iter_errors(plain)), line


FETCH = """\
{"kind":"fetch","seq":6,"step":4,"actor":"cpu1","cpu":1,"task":"reader","cause":-1,"addr":"0xffff80008002000c",\
"word":"0xd503201f","order":0,"floor":0,"newest":0,"sync":0}"""


@pytest.mark.parametrize("line", [*FOREIGN.splitlines()[1:], FETCH], ids=lambda line: line[9:16])
def test_schema_and_reader_refuse_the_same(line: str) -> None:
    whole = json.loads(line)
    changed: list[dict[str, Any]] = [whole]
    changed += [{key: value for key, value in whole.items() if key != left} for left in whole]
    changed += [
        {**whole, key: other}
        for key in whole
        for other in (True, "x", 1.5, None, [], "0x1", -1, ["y"], "0x123456789", f"0x{1 << 64:x}")
    ]
    changed += [{**whole, "more": 1}, {**whole, "symbol": "f"}]
    for plain in changed:
        try:
            decode_event(json.dumps(plain).encode())
        except ValueError:
            read = False
        else:
            read = True
        assert OF_EVENTS.is_valid(plain) is read, plain


def test_a_log_by_somebody_else_fits_and_is_checked(foreign: Path) -> None:
    for line in FOREIGN.splitlines():
        assert VALID.is_valid(json.loads(line)), line
    found = recheck(foreign / "it.log")
    assert found.verdict == "violated"
    assert [(one.invariant, one.severity) for one in found.findings] == [("INV-LIFE", "use after free")]
    done = command(foreign, "check", "it.log")
    assert done.returncode == 0
    assert "VIOLATED, 1 finding in 6 events" in done.stdout
    assert "no digest, so nothing says whether the events are whole" in done.stderr


def test_and_shown_in_every_way(foreign: Path) -> None:
    assert "0xffffffffffffffff" in command(foreign, "log", "it.log", "kind == 'load'").stdout
    assert "kfree(t)" in command(foreign, "log", "it.log", "--format", "lanes").stdout
    assert "event 4" in command(foreign, "log", "it.log", "--causes", "failure").stdout
    assert command(
        foreign, "log", "it.log", "--sql", "select value from events where seq = 5", "--json"
    ).stdout == ('{"value":"0xffffffffffffffff"}\n')
    for form in ("perfetto", "chrome", "shiviz", "mermaid", "trace", "dot"):
        assert command(foreign, "export", "it.log", "--to", form, "-o", f"it.{form}").returncode == 0
    assert "INV-LIFE" in (foreign / "it.trace").read_text()


def test_one_that_says_something_false_of_itself_is_refused(foreign: Path) -> None:
    path = foreign / "it.log"
    for old, new, said in (
        ('"strategy":"-"', '"strategy":"-","digest":"00"', "cut or edited"),
        ('"strategy":"-"', '"strategy":"-","events":7', "the log ends here, with 6 of 7 events"),
        ('"schema":3', '"schema":4', "written with event schema 4"),
    ):
        path.write_text(FOREIGN.replace(old, new, 1))
        done = command(foreign, "check", "it.log")
        assert done.returncode == 2
        assert said in done.stderr


def test_the_command_prints_it(tmp_path: Path) -> None:
    assert json.loads(command(tmp_path, "schema", "--events").stdout) == SCHEMA
    assert command(tmp_path, "schema", "--events", "-o", "s.json").returncode == 0
    assert json.loads((tmp_path / "s.json").read_text()) == SCHEMA
    assert "scenario of" in json.loads(command(tmp_path, "schema").stdout)["title"]
