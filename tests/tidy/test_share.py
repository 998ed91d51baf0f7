"""The share of a long campaign, and which tests are in which command."""

from itertools import pairwise

import pytest

from tests import share


@pytest.mark.parametrize(("percent", "numbers"), [(100, 8), (50, 4), (25, 2), (1, 0), (500, 8)])
def test_a_share_is_spread_evenly(percent: int, numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "PERCENT", percent)
    chosen = [number for number in range(8) if share.kept(number)]
    assert len(chosen) == numbers
    gaps = {after - before for before, after in pairwise(chosen)}
    assert len(gaps) <= 1


@pytest.mark.parametrize(("percent", "count"), [(100, 40), (50, 20), (1, 1), (500, 200)])
def test_a_share_of_a_number(percent: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "PERCENT", percent)
    assert share.share(40) == count
