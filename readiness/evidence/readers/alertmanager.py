"""Alertmanager configuration in; for each severity whether it is routed to somebody out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.documents import is_template, read_documents
from readiness.evidence.promql import duration
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.settings import Settings, labels, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.documents import Part
    from readiness.model.checklist import FactMap

_ROUTE = pattern(rb"(?m)^[ \t]*\"?route\"?\s*:")
_RECEIVERS = pattern(rb"(?m)^[ \t]*\"?receivers\"?\s*:")
_RECEIVER = pattern(rb"\breceiver\"?\s*:")
_MATCHER = pattern(r"""\s*"?([A-Za-z_][\w.]*)"?\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^,"{}]*)\s*""")
_PLAIN = pattern(r"[\w.-]+(?:\|[\w.-]+)*")
_SLOW = pattern(r"\)\s*[*+?{]|.{200}|\\[0-9]")  # what could take long, tried on severities
_USUAL = ("critical", "page", "warning")
_HELP = "`amtool check-config alertmanager.yml` tells what is wrong"


class _Match(NamedTuple):
    """One condition of a route: a label, how, and what it is compared with."""

    label: str
    op: str
    value: str

    def holds(self, given: dict[str, str]) -> bool:
        """Tell whether it holds for some labels; one that is absent is an empty text."""
        value = given.get(self.label, "")
        if self.op in ("=", "!="):
            return (value == self.value) == (self.op == "=")
        found = re.fullmatch(self.value, value) is not None
        return found == (self.op == "=~")


def sniff(head: bytes) -> int:
    """Return 90 for a route and receivers, else 0."""
    marks = (_ROUTE, _RECEIVERS, _RECEIVER)
    return 90 if b"\n```" not in head and all(mark.search(head) for mark in marks) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a configuration.

    Raises:
        Unreadable: neither YAML nor JSON, a template, malformed, or of another kind.
    """
    (root, *more) = read_documents(source)
    if more or not isinstance(root.value, dict) or not root["route"] or not root["receivers"]:
        help_ = "give the file that Alertmanager loads"
        raise wrong_kind("this is no configuration of Alertmanager", source.at(1), help_)
    settings = Settings()
    channels = dict(_channels(settings, root))
    routes = list(_walk(root["route"]))
    severities = dict.fromkeys((*_USUAL, *_severities(routes)))
    _reach(settings, root, {}, channels)
    for severity in severities:
        _reach(settings, root, {"severity": severity}, channels)
    settings.put("receivers", len(channels), "", root["receivers"].at)
    wait = root["route"]["group_wait"]
    settings.time("alert.group_wait", wait, duration, (), 30_000)
    return Reading(settings.facts, tuple(settings.problems))


def _channels(settings: Settings, root: Part) -> Iterator[tuple[str, int]]:
    """Yield the receivers, each with how many channels it has that lead somewhere."""
    for receiver in root["receivers"].list():
        name = receiver["name"].text
        if not name:
            raise Unreadable("malformed", "a receiver has no name", receiver.at, _HELP)
        count = 0
        for key, part in receiver.items():
            for channel in part.list() if key.endswith("_configs") else ():
                count += _leads(settings, channel, name)
        settings.put("receiver.channels", count, "", receiver.at, labels(receiver=name))
        yield name, count


def _leads(settings: Settings, channel: Part, name: str) -> bool:
    """Tell whether a channel leads somewhere; what a script will put there is not known."""
    for key, part in channel.items():
        if key in ("url", "api_url", "to", "routing_key", "service_key", "channel"):
            if part.value in ("", None):
                return False
            if is_template(part.text) and "{{" not in part.text:
                message = f"`{key}` of {name[:60]} is `{part.text[:60]}`: not known from this file"
                settings.warn("template", message, part.at, "give it with placeholders filled in")
                return False
    return bool(channel.value != {})


def _walk(route: Part) -> Iterator[Part]:
    yield route
    for child in route["routes"].list():
        yield from _walk(child)


def _severities(routes: list[Part]) -> Iterator[str]:
    """Yield the severities that the conditions of the routes name."""
    for route in routes:
        for match in _matches(route):
            if match.label == "severity" and _PLAIN.fullmatch(match.value):
                yield from match.value.split("|")


def _matches(route: Part) -> Iterator[_Match]:
    """Yield the conditions of a route, in the old and the new way to write them."""
    for key, op in (("match", "="), ("match_re", "=~")):
        for label, part in route[key].items():
            yield _checked(_Match(label, op, part.text), part)
    for part in route["matchers"].list():
        text = part.text.strip()
        text = text[1:-1] if text.startswith("{") and text.endswith("}") else text
        place = 0
        while place < len(text):
            match = _MATCHER.match(text, place)
            if match is None or match.end() == place:
                message = f"the matcher `{part.text[:60]}` cannot be read"
                raise Unreadable("malformed", message, part.at, _HELP)
            value = match[3].strip()
            value = value[1:-1] if value.startswith('"') else value
            yield _checked(_Match(match[1], match[2], value), part)
            place = match.end() + text[match.end() : match.end() + 1].count(",")


def _checked(match: _Match, part: Part) -> _Match:
    """Return a condition whose pattern, if it has one, is known to be one."""
    if match.op in ("=~", "!~"):
        try:
            re.compile(match.value)
        except (re.error, OverflowError, RecursionError):
            message = f"`{match.value[:60]}` is no regular expression"
            raise Unreadable("malformed", message, part.at, _HELP) from None
        if match.label == "severity" and _SLOW.search(match.value):
            message = f"the pattern `{match.value[:60]}` is not read here"
            raise Unreadable("pattern", message, part.at, "write it without groups that repeat")
    return match


def _reach(settings: Settings, root: Part, given: dict[str, str], channels: dict[str, int]) -> None:
    """Add whether an alert with these labels reaches a channel, and which receivers get it."""
    names = labels(**given)
    reached = list(_routed(root["route"], given, ""))
    for name, part in reached:
        if name not in channels:
            message = f"the receiver `{name[:60]}` is not defined" if name else "no receiver"
            raise Unreadable("malformed", message, part.at, _HELP)
    told = list(dict.fromkeys(name for name, _ in reached))
    at = reached[0][1].at
    routed = all(channels[name] for name in told)
    settings.put("alert.routed", routed, "", at, names)
    settings.put("alert.receivers", ", ".join(told)[:500], "", at, names)
    if not routed:
        what = " ".join(f"{k} {v}" for k, v in given.items()) or "what no route matches"
        lacking = ", ".join(name for name in told if not channels[name])
        message = f"{what} goes to {lacking[:80]}, which has no channel"
        settings.warn("no-channel", message, at, "add a channel, or another receiver")


def _routed(route: Part, given: dict[str, str], above: str) -> Iterator[tuple[str, Part]]:
    """Yield the receivers of an alert: of the deepest routes that match, the first, or more."""
    receiver = route["receiver"]
    name = receiver.text or above
    matched = False
    for child in route["routes"].list():
        if all(match.holds(given) for match in _matches(child)):
            matched = True
            yield from _routed(child, given, name)
            if child["continue"].value is not True:
                break
    if not matched:
        yield name, receiver or route


_SEVERITY = ("severity",)
READER = Reader(
    id="alertmanager",
    title="Alertmanager",
    summary="Whether alerts of each severity are routed to a receiver that has a channel.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("alert.routed", "", "whether every receiver it goes to has a channel", _SEVERITY),
        Metric("alert.receivers", "", "the receivers it goes to", _SEVERITY),
        Metric("alert.group_wait", "ms", "how long the first notification waits"),
        Metric("receivers", "", "receivers there are"),
        Metric("receiver.channels", "", "channels that lead somewhere", ("receiver",)),
    ),
    produce="curl -s $ALERTMANAGER/api/v2/status | jq -r .config.original > alertmanager.yml",
    source="https://prometheus.io/docs/alerting/latest/configuration/",
    traps=(
        "A receiver without a channel, or whose address is empty, takes alerts and tells nobody.",
        "An address that a script fills in is not known from this file: no channel, and told.",
        "`match`, `match_re` and `matchers` are three ways to write a condition.",
        "The first route that matches takes the alert, unless it says `continue: true`.",
        "Only the severity is tried: a route on a team too is not taken for it.",
        "Without a label it is what no route matches: the receiver at the root.",
    ),
)
