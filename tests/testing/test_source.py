"""Worlds of scenarios are built once and not kept for ever."""

import pytest

from ftrace_actors import scenario
from ftrace_actors.testing import source as source_module
from ftrace_actors.testing.source import Source
from tests.testing import samples


def test_drawn_worlds_are_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[object] = []
    build = scenario.build
    monkeypatch.setattr(scenario, "build", lambda read: built.append(read) or build(read))
    text = (samples.SCENARIOS / "teardown-tasks.toml").read_text(encoding="utf-8")
    sources = [Source.of(text, f"shape{number}", {}, None) for number in range(30)]
    worlds = [source.world() for source in sources]
    assert [source.world() for source in sources] == worlds
    assert len(built) == 30


def test_worlds_are_not_kept_for_ever_and_the_last_used_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "_WORLDS_KEPT", 3)
    monkeypatch.setattr(source_module, "_worlds", {})
    monkeypatch.setattr(scenario, "build", lambda read: object())
    text = (samples.SCENARIOS / "teardown-tasks.toml").read_text(encoding="utf-8")
    a, b, c, d = (Source.of(text, name, {}, None) for name in "abcd")
    first, second, third = a.world(), b.world(), c.world()
    assert b.world() is second
    assert a.world() is first
    d.world()
    assert list(source_module._worlds) == [b, a, d]
    assert c.world() is not third
