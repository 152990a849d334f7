"""What one run of oha states, from its JSON or from its text, in canonical units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.embedded import json_documents
from readiness.evidence.loadtest.numbers import count, number, parse_count, parse_number, percentile
from readiness.evidence.loadtest.pasted import Line, summaries
from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.evidence.structured import JsonDocument

Stated = dict[str, tuple[float, "Location"]]
_TIMES = {"fastest": "min", "average": "mean", "slowest": "max"}
_RANK = pattern(r"p([0-9]{1,2}(?:\.[0-9]{1,4})?)")
_LOWEST = 50.0
_HINT = "keep the output as oha wrote it"
_UNITS = {"secs": 1e3, "sec": 1e3, "s": 1e3, "ms": 1.0, "us": 1e-3, "µs": 1e-3, "ns": 1e-6}
_NONE = pattern(r"-?(?:NaN|inf)")
_VALUE = pattern(r"([A-Z][A-Za-z/ ]{2,14}):\s+(\S{1,40})(?: ([a-zµ]{1,4}))?")
_SHARE = pattern(r"([0-9]{1,2}(?:\.[0-9]{1,4})?)% in (\S{1,40}) ([a-zµ]{1,4})")
_STATUS = pattern(r"\[([0-9]{3})\] ([0-9]{1,15}) responses")
_ERROR = pattern(r"\[([0-9]{1,15})\] (\S.{0,400})")
_SECTION = pattern(r"([A-Z][a-z-]{2,12}(?: [a-z]{2,12}){1,2})(?: \((.{2,30})\))?:")


@dataclass
class Totals:
    """What one run states.

    Attributes:
        times: `min`, `mean`, `max` and percentiles in ms, those that the tool wrote.
        expected: percentiles of 2xx responses alone.
        other: `success` (ratio), `total` (ms), `rps` (1/s) and `size` (B/s).
        statuses: responses by status code.
        errors: requests without a response, by message.
        at: the place of the summary, and of the distribution of codes.
    """

    at: Location
    statuses_at: Location
    times: Stated = field(default_factory=dict)
    expected: Stated = field(default_factory=dict)
    other: Stated = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)


def read_json(source: Source) -> list[Totals]:
    """Return what the JSON results of a file state.

    Raises:
        Unreadable: none, one that is cut off or of another shape, or a value that is no number.
    """
    keys = ("summary", "statusCodeDistribution", "errorDistribution")
    return [_from_json(document) for document in json_documents(source, keys)]


def _from_json(document: JsonDocument) -> Totals:
    totals = Totals(document.at("summary"), document.at("statusCodeDistribution"))
    for key, metric in _TIMES.items():
        _put(totals.times, metric, document, ("summary", key), 1000)
    others = {"successRate": "success", "total": "total", "requestsPerSec": "rps"}
    for key, name in (others | {"sizePerSec": "size"}).items():
        _put(totals.other, name, document, ("summary", key), 1000 if name == "total" else 1)
    for name, target in (
        ("latencyPercentiles", totals.times),
        ("latencyPercentilesSuccessful", totals.expected),
    ):
        for key in _object(document, name, required=False):
            rank = _RANK.fullmatch(key)
            if rank and float(rank[1]) >= _LOWEST:
                _put(target, percentile(float(rank[1])), document, (name, key), 1000)
    for key in _object(document, "statusCodeDistribution"):
        at = document.at("statusCodeDistribution", key)
        number_of = count(document.get("statusCodeDistribution", key), at, f"the count of {key}")
        totals.statuses[parse_count(key, at, "a status code")] = number_of
    for key in _object(document, "errorDistribution"):
        at = document.at("errorDistribution", key)
        totals.errors[key] = count(document.get("errorDistribution", key), at, "a count of errors")
    return totals


def _object(document: JsonDocument, key: str, *, required: bool = True) -> dict[str, object]:
    value = document.get(key)
    if isinstance(value, dict):
        return value
    if value is None and not required:
        return {}
    raise Unreadable("wrong-shape", f"`{key}` is not an object", document.at(key), _HINT)


def _put(
    target: Stated, name: str, document: JsonDocument, steps: tuple[str, ...], factor: float
) -> None:
    """Add a value; null stands for one that could not be computed, and is none."""
    value, at = document.get(*steps), document.at(*steps)
    if value is not None:
        target[name] = number(value, at, f"`{'.'.join(steps)}`") * factor, at


def read_text(source: Source) -> list[Totals]:
    """Return what the summaries in a text state.

    Raises:
        Unreadable: none, one that is cut off, or a value that is no number.
    """
    own = summaries(source, "Success rate:", _HINT)
    return [_from_text(source, block) for block in own]


def _from_text(source: Source, lines: list[Line]) -> Totals:
    at = source.at(lines[0].number)
    totals = Totals(at, at)
    section, only = "Summary", None
    closed = False
    for line in lines:
        where = source.at(line.number)
        if heading := _SECTION.fullmatch(line.text):
            section, only = heading[1], heading[2]
            if section == "Status code distribution":
                totals.statuses_at, closed = where, True
        elif section == "Summary":
            _summary_line(totals, line.text, where)
        elif section in ("Response time distribution", "Latency distribution"):
            _share_line(totals, line.text, only, where)
        elif section == "Status code distribution" and (match := _STATUS.fullmatch(line.text)):
            totals.statuses[int(match[1])] = int(match[2])
        elif section == "Error distribution" and (match := _ERROR.fullmatch(line.text)):
            totals.errors[match[2]] = int(match[1])
    if not closed:
        last = source.at(lines[-1].number)
        raise Unreadable("cut-off", "a summary without its status codes: cut off", last, _HINT)
    return totals


def _summary_line(totals: Totals, text: str, at: Location) -> None:
    match = _VALUE.fullmatch(text)
    if match is None or _NONE.fullmatch(match[2].removesuffix("%")):
        return
    name, value = match[1], match[2]
    if name == "Success rate":
        scale = 0.01 if value.endswith("%") else 1.0
        share = parse_number(value.removesuffix("%"), at, "`Success rate`")
        totals.other["success"] = share * scale, at
    elif name == "Requests/sec":
        totals.other["rps"] = parse_number(value, at, "`Requests/sec`"), at
    elif name == "Total":
        totals.other["total"] = _ms(value, match[3], at), at
    elif name.lower() in _TIMES:
        totals.times[_TIMES[name.lower()]] = _ms(value, match[3], at), at


def _share_line(totals: Totals, text: str, only: str | None, at: Location) -> None:
    match = _SHARE.fullmatch(text)
    if match is None or float(match[1]) < _LOWEST or _NONE.fullmatch(match[2]):
        return
    target = totals.times if only is None else totals.expected if only == "2xx only" else {}
    target[percentile(float(match[1]))] = _ms(match[2], match[3], at), at


def _ms(value: str, unit: str | None, at: Location) -> float:
    if unit not in _UNITS:
        message = f"`{value} {unit or ''}` is no time with a unit of oha"
        raise Unreadable("number", message, at, _HINT)
    return parse_number(value, at, "a time") * _UNITS[unit]
