"""What all tests of the plugin share."""

import pytest


@pytest.fixture
def pytester(pytester: pytest.Pytester) -> pytest.Pytester:
    """Its directory is the root, whatever lies in the directories above."""
    pytester.makeini("[pytest]")
    return pytester
