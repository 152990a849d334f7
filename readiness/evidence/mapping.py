"""A team's own values by a map: from parsed values and a `FactMap` to facts, or to what is wrong.

Fail-closed: a value that is missing, empty, not finite, of the wrong type or ambiguous is raised as
`Unreadable` and kept as the problem of that value; it never becomes a fact.
"""

from __future__ import annotations

import math
import re
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Value
from readiness.model.quantity import CANONICAL, Quantity, canonical, parse
from readiness.model.text import nearest
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from readiness.errors import Location
    from readiness.model.checklist import FactMap, MapEntry

NUMBER = pattern(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
NOTHING = {"", *"- -- \u2013 \u2014 ? … ... n/a none null undefined tbd todo".split()}  # noqa: SIM905
_NOT_FINITE = {"nan", "inf", "infinity"}
_GLUED = pattern(r"[+-]?[0-9.]+[eE][+-]?[0-9]+\S")  # `7312e4d` is a commit and not days
_INDEX = pattern(r"0|[1-9][0-9]{0,8}")
_ISO = pattern(r"([0-9]{4}-[0-9]{2}-[0-9]{2})([T ][0-9:.,]{5,20})? ?(Z|[+-][0-9:]{2,6})?")
_FIRST, _LAST = 946_684_800, 4_102_444_800  # 2000-01-01 and 2100-01-01 in epoch seconds
_LARGEST, _LONGEST = 1e300, 2_000
_SHOWN = 80
_identity = attrgetter("metric", "labels")
Moment = tuple[datetime, "Location", bool]  # when, where it says so, and whether without a zone


class Inconclusive(Unreadable):
    """A value that is there and proves nothing: becomes an `inconclusive` problem."""

    def __init__(self, code: str, message: str, at: Location, help: str = "") -> None:
        super().__init__(code, message, at, help)
        self.problem = self.problem._replace(kind="inconclusive")


class Tree(NamedTuple):
    """A parsed file: its content, and the place of the value at a path of keys and indexes."""

    value: Any
    at: Callable[..., Location]


class Findings:
    """The facts and problems of one file while it is read."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.problems: list[Problem] = []
        self.moment: Moment | None = None

    @contextmanager
    def trying(self, *, warn: bool = False) -> Iterator[None]:
        """Keep what is raised as a problem (or as a mere warning), and go on."""
        try:
            yield
        except Unreadable as error:
            kind = "warning" if warn else error.problem.kind
            self.problems.append(error.problem._replace(kind=kind))

    def reading(self) -> Reading:
        """Return sorted facts; two values for one metric and the same labels are ambiguous."""
        kept = []
        for _, group in groupby(sorted(self.facts, key=_identity), _identity):
            first, *others = group
            if not others:
                kept.append(first)
                continue
            told = "".join(f" {name}={value}" for name, value in first.labels)
            message = f"`{first.metric}`{told} has {len(others) + 1} values"
            hint = f"the first is at {first.at}; tell them apart with `label` or `labels`"
            self.problems.append(Problem("invalid", "ambiguous", message, others[0].at, hint))
        when, where, naive = self.moment or (None, None, False)
        if where and naive:
            message = "the time has no zone and is taken as UTC"
            self.problems.append(Problem("warning", "naive-time", message, where, "write a `Z`"))
        return Reading(tuple(kept), tuple(self.problems), when, where)


def require_map(source: Source, fact_map: FactMap | None, example: str) -> FactMap:
    """Return the map, or raise `Unreadable` where there is none."""
    if fact_map is None or not fact_map.metrics:
        hint = f"write a map beside the `reader`, for example {example}"
        raise Unreadable("no-map", "nothing says which value is which metric", source.at(), hint)
    return fact_map


def read_tree(tree: Tree, source: Source, fact_map: FactMap) -> Reading:
    """Return what a map finds in a JSON or YAML file."""
    found = Findings()
    for metric, entries in sorted(fact_map.metrics.items()):
        for entry in entries:
            with found.trying():
                _read(tree, source, metric, entry, found)
    if fact_map.produced is not None:
        with found.trying():
            found.moment = read_moment(*_walk(tree, _pointer(fact_map.produced, source)))
    return found.reading()


def _read(tree: Tree, source: Source, metric: str, entry: MapEntry, found: Findings) -> None:
    check_entry(metric, entry, source, table=False)
    steps = _pointer(entry.at or "", source, stars=1)
    samples = None if entry.samples is None else _pointer(entry.samples, source, stars=1)
    if "*" in steps and entry.label is None:
        message, hint = f"`{entry.at}` matches many values", "tell them apart, as in label: stage"
        raise Unreadable("no-label", message, source.at(pointer=entry.at or ""), hint)
    for key in _keys(tree, steps):
        with found.trying():
            raw, at = _walk(tree, _filled(steps, key))
            value, unit = measure(raw, entry.unit, at)
            own = {} if entry.label is None or key is None else {entry.label: label(str(key), at)}
            labels = tuple(sorted({**entry.labels, **own}.items()))
            count = None if samples is None else read_count(*_walk(tree, _filled(samples, key)))
            found.facts.append(Fact(metric, value, unit, at, labels, count))


def check_entry(metric: str, entry: MapEntry, source: Source, *, table: bool) -> None:
    """Raise `Unreadable` for an entry that does not fit a tree (or a table)."""
    checks = (
        (entry.label in entry.labels, f"the label `{entry.label}` is given twice", ""),
        (
            table != (entry.column is not None),
            "the place does not fit the kind of file",
            "give `column` for csv, and `at` (a JSON pointer) for json and yaml",
        ),
        (entry.where is not None and not table, "`where` is for csv", "name the value with `at`"),
    )
    for wrong, message, hint in checks:
        if wrong:
            raise Unreadable("bad-map", f"in the map of `{metric}`: {message}", source.at(), hint)


def _pointer(text: str, source: Source, *, stars: int = 0) -> list[str]:
    """Return the steps of a JSON pointer (RFC 6901), with `*` left as it is."""
    steps, problem = text.split("/")[1:], ""
    if not text.startswith("/"):
        problem = "does not start with `/`"
    elif re.search(r"~(?![01])", text):
        problem = "has a `~` that is neither `~0` (a `~`) nor `~1` (a `/`)"
    elif steps.count("*") > stars:
        problem = f"has {steps.count('*')} `*`, and {stars or 'none'} can be here"
    if problem:
        hint = "write a JSON pointer such as /stages/retrieval/p95"
        raise Unreadable("bad-pointer", f"`{text}` {problem}", source.at(pointer=text), hint)
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]


def _keys(tree: Tree, steps: Sequence[str]) -> list[Any]:
    """Return the keys that the `*` step matches; one None where there is no `*`."""
    if "*" not in steps:
        return [None]
    value, at = _walk(tree, steps[: steps.index("*")])
    if value is None or value in ({}, []):
        raise Inconclusive("no-values", "there is nothing here for the `*` to match", at)
    if not isinstance(value, (dict, list)):
        raise Unreadable("no-value", f"`*` needs an object or a list: this is {_kind(value)}", at)
    return list(value) if isinstance(value, dict) else list(range(len(value)))


def _filled(steps: Sequence[str], key: str | int | None) -> list[str]:
    return [str(key) if step == "*" and key is not None else step for step in steps]


def _walk(tree: Tree, steps: Sequence[str]) -> tuple[Any, Location]:
    """Return the value at the end of some steps, and its place."""
    value, path = tree.value, list[str | int]()
    for step in steps:
        key: Any = int(step) if isinstance(value, list) and _INDEX.fullmatch(step) else step
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):  # a scalar has no parts
            at = tree.at(*path)
            name = f"`{_short(at.pointer)}`" if path else "the document"
            message = f"{name} is {_kind(value)} and has no `{_short(step)}`"
            hint = f"it has {len(value)}, counted from 0" if isinstance(value, list) else ""
            hint = choices(step, value, "it has") if isinstance(value, dict) else hint
            raise Unreadable("no-value", message, at, hint) from None
        path.append(key)
    return value, tree.at(*path)


def choices(word: str, known: Iterable[str], lead: str) -> str:
    """Return the nearest known word as a question, or else what words there are."""
    few = [name for name in known if len(name) <= _SHOWN][:500]
    if close := nearest(_short(word), few):
        return f"did you mean `{close[0]}`?"
    return f"{lead} {', '.join(f'`{name}`' for name in few[:8])}" if few else f"{lead} nothing"


def _kind(value: Any) -> str:
    names = ((bool, "a truth value"), (str, "a text"), (dict, "an object"), (list, "a list"))
    found = (name for kind, name in names if isinstance(value, kind))
    return next(found, "null" if value is None else "a number")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def label(text: str, at: Location) -> str:
    """Return a text as the value of a label; raise `Unreadable` if it cannot be one."""
    if not text.strip():
        raise Unreadable("empty-label", "the name that tells this value apart is empty", at)
    if len(text) > _LONGEST or any("\ud800" <= char <= "\udfff" for char in text):
        raise Unreadable("not-text", "the text is very long or holds half a character", at)
    return text


def measure(raw: Any, unit: str, at: Location) -> tuple[Value, str]:
    """Return a number, truth value or text in its canonical unit, and that unit.

    A text may bring its own unit where `unit`, which is a known one, is empty. Raises `Unreadable`
    for what is null (then `Inconclusive`), not finite, of the wrong type or out of range.
    """
    if raw is None or (isinstance(raw, str) and raw.strip().lower() in NOTHING):
        written = "null" if raw is None else f"`{raw.strip()}`" if raw.strip() else "empty"
        hint = "what was not measured proves nothing"
        raise Inconclusive("null-value", f"the value is {written}", at, hint)
    if isinstance(raw, (dict, list)) or (isinstance(raw, bool) and unit):
        wanted = "a number" if unit else "a value"
        raise Unreadable("not-a-value", f"this is {_kind(raw)} and not {wanted}", at)
    if isinstance(raw, str):
        return _text(raw, unit, at)
    if isinstance(raw, bool):
        return raw, ""
    try:
        exact = int(raw) if isinstance(raw, int) and float(raw) != raw else float(raw)
        value, target = canonical(exact, unit)
    except OverflowError:
        value, target = math.inf, unit
    if not -_LARGEST < value < _LARGEST:
        raise Unreadable("not-a-number", "too large to be a measurement", at)
    return _in_range(value, target, unit, at)


def _text(raw: str, unit: str, at: Location) -> tuple[Value, str]:
    text = raw.strip()
    plain = NUMBER.fullmatch(text) is not None
    own: Quantity | None = None
    with suppress(ValueError):  # most texts are no quantity
        own = None if plain or _GLUED.match(text) else parse(text)
    if unit and own:
        raise Unreadable("two-units", f"`{text}` has a unit, and the map says `{unit}` too", at)
    if unit or text.lower().lstrip("+-.") in _NOT_FINITE:
        hint = "write the number without quotes" if plain else ""
        raise Unreadable("not-a-number", f"`{_short(raw)}` is not a number", at, hint)
    if own is not None:
        return _in_range(float(own.value), CANONICAL[own.dimension], text, at)
    return label(raw, at), ""


def _in_range(value: float, target: str, unit: str, at: Location) -> tuple[Value, str]:
    if value < 0 and unit:
        raise Unreadable("negative", f"{value:g} is negative, with a unit", at)
    if target == "ratio" and value > 1:
        hint = "did you mean the unit `%`?" if unit == "ratio" and value <= 100 else ""  # noqa: PLR2004
        raise Unreadable("not-a-ratio", f"{value:g} is not between 0 and 1", at, hint)
    return value, target


def read_count(raw: Any, at: Location) -> int:
    """Return a number of observations, at least 1; raises `Unreadable` if it is none."""
    value, _ = measure(raw, "", at)
    if isinstance(value, (bool, str)) or value != int(value):
        raise Unreadable("not-a-count", "this is not a number of observations", at)
    if value <= 0:
        raise Inconclusive("no-samples", f"{value:g} observations stand behind it", at)
    return int(value)


def read_moment(raw: Any, at: Location) -> Moment:
    """Return a moment from 2000 to 2099, from ISO 8601 (a day: its start in UTC) or epoch time."""
    if raw is None or isinstance(raw, (dict, list)):
        measure(raw, "", at)
    when, naive = None, False
    if isinstance(raw, str) and (match := _ISO.fullmatch(raw.strip())):
        day, time, zone = match.groups("")
        naive = bool(time and not zone)
        with suppress(ValueError):  # a day that does not exist
            when = datetime.fromisoformat(f"{day}{time or 'T00:00'}{zone or 'Z'}")
    elif isinstance(raw, (int, float)) and _FIRST <= raw < _LAST * 1000:
        when = datetime.fromtimestamp(raw if raw < _LAST else raw / 1000, UTC)
    if when is None or not _FIRST <= when.timestamp() < _LAST:
        message = f"`{_short(str(raw))}` is no moment from 2000 on"
        raise Unreadable("not-a-time", message, at, "write 2026-09-14T08:30:00Z, or epoch time")
    return when.astimezone(UTC), at, naive
