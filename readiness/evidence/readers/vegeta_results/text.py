"""Decodes the results of Vegeta as `vegeta encode` writes them: a line of JSON each, or of CSV.

Format: NewJSONEncoder and NewCSVEncoder in lib/results.go of https://github.com/tsenart/vegeta.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.readers.vegeta_results.results import HINT, Result
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location

COLUMNS = (6, 9, 12)  # of versions before 12, of 12.0, and since 12.3
_COUNT = pattern(r"[0-9]{1,19}")
_SECOND = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_TIME = pattern(rf"({_SECOND.pattern})(?:\.([0-9]{{1,9}}))?(Z|[+-][0-9]{{2}}:[0-9]{{2}})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CELL = 1 << 21  # characters; a line has at most a mebibyte
_HELP = "was the attack killed, or the file not copied whole?"


def json_results(source: Source) -> Iterator[tuple[Location, Result]]:
    """Yield the results of lines of JSON with their places.

    Raises:
        Unreadable: a line that is cut off, is no result, or has a value of the wrong type.
    """
    for number, line in source.lines():
        if not line.strip():
            continue
        at = source.at(number)
        try:
            value = json.loads(line, object_pairs_hook=_object, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise Unreadable("not-json", "the line is not valid JSON", at, _HELP) from None
        if not isinstance(value, dict):
            raise Unreadable("wrong-shape", "the line is no JSON object", at, HINT)
        yield at, _from_json(value, at)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _from_json(value: dict[str, Any], at: Location) -> Result:
    texts = [value.get(key) or "" for key in ("attack", "error", "method", "url")]
    numbers = [
        value.get("code"),
        value.get("latency"),
        value.get("bytes_in", 0),
        value.get("seq", 0),
    ]
    if not all(isinstance(text, str) for text in texts):
        message = "`attack`, `error`, `method` or `url` is not a text"
        raise Unreadable("wrong-shape", message, at, HINT)
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in numbers):
        message = "`code`, `latency`, `bytes_in` or `seq` is not a whole number of 0 or more"
        raise Unreadable("number", message, at, HINT)
    began = _nanoseconds(value.get("timestamp"), at)
    attack, error, method, url = texts
    code, lasted, received, seq = numbers
    known = seq if "seq" in value else None
    sizes = known, code, began, lasted, bool(error), received
    return Result(attack, *sizes, method, url)


def _nanoseconds(text: object, at: Location) -> int:
    """Return nanoseconds since 1970 of a time as Go writes it (RFC 3339)."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    try:
        zone = "+00:00" if match is None or match[3] == "Z" else match[3]
        moment = datetime.fromisoformat(match[1] + zone) - _EPOCH if match else None
    except (ValueError, OverflowError):
        moment = None
    if match is None or moment is None:
        raise Unreadable("number", "`timestamp` is no time", at, HINT)
    whole = (moment.days * 86_400 + moment.seconds) * 10**9
    return whole + int((match[2] or "0").ljust(9, "0"))


def csv_results(source: Source) -> Iterator[tuple[Location, Result]]:
    """Yield the results of lines of CSV, which has no header, with their places.

    Raises:
        Unreadable: a line that is cut off, has more or fewer columns than the first, an open quote,
            or a value that is not a number where there must be one.
    """
    columns, rows = 0, _rows(source)
    for number, cells in rows:
        at = source.at(number)
        columns = columns or len(cells)
        try:
            result = _from_cells(cells, columns, at)
        except Unreadable:
            if next(rows, None) is None and not source.complete:
                raise _cut_off(at) from None
            raise
        yield at, result
    if not source.complete:
        raise _cut_off(source.at())


def _cut_off(at: Location) -> Unreadable:
    return Unreadable("cut-off", "the last line has no end", at, _HELP)


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row with the number of its first line."""
    held, start = b"", 0
    for number, line in source.lines():
        if not line and not held:
            continue
        start = start if held else number
        held = held + b"\n" + line if held else line
        if b'"' not in held:
            yield start, _text(held, source.at(start)).split(",")
            held = b""
        elif held.count(b'"') % 2 == 0:
            yield start, _quoted(_text(held, source.at(start)), source.at(start))
            held = b""
        elif len(held) > _CELL:
            break
    if held:
        raise Unreadable("not-csv", "a quote is left open", source.at(start), _HELP)


def _text(line: bytes, at: Location) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise Unreadable("not-utf8", "the line is not UTF-8 text", at, HINT) from None


def _quoted(text: str, at: Location) -> list[str]:
    import csv  # noqa: PLC0415 - only a line with a quote needs it

    limit = csv.field_size_limit(_CELL)
    try:
        (cells,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        raise Unreadable("not-csv", "the line is not valid CSV", at, HINT) from None
    finally:
        csv.field_size_limit(limit)
    return cells


def _from_cells(cells: list[str], columns: int, at: Location) -> Result:
    if len(cells) != columns or columns not in COLUMNS:
        message = f"{len(cells)} columns where there must be {columns or 12}"
        message = message if columns in COLUMNS else f"{columns} columns, not 6, 9 or 12"
        raise Unreadable("ragged", message, at, _HELP)
    if not all(_COUNT.fullmatch(cell) for cell in cells[:5]):
        message = "timestamp, code, latency or bytes is not a whole number of 0 or more"
        raise Unreadable("number", message, at, HINT)
    began, code, lasted = int(cells[0]), int(cells[1]), int(cells[2])
    failed, received = bool(cells[5]), int(cells[4])
    if len(cells) == COLUMNS[0]:
        return Result("", None, code, began, lasted, failed, received)
    if not _COUNT.fullmatch(cells[8]):
        raise Unreadable("number", "the sequence number is no number", at, HINT)
    method, url = cells[9:11] if len(cells) == COLUMNS[2] else ("", "")
    return Result(cells[7], int(cells[8]), code, began, lasted, failed, received, method, url)
