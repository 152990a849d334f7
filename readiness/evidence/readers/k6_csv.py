"""Reads the raw points of k6 (`--out csv`), of any size, into load facts and samples.

Format: https://grafana.com/docs/k6/latest/results-output/real-time/csv/ and internal/output/csv in
https://github.com/grafana/k6.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.k6_samples import FACTS, KNOWN_TIMES, TRAPS, K6Samples
from readiness.evidence.loadtest.numbers import MOST
from readiness.evidence.loadtest.repeats import Rows as Repeats
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.spans import Span, check_text
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

_START = ("metric_name", "timestamp", "metric_value")
_TAGS = ("name", "url", "method", "scenario", "status", "error", "error_code", "expected_response")
_DURATION, _FAILED = "http_req_duration", "http_req_failed"
_NUMBER = pattern(r"[0-9]{1,30}(?:\.[0-9]{1,30})?")
_ROW = pattern(r"\n[a-z][a-z0-9_.]*,(?:[0-9]{9,19}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[^,\n]*),[0-9.]+,")
_EPOCH = pattern(r"[0-9]{9,19}")
_SCALES = {9: 1.0, 10: 1.0, 12: 1e-3, 13: 1e-3, 15: 1e-6, 16: 1e-6, 18: 1e-9, 19: 1e-9}
_FIRST, _LAST = 2000, 2100
_BLOCK = 1 << 18
_LONGEST = 1 << 20
_MOST_TAGS, _MANY = 20_000, 500
_HELP = "was the file cut off, or edited? keep it as k6 wrote it"


def sniff(head: bytes) -> int:
    """Return 90 for the header that k6 writes."""
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].rstrip(b"\r")
    columns = line.decode("utf-8", "ignore").split(",")
    return 90 if tuple(columns[:3]) == _START and "extra_tags" in columns else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all points of a run.

    Raises:
        Unreadable: no CSV of k6, a row that is ragged or cut off, or what is no number.
    """
    samples = K6Samples(KNOWN_TIMES)
    rows = _Rows(source)
    points = _Points(source, samples)
    for line, cells in rows:
        if points.columns:
            points.take(line, cells)
        else:
            points.head(cells)
    if not points.columns:
        raise Unreadable("empty", "the file is empty", source.at(), "did the run begin?")
    points.finish()
    return samples.reading(source, rows.lines)


class _Rows:
    """The rows of a file with the number of their line.

    Of rows without a quote only those are split that matter; the others are counted.

    Attributes:
        lines: how many lines were read.
    """

    def __init__(self, source: Source) -> None:
        self.lines = 0
        self._source = source
        self._commas = -1
        self._empty = 0  # the first empty line
        names = (_DURATION, _FAILED, *K6Samples(KNOWN_TIMES).names)
        self._wanted = frozenset(name.encode() for name in (_START[0], *names))

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        rest = b""
        for block in self._source.blocks(_BLOCK):
            whole = rest + block
            check_text(self._source, [Span(whole, 0, len(whole))], self.lines + 1)
            rest = b""
            if b'"' not in whole:
                yield from self._plain(io.BytesIO(whole).readlines())
            elif whole.count(b'"') % 2 and len(whole) < _LONGEST:
                rest = whole  # a cell goes on in the next block
            else:
                yield from self._quoted(whole)
        if rest:
            yield from self._quoted(rest)

    def _plain(self, lines: list[bytes]) -> Iterator[tuple[int, list[str]]]:
        """Yield rows without quotes: cells are what stands between commas."""
        if self._commas < 0:
            self._commas = lines[0].count(b",")
            yield 1, self._split(lines[0], 1)
        wanted, commas = self._wanted, self._commas
        for number, line in enumerate(lines, self.lines + 1):
            if line.count(b",") != commas or self._empty:
                self._odd(number, line)
            if line[: line.find(b",")] in wanted and number > 1:
                yield number, self._split(line, number)
        self.lines += len(lines)

    def _odd(self, number: int, line: bytes) -> None:
        """Refuse a row of another number of cells, but empty lines at the end."""
        if line.strip(b"\r\n"):
            cells = line.count(b",") + 1
            raise self._ragged(self._empty or number, 1 if self._empty else cells)
        self._empty = self._empty or number

    def _split(self, line: bytes, number: int) -> list[str]:
        try:
            return line.decode().rstrip("\r\n").split(",")
        except UnicodeDecodeError:
            raise self._not_text(number) from None

    def _quoted(self, whole: bytes) -> Iterator[tuple[int, list[str]]]:
        """Yield rows as the csv module reads them; a cell may hold commas and line ends."""
        import csv  # noqa: PLC0415 - costs start-up time

        before = self.lines
        try:
            rows = csv.reader(io.StringIO(whole.decode(), newline=""), strict=True)
            for cells in rows:
                if self._commas < 0:
                    self._commas = len(cells) - 1
                if any("\n" in cell and _ROW.search(cell) for cell in cells):
                    message = "a quoted cell holds rows"
                    raise Unreadable("not-csv", message, self._source.at(self.lines + 1), _HELP)
                if not cells and self._commas >= 0:
                    self._empty = self._empty or self.lines + 1
                    self.lines = before + rows.line_num
                    continue
                if self._empty:
                    raise self._ragged(self._empty, 1)
                if len(cells) != self._commas + 1:
                    raise self._ragged(self.lines + 1, len(cells))
                yield self.lines + 1, cells
                self.lines = before + rows.line_num
        except UnicodeDecodeError:
            raise self._not_text(self.lines + 1) from None
        except csv.Error as error:
            at = self._source.at(self.lines + 1)
            raise Unreadable("not-csv", f"the row is no CSV: {error}", at, _HELP) from None

    def _not_text(self, line: int) -> Unreadable:
        at = self._source.at(line)
        return Unreadable("not-utf8", "the row is not UTF-8 text", at, "save it as UTF-8")

    def _ragged(self, line: int, cells: int) -> Unreadable:
        message = f"the row has {cells} cells, the header {self._commas + 1}"
        return Unreadable("ragged", message, self._source.at(line), _HELP)


class _Points:
    """Takes rows as points.

    Attributes:
        columns: the column of each tag that is of use; empty before the header.
    """

    def __init__(self, source: Source, samples: K6Samples) -> None:
        self.columns: dict[str, int] = {}
        self._source = source
        self._samples = samples
        self._kinds: dict[tuple[str, ...], int | None] = {}
        self._names = frozenset(samples.names)
        self._held: list[tuple[float, float, int]] = []
        self._repeats = Repeats(source)

    def head(self, cells: list[str]) -> None:
        """Take the header."""
        if tuple(cells[:3]) != _START or "extra_tags" not in cells:
            message = "the header is not metric_name,timestamp,metric_value,…,extra_tags"
            raise Unreadable("wrong-header", message, self._source.at(1), _HELP)
        self.columns = {name: cells.index(name) for name in ("extra_tags", *_TAGS) if name in cells}

    def take(self, line: int, cells: list[str]) -> None:
        """Take a row."""
        name, samples = cells[0], self._samples
        if name == "metric_name":
            self.flush()
            samples.again()
        elif name == _DURATION:
            self._request(line, cells)
        elif name == _FAILED:
            samples.decide(self._number(line, cells))
        elif name == "vus":
            samples.point(name, self._seconds(line, cells), self._number(line, cells))
        elif name in self._names:
            samples.points(name, [self._number(line, cells)])

    def _request(self, line: int, cells: list[str]) -> None:
        samples = self._samples
        samples.first = samples.first or line
        key = tuple(cells[column] for column in self.columns.values())
        if len(self._kinds) > _MOST_TAGS:
            self._kinds.clear()
        if key not in self._kinds:
            self._kinds[key] = samples.kind(self._tags(cells))
        kind = self._kinds[key]
        end, ms = self._seconds(line, cells), self._number(line, cells)
        if ms:  # what was refused took none: such rows are the same within a second
            self._repeats.add(line, (end, ms, kind))
        if kind is None:
            samples.undecided(end, ms, self._tags(cells))
            return
        self._held.append((end, ms, kind))
        if len(self._held) >= _MANY:
            self.flush()

    def flush(self) -> None:
        """Hand on the requests that were held back to go together."""
        if self._held:
            self._samples.requests(*zip(*self._held, strict=True))
            self._held = []

    def finish(self) -> None:
        """Hand on the last requests."""
        self.flush()
        self._repeats.finish()

    def _tags(self, cells: list[str]) -> dict[str, str]:
        return {name: cells[column] for name, column in self.columns.items()}

    def _number(self, line: int, cells: list[str]) -> float:
        text = cells[2]
        if not _NUMBER.fullmatch(text) or (value := float(text)) >= MOST:
            message = f"the value of `{cells[0]}` is `{text[:40]}`, not a number of 0 or more"
            at = self._source.at(line, pointer="metric_value")
            raise Unreadable("number", message, at, _HELP)
        return value

    def _seconds(self, line: int, cells: list[str]) -> float:
        """Return seconds since the epoch from any of the six formats that k6 writes."""
        text = cells[1]
        if _EPOCH.fullmatch(text) and (scale := _SCALES.get(len(text))):
            return int(text) * scale
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo and _FIRST <= moment.year < _LAST:
                return moment.timestamp()
        except (ValueError, OverflowError):
            pass
        at = self._source.at(line, pointer="timestamp")
        raise Unreadable("not-a-time", f"`{text[:40]}` is no time", at, _HELP)


READER = Reader(
    id="k6-csv",
    title="k6 CSV points",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=FACTS,
    produce="K6_CSV_TIME_FORMAT=unix_milli k6 run --out csv=points.csv.gz script.js",
    source="https://grafana.com/docs/k6/latest/results-output/real-time/csv/",
    traps=(
        *TRAPS,
        "Times are whole seconds unless `K6_CSV_TIME_FORMAT` says otherwise: ± 1 s per request.",
        "The columns are the system tags that were on: 17, 18 or 19 by version, fewer by choice.",
        "Which metrics are times is not in it: only the times that k6 has itself are `custom.*`.",
        "Tags of your own are in `extra_tags`, unescaped: they are not read.",
        "A row with another number of cells than the header, and rows twice, are refused.",
    ),
    streams=True,
    shape="csv",
    summary="every request of a k6 run: percentiles with their intervals, endpoints, time",
)
