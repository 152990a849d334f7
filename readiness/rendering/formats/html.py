"""The review as one HTML file for leadership: no script, no request, for paper and phone too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.rendering.brand import brand_rules
from readiness.rendering.engine import render as fill
from readiness.rendering.engine import stylesheet
from readiness.rendering.format import Format, Style
from readiness.rendering.view import build

if TYPE_CHECKING:
    from readiness.model.review import Review


def render(review: Review, style: Style) -> str:
    """Return the page; its policy allows its own style sheet, by hash, and nothing else."""
    own = style.templates.texts.get("report.css", "") if style.templates else ""
    sheet = stylesheet("report.css", brand_rules(review.branding), own)
    return fill("report.html.j2", style.templates, view=build(review), style=sheet)


FORMAT = Format(
    id="html",
    title="HTML report",
    purpose="for leadership: the decision in sixty seconds, every item behind it; also for print",
    suffix=".html",
    render=render,
)
