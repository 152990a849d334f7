"""The windows of a Tsung log, text or JSON: counters and samples by name, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.numbers import count, is_number, number, parse_count, parse_number
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location

DUMP = pattern(r"# stats: dump at ([0-9]{1,12})\s*")
END = pattern(r"EndMonitor:\{([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9})\}")
_COUNTER, _SAMPLE = 3, 8  # words of a line
_FIELDS = ("value", "mean", "stddev", "max", "min", "global_mean", "global_count")
_HINT = "keep the log as Tsung wrote it"


class Counter(NamedTuple):
    """A number of this window, and the sum of all until then (of users: the most)."""

    value: float
    total: float
    at: Location


class Sampled(NamedTuple):
    """Times in ms of this window and of all before; minimum and maximum are of all."""

    number: int
    mean: float
    longest: float
    shortest: float
    mean_before: float
    before: int
    at: Location


@dataclass
class Window:
    """What was written at one moment, in seconds since the epoch."""

    seconds: int
    at: Location
    counters: dict[str, Counter] = field(default_factory=dict)
    samples: dict[str, Sampled] = field(default_factory=dict)


class Log(NamedTuple):
    """The windows of a log in their order.

    Attributes:
        windows: each with what was counted until then.
        began: seconds since the epoch, if the log says.
        ended: the same, None if the log has no end.
        ended_at: the place of it.
    """

    windows: list[Window]
    began: float | None
    ended: float | None
    ended_at: Location


def read_log(source: Source) -> Log:
    """Parse a log of either backend.

    Raises:
        Unreadable: it is neither, or a line or value is not as Tsung writes it.
    """
    text = source.text.lstrip()
    return _from_json(JsonDocument(source)) if text.startswith("{") else _from_text(source)


def _from_text(source: Source) -> Log:
    windows: list[Window] = []
    ended, at = None, source.at(1)
    lines = source.text.split("\n")
    for number_of, line in enumerate(lines, 1):
        at = source.at(number_of) if line else at
        if match := DUMP.fullmatch(line):
            windows.append(Window(int(match[1]), at))
        elif match := END.match(line):
            ended = int(match[1]) * 1e6 + int(match[2]) + int(match[3]) / 1e6
        elif line.startswith("stats: {"):
            continue  # load, memory and processor of a machine
        elif line.startswith("stats: ") and windows and number_of < len(lines):
            _read_line(windows[-1], line, at)
        elif line:
            message = "a line that is not one of Tsung's, or is cut off"
            raise Unreadable("ragged", message, at, _HINT)
    if not windows:
        raise Unreadable("wrong-shape", "there is no `# stats: dump at`", source.at(1), _HINT)
    return Log(windows, None, ended, at)


def _read_line(window: Window, line: str, at: Location) -> None:
    words = line.split()[1:]
    if len(words) == _COUNTER:
        value, total = (_signed(word, at) for word in words[1:])
        window.counters[words[0]] = Counter(value, total, at)
    elif len(words) == _SAMPLE:
        values = [parse_number(word, at, f"a value of `{words[0]}`") for word in words[2:]]
        counted = parse_count(words[1], at, f"the count of `{words[0]}`")
        mean, _, longest, shortest, mean_before, before = values
        if before != int(before):
            raise Unreadable("number", "a count that is no whole number", at, _HINT)
        window.samples[words[0]] = Sampled(
            counted, mean, longest, shortest, mean_before, int(before), at
        )
    else:
        message = f"a line of {len(words)} words, not of {_COUNTER} or {_SAMPLE}"
        raise Unreadable("ragged", message, at, "was the log cut off?")


def _signed(text: str, at: Location) -> float:
    """Return a number that may be negative, such as the change of open connections."""
    sign = -1 if text.startswith("-") else 1
    return sign * parse_number(text.removeprefix("-"), at, "a counter")


def _from_json(document: JsonDocument) -> Log:
    entries = document.get("stats")
    if not isinstance(entries, list) or not entries:
        message = "`stats` is not a list with windows"
        raise Unreadable("wrong-shape", message, document.at("stats"), _HINT)
    windows, began = [], None
    for index, entry in enumerate(entries):
        at = document.at("stats", index)
        samples = entry.get("samples") if isinstance(entry, dict) else None
        if not isinstance(samples, list):
            raise Unreadable("wrong-shape", "a window without `samples`", at, _HINT)
        place = document.at("stats", index, "timestamp")
        seconds = count(entry.get("timestamp"), place, "`timestamp`")
        began = seconds if began is None else began
        window = Window(seconds, place)
        for inner in range(len(samples)):
            _read_sample(document, window, ("stats", index, "samples", inner))
        if samples:
            windows.append(window)
    last = windows[-1] if windows else None
    where = last.at if last else document.at("stats")
    return Log(windows, began, last.seconds if last else began, where)


def _read_sample(document: JsonDocument, window: Window, steps: tuple[str | int, ...]) -> None:
    sample, at = document.get(*steps), document.at(*steps)
    name = sample.get("name") if isinstance(sample, dict) else None
    if not isinstance(name, str):
        raise Unreadable("wrong-shape", "a sample without a name", at, _HINT)
    if "hostname" in sample:
        return
    name = re.sub(r"http_(?=[0-9]{3}$)", "", name)
    if "mean" not in sample:
        total = sample.get("total", sample.get("max"))
        if not is_number(sample.get("value")) or not is_number(total):
            raise Unreadable("number", f"`{name}` has no numbers", at, _HINT)
        window.counters[name] = Counter(float(sample["value"]), float(total), at)
        return
    values = {key: number(sample.get(key), at, f"`{key}` of `{name}`") for key in _FIELDS}
    counts = [count(sample[key], at, f"`{key}` of `{name}`") for key in ("value", "global_count")]
    window.samples[name] = Sampled(
        counts[0],
        values["mean"],
        values["max"],
        values["min"],
        values["global_mean"],
        counts[1],
        at,
    )
