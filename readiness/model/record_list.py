"""The records of a launch by how they stand: what `decide list --format json` prints.

Published as `readiness/records@1`: keys may be added within this version, never changed or gone.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from readiness.model.decided_result import AcceptedRisk, SignOffs
from readiness.model.record import record
from readiness.model.review import Record

RECORDS: Literal["readiness/records@1"] = "readiness/records@1"


@record
class Listed:
    """A record, and how it stands.

    Attributes:
        standing: `holds`, `expiring` (holds, and ends soon), `revisit` (holds, and is due for a
            second look), `void` (does not count; `record.why_status` says why).
        days_left: days until the end of the day it expires; below 0 if that is past.
        title: what it is about.
        outcome: what the evidence says about the item, whatever people decided; None for the
            launch and for an item that does not apply.
        needed: whether the item is open; a record about one that is proven decides nothing.
        record: the record.
    """

    standing: Literal["holds", "expiring", "revisit", "void"]
    days_left: int
    title: str
    outcome: str | None
    needed: bool
    record: Record


@record
class RecordList:
    """Every record of a launch, what does not count first, then what ends first.

    Attributes:
        schema: this format.
        as_of: the day.
        service: the launch's service.
        within: what counts as expiring: so many days, or less.
        declared: whether readiness.yaml says who may approve.
        records: the records.
        sign_offs: of the candidate, if the launch needs any.
        accepted: the risk that was accepted, if approvers are declared.
    """

    schema: Literal["readiness/records@1"]
    as_of: date
    service: str
    within: int
    declared: bool
    records: tuple[Listed, ...]
    sign_offs: SignOffs | None
    accepted: AcceptedRisk | None
