"""JSON of any size in its parts: what stands in the outermost lists and objects, one by one.

A file may hold one value or several (JSON lines, or one after the other). Memory is bounded by the
largest part, which is read strictly: no duplicate keys, no NaN, no Infinity.
"""

from __future__ import annotations

import codecs
import json
from collections import Counter
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.reader import Unreadable, check_utf16
from readiness.evidence.structured import (
    TinyError,
    check_shape,
    escape,
    may_be_tiny,
    not_tiny,
    too_deep,
)
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.reader import Source

LARGEST = 64_000_000  # characters of one part
_FAR = 4_000_000  # characters behind a mistake, after which it is one and no end that is missing
_DIGITS = 400
_SPACE = pattern(r"[ \t\r\n]*")
_CUT_NUMBER = pattern(r"[-+.eE0-9]*\Z")
_CUT = "was the file cut off, or is there a log line before it?"


class Part(NamedTuple):
    """One member of an outermost object, element of an outermost list, or value of its own.

    An element of a list that is a member of an outermost object is a part too, if that was asked;
    such a list without elements is one itself.
    """

    document: int
    line: int
    steps: tuple[str | int, ...]
    value: Any


class _RefusedError(ValueError):
    """What JSON has not: the code of the problem, and its text."""

    def __init__(self, code: str, text: str, help: str) -> None:
        super().__init__(text)
        self.code, self.help = code, help


def plain(head: bytes) -> bytes:
    """Return the beginning of a file without byte-order mark, in UTF-8, for a sniff."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return head.removeprefix(codecs.BOM_UTF8)


def parts(source: Source, lists: frozenset[str]) -> Iterator[Part]:
    """Yield the parts of a JSON file, in order.

    Args:
        source: the file, whole or streamed.
        lists: keys of outermost objects whose lists are taken apart too.

    Raises:
        Unreadable: not JSON, or a part of more than 64 million characters.
    """
    text = _Text(source)
    document = 0
    while (first := text.peek()) != "":
        if first == "[":
            text.skip()
            yield from _elements(text, document, ())
        elif first == "{":
            text.skip()
            yield from _members(text, document, lists)
        else:
            yield Part(document, text.line, (), text.value())
        document += 1
    if not document:
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")


def _elements(text: _Text, document: int, steps: tuple[str, ...]) -> Iterator[Part]:
    index = 0
    if text.peek() == "]":
        text.skip()
        return
    while True:
        text.peek()
        line = text.line
        yield Part(document, line, (*steps, index), text.value())
        index += 1
        if text.expect(",]") == "]":
            return


def _members(text: _Text, document: int, lists: frozenset[str]) -> Iterator[Part]:
    keys: set[str] = set()
    if text.peek() == "}":
        text.skip()
        return
    while True:
        if text.peek() != '"':
            raise text.wrong("Expecting property name enclosed in double quotes")
        key = text.value()
        if key in keys:
            message, hint = f"the key {key!r} is given twice in one object", "write it once"
            raise Unreadable("duplicate-key", message, text.here(), hint)
        keys.add(key)
        text.expect(":")
        listed = text.peek() == "[" and key in lists
        if listed:
            text.skip()
            if text.peek() == "]":
                yield Part(document, text.line, (key,), [])
            yield from _elements(text, document, (key,))
        else:
            yield Part(document, text.line, (key,), text.value())
        if text.expect(",}") == "}":
            return


class _Text:
    """The text of a file, of which only what is not yet read is held.

    Attributes:
        line: the number of the line that is read.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._chunks = source.chunks()
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder(
            object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_integer
        )
        self._careful = json.JSONDecoder(parse_float=not_tiny, parse_int=_integer)
        self._held, self._at, self._ended, self._begun = "", 0, False, False
        self.line = 1

    def here(self) -> Location:
        """Return the place that is read."""
        return self._source.at(self.line)

    def wrong(self, message: str, line: int = 0) -> Unreadable:
        """Return the refusal of what is no JSON."""
        at = self._source.at(line or self.line)
        return Unreadable("not-json", f"not valid JSON: {message}", at, _CUT)

    def _more(self) -> bool:
        """Take the next chunk; False at the end."""
        if self._ended:
            return False
        chunk = next(self._chunks, b"")
        if not self._begun:
            check_utf16(chunk, self._source.at())
            self._begun = True
        self._ended = not chunk
        try:
            text = self._decoder.decode(chunk, final=self._ended)
        except UnicodeDecodeError:
            message, hint = "it is not UTF-8 text", "save it as UTF-8"
            raise Unreadable("not-utf8", message, self.here(), hint) from None
        if "\0" in text:
            message = "the file holds NUL bytes"
            raise Unreadable("not-text", message, self.here(), "is it binary?")
        self._held, self._at = self._held[self._at :] + text, 0
        return not self._ended

    def _advance(self, to: int) -> None:
        self.line += self._held.count("\n", self._at, to)
        self._at = to

    def peek(self) -> str:
        """Return the next character that is no space, empty at the end."""
        while True:
            match = _SPACE.match(self._held, self._at)
            self._advance(match.end() if match else self._at)
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more() and self._at >= len(self._held):
                return ""

    def skip(self) -> None:
        """Pass over the character that was seen."""
        self._advance(self._at + 1)

    def expect(self, wanted: str) -> str:
        """Pass over one of some characters, and return it."""
        found = self.peek()
        if not found or found not in wanted:
            raise self.wrong(f"Expecting {' or '.join(wanted)}")
        self.skip()
        return found

    def value(self) -> Any:
        """Return the value that begins here."""
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._held, self._at)
                if may_be_tiny(self._held, self._at, end):
                    self._careful.raw_decode(self._held, self._at)
            except JSONDecodeError as error:
                behind = len(self._held) - error.pos
                cut = behind < _FAR or error.msg.startswith("Unterminated string")
                if not (cut and self._grow()):
                    line = self.line + self._held.count("\n", self._at, error.pos)
                    raise self.wrong(error.msg, line) from None
            except RecursionError:
                raise too_deep(self._source.limits, self.here()) from None
            except TinyError as error:
                raise Unreadable("number", str(error), self.here(), "write 0 if it is 0") from None
            except _RefusedError as error:
                raise Unreadable(error.code, str(error), self.here(), error.help) from None
            else:
                whole = _CUT_NUMBER.match(self._held, end) is None
                if whole or not self._grow():  # `12` may be the start of `12.5`
                    if isinstance(value, dict | list):
                        text = self._held[self._at : end]
                        check_shape(value, text, self._source.limits, self.here())
                    self._advance(end)
                    return value

    def _grow(self) -> bool:
        """Read on until twice as much is held, so that long values are not tried too often."""
        wanted = 2 * (len(self._held) - self._at)
        if wanted > 2 * LARGEST:
            message = f"one part has more than {LARGEST / 1e6:.0f} million characters"
            hint = "write it as JSON lines, or export fewer traces"
            raise Unreadable("too-large", message, self.here(), hint)
        grown = False
        while len(self._held) - self._at < wanted and self._more():
            grown = True
        return grown


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) < len(items):
        counts = Counter(key for key, _ in items)
        twice = next(key for key, count in counts.items() if count > 1)
        text = f"the key {twice!r} is given twice in one object"
        raise _RefusedError("duplicate-key", text, "which one holds is a guess: write it once")
    return found


def _constant(word: str) -> Any:
    raise _RefusedError("not-json", f"{word} is not JSON", "write null for a value that is missing")


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise _RefusedError("number", f"a number with more than {_DIGITS} digits", _CUT)
    return int(digits)


def place(source: Source, line: int, pointer: str, *, several: bool) -> Location:
    """Return a place: its line where a file holds several documents, else its pointer.

    The line of a part is not that of what stands in it, and of several documents no pointer tells
    which.
    """
    return source.at(line) if several else source.at(pointer=pointer)


def pointer(*steps: str | int) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join(f"/{escape(str(step))}" for step in steps)
