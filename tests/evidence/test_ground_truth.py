"""Every value that was computed independently of some 200 result files, and what `inspect` prints.

`INDEX.tsv` beside the samples lists the files with values taken by other means (`ground_truth`). Each
is read as `readiness inspect FILE --format json` reads it and compared in the published form. What a
value is compared with, and within which rounding, stands in `ground_truth.py`.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from readiness.cli.shield import shield
from readiness.evidence.collect import READERS, Collector
from readiness.evidence.paths import Roots
from readiness.model.inspection import inspection
from readiness.model.load import Load
from readiness.model.serial import dump_inspection
from tests.evidence.ground_truth import FILES, FORMATS, GENERIC, READERS_OF, Case, Check, Rules

LOADTEST = Path(__file__).resolve().parents[3] / "shared" / "samples" / "loadtest"
HERE = LOADTEST / "real" / "INDEX.tsv"
needs_samples = pytest.mark.skipif(not HERE.exists(), reason=f"no {HERE}")


class Row(NamedTuple):
    """A line of INDEX.tsv."""

    folder: str
    file: str
    format: str
    truth: dict[str, Any]
    server: str

    @property
    def path(self) -> Path:
        return LOADTEST / self.folder / self.file


def index() -> list[Row]:
    found = []
    for folder in ("real", "produced"):
        path = LOADTEST / folder / "INDEX.tsv"
        if path.exists():
            with path.open(newline="") as lines:
                for row in csv.DictReader(lines, delimiter="\t"):
                    truth = json.loads(row["ground_truth"] or "{}")
                    found.append(Row(folder, row["file"], row["format"], truth, row.get("server_truth") or ""))
    return found


ROWS = index()
TRUE = [row for row in ROWS if row.truth]


def name_of(row: Row) -> str:
    return f"{row.folder}/{row.file}"


@cache
def tried(path: Path) -> tuple[dict[str, Any], Case]:
    """Read a file as `inspect` does: what it would print, and the case without the truth."""
    evidence = Collector(Roots(path.parent, path.parent), shield).read(path.name)
    reader = READERS.get(evidence.reader)
    printed = json.loads(dump_inspection(inspection(evidence, reader.percentiles if reader else "")))
    assert not evidence.fault, printed["problems"]
    return printed, Case(path.name, {}, tuple(printed["facts"]), evidence.load)


def rules_of(row: Row) -> Rules:
    return {**GENERIC, **FORMATS[row.format].rules, **FILES.get(row.file, {})}


@cache
def compared(number: int) -> tuple[Check, ...]:
    row = TRUE[number]
    _, read = tried(row.path)
    return tuple(checks(row, read.facts, read.load))


def checks(row: Row, facts: tuple[Mapping[str, Any], ...], load: Load | None) -> Iterator[Check]:
    case, rules = Case(row.file, row.truth, facts, load), rules_of(row)
    for key, stated in row.truth.items():
        for check in rules[key](stated, case):
            yield check._replace(what=f"{key}: {check.what}")


@needs_samples
@pytest.mark.parametrize("number", range(len(TRUE)), ids=[name_of(row) for row in TRUE])
def test_published_facts_are_the_independent_values(number: int) -> None:
    row = TRUE[number]
    unmapped = [key for key in row.truth if key not in rules_of(row)]
    assert unmapped == [], "tests/evidence/ground_truth.py has no rule for these"
    differ = [f"{c.what}: {c.expected} in INDEX, {c.found} printed" for c in compared(number) if not c.holds]
    assert differ == []


@needs_samples
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_each_file_is_read_by_its_reader_or_refused_with_a_reason(row: Row) -> None:
    printed, _ = tried(row.path)
    reader = FORMATS[row.format].reader if row.format in FORMATS else READERS_OF[row.file]
    assert printed["reader"] == reader
    wrong = [p for p in printed["problems"] if p["kind"] != "warning"]
    assert printed["facts"] or wrong
    for problem in printed["problems"]:
        assert problem["code"] != "reader-bug"
        assert problem["message"]
        assert problem["help"]


@needs_samples
@pytest.mark.parametrize("number", range(len(TRUE)), ids=[name_of(row) for row in TRUE])
def test_facts_a_fifth_higher_would_be_noticed(number: int) -> None:
    moved = [check for check in compared(number) if isinstance(check.found, float) and check.found]
    _, read = tried(TRUE[number].path)
    higher = tuple({**f, "value": f["value"] * 1.2} if type(f["value"]) is float else f for f in read.facts)
    wrong = [check.what for check in checks(TRUE[number], higher, read.load) if not check.holds]
    assert len(wrong) >= len(moved) / 2


# What the server's own access log has and the file has not: requests, failures.
UNSEEN = {
    "ab/run3_chat.stdout": (8, 0),  # in flight at the end, one for each of 8 connections
    "autocannon/run1.stdout": (8, 0),  # likewise, as of all that stop by the clock
    "autocannon/run3_text.stderr": (4, 1),
    "siege/run1.stdout": (5, 0),
    "wrk/run1.stdout": (8, 0),
    "wrk/run2_nolatency.stdout": (8, 0),
    "taurus/final-stats.csv": (4, 0),
    "taurus/final-stats.xml": (4, 0),
    "taurus/artifacts/ab.out": (3561 - 774, 204),  # one of three endpoints
    "taurus/artifacts/ab.tsv": (3561 - 774, 204),
    "locust/run1_json.json": (5, 0),
    **dict.fromkeys((f"locust/run1_{n}.csv" for n in ("stats", "stats_history", "failures", "exceptions")), (58, 7)),  # trap 20
    "tsung/log/20261123-0220/tsung.dump": (99, 2),  # not flushed: trap 23
    "tsung/log/20261123-0220/tsung.log": (19, 0),
    # 158 connections were refused: no server has seen these
    **dict.fromkeys(("k6/run5_small.stdout", "k6/small-export.json", "k6/small.csv", "k6/small.ndjson"), (-158, -158)),
}


@needs_samples
@pytest.mark.parametrize("row", [row for row in ROWS if re.search(r"\bn=\d", row.server)], ids=name_of)
def test_requests_and_failures_are_those_of_the_servers_log(row: Row) -> None:
    _, case = tried(row.path)
    seen = int(re.findall(r"\bn=(\d+)", row.server)[0])
    failed = sum(map(int, re.findall(r"\bERR [^=;]*=(\d+)", row.server)))
    requests, failures = case.value("requests"), case.value("failures")
    errors = case.value("errors")
    if failures is None and errors is not None:
        failures = round(errors * requests)
    unseen = UNSEEN.get(row.file, (0, 0))
    assert requests in (seen - unseen[0], None)
    assert failures in (failed - unseen[1], None)


@needs_samples
@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("produced/k6/raw.csv", 0),
        ("produced/jmeter/run1.jtl", 0),
        ("real/gatling/v3.13.5-login_simulation.log", 0),
        ("real/taurus/jenkinsci__performance-plugin__TaurusPreviousBuildReport.xml", 1),
    ],
)
def test_the_command_prints_what_was_compared(file: str, code: int) -> None:
    path = LOADTEST / file
    command = [sys.executable, "-m", "readiness", "inspect", str(path), "--format", "json"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.decode()) == (code, "")
    assert json.loads(done.stdout) == tried(path)[0]


@needs_samples
def test_how_much_was_compared(capsys: pytest.CaptureFixture[str]) -> None:
    found = [check for number in range(len(TRUE)) for check in compared(number)]
    differ = sum(not check.holds for check in found)
    files = {row.path for row in ROWS}
    told = f"{len(files)} files tried, {len(TRUE)} with independent values, {len(found):,} values compared, {differ} differences"
    with capsys.disabled():
        print(f"\nground truth: {told}")
    assert differ == 0
    assert len(found) > 10 * len(TRUE)
