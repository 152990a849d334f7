"""`readiness schema`: the JSON Schemas of what people write and of what tools read."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from readiness.cli.streams import say


class Kind(StrEnum):
    """What there is a schema of."""

    launch = "launch"
    checklist = "checklist"
    decisions = "decisions"
    review = "review"
    evidence = "evidence"


def command(kind: Annotated[Kind, typer.Argument(help="What to print the schema of.")]) -> None:
    """Print a JSON Schema of what people write or tools read.

    Draft-07 for launch, checklist and decisions, as editors want it; 2020-12 for the others.
    """
    from readiness.loading.schema import schema  # noqa: PLC0415

    if kind in (Kind.review, Kind.evidence):
        from readiness.model import serial  # noqa: PLC0415

        found = serial.review_schema() if kind is Kind.review else serial.evidence_schema()
    else:
        found = schema(kind.value)
    say(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
