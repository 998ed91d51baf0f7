"""Paths, options, the environment, designs; and usable inputs with one bad one among them."""

from __future__ import annotations

from collections.abc import Iterator

from .case import DEEP, HUGE, Case

PATHS = {
    "nul": "a\0b",
    "over-long": "a" * 5_000,
    "over-long part": "d/" + "a" * 300 + ".toml",
    "not utf-8": "\udcff\udcfe.toml",
    "absent": "absent.toml",
    "empty": "",
    "fifo": "fifo",
    "zero": "/dev/zero",
    "socket": "socket",
    "looping link": "loop",
    "dangling link": "dangling",
    "through a file": "good.toml/x.toml",
    "control": "\x1b[31mred.toml",
    "newline": "a\nb.toml",
}
"""Names of what is not a file, or of no file."""
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("run", "PATH", "--runs", "1"),
    ("once", "PATH"),
    ("explore", "PATH", "--places", "1"),
    ("needed", "PATH", "--places", "0", "--runs", "1"),
    ("list", "PATH"),
    ("disasm", "PATH"),
    ("replay", "PATH"),
    ("log", "PATH"),
    ("log", "--diff", "good.log", "PATH"),
    ("log", "good.log", "PATH", "--sql", "select 1"),
    ("export", "PATH", "--to", "dot"),
    ("step", "PATH"),
    ("check", "PATH"),
    ("litmus", "PATH"),
    ("litmus", "@PATH"),
    ("litmus", "good.litmus", "--expect", "PATH"),
    ("litmus", "--from", "PATH"),
    ("disasm", "good.toml", "--design", "PATH"),
    ("list", "--designs", "--design", "PATH"),
    ("matrix", "--design", "PATH", "--runs", "1"),
    ("cost", "--design", "PATH"),
    ("cost", "--calls", "PATH"),
)


def paths() -> Iterator[Case]:
    for what, path in PATHS.items():
        for command in COMMANDS:
            args = tuple(word.replace("PATH", path) for word in command)
            yield Case(f"path: {what}: {' '.join(command)}", args, "")


def one_bad() -> Iterator[Case]:
    bad = {"bad.toml": b"[" * DEEP, "bad.litmus": b"\xff"}
    for what, path in {
        "file": "bad.toml",
        "fifo": "fifo",
        "nul": "a\0b",
        "absent": "absent.toml",
        "dir": "empty",
    }.items():
        yield Case(
            f"run with a bad {what}",
            ("run", "good.toml", path, "other.toml", "--runs", "2", "--jobs", "1", "--json"),
            "",
            bad,
            out='"name":"other"',
        )
        yield Case(f"list with a bad {what}", ("list", "good.toml", path, "other.toml"), "", bad, out="other")
    for what, path in {
        "file": "bad.litmus",
        "fifo": "fifo",
        "nul": "a\0b",
        "absent": "absent.litmus",
        "list": "@absent",
    }.items():
        yield Case(
            f"litmus with a bad {what}",
            ("litmus", "good.litmus", path, "other.litmus"),
            "",
            bad,
            out="MP2 Allowed",
        )
        yield Case(
            f"check with a bad {what}",
            ("check", "good.log", path, "good.log"),
            "",
            bad,
            out="ok   good.log",
            lines=1,
        )
    yield Case("litmus directory with a bad one", ("litmus", "."), "bad.litmus", bad, out="MP2 Allowed")
    yield Case(
        "litmus list with a bad one",
        ("litmus", "@some.list"),
        "",
        {**bad, "some.list": b"good.litmus\nbad.litmus\nabsent.litmus\nfifo\nother.litmus\n"},
        out="MP2 Allowed",
        lines=3,
    )
    yield Case(
        "run of a directory with a bad one",
        ("run", ".", "--runs", "2", "--jobs", "1", "--json"),
        "bad.toml",
        bad,
        out='"name":"other"',
    )
    yield Case("list of a directory with a bad one", ("list", "."), "bad.toml", bad, out="other")


def options() -> Iterator[Case]:
    def case(name: str, said: str, *args: str, **env: str) -> Case:
        return Case(f"option: {name}", args, said, env=env)

    for option, command in {
        "--runs": ("run", "good.toml"),
        "--jobs": ("run", "good.toml"),
        "--seed": ("run", "good.toml"),
        "--run": ("once", "good.toml"),
        "--around": ("log", "good.log"),
        "--context": ("log", "good.log", "--around", "5"),
        "--causes": ("log", "good.log"),
        "--memory": ("litmus", "good.litmus"),
        "--seconds": ("litmus", "good.litmus"),
        "--sites": ("cost", "--design", "call-ops"),
        "--cpus": ("cost", "--design", "call-ops"),
    }.items():
        for value in (HUGE, "²", "-1", "", "1e999", "nan", "99999999999999999999999"):
            yield case(f"{option} {value[:24]!r}", "", *command, f"{option}={value}")
    for time in ("", "²s", "٣s", HUGE + "s", "1e9", "-1s", "1y", "9" * 400 + "h"):
        yield case(f"--time {time[:20]!r} of {len(time)}", "--time", "run", "good.toml", f"--time={time}")
    for seed in ("²", "", "x", HUGE, "-1"):
        yield case(
            f"seed in the environment {seed[:20]!r}",
            "",
            "run",
            "good.toml",
            "--runs",
            "1",
            FTRACE_ACTORS_SEED=seed,
        )
    yield case("strategy", "--strategy", "run", "good.toml", "--strategy", "x" * 100_000)
    yield case("unknown option", "", "run", "good.toml", "--" + "x" * 50_000)
    yield case("unknown command", "", "x" * 50_000)
    yield case("surrogate command", "", "\udcff")
    yield case("surrogate option", "", "run", "--\udcff")
    yield case("nul command", "", "\0")
    yield case("format", "which is not UTF-8", "log", "good.log", "--format", "\udcff")
    yield case("variant", "which is not UTF-8", "litmus", "good.litmus", "--variant", "\udcff")
    yield case("variant long", "--variant", "litmus", "good.litmus", "--variant", "x" * 50_000)
    for out in ("a\0b", "good.toml", "good.toml/x", "a" * 5_000, "/proc/x", "loop"):
        if out != "loop":  # a link is replaced
            yield case(
                f"--log-to {out[:10]!r}",
                "",
                "once",
                "good.toml",
                "--log-to",
                out if out != "good.toml" else ".",
            )
        if out not in {"loop", "/proc/x"}:  # to root all of /proc looks as if it could be written
            yield case(
                f"--markdown {out[:10]!r}",
                "",
                "matrix",
                "--design",
                "call-ops",
                "--cell",
                "full.rude",
                "--runs",
                "1",
                "--markdown",
                out if out != "good.toml" else ".",
            )


def designs() -> Iterator[Case]:
    def case(name: str, said: str, content: bytes, **more: bytes) -> Case:
        files = {"bad.py": content, **more}
        return Case(f"design: {name}", ("disasm", "good.toml", "--design", "bad.py"), said, files)

    yield case("nul", "bad.py: not Python", b"x = 1\0")
    yield case("not utf-8", "bad.py: ", b"# \xff\n")
    yield case("deep", "bad.py: ", b"x = " + b"(" * DEEP)
    yield case("deep minus", "bad.py: ", b"x = " + b"-" * DEEP + b"1")
    yield case("deep attribute", "bad.py: ", b"x = a" + b".a" * DEEP)
    yield case("huge int", "bad.py: ", b"x = " + HUGE.encode())
    yield case("recursion", "bad.py: ", b"def f(): f()\nf()\n")
    yield case("exit", "bad.py: ", b"raise SystemExit(0)\n")
    yield case("interrupt", "bad.py: ", b"import sys\nsys.exit()\n")
    yield case("surrogate", "bad.py: ", b'x = "\\ud800"\n')
    yield case("indented", "bad.py: line 2", b"x = 1\n  y = 2\n")
    yield case("too large", "bad.py: ", b"#" * (1 << 25))
    yield case("memory error", "bad.py: ", b"raise MemoryError\n")


def costs() -> Iterator[Case]:
    yield Case("cost: nothing", ("cost", "--design", ""), "")
    yield Case("cost: sites huge", ("cost", "--design", "call-ops", "--sites", "100000000"), "--sites")
    yield Case("matrix: cell", ("matrix", "--cell", "\udcff"), "")
    yield Case("matrix: design long", ("matrix", "--design", "x" * 50_000), "")
