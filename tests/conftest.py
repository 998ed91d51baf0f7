"""Shared test configuration: Hypothesis profiles.

``ci`` (the default) derandomizes, so a red build is red for everyone; ``dev`` draws fresh examples and keeps
its database: ``pytest --hypothesis-profile=dev``.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,  # two shared cores make any deadline a coin toss
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("dev", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
