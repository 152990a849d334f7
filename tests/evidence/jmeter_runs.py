"""Runs of JMeter as its tools write them: the JTL, and the dashboard's statistics.json of the same rows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

Statistics = dict[str, dict[str, Any]]


class Row(NamedTuple):
    """A sample; the endpoint and whether it passed."""

    start: int
    elapsed: int
    label: str
    ok: bool


def jtl(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["timeStamp", "elapsed", "label", "responseCode", "responseMessage", "success", "allThreads"])
    for row in rows:
        writer.writerow([row.start, row.elapsed, row.label, 200 if row.ok else 503, "", str(row.ok).lower(), 8])
    return text.getvalue().encode()


def legacy(ordered: Sequence[int], share: float) -> float:
    """JMeter's percentile: that of commons-math's LEGACY type, with n + 1 (Hyndman and Fan's no. 6)."""
    place = share * (len(ordered) + 1)
    if place < 1:
        return ordered[0]
    if place >= len(ordered):
        return ordered[-1]
    low, high = ordered[math.floor(place) - 1], ordered[math.floor(place)]
    return low + (place % 1) * (high - low)


def statistics(rows: Sequence[Row]) -> Statistics:
    """Return what JMeter's dashboard writes of a run into statistics.json."""
    found: Statistics = {}
    for key in ("Total", *sorted({row.label for row in rows})):
        part = [row for row in rows if key in ("Total", row.label)]
        times, bad = sorted(row.elapsed for row in part), sum(not row.ok for row in part)
        seconds = (max(r.start + r.elapsed for r in part) - min(r.start for r in part)) / 1000
        found[key] = {
            "transaction": key, "sampleCount": len(part), "errorCount": bad, "errorPct": 100 * bad / len(part),
            "meanResTime": sum(times) / len(times), "medianResTime": legacy(times, 0.5),
            "minResTime": times[0], "maxResTime": times[-1], "pct1ResTime": legacy(times, 0.9),
            "pct2ResTime": legacy(times, 0.95), "pct3ResTime": legacy(times, 0.99),
            "throughput": len(part) / seconds, "receivedKBytesPerSec": 9.5, "sentKBytesPerSec": 2.5,
        }  # fmt: skip
    return found
