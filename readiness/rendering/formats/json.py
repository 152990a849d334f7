"""The review as JSON (`readiness/review@1`): complete enough to render again and to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.text import inert_json
from readiness.rendering.format import Format, Style

if TYPE_CHECKING:
    from readiness.model.review import Review


def render(review: Review, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Return the JSON text."""
    from readiness.model.serial import dump  # noqa: PLC0415 - builds the schema of the review

    return inert_json(dump(review))


FORMAT = Format(
    id="json",
    title="Review JSON",
    purpose="for tools, and to render or compare later; its schema: `readiness schema review`",
    suffix=".json",
    render=render,
)
