"""Metrics, labels and units of expectations against what readers declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from readiness.loading.metrics import Gives, readers_of, unknown_metrics
from tests.loading.launches import BASE, DECISIONS, plan_of, replaced

if TYPE_CHECKING:
    from pathlib import Path

PER = ("endpoint", "method")
KNOWN = {
    "locust-csv": {"rate": Gives("1/s", PER), "errors": Gives("ratio", PER), "p*": Gives("ms", PER),
                   "failed": Gives(), "kind": Gives()},
    "k6-summary": {"rate": Gives("1/s"), "checks": Gives("ratio"), "custom.*": Gives()},
    "json": {"*": Gives()},
    "markdown": {"front.*": Gives()},
}  # fmt: skip


def lint(folder: Path, *edits: tuple[str, str], decisions: str = DECISIONS) -> str:
    plan = plan_of(folder, base=replaced(BASE, *edits), decisions=decisions)
    return "\n".join(map(str, unknown_metrics(plan, KNOWN, {"retry-chain": {"calls.worst": Gives()}})))


def test_nothing_to_say(tmp_path: Path) -> None:
    assert lint(tmp_path) == ""


def test_families(tmp_path: Path) -> None:
    assert lint(tmp_path, ("failed = 0", "p99.9 <= 3 s")) == ""
    assert lint(tmp_path, ("failed = 0", "custom.anything is x")) == ""
    assert "unknown-metric" in lint(tmp_path, ("failed = 0", "pass_rate > 3 s"))
    assert "unknown-metric" in lint(tmp_path, ("failed = 0", "custom is x"))


def test_unknown_metric(tmp_path: Path) -> None:
    assert lint(tmp_path, ("errors < 1%", "erors < 1%")) == snapshot("""\
base.yaml:27:13: error[unknown-metric]: no reader of slot load-test gives `erors`
  27 |           - erors < 1%
     |             ^^^^^
  help: did you mean `errors`?\
""")


def test_metric_of_a_map(tmp_path: Path) -> None:
    assert lint(tmp_path, ("p95 <= 450 ms", "p96 <= 450 ms")) == snapshot("""\
base.yaml:34:18: error[unknown-metric]: no reader of path latency.json gives `p96`
  34 |         expect: [p96 <= 450 ms]
     |                  ^^^
  help: did you mean `p95`?\
""")


def test_label(tmp_path: Path) -> None:
    assert lint(tmp_path, ("errors < 1%", 'errors where endpiont = "/chat" < 1%')) == snapshot("""\
base.yaml:27:26: error[unknown-label]: `errors` has no label `endpiont`
  27 |           - errors where endpiont = "/chat" < 1%
     |                          ^^^^^^^^
  help: did you mean `endpoint`?\
""")


def test_label_that_only_some_readers_of_the_slot_give(tmp_path: Path) -> None:
    """`rate` of k6-summary has no labels: that makes no label right."""
    found = lint(tmp_path, ("errors < 1%", "rate where endpiont = /chat > 1 rps"))
    assert "error[unknown-label]: `rate` has no label `endpiont`" in found
    assert lint(tmp_path, ("errors < 1%", "rate where endpoint = /chat > 1 rps")) == ""


def test_any_label_of_a_tool_whose_scripts_name_them(tmp_path: Path) -> None:
    free = {**KNOWN, "k6-summary": {"p*": Gives("ms", (*PER, "*"))}}

    def lint_free(label: str) -> str:
        edits = ("errors < 1%", f'p95 where {label} = "/chat" < 900 ms')
        return "\n".join(map(str, unknown_metrics(plan_of(tmp_path, base=replaced(BASE, edits)), free, {})))

    assert lint_free("intent") == lint_free("endpoint") == ""
    for slip in ("endpiont", "end_point", "methods"):
        assert f"`p95` has no label `{slip}`" in lint_free(slip)


def test_unit(tmp_path: Path) -> None:
    assert lint(tmp_path, ("errors < 1%", "errors < 300 ms")) == snapshot("""\
base.yaml:27:22: error[unit]: `errors` is a ratio, and `300 ms` is a time
  27 |           - errors < 300 ms
     |                      ^^^^^^
  help: write a limit such as `1 %`\
""")


def test_unit_of_a_reference(tmp_path: Path) -> None:
    assert lint(tmp_path, ("errors < 1%", "errors < 0.1 * launch.peak")) == snapshot("""\
base.yaml:27:22: error[unit]: `errors` is a ratio, and `12 1/s (0.1 × 120 rps)` is a rate
  27 |           - errors < 0.1 * launch.peak
     |                      ^^^^^^^^^^^^^^^^^
  help: write a limit such as `1 %`\
""")


def test_word_for_a_time(tmp_path: Path) -> None:
    assert lint(tmp_path, ("p95 <= 450 ms", "p95 = fast")) == snapshot("""\
base.yaml:34:24: error[unit]: `p95` is a time and no text
  34 |         expect: [p95 = fast]
     |                        ^^^^
  help: write a limit such as `800 ms`\
""")


def test_object_form(tmp_path: Path) -> None:
    parts = "{metric: erors, where: endpoint = x,\n             op: <, limit: 1%}"
    assert lint(tmp_path, ("errors < 1%", parts)) == snapshot("""\
base.yaml:27:22: error[unknown-metric]: no reader of slot load-test gives `erors`
  27 |           - {metric: erors, where: endpoint = x,
     |                      ^^^^^
  help: did you mean `errors`?\
""")


def test_quoted_form(tmp_path: Path) -> None:
    assert lint(tmp_path, ("errors < 1%", "'errors < 3'")) == snapshot("""\
base.yaml:27:23: error[unit]: `errors` is a ratio, and `3` is a number
  27 |           - 'errors < 3'
     |                       ^
  help: write a limit such as `1 %`\
""")


def test_unknown_reader(tmp_path: Path) -> None:
    assert lint(tmp_path, ("k6-summary]", "k6-sumary]")) == snapshot("""\
base.yaml:6:55: error[unknown-reader]: there is no reader `k6-sumary`
  6 |   load-test: {title: Load test, readers: [locust-csv, k6-sumary], how: run locust}
    |                                                       ^^^^^^^^^
  help: did you mean `k6-summary`?\
""")


def test_unknown_analysis(tmp_path: Path) -> None:
    edit = ("path: latency.json\n        reader: json\n        map:\n          p95: {at: /p95, unit: ms}",
            "analysis: retry-chian")  # fmt: skip
    assert lint(tmp_path, edit) == snapshot("""\
base.yaml:30:19: error[unknown-analysis]: there is no analysis `retry-chian`
  30 |       - analysis: retry-chian
     |                   ^^^^^^^^^^^
  help: did you mean `retry-chain`?\
""")


def test_metric_of_void_if(tmp_path: Path) -> None:
    decisions = replaced(DECISIONS, ("rate < 0.5 * launch.peak", "rat < 3 rps"))
    assert lint(tmp_path, decisions=decisions) == snapshot("""\
decisions.yaml:11:14: error[unknown-metric]: no reader of the evidence of LOAD-01 gives `rat`
  11 |     void_if: rat < 3 rps
     |              ^^^
  help: did you mean `rate`?\
""")


def test_readers_that_a_plan_names(tmp_path: Path) -> None:
    assert readers_of(plan_of(tmp_path)) == frozenset({"locust-csv", "k6-summary", "json"})
    base = replaced(BASE, ("        reader: json\n        map:\n          p95: {at: /p95, unit: ms}\n", ""))
    plan = plan_of(tmp_path, base=base)
    assert readers_of(plan) is None
    assert unknown_metrics(plan, KNOWN, {}) == []
