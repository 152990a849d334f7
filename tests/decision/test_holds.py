"""What people may accept: a blocker is waived and never deferred, whoever made the record."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from readiness.model.review import Record
from tests.rendering.reviews import review


@pytest.mark.parametrize(
    ("kind", "blocker", "deferrable"),
    [("waived", True, True), ("not-applicable", True, True), ("deferred", False, True),
     ("sign-off", False, False)],
)  # fmt: skip
def test_what_a_record_holds(
    kind: Literal["waived", "not-applicable", "deferred", "sign-off"],
    blocker: bool,
    deferrable: bool,
) -> None:
    found = review("conditions")
    record: Record = replace(found.records[0], kind=kind)
    item = replace(found.items[0], outcome="failed", disposition=record)
    assert replace(item, gate="blocker").holds is blocker
    assert replace(item, gate="deferrable").holds is deferrable
