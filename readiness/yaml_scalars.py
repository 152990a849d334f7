"""Unquoted YAML scalars to values by the core schema of YAML 1.2; numbers keep their text."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

from readiness.patterns import pattern

_INT = pattern(r"[-+]?[0-9]{1,300}|0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT = pattern(r"[-+]?(?:\.[0-9]+|[0-9]{1,300}(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,4})?")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class WrittenInt(int):
    """A whole number that remembers how it was written."""

    written: str


class WrittenFloat(float):
    """A number that remembers how it was written, so that a version `1.10` stays `1.10`."""

    written: str


def plain(text: str) -> Any:
    """Resolve an unquoted scalar by the YAML 1.2 core schema; NaN and infinities stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "0123456789+-.":
        if _INT.fullmatch(text):
            whole = WrittenInt(text, 0 if text[:2] in ("0x", "0o") else 10)
            whole.written = text
            return whole
        if _FLOAT.fullmatch(text) and _in_range(number := WrittenFloat(text), text):
            number.written = text
            return number
    return text


def _in_range(number: float, text: str) -> bool:
    """Whether a float can hold what was written: `1e999` is not infinite, `1e-999` not zero."""
    return isfinite(number) and (number != 0 or not re.search("[1-9]", re.split("[eE]", text)[0]))
