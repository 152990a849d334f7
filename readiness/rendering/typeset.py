"""The memo as PDF/UA-1 through typst (optional extra `typst`): the same bytes for the same review.

In: a review. Out: one page as PDF, with title, language, headings and tags. The template is markup;
every word of the review is data to it, and cannot become markup.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from readiness.patterns import pattern
from readiness.rendering.memo import memo
from readiness.resources import shipped

if TYPE_CHECKING:
    from readiness.model.review import Review

_STANDARD: Final = "ua-1"
_TRIES = 3
_UNSHOWN = pattern(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPED = pattern(r"\\(?:u\{([0-9a-f]+)\}|(.))")


def installed() -> bool:
    """Whether typst can be imported."""
    try:
        return find_spec("typst") is not None
    except ValueError:  # a module that was replaced by nothing
        return False


def typeset(review: Review) -> bytes:
    """Return the memo as PDF/UA-1 (ISO 14289-1), the review's date as the time it was made.

    typst's own fonts come first: with them the bytes depend on the review and on typst's version.
    Only a text that they have no glyphs for takes the fonts of the machine, and a character that no
    font has is shown by its number, as control characters are.
    """
    words = memo(review)
    found, unshown = _compiled(words, review, own_fonts=True)
    for _ in range(_TRIES):
        if found is not None:
            return found
        found, unshown = _compiled(words, review, own_fonts=False)
        words = _numbered(words, unshown)
    raise RuntimeError(f"typst cannot show {sorted(unshown)}")


def _compiled(
    words: dict[str, Any], review: Review, *, own_fonts: bool
) -> tuple[bytes | None, set[str]]:
    """Return the PDF, or the texts that no font has glyphs for."""
    import typst  # noqa: PLC0415 - an optional extra of 80 MB

    try:
        return typst.compile(
            shipped("templates").joinpath("reports", "memo.typ").read_bytes(),
            ignore_system_fonts=own_fonts,
            sys_inputs={"memo": json.dumps(words)},
            pdf_standards=_STANDARD,
            timestamp=datetime.combine(review.as_of, time(), UTC),
        ), set()
    except typst.TypstError as error:
        found = [_unescaped(text) for text in _UNSHOWN.findall(error.diagnostic)]
        # A digit is named too where it is the start of a keycap; every font has digits.
        unshown = {text for text in found if not text.isascii()}
        if not unshown:
            raise
        return None, unshown


def _unescaped(text: str) -> str:
    """Read a text as Rust's debug format writes it."""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], text)


def _numbered(value: Any, unshown: set[str]) -> Any:
    r"""Return the words with each character of some texts as its number: `\u{1f600}`."""
    if isinstance(value, dict):
        return {key: _numbered(part, unshown) for key, part in value.items()}
    if isinstance(value, list):
        return [_numbered(part, unshown) for part in value]
    if isinstance(value, str):
        for text in unshown:
            value = value.replace(text, "".join(f"\\u{{{ord(c):x}}}\u200b" for c in text))
    return value
