"""Start-up, checking and inspecting, as ratios to `python -c "import pydantic, yaml"` in the same run."""

from __future__ import annotations

import compileall
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 15
FLOOR = [sys.executable, "-c", "import pydantic, yaml"]
READINESS = [str(Path(sys.executable).with_name("readiness"))]


def launch(folder: Path, items: int) -> Path:
    """Write a launch with one small JSON file an item, every tenth of them failing."""
    entries = []
    for number in range(1, items + 1):
        name = f"BENCH-{number:03d}"
        value = 900 if number % 10 == 0 else 400
        (folder / f"{name}.json").write_text(json.dumps({"p95": value, "n": 5000}))
        entries.append(
            f"  - id: {name}\n    title: Stage {number} answers within 800 ms at the peak\n"
            f"    area: latency\n    gate: {'blocker' if number % 2 else 'deferrable'}\n"
            "    harm: major\n    risk: possible\n    effort: 1d\n    evidence:\n"
            f"      - path: {name}.json\n        reader: json\n        needs: measured\n"
            "        map: {p95: {at: /p95, unit: ms, samples: /n}}\n"
            "        expect: [p95 <= 800 ms]\n    why: Users leave.\n    fix: Make it faster.\n"
        )
    (folder / "list.yaml").write_text(
        "schema: readiness/checklist@1\nid: bench\ntitle: Bench\nversion: 1.0.0\nitems:\n"
        + "".join(entries)
    )
    (folder / "readiness.yaml").write_text(
        "schema: readiness/launch@1\nservice: bench\ntitle: Bench\nowner: team-bench\n"
        "launch: 2026-12-07\ncandidate: {version: 1.0.0}\nchecklists: [./list.yaml]\n"
    )
    return folder


def samples(folder: Path) -> Path:
    """Write a small load test, as JMeter does."""
    head = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,allThreads\n"
    rows = (f"{1_795_600_000_000 + 100 * n},{100 + 7 * n % 250},/chat,200,OK,t 1-{n % 5},true,1234,5\n" for n in range(800))
    file = folder / "run.jtl"
    file.write_text(head + "".join(rows))
    return file


def seconds(command: list[str]) -> float:
    """Return how long a command takes as a whole process."""
    start = time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Measure in turns, and print each median as a multiple of the floor's."""
    compileall.compile_dir(ROOT / "readiness", quiet=1)  # as an installer does
    with tempfile.TemporaryDirectory() as temporary:
        check = [*READINESS, "check", "--as-of", "2026-11-26"]
        commands = {"floor": FLOOR, "--version": [*READINESS, "--version"]}
        for items in (40, 400):
            folder = Path(temporary) / str(items)
            folder.mkdir()
            commands[f"check, {items} items"] = [*check, str(launch(folder, items))]
        commands["inspect, 40 kB"] = [*READINESS, "inspect", str(samples(Path(temporary)))]
        commands["check, worked example"] = [*check, str(ROOT / "evidence" / "shop-assistant")]
        goals = {"--version": "1.0", "check, 40 items": "2.5", "check, 400 items": "6"}
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS + 1):
            for name, command in commands.items():
                times[name].append(seconds(command))
    floor = statistics.median(times["floor"][1:])
    for name, values in times.items():
        median = statistics.median(values[1:])
        goal = f" (goal {goals[name]})" if name in goals else ""
        print(f"{name:<24}{median * 1000:7.1f} ms  {median / floor:5.2f} x the floor{goal}")


if __name__ == "__main__":
    main()
