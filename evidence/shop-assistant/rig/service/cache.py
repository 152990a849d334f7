"""Exact-match answer cache as described by `cache.yaml`."""

import re
import time
import unicodedata
from typing import Any

from cachetools import TTLCache

from service.config import load_yaml

Entry = dict[str, Any]


def normalise(text: str) -> str:
    """Fold case and Unicode form, collapse blanks and drop closing punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\s+", " ", folded).strip().rstrip("?!. ")


class AnswerCache:
    """A TTL cache over the configured key fields; excluded intents never enter it."""

    def __init__(self) -> None:
        config = load_yaml("cache.yaml")
        self._fields: list[str] = config["key"]
        self._excluded = set(config["excluded_intents"])
        self._skew_s = 0.0
        self._entries: TTLCache[tuple[str, ...], Entry] = TTLCache(
            config["max_entries"], config["ttl_s"], timer=lambda: time.monotonic() + self._skew_s
        )
        self.lookups = 0
        self.hits = 0

    def key(self, intent: str, **values: str) -> tuple[str, ...] | None:
        """Return the key for the given field values, or None for an excluded intent."""
        if intent in self._excluded:
            return None
        values["text"] = normalise(values["text"])
        return tuple(values[field] for field in self._fields)

    def get(self, key: tuple[str, ...]) -> Entry | None:
        """Return the live entry under `key` and count the lookup."""
        entry: Entry | None = self._entries.get(key)
        self.lookups += 1
        self.hits += entry is not None
        return entry

    def put(self, key: tuple[str, ...], entry: Entry) -> None:
        """Store `entry` for the configured time to live."""
        self._entries[key] = entry

    def clear(self) -> None:
        """Drop every entry."""
        self._entries.clear()

    def advance(self, seconds: float) -> None:
        """Move the cache's clock forward, so that an expiry can be tested without waiting."""
        self._skew_s += seconds

    def snapshot(self) -> dict[str, int]:
        """Return the number of entries, lookups and hits."""
        return {"entries": len(self._entries), "lookups": self.lookups, "hits": self.hits}
