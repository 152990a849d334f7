"""Settings of every test: hypothesis draws the same examples in every run.

`--hypothesis-profile=nightly` looks further: other examples each time, and 1,500 of them.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow]
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("nightly", max_examples=1500, deadline=None, suppress_health_check=_SLOW)
settings.load_profile("repeatable")
