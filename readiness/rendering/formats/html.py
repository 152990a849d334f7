"""The review as one HTML file for leadership: no request, no need of scripts, for paper too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.rendering import whatif
from readiness.rendering.brand import brand_rules
from readiness.rendering.engine import json_block, script, stylesheet
from readiness.rendering.engine import render as fill
from readiness.rendering.format import Format, Style
from readiness.rendering.paper import fit
from readiness.rendering.shown import narrowed
from readiness.rendering.view import build

if TYPE_CHECKING:
    from readiness.model.review import Review


def render(review: Review, style: Style) -> str:
    """Return the page; its policy allows its own style sheet and script, by hash, and no more."""
    view = narrowed(build(review), style.shown)
    own = style.templates.texts.get("report.css", "") if style.templates else ""
    return fill(
        "report.html.j2",
        style.templates,
        view=view,
        anchors={item.anchor for item in view.items} if view.full else (),
        fit=fit(view),
        style=stylesheet("report.css", brand_rules(review.branding), own),
        script=script("report.js"),
        data=json_block(whatif.data(review)),
    )


FORMAT = Format(
    id="html",
    title="HTML report",
    purpose="for leadership: the decision in sixty seconds, every item behind it; also for print",
    suffix=".html",
    render=render,
)
