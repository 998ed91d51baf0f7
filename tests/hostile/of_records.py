"""Replay files, logs, and queries of logs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace

from .arena import usable
from .case import DEEP, HUGE, Case


def replays() -> Iterator[Case]:
    def case(name: str, said: str, content: bytes) -> Case:
        return Case(f"replay: {name}", ("replay", "bad.json"), said, {"bad.json": content})

    good = json.loads(usable()["good.replay.json"])

    def edited(**more: object) -> bytes:
        return json.dumps({**good, **more}).encode()

    def scenario(**more: object) -> bytes:
        return edited(scenario={**good["scenario"], **more})

    def pick(**more: object) -> bytes:
        return edited(picks=[{**good["picks"][0], **more}, *good["picks"][1:]])

    yield case("empty", "bad.json: not a replay file", b"")
    yield case("binary", "bad.json: not a replay file", b"\x00\x01\x02\xff")
    yield case("cut", "bad.json: not a replay file", usable()["good.replay.json"][:700])
    yield case("gzip", "bad.json: ", gzip.compress(usable()["good.replay.json"], mtime=0))
    yield case("deep arrays", "bad.json: ", b"[" * DEEP)
    yield case("deep objects", "bad.json: ", b'{"a":' * DEEP)
    yield case("deep whole", "bad.json: ", b"[" * DEEP + b"]" * DEEP)
    yield case("deep member", "bad.json: ", b'{"format":1,"x":' + b"[" * DEEP + b"]" * DEEP + b"}")
    yield case("huge number", "bad.json: ", edited(seed=0).replace(b'"seed": 0', b'"seed": ' + HUGE.encode()))
    yield case("huge exponent", "bad.json: ", edited(seed=0).replace(b'"seed": 0', b'"seed": 1e999999999'))
    yield case("float seed", "bad.json: seed", edited(seed=1.5))
    yield case("format text", "bad.json: format", edited(format="1"))
    yield case("format list", "bad.json: format", edited(format=[1]))
    yield case("format 1", "bad.json: format", edited(format=1))
    yield case("format 3", "bad.json: format", edited(format=3))
    yield case("layout", "bad.json: layout", edited(layout=7))
    yield case("occurrence", "bad.json: picks[0].occurrence", pick(occurrence="often"))
    yield case("null", "bad.json: ", b"null")
    yield case("list", "bad.json: ", b"[]")
    yield case("surrogate in text", "bad.json: ", scenario(text="\ud800"))
    yield case("raw surrogates", "bad.json: ", edited(tool="X").replace(b'"X"', b'"\xed\xa0\x80"'))
    yield case("edited", "bad.json: scenario.hash", scenario(text=good["scenario"]["text"] + " "))
    yield case("override deep", "a key has 1 to 16 parts", scenario(overrides={"a" + ".a" * DEEP: "1"}))
    yield case("override value deep", "", scenario(overrides={"machine.cpus": "[" * 60_000}))
    yield case("override type", "bad.json: scenario.overrides", scenario(overrides={"machine.cpus": 2}))
    yield case("test deep", "bad.json: test", edited(test=[[[[1]]]]))
    yield case("test newline", "bad.json: test", edited(test="a\nb\x1b[31m"))
    yield case("pick position", "bad.json: picks[0].position", pick(position=-5))
    yield case("pick position huge", "bad.json: picks[", pick(position=1 << 62))
    yield case("pick count", "bad.json: picks[0].picked", pick(picked=7, count=7))
    yield replace(case("pick object huge", "diverged", pick(object="0x" + "f" * 100_000)), code=4)
    yield case("pick kind", "bad.json: picks[0].kind", pick(kind="coin"))
    yield replace(
        case(
            "many picks",
            "diverged",
            edited(picks=[{**good["picks"][0], "position": i} for i in range(60_000)]),
        ),
        code=4,
    )
    yield case("too large", "bad.json: ", b" " * (1 << 27))
    yield case("duplicate keys", "bad.json: ", b'{"format":1,"format":2}')
    yield case(
        "own design",
        "bad.json: scenario.own_design",
        scenario(own_design={"name": "x", "file": "x\x1b.py", "hash": "y"}),
    )


def logs() -> Iterator[Case]:
    good = usable()["good.log"]
    head, *events = good.splitlines(keepends=True)
    header = json.loads(head)

    def cases(name: str, said: str, content: bytes, *commands: tuple[str, ...]) -> Iterator[Case]:
        for command in commands or (
            ("log", "bad.log"),
            ("check", "bad.log"),
            ("log", "bad.log", "--format", "lanes"),
            ("export", "bad.log", "--to", "dot"),
            ("step", "bad.log"),
            ("log", "bad.log", "--stats"),
            ("log", "bad.log", "--causes", "50"),
            ("log", "bad.log", 'window == "W1"'),
        ):
            yield Case(f"log: {name}: {' '.join(command)}", command, said, {"bad.log": content})

    def headed(**more: object) -> bytes:
        return json.dumps({**header, "seal": "", **more}).encode() + b"\n" + b"".join(events)

    def line(index: int, **more: object) -> bytes:
        event = {**json.loads(events[index]), **more}
        made = [*events[:index], json.dumps(event).encode() + b"\n", *events[index + 1 :]]
        return head + b"".join(made)

    store = next(i for i, it in enumerate(events) if b'"kind":"store"' in it)
    fetch = next(i for i, it in enumerate(events) if b'"kind":"fetch"' in it or b'"word"' in it)
    yield from cases("header deep", "bad.log: line 1", b"[" * DEEP + b"\n")
    yield from cases("header deep object", "bad.log: line 1", b'{"a":' * DEEP + b"\n")
    yield from cases("header without end", "bad.log: line 1", b"{" + b" " * (1 << 23))
    yield from cases(
        "header hazards",
        "bad.log: ",
        headed(checks={"hazards": ["0xzz"], "idc": False, "line": 64}),
        ("check", "bad.log"),
    )
    yield from cases(
        "header hazards huge",
        "bad.log: ",
        headed(checks={"hazards": [HUGE], "idc": False, "line": 64}),
        ("check", "bad.log"),
    )
    yield from cases(
        "header line 0",
        "bad.log: ",
        headed(checks={"hazards": [], "idc": False, "line": 0}),
        ("check", "bad.log"),
    )
    yield from cases(
        "header symbol addr",
        "bad.log: line 1",
        headed(symbols=[{"name": "a", "addr": "²", "size": 4}]),
        ("log", "bad.log"),
    )
    yield from cases(
        "header symbol huge",
        "bad.log: line 1",
        headed(symbols=[{"name": "a", "addr": "0x" + "f" * 10_000, "size": 4}]),
        ("log", "bad.log"),
    )
    yield from cases(
        "header expect",
        "bad.log: ",
        headed(expect={"verdicts": ["maybe"], "invariants": [], "window": None}),
        ("check", "bad.log"),
    )
    yield from cases(
        "header ending",
        "bad.log: ",
        headed(ending={"hang": "forever", "explanation": "", "culprits": []}),
        ("check", "bad.log"),
    )
    yield from cases("header verdict", "bad.log: ", headed(verdict="\x1b[31mred"), ("check", "bad.log"))
    yield from cases(
        "word that does not decode",
        "bad.log: ",
        line(fetch, word="0xffffffffffffffffffff"),
        ("check", "bad.log"),
    )
    yield from cases("word negative", "bad.log: ", line(fetch, word="-0x1"), ("check", "bad.log"))
    yield from cases("value huge", "bad.log: ", line(store, value="0x" + "f" * 10_000), ("check", "bad.log"))
    yield from cases("addr superscript", "bad.log: ", line(store, addr="²"), ("check", "bad.log"))
    yield from cases("addr arabic", "bad.log: ", line(store, addr="٣"), ("check", "bad.log"))
    yield from cases("addr underscore", "bad.log: ", line(store, addr="0x1_0"), ("check", "bad.log"))
    yield from cases("cpu huge", "bad.log: ", line(store, cpu=1 << 62), ("check", "bad.log"))
    yield from cases("seq huge", "bad.log: ", line(store, seq=1 << 62), ("check", "bad.log"))
    yield from cases("cause huge", "bad.log: ", line(store, cause=1 << 62), ("check", "bad.log"))
    yield from cases("order huge", "bad.log: ", line(store, order=1 << 62), ("check", "bad.log"))
    yield from cases(
        "step 2**64",
        "bad.log: ",
        head + events[0].replace(b'"step":0', b'"step":18446744073709551616') + b"".join(events[1:]),
        ("check", "bad.log"),
    )
    yield from cases(
        "huge int",
        "bad.log: ",
        head + events[0].replace(b'"step":0', b'"step":' + HUGE.encode()) + b"".join(events[1:]),
        ("log", "bad.log"),
        ("check", "bad.log"),
        ("log", "bad.log", "--causes", "50"),
    )
    yield from cases(
        "deep event",
        "bad.log: ",
        head + b'{"kind":"store","x":' + b"[" * DEEP + b"]" * DEEP + b"}\n" + b"".join(events),
    )
    yield from cases("deep line", "bad.log: ", head + b"[" * DEEP + b"\n")
    yield from cases("not utf-8", "bad.log: ", line(store, task="XX").replace(b'"XX"', b'"\xff\xfe"'))
    yield from cases("surrogate escape", "bad.log: ", line(store, task="\ud800"))
    yield from cases("long line", "bad.log: ", head + b'{"kind":"' + b"x" * (1 << 25))
    yield from cases("events negative", "bad.log: ", headed(events=-1), ("log", "bad.log"))
    yield from cases("events huge", "bad.log: ", headed(events=1 << 62), ("log", "bad.log"))
    packed = gzip.compress(b'{"a":' * 10, mtime=0)
    yield from cases("gzip", "bad.log: line 1: not the header of a log but gzip", packed)


def queries() -> Iterator[Case]:
    def case(name: str, said: str, query: str) -> Case:
        return Case(f"query: {name}", ("log", "good.log", query), said)

    yield case("parens", "query: column", "(" * 50_000)
    yield case("nots", "query: column", "not " * 20_000 + "cpu == 1")
    yield case("whole parens", "query: column", "(" * 1000 + "cpu == 1" + ")" * 1000)
    yield case("huge number", "query: column 8", f"cpu == {HUGE}")
    yield case("huge negative", "query: column", f"cpu == -{HUGE}")
    yield case("huge hexadecimal", "query: column", "addr == 0x" + "f" * 20_000)
    yield case("huge offset", "query: column", f"addr == vfs_read+{HUGE}")
    yield case("superscript", "query: column 8", "cpu == ²")
    yield case("arabic", "query: column 8", "cpu == ٣")
    yield case("symbol offset", "query: column", 'symbol == "vfs_read+0x' + "f" * 20_000 + '"')
    yield case("surrogate", "which is not UTF-8", 'task == "\udcff"')
    yield case("surrogate escape", "query: column", 'task == "\\ud800"')
    yield case("nul", "query: column", "cpu == \0")
    yield case("control", "query: column", "cpu == \x1b[31m")
    yield case("newline", "query: column", "cpu ==\n\n!")
    yield case("open text", "query: column", 'task == "' + "x" * 50_000)
    yield case("long name", "query: column", "x" * 50_000 + " == 1")
    yield case("long ampersand", "query: column", "addr == &" + "x" * 50_000)
    yield case("empty", "query: column", "")
    yield case("blank", "query: column", " " * 50_000)
    yield case("blank stray", "query: column", " " * 50_000 + "²")
