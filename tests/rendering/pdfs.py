"""What PDF files say, page by page, through pypdf; and the text of a report of any format."""

from __future__ import annotations

import io
import re
import unicodedata
from typing import TYPE_CHECKING

from pypdf import PdfReader

from readiness.rendering.format import FORMATS, Format, Style

if TYPE_CHECKING:
    from readiness.model.review import Review

FULL = tuple(name for name, form in FORMATS.shipped.items() if not form.binary and not form.items_only)
"""The formats that show everything; the PDF is the memo alone."""


def pages(pdf: bytes) -> list[str]:
    """The text of each page, with one space wherever there is any."""
    return [squeezed(page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def lines(pdf: bytes) -> str:
    """The text of all pages, line by line."""
    found = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return "\n".join(line.rstrip() for text in found for line in text.splitlines()) + "\n"


def squeezed(text: str) -> str:
    """Text without the places where a long word may break, and with one space wherever there is any."""
    return re.sub(r"\s+", " ", text.replace("\u200b", "")).strip()


def bare(text: str) -> str:
    """Text without spaces and ligatures: where a PDF breaks a line, and which glyphs it takes, is no matter."""
    return re.sub(r"[\s\u200b]+", "", unicodedata.normalize("NFKC", text))


def text_of(form: Format, review: Review, style: Style = Style()) -> str:  # noqa: B008 - it is frozen
    """The report as text, whatever its format."""
    found = form.render(review, style)
    return found if isinstance(found, str) else lines(found)
