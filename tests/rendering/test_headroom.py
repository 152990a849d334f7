"""Load headroom: what was forecast, asked, reached and held on one axis, and what no test reached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from readiness.model import review as r
from readiness.rendering.headroom import Headroom, headroom_view

from .loads import PEAK, STEPS
from .reviews import review


def with_rates(*findings: tuple[str, r.Outcome, str, str], peak: str = "120 rps") -> r.Review:
    """Return a review whose load item has these findings: rule, outcome, observed, limit."""
    found = review("conditions")
    item = next(i for i in found.items if i.id == "LOAD-01")
    (requirement,) = item.requirements
    at = replace(requirement.findings[0].at, path="load.csv")
    rows = tuple(
        r.Finding(rule, outcome, 0.0, observed, limit, "" if observed else "nothing was held", at)
        for rule, outcome, observed, limit in findings
    )
    changed = replace(item, requirements=(replace(requirement, findings=rows),))
    launch = replace(found.launch, parameters={"peak": peak} if peak else {})
    items = tuple(changed if i.id == item.id else i for i in found.items)
    return replace(found, launch=launch, items=items, loads=())


RULE = "rate >= 1.5 * launch.peak"
LIMIT = "180 1/s (1.5 × 120 rps)"


def view(*findings: tuple[str, r.Outcome, str, str]) -> Headroom:
    found = headroom_view(with_rates(*findings))
    assert found is not None
    return found


def test_a_rate_that_was_not_reached_leaves_a_stretch_untested() -> None:
    found = view((RULE, "failed", "110 1/s", LIMIT))
    assert found.sentence == (
        "The forecast peak is 120 1/s; a test is to reach 1.5 times that. Tested up to 110 1/s, 0.92 times the "
        "forecast peak; from there to 180 1/s, which the launch needs, is untested."
    )
    rows = [(row.name, row.value, row.state.word if row.state else "") for row in found.rows]
    assert rows == [("Forecast peak", "120 1/s", ""), ("Asked of a test", "180 1/s", ""), ("Average of a run", "110 1/s", "Failed")]
    assert float(found.untested.start) + float(found.untested.width) == pytest.approx(100)
    assert float(found.untested.start) < float(found.peak) < float(found.asked)


def test_the_worst_of_one_file_counts() -> None:
    found = view((RULE, "proven", "190 1/s", LIMIT), ("rate >= launch.peak", "stale", "125 1/s", "120 rps"))
    last = found.rows[-1]
    assert (last.value, last.state and last.state.word) == ("125 1/s", "Stale")


def test_what_was_not_held_has_no_bar_and_says_why() -> None:
    found = view((RULE, "proven", "190 1/s", LIMIT), ("rate.held where for = 30min >= launch.peak", "inconclusive", "", "120 rps"))
    last = found.rows[-1]
    assert (last.name, last.value, last.bar) == ("Held as long as asked", "not shown", "")
    assert last.note == "load.csv, for LOAD-01: nothing was held"
    assert found.sentence.endswith("what lies above is untested.")


def test_load_tests_alone_are_enough() -> None:
    found = headroom_view(replace(with_rates(), loads=(STEPS, PEAK)))
    assert found is not None
    assert [row.name for row in found.rows] == ["Forecast peak", "Answered at best", "Capacity by the fit", "Answered on average"]
    assert found.rows[2].note == "95 %: 121.9 1/s to 137.2 1/s"


def test_a_load_test_without_a_capacity_was_a_test_all_the_same() -> None:
    """Its average counts, less what failed."""
    found = headroom_view(replace(with_rates(), loads=(PEAK,)))
    assert found is not None
    assert (found.rows[-1].value, found.rows[-1].note) == ("118.8 1/s", PEAK.path)
    assert "Tested up to 118.8 1/s, 0.99 times the forecast peak;" in found.sentence


def test_nothing_to_show_is_nothing() -> None:
    assert headroom_view(with_rates()) is None
    assert headroom_view(with_rates((RULE, "proven", "190 1/s", LIMIT), peak="")) is None
    assert headroom_view(with_rates((RULE, "proven", "190 1/s", LIMIT), peak="800 ms")) is None
    assert headroom_view(with_rates(("pass_rate >= 1.5 * launch.peak", "proven", "1", LIMIT))) is None


def test_no_tested_rate_says_so() -> None:
    found = view((RULE, "missing", "", LIMIT))
    assert found.sentence.endswith("No rate was tested.")
    assert (found.untested.start, found.untested.width) == ("0", "100")
