"""Probes of a drill that ask Prometheus, Alertmanager and the pager about alerts."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from drills.pager import Pager

PAGER = Pager()


def _within(check: Callable[[], bool], within_s: float) -> bool:
    """Tell whether `check` comes true within `within_s` seconds."""
    until = time.monotonic() + within_s
    while not check():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def alert_fired(alerts: list[str], within_s: float) -> bool:
    """Tell whether each of some alerts is active in Alertmanager."""
    url = f"{os.environ['RIG_ALERTMANAGER']}/api/v2/alerts"

    def active() -> bool:
        found = httpx.get(url, params={"active": "true"}, trust_env=False).raise_for_status()
        return set(alerts) <= {alert["labels"]["alertname"] for alert in found.json()}

    return _within(active, within_s)


def pager_called(alerts: list[str], within_s: float) -> bool:
    """Tell whether Alertmanager sent each of some alerts to its receiver."""
    return _within(lambda: set(alerts) <= PAGER.received, within_s)


def alerts_kept() -> bool:
    """Keep what Prometheus says now: the rules with their state, and the alerts."""
    for name, path in (("rules", "rules?type=alert"), ("alerts", "alerts")):
        answer = httpx.get(f"{os.environ['RIG_PROMETHEUS']}/api/v1/{path}", trust_env=False)
        Path(f"{os.environ['RIG_ALERTS']}-{name}.json").write_bytes(
            answer.raise_for_status().content
        )
    return True
