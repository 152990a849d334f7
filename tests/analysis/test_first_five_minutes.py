"""The first five minutes: predicted from breakers, alerts and people, measured in the drill."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.analysis.analyses.first_five_minutes import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.errors import Location
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Problem, Strength
from tests.analysis.failure_files import (
    DRILL,
    breakers,
    domain,
    example,
    shared,
    subject,
    texts,
    value,
)
from tests.analysis.linked_files import launch, read, told

RULES = read("prometheus-rules/ok/rules.yml")  # ChatCompletionRateLow holds for 5 s
AUTOMATIC = {"how": "automatic", "breaker": "model"}
MANUAL = {"how": "manual", "owner": "team-assist", "reason": "The other region is cold", "scrape": "15 s", "act": "2 min"}


def analyse(*evidence: Evidence, takeover: dict[str, Any] | None = None, **given: Any) -> Analysed:
    return run(subject({"llm": domain(takeover=takeover, **given)}), "readiness.yaml", evidence)


def settings(*facts: tuple[str, Any], **labels: str) -> Evidence:
    return told("settings.yaml", *((m, v, labels or {"upstream": "model"}) for m, v in facts), strength=Strength.documented)


def drill(*facts: tuple[str, Any]) -> Evidence:
    return told(DRILL, ("drill.completed", True, {}), *((m, v, {}) for m, v in facts), strength=Strength.drilled)


# The drill and the limits of the breaker are those of the worked example, which really ran.
def test_a_drill_within_its_prediction() -> None:
    measured = example("chaos-toolkit", "evidence/drills/model-backend.json", DRILL)
    found = analyse(measured, breakers(), takeover=AUTOMATIC)
    assert value(found, "predicted", domain="llm") == 10_000  # 5 failures × 2 s
    assert value(found, "measured", domain="llm") == pytest.approx(2557.7, abs=0.1)
    assert value(found, "predicted.error", domain="llm") == pytest.approx(-0.744, abs=0.001)
    assert value(found, "failover.automatic", domain="llm") is value(found, "failover.owned", domain="llm") is True
    counts = ("predicted.unknown", "predicted.missed", "failover.unowned", "flags.missing")
    assert [value(found, metric) for metric in counts] == [0, 0, 0, 0]
    assert found.problems == ()
    assert found.strength is Strength.measured  # what the mapped file is taken for


def test_a_drill_that_took_much_longer_is_told() -> None:
    measured = shared("chaos-toolkit", "produced/chaostoolkit/deviated-journal.json", DRILL)
    found = analyse(measured, breakers(), takeover=AUTOMATIC)
    assert value(found, "predicted.missed") == 1
    assert value(found, "predicted.error", domain="llm") > 900
    assert texts(found) == ["llm: the drill took 2.777 h, and 10 s were predicted (5 failures × 2,000 ms)"]


@pytest.mark.parametrize("journal", ["dry", "prefailed"])
def test_a_drill_that_proves_nothing_measures_nothing(journal: str) -> None:
    measured = shared("chaos-toolkit", f"produced/chaostoolkit/{journal}-journal.json", DRILL)
    found = analyse(measured, breakers(), takeover=AUTOMATIC)
    assert math.isnan(value(found, "measured", domain="llm"))
    assert math.isnan(value(found, "predicted.missed"))
    assert texts(found)[0].startswith(f"llm: no time was measured: {DRILL} proves nothing: ")


def test_public_settings_of_a_breaker_are_read() -> None:
    config = shared("resilience4j", "real/resilience/resilience4j/application.yml")
    components = {"backendA": {"budget": "1 s"}, "backendB": {"budget": "1 s"}}
    domains = {
        name: {"title": name, "likelihood": "rare", "breaks": [name], "takeover": {"how": "automatic", "breaker": name}} for name in components
    }
    found = run(subject(domains, components=components), "readiness.yaml", (config,))
    assert value(found, "predicted", domain="backendA") == 10_000  # 5 of 10 calls × 2 s
    assert value(found, "predicted", domain="backendB") == 20_000  # 10 calls before anything opens


def test_public_fallbacks_take_over_after_their_retries() -> None:
    config = shared("litellm", "real/resilience/litellm/ciris_litellm_config.yaml")
    group = next(dict(f.labels)["model"] for f in config.facts if f.metric == "fallback" and f.value is True)
    parts = {"model": {"budget": "1 s", "stage": group}}
    whole = domain(takeover={"how": "automatic"}, answers=None)
    found = run(subject({"llm": whole}, components=parts), "readiness.yaml", (config,))
    assert value(found, "predicted", domain="llm") == 3 * 120_000 + 2 * 1000


def test_a_person_behind_an_alert() -> None:
    found = analyse(RULES, drill(("degrade", 130_000.0)), takeover={**MANUAL, "ttl": "60 s"})
    assert value(found, "predicted.detection", domain="llm") == 20_000
    assert value(found, "predicted.switch", domain="llm") == 120_000
    assert value(found, "predicted.ttl", domain="llm") == 60_000
    assert value(found, "predicted", domain="llm") == 200_000
    assert (value(found, "failover.automatic", domain="llm"), value(found, "failover.owned", domain="llm")) == (False, True)
    assert found.problems == ()
    routes = read("alertmanager/ok/alertmanager.yml")
    waits = max(float(f.value) for f in routes.facts if f.metric == "alert.group_wait" and not isinstance(f.value, str))
    assert value(analyse(RULES, routes, takeover=MANUAL), "predicted.detection", domain="llm") == 20_000 + waits


def test_the_first_alert_counts() -> None:
    alerts = told("rules.yml", ("alert.for", 60_000.0, {"alert": "Slow"}), ("alert.for", 1000.0, {"alert": "Down"}))
    found = analyse(alerts, takeover=MANUAL, alerts={"latency": "Slow", "errors": "Down", "completion": "NotRead"})
    assert value(found, "predicted.detection", domain="llm") == 16_000


@pytest.mark.parametrize(("takeover", "evidence", "part"), [
    (None, [], "no `takeover` says how it begins"),
    ({"how": "automatic"}, [], "no `breaker`, `scrape` or fallback in settings starts it"),
    (AUTOMATIC, [], "no settings say when the breaker of model opens"),
    (AUTOMATIC, [settings(("breaker.failure_ratio", 0.5))], "no settings say over how many calls the breaker counts"),
    ({**AUTOMATIC, "breaker": "search"}, [settings(("breaker.failures", 5.0), upstream="search")], "no timeout bounds an attempt at search"),
    ({**MANUAL, "scrape": None}, [RULES], "no `scrape` says how often is looked"),
    ({**MANUAL, "act": None}, [RULES], "no `act` says how long a person needs"),
    (MANUAL, [], "no `for` of ChatCompletionRateLow was read"),
])  # fmt: skip
def test_an_unknown_part_is_named_and_proves_nothing(takeover: Any, evidence: list[Evidence], part: str) -> None:
    given = {key: text for key, text in takeover.items() if text} if takeover else None
    found = analyse(*evidence, drill(("degrade", 1.0)), takeover=given)
    assert math.isnan(value(found, "predicted", domain="llm"))
    assert math.isnan(value(found, "predicted.error", domain="llm"))
    assert math.isnan(value(found, "predicted.missed"))
    assert value(found, "predicted.unknown") == 1
    assert texts(found, "unknown-part") == [f"llm: the time until users get the fallback is not known: {part}"]


@pytest.mark.parametrize(("facts", "detection"), [
    ([("breaker.failures", 5.0)], 10_000),
    ([("breaker.consecutive_failures", 3.0)], 6_000),
    ([("breaker.consecutive_failures", 3.0), ("timeout.try", 4000.0)], 12_000),
    ([("breaker.consecutive_failures", 3.0), ("timeout.try", 100.0)], 6_000),  # the launch says 2 s
    ([("breaker.failure_ratio", 0.5), ("breaker.window", 10.0)], 10_000),
    ([("breaker.failure_ratio", 0.5), ("breaker.window", 10.0), ("breaker.min_calls", 8.0)], 16_000),
    ([("breaker.failure_ratio", 0.5), ("breaker.window_time", 30_000.0)], 32_000),
    ([("breaker.consecutive_failures", 3.0), ("breaker.failure_ratio", 0.5), ("breaker.window_time", 60_000.0)], 6_000),
    ([("breaker.consecutive_failures", "off")], math.inf),
    ([("breaker.failure_ratio", "off"), ("breaker.window", 10.0)], math.inf),
    ([("breaker.consecutive_failures", 3.0), ("ejection.max_ratio", 0.0)], math.inf),
    ([("breaker.consecutive_failures", 3.0), ("timeout.try", "off")], math.inf),
])  # fmt: skip
def test_when_a_breaker_opens(facts: list[tuple[str, Any]], detection: float) -> None:
    found = analyse(settings(*facts), takeover=AUTOMATIC)
    assert value(found, "predicted.detection", domain="llm") == detection
    assert bool(texts(found, "never-begins")) == math.isinf(detection)


def test_of_several_settings_the_slowest_counts() -> None:
    two = settings(("breaker.failures", 9.0))._replace(path="b.yaml")
    assert value(analyse(settings(("breaker.failures", 5.0)), two, takeover=AUTOMATIC), "predicted", domain="llm") == 18_000


def test_the_worst_of_several_drills_is_measured() -> None:
    slow = drill(("degrade", 30_000.0), ("detection", 1.0))._replace(path="drills/slow.json")
    whole = domain(takeover=AUTOMATIC)
    found = run(subject({"llm": whole}, evidence={"drill-model": "drills/*.json"}), "readiness.yaml", (drill(("degrade", 2.0)), slow, settings(("breaker.failures", 5.0))))
    assert value(found, "measured", domain="llm") == 30_000
    assert value(found, "predicted.missed") == 1


def test_without_a_time_of_the_fallback_that_of_noticing_is_taken() -> None:
    found = analyse(settings(("breaker.failures", 5.0)), drill(("detection", 900.0)), takeover=AUTOMATIC)
    assert value(found, "measured", domain="llm") == 900
    bare = analyse(settings(("breaker.failures", 5.0)), drill(), takeover=AUTOMATIC)
    assert texts(bare) == ["llm: no time was measured: its drill says neither `degrade` nor `detection`"]


def test_a_failover_by_hand_has_an_owner_and_a_reason() -> None:
    found = analyse(RULES, drill(("degrade", 1.0)), takeover={"how": "manual", "scrape": "15 s", "act": "2 min"})
    assert texts(found) == ["llm: the failover is by hand, and has no owner and reason"]
    assert (value(found, "failover.owned", domain="llm"), value(found, "failover.unowned")) == (False, 1)


FLAG = {**MANUAL, "how": "flag", "flag": "paymentFailure"}


def test_a_flag_of_a_public_file_exists() -> None:
    flags = shared("flagd", "real/resilience/flagd/demo.flagd.json")
    found = analyse(RULES, flags, drill(("degrade", 1.0)), takeover=FLAG)
    assert (value(found, "flag.exists", domain="llm"), value(found, "flags.missing")) == (True, 0)
    gone = analyse(RULES, flags, drill(("degrade", 1.0)), takeover={**FLAG, "flag": "answersFromCache"})
    assert texts(gone) == ["llm: the flag answersFromCache is not there, or is disabled"]
    disabled = shared("flagd", "real/resilience/flagd/disabled-flags.json")
    name = next(dict(f.labels)["flag"] for f in disabled.facts if f.metric == "flag.enabled" and f.value is False)
    assert value(analyse(disabled, takeover={**FLAG, "flag": name}), "flag.exists", domain="llm") is False


def test_a_flag_of_which_nothing_was_read_is_not_known() -> None:
    found = analyse(RULES, drill(("degrade", 1.0)), takeover=FLAG)
    assert (value(found, "flag.exists", domain="llm"), value(found, "flags.missing")) == ("unknown", 1)
    assert texts(found) == ["llm: whether the flag paymentFailure exists is not known: none was read"]
    nameless = analyse(RULES, drill(("degrade", 1.0)), takeover={**MANUAL, "how": "flag"})
    assert (value(nameless, "flag.exists", domain="llm"), value(nameless, "flags.missing")) == (False, 1)
    assert not [f for f in analyse(takeover=AUTOMATIC).facts if f.metric == "flag.exists"]


def test_broken_settings_are_not_believed() -> None:
    broken = settings(("breaker.failures", 1.0))._replace(problems=(Problem("invalid", "x", "x", Location("x")),))
    assert math.isnan(value(analyse(broken, takeover=AUTOMATIC), "predicted", domain="llm"))


def test_a_launch_without_failure_domains_proves_nothing() -> None:
    assert [(p.kind, p.code) for p in run(launch(), "readiness.yaml", ()).problems] == [("inconclusive", "no-failure-domains")]


def test_the_example_is_an_expectation_of_its_own_metrics() -> None:
    names = {name for name, _, _ in ANALYSIS.metrics}
    assert {parse_expectation(part.strip()).metric for part in ANALYSIS.example.split(",")} <= names
    assert {f.metric for f in analyse(takeover=FLAG).facts} == names


@given(st.floats(1, 50), st.floats(1, 1e6), st.one_of(st.none(), st.floats(0, 1e9)))
def test_none_is_missed_only_if_it_was_compared(failures: float, timeout: float, measured: float | None) -> None:
    facts = settings(("breaker.failures", failures), ("timeout.try", timeout))
    found = analyse(facts, drill(*([("degrade", measured)] if measured is not None else [])), takeover=AUTOMATIC)
    predicted, missed = value(found, "predicted", domain="llm"), value(found, "predicted.missed")
    assert predicted == failures * max(timeout, 2000)
    if measured is None:
        assert math.isnan(missed)
    else:
        assert missed == (measured > 1.5 * predicted and measured - predicted > 1000)
