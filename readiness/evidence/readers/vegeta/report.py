"""A report of Vegeta, as JSON or as text in any document: the figures of each attack."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.loadtest.numbers import (
    count,
    number,
    parse_count,
    parse_duration,
    parse_number,
    percentile,
)
from readiness.evidence.loadtest.pasted import plain_lines
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.loadtest.pasted import Line

_NS = 1e6  # in a millisecond
_HINT = "keep the file as `vegeta report` wrote it"
_DOCUMENT = pattern(rb'[ \t]*\{[ \t]*"latencies"[ \t]*:')
_ROW = pattern(
    r"(?:^|.*[\s|])(Requests|Duration|Latencies|Bytes In|Bytes Out|Success|Status Codes)"
    r"\s+\[([^\]]{1,80})\](?:\s+(\S.*))?"
)
_NEEDED = ("Requests", "Duration", "Latencies", "Success", "Status Codes")
_CODE = pattern(r"[0-9]{1,5}")
_NTH = pattern(r"([0-9]{1,2}(?:\.[0-9]{1,6})?)(?:th)?")
_TIMES = {"min": "min", "mean": "mean", "max": "max"}


class Value(NamedTuple):
    """A number and where it stands."""

    value: float
    at: Location


class Attack(NamedTuple):
    """What one report says.

    Attributes:
        requests: how many were sent.
        sending: ms from the first to the last request; `waiting` ms from there to the last
            response; `lasting` both, if the report says.
        rate: requests per second while sending; `throughput` successes per second of it all.
        times: metric to milliseconds.
        received: bytes of all responses.
        success: share of successes, None of no requests; `exact` to so much.
        codes: responses by status code, 0 for none.
        total: sum of all times in ms.
        ended: when the last response came.
    """

    requests: Value
    sending: Value
    waiting: Value
    lasting: Value | None
    rate: Value | None
    throughput: Value | None
    times: dict[str, Value]
    received: Value | None
    success: Value | None
    exact: float
    codes: dict[str, int]
    codes_at: Location
    total: Value | None = None
    ended: tuple[datetime, Location] | None = None


def attacks(source: Source) -> Iterator[Attack]:
    """Yield the reports of a file: one of JSON, one per line of JSON, or any number of texts.

    Raises:
        Unreadable: a report that is cut off, or holds what is not a number.
    """
    lines = source.data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    whole = [number for number, line in enumerate(lines) if _DOCUMENT.match(line)]
    if len(whole) > 1 or (whole and sum(bool(line.strip()) for line in lines) > 1):
        single = lines[whole[0]].rstrip().endswith(b"}")
        for index in whole if single else ():
            yield _json(source.part(b"\n" * index + lines[index]))
        if single:
            return
    if source.text.lstrip().startswith("{"):
        yield _json(source)
    else:
        yield from _texts(source)


def _json(source: Source) -> Attack:
    document = JsonDocument(source)
    latencies, codes = document.get("latencies"), document.get("status_codes")
    if not isinstance(latencies, dict) or not isinstance(codes, dict):
        message = "`latencies` or `status_codes` is not that of a Vegeta report"
        raise Unreadable("wrong-shape", message, document.at(), _HINT)

    def value(*steps: str, scale: float = 1) -> Value | None:
        found, at = document.get(*steps), document.at(*steps)
        return None if found is None else Value(number(found, at, f"`{steps[-1]}`") / scale, at)

    def needed(key: str, scale: float = 1) -> Value:
        found = value(key, scale=scale)
        if found is None:
            message = f"`{key}` is missing"
            raise Unreadable("wrong-shape", message, document.at(), _HINT)
        return found

    requests = count(document.get("requests"), document.at("requests"), "`requests`")
    times = {
        name: found
        for key in latencies
        if (name := _metric(key)) and (found := value("latencies", key, scale=_NS))
    }
    return Attack(
        Value(requests, document.at("requests")),
        needed("duration", _NS),
        value("wait", scale=_NS) or Value(0.0, document.at("duration")),
        None,
        value("rate"),
        value("throughput"),
        times,
        value("bytes_in", "total"),
        needed("success") if requests else None,
        1e-6,
        {code: _code(code, n, document.at("status_codes", code)) for code, n in codes.items()},
        document.at("status_codes"),
        value("latencies", "total", scale=_NS),
        _ended(document),
    )


def _code(code: str, number_of: Any, at: Location) -> int:
    if not _CODE.fullmatch(code):
        raise Unreadable("number", f"`{code[:60]}` is not a status code", at, _HINT)
    return count(number_of, at, f"the number of responses {code}")


def _metric(name: str) -> str:
    """Return the metric of a name of a time, such as `95th` or `95`; empty of `total`."""
    match = _NTH.fullmatch(name)
    return percentile(float(match[1])) if match else _TIMES.get(name, "")


def _ended(document: JsonDocument) -> tuple[datetime, Location] | None:
    for key in ("end", "latest"):
        text = document.get(key)
        if isinstance(text, str):
            try:
                found = datetime.fromisoformat(text)
                zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
                return zoned.astimezone(UTC), document.at(key)
            except (ValueError, OverflowError):
                message = f"`{key}` is no time"
                raise Unreadable("number", message, document.at(key), _HINT) from None
    return None


def _texts(source: Source) -> Iterator[Attack]:
    """Yield the reports in a text, each of rows that follow each other."""
    block: dict[str, tuple[Line, re.Match[str]]] = {}
    for line in plain_lines(source):
        match = _ROW.fullmatch(line.text)
        if block and line.text and (match is None or match[1] in block):
            yield _text(source, block)
            block = {}
        if match is not None and (block or match[1] == "Requests"):
            block[match[1]] = (line, match)
    if block:
        yield _text(source, block)


class _Row(NamedTuple):
    """The values of a row by the names in its brackets."""

    source: Source
    line: int
    name: str
    cells: dict[str, str]

    def at(self, column: str) -> Location:
        return self.source.at(self.line, pointer=f"{self.name} {column}")

    def number(self, column: str) -> Value | None:
        text, at = self.cells.get(column), self.at(column)
        if text is None:
            return None
        return Value(parse_number(text, at, f"`{self.name} {column}`"), at)

    def time(self, column: str) -> Value:
        text, at = self.cells.get(column, ""), self.at(column)
        return Value(parse_duration(text, at, f"`{self.name} {column}`"), at)


def _text(source: Source, block: dict[str, tuple[Line, re.Match[str]]]) -> Attack:
    rows: dict[str, _Row] = {}
    for name, (line, match) in block.items():
        names = match[2].split(", ")
        values = match[3] or ""
        cells = [values] if name == "Status Codes" else values.split(", ")
        if len(names) != len(cells):
            message = f"`{name}` has {len(cells)} values for {len(names)} names"
            raise Unreadable("cut-off", message, source.at(line.number), "was the file cut off?")
        rows[name] = _Row(source, line.number, name, dict(zip(names, cells, strict=True)))
    missing = [name for name in _NEEDED if name not in rows]
    if missing:
        message = f"the report has no row `{missing[0]}`"
        at = source.at(rows["Requests"].line)
        raise Unreadable("cut-off", message, at, "was the report cut off?")
    requests, duration = rows["Requests"], rows["Duration"]
    at = requests.at("total")
    total = parse_count(requests.cells.get("total", ""), at, "the number of requests")
    latencies, codes = rows["Latencies"], rows["Status Codes"]
    return Attack(
        Value(total, at),
        duration.time("attack"),
        duration.time("wait"),
        duration.time("total") if "total" in duration.cells else None,
        requests.number("rate"),
        requests.number("throughput"),
        {_metric(name): latencies.time(name) for name in latencies.cells if _metric(name)},
        rows["Bytes In"].number("total") if "Bytes In" in rows else None,
        _share(rows["Success"]) if total else None,
        1e-4,
        _codes(codes),
        codes.at("code:count"),
    )


def _share(row: _Row) -> Value:
    text, at = row.cells.get("ratio", ""), row.at("ratio")
    return Value(parse_number(text.removesuffix("%"), at, "`Success`") / 100, at)


def _codes(row: _Row) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair in row.cells.get("code:count", "").split():
        code, _, number_of = pair.partition(":")
        at = row.at(code[:60])
        if not _CODE.fullmatch(code) or code in found:
            message = f"`{pair[:60]}` is not a status code and how often it came, once each"
            raise Unreadable("number", message, at, _HINT)
        found[code] = parse_count(number_of, at, f"the number of responses {code}")
    return found
