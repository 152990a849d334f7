"""What a Gatling log tells, in text or binary: requests, users and errors, counted as they come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.tally import Tally

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.load import Labels

_EPOCH = (1_000_000_000_000, 10_000_000_000_000)  # milliseconds, the years 2001 to 2286


class Events:
    """Counts what the records of a log say.

    Attributes:
        tally: the requests.
        errors: records of errors that made no request.
        unmatched: messages that came in without a request to answer.
        began: when the run began, with its place, if the log says.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self.errors = 0
        self.unmatched = 0
        self.began: tuple[datetime, Location] | None = None
        self._users = 0

    def run(self, start: int, at: Location) -> None:
        """Take the record of the run: its start in ms since 1970, or another number."""
        if _EPOCH[0] <= start < _EPOCH[1]:
            self.began = datetime.fromtimestamp(start / 1000, UTC), at

    def request(self, start: int, end: int, labels: Labels, *, passed: bool) -> None:
        """Count a request, from its start to its end in ms."""
        self.tally.add(start / 1000, end - start, passed, labels)

    def user(self, time: int, *, starts: bool) -> None:
        """Count a user who starts or ends; the end may be logged a little before the start."""
        self._users += 1 if starts else -1
        self.tally.users(time / 1000, max(self._users, 0))

    @property
    def unfinished(self) -> int:
        """Users who started and did not end."""
        return max(self._users, 0)

    @property
    def unstarted(self) -> int:
        """Users who ended and never started: lines are missing."""
        return max(-self._users, 0)


def path(groups: list[str], name: str) -> Labels:
    """Return the labels of a request: its groups and name, as the report of Gatling has them."""
    return (("endpoint", " / ".join((*groups, name))),)
