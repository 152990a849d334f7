"""The review as one HTML file for leadership: no script, no request, for paper and phone too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.rendering.engine import render as fill
from readiness.rendering.engine import stylesheet
from readiness.rendering.format import Format, Style
from readiness.rendering.paper import fit
from readiness.rendering.view import build

if TYPE_CHECKING:
    from readiness.model.review import Review


def render(review: Review, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Return the page; its policy allows its own style sheet, by hash, and nothing else."""
    view = build(review)
    return fill("report.html.j2", view=view, style=stylesheet("report.css"), fit=fit(view))


FORMAT = Format(
    id="html",
    title="HTML report",
    purpose="for leadership: the decision in sixty seconds, every item behind it; also for print",
    suffix=".html",
    render=render,
)
