"""Measure the service's own stage timings under a modest load; write JSON and CSV."""

import asyncio
import csv
import os
import statistics
from collections import defaultdict

import httpx

from load.mix import Mix
from measure.output import output_path, write_json

RATE_PER_S = 15
SECONDS = 40
ORDER = ("gateway", "conversation", "routing", "retrieval", "model", "total")

Samples = dict[str, list[float]]


def parse_server_timing(header: str) -> dict[str, float]:
    """Return stage milliseconds from a `Server-Timing` header value."""
    pairs = (entry.strip().split(";dur=") for entry in header.split(","))
    return {name: float(value) for name, value in pairs}


async def collect() -> tuple[Samples, int]:
    """Send the mix at a fixed rate; return the samples per stage and the number of errors."""
    samples: Samples = defaultdict(list)
    errors = 0
    mix = Mix(seed=11)

    async def ask(http: httpx.AsyncClient) -> None:
        nonlocal errors
        response = await http.post("/chat", json=mix.draw())
        if response.is_error:
            errors += 1
            return
        for name, value in parse_server_timing(response.headers["server-timing"]).items():
            samples[name].append(value)

    gateway = os.environ["RIG_GATEWAY"]
    client = httpx.AsyncClient(base_url=gateway, timeout=10, trust_env=False)
    async with client as http, asyncio.TaskGroup() as group:
        for _ in range(RATE_PER_S * SECONDS):
            group.create_task(ask(http))
            await asyncio.sleep(1 / RATE_PER_S)
    return samples, errors


def summarise(values: list[float]) -> dict[str, float]:
    """Return the number of values and their 50th, 95th and 99th percentile in ms."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    percentiles = {f"p{p}": round(cuts[p - 1], 2) for p in (50, 95, 99)}
    return {"n": len(values), **percentiles}


def main() -> None:
    """Measure and write `stages.json` and, beside it, `stages.csv`."""
    path = output_path(__doc__)
    samples, errors = asyncio.run(collect())
    stages = {name: summarise(samples[name]) for name in ORDER}
    requests = stages["total"]["n"] + errors
    write_json(
        path,
        {
            "unit": "ms",
            "rate_per_s": RATE_PER_S,
            "duration_s": SECONDS,
            "requests": requests,
            "errors": errors,
            "stages": stages,
        },
    )
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["stage", "n", "p50_ms", "p95_ms", "p99_ms"])
        writer.writerows([name, *row.values()] for name, row in stages.items())


if __name__ == "__main__":
    main()
