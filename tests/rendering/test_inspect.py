"""What `readiness inspect` prints: one piece of evidence, or two load tests in 80 columns."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from readiness.cli.asked import AskedFile
from readiness.cli.inspecting import inspect
from readiness.errors import Location
from readiness.model.evidence import Evidence, FileRecord, Produced
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.load_result import ChangeResult, ComparisonResult
from readiness.rendering.inspect import comparison_text, evidence_text
from readiness.rendering.paint import columns
from readiness.stats.histogram import Interval

from .change import numbers, with_texts
from .loads import MISSING, SLOWER

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
EVIDENCE = Evidence(
    "run.jtl", (FileRecord("run.jtl", "ab" * 32, 1_234_567),), "jmeter-jtl", Strength.measured,
    (
        Fact("requests", 1986, "", Location("run.jtl", 1, 0, "elapsed"), origin="derived"),
        Fact("p95", 402.6, "ms", Location("run.jtl", 1), (), 1986, "derived", Interval(390.5, 418.7)),
        Fact("p99.9", 900, "ms", Location("run.jtl", 1), (("endpoint", "/chat"), ("method", "GET")), 86, "derived",
             Interval(700, math.inf)),
        Fact("passed", True, "", Location("run.jtl")), Fact("tool", "jmeter", "", Location("run.jtl")),
        Fact("mean", math.nan, "ms", Location("run.jtl")),
    ),
    (Problem("warning", "stall", "almost nothing was sent for 5 s", Location("run.jtl", 7), "look at the logs"),
     Problem("warning", "bare", "no help", Location("run.jtl"))),
    Produced(datetime(2026, 11, 25, 9, 30, tzinfo=UTC), "file", Location("run.jtl", 9, 0, "timeStamp")),
)  # fmt: skip


def test_one_piece_of_evidence() -> None:
    assert evidence_text(EVIDENCE) == snapshot("""\
run.jtl: jmeter-jtl, measured
produced 2026-11-25 09:30 UTC (from the file, run.jtl:9 timeStamp)
  run.jtl  1,234,567 bytes  sha256 abababababababab…
warning[stall] run.jtl:7: almost nothing was sent for 5 s
  help: look at the logs
warning[bare] run.jtl: no help

overall:  run.jtl
  requests  1,986  (derived)  run.jtl:1 elapsed
  p95       402.6 ms  95 %: 390.5 ms to 418.7 ms  n=1,986  (derived)  run.jtl:1
  p99.9     900 ms  95 %: 700 ms to not bounded  n=86  endpoint=/chat  method=GET  (derived)  run.jtl:1
  passed    true
  tool      jmeter
  mean      nan
""")


def test_facts_with_the_same_labels_stand_together_below_what_they_share() -> None:
    at, other = Location("run.jtl", 1, 0, "elapsed"), Location("run.jtl", 9)
    chat, rare = (("endpoint", "/chat"), ("method", "GET")), (("response", "expected"),)
    facts = (
        Fact("requests", 1986, "", at, origin="derived"),
        Fact("requests", 900, "", at, chat, origin="derived"),
        Fact("p95", 402.6, "ms", at, (), 1986, "derived", Interval(390.5, 418.7)),
        Fact("p95", 2.6, "ms", at, chat, 900, "derived", Interval(2.5, math.inf)),
        Fact("mean", 9.6, "ms", at, rare, 1900, "derived"),
        Fact("users", 6, "", other, (), None, "tool-default"),
        Fact("max", 98.6, "ms", at, chat, 900, "derived"),
        Fact("max", 998.6, "ms", at, (), 1986, "derived"),
    )  # fmt: skip
    text = evidence_text(EVIDENCE._replace(facts=facts, problems=()))
    assert text.partition("…\n")[2] == snapshot("""\

overall:  (derived)  run.jtl:1 elapsed
  requests  1,986
  p95       402.6 ms  95 %: 390.5 ms to 418.7 ms  n=1,986
  mean      9.6 ms  n=1,900  response=expected
  users     6  (tool-default)  run.jtl:9
  max       998.6 ms  n=1,986

endpoint=/chat  method=GET:  (derived)  run.jtl:1 elapsed
  requests  900
  p95       2.6 ms  95 %: 2.5 ms to not bounded  n=900
  max       98.6 ms  n=900
""")
    assert max(map(len, text.splitlines())) <= 80


def test_percentiles_that_a_tool_rounded_say_how_far_they_may_be_off() -> None:
    at = Location("steady_stats.csv", 4)
    stated = (
        Fact("mean", 30.87, "ms", at), Fact("p95", 90.0, "ms", at, (), 598), Fact("p95", 88.0, "ms", at, (), 598, "derived"),
        Fact("ttft.p99.9", 0.5, "ms", at), Fact("p95", 3.0, "", at),
    )  # fmt: skip
    lines = evidence_text(EVIDENCE._replace(facts=stated), "rounded", 0.06).splitlines()[-5:]
    assert "\n".join(lines) == snapshot("""\
  mean        30.87 ms
  p95         90 ms  n=598  rounded ±6 %
  p95         88 ms  n=598  (derived)  steady_stats.csv:4
  ttft.p99.9  0.5 ms  rounded ±6 %
  p95         3\
""")
    assert "±" not in evidence_text(EVIDENCE._replace(facts=stated))


@pytest.mark.parametrize(("reader", "computed"), [
    ("k6-summary", "interpolated"), ("aiperf", "interpolated"), ("jmeter-statistics", "interpolated"),
    ("vegeta", "approximate"), ("artillery", "approximate"), ("gatling-stats", "approximate"),
    ("locust-csv", "rounded"), ("autocannon", "rounded"),
])  # fmt: skip
def test_trap_14_how_a_tool_computes_percentiles_is_told(reader: str, computed: str, capfd: pytest.CaptureFixture[str]) -> None:
    file = next(f for f in sorted((SAMPLES / reader / "ok").iterdir()) if f.suffix not in {".gz", ".zst"})
    assert inspect(AskedFile(file, shown="json", reader=reader)) in (0, 1)
    found = json.loads(capfd.readouterr().out)
    assert found["percentiles"] == computed
    assert inspect(AskedFile(file, reader=reader)) in (0, 1)
    lines = capfd.readouterr().out.splitlines()
    stated = [f for f in found["facts"] if (f["origin"], f["unit"]) == ("file", "ms") and re.search(r"\bp[0-9.]+$", f["metric"])]
    assert sum(f" {computed}" in line for line in lines) == len(stated) > 0


def test_evidence_that_nobody_dates_or_reads() -> None:
    bare = Evidence("x.txt", (), "", Strength.claimed, (), (Problem("invalid", "empty", "0 bytes", Location("x.txt")),))
    assert evidence_text(bare) == snapshot("""\
x.txt: no reader, claimed
produced: the file does not say; git may, in a review
invalid[empty] x.txt: 0 bytes
""")


def test_two_load_tests() -> None:
    assert comparison_text(SLOWER) == snapshot("""\
before  evidence/load/peak-1.3.0.jtl
after   evidence/load/peak.jtl

■ slower (small effect, P < 0.001)
  a later response takes longer than an earlier one in 59 % of all pairs
  percentiles and errors are those of the steady parts, all else of the whole
  runs

               before     after       change  95 % of the change
requests      209,114   214,830       +5,720
errors         0.41 %    0.39 % −0.02 points  −0.11 to 0.07 points no difference
p50          166.1 ms  178.8 ms     +12.7 ms  9.8 to 15.9 ms       slower
p95          371.4 ms  382.5 ms     +11.1 ms  3.1 to 19.6 ms       slower
p99          702.8 ms  694.9 ms      −7.9 ms  ? to 88 ms           too few
max          1,988 ms  2,310 ms      +322 ms

Method: Mann–Whitney U test (1947), differences of percentiles by MOVER (Zou
and Donner 2008).
""")


def test_two_load_tests_that_cannot_be_compared() -> None:
    assert comparison_text(MISSING) == snapshot("""\
before  evidence/load/steps-1.3.0.json.gz
after   evidence/load/steps.json.gz

■ not tested
  evidence/load/steps-1.3.0.json.gz proves nothing: no file matches
  `evidence/load/steps-1.3.0.json.gz`
""")


def test_too_few_samples() -> None:
    few = tuple(
        replace(change, verdict="too few samples", low=None, high=None if change.metric == "errors" else change.high)
        for change in SLOWER.changes[1:4]
    )
    assert comparison_text(replace(SLOWER, verdict="too few samples", headline="too few samples", magnitude="large", changes=few, method="")) == snapshot("""\
before  evidence/load/peak-1.3.0.jtl
after   evidence/load/peak.jtl

■ too few samples
  percentiles and errors are those of the steady parts, all else of the whole
  runs

               before     after       change  95 % of the change
errors         0.41 %    0.39 % −0.02 points  ? to ?               too few
p50          166.1 ms  178.8 ms     +12.7 ms  ? to 15.9 ms         too few
p95          371.4 ms  382.5 ms     +11.1 ms  ? to 19.6 ms         too few
""")


LONG = [
    ChangeResult("concurrency", "", 123_456_789, 9_876, None, None, "not tested"),
    ChangeResult("duration", "ms", 86_399_000, 3_599_000, None, None, "not tested"),
    ChangeResult("rate", "1/s", 12_345.678, 1.23456, None, None, "not tested"),
    ChangeResult("errors", "ratio", 0.000012345, 0.98765, -0.98765, -0.00012345, "no difference shown"),
    ChangeResult("p99", "ms", 9_999.94, 8_888.88, -9_876.5, 9_876.5, "too few samples"),
    ChangeResult("p50", "ms", 0.123456, 0.234567, -0.012345, 0.012345, "no difference shown"),
]


@pytest.mark.parametrize("change", LONG, ids=lambda change: change.metric)
def test_figures_keep_apart_and_within_80_columns(change: ChangeResult) -> None:
    line = comparison_text(replace(SLOWER, changes=(change,), method="")).splitlines()[-1]
    assert columns(line) <= 80
    assert line.split()[0] == change.metric
    assert not re.search(r"\d[+−±]", line)


def test_errors_differ_by_points_and_not_by_percent() -> None:
    errors = ChangeResult("errors", "ratio", 0.0011, 0.0212, 0.0035, 0.0367, "higher")
    line = comparison_text(replace(SLOWER, changes=(errors,), method="")).splitlines()[-1]
    assert line.split("  ")[-4:] == snapshot(["", "2.12 % +2.01 points", "0.35 to 3.67 points", "higher"])


def test_every_line_fits_but_for_paths() -> None:
    note = "all figures are those of the whole runs: not both have a steady part"
    lines = comparison_text(replace(SLOWER, note=note)).splitlines()[2:]
    assert max(map(columns, lines)) <= 80


def test_each_number_is_shown() -> None:
    before = comparison_text(SLOWER)
    assert [path for path, change in numbers(SLOWER) if comparison_text(change(SLOWER)) == before] == []


@pytest.mark.parametrize("field", ["value", "samples", "bounds", "origin", "labels", "at", "metric", "unit"])
def test_each_part_of_a_fact_is_shown(field: str) -> None:
    others: dict[str, Any] = {
        "value": 11.5, "samples": 3, "bounds": Interval(1, 2), "origin": "tool-default", "labels": (("a", "b"),),
        "at": Location("y"), "metric": "p50", "unit": "1/s",
    }  # fmt: skip
    facts = (EVIDENCE.facts[0], EVIDENCE.facts[1]._replace(**{field: others[field]}))
    assert evidence_text(EVIDENCE._replace(facts=facts)) != evidence_text(EVIDENCE._replace(facts=EVIDENCE.facts[:2]))


def test_what_a_stranger_wrote_stays_on_its_line_and_is_visible() -> None:
    evil = "\x1b[31mred\nsecond line \u202e"
    facts = (Fact("p95", 1, "ms", Location(evil), (("endpoint", evil),)), Fact("tool", evil, "", Location("x")))
    problem = Problem("invalid", "x", evil, Location(evil), evil)
    lines = evidence_text(EVIDENCE._replace(path=evil, facts=facts, problems=(problem,))).splitlines()
    assert len(lines) == 7
    hostile: ComparisonResult = with_texts(SLOWER, lambda: evil, keep=("unit", "verdict"))
    for text in ("\n".join(lines), comparison_text(hostile)):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\\u{1b}[31mred" in text
    assert len(comparison_text(hostile).splitlines()) < 45
