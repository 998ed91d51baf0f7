"""Mistakes in a design of the user's own, named with --design: each is one line, with file and line."""

from pathlib import Path

import pytest

from tests.cli.test_designs import HEAD, here, run

__all__ = ["here"]

STEPS = """\
class Mine(ListOnly):
    name = "mine"
    summary = "one line"

    def enable(self, ops, changes, core):
        for record, update in changes:
            yield {}
"""
MISTAKES = {
    "no file": (None, "mine.py: cannot be read: No such file or directory"),
    "not Python": ("x = 1\ndef f(:\n", "mine.py: line 2: not Python: invalid syntax"),
    "a null byte": ("x = '\0'\n", "mine.py: not Python: source code string cannot contain null bytes"),
    "raises": ("x = 1\ny = x / 0\n", "mine.py: line 2: ZeroDivisionError: division by zero"),
    "exits": ("import sys\nsys.exit(3)\n", "mine.py: line 2: SystemExit: 3"),
    "unknown import": (
        "from ftrace_actors.kernel.designs import CallOp\n",
        "mine.py: line 1: ImportError: cannot import name 'CallOp'",
    ),
    "no design": (HEAD, "mine.py: defines no design; right is one class derived from"),
    "two designs": (
        HEAD + STEPS + STEPS.replace("Mine", "Yours"),
        "mine.py: defines 2 designs, Mine (line 2), Yours (line 9); right is one",
    ),
    "missing methods": (
        HEAD
        + 'class Mine(Design):\n    name = "mine"\n    summary = "one line"\n    def trampolines(self, p): ...\n',
        "mine.py: line 2: Mine lacks disable() and enable()",
    ),
    "no name": (
        HEAD + STEPS.replace("    name", "    title"),
        "mine.py: line 2: Mine has no name of its own; write name =",
    ),
    "odd name": (
        HEAD + STEPS.replace('"mine"', '"My design"'),
        "mine.py: line 2: Mine has the name 'My design'; right are",
    ),
    "taken name": (
        HEAD + STEPS.replace('"mine"', '"call-ops"'),
        "mine.py: line 2: Mine has the name 'call-ops', which is",
    ),
    "no summary": (
        HEAD + STEPS.replace("    summary", "    about"),
        "mine.py: line 2: Mine has no summary; write",
    ),
    "unknown windows": (
        HEAD + STEPS.replace("    summary", '    windows = ("W2", "W9")\n    summary'),
        "mine.py: line 2: Mine has windows = ('W2', 'W9'); right is a tuple of W0, W1",
    ),
    "a string for windows": (
        HEAD + STEPS.replace("    summary", '    windows = "W2"\n    summary'),
        "mine.py: line 2: Mine has windows = 'W2'; right is",
    ),
    "odd pre_nops": (
        HEAD + STEPS.replace("    summary", "    pre_nops = -2\n    summary"),
        "mine.py: line 2: Mine has pre_nops = -2; right is",
    ),
    "words that are no pairs": (
        HEAD + STEPS.replace("    summary", '    words = ("my_word",)\n    summary'),
        "mine.py: line 2: Mine has words = ('my_word',); right is a tuple of pairs",
    ),
    "an instruction that is no tuple": (
        HEAD + STEPS.replace("    summary", '    modifiable = "ftrace_call"\n    summary'),
        "mine.py: line 2: Mine has modifiable = 'ftrace_call'; right is a tuple of symbols",
    ),
    "unknown template": (
        HEAD + STEPS.replace("    summary", '    template = "mine.S"\n    summary'),
        "mine.py: line 2: Mine needs 'mine.S', which is neither",
    ),
    "a template that is none": (
        HEAD + STEPS.replace("    summary", '    template = "ops.S"\n    summary'),
        "mine.py: the template ops.S has ",
    ),
    "a trampoline without a template": (
        HEAD + STEPS.format("WriteTextStep(ops)"),
        "mine.py: line 8: enable() asks for a trampoline to be written or freed, and has no template",
    ),
    "a trampoline freed that was not written": (
        HEAD
        + STEPS.format("FreeTextStep(ops)").replace(
            "    summary", '    template = "ftrace_tramp.S"\n    summary'
        ),
        "mine.py: line 9: enable() frees the trampoline of tracer_a, which has none",
    ),
    "unknown assembly": (
        HEAD + STEPS.replace("    summary", '    asm = ("mine.S",)\n    summary'),
        "mine.py: line 2: Mine needs 'mine.S', which is neither at mine.S nor among",
    ),
    "unknown trampoline": (
        HEAD + STEPS + "    def trampolines(self, protocol):\n        return ('ftrace_caler',)\n",
        "mine.py: line 9: trampolines() names 'ftrace_caler', which no assembly file defines",
    ),
    "trampolines of another type": (
        HEAD + STEPS + "    def trampolines(self, protocol):\n        return 'ftrace_caller'\n",
        "mine.py: line 9: trampolines() answers 'ftrace_caller'; right is a tuple of symbols",
    ),
    "a method that raises": (
        HEAD + STEPS + "    def trampolines(self, protocol):\n        return protocol.trampolines\n",
        "mine.py: line 10: AttributeError: 'ProtocolConfig' object has no attribute 'trampolines'",
    ),
    "a method with other arguments": (
        HEAD + STEPS + "    def trampolines(self):\n        return ()\n",
        "mine.py: line 9: TypeError: Mine.trampolines() takes 1 positional argument but 2 were given",
    ),
    "an odd layout": (
        HEAD
        + STEPS
        + "    def layout(self, entry, bti, protocol):\n        return SiteLayout(0, 0, 8, 12)\n",
        "mine.py: line 9: layout() puts the site of vfs_read at 0x8, where none of its instructions is",
    ),
    "a step that raises": (
        HEAD + STEPS.format("1 / 0"),
        "mine.py: line 8: ZeroDivisionError: division by zero",
    ),
    "unknown routine": (
        HEAD + STEPS.format('PatchStep(record, "ftrace_patch", None, "")'),
        "mine.py: line 8: enable() asks for the routine 'ftrace_patch', which no assembly file defines",
    ),
    "a routine that is a list": (
        HEAD + STEPS.format('PatchStep(record, ["ftrace_patch_call"], None, "")'),
        "mine.py: line 8: enable() asks for the routine ['ftrace_patch_call']; right is a name",
    ),
    "a target that is a list": (
        HEAD + STEPS.format('PatchStep(record, "ftrace_patch_call", None, [])'),
        "mine.py: line 8: enable() asks for the target []; right is a name",
    ),
    "a routine to run that is a list": (
        HEAD + STEPS.format('RunStep(["store_word"], ())'),
        "mine.py: line 8: enable() asks for the routine ['store_word']; right is a name",
    ),
    "one word instead of many": (
        HEAD + STEPS.format('WaitStep(ops, ("rcu",), ("W2",), words=5)'),
        "mine.py: line 8: enable() waits for readers of the words 5; right is a tuple of addresses",
    ),
    "words by name": (
        HEAD + STEPS.format('WaitStep(ops, ("rcu",), ("W2",), words=("my_word",))'),
        "mine.py: line 8: enable() waits for readers of the words ('my_word',); right is a tuple of addresses",
    ),
    "a trampoline written twice": (
        HEAD
        + STEPS.format("WriteTextStep(ops)\n            yield WriteTextStep(ops)").replace(
            "    summary",
            '    asm = ("ftrace_caller_list.S", "ftrace_tramp_write.S")\n    template = "ftrace_tramp.S"\n    summary',
        ),
        "mine.py: line 11: enable() writes the trampoline of tracer_a, which has one already",
    ),
    "trampolines for more than were asked for": (
        HEAD
        + STEPS.format("WriteTextStep(ops)\n            yield WriteTextStep(core.list_ops)").replace(
            "    summary",
            '    asm = ("ftrace_caller_list.S", "ftrace_tramp_write.S")\n    template = "ftrace_tramp.S"\n    summary',
        ),
        "mine.py: has a trampoline written for ftrace_list_ops, and there is no room left",
    ),
    "unknown target": (
        HEAD + STEPS.format('PatchStep(record, "ftrace_patch_call", None, "nobody")'),
        "mine.py: line 8: enable() asks for the target 'nobody', which no assembly file defines",
    ),
    "an odd record": (
        HEAD + STEPS.format('PatchStep("vfs_read", "ftrace_patch_call", None, "")'),
        "mine.py: line 8: enable() asks to patch 'vfs_read'; right is a record",
    ),
    "an odd literal": (
        HEAD + STEPS.format('PatchStep(record, "ftrace_make_call", core.nop_ops, "")'),
        "mine.py: line 8: enable() asks to write the literal Ops(",
    ),
    "a patching service by its name": (
        HEAD + STEPS.format('PatchStep(record, "ftrace_patch_call", None, "", "text_patcher")'),
        "mine.py: line 8: enable() asks 'text_patcher' to patch; right is the mailbox of a patching service",
    ),
    "unknown routine to run": (
        HEAD + STEPS.format('RunStep("ftrace_update", ())'),
        "mine.py: line 8: enable() asks for the routine 'ftrace_update', which no assembly file defines",
    ),
    "odd arguments of a routine": (
        HEAD + STEPS.format('RunStep("store_word", (core.list_ops,))'),
        "mine.py: line 8: enable() passes (Ops(",
    ),
    "a word that starts as nothing": (
        HEAD + STEPS.replace("    summary", '    words = (("my_word", "nobody"),)\n    summary'),
        "mine.py: words names 'nobody', which is not there",
    ),
    "an instruction of nobody": (
        HEAD + STEPS.replace("    summary", '    modifiable = ("nobody",)\n    summary'),
        "mine.py: modifiable names 'nobody', which no assembly file defines",
    ),
    "not a step": (HEAD + STEPS.format("record"), "mine.py: line 8: enable() asks for Record("),
    "unknown grace period": (
        HEAD + STEPS.format('WaitStep(core.list_ops, ("srcu",), ("W2",))'),
        "mine.py: line 8: enable() waits for ('srcu',); right is a tuple of kick, rcu, rude, tasks",
    ),
    "a wait for nobody": (
        HEAD + STEPS.format('WaitStep("tracer_a", ("rcu",), ("W2",))'),
        "mine.py: line 8: enable() waits for users of 'tracer_a'; right is an ops",
    ),
    "unknown window of a wait": (
        HEAD + STEPS.format('WaitStep(core.list_ops, ("rcu",), ("W8",))'),
        "mine.py: line 8: enable() waits for the windows ('W8',); right is a tuple of W0",
    ),
    "no steps": (
        HEAD + STEPS.partition("        for")[0] + "        pass\n",
        "mine.py: line 6: TypeError: 'NoneType' object is not iterable",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_with_file_and_line(
    here: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, message = MISTAKES[name]
    if text is None:
        (here / "mine.py").unlink()
    else:
        (here / "mine.py").write_text(text)
    assert run("run", "enable-under-load", "list-only-teardown", "--runs", "3", "--design", "mine.py") == 2
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith(f"ftrace-actors: {message}"), line
    assert captured.out == ""


@pytest.mark.parametrize("driver", ["bare", "trio"])
def test_a_mistake_in_a_step_is_found_under_both_drivers(
    here: Path, capsys: pytest.CaptureFixture[str], driver: str
) -> None:
    (here / "mine.py").write_text(HEAD + STEPS.format("1 / 0"))
    assert run("run", "enable-under-load", "--driver", driver, "--design", "mine.py") == 2
    assert "mine.py: line 8: ZeroDivisionError" in capsys.readouterr().err
