"""Lines of an evaluation, each checked, to counts: of the whole, by slice, and by similarity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact

if TYPE_CHECKING:
    from datetime import datetime

    from readiness.errors import Location

SCHEMA = "readiness/semantic-cache@1"
KEYS = (
    "query", "neighbour", "similarity", "same_answer", "locale", "tenant", "intent",
    "neighbour_tenant",
)  # fmt: skip
SLICES = ("locale", "tenant", "intent")
LAYOUT = "each line: query, neighbour, similarity, same_answer; also locale, tenant, intent"
Labels = tuple[tuple[str, str], ...]
_HEADER = ("schema", "threshold", "cache", "embedding_model", "evaluated_at")
_TEXTS = {"cache.name": "cache", "cache.embedding_model": "embedding_model"}
_EMPTY_CACHE = -1.0  # similarity where the cache holds nothing yet


class Tally:
    """Lookups of one slice, the hits among them, and the wrong ones among those.

    Attributes:
        line: of the first lookup.
    """

    __slots__ = ("hits", "line", "lookups", "wrong")

    def __init__(self, line: int) -> None:
        self.line = line
        self.lookups = self.hits = self.wrong = 0

    def add(self, *, hit: bool, wrong: bool) -> None:
        """Count a lookup."""
        self.lookups += 1
        self.hits += hit
        self.wrong += hit and wrong


class Run:
    """What was counted so far.

    Attributes:
        header: where it stands; None where there is none.
        facts: what the header says.
        slices: counts at the configured threshold, by labels; the whole has none.
        bins: counts by similarity in hundredths, rounded down; those below 0 are in the first.
        first: line of the first lookup.
        same_text: hits whose neighbour is the very same text.
        repeated: lines that say what an earlier one said.
        crossing: lines of hits on the answer of another tenant.
    """

    def __init__(self) -> None:
        self.threshold: float | None = None
        self.header: Location | None = None
        self.produced: datetime | None = None
        self.facts: list[Fact] = []
        self.slices: dict[Labels, Tally] = {}
        self.bins = [Tally(1) for _ in range(101)]
        self.first = self.same_text = self.repeated = 0
        self.crossing: list[int] = []
        self._seen: set[int] = set()

    def is_new(self, record: dict[str, Any]) -> bool:
        """Tell whether no earlier line asked the same."""
        key = hash(tuple(record.get(name) for name in KEYS if name != "similarity"))
        new = key not in self._seen
        self._seen.add(key)
        return new


def count(source: Source) -> Run:
    """Count every line.

    Raises:
        Unreadable: a line that is none, or a file without a lookup.
    """
    run = Run()
    for number, line in source.lines():
        if not line.strip():
            continue
        record = _parse(source, number, line)
        if "schema" in record:
            _header(source, run, record, number)
        else:
            _lookup(source, run, record, number)
    if not run.first:
        raise Unreadable("empty", "the file holds no lookup", source.at(1), LAYOUT)
    return run


def _parse(source: Source, number: int, line: bytes) -> dict[str, Any]:
    at = source.at(number)
    try:
        value = JsonDocument(source.part(line)).value
    except Unreadable as error:
        problem = error.problem
        help_ = problem.help or "keep the file as it was written"
        raise Unreadable(problem.code, problem.message, at, help_) from None
    if not isinstance(value, dict):
        raise Unreadable("malformed", "a line is no object", at, LAYOUT)
    allowed = _HEADER if "schema" in value else KEYS
    for key in value:
        if key not in allowed:
            raise Unreadable("unknown-key", f"`{key[:60]}` is no key of a line", at, LAYOUT)
    return value


def _header(source: Source, run: Run, record: dict[str, Any], number: int) -> None:
    at, threshold = source.at(number), record.get("threshold")
    if record["schema"] != SCHEMA or run.header is not None or run.first:
        message = f"a header is not `{SCHEMA}`, or not the first line"
        raise Unreadable("wrong-kind", message, at, "write it once, on the first line")
    run.header = at
    if threshold is not None:
        if not is_number(threshold) or not 0 < threshold <= 1:
            message = "`threshold` is no share above 0 and up to 1"
            raise Unreadable("number", message, at, "write the similarity of a hit: 0.92")
        run.threshold = float(threshold)
        run.facts.append(Fact("cache.threshold", run.threshold, "ratio", at))
    for metric, key in _TEXTS.items():
        value = record.get(key)
        if isinstance(value, str) and value:
            run.facts.append(Fact(metric, value[:200], "", at))
    if "evaluated_at" in record:
        run.produced = read_moment(record["evaluated_at"], at)[0]


def _lookup(source: Source, run: Run, record: dict[str, Any], number: int) -> None:
    """Count one lookup, in its bin and, where the threshold is known, in each of its slices."""
    similarity, wrong = _judged(record, source.at(number))
    run.first = run.first or number
    place = max(0, min(100, int(similarity * 100 + 1e-9)))
    run.bins[place].add(hit=True, wrong=wrong)
    run.repeated += not run.is_new(record)
    if run.threshold is None:
        return
    hit = similarity >= run.threshold
    texts = {str(record.get(key)).strip().casefold() for key in ("query", "neighbour")}
    run.same_text += hit and len(texts) == 1
    other = record.get("neighbour_tenant")
    if hit and other is not None and other != record.get("tenant"):
        run.crossing.append(number)
    slices: list[Labels] = [()]
    slices += [((name, record[name]),) for name in SLICES if record.get(name) is not None]
    for names in slices:
        run.slices.setdefault(names, Tally(number)).add(hit=hit, wrong=wrong)


def _judged(record: dict[str, Any], at: Location) -> tuple[float, bool]:
    """Return how similar the neighbour is, and whether its answer is wrong; check the rest."""
    query, neighbour, similarity, same = (record.get(key) for key in KEYS[:4])
    texts = [record[key] for key in KEYS[4:] if record.get(key) is not None]
    if not isinstance(query, str) or not query or not all(isinstance(t, str) and t for t in texts):
        raise Unreadable("malformed", "`query`, or a label, is no text", at, LAYOUT)
    if neighbour is None and similarity is None:
        return _EMPTY_CACHE, False
    if not isinstance(neighbour, str) or not isinstance(same, bool):
        message = "`neighbour` is no text, or `same_answer` not true or false"
        raise Unreadable("malformed", message, at, LAYOUT)
    if not is_number(similarity) or not -1 <= similarity <= 1:
        raise Unreadable("number", "`similarity` is not from -1 to 1", at, LAYOUT)
    return float(similarity), not same
