"""The page about templates says what the templates and their limits are."""

from __future__ import annotations

import re
from pathlib import Path

from readiness.decision.history import MOST
from readiness.loading.branding import MAX_SIDE
from readiness.model.branding import MAX_LOGO
from readiness.rendering import bounded
from readiness.resources import shipped

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_blocks_are_those_of_the_templates() -> None:
    text = " ".join((DOCS / "templates.md").read_text().split())
    for kind, name in (("HTML", "report.html.j2"), ("Markdown", "report.md.j2")):
        template = (shipped("templates") / "reports" / name).read_text(encoding="utf-8")
        listed = re.search(rf"the {kind} report(?:, from top to bottom)?: ((?:`\w+`(?:, )?)+)", text)
        assert listed is not None
        assert re.findall(r"`(\w+)`", listed[1]) == re.findall(r"{% block (\w+)", template)


def test_the_limits_are_those_of_the_code() -> None:
    text = " ".join((DOCS / "templates.md").read_text().split())
    assert f"ranges ({bounded.MAX_RANGE:,}), texts ({bounded.MAX_TEXT:,} characters)" in text
    assert f"steps ({bounded.MAX_STEPS:,};" in text
    assert f"output ({bounded.MAX_OUTPUT // 10**6} million characters)" in text
    assert f"at most {MAX_LOGO // 1000} kB" in text
    assert f"over {MAX_SIDE:,} pixels" in text
    assert f"at most {MOST}:" in " ".join((DOCS / "history.md").read_text().split())
