"""Unit tests of Prometheus rules in, or what `promtool test rules` printed; tested alerts out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import read_documents
from readiness.evidence.promql import duration
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.settings import Settings, labels, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.model.checklist import FactMap

_TESTS = pattern(rb"(?m)^tests\s*:")
_CASES = pattern(rb"(?m)^[ \t]*(?:-[ \t]+)?(?:alert_rule_test|promql_expr_test|input_series)\s*:")
_PRINTED = pattern(rb"(?m)^[ \t]*Unit Testing:\s+\S")
_FROM_ZERO = pattern(r"\s*0(?:[x+\s]|$)")
_HELP = "give the tests of your alerts, or what `promtool test rules` printed"


def sniff(head: bytes) -> int:
    """Return 90 for tests with input or cases, or for the printed result, else 0."""
    if _PRINTED.search(head) and (b"SUCCESS" in head or b"FAILED" in head):
        return 90
    return 90 if b"\n```" not in head and _TESTS.search(head) and _CASES.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a file of tests, or a printed result.

    Raises:
        Unreadable: neither, or malformed.
    """
    if _PRINTED.search(source.head(65_536)):
        return _printed(source)
    (root, *more) = read_documents(source)
    if more or not isinstance(root.value, dict) or not isinstance(root["tests"].value, list):
        raise wrong_kind("this is no file of rule tests", source.at(1), _HELP)
    settings = Settings()
    tested: dict[str, list[Part]] = {}
    silent: dict[str, Part] = {}
    cases = 0
    for test in root["tests"].list():
        cases += len(list(test["promql_expr_test"].list()))
        fires = False
        for case in test["alert_rule_test"].list():
            cases += 1
            name = case["alertname"].text
            if not name or duration(case["eval_time"].value) is None:
                message = "a case has no `alertname`, or no `eval_time`"
                raise Unreadable("malformed", message, case.at, "`promtool test rules` tells more")
            if list(case["exp_alerts"].list()):
                tested.setdefault(name, []).append(case)
                fires = True
            else:
                silent.setdefault(name, case)
        if fires:
            _from_zero(settings, test)
    _facts(settings, root, cases, tested, silent)
    return Reading(settings.facts, tuple(settings.problems), strength=Strength.documented)


def _facts(
    settings: Settings,
    root: Part,
    cases: int,
    tested: dict[str, list[Part]],
    silent: dict[str, Part],
) -> None:
    """Add which alerts are tested to fire, and what the tests do not show."""
    settings.put("cases", cases, "", root["tests"].at)
    for name, found in tested.items():
        settings.put("alert.tested", True, "", found[0].at, labels(alert=name))
        settings.put("alert.silence_tested", name in silent, "", found[0].at, labels(alert=name))
    for name, case in silent.items():
        if name not in tested:
            settings.put("alert.tested", False, "", case.at, labels(alert=name))
            settings.put("alert.silence_tested", True, "", case.at, labels(alert=name))
            message = f"{name[:60]} is tested only to stay silent"
            settings.warn("only-silence", message, case.at, "add a case whose `exp_alerts` fire")
    if not tested and not silent:
        message = "no case tests an alert"
        settings.unproven("no-alert-tests", message, root["tests"].at, "add an `alert_rule_test`")
    if not root["rule_files"]:
        message = "the tests load no rules: `rule_files` is absent"
        settings.unproven("no-rules", message, root.at, "name the files whose rules are tested")


def _from_zero(settings: Settings, test: Part) -> None:
    """Tell of counters that begin at 0 in a test that expects an alert: real ones may not."""
    for series in test["input_series"].list():
        name = series["series"].text.partition("{")
        values = series["values"].text
        if name[0].endswith("_total") and name[1] and _FROM_ZERO.match(values):
            message = f"`{name[0][:60]}` begins at 0 in the test; a real one may be born at 1"
            help_ = "add a case that begins with `_`: `_ _ 1x20`"
            settings.warn("from-zero", message, series["values"].at, help_)


def _printed(source: Source) -> Reading:
    """Read what promtool printed: a line for each file, and SUCCESS or FAILED below it."""
    settings = Settings()
    counts = {"passed": 0, "failed": 0}
    waiting, first = 0, 0
    for number, raw in enumerate(source.text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("Unit Testing:"):
            _unfinished(settings, source, waiting)
            waiting, first = number, first or number
        elif waiting and line in ("SUCCESS", "FAILED:"):
            counts["passed" if line == "SUCCESS" else "failed"] += 1
            waiting = 0
    _unfinished(settings, source, waiting)
    for metric, count in {"files": sum(counts.values()), **counts}.items():
        settings.put(metric, count, "", source.at(first))
    return Reading(settings.facts, tuple(settings.problems), strength=Strength.measured)


def _unfinished(settings: Settings, source: Source, line: int) -> None:
    if line:
        help_ = "keep all that promtool printed"
        settings.unproven("unfinished", "a file has no result", source.at(line), help_)


_ALERT = ("alert",)
READER = Reader(
    id="promtool-tests",
    title="promtool rule tests",
    summary="Which alerts have a unit test that expects them to fire; and the result, as printed.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="yaml",
    metrics=(
        Metric("cases", "", "cases of alerts and expressions in the file"),
        Metric("alert.tested", "", "whether a case expects it to fire", _ALERT),
        Metric("alert.silence_tested", "", "whether a case expects it to stay silent", _ALERT),
        Metric("files", "", "files of tests that were run; from what was printed"),
        Metric("passed", "", "files whose tests passed; from what was printed"),
        Metric("failed", "", "files with a test that failed; from what was printed"),
    ),
    produce="promtool test rules alerts_test.yml 2>&1 | tee alerts_test.txt",
    source="https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/",
    traps=(
        "A case with empty or absent `exp_alerts` proves silence: `alert.tested` is false.",
        "The file says what is tested, not that it passed: give what promtool printed, too.",
        "A counter that begins at 0 in a test may be born at 1 in truth, and not fire: told.",
        "Without `rule_files` no rule is tested: inconclusive.",
    ),
)
