"""What the gateway tells Prometheus; every series exists from the start, so that a first failure
is an increase and not the birth of a series."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

ANSWER_BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 4, 6, 10)
ATTEMPT_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 2.5, 5)
OUTCOMES = ("ok", "failed", "rejected")


class Metrics:
    """Answers as users get them, and attempts to call each component."""

    def __init__(self, components: Iterable[str]) -> None:
        self._registry = CollectorRegistry()
        own = {"registry": self._registry}
        self.answers = Counter("assistant_answers", "Questions that were answered", **own)
        self.seconds = Histogram(
            "assistant_answer_seconds", "Time to answer", buckets=ANSWER_BOUNDS_S, **own
        )
        self.refused = Counter("assistant_refused", "Questions a guardrail refused", **own)
        self.degraded = Counter(
            "assistant_degraded", "Answers in which a component is missing", ["component"], **own
        )
        self.attempts = Counter(
            "assistant_attempts", "Attempts to call a component", ["component", "outcome"], **own
        )
        self.attempt_seconds = Histogram(
            "assistant_attempt_seconds",
            "Time of one attempt",
            ["component"],
            buckets=ATTEMPT_BOUNDS_S,
            **own,
        )
        for name in components:
            self.degraded.labels(name)
            self.attempt_seconds.labels(name)
            for outcome in OUTCOMES:
                self.attempts.labels(name, outcome)

    def answered(self, seconds: float, degraded_by: Iterable[str], *, refused: bool) -> None:
        """Count one answer."""
        self.answers.inc()
        self.seconds.observe(seconds)
        self.refused.inc(refused)
        for name in degraded_by:
            self.degraded.labels(name).inc()

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)
