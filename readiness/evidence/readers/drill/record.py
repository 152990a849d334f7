"""A drill record to facts: its keys checked, its times in order, its gaps told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.errors import InputError
from readiness.evidence.drills import Moment, short, took, unfilled, window
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem
from readiness.model.quantity import parse
from readiness.model.text import and_list, did_you_mean
from readiness.patterns import pattern
from readiness.strict_yaml import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.strict_yaml import Node

SCHEMA = "readiness/drill@1"
TIMES = ("injected", "detected", "failed_over", "removed", "recovered")
NEEDED = (
    "fault", "environment", "commit", "steady_before", "injected", "detected", "failed_over",
    "recovered", "steady_after", "completion", "alert",
)  # fmt: skip
OPTIONAL = ("title", "domain", "removed", "requests", "observers", "links", "notes")
_KNOWN = ("schema", *NEEDED, *OPTIONAL)
_TEXTS = ("fault", "title", "environment", "commit", "domain")
_NEVER = "never"
_FRONT = pattern(r"\A---[ \t]*\r?\n((?s:.*?)^)(?:---|\.{3})[ \t]*\r?$", re.MULTILINE)
_COMMIT = pattern(r"[0-9a-fA-F]{7,64}")
_ORDER = (
    ("injected", "detected"), ("injected", "failed_over"), ("injected", "removed"),
    ("injected", "recovered"), ("detected", "recovered"), ("failed_over", "recovered"),
    ("removed", "recovered"),
)  # fmt: skip
_HELP = "write what was measured"


class Value(NamedTuple):
    """A value with its place."""

    value: Any
    at: Location


def reading(source: Source) -> Reading:
    """Read a record; see `readiness.evidence.readers.drill.read`."""
    values = _values(source)
    if told := _schema(values, source):
        raise told
    missing = [key for key in NEEDED if key not in values or _empty(values[key].value)]
    moments = {key: _moment(values[key], key) for key in TIMES if _given(values, key)}
    facts = [*_texts(values), *_states(values), *_completion(values)]
    problems = [*_disorder(moments), *_gaps(missing, source), *_broken_before(values)]
    alert = _alert(values["alert"], moments) if _given(values, "alert") else None
    if alert is not None:
        facts += alert.facts
        problems += alert.problems
    facts += _times(moments)
    held = not problems and all(values[f"steady_{when}"].value for when in ("before", "after"))
    done = held and all(moments[key].time for key in ("injected", "failed_over", "recovered"))
    top = values["schema"].at
    facts.insert(0, Fact("drill.completed", bool(done), "", top, origin="derived"))
    if (began := moments.get("injected")) and began.time:
        facts.append(Fact("actions", 1, "", began.at, origin="derived"))
    last = max((m for m in moments.values() if m.time), key=_when, default=None)
    lasted = next((float(f.value) for f in facts if f.metric == "duration"), None)
    warned = short(lasted, top) if lasted is not None and not problems else ()
    return Reading(
        tuple(facts), (*problems, *warned), last and last.time, last.at if last else None
    )


def _when(moment: Moment) -> float:
    return moment.time.timestamp() if moment.time else 0.0


def _values(source: Source) -> dict[str, Value]:
    """Return the values by key, each with its place.

    Raises:
        Unreadable: not YAML, no mapping, or a key that does not exist.
    """
    root = _parse(source)
    if not isinstance(root.content, dict):
        raise Unreadable(
            "wrong-shape", "a record is a mapping of keys", source.at(root.line), _HELP
        )
    found = {}
    for key, (name, node) in root.content.items():
        if key not in _KNOWN:
            hint = did_you_mean(key, _KNOWN) or f"keys here: {', '.join(_KNOWN)}"
            at = source.at(name.line, name.column, f"/{key}")
            raise Unreadable("unknown-key", f"unknown key `{key[:80]}`", at, hint)
        found[key] = Value(node.data(), source.at(node.line, node.column, f"/{key}"))
    return found


def _parse(source: Source) -> Node:
    text = source.text
    if match := _FRONT.match(text):
        text = f"\n{match[1]}"
    try:
        return parse_yaml(text.encode(), source.path)
    except InputError as error:
        found = error.diagnostics[0]
        raise Unreadable(found.code, found.message, found.at, found.help or _HELP) from None


def _schema(values: dict[str, Value], source: Source) -> Unreadable | None:
    said = values.get("schema")
    if said is not None and said.value == SCHEMA:
        return None
    shown = f"`{said.value}`"[:60] if said else "missing"
    message = f"the schema is {shown}, not `{SCHEMA}`"
    at = said.at if said else source.at(1)
    return Unreadable("schema", message, at, f"write `schema: {SCHEMA}`")


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and unfilled(value)) or value in ({}, [])


def _given(values: dict[str, Value], key: str) -> bool:
    return key in values and not _empty(values[key].value)


def _gaps(missing: list[str], source: Source) -> Iterator[Problem]:
    if missing:
        named = and_list(f"`{key}`" for key in missing)
        message = f"half a record: {named} {'is' if len(missing) == 1 else 'are'} not filled in"
        hint = "write what was measured, and `never` for what did not happen"
        yield Problem("inconclusive", "half-filled", message, source.at(1), hint)


def _broken_before(values: dict[str, Value]) -> Iterator[Problem]:
    before = values.get("steady_before")
    if before is not None and before.value is False:
        message = "the steady state was broken before the drill: nothing was tried"
        yield Problem("inconclusive", "pre-failed", message, before.at, "mend it and drill again")


def _moment(value: Value, key: str) -> Moment:
    """Return a time with its zone, or that it did not come."""
    if value.value == _NEVER and key != "injected":
        return Moment(None, value.at)
    time, at, naive = read_moment(value.value if isinstance(value.value, str) else "", value.at)
    if naive or "T" not in str(value.value).replace(" ", "T", 1):
        hint = "write the time of day with its zone: 2026-11-20T10:00:12Z"
        raise Unreadable("naive-time", f"`{key}` has no time of day with a zone", at, hint)
    return Moment(time, at)


def _disorder(moments: dict[str, Moment]) -> Iterator[Problem]:
    """Yield what is said to have come before its cause, each once."""
    told: set[str] = set()
    for first, second in _ORDER:
        one, two = moments.get(first), moments.get(second)
        swapped = one and two and one.time and two.time and one.time > two.time
        if swapped and two and second not in told:
            told.add(second)
            message = f"`{second}` is before `{first}`"
            yield Problem("invalid", "order", message, two.at, "check both times and their zones")


def _texts(values: dict[str, Value]) -> Iterator[Fact]:
    for key in _TEXTS:
        if not _given(values, key):
            continue
        text, at = values[key]
        text = str(getattr(text, "written", text)) if not isinstance(text, dict | list) else ""
        if not text or (key == "commit" and not _COMMIT.fullmatch(text)):
            wanted = "a hash of at least 7 hexadecimal digits" if key == "commit" else "a text"
            raise Unreadable("not-a-text", f"`{key}` is not {wanted}", at, _HELP)
        yield Fact(key, text, "", at)


def _states(values: dict[str, Value]) -> Iterator[Fact]:
    for key in ("steady_before", "steady_after"):
        if _given(values, key):
            held, at = values[key]
            if not isinstance(held, bool):
                message, hint = f"`{key}` is not true or false", "write true or false"
                raise Unreadable("not-a-truth-value", message, at, hint)
            yield Fact(key, held, "", at)


def _completion(values: dict[str, Value]) -> Iterator[Fact]:
    if not _given(values, "completion"):
        return
    raw, at = values["completion"]
    text = str(getattr(raw, "written", raw))
    try:
        quantity = parse(text if not isinstance(raw, bool) else "")
    except ValueError:
        quantity = None
    if quantity is None or quantity.dimension not in ("ratio", "number"):
        message = "`completion` is no share such as 0.972 or 97.2 %"
        raise Unreadable("not-a-ratio", message, at, _HELP)
    if not 0 <= quantity.value <= 1:
        message, hint = f"`completion` of {text[:40]} is not from 0 to 1", "write 97.2 % or 0.972"
        raise Unreadable("not-a-ratio", message, at, hint)
    requests = None
    if _given(values, "requests"):
        requests, place = values["requests"]
        if isinstance(requests, bool) or not isinstance(requests, int) or requests < 1:
            raise Unreadable("not-a-count", "`requests` is no count of 1 or more", place, _HELP)
    yield Fact("completion", float(quantity.value), "ratio", at, (), requests)


def _times(moments: dict[str, Moment]) -> Iterator[Fact]:
    """Yield how long it took to notice, to answer and to recover, and the window of the drill."""
    began, ended = moments.get("injected"), moments.get("recovered")
    removed = moments.get("removed")
    restored = removed if removed and removed.time else began
    spans = (
        ("detection", began, moments.get("detected")),
        ("degrade", began, moments.get("failed_over")),
        ("recovery", restored, ended),
    )
    for metric, start, end in spans:
        lasted = took(start, end)
        if lasted is not None and end is not None:
            yield Fact(metric, lasted, "ms", end.at, origin="derived")
    yield from window(began, ended)
    if removed and removed.time:
        yield Fact("rollbacks.failed", 0, "", removed.at, origin="derived")


class _Alert(NamedTuple):
    """What a record says of its alert."""

    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...]


def _alert(value: Value, moments: dict[str, Moment]) -> _Alert:
    """Return whether the alert fired while the fault was there.

    Raises:
        Unreadable: neither `never` nor a name with the time it fired.
    """
    raw, at = value
    if raw == _NEVER:
        return _Alert((Fact("alert_fired", False, "", at),), ())
    keys = set(raw) if isinstance(raw, dict) else set()
    if keys != {"name", "fired"} or not isinstance(raw["name"], str) or unfilled(raw["name"]):
        hint = "write `alert: {name: ModelBackendDown, fired: 2026-11-20T10:01:05Z}`, or `never`"
        raise Unreadable("alert", "`alert` is no name with the time it fired", at, hint)
    fired = _moment(Value(raw["fired"], at), "fired").time
    named = Fact("alert", raw["name"], "", at)
    began, ended = (moments.get(key, Moment(None, at)).time for key in ("injected", "recovered"))
    if fired and began and fired < began:
        message, hint = "the alert fired before the fault was injected", "was it another's alert?"
        return _Alert((named,), (Problem("invalid", "order", message, at, hint),))
    late = fired is not None and ended is not None and fired > ended
    return _Alert((named, Fact("alert_fired", fired is not None and not late, "", at)), ())
