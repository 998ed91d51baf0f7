"""Scenarios, and values put into them with --set."""

from __future__ import annotations

import json
from collections.abc import Iterator

from .arena import SCENARIO
from .case import DEEP, HUGE, Case


def _scenario(name: str, said: str, text: str | bytes) -> Case:
    content = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    return Case(f"scenario: {name}", ("disasm", "bad.toml"), said, {"bad.toml": content})


def _with(old: str, new: str) -> str:
    assert old in SCENARIO, old
    return SCENARIO.replace(old, new)


def scenarios() -> Iterator[Case]:
    def case(name: str, said: str, text: str | bytes) -> Case:
        return _scenario(name, said, text)

    top = "format = 1\n"
    yield case("empty", "bad.toml: ", "")
    yield case("binary", "bad.toml: ", b"\x7fELF\x02\x01\x01\0\0\0")
    yield case("nul", "bad.toml: ", SCENARIO + "\0")
    yield case("not utf-8", "bad.toml: line 3, column 3: found byte 0xff", b"format = 1\n\n# \xff\n")
    yield case("utf-16", "bad.toml: ", SCENARIO.encode("utf-16"))
    yield case("surrogates encoded", "bad.toml: line 1", b'summary = "\xed\xa0\x80"\n')
    yield case("surrogate escape", "bad.toml: ", _with('summary = "one', 'summary = "\\ud800 one'))
    yield case("nested arrays", "nested arrays or tables", f"deep = {'[' * DEEP}{']' * DEEP}\n" + SCENARIO)
    yield case(
        "nested tables",
        "nested arrays or tables",
        "deep = " + "{a=" * DEEP + "1" + "}" * DEEP + "\n" + SCENARIO,
    )
    yield case("open arrays", "nested arrays or tables", "deep = " + "[" * DEEP)
    yield case("dotted key", "bad.toml: ", "a" + ".a" * DEEP + " = 1\n" + SCENARIO)
    yield case("dotted table", "bad.toml: ", SCENARIO + "[a" + ".a" * DEEP + "]\n")
    yield case(
        "quadratic dotted keys", "bad.toml: ", "\n".join("a" + ".a" * 3000 + f".b{i} = 1" for i in range(50))
    )
    yield case("many tables", "bad.toml: ", SCENARIO + "\n".join(f"[t{i}]" for i in range(20_000)))
    yield case("nested arrays in steps", "bad.toml: ", top + "steps = " + "[" * 60 + "]" * 60 + "\n")
    yield case("huge integer", "bad.toml: ", f"steps = {HUGE}\n" + SCENARIO)
    yield case("huge hexadecimal", "bad.toml: ", f"steps = 0x{'f' * 100_000}\n" + SCENARIO)
    yield case("huge float", "bad.toml: ", "steps = 1e999999999\n" + SCENARIO)
    yield case("nan", "bad.toml: ", "steps = nan\n" + SCENARIO)
    yield case("2**64", "bad.toml: $.steps", "steps = 18446744073709551616\n" + SCENARIO)
    yield case("2**63", "bad.toml: $.steps", "steps = 9223372036854775808\n" + SCENARIO)
    yield case("date", "bad.toml: $.steps", "steps = 1979-05-27\n" + SCENARIO)
    yield case("no such date", "bad.toml: ", "steps = 1979-99-99\n" + SCENARIO)
    yield case("superscript count", "'call vfs_read x²'", _with("x2", "x²"))
    yield case("arabic count", "'call vfs_read x٣'", _with("x2", "x٣"))
    yield case("huge count", "a repeat count is from x1 to x1000", _with("x2", f"x{HUGE}"))
    yield case("large count", "a repeat count is from x1 to x1000", _with("x2", "x1000000000"))
    yield case("zero count", "a repeat count is from x1 to x1000", _with("x2", "x0"))
    for name, actions, problem in (
        ("locked twice", ["lock m", "lock m"], "$.task[1].do[1]: 'reader' locks 'm', which it holds already"),
        (
            "unlocked by another",
            ["unlock m"],
            "$.task[1].do[0]: 'reader' unlocks 'm', which it does not hold",
        ),
        ("unlocked twice", ["lock m", "unlock m", "unlock m"], "$.task[1].do[2]: 'reader' unlocks 'm'"),
        ("spun on by its owner", ["lock m", "spin m"], "$.task[1].do[1]: 'reader' spins on 'm'"),
        (
            "held by who registers",
            ["lock ftrace_lock", "register tracer"],
            "$.task[1].do[1]: 'reader' holds 'ftrace_lock'",
        ),
    ):
        yield case(
            f"mutex {name}",
            problem,
            _with('do = ["call vfs_read x2", "run look"]', f"do = {json.dumps(actions)}"),
        )
    yield case("store huge", "is not a 64-bit number", _with("store done 1", f"store done {HUGE}"))
    yield case(
        "store 2**64", "is not a 64-bit number", _with("store done 1", "store done 0x10000000000000000")
    )
    yield case("store superscript", "'²' is not a 64-bit number", _with("store done 1", "store done ²"))
    yield case(
        "word 2**80",
        "$.word[0].value",
        _with('name = "done"', 'name = "done"\nvalue = 0xfffffffffffffffffffff'),
    )
    yield case(
        "word negative",
        "$.word[0].value",
        _with('name = "done"', 'name = "done"\nvalue = -9223372036854775809'),
    )
    for address in ("1", "-4", "0x10000000000000000", "0xfffffffffffffffc", "0", "9223372036854775808"):
        yield case(
            f"address {address}",
            "$.function[0]",
            _with('name = "vfs_read"', f'name = "vfs_read"\naddress = "{address}"'),
        )
    yield case(
        "address huge",
        "$.function[0].address",
        _with('name = "vfs_read"', f'name = "vfs_read"\naddress = "{HUGE}"'),
    )
    yield case(
        "address superscript",
        "$.function[0].address",
        _with('name = "vfs_read"', 'name = "vfs_read"\naddress = "²"'),
    )
    for address, what in (
        ("0xffff800080010000", "text"),
        ("0xffff800080030000", "trampolines"),
        ("0xffff800081000000", "data"),
        ("0xffff800081100000", "template"),
        ("0xffff0008c0de0000", "heap"),
    ):
        for design in ("call-ops", "dynamic-trampoline"):
            if design == "call-ops" and what in {"trampolines", "template"}:
                continue  # there is none
            yield case(
                f"address of {what} under {design}",
                "$.function[0]",
                _with('name = "vfs_read"', f'name = "vfs_read"\naddress = {address}').replace(
                    "[[function]]", f'[protocol]\ndesign = "{design}"\n[[function]]', 1
                )
                if address.startswith("0xffff8000")
                else _with('name = "vfs_read"', f'name = "vfs_read"\naddress = "{address}"'),
            )
    yield case("cpus 17", "$.machine.cpus", "machine.cpus = 17\n" + SCENARIO)
    yield case("cpu huge", "$.task[1]", _with("cpu = 1", "cpu = 18446744073709551615"))
    yield case("cpu negative", "$.task[1]", _with("cpu = 1", "cpu = -1"))
    yield case(
        "many functions",
        "$.function",
        SCENARIO + "".join(f'[[function]]\nname = "f{i}"\n' for i in range(20_000)),
    )
    yield case(
        "many tasks",
        "$.task",
        SCENARIO.replace(
            "[expect]",
            "".join(f'[[task]]\nname = "t{i}"\ncpu = 0\ndo = []\n' for i in range(20_000)) + "[expect]",
        ),
    )
    yield case(
        "many ops",
        "$.ops",
        SCENARIO + "".join(f'[[ops]]\nname = "o{i}"\nfunctions = ["vfs_read"]\n' for i in range(20_000)),
    )
    yield case(
        "many words", "$.word", SCENARIO + "".join(f'[[word]]\nname = "w{i}"\n' for i in range(20_000))
    )
    yield case(
        "many routines",
        "$.routine",
        SCENARIO + "".join(f'[[routine]]\nname = "r{i}"\nasm = "ret"\n' for i in range(20_000)),
    )
    yield case("many actions", "$.task[1].do", _with('"run look"', '"run look", ' * 50_000))
    yield case(
        "many cpus of a task", "$.task[1].cpus", _with("cpu = 1", "cpu = 1\ncpus = [" + "1," * 100_000 + "]")
    )
    yield case("long name", "$.function[0].name", _with('name = "vfs_read"', f'name = "{"x" * 100_000}"'))
    yield case("name with newline", "$.function[0].name", _with('name = "vfs_read"', 'name = "vfs\\nread"'))
    yield case(
        "name ending in newline", "$.function[0].name", _with('name = "vfs_read"', 'name = "vfs_read\\n"')
    )
    yield case("name with escape", "$.function[0].name", _with('name = "vfs_read"', 'name = "\\u001b[31m"'))
    yield case("summary long", "$.summary", _with("one call", "x" * 1_000_000))
    yield case(
        "same names",
        "vfs_read",
        _with('name = "tracer"', 'name = "vfs_read"').replace("register tracer", "register vfs_read"),
    )
    yield case("name of ours", "ftrace_ops_list", _with('name = "done"', 'name = "ftrace_ops_list"'))
    for what, text in {
        "paren": "mov x0, #" + "(" * DEEP + "1" + ")" * DEEP,
        "minus": "mov x0, #" + "-" * DEEP + "1",
        "tilde": ".word " + "~" * DEEP + "1",
        "open": ".word " + "(" * DEEP,
        "chain": "\n".join(
            [f".equ e{i}, e{i + 1} + 1" for i in range(20_000)] + [".equ e20000, 1", ".word e0"]
        ),
        "doubling": "\n".join(
            [f".equ d{i}, d{i + 1} + d{i + 1}" for i in range(64)] + [".equ d64, 1", ".word d0"]
        ),
        "cycle": ".equ a, b\n.equ b, a\n.word a",
        "shifts": ".word (1" + "<<127)" * 1 + "".join("<<127" for _ in range(20_000)),
        "product": ".equ m0, 1<<127\n"
        + "\n".join(f".equ m{i + 1}, m{i} * m{i}" for i in range(40))
        + "\n.word m40",
        "huge number": f"mov x0, #{HUGE}",
        "huge hexadecimal": "mov x0, #0x" + "f" * 100_000,
        "superscript": "mov x0, #²",
        "arabic digit": "mov x0, #٣",
        "superscript label": "²: ret",
        "arabic label": "٣: b ٣b",
        "balign": ".balign 0x4000000000000000\nret\n.balign 0x4000000000000000",
        "balign 2**30": "ret\n.balign 0x40000000",
        "balign huge": f".balign {HUGE}",
        "long": "nop\n" * 200_000,
        "many words": ".word " + "0," * 300_000 + "0",
        "nul": "mov x0, \\u0000",
        "escape": "\\u001b[31m",
        "emoji": "mov x0, 😀",
        "register x99": "mov x99, #1",
        "x superscript": "mov x², #1",
        "udf": "udf #65536",
        "division": ".word 1 / 0",
        "lo12": "add x0, x0, " + ":lo12:" * DEEP + "done",
        "vertical tab": "mov\\u000bx0, #",
    }.items():
        yield case(f"asm {what}", "$.routine[0].asm", _with("    mov x0, #1\n    ret\n", text + "\n"))
    yield case("modifiable huge offset", "$.modifiable[0]", f'modifiable = ["vfs_read+{HUGE}"]\n' + SCENARIO)
    yield case("modifiable superscript", "$.modifiable[0]", 'modifiable = ["vfs_read+²"]\n' + SCENARIO)
    yield case("modifiable label.last", "$.modifiable[0]", 'modifiable = ["done.last"]\n' + SCENARIO)
    yield case(
        "many modifiable", "$.modifiable", "modifiable = [" + '"vfs_read",' * 50_000 + "]\n" + SCENARIO
    )
    yield case(
        "many sometimes", "$.sometimes", "sometimes = [" + '"stale-fetch",' * 50_000 + "]\n" + SCENARIO
    )
    yield case(
        "many functions of an ops",
        "$.ops[0].functions",
        _with('["vfs_read"]', "[" + '"vfs_read",' * 50_000 + "]"),
    )
    yield case(
        "unknown name long",
        "unknown function 'vfs_read",
        _with("call vfs_read x2", "call " + "vfs_read" * 40_000),
    )
    yield case("unknown key long", "bad.toml: ", f"{'k' * 200_000} = 1\n" + SCENARIO)
    yield case("long string", "bad.toml: ", f'steps = "{"k" * 2_000_000}"\n' + SCENARIO)
    yield case("too large", "bad.toml: ", "#" * (1 << 25))
    yield case("many lines of comments", "bad.toml: ", "#\n" * (1 << 23))
    yield case("steps 10 million", "$.steps", "steps = 10000000\n" + SCENARIO)
    yield case("ticks 1001", "$.kernel.ticks", _with('profile = "v6.12"', 'profile = "v6.12"\nticks = 1001'))
    yield case(
        "extra words",
        "$.function[0].extra_words",
        _with('name = "vfs_read"', 'name = "vfs_read"\nextra_words = 65'),
    )
    yield case("drop long", "$.protocol.drop", "[protocol]\ndrop = [" + '"dsb",' * 100_000 + "]\n" + SCENARIO)
    yield case("wait long", "$.protocol.wait", SCENARIO + "[protocol]\nwait = [" + '"rcu",' * 100_000 + "]\n")
    yield case(
        "verdict list long",
        "$.expect.verdict",
        _with('verdict = "holds"', "verdict = [" + '"holds",' * 100_000 + "]"),
    )
    yield case(
        "invariants list long",
        "$.expect",
        _with('verdict = "holds"', 'verdict = "violated"\ninvariants = [' + '"INV-LIFE",' * 50_000 + "]"),
    )


def sets() -> Iterator[Case]:
    def case(name: str, said: str, *pairs: str) -> Case:
        args = [word for pair in pairs for word in ("--set", pair)]
        return Case(f"--set: {name}", ("disasm", "good.toml", *args), said)

    yield case("no value", "--set: 'machine.cpus' is not KEY.PATH=VALUE", "machine.cpus")
    yield case("no key", "--set: '=1' is not KEY.PATH=VALUE", "=1")
    yield case("100,000 parts", "a key has 1 to 16 parts", "a" + ".a" * DEEP + "=1")
    yield case("empty part", "--set", "machine..cpus=2")
    yield case("dots", "--set", "...=2")
    yield case("deep value", "--set", "machine.cpus=" + "[" * 60_000)
    yield case("deep tables", "--set", "machine.cpus=" + "{a=" * 30_000)
    yield case("huge value", "machine.cpus", "machine.cpus=" + HUGE)
    yield case("huge hexadecimal", "machine.cpus", "machine.cpus=0x" + "f" * 50_000)
    yield case("long key", "unknown key", "k" * 100_000 + "=1")
    yield case("long value", "machine.cpus", "machine.cpus=" + "k" * 100_000)
    yield case("array index", "--set", "task.0.cpu=1")
    yield case("array index brackets", "good.toml", "task[0].cpu=1")
    yield case("superscript", "--set machine.cpus=", "machine.cpus=²")
    yield case("surrogate", "which is not UTF-8", "summary=\udcff\udcfe")
    yield case("surrogate key", "which is not UTF-8", "\udcff=1")
    yield case("newline injection", "machine.cpus", "machine.cpus=2\nformat = 3")
    yield case("newline injection of a table", "machine.cpus", "machine.cpus=2\n[x]\n")
    yield case("nul", "machine.cpus", "machine.cpus=\0")
    yield case("control", "machine.cpus", "machine.cpus=\x1b[31m")
