"""JMeter's dashboard and the JTL it was made of, which its name does not tell: by their content."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from readiness.model.evidence import Evidence

_REPORT, _SAMPLES = "jmeter-statistics", ("jmeter-jtl", "jmeter-xml")
_SAME_RUN = 0.02  # of all requests
_FEW = 2  # requests
_SAME_MS = 2.0  # the throughput of a report is its requests by its duration in ms
_NAMES = ("endpoint", "transaction")


def made_of(report: Evidence, samples: Evidence) -> bool:
    """Whether a dashboard tells of the run of a JTL, wherever that is.

    It does if it has its labels, about as many requests of each, and its duration to the
    millisecond.

    Args:
        report: it may have been trimmed or edited since.
        samples: the JTL.
    """
    if report.reader != _REPORT or samples.reader not in _SAMPLES:
        return False
    stated, exact = _requests(report), _requests(samples)
    if not stated or set(stated) != set(exact):
        return False
    some = _SAME_RUN * exact.get("", 0.0) + _FEW  # those left out may be of one label
    if any(abs(n - exact[k]) > some for k, n in stated.items()):
        return False
    durations = [_duration(e) for e in (report, samples)]
    low, high = min(durations), max(durations)
    return low > 0 and high - low <= _SAME_MS


def _requests(evidence: Evidence) -> dict[str, float]:
    """Return the number of requests by label, and of all under an empty one."""
    found: dict[str, float] = {}
    for fact in evidence.facts:
        if fact.metric == "requests" and not isinstance(fact.value, str):
            labels = dict(fact.labels)
            name = next((labels[key] for key in _NAMES if key in labels), "")
            found[name] = found.get(name, 0.0) + float(fact.value)
    return found


def _duration(evidence: Evidence) -> float:
    """Return how long a run took in ms; 0 if that is not known."""
    for fact in evidence.facts:
        if fact.metric == "duration" and not fact.labels and not isinstance(fact.value, str):
            return float(fact.value)
    return 0.0
