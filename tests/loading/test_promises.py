"""Vague items, fallbacks and decisions are refused where they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from .launches import BASE, DECISIONS, LAUNCH, message, replaced

if TYPE_CHECKING:
    from pathlib import Path

DOMAIN = """\
failure_domains:
  llm-backend:
    title: Model backend down
    likelihood: possible
    fallback: Traffic goes to the secondary region
    later: More testing before the next launch
"""
TITLE = "Load test reaches 1.5 times the forecast peak"


def test_a_title_without_a_limit_is_refused(tmp_path: Path) -> None:
    base = replaced(BASE, (TITLE, "The service scales gracefully"))
    assert message(tmp_path, base=base) == snapshot("""\
base.yaml:12:12: error[vague-word]: `scales` can be neither met nor missed
  12 |     title: The service scales gracefully
     |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: put a number in its place, as in `alert when errors > 1 % for 5 min` for `scales`\
""")


def test_redundancy_and_testing_in_a_failure_domain(tmp_path: Path) -> None:
    assert message(tmp_path, launch=LAUNCH + DOMAIN) == snapshot("""\
readiness.yaml:19:15: error[no-degraded-mode]: `secondary region` is redundancy: it says nothing about what users get when it fails too
  19 |     fallback: Traffic goes to the secondary region
     |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: describe the degraded mode first: what is answered without it, and what users are told
readiness.yaml:20:12: error[vague-testing]: `More testing` does not say which kind of test
  20 |     later: More testing before the next launch
     |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: name the kind, the load and the limit: `a load test at 1.5 times the peak for 30 min, errors < 1 %`\
""")


def test_a_second_region_later_needs_a_fallback_now(tmp_path: Path) -> None:
    later = replaced(DOMAIN, ("    fallback: Traffic goes to the secondary region\n", ""), ("More testing before the next launch", "A second region"))
    assert message(tmp_path, launch=LAUNCH + later) == snapshot("""\
readiness.yaml:19:12: error[no-degraded-mode]: `second region` is redundancy: it says nothing about what users get when it fails too
  19 |     later: A second region
     |            ^^^^^^^^^^^^^^^
  help: describe the degraded mode first: what is answered without it, and what users are told\
""")
    both = replaced(later, ("    later:", "    fallback: Answers from the FAQ with a notice\n    later:"))
    assert message(tmp_path, launch=LAUNCH + both) == "no error"


def test_a_decision_must_name_the_risk(tmp_path: Path) -> None:
    vague = replaced(
        DECISIONS, ("The generator is too small.", "Not a priority for the business now."), ("Users see errors.", "It would not look good."),
        ("Admission control.", "The dashboards are watched closely."), ("    void_if: rate < 0.5 * launch.peak\n", ""),
    )  # fmt: skip
    assert message(tmp_path, decisions=vague) == snapshot("""\
decisions.yaml:7:17: error[vague-word]: `closely` can be neither met nor missed
  7 |     mitigation: The dashboards are watched closely.
    |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: put a number in its place, as in `alert when errors > 1 % for 5 min` for `closely`
decisions.yaml:5:13: error[vague]: `Not a priority for the business now. It would not look good…` names no metric, limit, load, failure or owner
  5 |     reason: Not a priority for the business now.
    |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: say what must hold, up to which limit and under which load: `p95 <= 800 ms at 1.5 times the forecast peak`, or which failure, and who looks after it\
""")
    assert message(tmp_path, decisions=DECISIONS) == "no error"
