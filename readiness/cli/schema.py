"""`readiness schema`: the JSON Schemas of what people write and of what tools read."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Literal

import typer

from readiness.cli.streams import say


class Kind(StrEnum):
    """What there is a schema of."""

    launch = "launch"
    checklist = "checklist"
    decisions = "decisions"
    review = "review"
    evidence = "evidence"
    comparison = "comparison"
    ranking = "ranking"
    walk = "walk"
    capabilities = "capabilities"
    records = "records"
    diff = "diff"


def command(kind: Annotated[Kind, typer.Argument(help="What to print the schema of.")]) -> None:
    """Print a JSON Schema of what people write or tools read.

    Draft-07 for launch, checklist and decisions, as editors want it; 2020-12 for the others.
    """
    from readiness.loading.schema import schema  # noqa: PLC0415
    from readiness.model import serial  # noqa: PLC0415

    if kind is Kind.review:
        found = serial.review_schema()
    elif kind is Kind.evidence:
        found = serial.evidence_schema()
    elif kind is Kind.comparison:
        found = serial.comparison_schema()
    elif kind is Kind.ranking:
        found = serial.ranking_schema()
    elif kind is Kind.walk:
        found = serial.walk_schema()
    elif kind is Kind.capabilities:
        found = serial.capabilities_schema()
    elif kind is Kind.records:
        found = serial.records_schema()
    elif kind is Kind.diff:
        found = serial.diff_schema()
    else:
        found = schema(_WRITTEN[kind])
    say(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


_WRITTEN: dict[Kind, Literal["launch", "checklist", "decisions"]] = {
    Kind.launch: "launch",
    Kind.checklist: "checklist",
    Kind.decisions: "decisions",
}
