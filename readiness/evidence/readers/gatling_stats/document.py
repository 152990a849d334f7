"""The content of a Gatling statistics file, JSON or JavaScript: its nodes, each with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.errors import Location
from readiness.evidence.loadtest import numbers
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = pattern(r"\s*var\s+stats\s*=\s*")
_TOKEN = pattern(r'"(?:[^"\\\n]|\\.)*"|[{}]|[A-Za-z_$][\w$]*(?=\s*:)')
_HINT = "keep the file as Gatling wrote it"
_PERCENTILE = "percentiles"
_RANKS = {4: (50, 75, 95, 99), 2: (95, 99)}  # the defaults; before 2.1 there were two
_SPANS = ("group1", "group2", "group3")
_BOUND = pattern(r"t\s*<\s*([0-9]{1,9}) ms")
_UPPER = pattern(r"t\s*>=?\s*([0-9]{1,9}) ms")
Labels = tuple[tuple[str, str], ...]


class Node(NamedTuple):
    """The statistics of the whole run, of one request or of a group of requests."""

    document: JsonDocument
    steps: tuple[str, ...]
    kind: str
    name: str
    stats: dict[str, Any]

    def at(self, *steps: str) -> Location:
        """Return the place of a value. Columns are left out: in JavaScript they would be wrong."""
        at = self.document.at(*self.steps, *steps)
        return Location(at.path, at.line, 0, at.pointer)

    @property
    def labels(self) -> Labels:
        """The labels of its facts."""
        name = {"REQUEST": "endpoint", "GROUP": "group"}.get(self.kind)
        return ((name, self.name),) if name else ()

    def value(self, name: str, side: str = "total") -> float | None:
        """Return a number, or None where Gatling wrote none (`-`)."""
        entry, at = self.stats.get(name), self.at(name, side)
        found = entry.get(side) if isinstance(entry, dict) else None
        if found == "-":
            return None
        what = f"`{name}.{side}`"
        if isinstance(found, str):
            return numbers.parse_number(found, at, what)
        return numbers.number(found, at, what)

    def count(self, side: str = "total") -> int:
        """Return how many requests there were; `ok` and `ko` are those that passed and failed."""
        found = self.value("numberOfRequests", side) or 0
        return numbers.count(found, self.at("numberOfRequests", side), f"`numberOfRequests.{side}`")

    def ranks(self) -> dict[str, int]:
        """Return the ranks of its percentiles by name, as they are unless configured."""
        names = sorted(n for n in self.stats if re.fullmatch(rf"{_PERCENTILE}[0-9]", n))
        if len(names) not in _RANKS:
            message = f"there are {len(names)} `{_PERCENTILE}`, not 4"
            raise Unreadable("wrong-shape", message, self.at(), _HINT)
        return dict(zip(names, _RANKS[len(names)], strict=True))

    def spans(self) -> list[tuple[str, int]]:
        """Return the counts of `group1` to `group4` by name, as far as they are there."""
        found = []
        for name in (*_SPANS, "group4"):
            if isinstance(entry := self.stats.get(name), dict):
                what, at = f"`{name}.count`", self.at(name, "count")
                found.append((name, numbers.count(entry.get("count"), at, what)))
        return found

    def shares(self) -> list[tuple[float, float]]:
        """Return (milliseconds, share of the passed requests that took less), if it is told."""
        counts, passed = dict(self.spans()), self.count("ok")
        if not passed or not set(_SPANS) <= set(counts):
            return []
        first, last = (str(self.stats[name].get("name")) for name in ("group1", "group3"))
        low, high = _BOUND.match(first), _UPPER.match(last)
        found = [(float(low[1]), counts["group1"] / passed)] if low else []
        return found + ([(float(high[1]), 1 - counts["group3"] / passed)] if high else [])


class Stats(NamedTuple):
    """A parsed file.

    Attributes:
        exact: whether numbers are written in full; in JavaScript they have two decimals.
    """

    root: Node
    nodes: tuple[Node, ...]
    exact: bool


def load(source: Source) -> Stats:
    """Read the nodes of a file of any of the three kinds.

    Raises:
        Unreadable: no such file.
    """
    script = _START.match(source.text)
    document = JsonDocument(_as_json(source, script.end()) if script else source)
    value = document.value
    if isinstance(value, dict) and "stats" not in value and "numberOfRequests" in value:
        root = Node(document, (), "", "", value)
    else:
        root = _node(document, (), value, "")
    return Stats(root, tuple(_below(document, value)), exact=not script)


def _below(document: JsonDocument, value: dict[str, Any]) -> Iterator[Node]:
    """Yield the nodes below the root, in the order of the file."""
    waiting: list[tuple[tuple[str, ...], dict[str, Any]]] = [((), value)]
    while waiting:
        steps, parent = waiting.pop()
        contents = parent.get("contents", {})
        if not isinstance(contents, dict):
            at = document.at(*steps, "contents")
            raise Unreadable("wrong-shape", "`contents` is not an object", at, _HINT)
        below = [((*steps, "contents", key), entry) for key, entry in contents.items()]
        for path, entry in below:
            kind = entry.get("type") if isinstance(entry, dict) else None
            if kind not in ("REQUEST", "GROUP"):
                message = f"`{path[-1]}` is neither a request nor a group"
                raise Unreadable("wrong-shape", message, document.at(*path), _HINT)
            yield _node(document, path, entry, kind)
        waiting += reversed(below)


def _node(document: JsonDocument, steps: tuple[str, ...], value: Any, kind: str) -> Node:
    stats = value.get("stats") if isinstance(value, dict) else None
    if not isinstance(stats, dict) or "numberOfRequests" not in stats:
        message = "there are no statistics of Gatling here"
        raise Unreadable("wrong-shape", message, document.at(*steps), _HINT)
    name = value.get("path") or value.get("name")
    if not isinstance(name, str):
        name = steps[-1] if steps else ""
    name = name.replace("&quot;", '"').replace("&#92;", "\\")
    return Node(document, (*steps, "stats"), kind, name, stats)


def _as_json(source: Source, start: int) -> Source:
    """Return the object that a script assigns to `stats`, as JSON on the same lines."""
    text = source.text
    parts, depth, done = ["\n" * text.count("\n", 0, start)], 0, start
    for token in _TOKEN.finditer(text, start):
        word = token.group()
        if word[0] == '"':
            continue
        if word in "{}":
            depth += 1 if word == "{" else -1
            if depth <= 0:
                parts.append(text[done : token.end()])
                return source.part("".join(parts).encode())
        else:
            parts += [text[done : token.start()], f'"{word}"']
            done = token.end()
    at, help_ = source.at(text.count("\n") + 1), "was the file cut off?"
    raise Unreadable("cut-off", "the object `stats` has no end", at, help_)
