"""The text of a JSON file of any size, read strictly, value by value, in bounded memory."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from readiness.evidence.reader import Unreadable, check_utf16
from readiness.evidence.structured import (
    TinyError,
    check_halves,
    check_shape,
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
BATCH = 1 << 16  # characters of a list whose elements are taken at once
_FAR = 4_000_000  # characters behind a mistake, after which it is one and no end that is missing
_DIGITS = 400
_TRIES = 3  # batches that may fail, before the elements of a list are taken one by one
_ENDS = {"{": "},", "[": "],", '"': '",'}  # what stands behind an element, by how it begins
_INFINITY = "Infinity"
_ONCE = "which one holds is a guess: write it once"
_SPACE = pattern(r"[ \t\r\n]*")
_CUT_NUMBER = pattern(r"[-+.eE0-9]*\Z")
_CUT = "was the file cut off, or is there a log line before it?"


class _RefusedError(ValueError):
    """What JSON has not: the code of the problem, and its text."""

    def __init__(self, code: str, text: str, help: str) -> None:
        super().__init__(text)
        self.code, self.help = code, help


class Text:
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
                    self._check(value, end)
                    self._advance(end)
                    return value

    def _check(self, value: Any, end: int) -> None:
        """Refuse a value that is nested too deeply, or holds too many others or half a character.

        Raises:
            Unreadable: it does.
        """
        if isinstance(value, str | dict | list):
            text = self._held[self._at : end]
            check_halves(value, text, self.here())
            if not isinstance(value, str):
                check_shape(value, text, self._source.limits, self.here())

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that begins here; its values are read between them.

        Raises:
            Unreadable: a key is there twice, or it is no object.
        """
        self.expect("{")
        found: set[str] = set()
        ended = self.peek() == "}"
        if ended:
            self.skip()
        while not ended:
            if self.peek() != '"':
                raise self.wrong("Expecting property name enclosed in double quotes")
            key = self.value()
            if key in found:
                message = f"the key {key!r} is given twice in one object"
                raise Unreadable("duplicate-key", message, self.here(), _ONCE)
            found.add(key)
            self.expect(":")
            self.peek()
            yield key
            ended = self.expect(",}") == "}"

    def elements(self) -> Iterator[int]:
        """Yield the numbers of the elements of the list that begins here, read between them."""
        self.expect("[")
        ended, index = self.peek() == "]", 0
        if ended:
            self.skip()
        while not ended:
            self.peek()
            yield index
            index += 1
            ended = self.expect(",]") == "]"

    def infinity(self) -> bool:
        """Pass over a bare `Infinity`, if it is the value that begins here."""
        self.peek()
        while len(self._held) - self._at < len(_INFINITY) and self._more():
            pass
        found = self._held.startswith(_INFINITY, self._at)
        if found:
            self._advance(self._at + len(_INFINITY))
        return found

    def batches(self) -> Iterator[list[Any]]:
        """Yield the elements of the list that begins here, as many at once as are at hand."""
        self.expect("[")
        if self.peek() == "]":
            self.skip()
            return
        tries, ended = _TRIES, False
        while not ended:
            found, ended = self._batch() if tries else ([], False)
            if not found:
                tries = max(tries - 1, 0)
                found, ended = [self.value()], self.expect(",]") == "]"
            yield found

    def _batch(self) -> tuple[list[Any], bool]:
        """Return elements up to one that a comma follows, and whether the list ended instead.

        What is cut within an element is no JSON. So is a mistake: `value` tells where it stands.
        """
        first = self.peek()
        while len(self._held) - self._at < BATCH and self._more():
            pass
        end = self._held.rfind(_ENDS.get(first, ","), self._at, self._at + BATCH)
        if end < 0:
            return [], False
        end += len(_ENDS.get(first, ",")) - 1
        text = f"[{self._held[self._at : end]}]"
        try:
            found, size = self._json.raw_decode(text)
            if may_be_tiny(text, 0, size):
                self._careful.raw_decode(text)
        except (ValueError, RecursionError):
            found, size = [], 0
        if not found:  # as where a comma follows a comma
            return [], False
        ended = size < len(text)  # at an earlier `]`, which is the file's own
        end = self._at + size - 2 if ended else end
        self._check(found, end)
        self._advance(end + 1)  # the comma, or the `]`
        return found, ended

    def _grow(self) -> bool:
        """Read on until twice as much is held, so that long values are not tried too often."""
        wanted = 2 * (len(self._held) - self._at)
        if wanted > 2 * LARGEST:
            message = f"one part has more than {LARGEST / 1e6:.0f} million characters"
            hint = "write it as JSON lines, or export less"
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
        raise _RefusedError("duplicate-key", text, _ONCE)
    return found


def _constant(word: str) -> Any:
    raise _RefusedError("not-json", f"{word} is not JSON", "write null for a value that is missing")


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise _RefusedError("number", f"a number with more than {_DIGITS} digits", _CUT)
    return int(digits)
