"""A reader that hangs, dies or eats memory costs one invalid item and exit code 3, never the run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readiness.cli.shield import shield
from readiness.errors import InputError, Location
from readiness.evidence import apart, collect
from readiness.evidence.collect import READERS, Collector
from readiness.evidence.limits import Limits
from readiness.evidence.paths import Roots
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.checklist import FactMap
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Strength
from readiness.model.plan import Bound
from tests.cli.running import CHECKLIST, DAY, ROOT, demo, readiness

pytestmark = [
    pytest.mark.skipif(not apart.AVAILABLE, reason="there is no fork here: files are read in this process"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]
SAMPLES = ROOT / "tests" / "samples"
QUICK = Limits(time=1.0, memory=300_000_000)
ROOMY = QUICK._replace(time=60.0)  # a loaded machine takes its time to fill the memory


def loop(_: Source, __: object) -> Reading:
    while True:
        pass


def loop_that_catches(_: Source, __: object) -> Reading:
    while True:
        try:
            while True:
                time.sleep(0.01)
        except BaseException:  # noqa: BLE001, S110
            pass


def regex(_: Source, __: object) -> Reading:
    assert re.match(r"(a+)+$", "a" * 60 + "b")
    return Reading()


def long_sum(_: Source, __: object) -> Reading:
    return Reading((Fact("x", float(sum(range(10**12))), "", Location("x")),))  # C code that never looks up


def bomb(_: Source, __: object) -> Reading:
    held = []
    while True:
        held.append(bytearray(10_000_000))


def hidden_bomb(_: Source, __: object) -> Reading:
    held = []
    while True:
        try:
            held.append(bytearray(10_000_000))
        except MemoryError:
            raise ValueError("too much") from None


def crash(_: Source, __: object) -> Reading:
    os.kill(os.getpid(), signal.SIGSEGV)
    return Reading()


def leave(_: Source, __: object) -> Reading:
    os._exit(0)


def leave_politely(_: Source, __: object) -> Reading:
    sys.exit(0)


def raises(_: Source, __: object) -> Reading:
    raise RuntimeError("boom")


def deep(_: Source, __: object) -> Reading:
    return deep(_, __)


def interrupt(_: Source, __: object) -> Reading:
    raise KeyboardInterrupt


def close_everything(_: Source, __: object) -> Reading:
    os.closerange(3, 256)
    time.sleep(30)
    return Reading()


def give_up(_: Source, __: object) -> Reading:
    os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does where there is no memory left
    return Reading()


class Sneaky:
    def __reduce__(self) -> Any:
        return os.mkdir, ("executed",)


def sneak(_: Source, __: object) -> Reading:
    return Reading((Fact("x", Sneaky(), "", Location("x")),))  # type: ignore[arg-type]


def too_many(source: Source, __: object) -> Reading:
    return Reading((Fact("x", 1.0, "", source.at(1)),) * 200_000)


def shout(source: Source, __: object) -> Reading:
    print("not on stdout")
    return Reading((Fact("x", 1.0, "", source.at(1)),))


CASES: dict[Callable[[Source, FactMap | None], Reading], tuple[str, str]] = {
    loop: ("too-slow", "reading it took over 1 s, and as long for each 100 MB, and was stopped"),
    loop_that_catches: ("too-slow", "reading it took over 1 s, and as long for each 100 MB, and was stopped"),
    regex: ("too-slow", "reading it took over 1 s, and as long for each 100 MB, and was stopped"),
    long_sum: ("too-slow", "reading it took over 1 s, and as long for each 100 MB, and was stopped"),
    bomb: ("out-of-memory", "reading it needs more than 300 MB of memory, and was stopped"),
    hidden_bomb: ("reader-bug", "the reader bad failed: ValueError: too much (at test_apart.py)"),
    crash: ("reader-bug", "the process that read it died of SIGSEGV"),
    leave: ("reader-bug", "the process that read it ended itself with 0"),
    leave_politely: ("reader-bug", "the process that read it ended itself with 1"),
    raises: ("reader-bug", "the reader bad failed: RuntimeError: boom (at test_apart.py)"),
    deep: ("reader-bug", "the reader bad failed: RecursionError: maximum recursion depth exceeded (at test_apart.py)"),
    interrupt: ("reader-bug", "the process that read it ended itself with 1"),
    sneak: ("reader-bug", "a reader gave what is no fact: posix.mkdir"),
    close_everything: ("too-slow", "reading it took over 1 s, and as long for each 100 MB, and was stopped"),
    give_up: ("reader-bug", "the system ended the process that read it: too little memory?"),
}


class Readers:
    """A registry of a bad reader and a good one."""

    def __init__(self, read: Callable[[Source, Any], Reading]) -> None:
        def good(source: Source, _: object) -> Reading:
            return Reading((Fact("x", float(len(source.data)), "", source.at(1)),))

        metrics = (Metric("x", "", "x"),)
        self.shipped = {
            name: Reader(name, name, lambda head, n=name: 90 * head.startswith(n.encode()), how, Strength.measured, metrics, "", "")  # type: ignore[misc]
            for name, how in (("bad", read), ("good", good))
        }
        self.all = self.shipped
        self.installed: dict[str, Reader] = {}
        self.shipped_ids = tuple(self.shipped)

    def get(self, name: str) -> Reader | None:
        return self.shipped.get(name)


def bound(pattern: str) -> Bound:
    return Bound("path", (pattern,), (), None, None, Strength.claimed, None, False, (), Location("l"))


@pytest.mark.parametrize("read", CASES, ids=lambda read: read.__name__)
def test_a_bad_reader_costs_its_file_only(read: Callable[..., Reading], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "READERS", Readers(read))
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text("bad" if name == "b" else "good")
    start = time.monotonic()
    limits = QUICK if CASES[read][0] == "too-slow" else ROOMY
    collector = Collector(Roots(tmp_path, tmp_path), shield, limits=limits, apart=True)
    collector.prefetch([bound(name) for name in ("a", "b", "c")])
    found = [collector.collect(bound(name)).evidence[0] for name in ("a", "b", "c")]
    assert time.monotonic() - start < 30
    assert [fact.value for evidence in found for fact in evidence.facts] == [4.0, 4.0]
    bad = found[1]
    told = [(problem.kind, problem.code, re.sub(r"(?<=\.py):\d+", "", problem.message)) for problem in bad.problems]
    assert told == [("invalid", *CASES[read])]
    assert bad.problems[0].help
    assert (bad.fault, bad.reader, [file.path for file in bad.files]) == (True, "bad", ["b"])
    assert not (tmp_path / "executed").exists()
    assert set(collector.small()) >= {"a", "c"}


def test_more_facts_than_a_review_can_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "READERS", Readers(too_many))
    (tmp_path / "b").write_text("bad")
    collector = Collector(Roots(tmp_path, tmp_path), shield, apart=True)
    found = collector.read("b")
    assert [(p.code, p.message) for p in found.problems] == [("too-many", "200,000 values and 0 problems were found in it")]
    assert (found.invalid, found.fault) == (True, False)


def test_what_a_reader_prints_is_not_in_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(collect, "READERS", Readers(shout))
    (tmp_path / "b").write_text("bad")
    collector = Collector(Roots(tmp_path, tmp_path), shield, apart=True)
    assert collector.read("b").facts
    assert capfd.readouterr().out == ""


def test_a_sniff_that_hangs_costs_its_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = Readers(raises)
    readers.shipped["bad"] = Reader("bad", "bad", lambda head: (head.startswith(b"bad") and loop(Source("", b""), None) and 0) or 0,
                                    raises, Strength.measured, (), "", "")  # fmt: skip
    monkeypatch.setattr(collect, "READERS", readers)
    (tmp_path / "a").write_text("good")
    (tmp_path / "b").write_text("bad")
    collector = Collector(Roots(tmp_path, tmp_path), shield, limits=QUICK, apart=True)
    found = [collector.read("b"), collector.read("a")]
    assert [problem.code for evidence in found for problem in evidence.problems] == ["too-slow"]


def plain(evidence: Evidence) -> tuple[object, ...]:
    load = evidence.load
    samples = None if load is None else (load.began, load.seconds, load.width, load.arrivals, load.dropped,
                                         [(w.start, w.users, dict(w.groups)) for w in load.windows])  # fmt: skip
    return (*evidence._replace(load=None), samples)


@pytest.mark.parametrize("name", READERS.shipped_ids)
def test_evidence_read_apart_is_the_same(name: str) -> None:
    """Every sample of every reader, ok and broken, gives the same record through the process."""
    for folder in (SAMPLES / name / "ok", SAMPLES / name / "broken"):
        names = sorted(path.name for path in folder.iterdir() if path.is_file() and path.stat().st_size < 200_000)
        here, there = (Collector(Roots(folder, folder), shield, apart=apart) for apart in (False, True))
        bounds = [bound(re.sub(r"([*?\[])", r"[\1]", file)) for file in names]
        there.prefetch(bounds)
        for one in bounds:
            assert [*map(plain, there.collect(one).evidence)] == [*map(plain, here.collect(one).evidence)], one.patterns
        assert there.small() == here.small()


def test_a_file_that_changes_while_it_is_read_twice(tmp_path: Path) -> None:
    """What two items are shown of one file is the same bytes, or it is invalid."""
    (tmp_path / "a.json").write_text('{"p95": 1}')
    collector = Collector(Roots(tmp_path, tmp_path), shield)
    maps = [FactMap.model_validate({"metrics": {"p95": {"at": "/p95", "unit": unit}}}) for unit in ("ms", "s")]
    assert collector.read("a.json", ("json",), maps[0]).facts
    collector._files._files.clear()
    (tmp_path / "a.json").write_text('{"p95": 2}')
    again = collector.read("a.json", ("json",), maps[1])
    assert [(p.code, again.fault, again.facts) for p in again.problems] == [("changed", True, ())]


def test_interrupting_ends_both(tmp_path: Path) -> None:
    """Ctrl-C goes to the whole group: the run ends with 130, and no process is left."""
    demo(tmp_path)
    os.mkfifo(tmp_path / "wait")
    (tmp_path / "sitecustomize.py").write_text(
        "import readiness.evidence.files as f, time\n"
        "def read(*_):\n    open('busy', 'w').close()\n    time.sleep(60)\n"
        "f.read_whole = read\n"
    )
    (tmp_path / "numbers.json").write_text("{}")
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    with subprocess.Popen([sys.executable, "-m", "readiness", "check"], cwd=tmp_path, env=env, start_new_session=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:  # fmt: skip
        until = time.monotonic() + 30
        while not (tmp_path / "busy").exists() and time.monotonic() < until:
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGINT)
        out, err = run.communicate(timeout=30)
    assert (run.returncode, out, err) == (130, b"", b"interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)


PLUGIN = """\
import os, signal, time
from readiness.evidence.reader import Metric, Reader, Reading
from readiness.model.fact import Strength
def read(source, _):
    %s
READER = Reader("wild", "Wild", lambda head: 90 * head.startswith(b"wild"), read, Strength.measured,
                (Metric("x", "", "x"),), "wild", "here")
"""


@pytest.mark.parametrize(("body", "told"), [
    ("while True: pass", "reading it took over 1 s, and as long for each 100 MB, and was stopped"),
    ("os._exit(0)", "the process that read it ended itself with 0"),
    ("os.kill(os.getpid(), signal.SIGSEGV)", "the process that read it died of SIGSEGV"),
    ("x = [bytearray(10**7) for _ in range(10**6)]", "reading it needs more than 400 MB of memory, and was stopped"),
])  # fmt: skip
def test_a_plugin_of_another_distribution_costs_one_item_and_exit_3(tmp_path: Path, body: str, told: str) -> None:
    """The whole way: entry point, command line, report, exit code."""
    (tmp_path / "site" / "wild-1.dist-info").mkdir(parents=True)
    (tmp_path / "site" / "wild-1.dist-info" / "METADATA").write_text("Name: wild\nVersion: 1\n")
    (tmp_path / "site" / "wild-1.dist-info" / "entry_points.txt").write_text("[readiness.readers]\nwild = wild:READER\n")
    (tmp_path / "site" / "wild.py").write_text(PLUGIN % body)
    (tmp_path / "launch").mkdir()
    folder = demo(tmp_path / "launch", checklist=CHECKLIST.replace("[k6-summary, locust-csv]", "[wild, k6-summary]"))
    (folder / "numbers.json").write_text("wild")
    done = readiness("check", folder, "--as-of", DAY, "--limit", "time=1s" if body.startswith("while") else "time=60s", "--limit=memory=400MB",
                     env={"PYTHONPATH": f"{tmp_path / 'site'}:{ROOT}"})  # fmt: skip
    assert done.code == 3
    assert told in " ".join(done.out.split())
    assert "NO-GO" in done.out


@pytest.mark.parametrize(("word", "told"), [
    ("time", "`time` is not NAME=VALUE"), ("tim=5s", "there is no limit `tim`"), ("time=5", "`5` is no limit of time"),
    ("time=-5s", "`-5s` is no limit of time"), ("time=0s", "`0s` is no limit of time"), ("memory=5s", "`5s` is no limit of memory"),
    ("ratio=inf", "is not a quantity"), ("depth=10MB", "`10MB` is no limit of depth"), ("time=1e999s", "cannot follow a number"),
])  # fmt: skip
def test_a_limit_is_a_quantity_of_its_kind(word: str, told: str) -> None:
    from readiness.cli.limits import parse_limits

    with pytest.raises(InputError) as caught:
        parse_limits([word])
    assert told in str(caught.value)
    assert "help: " in str(caught.value)
