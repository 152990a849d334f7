"""The operational gap."""

from __future__ import annotations

import pytest

from readiness.decision.gap import gap, missing_parts
from readiness.model.failure import FailureDomain


def domain(**parts: str) -> FailureDomain:
    return FailureDomain(title="t", likelihood="rare", **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(("parts", "names", "whole", "half"), [
    ({}, ("detect", "degrade", "recover"), 2.0, 1.0),
    ({"detection": "d"}, ("degrade", "recover"), 5 / 3, 5 / 6),
    ({"detection": "d", "fallback": "f"}, ("recover",), 4 / 3, 2 / 3),
    ({"detection": "d", "fallback": "f", "failover": "o", "later": "l"}, (), 1.0, 0.5),
    ({"later": "l"}, ("detect", "degrade", "recover"), 2.0, 1.0),
])  # fmt: skip
def test_it_grows_with_what_is_missing(parts: dict[str, str], names: tuple[str, ...], whole: float, half: float) -> None:
    assert missing_parts(domain(**parts)) == names
    assert gap(0, len(names)) == pytest.approx(whole)
    assert gap(0.5, len(names)) == pytest.approx(half)
    assert gap(1, len(names)) == 0


def test_without_a_domain_it_is_what_is_unproven() -> None:
    assert missing_parts(None) == ()
    assert [gap(credit, 0) for credit in (0, 0.25, 1)] == [1, 0.75, 0]
