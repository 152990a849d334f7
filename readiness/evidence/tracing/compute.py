"""Computes the facts of traces: critical path of each, then percentiles over all."""

from __future__ import annotations

from array import array
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from readiness.evidence.reader import Reading
from readiness.evidence.tracing.facts import E2E, EXCLUSIVE
from readiness.model.fact import Fact, Problem
from readiness.model.text import plural
from readiness.stats.critical_path import Path, Span, critical_path
from readiness.stats.histogram import Histogram, Interval, from_counts, mean, quantile
from readiness.stats.order_statistics import interval
from readiness.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from readiness.errors import Location
    from readiness.evidence.tracing.spans import Shape, Spans

    At = Callable[[int, str], Location]

_NS = 1_000_000  # in a millisecond
_MOST = 100  # components or endpoints
_FEW = 10  # traces, of which all may have failed by chance
_CREDIBLE = 946_684_800 * 1000 * _NS  # the year 2000: an earlier time is none of a trace
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Labels = tuple[tuple[str, str], ...]


def reading(spans: Spans, at: At, top: Location) -> Reading:
    """Return facts and problems; see `readiness.evidence.tracing.facts.trace_reading`."""
    seen = _Seen(spans, top)
    trace = spans.trace.__getitem__
    for _, rows in groupby(sorted(range(len(spans)), key=trace), trace):
        seen.take(list(rows))
    facts = [*_counts(seen, top), *_whole(seen, at, top), *_parts(seen, at, top)]
    nanoseconds, line, pointer = spans.latest
    if not seen.complete or nanoseconds < _CREDIBLE:
        return Reading(tuple(facts), tuple(_problems(seen, top)))
    produced = _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    return Reading(tuple(facts), tuple(_problems(seen, top)), produced, at(line, pointer))


class _Times:
    """Durations of many traces in nanoseconds, each with the number of its root span."""

    def __init__(self, top: Location) -> None:
        self.top = top
        self.values, self.roots = array("q"), array("I")

    def add(self, value: int, root: int) -> None:
        self.values.append(value)
        self.roots.append(root)

    def __len__(self) -> int:
        return len(self.values)

    def facts(
        self, prefix: str, names: Sequence[str], labels: Labels, place: Callable[[int], Location]
    ) -> Iterator[Fact]:
        """Yield percentiles by nearest rank with their 95 % interval, maximum and mean in ms.

        Each percentile stands where the root of a trace of that duration does.
        """
        histogram = from_counts(Counter(map(float, self.values)))
        where = dict(zip(self.values, self.roots, strict=True))
        total = len(self)

        def fact(name: str, value: float, bounds: Interval | None = None) -> Fact:
            at = place(where.get(int(value), self.roots[0]))
            return Fact(prefix + name, value / _NS, "ms", at, labels, total, "derived", bounds)

        for name in names:
            share = float(name[1:]) / 100
            yield fact(name, quantile(histogram, share), _bounds(histogram, share))
        yield fact("max", float(histogram.values[-1]))
        yield fact("mean", mean(histogram))._replace(at=self.top)


def _bounds(histogram: Histogram, share: float) -> Interval:
    low, high = interval(histogram, share)
    return Interval(low / _NS, high / _NS)


class _Component:
    """What one component did in all traces."""

    def __init__(self, top: Location) -> None:
        self.times = _Times(top)
        self.spans = self.failed = self.retries = 0


class _Seen:
    """Adds up the traces of a file, one by one."""

    def __init__(self, spans: Spans, top: Location) -> None:
        self.spans, self.top = spans, top
        self.complete = self.incomplete = self.failed_roots = self.with_errors = self.total = 0
        self.reasons: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.whole = _Times(top)
        self.endpoints: dict[str, _Times] = {}
        self.components: dict[str, _Component] = {}
        self.single = len({shape.service for shape in spans.shapes}) == 1
        self.working = {shape.service for shape in spans.shapes if not _called(shape)}

    def take(self, rows: list[int]) -> None:
        """Take one trace."""
        path = critical_path([self._span(row) for row in rows])
        counts = (path.orphans, path.clipped, path.dropped, path.shifted, len(path.repeated))
        names = ("orphans", "clipped", "dropped", "shifted", "repeated")
        self.counts.update(dict(zip(names, counts, strict=True)))
        if not path.complete:
            self.incomplete += 1
            self.reasons[_reason(path)] += 1
            return
        self.complete += 1
        root, duration = rows[path.root], sum(path.exclusive)
        self.total += duration
        self.whole.add(duration, root)
        name = self.spans.shapes[self.spans.shape[root]].name
        self.endpoints.setdefault(name, _Times(self.top)).add(duration, root)
        self.failed_roots += self.spans.failed(root)
        self.with_errors += any(map(self.spans.failed, rows))
        self._components(rows, path, root)

    def _span(self, row: int) -> Span:
        spans = self.spans
        shape = spans.shapes[spans.shape[row]]
        return Span(
            spans.id[row],
            spans.parent[row] or None,
            spans.start[row],
            spans.end[row],
            shape.kind,
            shape.host or shape.service,
            not spans.follows(row),
        )

    def _components(self, rows: list[int], path: Path, root: int) -> None:
        exclusive: dict[str, int] = {}
        again = _repeated(self.spans, rows)
        callers = set(path.parents)
        for index, (row, time) in enumerate(zip(rows, path.exclusive, strict=True)):
            if index in path.repeated:
                continue
            name = self._component(row, root, leaf=index not in callers)
            exclusive[name] = exclusive.get(name, 0) + time
            component = self.components.setdefault(name, _Component(self.top))
            component.spans += 1
            component.failed += self.spans.failed(row)
            component.retries += row in again
        for name, time in exclusive.items():
            self.components[name].times.add(time, root)

    def _component(self, row: int, root: int, *, leaf: bool) -> str:
        """Return what a span's own time is of; see `trace_reading`."""
        shape = self.spans.shapes[self.spans.shape[row]]
        called = _called(shape) if row != root else ""
        if self.single and (row != root or not shape.service):
            return called or shape.name or "unnamed"
        if leaf and called and shape.service in self.working:
            return called
        return shape.service or "unknown"


def _called(shape: Shape) -> str:
    """Return the dependency that a span waits for, empty if it names none."""
    return "" if shape.kind in ("server", "consumer") else shape.called


def _reason(path: Path) -> str:
    if path.unfinished:
        return "with a span that did not end"
    if not path.roots:
        return "whose root has a parent that is not in the file"
    if path.roots > 1:
        return "with several roots"
    return "with a span that nothing ties to the root" if path.orphans else "that took no time"


def _repeated(spans: Spans, rows: list[int]) -> set[int]:
    """Return the spans that say they are a retry, or that follow a failed call of the same kind."""
    found = {row for row in rows if spans.resent(row)}
    if not any(map(spans.failed, rows)):
        return found
    last: dict[tuple[int, tuple[str, ...]], int] = {}
    for row in sorted(rows, key=spans.start.__getitem__):
        shape = spans.shapes[spans.shape[row]]
        key = (spans.parent[row], (shape.service, shape.name, shape.target, shape.kind))
        before = last.get(key)
        if before is not None and spans.failed(before) and spans.end[before] <= spans.start[row]:
            found.add(row)
        last[key] = row
    return found


def _counts(seen: _Seen, top: Location) -> Iterator[Fact]:
    counts = {
        "traces": seen.complete,
        "traces.incomplete": seen.incomplete,
        "spans": len(seen.spans) - seen.counts["repeated"],
        "orphans": seen.counts["orphans"],
        "spans.clipped": seen.counts["clipped"],
        "spans.asynchronous": seen.counts["dropped"],
        "spans.shifted": seen.counts["shifted"],
    }
    for metric, count in counts.items():
        yield Fact(metric, count, "", top, (), None, "derived")


def _whole(seen: _Seen, at: At, top: Location) -> Iterator[Fact]:
    """Yield what is known of the requests as a whole, and by the name of their root."""
    if not seen.complete:
        return

    def place(root: int) -> Location:
        return at(*seen.spans.roots[root])

    yield from seen.whole.facts("e2e.", E2E, (), place)
    yield _ratio("errors", seen.failed_roots, seen.complete, top, ())
    named = sorted(seen.endpoints.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    for name, times in named[:_MOST] if len(named) > 1 else ():
        yield from times.facts("e2e.", E2E, (("endpoint", name),), place)


def _parts(seen: _Seen, at: At, top: Location) -> Iterator[Fact]:
    """Yield what is known of each component, that with the largest share first."""

    def place(root: int) -> Location:
        return at(*seen.spans.roots[root])

    for name, component in _largest(seen)[:_MOST]:
        labels = (("component", name),)
        times, share = component.times, sum(component.times.values) / seen.total
        yield from times.facts("exclusive.", EXCLUSIVE, labels, place)
        yield Fact("exclusive.share", share, "ratio", top, labels, seen.complete, "derived")
        yield _ratio("errors", component.failed, component.spans, top, labels)
        calls = component.spans / len(times)
        yield Fact("calls", calls, "", top, labels, len(times), "derived")
        yield Fact("retries", component.retries, "", top, labels, component.spans, "derived")


def _largest(seen: _Seen) -> list[tuple[str, _Component]]:
    return sorted(seen.components.items(), key=lambda pair: (-sum(pair[1].times.values), pair[0]))


def _ratio(metric: str, count: int, total: int, at: Location, labels: Labels) -> Fact:
    share = count / total
    bounds = Interval(*wilson(share, total))
    return Fact(metric, share, "ratio", at, labels, total, "derived", bounds)


def _problems(seen: _Seen, top: Location) -> Iterator[Problem]:
    """Yield why the traces prove nothing, or what a reader of their figures should know."""
    if not len(seen.spans):
        hint = "let the exporter flush, and export the traces of a load test"
        yield Problem("inconclusive", "no-samples", "there is no span", top, hint)
        return
    if seen.incomplete:
        told = ", ".join(f"{count:,} {reason}" for reason, count in seen.reasons.most_common())
        hint = "export every service of the trace, and wait until it has ended"
        message = f"{plural(seen.incomplete, 'trace')} left out: {told}"
        if not seen.complete:
            message = f"no trace is whole: {told}"
            yield Problem("inconclusive", "incomplete-traces", message, top, hint)
            return
        yield Problem("warning", "incomplete-traces", message, top, hint)
    if seen.counts["shifted"]:
        message = f"{plural(seen.counts['shifted'], 'span')} moved: two hosts' clocks differ"
        yield Problem("warning", "clock-skew", message, top, "synchronise the clocks")
    if seen.with_errors == seen.complete >= _FEW:
        message = f"each of {seen.complete:,} traces holds a failed span: was only this kept?"
        hint = "sample at the head, at random, for percentiles"
        yield Problem("warning", "sampling", message, top, hint)
    for what, count in (("components", len(seen.components)), ("endpoints", len(seen.endpoints))):
        if count > _MOST:
            message = f"{count:,} {what}: only {_MOST} of them are told"
            hint = "are there ids in the names of spans?"
            yield Problem("warning", f"many-{what}", message, top, hint)
