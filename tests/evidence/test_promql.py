"""PromQL: metric names out of expressions, checked against what promql-parser 0.11 found in each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.promql import duration, parse, resolve, unit_of


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ('sum(rate(a_total{b="c"}[5m])) by (d) / sum by (d) (e)', ["a_total", "e"]),
        ('{__name__="a.b",c="d"} or {"e f", g="h"}', ["a.b", "e f"]),
        ('{__name__=~"a|b"} unless {__name__=~"c.*"}', ["a", "b", "~c.*"]),
        ("job:a:rate5m > bool 3 and on (x) group_left (y) b offset 1w", ["job:a:rate5m", "b"]),
        ("histogram_quantile(0.95, sum(rate(h_bucket[5m])) by (le)) > 10", ["h_bucket"]),
        ('a{c=~"}(){"} # d > 3\n atan2 b @ start()', ["a", "b"]),
        ("max_over_time(a[1h:5m] offset -5m) > Inf", ["a"]),
        ("vector(1)", []),
        ("1", []),
        ("count without (x) (y) == NaN", ["y"]),
        ('absent(up{job="a"})', ["up"]),
        ('label_replace(a, "b", "$1", "c", "(.*)")', ["a"]),
        ("'on' == on_call", ["on_call"]),
    ],
)
def test_metrics(text: str, metrics: list[str]) -> None:
    query = parse(text)
    assert query is not None
    assert list(query.metrics) == metrics


@pytest.mark.parametrize("text", ["", "  ", "this is prose", "sum(rate(a[5m])", "a b", "a}", "([)]", "a[5m", "{{ x }}", "$a > 1", "rate a", "a 5", '{job="x"} |= "error"', "x" * 30_000])
def test_what_is_no_promql(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "threshold"),
    [("a > 0.05", (">", 0.05)), ("sum(a) by (b) <= bool -3", ("<=", -3)), ("(a > 1)", None), ("a > 1 and b > 2", None), ("a > b", None), ("a", None), ("a < 1d", None), ("a > 0x1F", None)],
)
def test_threshold(text: str, threshold: tuple[str, float] | None) -> None:
    query = parse(text)
    assert query is not None
    assert query.threshold == threshold


def test_recording_rules_are_resolved_also_in_a_circle() -> None:
    records = {"a:b": ("c:d", "raw_total"), "c:d": ("a:b", "other_total")}
    assert resolve(("a:b",), records) == ("a:b", "c:d", "raw_total", "other_total")


@pytest.mark.parametrize(("text", "ms"), [("5m", 300_000), ("1h30m", 5_400_000), ("0", 0), (0, 0), ("1w", 604_800_000), ("100ms", 100), ("", None), ("5", None), (5, None), ("m5", None), ("5 m", None), (True, None)])
def test_duration(text: object, ms: float | None) -> None:
    assert duration(text) == ms


@pytest.mark.parametrize(
    ("name", "unit"),
    [("a_seconds", "ms"), ("chat:completion_ratio", "ratio"), ("chat:a_seconds:p95", "ms"), ("chat:a_seconds:rate5m", ""), ("a_total", ""), ("", ""), ("a_bytes", "B")],
)
def test_the_unit_is_in_the_name(name: str, unit: str) -> None:
    assert unit_of(name)[0] == unit


@given(st.text(max_size=60))
def test_any_text_is_read_or_not(text: str) -> None:
    query = parse(text)
    assert query is None or all(query.metrics)
