"""What inference-perf lays into the folder of a run: its summary, honest or edited, and the requests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "inference-perf" / "ok"
SUMMARY, REQUESTS = NAMES = ("summary_lifecycle_metrics.json", "per_request_lifecycle_metrics.json")


def lay(folder: Path, edit: Callable[[float], float] = float) -> None:
    """Write both; the summary's latencies are edited."""
    summary, requests = (json.loads((SAMPLES / name).read_text()) for name in NAMES)
    times = sorted(r["end_time"] - r["start_time"] for r in requests if not r.get("error"))
    lasted = max(r["end_time"] for r in requests) - min(r["start_time"] for r in requests)
    good = summary["successes"]
    summary["load_summary"]["count"], good["count"] = len(requests), len(times)
    summary["failures"]["count"] = len(requests) - len(times)
    good["throughput"] = {"requests_per_sec": len(times) / lasted}
    latency = good["latency"]["request_latency"]
    for key in latency:
        if key == "mean":
            exact = sum(times) / len(times)
        else:
            rank = {"min": 0.0, "median": 50.0, "max": 100.0}.get(key) or float(key.removeprefix("p").replace("min", "0"))
            exact = times[min(len(times) - 1, int(rank / 100 * len(times)))]
        latency[key] = edit(exact)
    (folder / SUMMARY).write_text(json.dumps(summary))
    shutil.copy(SAMPLES / REQUESTS, folder)
