"""Java properties files to parts, like YAML: `a.b[0].c = 1` is `{a: {b: [{c: 1}]}}`.

Format: java.util.Properties.load, and for several documents in one file (`#---`) Spring Boot's
reference, "Using Properties Files". All values are texts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from readiness.evidence.documents import Part, Step, Tree
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import escape
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location

_SEPARATOR = pattern(r"[#!]---\s*")
_KEY = pattern(r"((?:\\.|[^\\=:\s])*)\s*[=:]?\s*")
_ESCAPE = pattern(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_STEP = pattern(r"\[([0-9]{1,4})\]|\[([^\]]+)\]|([^.\[\]]+)")
_PLAIN = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def read_properties(source: Source, *, fold: bool = False) -> list[Part]:
    """Parse a properties file; one part for each document in it.

    Raises:
        Unreadable: not text, empty, or a key given twice in one document.
    """
    documents: list[dict[tuple[Step, ...], tuple[str, int]]] = [{}]
    for key, value, line in _pairs(source.text):
        if not key:
            documents.append({})
            continue
        steps = steps_of(key)
        if steps in documents[-1]:
            message = f"the key `{key[:80]}` is given twice"
            raise Unreadable("duplicate-key", message, source.at(line), "keep one of them")
        documents[-1][steps] = (value, line)
    parts = [_part(source, pairs, fold) for pairs in documents if pairs]
    if not parts:
        raise Unreadable("empty", "the file sets nothing", source.at(), "was it cut off?")
    return parts


def steps_of(key: str) -> tuple[Step, ...]:
    """Return the steps of a key: dots and brackets separate, digits in brackets are indexes."""
    found = _STEP.findall(key)
    return tuple(int(index) if index else bracket or name for index, bracket, name in found)


def _pairs(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield key, value and line of each entry; an empty key where a new document starts."""
    logical, first = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.lstrip(" \t\f")
        if not logical and (not line or line[0] in "#!"):
            if _SEPARATOR.fullmatch(line):
                yield "", "", number
            continue
        first = first if logical else number
        logical += line
        if (len(logical) - len(logical.rstrip("\\"))) % 2:
            logical = logical[:-1]
            continue
        yield (*_pair(logical), first)
        logical = ""
    if logical:
        yield (*_pair(logical), first)


def _pair(logical: str) -> tuple[str, str]:
    match = _KEY.match(logical)
    end = match.end() if match else 0
    key = _unescape(match[1]) if match else ""
    return key or "=", _unescape(logical[end:]).rstrip()


def _unescape(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        found = match[1]
        return chr(int(found[1:], 16)) if len(found) > 1 else _PLAIN.get(found, found)

    return _ESCAPE.sub(plain, text)


def _part(source: Source, pairs: dict[tuple[Step, ...], tuple[str, int]], fold: bool) -> Part:
    root: dict[str, Any] = {}
    lines: dict[tuple[Step, ...], int] = {}
    for steps, (value, line) in pairs.items():
        if _put(root, steps, value):
            for end in range(len(steps) + 1):
                lines.setdefault(steps[:end], line)

    def at(steps: tuple[Step, ...]) -> Location:
        end = next(n for n in range(len(steps), -1, -1) if steps[:n] in lines or not n)
        pointer = "".join(f"/{escape(str(step))}" for step in steps[:end])
        return source.at(lines.get(steps[:end], 1), 0, pointer)

    return Part(Tree(root, at, fold), (), root)


def _put(root: dict[str, Any], steps: tuple[Step, ...], value: str) -> bool:
    """Put a value into nested mappings and lists; a list grows one by one, as Spring binds it."""
    if not steps:
        return False  # a key of brackets or points only
    node: Any = root
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        fresh: Any = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(node, dict) and isinstance(step, str):
            node = node.setdefault(step, fresh)
        elif isinstance(node, list) and isinstance(step, int) and step <= len(node):
            if step == len(node):
                node.append(fresh)
            node = node[step]
        else:
            return False
    return node is value
