"""How k6 lays out its JSON output: patterns of the lines that matter, and lines in batches."""

from __future__ import annotations

import io
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.spans import Span, check_text
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_VALUE = rb"((?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,20})?(?:e-[0-9]{1,2})?)"
_TIME = rb"([0-9-]{10}T[0-9]{2}:[0-9]{2}:)([0-5][0-9](?:\.[0-9]{1,9})?)(Z|[+-][0-9]{2}:[0-9]{2})"
_BODY = _TIME + rb'","value":' + _VALUE + rb',"tags":(\{.*\}|null)\}'
TIME = pattern(_TIME)
START = b'{"metric":"http_req_duration","type":"Point","data":{"time":"'
JUDGED = b'{"metric":"http_req_failed","type":"Point","data":{"time":"'
NAMED = b'{"metric":"'
USERS = NAMED + b'vus","'
HEAD = b'{"type":"Metric","data":{"name":"'
OLD_START = b'{"type":"Point","data":{"time":"'  # before k6 0.33
REQUEST = pattern(b"(?m)^" + re.escape(START) + _BODY + rb"\}\n")
POINT = pattern(rb'(?m)^\{"metric":"[^"\\]+","type":"Point","data":\{"time":"' + _BODY + rb"\}\n")
_OLD = pattern(re.escape(OLD_START) + _BODY + rb',"metric":"([^"\\]+)"\}\n')
VALUE = pattern(
    rb'(?m)^\{"metric":"([^"\\]+)","type":"Point","data":\{"time":"[0-9TZ:.+-]{20,35}","value":'
    + _VALUE
    + rb',"tags":\{.*\}\}\}\n'
)
_PLACE = 25  # the byte that best tells what is wanted from what is not
_FIRST, _QUOTED = 2, len(NAMED) - 1
METRIC, _REQUEST, _JUDGED = HEAD[_PLACE], START[_PLACE], JUDGED[_PLACE]
_M, _QUOTE, _BRACE = NAMED[_FIRST], NAMED[_QUOTED], ord("}")
BUILT_IN = (
    "http_reqs", "http_req_blocked", "http_req_connecting", "http_req_tls_handshaking",
    "http_req_sending", "http_req_waiting", "http_req_receiving", "data_sent",
    "iterations", "iteration_duration", "group_duration",
)  # fmt: skip
_BATCH = 1 << 19
_LONGEST = 1 << 20


def mark(name: str) -> int:
    """Return the byte by which `pick` knows points of a metric that are laid out as usual."""
    return f'{{"metric":"{name}","type":"Point","data":{{"time":"'.encode()[_PLACE]


def pick(lines: list[bytes], skipped: Collection[int]) -> list[bytes]:
    """Return the lines without a mark to be skipped, and those not laid out or ending as usual."""
    try:
        return [
            line
            for line in lines
            if line[_PLACE] not in skipped
            or line[_QUOTED] != _QUOTE
            or line[_FIRST] != _M
            or line[-2] != _BRACE
        ]
    except IndexError:
        return lines


class Parts(NamedTuple):
    """What `pick` returns, in parts.

    Attributes:
        requests: points of requests.
        found: what `REQUEST` finds in them: less, if one is not laid out as usual.
        others: points that are neither.
        judged: how many points say whether a request failed.
    """

    requests: list[bytes]
    found: list[tuple[bytes, ...]]
    others: list[bytes]
    judged: int


def part(lines: list[bytes], skipped: Collection[int]) -> Parts:
    """Part what `pick` returns."""
    picked = pick(lines, skipped)
    requests: list[bytes] = []
    others: list[bytes] = []
    judged = 0
    try:
        for line in picked:
            if line[_PLACE] == _REQUEST:
                requests.append(line)
            elif line[_PLACE] == _JUDGED and line.startswith(JUDGED):
                judged += 1
            else:
                others.append(line)
    except IndexError:
        return Parts([], [], picked, 0)
    found = REQUEST.findall(b"".join(requests))
    if len(found) < len(requests):  # another metric may have the same mark
        others += [line for line in requests if not line.startswith(START)]
        requests = [line for line in requests if line.startswith(START)]
    return Parts(requests, found, others, judged)


def is_head(line: bytes) -> bool:
    """Tell whether a line declares a metric."""
    if line.startswith(HEAD):
        return True
    with suppress(ValueError, RecursionError):
        entry = strict(line) if b'"Metric"' in line else None
        return isinstance(entry, dict) and entry.get("type") == "Metric"
    return False


def old(line: bytes) -> re.Match[bytes] | None:
    """Match a point as k6 laid it out before 0.33, and no two that were joined."""
    return _OLD.fullmatch(line) if line.rfind(OLD_START) == 0 else None


def ends_well(line: bytes) -> bool:
    """Tell whether a line ends as one that is whole."""
    return line.endswith(b"}\n")


def batches(source: Source) -> Iterator[list[bytes]]:
    """Yield some lines at a time, with their line ends; the last one may lack it.

    Raises:
        Unreadable: UTF-16, a NUL byte, or a line of over a mebibyte.
    """
    rest, count = b"", 0
    for number, chunk in enumerate(source.chunks()):
        data = chunk if number else _without_mark(chunk, source)
        check_text(source, [Span(data, 0, len(data))], count + 1)
        stream = io.BytesIO(data)
        while lines := stream.readlines(_BATCH):  # twice as fast as split, without a copy before
            lines[0] = rest + lines[0]
            rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
            if lines:
                count += len(lines)
                yield _unix(lines)
        if len(rest) > _LONGEST:
            message, help_ = "a line of over 1 MiB", "is it another kind of file?"
            raise Unreadable("long-line", message, source.at(count + 1), help_)
    if rest:
        yield [rest]


def _unix(lines: list[bytes]) -> list[bytes]:
    windows = lines[0].endswith(b"\r\n")
    return [line.replace(b"\r\n", b"\n") for line in lines] if windows else lines


def _without_mark(first: bytes, source: Source) -> bytes:
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        help_ = "save it as UTF-8: PowerShell's `>` writes UTF-16, `--out json=FILE` does not"
        raise Unreadable("not-utf8", "the file is UTF-16", source.at(), help_)
    return first.removeprefix(b"\xef\xbb\xbf")


def strict(data: bytes) -> Any:
    """Parse JSON as RFC 8259 has it.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested too deeply.
    """
    return json.loads(data.decode(), parse_constant=_refuse)


def tags_of(raw: bytes) -> dict[str, str]:
    """Return tags from JSON; what may follow them (metadata) is left out.

    Raises:
        ValueError: no JSON, or other values than texts.
    """
    tags = strict(b'{"tags":' + raw + b"}")["tags"] or {}
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise ValueError("tags are texts")
    return tags


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)
