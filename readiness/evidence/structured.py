"""JSON and XML read strictly for evidence: no duplicate keys, no entities, places kept."""

from __future__ import annotations

import json
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from readiness.errors import Location
    from readiness.evidence.limits import Limits

MAX_DEPTH = 200
_INDEXED = 2_000_000  # bytes; in larger files a place is its pointer alone
_TOKEN = pattern(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_DIGITS = 400
_DECLARED = pattern(r"\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([^\"']*)")
_ENCODINGS = {"utf-8", "us-ascii", "iso-8859-1", "windows-1252"}
_TINY = pattern(r"[0-9.][eE]-[0-9]{3}|0\.0{300}")  # may be nearer to zero than a number can be
_SMALL = ("e-", "E-", "0.0000000000")
_HALF = pattern(r"\\u[dD][89a-fA-F]")


class TinyError(ValueError):
    """A number that is not zero and would be read as zero."""


def not_tiny(digits: str) -> float:
    """Return a number of JSON.

    Raises:
        TinyError: it would be read as zero, and is not.
    """
    value = float(digits)
    if value == 0 and any(c in "123456789" for c in digits.lower().partition("e")[0]):
        raise TinyError(f"the number {digits[:40]} is too near to zero to be told from it")
    return value


def may_be_tiny(text: str, start: int, end: int) -> bool:
    """Whether a part of a text may hold a number that `not_tiny` refuses."""
    marks = any(text.find(mark, start, end) >= 0 for mark in _SMALL)  # much faster than a pattern
    return marks and _TINY.search(text, start, end) is not None


class JsonDocument:
    """A parsed JSON file whose values know their line.

    Attributes:
        value: the content; of a streamed file it is set by `folded`. NaN and Infinity, which
            RFC 8259 has not, are refused.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.value: Any = None if source.streaming else _parse_json(source)

    def at(self, *steps: str | int) -> Location:
        """Return the place of the value at a path of keys and indexes, as a JSON pointer."""
        pointer = "".join(f"/{escape(str(step))}" for step in steps)
        line, column = self._index.get(pointer, (0, 0))
        return self._source.at(line, column, pointer)

    def get(self, *steps: str | int) -> Any:
        """Return the value at a path, or None if there is none."""
        value = self.value
        for step in steps:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
                value = value[step]
            else:
                return None
        return value

    @cached_property
    def _index(self) -> dict[str, tuple[int, int]]:
        """Line and column by pointer, from one pass over the tokens."""
        text = "" if self._source.streaming else self._source.text
        return index_json(text) if len(text) <= _INDEXED else {}


def escape(step: str) -> str:
    """Escape one step of a JSON pointer (RFC 6901, section 3)."""
    return step.replace("~", "~0").replace("/", "~1")


def index_json(text: str) -> dict[str, tuple[int, int]]:
    """Return the 1-based line and column of every value of a valid JSON text, by pointer."""
    places: dict[str, tuple[int, int]] = {}
    stack: list[list[Any]] = []  # [pointer, key or index, in an object, expects a key]
    line, seen, line_start = 1, 0, 0
    for token in _TOKEN.finditer(text):
        word, start = token.group(), token.start()
        newlines = text.count("\n", seen, start)
        if newlines:
            line, line_start = line + newlines, text.rindex("\n", seen, start) + 1
        seen = start
        top = stack[-1] if stack else None
        if word in "}]":
            stack.pop()
        elif word == ",":
            _next(top)
        elif top and top[3] and word != ":":
            top[1], top[3] = json.loads(word), False
        elif word != ":":
            pointer = f"{top[0]}/{escape(str(top[1]))}" if top else ""
            places[pointer] = (line, start - line_start + 1)
            if word in "{[":
                stack.append([pointer, 0, word == "{", word == "{"])
    return places


def _next(top: list[Any] | None) -> None:
    if top and top[2]:
        top[3] = True
    elif top:
        top[1] += 1


def _parse_json(source: Source) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) != len(items):
            counts = Counter(key for key, _ in items)
            twice = next(key for key, count in counts.items() if count > 1)
            line = _line_of_second(source.text, twice)
            raise Unreadable(
                "duplicate-key",
                f"the key {twice!r} is given twice in one object",
                source.at(line),
                "which one holds is a guess: write it once",
            )
        return result

    def constant(word: str) -> Any:
        raise _not_json(source, word)

    def integer(digits: str) -> int:
        if len(digits) > _DIGITS:
            raise Unreadable("number", f"a number with {len(digits)} digits", source.at())
        return int(digits)

    if not source.text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    try:
        value = json.loads(
            source.text, object_pairs_hook=pairs, parse_constant=constant, parse_int=integer
        )
    except json.JSONDecodeError as error:
        raise Unreadable(
            "not-json",
            f"not valid JSON: {error.msg}",
            source.at(error.lineno, error.colno),
            "was the file cut off, or is there a log line before it?",
        ) from None
    except RecursionError:
        raise too_deep(source.limits, source.at()) from None
    _check_values(value, source)
    check_shape(value, source.text, source.limits, source.at())
    return value


def _check_values(value: Any, source: Source) -> None:
    """Refuse numbers that would be read as zero, and texts that no file can hold."""
    try:
        if _TINY.search(source.text):
            json.loads(source.text, parse_float=not_tiny)
    except TinyError as error:
        raise Unreadable("number", str(error), source.at(), "write 0 if it is 0") from None
    check_halves(value, source.text, source.at())


def check_halves(value: Any, text: str, at: Location) -> None:
    """Refuse (Unreadable) a JSON value with a text that no file can hold: half a character."""
    if "\\u" not in text or not _HALF.search(text):
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        message = "a text holds half a character (a lone surrogate)"
        raise Unreadable("not-text", message, at, "write the whole pair") from None


def check_shape(value: Any, text: str, limits: Limits, at: Location) -> None:
    """Refuse a JSON value that has too many levels or values, level by level.

    Raises:
        Unreadable: over a limit.
    """
    opened = text.count("{") + text.count("[")
    if opened <= limits.depth and len(text) <= limits.nodes:
        return
    level: list[Any] = [value]
    nodes = 0
    for _ in range(limits.depth + 1):
        nodes += len(level)
        if nodes > limits.nodes:
            raise too_many_nodes(limits, at)
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise too_deep(limits, at)


def too_deep(limits: Limits, at: Location) -> Unreadable:
    """Return the refusal of what has too many levels."""
    message = f"it is nested too deeply: at most {limits.depth} levels are read"
    return Unreadable("too-deep", message, at, "is it another kind of file?")


def too_many_nodes(limits: Limits, at: Location) -> Unreadable:
    """Return the refusal of what has too many values."""
    message = f"it holds too many values: at most {limits.nodes:,} are read"
    return Unreadable("too-many", message, at, "export a summary, or a shorter run")


def _not_json(source: Source, word: str) -> Unreadable:
    """Return the refusal of NaN or Infinity, at the first that stands outside a text."""
    tokens = _TOKEN.finditer(source.text)
    start = next((token.start() for token in tokens if token.group() == word), 0)
    line = source.text.count("\n", 0, start) + 1
    hint = "write null for a value that is missing"
    return Unreadable("not-json", f"{word} is not JSON", source.at(line), hint)


def _line_of_second(text: str, key: str) -> int:
    quoted = json.dumps(key)
    first = text.find(quoted)
    second = text.find(quoted, first + 1)
    return text.count("\n", 0, second) + 1 if second >= 0 else 0


def parse_xml(source: Source) -> Element:
    """Parse an XML file without DTD, entities or external references.

    Raises:
        Unreadable: not well-formed, or it declares a DTD.
    """
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415

    from defusedxml import DefusedXmlException  # noqa: PLC0415 - only XML needs it
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    text = source.text
    if not text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    declared = _DECLARED.match(text)
    if declared and declared.group(1).lower() not in _ENCODINGS:
        raise Unreadable(
            "unsafe-xml",
            f"the encoding `{declared.group(1)}` is refused",
            source.at(1),
            "save it as UTF-8",
        )
    try:
        root: Element = fromstring(text.encode(), forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        raise Unreadable(
            "not-xml",
            f"not well-formed XML: {error.msg}",
            source.at(line, column + 1),
            "was the file cut off?",
        ) from None
    except (DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(
            "unsafe-xml",
            f"refused: {type(error).__name__}",
            source.at(),
            "evidence needs no DTD, entity or unusual encoding",
        ) from None
    _check_elements(root, text, source)
    return root


def _check_elements(root: Element, text: str, source: Source) -> None:
    limits = source.limits
    if text.count("<") <= min(limits.depth, limits.nodes):
        return
    level, nodes = [root], 0
    for _ in range(limits.depth + 1):
        nodes += len(level)
        if nodes > limits.nodes:
            raise too_many_nodes(limits, source.at())
        level = [inner for outer in level for inner in outer]
        if not level:
            return
    raise too_deep(limits, source.at())
