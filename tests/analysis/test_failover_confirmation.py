"""Failover confirmation: an alert exists, is routed, is tested, and fired in the drill's window."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from readiness.analysis.analyses.failover_confirmation import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.errors import Location
from readiness.model.evidence import Evidence, Produced
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Problem, Strength
from tests.analysis.failure_files import (
    DRILL,
    dated,
    domain,
    example,
    shared,
    subject,
    texts,
    value,
)
from tests.analysis.linked_files import SAMPLES, launch, read, told

NAME = "ChatCompletionRateLow"
THREE = {"errors": NAME, "latency": NAME, "completion": NAME}
RULES = read("prometheus-rules/ok/rules.yml")
TESTS = read("promtool-tests/ok/completion.yml")
PASSED = read("promtool-tests/ok/completion.txt")
DURING = dated("prometheus-api", "rules-during.json", (SAMPLES / "prometheus-api/ok/rules-during.json").read_bytes())
ROUTES = read("alertmanager/ok/alertmanager.yml")
RECORD = """\
schema: readiness/drill@1
fault: primary region answers 503
environment: staging
commit: 4f1c2ab
steady_before: true
injected: 2026-11-23T02:42:50Z
detected: 2026-11-23T02:43:05Z
failed_over: 2026-11-23T02:43:06Z
removed: 2026-11-23T02:43:40Z
recovered: 2026-11-23T02:43:55Z
steady_after: true
completion: 80.6 %
alert: {name: AnotherAlert, fired: 2026-11-23T02:43:09Z}
"""


def record(**keys: str) -> Evidence:
    """Read a drill record with some keys changed, or left out where they are empty."""
    lines = {line.partition(":")[0]: line for line in RECORD.splitlines()}
    lines |= {key: f"{key}: {text}" for key, text in keys.items()}
    return read("drill/x", DRILL, "\n".join(lines.values()).encode())


def analyse(*evidence: Evidence, alerts: dict[str, str] | None = None, **given: Any) -> Analysed:
    whole = domain(alerts=THREE if alerts is None else alerts, **given)
    return run(subject({"llm": whole}), "readiness.yaml", evidence)


def four(found: Analysed, watched: str = "errors") -> list[Any]:
    parts = ("exists", "routed", "tested", "fired")
    return [value(found, f"alert.{part}", domain="llm", watched=watched) for part in parts]


# The rules, the snapshot and what promtool printed are of tools that really ran. The snapshot was
# taken while a region was away; the record gives that time.
def test_an_alert_that_really_fired_is_confirmed() -> None:
    window = record(alert=f"{{name: {NAME}, fired: 2026-11-23T02:43:09Z}}")
    found = analyse(RULES, TESTS, PASSED, DURING, ROUTES, window)
    assert four(found) == [True, True, True, True]
    assert (value(found, "confirmed"), value(found, "unconfirmed"), value(found, "alerts.silent")) == (1, 0, 0)
    assert found.problems == ()
    assert found.strength is Strength.documented


def test_the_worked_examples_alerts_really_fired() -> None:
    files = {
        "prometheus-api": ["evidence/alerts/model-backend-rules.json", "evidence/alerts/model-backend-history.json"],
        "promtool-tests": ["rig/alerts/rules_test.yaml", "evidence/alerts/rules_test.txt"],
        "prometheus-rules": ["rig/alerts/rules.yaml"], "alertmanager": ["rig/alerts/alertmanager.yaml"],
    }  # fmt: skip
    read_ = [example(reader, name) for reader, names in files.items() for name in names]
    drill = example("chaos-toolkit", "evidence/drills/model-backend.json", DRILL)
    found = analyse(*read_, drill, alerts={"errors": "ModelErrors", "latency": "ModelLatency", "completion": "ModelCompletion"})
    assert [four(found, watched) for watched in ("errors", "latency", "completion")] == [[True] * 4] * 3
    assert (value(found, "confirmed"), found.problems) == (1, ())


def test_a_public_route_reaches_somebody() -> None:
    routes = shared("alertmanager", "real/slo/alertmanager/voyageai-alertmanager.yml")
    assert four(analyse(RULES, TESTS, PASSED, DURING, routes, record())) == [True, True, True, True]


def test_a_tested_alert_of_a_counter_born_at_one_is_not_confirmed() -> None:
    tests, passed = shared("promtool-tests", "produced/prometheus/rules_test.yml"), read("promtool-tests/ok/completion.txt")
    evidence = (RULES, tests, passed, shared("prometheus-api", "produced/prometheus/api-rules-during.json"), ROUTES, record())
    found = analyse(*evidence, shared("prometheus-api", "produced/prometheus/query-instant.json"), alerts={"errors": "BedrockRegionFailover"})
    assert four(found) == [True, True, True, False]
    assert value(found, "alerts.silent") == 1
    assert texts(found, "silent-at-birth") == [
        "`BedrockRegionFailover` stays silent where its counter is born at 1: no series begins at 0"
    ]
    (text,) = texts(found, "unconfirmed")
    assert text == (
        "llm × errors: `BedrockRegionFailover` did not fire (produced/prometheus/api-rules-during.json shows that it did not "
        "fire in the drill)"
    )
    zero = told("range.json", ("value.min", 0, {"metric": "failover_total"}))
    assert value(analyse(*evidence, zero, alerts={"errors": "BedrockRegionFailover"}), "alerts.silent") == 0


def test_an_alert_whose_expression_was_not_read_may_be_silent() -> None:
    rules = shared("prometheus-api", "produced/prometheus/api-rules-during.json")
    assert math.isnan(value(analyse(rules, record(), alerts={"errors": "BedrockRegionFailover"}), "alerts.silent"))
    assert math.isnan(value(analyse(RULES, alerts={}), "alerts.silent"))
    assert value(analyse(RULES), "alerts.silent") == 0


def test_public_alarms_without_a_state_or_an_action_are_not_confirmed() -> None:
    alarm = shared("cloudwatch", "produced/cloudwatch/describe-alarms.json")
    found = analyse(alarm, record(), alerts={"errors": "bedrock-5xx"})
    assert four(found) == [True, False, False, "unknown"]
    monitor = shared("datadog", "real/slo/datadog/create_an_llm_observability_monitor_returns_ok_response.json")
    (name,) = {v for f in monitor.facts for k, v in f.labels if k == "alert"}
    assert four(analyse(monitor, record(), alerts={"errors": name})) == [True, False, False, "unknown"]


def test_what_is_missing_is_said_in_one_sentence() -> None:
    found = analyse(RULES, record())
    assert texts(found, "unconfirmed")[0] == (
        "llm × errors: `ChatCompletionRateLow` may not be routed (no routes of alerts were read), may not be tested (no tests of "
        "alerts were read) and may not have fired (nothing shows that it fired in the drill of 2026-11-23 02:42)"
    )
    assert str(found.problems[0].at) == "readiness.yaml /failure_domains/llm/alerts/errors"
    assert all(problem.help for problem in found.problems)


def test_three_are_wanted_of_each_domain() -> None:
    found = analyse(RULES, alerts={"latency": NAME})
    assert texts(found, "no-alert") == ["llm × errors and completion: no alert is named"]
    assert four(found, "errors") == [False] * 4
    assert value(found, "unconfirmed") == 3
    assert value(analyse(alerts={}), "confirmed") == 0


def test_without_any_rules_existence_is_not_known() -> None:
    assert four(analyse()) == ["unknown"] * 4
    assert four(analyse(RULES, alerts={"errors": "Gone"}))[0] is False
    assert four(analyse(TESTS, alerts={"errors": "Gone"}))[0] == "unknown"


def test_a_rule_that_cannot_be_evaluated_does_not_exist() -> None:
    broken = told("rules.json", ("alert.exists", False, {"alert": NAME, "severity": "page"}))
    assert four(analyse(RULES, broken))[0] is False


@pytest.mark.parametrize(("facts", "routed"), [
    ([("alert.routed", True, {"severity": "page"})], True),
    ([("alert.routed", False, {"severity": "page"}), ("alert.routed", True, {})], False),
    ([("alert.routed", True, {"severity": "ticket"}), ("alert.routed", True, {})], True),
    ([("alert.routed", False, {"severity": "ticket"}), ("alert.routed", True, {})], False),
])  # fmt: skip
def test_an_alert_is_routed_by_its_severity(facts: list[Any], routed: bool) -> None:
    routes = told("alertmanager.yml", *facts)._replace(reader="alertmanager")
    assert four(analyse(RULES, routes))[1] is routed


def test_a_test_without_its_result_is_no_test() -> None:
    assert four(analyse(RULES, TESTS))[2] == "unknown"
    assert four(analyse(RULES, TESTS, PASSED))[2] is True
    assert four(analyse(RULES, TESTS, PASSED, read("promtool-tests/ok/failed.txt")))[2] is False
    silent = read("promtool-tests/ok/silent.yml")
    (name, *_) = sorted({v for f in silent.facts if f.metric == "alert.tested" and f.value is False for _, v in f.labels})
    assert four(analyse(silent, PASSED, alerts={"errors": name}))[2] is False


def test_an_alarm_without_unit_tests_is_tested_by_its_firing() -> None:
    alarm = told("alarms.json", ("alert.exists", True, {"alert": NAME}), ("alert.routed", True, {"alert": NAME}))
    alarm = alarm._replace(reader="cloudwatch")
    assert four(analyse(alarm, record(alert=f"{{name: {NAME}, fired: 2026-11-23T02:43:09Z}}"))) == [True] * 4
    assert four(analyse(alarm, record())) == [True, True, False, "unknown"]


def snapshot(*facts: tuple[str, Any], at: str = "", labels: dict[str, str] | None = None) -> Evidence:
    own = {"alert": NAME, "severity": "page"}
    made = told("api.json", *((m, v, {} if m.startswith("series.") else labels or own) for m, v in facts))
    when = Produced(datetime.fromisoformat(at), "file", Location("api.json")) if at else None
    return made._replace(produced=when)


@pytest.mark.parametrize(("source", "fired"), [
    (snapshot(("alert.fired", True), ("alert.fired_at", "2026-11-23T02:43:00+00:00")), True),
    (snapshot(("alert.fired", True), ("alert.fired_at", "2026-11-23T02:42:50Z")), True),
    (snapshot(("alert.fired", True), ("alert.fired_at", "2026-11-23T02:42:49Z")), False),
    (snapshot(("alert.fired", True), ("alert.fired_at", "2026-11-23T02:44:00Z")), False),
    (snapshot(("alert.fired", True), ("alert.fired_at", "2026-11-23T03:43:00+01:00")), True),
    (snapshot(("alert.fired", True), ("alert.fired_at", "2026-11-23T02:43:00")), "unknown"),
    (snapshot(("alert.fired", True), ("alert.active_at", "2026-11-23T02:43:49Z")), True),
    (snapshot(("alert.fired", True), ("alert.active_at", "2026-11-23T02:43:51Z")), False),  # with its `for` of 5 s
    (snapshot(("alert.fired", True), ("alert.active_at", "2026-11-23T02:40:00Z")), False),
    (snapshot(("alert.fired", True), ("alert.active_at", "2026-11-22T02:40:00Z"), at="2026-11-22T03:00:00Z"), "unknown"),
    (snapshot(("alert.fired", True)), "unknown"),
    (snapshot(("alert.fired", True), at="2026-11-23T02:43:20Z"), True),
    (snapshot(("alert.fired", True), at="2026-11-24T02:43:20Z"), "unknown"),
    (snapshot(("alert.fired", False), at="2026-11-23T02:43:20Z"), False),
    (snapshot(("alert.fired", False), at="2026-11-24T02:43:20Z"), "unknown"),
    (snapshot(("alert.fired", False), ("series.from", "2026-11-23T02:40:00Z"), ("series.until", "2026-11-23T02:50:00Z")), False),
    (snapshot(("alert.fired", False), ("series.from", "2026-11-23T02:43:00Z"), ("series.until", "2026-11-23T02:50:00Z")), "unknown"),
])  # fmt: skip
def test_firing_is_placed_in_the_window(source: Evidence, fired: Any) -> None:
    drill = told(DRILL, ("drill.started", "2026-11-23T02:42:50.000Z", {}), ("drill.ended", "2026-11-23T02:43:55.000Z", {}), ("drill.completed", True, {}))
    assert four(analyse(RULES, source, drill))[3] == fired


def test_an_alert_that_was_active_before_is_not_the_drills() -> None:
    early = snapshot(("alert.fired", True), ("alert.active_at", "2026-11-23T02:40:00Z"), at="2026-11-23T02:43:00Z")
    said = record(alert=f"{{name: {NAME}, fired: 2026-11-23T02:43:09Z}}")
    found = analyse(RULES, early, said)
    assert four(found)[3] is False
    assert "api.json shows it active before the drill" in texts(found, "unconfirmed")[0]


def chaos(*facts: tuple[str, Any, dict[str, str]]) -> Evidence:
    return told(DRILL, ("drill.completed", True, {}), *facts, strength=Strength.drilled)


@pytest.mark.parametrize(("facts", "alerts", "fired"), [
    ([("alert_fired", True, {})], {"errors": NAME}, True),
    ([("alert_fired", False, {})], {"errors": NAME}, False),
    ([("alert_fired", True, {})], {"errors": NAME, "latency": "Slow"}, "unknown"),
    ([("alert", NAME, {}), ("alert_fired", True, {})], {"errors": NAME, "latency": "Slow"}, True),
    ([("alert", "Slow", {}), ("alert_fired", True, {})], {"errors": NAME}, "unknown"),
    ([("probe.output", True, {"phase": "during", "probe": "errors-alert-fired"})], {"errors": NAME, "latency": "Slow"}, True),
    ([("probe.output", True, {"phase": "during", "probe": "latency-alert-fired"})], {"errors": NAME, "latency": "Slow"}, "unknown"),
    ([("probe.output", True, {"phase": "before", "probe": "errors-alert-fired"})], {"errors": NAME, "latency": "Slow"}, "unknown"),
    ([("probe.output", False, {"phase": "during", "probe": "x", "field": "chat_completion_rate_low_alert_fired"})], {"errors": NAME, "latency": "Slow"}, False),
    ([], {"errors": NAME}, "unknown"),
])  # fmt: skip
def test_a_drill_says_whether_its_alert_fired(facts: list[Any], alerts: dict[str, str], fired: Any) -> None:
    assert four(analyse(RULES, chaos(*facts), alerts=alerts))[3] == fired


def test_a_dry_drill_shows_no_alert() -> None:
    dry = chaos(("alert_fired", True, {}))._replace(problems=(Problem("inconclusive", "dry-run", "dry", Location(DRILL)),))
    found = analyse(RULES, dry, alerts={"errors": NAME})
    assert four(found)[3] == "unknown"


def test_of_several_drills_in_a_slot_each_must_show_it() -> None:
    one, two = chaos(("alert_fired", True, {})), chaos(("alert_fired", False, {}))._replace(path="drills/second.json")
    whole = domain(alerts={"errors": NAME})
    found = run(subject({"llm": whole}, evidence={"drill-model": "drills/*.json"}), "readiness.yaml", (RULES, one, two))
    assert four(found)[3] is False


def test_a_launch_without_failure_domains_proves_nothing() -> None:
    assert [(p.kind, p.code) for p in run(launch(), "readiness.yaml", ()).problems] == [("inconclusive", "no-failure-domains")]


def test_the_example_is_an_expectation_of_its_own_metrics() -> None:
    names = {name for name, _, _ in ANALYSIS.metrics}
    assert parse_expectation(ANALYSIS.example).metric in names
    assert {f.metric for f in analyse(RULES).facts} == names


def test_a_time_without_a_zone_is_none() -> None:
    assert datetime.fromisoformat("2026-11-23T02:43:00").tzinfo is None
    assert datetime.fromisoformat("2026-11-23T02:43:00Z").tzinfo == UTC
