"""Which spans a request waited for, and how long for each alone: spans in, exclusive times out.

The method is that of CRISP (Zhang and others 2022, USENIX ATC, "CRISP: Critical Path Analysis of
Large-Scale Microservice Architectures"): children are clipped to their parent, and a walk back from
the parent's end picks the child that finished last, then the one that finished before that began.
Two things are stricter here: an overlap that is tolerated is counted once, and a child that ends
just when the next begins is before it. So the exclusive times of a trace add up to the duration of
its root exactly, in whole nanoseconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Sequence
from typing import NamedTuple

TOLERANCE = 100  # an overlap of up to one in so many parts of the parent is taken for clock noise
_MEETING = 2  # the end of one child and the start of the next; more of them is real concurrency
_ROOT, _LOST = -1, -2


class Span(NamedTuple):
    """One span of a trace, in nanoseconds.

    Attributes:
        id: what children name as their parent. The two halves of one call may share it.
        parent: the id of the parent, None for a root.
        start: when it began.
        end: when it ended; one that lies before `start` stands for a span that did not end.
        kind: `client`, `server`, `producer`, `consumer`, or empty.
        host: whose clock it was timed with.
        waited: whether the parent waits for it; not so of what merely follows from the parent.
    """

    id: Hashable
    parent: Hashable | None
    start: int
    end: int
    kind: str = ""
    host: str = ""
    waited: bool = True


class Path(NamedTuple):
    """The critical path of a trace.

    Attributes:
        root: index of the root, -1 if the trace has none.
        exclusive: nanoseconds that the request waited for each span alone, 0 off the path.
        parents: index of each span's parent; below 0 where it has none, or none that is there.
        roots: how many spans have no parent.
        orphans: spans that no chain of parents ties to a root without a parent.
        unfinished: spans that did not end.
        repeated: indexes of spans that were written before.
        clipped: spans on the path that were cut at the ends of their parent.
        dropped: children outside of their parent, or that it did not wait for.
        shifted: server spans that were moved into their client's, whose clock differs.
    """

    root: int
    exclusive: tuple[int, ...]
    parents: tuple[int, ...] = ()
    roots: int = 0
    orphans: int = 0
    unfinished: int = 0
    repeated: frozenset[int] = frozenset()
    clipped: int = 0
    dropped: int = 0
    shifted: int = 0

    @property
    def complete(self) -> bool:
        """Whether the trace has one root that took time, and everything hangs on it, ended."""
        return self.roots == 1 and not (self.orphans or self.unfinished) and any(self.exclusive)


class _Part(NamedTuple):
    """A span on the path: the part of it that was waited for, and how far its clock is moved."""

    span: int
    start: int
    end: int
    shift: int


def critical_path(spans: Sequence[Span]) -> Path:
    """Return the critical path of the spans of one trace.

    The root is the longest span without a parent, else the longest whose parent is not there. Any
    input gives a path whose exclusive times are 0 or more and add up to the root's duration.
    """
    tree = _Tree(spans)
    exclusive = [0] * len(spans)
    root = tree.root
    if root >= 0:
        todo = [_Part(root, spans[root].start, _end(spans[root]), 0)]
        while todo:
            part = todo.pop()
            found = tree.waited(part)
            todo += found
            exclusive[part.span] = part.end - part.start - sum(p.end - p.start for p in found)
    return Path(
        root,
        tuple(exclusive),
        tuple(tree.parents),
        tree.parents.count(_ROOT),
        len(spans) - len(tree.repeated) - (tree.reached() if tree.rooted else 0),
        sum(span.end < span.start for span in spans),
        frozenset(tree.repeated),
        tree.clipped,
        tree.dropped,
        tree.shifted,
    )


def _end(span: Span) -> int:
    return max(span.start, span.end)


class _Tree:
    """Spans by their parents; counts what had to be cut, left out or moved on the way."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self.repeated: set[int] = set()
        self.parents = self._link()
        self.children: dict[int, list[int]] = {}
        for index, parent in enumerate(self.parents):
            self.children.setdefault(parent, []).append(index)
        self.rooted = _ROOT in self.children
        heads = self.children.get(_ROOT) or [
            i for i in self.children.get(_LOST, []) if i not in self.repeated
        ]
        self.root = min(heads, key=self._longest, default=-1)
        self.clipped = self.dropped = self.shifted = 0

    def _longest(self, index: int) -> tuple[int, int, int]:
        span = self.spans[index]
        return span.start - _end(span), span.start, index

    def _link(self) -> list[int]:
        """Return the index of each span's parent.

        Where a client and a server span share an id (Zipkin's B3), the server's is a child of the
        client's, and what names the id as its parent is a child of the server's.
        """
        holders: dict[Hashable, int] = {}
        linked: dict[int, int] = {}
        for index, span in enumerate(self.spans):
            first = holders.setdefault(span.id, index)
            if first == index:
                continue
            other = self.spans[first]
            if span == other:
                self.repeated.add(index)
                linked[index] = _LOST
            elif {span.kind, other.kind} == {"client", "server"} and first not in linked:
                client, server = (index, first) if span.kind == "client" else (first, index)
                linked[server] = client
                holders[span.id] = server
            else:
                linked[index] = _LOST
        return [
            linked[index]
            if index in linked
            else _ROOT
            if span.parent is None
            else holders.get(span.parent, _LOST)
            for index, span in enumerate(self.spans)
        ]

    def reached(self) -> int:
        """Return how many spans hang on the root."""
        todo, found = ([self.root] if self.root >= 0 else []), 0
        while todo:
            found += 1
            todo += self.children.get(todo.pop(), [])
        return found

    def waited(self, part: _Part) -> list[_Part]:
        """Return the children on the path, the last first."""
        fits = self._fitting(part)
        if not fits:
            return []
        fits.sort(key=lambda child: (-child.end, child.start, child.span))
        starts, ends = sorted(c.start for c in fits), sorted(c.end for c in fits)
        found: list[_Part] = []
        until = part.end
        for child in fits:
            if child.end > until:
                if child.start >= until or (child.end - until) * TOLERANCE > part.end - part.start:
                    continue
                if _within(starts, until, child.end) + _within(ends, until, child.end) > _MEETING:
                    continue
            found.append(child._replace(end=min(child.end, until)))
            until = child.start
        return found

    def _fitting(self, part: _Part) -> list[_Part]:
        """Return the children clipped to their parent, without those outside of it."""
        fits = []
        children = self.children.get(part.span, [])
        alone = sum(self.spans[index].kind == "server" for index in children) == 1
        for index in children:
            span = self.spans[index]
            shift = self._shift(part, span, alone)
            start, end = span.start + shift, _end(span) + shift
            outside = start > part.end or end < part.start
            detached = span.kind == "consumer" and self.spans[part.span].kind == "producer"
            if outside or detached or not span.waited:
                self.dropped += 1
                continue
            self.clipped += start < part.start or end > part.end
            fits.append(_Part(index, max(start, part.start), min(end, part.end), shift))
        return fits

    def _shift(self, part: _Part, span: Span, alone: bool) -> int:
        """Return by how much a span's clock is moved.

        As Jaeger does (adjuster "clock skew"): a server span that does not fit into its client's is
        centred in it, or begins with it where it is longer. What was timed by the same clock moves
        along. Only for a call between two hosts, and if the client made no other.
        """
        parent = self.spans[part.span]
        if span.host == parent.host:
            return part.shift
        if not alone or (parent.kind, span.kind) != ("client", "server"):
            return 0
        begin, end = parent.start + part.shift, _end(parent) + part.shift
        spare = end - begin - (_end(span) - span.start)
        if span.start >= begin and (spare < 0 or _end(span) <= end):
            return 0
        self.shifted += 1
        return begin + max(spare, 0) // 2 - span.start


def _within(ordered: list[int], low: int, high: int) -> int:
    """Return how many values lie between two, these included."""
    return bisect_right(ordered, high) - bisect_left(ordered, low)
