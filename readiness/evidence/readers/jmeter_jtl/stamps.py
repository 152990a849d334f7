"""Time stamps of a JTL: milliseconds since 1970, or a date in one of the usual patterns."""

from __future__ import annotations

from datetime import UTC, datetime

_PATTERNS = (
    "%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z",
    "%Y/%m/%d %H:%M:%S,%f", "%Y-%m-%d %H:%M:%S,%f",
)  # fmt: skip
_EPOCH_DIGITS = 13


class Clock:
    """Reads time stamps; the pattern of the first one holds for all. Without a zone it is UTC."""

    def __init__(self) -> None:
        self._pattern = ""

    def parse(self, text: str) -> int | None:
        """Return milliseconds since 1970, None for what is no time stamp."""
        if text.isascii() and text.isdigit():
            return int(text) if len(text) == _EPOCH_DIGITS and not self._pattern else None
        for pattern in (self._pattern,) if self._pattern else _PATTERNS:
            try:
                found = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is set below
            except ValueError:
                continue
            self._pattern = pattern
            aware = found if found.tzinfo else found.replace(tzinfo=UTC)
            return round(aware.timestamp() * 1000)
        return None
