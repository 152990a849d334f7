"""Alerts by name: whether each exists, is routed, is tested, and how long it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.linked import proving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact

UNKNOWN = "unknown"
_UNTESTABLE = {"cloudwatch", "datadog"}  # they have no unit tests of alerts


class Verdict(NamedTuple):
    """Yes, no or `unknown`, and why where it is not yes."""

    value: bool | str
    why: str = ""


YES = Verdict(value=True)


class Alerts:
    """What was read of alerts; only evidence that proves something counts."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._evidence = [
            found
            for found in proving(evidence)
            if any(fact.metric.startswith("alert.") for fact in found.facts)
        ]
        self._printed = [
            found
            for found in proving(evidence)
            if found.reader == "promtool-tests" and any(f.metric == "files" for f in found.facts)
        ]

    def of(self, name: str, *metrics: str) -> Iterator[tuple[Evidence, Fact]]:
        """Yield the facts of one alert."""
        for found in self._evidence:
            for fact in found.facts:
                if fact.metric in metrics and ("alert", name) in fact.labels:
                    yield found, fact

    def sources(self, name: str) -> list[Evidence]:
        """Return the evidence that speaks of an alert."""
        about = ("alert", name)
        return [e for e in self._evidence if any(about in fact.labels for fact in e.facts)]

    def exists(self, name: str) -> Verdict:
        """Tell whether an alert is there; a rule that cannot be evaluated is not."""
        for found, fact in self.of(name, "alert.exists"):
            if fact.value is not True:
                return Verdict(value=False, why=f"{found.path} says that it cannot fire")
        if any(self.of(name, "alert.exists", "alert.fired")):
            return YES
        if any(f.metric == "alert.exists" for found in self._evidence for f in found.facts):
            return Verdict(value=False, why="it is in none of the rules that were read")
        return Verdict(UNKNOWN, "no rules of alerts were read")

    def waits(self, name: str) -> float | None:
        """Return the longest time in ms that an alert's condition must hold; None if not known."""
        times = [f.value for _, f in self.of(name, "alert.for")]
        return max((float(t) for t in times if not isinstance(t, str)), default=None)

    def group_wait(self) -> float:
        """Return the longest time in ms until the first notification, as far as it is known."""
        facts = [f for found in self._evidence for f in found.facts]
        waits = [f.value for f in facts if f.metric == "alert.group_wait"]
        return max((float(w) for w in waits if not isinstance(w, str)), default=0.0)

    def routed(self, name: str) -> Verdict:
        """Tell whether an alert reaches somebody: by itself, or by its severities."""
        own = [(found, fact) for found, fact in self.of(name, "alert.routed")]
        for found, fact in own:
            if fact.value is not True:
                return Verdict(value=False, why=f"{found.path} tells nobody")
        if own:
            return YES
        routes = [
            (found, fact)
            for found in self._evidence
            if found.reader == "alertmanager"
            for fact in found.facts
            if fact.metric == "alert.routed"
        ]
        if not routes:
            return Verdict(UNKNOWN, "no routes of alerts were read")
        for severity in sorted(self._severities(name)):
            of_it = [r for r in routes if dict(r[1].labels).get("severity", "") == severity]
            # what no route names may still be caught by a pattern: then all must lead somewhere
            for found, fact in of_it or routes:
                if fact.value is not True:
                    shown = f"severity {severity}" if severity else "an alert without severity"
                    return Verdict(value=False, why=f"{found.path} tells nobody of {shown}")
        return YES

    def _severities(self, name: str) -> set[str]:
        """Return the severities of an alert; an empty text where it has none."""
        found = self.of(name, "alert.exists", "alert.fired")
        return {dict(fact.labels).get("severity", "") for _, fact in found} or {""}

    def tested(self, name: str, *, fired: bool) -> Verdict:
        """Tell whether a unit test expects an alert, and passed.

        Args:
            name: of the alert.
            fired: whether it fired in a drill: the only test there is where alerts have no units.
        """
        tests = [fact for _, fact in self.of(name, "alert.tested")]
        if not tests:
            readers = {found.reader for found, _ in self.of(name, "alert.exists")}
            if readers and readers <= _UNTESTABLE:
                why = "only a drill in which it fires can test it"
                return YES if fired else Verdict(value=False, why=why)
            if any(f.metric == "alert.tested" for e in self._evidence for f in e.facts):
                return Verdict(value=False, why="it is in none of the tests that were read")
            return Verdict(UNKNOWN, "no tests of alerts were read")
        if not any(fact.value is True for fact in tests):
            return Verdict(value=False, why="it is tested only to stay silent")
        if not self._printed:
            return Verdict(UNKNOWN, "its test is there, and not what promtool printed")
        for found in self._printed:
            counts = {f.metric: f.value for f in found.facts}
            if counts.get("failed") != 0 or not counts.get("passed"):
                return Verdict(value=False, why=f"a test failed in {found.path}")
        return YES
