"""Exact-match answer cache, as `cache.yaml` describes it."""

import re
import time
import unicodedata
from dataclasses import dataclass
from typing import Any

from cachetools import TTLCache

from service.config import load_yaml

Entry = dict[str, Any]
MAX_ENTRIES = 5000


@dataclass(frozen=True)
class Policy:
    """What tells two answers apart, how long one lives, and which intents are left out."""

    kind: str
    key: tuple[str, ...]
    ttl_s: float
    excluded: frozenset[str]


def load_policy() -> Policy:
    """Return the policy of the one cache in `cache.yaml`; its time to live is in seconds."""
    (cache,) = load_yaml("cache.yaml")["caches"]
    number, unit = cache["ttl"].split()
    if unit != "s":
        raise ValueError(f"the time to live is in {unit}, not in s")
    return Policy(cache["kind"], tuple(cache["key"]), float(number), frozenset(cache["excluded"]))


def normalise(text: str) -> str:
    """Fold case and Unicode form, collapse blanks and drop closing punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\s+", " ", folded).strip().rstrip("?!. ")


class AnswerCache:
    """A TTL cache over the parts of the key; excluded intents never enter it."""

    def __init__(self) -> None:
        self._policy = load_policy()
        self._skew_s = 0.0
        self._entries: TTLCache[tuple[str, ...], Entry] = TTLCache(
            MAX_ENTRIES, self._policy.ttl_s, timer=lambda: time.monotonic() + self._skew_s
        )
        self.lookups = 0
        self.hits = 0

    def key(self, intent: str, **values: str) -> tuple[str, ...] | None:
        """Return the key for the given field values, or None for an excluded intent."""
        if intent in self._policy.excluded:
            return None
        values["question"] = normalise(values["question"])
        return tuple(values[part] for part in self._policy.key)

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
