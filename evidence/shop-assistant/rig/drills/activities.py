"""Actions and probes of the Chaos Toolkit experiments in this folder; times are in ms."""

import statistics
import time
from collections.abc import Callable

from client import Rig
from drills.traffic import Exchange, Traffic

IN_FLIGHT_S = 5.0
SETTLED_S = 4.0


class Drill:
    """The state that the activities of one experiment share."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.traffic = Traffic(seed=7)
        self.cut_at = 0.0
        self.restored_at = 0.0

    def during_outage(self) -> list[Exchange]:
        """Return the exchanges sent since the cut that had `IN_FLIGHT_S` to be answered."""
        until = time.time() - IN_FLIGHT_S
        return [e for e in list(self.traffic.exchanges) if self.cut_at <= e.sent_at <= until]


DRILL = Drill()


def poll(what: str, read: Callable[[], float | None], within_s: float) -> float:
    """Return the first value `read` gives within `within_s` seconds; TimeoutError otherwise."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        value = read()
        if value is not None:
            return round(value, 1)
        time.sleep(0.05)
    raise TimeoutError(f"no {what} within {within_s:g} s")


def drive_traffic(rate: float, seconds: float) -> int:
    """Send background traffic; return the number of requests."""
    return DRILL.traffic.run(rate, seconds)


def stop_traffic() -> bool:
    """End the background traffic."""
    DRILL.traffic.stop()
    return True


def cut(component: str, mode: str) -> bool:
    """Cut `component` off and keep the moment."""
    DRILL.cut_at = DRILL.rig.outage(component, mode)
    return True


def restore(component: str) -> bool:
    """End the outage of `component` and keep the moment."""
    DRILL.restored_at = DRILL.rig.outage(component, None)
    return True


def full_answer() -> bool:
    """Tell whether an uncached question gets an answer with nothing missing."""
    return not DRILL.rig.ask("Is the Rimo tent waterproof?", fresh=True)["degraded"]


def detection(breaker: str, within_s: float) -> float:
    """Return the time from the cut until the breaker of the component opened."""

    def opened() -> float | None:
        transitions = DRILL.rig.component(breaker)["transitions"]
        times = [t["at"] for t in transitions if t["state"] == "opened" and t["at"] >= DRILL.cut_at]
        return (times[0] - DRILL.cut_at) * 1000 if times else None

    return poll("open breaker", opened, within_s)


def degrade(breaker: str, within_s: float) -> float:
    """Return the time from the cut until the first user got an answer with the notice."""

    def noticed() -> float | None:
        times = [
            e.done_at
            for e in list(DRILL.traffic.exchanges)
            if e.degraded_by(breaker) and e.body["notice"] and e.sent_at >= DRILL.cut_at
        ]
        return (min(times) - DRILL.cut_at) * 1000 if times else None

    return poll("degraded answer", noticed, within_s)


def completion(within_ms: float) -> float:
    """Return the share of requests during the outage that got an answer within `within_ms`."""
    sent = DRILL.during_outage()
    return round(sum(e.complete(within_ms) for e in sent) / len(sent), 4)


def answer_p95() -> float:
    """Return the 95th percentile of the answer times during the outage."""
    times = [e.ms for e in DRILL.during_outage() if e.ms is not None]
    return round(statistics.quantiles(times, n=100, method="inclusive")[94], 1)


def degraded_share(breaker: str) -> float:
    """Return the share of answers during the outage that carried the notice."""
    sent = DRILL.during_outage()
    return round(sum(e.degraded_by(breaker) for e in sent) / len(sent), 4)


def recovery(breaker: str, within_s: float) -> float:
    """Return the time from the restore until answers are full again and stay so."""

    def settled() -> float | None:
        exchanges = list(DRILL.traffic.exchanges)
        degraded = [e.done_at for e in exchanges if e.degraded_by(breaker)]
        after = max([DRILL.restored_at, *degraded])
        computed = [e for e in exchanges if e.body.get("sources") and not e.body["cached"]]
        first = min((e.done_at for e in computed if e.done_at > after), default=None)
        closed = DRILL.rig.component(breaker)["state"] == "closed"
        if first is None or not closed or time.time() - first < SETTLED_S:
            return None
        return (first - DRILL.restored_at) * 1000

    return poll("recovery", settled, within_s)
