"""Results of an attack, one by one, in whatever encoding: counted into a load and a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.numbers import LONGEST
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.vegeta_results.schedule import Schedule
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.errors import Location
    from readiness.model.load import Labels

HINT = "keep the file as `vegeta attack -output` or `vegeta encode` wrote it"
_GOOD, _REDIRECT = (200, 400), 300
_YEARS = (10**18, 10**19)  # nanoseconds since 1970 of the years 2001 to 2286
_REMEMBERED = 50_000  # results that are compared with all later ones
_LABELLED = 10_000  # different addresses whose labels are kept
_URL = pattern(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#]*)([^?#]*)")
_SHOWN = 200


class Result(NamedTuple):
    """One request.

    Attributes:
        attack: name of the attack it is part of.
        seq: its number in the schedule, from 0; None where the version does not say.
        code: status code; 0 without an answer.
        began: when it was sent, in nanoseconds since 1970.
        lasted: nanoseconds until the whole answer was there, or until it failed.
        failed: whether an error is noted.
        received: bytes of the body.
        method: of the request; empty where the version does not say, as is `url`.
    """

    attack: str
    seq: int | None
    code: int
    began: int
    lasted: int
    failed: bool
    received: int
    method: str = ""
    url: str = ""


class Collected:
    """What results add up to.

    Attributes:
        tally: response times by time of sending and by endpoint.
        schedules: by name of the attack.
        first: when the first was sent, in ns; `last` the last; `end` when the last answer came.
        redirects: how many were answered 3xx.
        silent: how many had no answer.
        received: bytes of all bodies.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self.schedules: dict[str, Schedule] = {}
        self.first, self.last, self.end = _YEARS[1], 0, 0
        self.count = self.good = self.redirects = self.silent = self.received = 0
        self._host: str | None = None
        self._labels: dict[tuple[str, str, str], Labels] = {}
        self._seen: set[tuple[int, int, int | None]] = set()

    def take(self, results: Iterable[tuple[Location, Result]]) -> None:
        """Count all results.

        Raises:
            Unreadable: a result that is twice in it, or was sent or lasted for no sensible time.
        """
        for at, result in results:
            _check(result, at)
            key = (result.began, result.lasted, result.seq)
            if key in self._seen:
                message = f"the same result, number {result.seq}, was there before"
                raise Unreadable("contradiction", message, at, "was a file joined with itself?")
            if len(self._seen) < _REMEMBERED and result.seq is not None:
                self._seen.add(key)
            self._count(result)

    def _count(self, result: Result) -> None:
        attack, seq, code, began, lasted, failed, received, method, url = result
        good = _GOOD[0] <= code < _GOOD[1] and not failed
        labels = self._labels.get((attack, method, url))
        if labels is None:
            labels = self._label(attack, method, url)
        self.tally.add(began / 1e9, lasted / 1e6, good, labels)
        self.first = min(self.first, began)
        self.last = max(self.last, began)
        self.end = max(self.end, began + lasted)
        self.count += 1
        self.good += good
        self.received += received
        self.redirects += good and code >= _REDIRECT
        self.silent += not code
        if seq is not None:
            schedule = self.schedules.get(attack)
            if schedule is None:
                schedule = self.schedules.setdefault(attack, Schedule())
            schedule.add(seq, began)

    def _label(self, attack: str, method: str, url: str) -> Labels:
        """Return the labels of a request: the path, without what may be a secret in the address.

        The host is named where it is not that of the first request.
        """
        labels = {"method": method, "scenario": attack}
        if match := _URL.match(url):
            if self._host is None:
                self._host = match[1]
            host = "" if match[1] == self._host else match[1]
            labels["endpoint"] = f"{host}{match[2] or '/'}"[:_SHOWN]
        elif url:
            labels["endpoint"] = url.partition("?")[0][:_SHOWN]
        found = tuple(sorted((name, value) for name, value in labels.items() if value))
        if len(self._labels) < _LABELLED:
            self._labels[attack, method, url] = found
        return found


def _check(result: Result, at: Location) -> None:
    if not _YEARS[0] <= result.began < _YEARS[1]:
        raise Unreadable("number", "a time of sending is not of the years 2001 to 2286", at, HINT)
    if not 0 <= result.lasted < LONGEST * 1e6:
        message = f"a latency of {result.lasted:,} ns is no time"
        raise Unreadable("number", message, at, HINT)
    if result.code > 999:  # noqa: PLR2004 - status codes have three digits
        raise Unreadable("number", f"{result.code} is not a status code", at, HINT)
