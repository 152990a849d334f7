"""A team's own values by a map: from parsed values and a `FactMap` to facts, or to what is wrong.

Fail-closed: a value that is missing, empty, not finite, of the wrong type or ambiguous is a problem
and never a fact.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.structured import escape
from readiness.model.fact import Fact, Problem, Value
from readiness.model.quantity import CANONICAL, DIMENSIONS, Quantity, canonical, parse, unknown_unit
from readiness.model.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from readiness.errors import Location
    from readiness.model.checklist import FactMap, MapEntry

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_LIMIT = 1e300
_NOTHING = {"", "-", "--", "?", "n/a", "none", "null", "undefined", "tbd", "todo"}
_NOT_FINITE = {"nan", "inf", "infinity"}
_GLUED = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+\S")  # `7312e4d` is a commit, not days
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?) ?(Z|[+-][0-9]{2}:?(?:[0-9]{2})?)?)?"
)
_FIRST, _LAST = 946_684_800, 4_102_444_800  # 2000-01-01 and 2100-01-01 as epoch seconds
_TIME_HELP = "write it as 2026-09-14T08:30:00Z, or as epoch seconds or milliseconds"
_CHOICES = 500
_SHOWN = 80
_LONGEST = 2_000


class NoValue(Exception):  # noqa: N818 - reads better where it is raised
    """One value that cannot be had: becomes its problem."""

    def __init__(self, kind: Literal["invalid", "inconclusive"], code: str, message: str,
                 at: Location, help: str = "") -> None:  # noqa: A002  # fmt: skip
        super().__init__(message)
        self.problem = Problem(kind, code, message, at, help)


class Tree(Protocol):
    """A parsed file of objects, lists and scalars whose values know their place."""

    @property
    def value(self) -> Any:
        """The whole content."""

    def at(self, *steps: str | int) -> Location:
        """Return the place of the value at a path of keys and indexes."""


class Moment(NamedTuple):
    """When a file was made, where it says so, and whether it left the time zone out."""

    when: datetime
    at: Location
    naive: bool


def require_map(source: Source, fact_map: FactMap | None, example: str) -> FactMap:
    """Return the map.

    Raises:
        Unreadable: there is none, or it maps nothing.
    """
    if fact_map is None or not fact_map.metrics:
        raise Unreadable("no-map", "nothing says which value in this file is which metric",
                         source.at(), f"write it beside the `reader`, for example {example}")  # fmt: skip
    return fact_map


def read_tree(tree: Tree, source: Source, fact_map: FactMap) -> Reading:
    """Read the mapped values of a JSON or YAML file."""
    facts: list[Fact] = []
    problems: list[Problem] = []
    moment: Moment | None = None
    for metric, entries in sorted(fact_map.metrics.items()):
        for entry in entries:
            try:
                _read_entry(tree, source, (metric, entry), facts, problems)
            except NoValue as error:
                problems.append(error.problem)
    if fact_map.produced is not None:
        try:
            steps = _pointer(fact_map.produced, source)
            path, raw = _walk(tree, steps)
            moment = read_moment(raw, tree.at(*path))
        except NoValue as error:
            problems.append(error.problem)
    return reading(facts, problems, moment)


def _read_entry(tree: Tree, source: Source, mapped: tuple[str, MapEntry], facts: list[Fact],
                problems: list[Problem]) -> None:  # fmt: skip
    metric, entry = mapped
    if entry.at is None or entry.where is not None:
        raise NoValue("invalid", "bad-map", f"`column` and `where` of `{metric}` are for csv files",
                      source.at(), "name the place with `at`, a JSON pointer")  # fmt: skip
    check_entry(metric, entry, source)
    steps = _pointer(entry.at, source, stars=1)
    samples = None if entry.samples is None else _pointer(entry.samples, source, stars=1)
    _check_stars(entry, source, steps, samples)
    for key in _keys(tree, steps):
        try:
            path, raw = _walk(tree, _filled(steps, key))
            at = tree.at(*path)
            value, unit = measure(raw, entry.unit, at)
            count = None if samples is None else _count_at(tree, _filled(samples, key))
            labels = dict(entry.labels)
            if entry.label is not None and key is not None:
                labels[entry.label] = label(str(key), at)
            facts.append(Fact(metric, value, unit, at, tuple(sorted(labels.items())), count))
        except NoValue as error:
            problems.append(error.problem)


def check_entry(metric: str, entry: MapEntry, source: Source) -> None:
    """Refuse a unit that does not exist, and a label that is given twice.

    Raises:
        NoValue: with what to change in the map.
    """
    if entry.unit not in DIMENSIONS:
        message, _, hint = unknown_unit(entry.unit).partition("; ")
        raise NoValue("invalid", "bad-unit", f"`{metric}` has an {message}", source.at(), hint)
    if entry.label is not None and entry.label in entry.labels:
        raise NoValue("invalid", "bad-map", f"`{metric}` gives the label `{entry.label}` twice",
                      source.at(), "use another name in `labels`")  # fmt: skip


def _check_stars(entry: MapEntry, source: Source, steps: Sequence[str],
                 samples: Sequence[str] | None) -> None:  # fmt: skip
    where = source.at(pointer=entry.at or "")
    if "*" in steps and entry.label is None:
        raise NoValue("invalid", "no-label", f"`{entry.at}` matches many values and names no label",
                      where, "give `label`, the name that tells them apart: label: stage")  # fmt: skip
    if "*" not in steps and entry.label is not None:
        raise NoValue("invalid", "bad-map", f"`label` needs a `*` in `{entry.at}`", where,
                      "for a fixed label write labels: {stage: retrieval}")  # fmt: skip
    if "*" not in steps and "*" in (samples or ()):
        raise NoValue("invalid", "bad-pointer", f"`samples` has a `*` and `{entry.at}` has none",
                      where, "name one number of observations")  # fmt: skip


def _pointer(text: str, source: Source, *, stars: int = 0) -> list[str]:
    """Return the steps of a JSON pointer (RFC 6901), still with `*` as it is."""
    problem = ""
    if not text.startswith("/"):
        problem = "does not start with `/`"
    elif re.search(r"~(?![01])", text):
        problem = "has a `~` that is neither `~0` nor `~1`"
    steps = text.split("/")[1:]
    if not problem and steps.count("*") > stars:
        problem = f"has {steps.count('*')} `*` where {stars or 'none'} can be"
    if problem:
        raise NoValue("invalid", "bad-pointer", f"`{text}` {problem}", source.at(pointer=text),
                      "a JSON pointer is for example /stages/retrieval/p95; ~1 is `/`, ~0 is `~`")  # fmt: skip
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]


def _keys(tree: Tree, steps: Sequence[str]) -> list[str | int | None]:
    """Return the keys that the `*` step matches; one None where there is no `*`."""
    if "*" not in steps:
        return [None]
    path, value = _walk(tree, steps[: steps.index("*")])
    at, name = tree.at(*path), _joined(path)
    if value is None:
        raise NoValue("inconclusive", "null-value", f"{name} is null", at, "did the run finish?")
    if not isinstance(value, (dict, list)):
        raise NoValue("invalid", "no-value", f"{name} is {_kind(value)}", at,
                      "`*` needs an object or a list")  # fmt: skip
    if not value:
        raise NoValue("inconclusive", "no-values", f"{name} is empty: nothing was measured", at,
                      "did the run finish?")  # fmt: skip
    return list(value) if isinstance(value, dict) else list(range(len(value)))


def _filled(steps: Sequence[str], key: str | int | None) -> list[str]:
    return [str(key) if step == "*" and key is not None else step for step in steps]


def _walk(tree: Tree, steps: Sequence[str]) -> tuple[list[str | int], Any]:
    """Return the path and the value at the end of some steps."""
    value, path = tree.value, list[str | int]()
    for step in steps:
        if isinstance(value, dict) and step in value:
            path.append(step)
        elif isinstance(value, list) and _INDEX.fullmatch(step) and int(step) < len(value):
            path.append(int(step))
        else:
            raise _missing(tree, path, value, step)
        value = value[path[-1]]
    return path, value


def _missing(tree: Tree, path: list[str | int], value: Any, step: str) -> NoValue:
    name = _joined(path)
    if isinstance(value, dict):
        message, hint = f"{name} has no `{_short(step)}`", choices(step, value, "it has")
    elif isinstance(value, list):
        message = f"{name} has no element `{_short(step)}`"
        hint = f"it has {len(value)}, counted from 0" if value else "it is empty"
    else:
        message, hint = f"{name} is {_kind(value)} and has no `{_short(step)}`", ""
    return NoValue("invalid", "no-value", message, tree.at(*path), hint)


def choices(word: str, known: Iterable[str], lead: str) -> str:
    """Return the nearest known word as a question, or else what words there are."""
    few = [name for name in known if len(name) <= _SHOWN][:_CHOICES]
    close = nearest(_short(word), few)
    if close:
        return f"did you mean `{close[0]}`?"
    more = ", …" if len(few) > 8 else ""  # noqa: PLR2004
    return f"{lead} {', '.join(f'`{name}`' for name in few[:8])}{more}" if few else "it is empty"


def _joined(path: Sequence[str | int]) -> str:
    joined = "".join(f"/{escape(str(step))}" for step in path)
    return f"`{_short(joined)}`" if path else "the document"


def _kind(value: Any) -> str:
    names = {bool: "a truth value", str: "a text", dict: "an object", list: "a list"}
    return next((n for kind, n in names.items() if isinstance(value, kind)),
                "null" if value is None else "a number")  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def label(text: str, at: Location) -> str:
    """Return a text as the value of a label.

    Raises:
        NoValue: it is empty or holds half a character.
    """
    if not text.strip():
        raise NoValue("invalid", "empty-label", "the name that tells this value apart is empty", at)
    return _whole(text, at)


def _whole(text: str, at: Location) -> str:
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise NoValue("invalid", "not-text", "the text holds half of a surrogate pair", at)
    return text


def measure(raw: Any, unit: str, at: Location) -> tuple[Value, str]:
    """Return a value and its canonical unit.

    Args:
        raw: a number, truth value or text; a text may carry its own unit where `unit` is empty.
        unit: the unit the file has it in; a known one, or empty.
        at: where it stands.

    Raises:
        NoValue: null, not finite, of the wrong type, or out of its dimension's range.
    """
    if raw is None or (isinstance(raw, str) and raw.strip().lower() in _NOTHING):
        written = f"`{raw.strip()}`" if raw and raw.strip() else "null" if raw is None else "empty"
        raise NoValue("inconclusive", "null-value", f"the value is {written}", at,
                      "what was not measured proves nothing")  # fmt: skip
    if isinstance(raw, (dict, list)):
        raise NoValue("invalid", "not-a-value", f"this is {_kind(raw)} and not a value", at,
                      choices("", raw, "name one of its values:") if isinstance(raw, dict)
                      else "name one element by its index")  # fmt: skip
    if isinstance(raw, bool):
        if unit:
            raise _not_a_number("a truth value has no unit", at, "leave `unit` out")
        return raw, ""
    return _text(raw, unit, at) if isinstance(raw, str) else _number(raw, unit, at)


def _text(raw: str, unit: str, at: Location) -> tuple[Value, str]:
    if raw.strip().lower().lstrip("+-.") in _NOT_FINITE:
        raise _not_a_number(f"`{raw.strip()}` is not a number", at, "did the run measure nothing?")
    own = _own_unit(raw)
    if unit and own:
        raise NoValue("invalid", "two-units", f"`{own.text}` has its own unit, and the map says "
                      f"`{unit}`", at, "leave `unit` out of the map")  # fmt: skip
    if unit:
        raise _not_a_number(f"`{_short(raw)}` is a text and not a number", at,
                            "write the number without quotes")  # fmt: skip
    if len(raw) > _LONGEST:
        raise NoValue("invalid", "too-long", f"a text of {len(raw):,} characters", at,
                      f"at most {_LONGEST:,} are read")  # fmt: skip
    if own is None:
        return _whole(raw, at), ""
    return _in_range(float(own.value), CANONICAL[own.dimension], "ms", at)


def _own_unit(raw: str) -> Quantity | None:
    text = raw.strip()
    if NUMBER.fullmatch(text) or _GLUED.match(text):
        return None
    try:
        return parse(text)
    except ValueError:
        return None


def _number(raw: float, unit: str, at: Location) -> tuple[Value, str]:
    if not -_LIMIT < raw < _LIMIT:
        raise _not_a_number("the number is too large to be a measurement", at, "")
    try:
        value, target = canonical(exact if (exact := float(raw)) == raw else int(raw), unit)
    except OverflowError:
        raise _not_a_number("the number is too large to be a measurement", at, "") from None
    return _in_range(value, target, unit, at)


def _in_range(value: float, target: str, unit: str, at: Location) -> tuple[Value, str]:
    """Check the range of a dimension; only a number without any unit may be negative."""
    if value < 0 and unit:
        raise NoValue("invalid", "negative", f"{value:g} {target} is below zero".replace("  ", " "),
                      at, "only a plain number may be negative")  # fmt: skip
    if target == "ratio" and value > 1:
        percent = unit == "ratio" and value <= 100  # noqa: PLR2004
        raise NoValue("invalid", "not-a-ratio", f"{value:g} is not a ratio between 0 and 1", at,
                      "did you mean the unit `%`?" if percent else "a share is at most 100 %")  # fmt: skip
    return value, target


def _not_a_number(message: str, at: Location, hint: str) -> NoValue:
    return NoValue("invalid", "not-a-number", message, at, hint)


def _count_at(tree: Tree, steps: Sequence[str]) -> int:
    path, raw = _walk(tree, steps)
    return read_count(raw, tree.at(*path))


def read_count(raw: Any, at: Location) -> int:
    """Return a number of observations, at least 1.

    Raises:
        NoValue: null, none at all, or not a whole number.
    """
    value, _ = measure(raw, "", at)
    if isinstance(value, (bool, str)) or value != int(value):
        raise NoValue("invalid", "not-a-count", "this is not a number of observations", at,
                      "`samples` names a whole number")  # fmt: skip
    if value <= 0:
        raise NoValue("inconclusive", "no-samples", f"{value:g} observations stand behind it", at,
                      "did the run measure nothing?")  # fmt: skip
    return int(value)


def read_moment(raw: Any, at: Location) -> Moment:
    """Return a moment from an ISO 8601 text (a day means its start in UTC) or an epoch number.

    Raises:
        NoValue: null, or not a moment between 2000 and 2100.
    """
    if isinstance(raw, str) and (match := _ISO.fullmatch(raw.strip())):
        day, time, zone = match.groups()
        try:
            when = datetime.fromisoformat(f"{day}T{time or '00:00'}{zone or '+00:00'}")
            if _FIRST <= when.timestamp() < _LAST:
                return Moment(when.astimezone(UTC), at, naive=bool(time and not zone))
        except (ValueError, OverflowError):  # a day or an offset that does not exist
            pass
    elif isinstance(raw, (int, float)) and not isinstance(raw, bool):
        for scale in (1, 1000):
            if _FIRST * scale <= raw < _LAST * scale:
                return Moment(datetime.fromtimestamp(raw / scale, UTC), at, naive=False)
    elif raw is None or isinstance(raw, (dict, list)):
        measure(raw, "", at)
    raise NoValue("invalid", "not-a-time", f"`{_short(str(raw))}` is not a moment between 2000 and "
                  "2100", at, _TIME_HELP)  # fmt: skip


def reading(facts: list[Fact], problems: list[Problem], moment: Moment | None) -> Reading:
    """Return a reading with sorted facts; two values for one metric and labels are ambiguous."""
    kept = []
    for (metric, labels), group in groupby(
        sorted(facts, key=lambda fact: (fact.metric, fact.labels)), lambda f: (f.metric, f.labels)
    ):
        same = list(group)
        if len(same) == 1:
            kept += same
            continue
        told = " ".join(f"{name}={value}" for name, value in labels)
        problems.append(Problem(
            "invalid", "ambiguous", f"`{metric}` has {len(same)} values {told}".rstrip(),
            same[1].at, f"the first is at {same[0].at}; tell them apart with `labels` or `label`",
        ))  # fmt: skip
    if moment is not None and moment.naive:
        problems.append(Problem("warning", "naive-time", "the time names no time zone: taken as "
                                "UTC", moment.at, "write it with `Z` or an offset"))  # fmt: skip
    when, where = (None, None) if moment is None else (moment.when, moment.at)
    return Reading(tuple(kept), tuple(problems), when, where)
