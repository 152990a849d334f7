"""Prompt texts: normalised, digested and compared by what a model would see.

Two texts are the same prompt if they differ in line ends, a byte-order mark or white space at the
end only: tools keep or strip those by chance.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.documents import Part, is_template, read_documents
from readiness.evidence.reader import Source, Unreadable
from readiness.model.fact import Problem
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

SHA256 = pattern(r"[0-9a-f]{64}")
_FENCE = pattern(r"^---[ \t]*$", re.MULTILINE)
_BEFORE = pattern(r"(?:[ \t]*(?:#[^\n]*)?\n)*")


def normalised(text: str) -> str:
    """Return a prompt with LF line ends, without a byte-order mark and white space at its end."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip()


def digest(text: str) -> str:
    """Return the SHA-256 of the normalised text, in hexadecimal digits."""
    import hashlib  # noqa: PLC0415 - costs start-up time

    return hashlib.sha256(normalised(text).encode()).hexdigest()


def parameters_text(value: dict[str, Any]) -> str:
    """Return parameters as JSON with sorted keys, whole numbers without a fraction."""

    def plain(item: Any) -> Any:
        if isinstance(item, dict):
            return {str(key): plain(inner) for key, inner in item.items()}
        if isinstance(item, list):
            return [plain(inner) for inner in item]
        return int(item) if isinstance(item, float) and item.is_integer() else item

    return json.dumps(plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class FrontMatter(NamedTuple):
    """A prompt file: its settings, and its body with the line that begins it."""

    settings: Part
    body: str
    line: int


def head_of(text: str) -> tuple[str, str]:
    """Return the settings and the body of a text with front matter; two empty texts without.

    Comments (`# …`) and empty lines may stand before the first `---`, as in files with a licence.
    """
    start = _BEFORE.match(text)
    offset = start.end() if start else 0
    first = _FENCE.match(text, offset)
    second = _FENCE.search(text, first.end() + 1) if first else None
    if first is None or second is None:
        return "", ""
    return text[first.end() : second.start()], text[second.end() :]


def front_matter(source: Source) -> FrontMatter:
    """Split a prompt file.

    Raises:
        Unreadable: no front matter, or none that is a YAML mapping.
    """
    text = source.text.replace("\r\n", "\n")
    settings, body = head_of(text)
    if not settings.strip():
        help_ = "settings stand between two lines of `---`"
        raise Unreadable("no-front-matter", "the file has no front matter", source.at(1), help_)
    above = text[: text.index(settings)]
    padded = "\n" * above.count("\n") + settings
    parts = read_documents(source.part(padded.encode()))
    line = text[: len(text) - len(body)].count("\n") + 1
    if len(parts) != 1 or not isinstance(parts[0].value, dict):
        message = "the front matter is no mapping of settings"
        raise Unreadable("malformed", message, source.at(line), "write `name: value`, line by line")
    if not body.strip():
        help_ = "write the prompt below the second `---`"
        raise Unreadable(
            "no-prompt", "there is no prompt below the settings", source.at(line), help_
        )
    return FrontMatter(parts[0], body.removeprefix("\n"), line + body[:1].count("\n"))


def placeholders(*parts: Part) -> Iterator[Problem]:
    """Yield that a value is a placeholder: something is set, and the file does not say what."""
    for part in parts:
        if is_template(part.text):
            message = f"`{part.name}` is `{part.text[:60]}`: its value is not known from this file"
            help_ = "give the file with its placeholders filled in"
            yield Problem("warning", "template", message, part.at, help_)


def plain_text(part: Part) -> str:
    """Return a text or number as text; empty where there is none or where it is a placeholder."""
    return "" if is_template(part.text) else part.text
