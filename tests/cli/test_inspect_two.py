"""`readiness inspect A B`: two load tests side by side, and what scripts rely on when they ask for it."""

from __future__ import annotations

import json
import os
import pty
import random
import subprocess
import sys
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from jsonschema import Draft202012Validator

from tests.cli.running import EXAMPLE, ROOT, readiness
from tests.cli.test_bad_input import without_privilege

HEAD = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,allThreads\n"
START = 1_795_600_000_000


def jtl(seed: int, median: float, seconds: int = 60) -> str:
    draw = random.Random(seed).lognormvariate
    rows = [(START + 1000 * second + 50 * n, round(median * draw(0, 0.4))) for second in range(seconds) for n in range(20)]
    return HEAD + "".join(f"{at},{ms},/chat,200,OK,t 1-1,true,10,5\n" for at, ms in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("v1", jtl(2, 100)), ("v2", jtl(1, 130))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.jtl").write_text(text)
    (tmp_path / "cut.jtl").write_text(jtl(1, 130)[:-9])
    return tmp_path


def test_two_load_tests_in_a_terminal(folder: Path) -> None:
    done = readiness("inspect", "v1/run.jtl", "v2/run.jtl", cwd=folder)
    assert (done.code, done.err) == (0, "")
    assert done.out == snapshot("""\
before  v1/run.jtl
after   v2/run.jtl

■ slower (medium effect, P < 0.001)
  a later response takes longer than an earlier one in 67 % of all pairs
  percentiles and errors are those of the steady parts, all else of the whole
  runs

               before     after       change  95 % of the change
requests        1,200     1,200           ±0
errors            0 %       0 %    ±0 points  −0.319 to 0.319      no difference
rate        19.99 1/s 19.98 1/s  −0.0163 1/s
duration        1 min 1.001 min       +49 ms
concurrency         5         5           ±0
mean           107 ms  138.3 ms     +31.4 ms
p50             99 ms    131 ms       +32 ms  25.2 to 36.6 ms      slower
p90            165 ms    213 ms       +48 ms  34.2 to 62.4 ms      slower
p95            184 ms    241 ms       +57 ms  41.6 to 73.8 ms      slower
p99            236 ms    308 ms       +72 ms  23.6 to 156 ms       slower
max            330 ms    562 ms      +232 ms

Method: Mann–Whitney U test (1947), differences of percentiles by MOVER (Zou
and Donner 2008) from order statistics, of error rates by Newcombe (1998), each
at 95 % on its own; samples discounted for clumps by the design effect (Kish
1965).
""")


def test_json_is_as_published(folder: Path) -> None:
    done = readiness("inspect", "v1/run.jtl", "v2/run.jtl", "--format", "json", cwd=folder)
    assert (done.code, done.err) == (0, "")
    schema = json.loads(readiness("schema", "comparison").out)
    assert schema == json.loads((ROOT / "docs" / "schema" / "comparison.json").read_text())
    Draft202012Validator.check_schema(schema)
    found = json.loads(done.out)
    Draft202012Validator(schema).validate(found)
    assert found["schema"] == "readiness/comparison@1"
    assert (found["before"], found["after"], found["verdict"]) == ("v1/run.jtl", "v2/run.jtl", "slower")


def test_a_run_beside_itself_shows_no_difference(folder: Path) -> None:
    done = readiness("inspect", "v1/run.jtl", "v1/run.jtl", cwd=folder)
    assert done.code == 0
    assert "■ no difference shown (negligible effect, P = 1.000)" in done.out


def collapsing(seed: int, seconds: int, median: float, failing: float) -> str:
    """20 requests a second all the time, 1 % of them failing; the last third is another one."""
    draw, rows = random.Random(seed), []
    for n in range(20 * seconds):
        last = 3 * n >= 2 * 20 * seconds
        ms = max(1, round((median if last else 100) * draw.lognormvariate(0, 0.4)))
        ok = draw.random() >= (failing if last else 0.01)
        rows.append(f"{START + 50 * n},{ms},/chat,{200 if ok else 500},,t 1-1,{'true' if ok else 'false'},10,5\n")
    return HEAD + "".join(rows)


@pytest.mark.parametrize(("median", "failing", "verdict"), [(1000, 0.3, "slower"), (3, 1.0, "faster")])
def test_a_service_that_collapses_at_the_end_of_the_run_is_not_taken_for_the_old_one(
    folder: Path, median: float, failing: float, verdict: str
) -> None:
    """The end of the run is no cool-down: as many requests are sent in it."""
    (folder / "a.jtl").write_text(collapsing(1, 150, 100, 0.01))
    (folder / "b.jtl").write_text(collapsing(2, 150, median, failing))
    done = readiness("inspect", "a.jtl", "b.jtl", "-f", "json", cwd=folder)
    found = json.loads(done.out)
    assert found["note"] == "all figures are those of the whole runs: not both have a steady part"
    assert found["verdict"] == verdict
    (errors,) = (change for change in found["changes"] if change["metric"] == "errors")
    assert errors["verdict"] == "higher"
    assert errors["after"] > 0.3 * failing
    told = readiness("inspect", "b.jtl", "-f", "json", cwd=folder).out
    assert "no steady state found: mean latencies stand on 2 levels" in told


def test_summaries_are_put_side_by_side() -> None:
    file = "peak_stats.csv"  # a whole path would be broken where its length says
    done = readiness("inspect", file, file, cwd=EXAMPLE / "evidence" / "load")
    assert done.code == 0
    assert "■ not tested\n  no samples in peak_stats.csv" in done.out


def test_a_broken_file_is_shown_with_what_is_wrong_and_exits_1(folder: Path) -> None:
    for pair in (("v1/run.jtl", "cut.jtl"), ("cut.jtl", "v1/run.jtl")):
        done = readiness("inspect", *pair, cwd=folder)
        assert (done.code, done.err) == (1, "")
        assert "cut.jtl: jmeter-jtl, " in done.out
        assert "invalid[" in done.out
        assert "v1/run.jtl" not in done.out
        assert "■" not in done.out


def test_json_of_a_broken_file_is_one_comparison_that_says_so(folder: Path) -> None:
    done = readiness("inspect", "v1/run.jtl", "cut.jtl", "-f", "json", cwd=folder)
    assert done.code == 1
    found = json.loads(done.out)
    Draft202012Validator(json.loads(readiness("schema", "comparison").out)).validate(found)
    assert found["verdict"] == "not tested"
    assert found["note"].startswith("cut.jtl cannot be believed: ")
    assert found["changes"] == []


@pytest.mark.parametrize("shape", ["terminal", "json"])
def test_what_is_no_load_test_exits_2(folder: Path, shape: str) -> None:
    report = EXAMPLE / "evidence" / "drills" / "model-backend.json"
    done = readiness("inspect", "v1/run.jtl", report, "-f", shape, cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"{report}: error[no-load-test]: chaos-toolkit gives no `requests`: it is no load test\n"
        "  help: compare two load tests, the earlier one first\n"
    )


def test_two_distributions_without_a_unit_say_what_is_missing(folder: Path) -> None:
    known = (ROOT / "tests" / "samples" / "hdrhistogram-percentiles" / "ok" / "declared-unit.hgrm").read_text()
    (folder / "a.hgrm").write_text("".join(line for line in known.splitlines(keepends=True) if "nit" not in line))
    done = readiness("inspect", "a.hgrm", "a.hgrm", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert done.err == snapshot("""\
a.hgrm: error[no-load-test]: hdrhistogram-percentiles gives no `requests`: the unit of these values is not in the file: they are given as `value.*`
  help: write a first line `#[Unit: ms]` (ns, us, ms or s) from the program that knows it
""")


def test_a_file_that_is_not_there_exits_2(folder: Path) -> None:
    for pair in (("v1/run.jtl", "v3/run.jtl"), ("v3/run.jtl", "v1/run.jtl")):
        done = readiness("inspect", *pair, cwd=folder)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("v3/run.jtl: error[not-found]: ")


def test_three_files_are_a_wrong_usage(folder: Path) -> None:
    done = readiness("inspect", "v1/run.jtl", "v2/run.jtl", "cut.jtl", cwd=folder)
    assert (done.code, done.out) == (2, "")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
@pytest.mark.parametrize("shape", ["terminal", "json"])
def test_a_file_that_may_not_be_read_exits_3(folder: Path, shape: str) -> None:
    (folder / "v2" / "run.jtl").chmod(0)
    done = readiness("inspect", "v1/run.jtl", "v2/run.jtl", "-f", shape, cwd=folder, prefix=without_privilege())
    assert done.code == 3
    assert "Permission denied" in done.out


def test_the_reader_is_that_of_both(folder: Path) -> None:
    done = readiness("inspect", "v1/run.jtl", "v2/run.jtl", "--reader", "junit", cwd=folder)
    assert done.code == 1
    assert done.out.count("invalid[") == 2


def test_no_colour_whatever_is_forced(folder: Path) -> None:
    plain = readiness("inspect", "v1/run.jtl", "v2/run.jtl", cwd=folder)
    for env in ({"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"TERM": "dumb"}):
        assert readiness("inspect", "v1/run.jtl", "v2/run.jtl", cwd=folder, env=env) == plain
    assert "\x1b" not in plain.out


def test_the_same_bytes_wherever_it_runs(folder: Path) -> None:
    runs = {
        readiness("inspect", "v1/run.jtl", "v2/run.jtl", "-f", shape, cwd=folder, env=env).out
        for shape in ("terminal", "json")
        for env in ({"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "0"}, {"LC_ALL": "C", "PYTHONHASHSEED": "1"})
    }
    assert len(runs) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_goes_to_stderr_only_and_is_cleared(folder: Path) -> None:
    """Of a file that is read in pieces, a person at a terminal sees how far it is."""
    code = (
        "from readiness.cli import streams; from readiness.evidence import files; from readiness.__main__ import main; "
        "streams._QUIET_SECONDS = -1; files.STREAM_BYTES = 1000; main()"
    )
    master, slave = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", code, "inspect", "v1/run.jtl", "v2/run.jtl", "-f", "json"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=slave, timeout=120,
        check=False,
    )  # fmt: skip
    told = os.read(master, 1 << 16)
    os.close(slave)
    os.close(master)
    assert done.returncode == 0
    assert json.loads(done.stdout)["after"] == "v2/run.jtl"
    assert b"run.jtl" in told
    assert told.endswith(b"\r\x1b[K")


def test_one_file_gives_the_ends_of_its_intervals(folder: Path) -> None:
    done = readiness("inspect", "v1/run.jtl", "-f", "json", cwd=folder)
    assert done.code == 0
    facts = {f["metric"]: f for f in json.loads(done.out)["facts"] if not f["labels"]}
    assert facts["p95"]["low"] < facts["p95"]["value"] < facts["p95"]["high"]
    assert facts["p99.9"]["low"] > 0
    assert facts["p99.9"]["high"] is None, "1,200 samples do not bound it"
    assert facts["requests"]["low"] is facts["requests"]["high"] is None
    assert "  95 %: " in readiness("inspect", "v1/run.jtl", cwd=folder).out
