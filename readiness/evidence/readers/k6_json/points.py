"""Takes the lines of k6's JSON output, batch by batch, and hands their points on.

Of most lines only four bytes are looked at: one tells the metric apart, three tell that the line is
laid out and ends as k6 writes it. Lines that matter are matched by a strict pattern, and what does
not match is parsed as JSON: nothing is left out for being unusual.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from readiness.evidence.loadtest.numbers import number
from readiness.evidence.loadtest.repeats import Repeats, repeated, same
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.readers.k6_json import layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from readiness.errors import Location
    from readiness.evidence.loadtest.k6_samples import K6Samples

_MOST_TAGS = 20_000
_FIRST, _LAST = 946_684_800, 4_102_444_800  # from 2000 to 2099
DURATION, FAILED = "http_req_duration", "http_req_failed"
_HELP = "was the file cut off, or did something else write to it? keep it as k6 wrote it"


class Points:
    """Reads one file into samples.

    Attributes:
        lines: how many lines were read.
    """

    def __init__(self, source: Source, samples: K6Samples) -> None:
        self.lines = 0
        self._source = source
        self._samples = samples
        self._names: dict[bytes, str] = {}
        self._skipped: set[int] = set()  # marks of lines that are not looked at
        self._heads: set[bytes] = set()
        self._kinds: dict[bytes, int | None] = {}
        self._minutes: dict[tuple[bytes, bytes], float] = {}
        self._repeats = Repeats()
        self._latest = 0.0  # end of the last request
        self._careful = False  # whether only the points of http_req_failed tell what failed
        for name in (DURATION, *samples.names):
            self._want(name)
        for name in layout.BUILT_IN:
            self._skip(name)

    def _want(self, name: str) -> None:
        self._names[name.encode()] = name
        self._skipped.discard(layout.mark(name))

    def _skip(self, name: str) -> None:
        """Look at no point of a metric, unless one that is wanted has its mark."""
        looked_at = {layout.METRIC, layout.mark(FAILED), *map(layout.mark, self._names.values())}
        if layout.mark(name) not in looked_at:
            self._skipped.add(layout.mark(name))

    def read(self) -> None:
        """Read the whole file.

        Raises:
            Unreadable: a line is no JSON of k6, or is cut off.
        """
        for lines in layout.batches(self._source):
            if not lines[-1].endswith(b"\n"):
                self._load(lines[-1], lines)  # it is whole only if it is JSON
                lines[-1] += b"\n"
            self._batch(lines)
            self.lines += len(lines)

    def _batch(self, lines: list[bytes]) -> None:
        requests, found, others, judged = layout.part(lines, self._skipped)
        usual = len(found) == len(requests)
        picked = others if usual else layout.pick(lines, self._skipped)
        heads = [li for li in picked if not li.startswith(layout.NAMED) and layout.is_head(li)]
        if heads:
            if (at := self._anew(heads, lines)) >= 0:
                self._batch(lines[:at])
                self.lines += at
                self._heads = set()
                self._samples.again()
                self._batch(lines[at:])
                self.lines -= at
                return
            for head in heads:
                self._parse(head, lines)
            self._heads.update(heads)
            others = layout.part(lines, self._skipped).others
        if found and usual and not self._samples.first:
            self._samples.first = self._number(requests[0], lines)
        before = self._samples.ended
        counted = usual and not self._careful and self._bulk(found)
        if not (counted and self._others(others)):
            for line in layout.pick(lines, self._skipped):
                if not (counted and found and line.startswith(layout.START)):
                    self._take(line, lines)
        if not self._careful:  # else each was taken
            self._samples.judged(judged)
        if rows := requests if usual else picked:
            if counted and not self._repeats.behind(self._latest, before):
                self._repeats.keep(rows)
            elif (place := self._repeats.find(rows)) >= 0:
                repeated(self._source, self.lines + same(rows, place, lines) + 1)

    def _anew(self, heads: list[bytes], lines: list[bytes]) -> int:
        """Return where another run begins: at a metric that is declared again; -1 if nowhere."""
        here: set[bytes] = set()
        for head in heads:
            if head in self._heads or head in here:
                return lines.index(head, lines.index(head) + 1 if head in here else 0)
            here.add(head)
        return -1

    def _others(self, others: list[bytes]) -> bool:
        """Take lines that are no requests; False if they must be taken one by one."""
        if b"".join(others).count(layout.NAMED) != len(others):  # also where two lines are joined
            return False
        users: list[bytes] = []
        rest: list[bytes] = []
        for line in others:
            (users if line.startswith(layout.USERS) else rest).append(line)
        found = layout.VALUE.findall(b"".join(rest))
        if len(found) != len(rest) or not self._count_users(users):
            return False
        values: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for name, value in found:
            values[name].append(value)
        for name in values.keys() & self._names.keys():
            self._samples.points(self._names[name], list(map(float, values[name])))
        return True

    def _count_users(self, counted: list[bytes]) -> bool:
        """Take the lines that count users; False if they must be taken one by one."""
        found = layout.POINT.findall(b"".join(counted))
        if len(found) != len(counted) or not found:
            return not counted
        most: dict[tuple[bytes, bytes, bytes], float] = {}
        for minute, second, zone, value, _ in found:
            key = (minute, second[:2], zone)
            most[key] = max(float(value), most.get(key, 0.0))
        try:
            seconds = [self._base(minute, zone) + float(second) for minute, second, zone in most]
        except ValueError:
            return False
        self._samples.users(seconds, list(most.values()))
        return True

    def _bulk(self, found: list[tuple[bytes, ...]]) -> bool:
        """Count requests; False if they must be taken one by one."""
        if not found:
            return True
        minutes, seconds, zones, values, tags = zip(*found, strict=True)
        try:
            kinds = list(map(self._kinds.get, tags))
            if None in kinds:
                kinds = [self._kind(raw) for raw in tags]
            at = set(zip(minutes, zones, strict=True))
            if len(at) == 1:
                base = self._base(*at.pop())
                ends = [base + float(second) for second in seconds]
            else:
                parts = zip(minutes, zones, seconds, strict=True)
                ends = [self._base(minute, zone) + float(second) for minute, zone, second in parts]
        except (ValueError, RecursionError):
            return False
        if None in kinds:
            self._careful = True
            self._want(FAILED)
            return False
        self._latest = ends[-1]
        self._samples.requests(ends, list(map(float, values)), kinds)  # type: ignore[arg-type]
        return True

    def _base(self, minute: bytes, zone: bytes) -> float:
        """Return the start of a minute, in seconds since the epoch.

        Raises:
            ValueError: there is no such time.
        """
        base = self._minutes.get((minute, zone))
        if base is None:
            if len(self._minutes) > _MOST_TAGS:
                self._minutes.clear()
            base = datetime.fromisoformat(f"{minute.decode()}00{zone.decode()}").timestamp()
            if not _FIRST <= base < _LAST:
                raise ValueError("no time of a load test")
            self._minutes[minute, zone] = base
        return base

    def _kind(self, raw: bytes) -> int | None:
        """Return the kind of request with some tags, which most requests share with others."""
        try:
            return self._kinds[raw]
        except KeyError:
            if len(self._kinds) > _MOST_TAGS:
                self._kinds.clear()
            kind = self._kinds[raw] = self._samples.kind(layout.tags_of(raw))
            return kind

    def _take(self, line: bytes, lines: list[bytes]) -> None:
        """Take one line in whatever layout; leave those of other metrics that look whole."""
        named = len(layout.NAMED)
        name = None
        if line.startswith(layout.NAMED):
            name = self._names.get(line[named : line.find(b'"', named)])
            if name is None and layout.ends_well(line):
                return
            match = layout.POINT.fullmatch(line)
        elif match := layout.old(line):
            name = self._names.get(match[6])
            if name is None:
                return
        if name is None or match is None:
            self._parse(line, lines)
            return
        minute, second, zone, value, raw = match.groups()[:5]
        try:
            seconds = self._base(minute, zone) + float(second)
            tags = layout.tags_of(raw)
        except (ValueError, RecursionError):
            self._parse(line, lines)
            return
        if name == DURATION and not self._samples.first:
            self._samples.first = self._number(line, lines)
        self._point(name, seconds, float(value), tags)

    def _point(self, name: str, seconds: float, value: float, tags: Mapping[str, str]) -> None:
        samples = self._samples
        if name == FAILED:
            samples.decide(value)
        elif name != DURATION:
            samples.point(name, seconds, value)
        elif (kind := samples.kind(tags)) is not None:
            samples.request(seconds, value, kind)
        else:
            self._careful = True
            self._want(FAILED)
            samples.undecided(seconds, value, tags)

    def _parse(self, line: bytes, lines: list[bytes]) -> None:
        """Take a line by parsing it."""
        if not line.strip() or line in self._heads:
            return
        entry = self._load(line, lines)
        kind, name, data = (entry.get(key) for key in ("type", "metric", "data"))
        at = self._source.at(self._number(line, lines))
        if not (kind in ("Metric", "Point") and isinstance(name, str) and isinstance(data, dict)):
            raise Unreadable("wrong-shape", "the line is no metric or point of k6", at, _HELP)
        if kind == "Metric":
            declared = self._samples.declare(name, str(data.get("type")), str(data.get("contains")))
            if declared:
                self._want(name)
            elif name not in self._names.values():
                self._skip(name)
        elif name in self._names.values():
            tags = data.get("tags") or {}
            if not isinstance(tags, dict) or not all(isinstance(t, str) for t in tags.values()):
                raise Unreadable("wrong-shape", "the tags of the point are no texts", at, _HELP)
            value = number(data.get("value"), at, f"the value of `{name}`"[:100])
            seconds = self._moment(data.get("time"), at)
            if name == DURATION and not self._samples.first:
                self._samples.first = at.line
            self._point(name, seconds, value, tags)

    def _moment(self, value: Any, at: Location) -> float:
        """Return seconds since the epoch."""
        if isinstance(value, str) and (
            match := layout.TIME.fullmatch(value.encode("utf-8", "replace"))
        ):
            with suppress(ValueError):
                return self._base(match[1], match[3]) + float(match[2])
        return read_moment(value, at)[0].timestamp()

    def _load(self, line: bytes, lines: list[bytes]) -> dict[str, Any]:
        try:
            entry = layout.strict(line)
        except (ValueError, RecursionError):
            message = "the line is no JSON"
            if not line.endswith(b"\n"):
                message = "the last line is cut off"
            at = self._source.at(self._number(line, lines))
            raise Unreadable("not-json", message, at, _HELP) from None
        return entry if isinstance(entry, dict) else {}

    def _number(self, line: bytes, lines: list[bytes]) -> int:
        """Return the number of a line in the file."""
        return self.lines + lines.index(line) + 1
