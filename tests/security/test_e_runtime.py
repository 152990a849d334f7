"""Attacks and faults E1 to E6: runs that are killed, many at once, full disks, clocks, encodings, order."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from readiness.model.serial import load
from tests.cli.running import ROOT
from tests.pipeline.worlds import DAY as TODAY
from tests.pipeline.worlds import OLD, Ruling, go_world, moment, review_folder

from .attacks import DAY, decided, gate, home, values

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and files")
START = [sys.executable, "-m", "readiness"]


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}


@posix
def test_e1_killed_at_any_moment_outputs_are_whole_or_absent(tmp_path: Path) -> None:
    """kill -9 at 12 moments of a run that writes three reports and a record: nothing is half there."""
    folder, draw = home(tmp_path / "launch"), random.Random(3)
    box, begin = tmp_path / "kept", time.monotonic()
    reports = {form: tmp_path / f"report.{form}" for form in ("json", "html", "markdown")}
    command = [*START, "check", str(folder), "--as-of", DAY, "--record", str(box), *(f"--output={f}={p}" for f, p in reports.items())]
    subprocess.run(command, env=environment(), capture_output=True, timeout=120, check=True)
    whole, length = {p: p.read_bytes() for p in reports.values()}, time.monotonic() - begin
    (kept,) = box.iterdir()
    record = kept.read_bytes()
    killed = 0
    for _ in range(12):
        with subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            time.sleep(draw.random() * length)
            run.kill()
        killed += run.returncode == -signal.SIGKILL
        for path, content in whole.items():
            assert not path.exists() or path.read_bytes() == content, path.name
        assert {p.read_bytes() for p in box.iterdir() if not p.name.startswith(".")} == {record}
    print(f"\n{killed} of 12 runs killed, 0 files torn")
    assert killed > 3
    assert subprocess.run(command, env=environment(), capture_output=True, timeout=120, check=False).returncode == 0


@posix
def test_e2_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    """Eight runs record into one folder and write one report: eight records, and a whole report."""
    folder, box, report = home(tmp_path / "launch"), tmp_path / "kept", tmp_path / "report.json"
    days = [str(TODAY - timedelta(days=n)) for n in (0, 0, 1, 1, 2, 2, 0, 1)]
    runs = []
    for number, day in enumerate(days):
        copy = tmp_path / f"launch{number}"
        home(copy, go_world().with_run("LOAD-01", p95=400 + number))
        command = [*START, "check", str(copy), "--as-of", day, "--record", str(box), f"--output=json={report}"]
        runs.append(subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
    said = [run.communicate(timeout=300)[1].decode() for run in runs]
    assert [text for run, text in zip(runs, said, strict=True) if run.returncode not in (0, 1)] == []
    names = sorted(path.name for path in box.iterdir())
    assert len(names) == 8
    assert len({name[:13] for name in names}) == 8, "each has a day and number of its own"
    for path in (*box.iterdir(), report):
        load(path.read_bytes(), path.name)
    assert folder.exists()


DEAF = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); from readiness.__main__ import main; main()"


@posix
def test_e2_whoever_starts_it_may_ignore_how_processes_end(tmp_path: Path) -> None:
    """Some supervisors ignore SIGCHLD, which is inherited: evidence is read, and git is believed, all the same."""
    command = [sys.executable, "-c", DEAF, "check", str(home(tmp_path / "launch")), "--as-of", DAY]
    done = subprocess.run(command, env=environment(), capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
    "from readiness.__main__ import main; main()"
)


@posix
@pytest.mark.parametrize("form", ["json", "html", "markdown"])
def test_e3_a_full_disk_leaves_no_part_and_no_older_go(form: str, tmp_path: Path) -> None:
    """The disk takes 500 bytes: the older GO is gone, no part of the new report is there, exit code 3."""
    folder, report = home(tmp_path / "launch"), tmp_path / "out" / "report"
    report.parent.mkdir()
    output = f"{form}={report}"
    assert gate(folder, "--output", output).code == 0
    assert report.exists()
    command = [sys.executable, "-c", LIMITED.format(size=500), "check", str(folder), "--as-of", DAY, "--output", output]
    done = subprocess.run(command, env=environment(PYTHONDONTWRITEBYTECODE="1"), capture_output=True, timeout=120, check=False)
    assert done.returncode == 3
    assert b"cannot be written: File too large" in done.stderr
    assert list(report.parent.iterdir()) == []


def test_e3_a_run_that_fails_leaves_no_older_go(tmp_path: Path) -> None:
    """Wrong YAML, an unknown option, a folder that is none: the report of yesterday is gone."""
    folder, report = home(tmp_path / "launch"), tmp_path / "report.html"
    output = f"html={report}"
    for broken in ("yaml", "date", "folder"):
        home(folder)
        assert gate(folder, "--output", output).code == 0
        assert report.exists()
        if broken == "yaml":
            (folder / "readiness.yaml").write_text("schema: [")
        where = tmp_path / "none" if broken == "folder" else folder
        arguments = ["--as-of", "yesterday"] if broken == "date" else []
        assert gate(where, "--output", output, *arguments).code == 2
        assert not report.exists(), broken


@posix
def test_e3_streams_that_cannot_be_written(tmp_path: Path) -> None:
    """A full or closed stdout is exit code 3, and never the 0 or 1 of a decision that nobody saw."""
    go = home(tmp_path / "go")
    for where, code in ((">/dev/full", 3), (">&-", 3), ("2>&- >/dev/null", 0), ("2>/dev/full >/dev/null", 0), ("| true", 0)):
        line = f"{sys.executable} -m readiness check {go} --as-of {DAY} {where}"
        shell = ["bash", "-c", f"set -o pipefail; {line}"]
        done = subprocess.run(shell, env=environment(), capture_output=True, timeout=120, check=False)
        assert done.returncode == code, (where, done.stderr)
    line = f"{sys.executable} -m readiness check {tmp_path / 'none'} 2>/dev/full"
    assert subprocess.run(["bash", "-c", line], env=environment(), timeout=120, check=False).returncode == 2


def test_e3_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = gate(home(tmp_path / "launch"), "--output", f"json={tmp_path / 'none' / 'x.json'}")
    assert done.code == 3
    assert "cannot be written: No such file or directory" in done.err


ZONES = ("UTC", "Pacific/Pago_Pago", "Pacific/Kiritimati")


@pytest.mark.parametrize("zone", ZONES)
def test_e4_no_time_zone_makes_evidence_younger(zone: str, tmp_path: Path) -> None:
    """At the limit, a moment before and after, in three zones: the end of the day is that of UTC."""
    for made, code in ((OLD, 0), (moment(-14, -1), 1), (moment(0, -1), 0), (moment(0, 1), 1), (moment(2), 1), ("9999-12-31T23:59:59Z", 1)):
        folder = home(tmp_path / made.replace(":", ""), go_world().with_run("LOAD-01", made=made))
        assert gate(folder, env={"TZ": zone, "SOURCE_DATE_EPOCH": "1"}).code == code, made


@pytest.mark.parametrize("zone", ZONES)
def test_e4_no_time_zone_makes_a_waiver_last_longer(zone: str, tmp_path: Path) -> None:
    for expires, held in ((TODAY, True), (TODAY - timedelta(days=1), False)):
        world = go_world().with_run("LOAD-01", p95=900).with_rulings(Ruling("LOAD-01", expires=expires))
        folder = home(tmp_path / str(expires), world)
        assert gate(folder, env={"TZ": zone}).code == (0 if held else 1)


def test_e4_dates_that_are_none(tmp_path: Path) -> None:
    for made in ("2026-02-30", "yesterday", "20261120", "2026-11-20T25:00:00Z", "99999999999999", "2026-11-20T10:00:00+99:00", "", "10000-01-01"):
        folder = home(tmp_path / str(abs(hash(made))), go_world().with_run("LOAD-01", made=made))
        assert not decided(folder).fooled, made


@posix
def test_e5_names_and_texts_that_have_no_encoding(tmp_path: Path) -> None:
    """A file name that is not UTF-8, half a character in evidence, any locale: the decision as always."""
    world = go_world().with_need("LOAD-01", path="evidence/odd/*")
    folder = home(tmp_path / "launch", world)
    (folder / "evidence/odd").mkdir()
    with open(os.fsencode(folder / "evidence/odd") + b"/\xff\xc0.json", "wb") as file:  # noqa: PTH123 - no Path has such a name
        file.write(values(p95=900))
    for form, locale in product(("terminal", "json", "html", "markdown"), ("C", "POSIX", "C.UTF-8")):
        done = gate(folder, "-f", form, env={"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
        assert done.code == 1, (form, locale, done.err)
    saved = tmp_path / "review.json"
    assert gate(folder, "--output", f"json={saved}").code == 1
    load(saved.read_bytes(), "review.json")


def test_e5_half_a_character_in_evidence_is_invalid(tmp_path: Path) -> None:
    for raw in (values(x="\ud800"), values().replace(b'"p95"', b'"\\udfff": 1, "p95"')):
        folder = home(tmp_path / str(len(raw)), go_world().with_run("LOAD-01", raw=raw))
        done = gate(folder)
        assert done.code == 1
        assert "internal error" not in done.err


def test_e6_the_same_bytes_everywhere(tmp_path: Path) -> None:
    """Hash seed, zone, locale, folder and order of creation change no byte of any report."""
    world = go_world().with_run("LOAD-01", p95=900).with_run("RUNS-01", raw=b"{")
    results = set()
    for number, (seed, zone, locale) in enumerate(product(("0", "1", "random"), ("UTC", "Asia/Kathmandu"), ("C", "C.UTF-8"))):
        names = list(world.files)
        random.Random(number).shuffle(names)
        folder = home(tmp_path / f"{'x' * number}launch", replace(world, files={name: world.files[name] for name in names}))
        env = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        outputs = [tmp_path / f"{number}.{form}" for form in ("json", "html", "markdown")]
        pairs = [f"--output={form}={path}" for form, path in zip(("json", "html", "markdown"), outputs, strict=True)]
        done = gate(folder, *pairs, cwd=tmp_path if number % 2 else folder, env=env)
        assert done.code == 1
        results.add((done.out, *(path.read_bytes() for path in outputs)))
    assert len(results) == 1


def test_e6_no_clock_but_the_day_is_asked(tmp_path: Path) -> None:
    """I39: the same launch at the same day is the same review, whenever it is made."""
    folder = home(tmp_path)
    first = review_folder(folder)
    assert review_folder(folder) == first
    assert first.as_of == date.fromisoformat(DAY)
    assert str(datetime.now(UTC).year) not in json.dumps(first.tool)
