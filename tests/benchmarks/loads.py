"""Large load tests through `readiness inspect`, as multiples of SHA-256 over the same file.

Whole processes, in turns, in one run: wall time, CPU time and peak memory. Nothing is asserted.
"""

from __future__ import annotations

import gzip
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "samples"
ROWS = 10_000_000
NDJSON_BYTES = 1_000_000_000
ROUNDS = 5
HASH = "import hashlib, sys; hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256').hexdigest()"
START = "from readiness.__main__ import main; main()"
PLAIN = "import sys; sys.modules.update(numpy=None, isal=None); " + START  # without the extra `bulk`


class Cost(NamedTuple):
    """What a process took: seconds of wall and CPU time, mebibytes at most."""

    wall: float
    cpu: float
    peak: float


def cost(code: str, *arguments: str) -> Cost:
    """Run Python code as a process of its own."""
    import time

    command = [sys.executable, "-c", code, *arguments]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            raise SystemExit(f"{' '.join(arguments)}: {process.stderr and process.stderr.read()!r}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def jtl(rows: int) -> Iterator[str]:
    """Write JMeter's default columns: five samplers, 0.5 % failures, 160 threads, 1.9 hours."""
    draw = random.Random(7)
    labels = ("GET /", "POST /chat", "GET /search", "POST /order", "GET /health")
    times = [min(60_000, int(draw.lognormvariate(4.2, 0.7))) for _ in range(100_003)]
    yield (
        "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
        "failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n"
    )
    stamp = 1_795_000_000_000
    for row in range(rows):
        stamp += 1 if row % 3 else 0
        elapsed, label = times[row % 100_003], labels[(row * 7 + row // 5) % 5]
        good = (row * 2_654_435_761 >> 8) % 200
        yield (
            f"{stamp},{elapsed},{label},{'200,OK' if good else '503,Service Unavailable'},Thread Group"
            f" 1-{row % 160 + 1},text,{'true' if good else 'false'},,{1200 + elapsed % 300},180,160,160"
            f",http://127.0.0.1:8080{label.split()[1]},{elapsed},0,{elapsed % 3}\n"
        )


def ndjson(size: int) -> Iterator[str]:
    """Repeat what k6 wrote in a short run, at later times, until there are `size` bytes."""
    lines = (SAMPLES / "k6-json" / "ok" / "points.json").read_text().splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if '"type":"Point"' in line)
    points = [line for line in lines[start:] if '"type":"Point"' in line]
    yield from (line for line in lines if '"type":"Metric"' in line)
    written, later = 0, timedelta()
    while written < size:
        for line in points:
            head, mark, tail = line.partition('"time":"')
            moved = datetime.fromisoformat(tail[:19]) + later
            text = f"{head}{mark}{moved:%Y-%m-%dT%H:%M:%S}{tail[19:]}"
            written += len(text)
            yield text
        later += timedelta(seconds=1)


def write(path: Path, lines: Iterator[str]) -> Path:
    """Write a file, to the disk: what is still on its way there would slow down what is measured."""
    with path.open("w", encoding="utf-8", buffering=1 << 20) as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    return path


def compressed(path: Path, ending: str) -> Path:
    """Compress a file as its tool would: in one go, without holding it."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    target = path.with_name(path.name + ending)
    with path.open("rb") as source, target.open("wb") as file:
        with gzip.open(file, "wb", 1) if ending == ".gz" else zstd.open(file, "wb", level=3) as packer:
            shutil.copyfileobj(source, packer, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    return target


def median(costs: list[Cost]) -> Cost:
    """Return the medians."""
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def compare(title: str, path: Path, goals: dict[str, str], rounds: int = ROUNDS) -> None:
    """Measure hashing and reading a file in turns, and print the ratios."""
    kinds = {"NumPy": START, "core": PLAIN}
    used = {name: kinds[name] for name in goals}
    costs: dict[str, list[Cost]] = {name: [] for name in ("hash", *used)}
    for _ in range(rounds):
        costs["hash"].append(cost(HASH, str(path)))
        for name, code in used.items():
            costs[name].append(cost(code, "inspect", str(path)))
    floor = median(costs["hash"])
    print(f"{title}: {path.stat().st_size / 1e6:,.0f} MB, SHA-256 {floor.wall:.2f} s")
    for name in used:
        found = median(costs[name])
        print(
            f"  {name:<6}{found.wall / floor.wall:6.2f} x wall{found.cpu / floor.cpu:7.2f} x CPU"
            f"{found.peak:7.0f} MiB   (goal {goals[name]})"
        )


def main() -> None:
    """Write the files, measure, and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows = write(folder / "results.jtl", jtl(ROWS))
        compare("JTL of 10 million rows", rows,
                {"NumPy": "3 x wall, 4.5 x CPU, 300 MiB", "core": "11 x wall, 64 MiB"})  # fmt: skip
        packed(rows, "NumPy", START)
        rows.unlink()
        points = write(folder / "points.json", ndjson(NDJSON_BYTES))
        compare("k6 NDJSON", points, {"core": "2.5 x wall, 64 MiB"})
        packed(points, "core", PLAIN)
    small()


def packed(path: Path, name: str, code: str) -> None:
    """Measure a file compressed, as a multiple of the plain one."""
    for ending in (".gz", ".zst"):
        target = compressed(path, ending)
        files = path, target
        costs = [[cost(code, "inspect", str(file)) for file in files] for _ in range(3)]
        plain, found = (median([pair[i] for pair in costs]) for i in range(2))
        target.unlink()
        print(f"  {name} {ending:<5}{found.wall / plain.wall:6.2f} x the plain file (goal 1.6)")


def small() -> None:
    """Measure a file of 40 kB against a k6 summary."""
    summary = SAMPLES / "k6-summary" / "ok" / "handle.json"
    with tempfile.TemporaryDirectory() as temporary:
        rows = write(Path(temporary) / "small.jtl", jtl(330))
        pairs = [
            (cost(START, "inspect", str(summary)), cost(START, "inspect", str(rows)))
            for _ in range(2 * ROUNDS)
        ]
    base, found = median([pair[0] for pair in pairs]), median([pair[1] for pair in pairs])
    print(f"JTL of 40 kB: {found.wall / base.wall:.2f} x `inspect` of a k6 summary (goal 1.2)")


if __name__ == "__main__":
    main()
