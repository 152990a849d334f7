"""The text of Markdown: inline tokens to words, and what stands for words still to come."""

from __future__ import annotations

from typing import Any

from readiness.evidence.mapping import NOTHING
from readiness.patterns import pattern

CELL = 200
_LATER = "(?i:to be (?:written|done|defined|decided|determined|confirmed|added)|coming soon)"
MARK = pattern(
    rf"\b(?:TODO|TBD|TBC|FIXME|XXX)\b|\b(?i:todo|tbd|fixme)(?=\s*:)|(?i:lorem ipsum)|\b{_LATER}\b"
    r"|\{\{[^{}\n]{0,80}\}\}|(?m:^[ \t]*(?:\.{3,9}|…)[ \t]*$)"
    r"|(?i:[<\[]\s*(?:fill|insert|enter|your|todo|tbd|describe|replace)\b[^<>\[\]\n]{0,80}[>\]])"
)
_UNWRITTEN = pattern(
    r"(?:[^:\n]{1,40}:\s*)?(?:(?i:n/?a|todo|tbd|tbc|fixme|xxx|wip|\?+)[\s.!]*"
    rf"|(?:TODO|TBD|TBC|FIXME|XXX)\b.*|(?i:todo|tbd|fixme)\s*[:(].*|{_LATER}\b.*)"
)
_WORD = pattern(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_](?:[\w'\u2019.-]*[^\W_])?")  # each kanji
_TAG = pattern(r"</?[A-Za-z][^<>]*>")


def plain_text(token: Any, *, code: bool = True) -> str:
    """Return the text of an inline token without markup."""
    kept = (c for c in token.children or () if code or c.type != "code_inline")
    return "".join("\n" if c.type.endswith("break") else c.content for c in kept)


def folded(text: str) -> str:
    """Return a heading or a cell as a label: lower case, without tags, of bounded length."""
    return " ".join(_TAG.sub(" ", text).lower().split())[:CELL]


def is_blank(text: str) -> bool:
    """Tell whether a cell holds nothing, or only what is to come."""
    return text.strip().lower() in NOTHING or bool(MARK.search(text) and not count_words(text))


def count_words(text: str) -> int:
    """Count words, without placeholders and what says that it is not written."""
    lines = (line for line in text.split("\n") if not _UNWRITTEN.fullmatch(line.strip()))
    if "lorem ipsum" in text.lower():
        return 0
    return len(_WORD.findall(_TAG.sub(" ", MARK.sub(" ", "\n".join(lines)))))
