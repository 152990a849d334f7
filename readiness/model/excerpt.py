"""A piece of an evidence file, as a review keeps it beside a finding."""

from __future__ import annotations

from readiness.model.record import record


@record
class Excerpt:
    """Lines of a file around a place: secrets and control characters replaced, long lines cut.

    Attributes:
        first: number of the first line, from 1.
        lines: one to three of them.
    """

    first: int
    lines: tuple[str, ...]
