"""Replay the query log and compare every cached answer with a fresh one."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from client import Rig
from measure.output import output_path, write_json
from service.cache import load_policy

LOG = Path(__file__).parent / "query_log.jsonl"
ORDER_NUMBER = re.compile(r"\b\d{5}\b")


def judge(cached: dict[str, Any], fresh: dict[str, Any]) -> str:
    """Return `correct`, `stale` (same sources, older text) or `false` for a cached answer."""
    if cached["answer"] == fresh["answer"]:
        return "correct"
    return "stale" if cached["sources"] == fresh["sources"] else "false"


def replay(rig: Rig) -> Counter[str]:
    """Send the log in order and return the counts of queries, hits and verdicts."""
    counts: Counter[str] = Counter()
    for line in LOG.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry.pop("event") == "price":
            rig.admin("price", **entry)
            counts["price_changes"] += 1
            continue
        personal = bool(ORDER_NUMBER.search(entry["text"]))
        body = rig.ask(**entry)
        counts["queries"] += 1
        counts["personal"] += personal
        counts["personal_hits"] += personal and body["cached"]
        if body["cached"]:
            counts[judge(body, rig.ask(**entry, fresh=True))] += 1
    return counts


def main() -> None:
    """Measure on an empty cache and write the figures."""
    path = output_path(__doc__)
    rig = Rig()
    rig.admin("cache", clear=True)
    before = rig.cache()
    counts = replay(rig)
    after = rig.cache()
    lookups = after["lookups"] - before["lookups"]
    hits = after["hits"] - before["hits"]
    policy = load_policy()
    write_json(
        path,
        {
            "cache": {
                "kind": policy.kind,
                "ttl_s": policy.ttl_s,
                "key": policy.key,
                "excluded_intents": sorted(policy.excluded),
            },
            "queries": counts["queries"],
            "lookups": lookups,
            "hits": hits,
            "hit_ratio": round(hits / lookups, 4),
            "compared": hits,
            "false_hits": counts["false"],
            "false_hit_ratio": round(counts["false"] / hits, 4),
            "stale_served": counts["stale"],
            "stale_ratio": round(counts["stale"] / hits, 4),
            "personal_queries": counts["personal"],
            "personal_hits": counts["personal_hits"],
            "price_changes": counts["price_changes"],
        },
    )


if __name__ == "__main__":
    main()
