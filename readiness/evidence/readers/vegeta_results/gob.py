"""Decodes a stream of Go's encoding/gob that holds the results of Vegeta, strictly and bounded.

Format: https://pkg.go.dev/encoding/gob (Encoding Details), lib/results.go of
https://github.com/tsenart/vegeta, and time.Time.MarshalBinary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.readers.vegeta_results.results import HINT, Result

if TYPE_CHECKING:
    from readiness.errors import Location

_MESSAGE = 1 << 26  # bytes of a result with its body
_TYPES = 100
_DEPTH = 20
_BUILT_IN = {"uint": (1, 3, 4), "int": (2,), "bytes": (5, 6), "complex": (7,)}
_YEAR_1 = 62_135_596_800  # seconds from there to 1970
_TIME = {15: 1, 16: 2}  # length to version
_FIELDS = {
    "Attack": "bytes",
    "Seq": "uint",
    "Code": "uint",
    "Timestamp": "opaque",
    "Latency": "int",
    "BytesIn": "uint",
    "Error": "bytes",
    "Method": "bytes",
    "URL": "bytes",
}
_SIMPLE = ("uint", "int", "bytes", "opaque")
_NEEDED = {"Code", "Timestamp", "Latency"}
Read = Callable[[bytes, int], tuple[Any, int]]


class Corrupt(Exception):  # noqa: N818 - reads better where it is raised
    """Bytes that are no gob; the place is added where it is caught."""


class _CutOff(Exception):  # noqa: N818 - as above
    """The file ends within a message."""


class _Type(NamedTuple):
    """A type of the stream: of which kind, and of which others it is made."""

    kind: str
    name: str
    parts: tuple[tuple[str, int], ...] = ()


def results(source: Source) -> Iterator[tuple[Location, Result]]:
    """Yield the results of a stream with their places.

    Raises:
        Unreadable: cut off, corrupt, or the gob of something else.
    """
    types = {number: _Type(kind, "") for kind, ids in _BUILT_IN.items() for number in ids}
    plan: list[tuple[str, str, int]] = []
    known, found = 0, 0
    try:
        for message in _messages(source.chunks()):
            number, start = _int(message, 0)
            if number < 0:
                _define(types, -number, message, start)
                continue
            if number != known:
                plan, known = _plan(types, number), number
            result = _result(types, plan, message, start)
            found += 1
            yield source.at(pointer=f"result {found}"), result
    except _CutOff:
        at = source.at(pointer=f"result {found + 1}")
        reason = f"the file ends in the middle of result {found + 1:,}"
        help_ = "was the attack killed, or the file not copied whole?"
        raise Unreadable("cut-off", reason, at, help_) from None
    except (Corrupt, IndexError) as error:
        at = source.at(pointer=f"result {found + 1}")
        reason = str(error) if isinstance(error, Corrupt) else "it ends too early"
        raise Unreadable("not-gob", f"no gob of results: {reason}", at, HINT) from None


def _messages(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the messages of a stream, each without its length."""
    data, pos = b"", 0
    while True:
        size, length = _length(data[pos : pos + 9])
        if size and pos + size + length <= len(data):
            yield data[pos + size : pos + size + length]
            pos += size + length
            continue
        parts = [data[pos:]]
        missing = size + length - len(parts[0]) if size else 1
        while missing > 0 and (chunk := next(chunks, b"")):
            parts.append(chunk)
            missing -= len(chunk)
        if missing > 0 and not parts[0] and len(parts) == 1:
            return
        if missing > 0:
            raise _CutOff
        data, pos = b"".join(parts), 0


def _length(head: bytes) -> tuple[int, int]:
    """Return how long the length of a message is, and the length; 0 if not all of it is there."""
    if not head or len(head) <= 256 - head[0] <= 8:  # noqa: PLR2004 - at most eight bytes
        return 0, 0
    length, size = _uint(head, 0)
    if not 0 < length <= _MESSAGE:
        raise Corrupt(f"a message of {length:,} bytes")
    return size, length


def _uint(data: bytes, pos: int) -> tuple[int, int]:
    first = data[pos]
    if first < 128:  # noqa: PLR2004 - the format's limit
        return first, pos + 1
    end = pos + 257 - first
    if first < 248 or end > len(data):  # noqa: PLR2004 - at most eight bytes follow
        raise Corrupt("a number that is none")
    return int.from_bytes(data[pos + 1 : end], "big"), end


def _int(data: bytes, pos: int) -> tuple[int, int]:
    value, pos = _uint(data, pos)
    return (~(value >> 1) if value & 1 else value >> 1), pos


def _bytes(data: bytes, pos: int) -> tuple[bytes, int]:
    length, pos = _uint(data, pos)
    end = pos + length
    if end > len(data):
        raise Corrupt("a text longer than its message")
    return data[pos:end], end


def _struct(data: bytes, pos: int, readers: tuple[Read, ...]) -> tuple[dict[int, Any], int]:
    """Read the fields of a struct that are there, by their number."""
    found: dict[int, Any] = {}
    field = -1
    while True:
        delta, pos = _uint(data, pos)
        if not delta:
            return found, pos
        field += delta
        if field >= len(readers):
            raise Corrupt("a field that its type has not")
        found[field], pos = readers[field](data, pos)


def _named(data: bytes, pos: int) -> tuple[tuple[str, int], int]:
    """Read a struct of a name and a type's number, as types and their fields begin with."""
    found, pos = _struct(data, pos, (_bytes, _int))
    return (found.get(0, b"").decode("utf-8", "replace"), found.get(1, 0)), pos


def _fields(data: bytes, pos: int) -> tuple[list[tuple[str, int]], int]:
    number, pos = _uint(data, pos)
    found = []
    for _ in range(min(number, _TYPES)):
        field, pos = _named(data, pos)
        found.append(field)
    if number > _TYPES:
        raise Corrupt(f"a type with {number:,} fields")
    return found, pos


def _spec(*readers: Read) -> Read:
    return lambda data, pos: _struct(data, pos, (_named, *readers))


_WIRE = (_spec(_int, _int), _spec(_int), _spec(_fields), _spec(_int, _int), *(_spec(),) * 3)
_KINDS = ("array", "slice", "struct", "map", "opaque", "opaque", "opaque")


def _define(types: dict[int, _Type], number: int, data: bytes, pos: int) -> None:
    """Note a type that the stream defines."""
    wire, pos = _struct(data, pos, _WIRE)
    if len(wire) != 1 or pos != len(data) or len(types) > _TYPES:
        raise Corrupt("a type that is none")
    if number in types:
        raise Corrupt("its types are defined twice: were two files joined?")
    ((which, spec),) = wire.items()
    kind, name = _KINDS[which], spec.get(0, ("", 0))[0]
    if kind == "struct":
        parts = tuple(spec.get(1, ()))
    elif kind == "map":
        parts = (("", spec.get(1, 0)), ("", spec.get(2, 0)))
    else:
        parts = (("", spec.get(1, 0)),)
    types[number] = _Type(kind, name, parts)


def _plan(types: dict[int, _Type], number: int) -> list[tuple[str, str, int]]:
    """Return name, kind and type of the fields of a result.

    The name is empty if the field is not needed, the kind if it is made of others.
    """
    result = types.get(number)
    if result is None or result.kind != "struct" or result.name != "Result":
        raise Corrupt("it holds something else")
    plan = []
    for name, kind in result.parts:
        wanted = _FIELDS.get(name)
        actual = types[kind].kind if kind in types else ""
        if wanted and actual != wanted:
            raise Corrupt(f"`{name}` has an unexpected type")
        plan.append((name if wanted else "", actual if actual in _SIMPLE else "", kind))
    if not {name for name, _, _ in plan} >= _NEEDED:
        raise Corrupt("its results have no code, timestamp or latency")
    return plan


def _result(
    types: dict[int, _Type], plan: list[tuple[str, str, int]], data: bytes, pos: int
) -> Result:
    """Read a result. A field that is not there is zero."""
    found: dict[str, Any] = {}
    field, last = -1, len(plan) - 1
    while delta := data[pos]:
        if delta > last - field:
            raise Corrupt("a field that its type has not")
        field += delta
        name, kind, number = plan[field]
        if kind == "uint":
            found[name], pos = _uint(data, pos + 1)
        elif kind == "int":
            found[name], pos = _int(data, pos + 1)
        elif kind:
            found[name], pos = _bytes(data, pos + 1)
        elif field == last and types.get(number, types[1]).kind == "map" and not data[-1]:
            pos = len(data) - 1  # the headers, which nothing here needs
        else:
            pos = _skip(types, number, data, pos + 1, 0)
    if pos + 1 != len(data):
        raise Corrupt("a result that is longer than its fields")
    texts = [
        found.get(name, b"").decode("utf-8", "replace") for name in ("Attack", "Method", "URL")
    ]
    seq = found.get("Seq", 0) if any(name == "Seq" for name, _, _ in plan) else None
    began = _nanoseconds(found.get("Timestamp", b""))
    code, lasted, received = (found.get(name, 0) for name in ("Code", "Latency", "BytesIn"))
    failed = bool(found.get("Error"))
    return Result(texts[0], seq, code, began, lasted, failed, received, texts[1], texts[2])


def _nanoseconds(data: bytes) -> int:
    """Return nanoseconds since 1970 of a time as Go marshals it."""
    if _TIME.get(len(data)) != (data[0] if data else 0):
        raise Corrupt("a time that is none")
    seconds = int.from_bytes(data[1:9], "big", signed=True) - _YEAR_1
    return seconds * 10**9 + int.from_bytes(data[9:13], "big")


def _skip(types: dict[int, _Type], number: int, data: bytes, pos: int, depth: int) -> int:
    """Return where a value of some type ends."""
    kind, _, parts = types.get(number, _Type("", ""))
    if depth > _DEPTH:
        raise Corrupt("a value in too many others")
    if kind in ("uint", "int"):
        return _uint(data, pos)[1]
    if kind in ("bytes", "opaque"):
        return _bytes(data, pos)[1]
    if kind == "struct":
        readers = tuple(_skipper(types, part, depth) for _, part in parts)
        return _struct(data, pos, readers)[1]
    if kind not in ("map", "slice", "array"):
        raise Corrupt("a value of an unknown type")
    length, pos = _uint(data, pos)
    for _ in range(length):
        for _, part in parts:
            pos = _skip(types, part, data, pos, depth + 1)
    return pos


def _skipper(types: dict[int, _Type], number: int, depth: int) -> Read:
    return lambda data, pos: (None, _skip(types, number, data, pos, depth + 1))
