"""The memo as one page of PDF: through typst where it is installed, else printed by Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import input_error
from readiness.rendering import chromium, typeset
from readiness.rendering.format import FORMATS, Format, Style

if TYPE_CHECKING:
    from readiness.model.review import Review

_NEEDS = """\
It needs one of two programs, and says so before anything is evaluated if neither is there:

- **typst** (`pip install 'readiness[typst]'`): the memo alone, as PDF/UA-1 with title, language,
  tags and headings; the same review and the same typst give the same bytes on every machine. Up to
  five improvements, failure domains and deferrals fit one page; it says how many more there are. A
  text that typst's own fonts cannot show takes the fonts of the machine.
- **Chromium or Chrome**: it prints the HTML report, the memo first. Tagged, but no PDF/UA, and the
  bytes differ from run to run; a note on stderr says that this way was taken.
"""


def ready() -> str:
    """Say which of the two ways will be taken, if it is not the better one.

    Raises:
        InputError: neither typst nor Chromium is installed.
    """
    if typeset.installed():
        return ""
    if chromium.find() is None:
        raise input_error(
            "not-installed",
            "a PDF needs typst or Chromium, and neither is installed",
            "pdf",
            "install one: pip install 'readiness[typst]', or the package `chromium`",
        )
    return (
        "typst is not installed, so Chromium prints the HTML report: the memo is its first page, "
        "and its bytes differ from run to run"
    )


def render(review: Review, style: Style) -> bytes:
    """Return the PDF. With typst: PDF/UA-1, the same bytes for the same review and typst."""
    if typeset.installed():
        return typeset.typeset(review)
    return chromium.printed(str(FORMATS.shipped["html"].render(review, style)))


FORMAT = Format(
    id="pdf",
    title="PDF memo",
    purpose="for a mail or a meeting: one page that prints on A4 and on Letter",
    suffix=".pdf",
    render=render,
    binary=True,
    ready=ready,
    needs=_NEEDS,
)
