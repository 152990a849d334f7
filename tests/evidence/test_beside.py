"""Spans that two processes look at: the same answers in the same order, whoever gave them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="one process only where there is no fork")
WORK = [sys.executable, str(Path(__file__).with_name("beside_work.py"))]
TWO = pytest.mark.skipif(len(getattr(os, "sched_getaffinity", lambda _: ())(0)) < 2, reason="one processor")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(trick: str) -> tuple[int, list[tuple[int, int, int] | None]]:
    done = subprocess.run([*WORK, trick], env=ENVIRONMENT, capture_output=True, timeout=60, check=True)
    home, answers = json.loads(done.stdout)
    return home, answers


def sums(trick: str) -> list[list[int] | None]:
    return [answer and list(answer[:2]) for answer in run(trick)[1]]


@TWO
def test_both_processes_answer_in_order() -> None:
    home, answers = run("helped")
    assert len({answer[2] for answer in answers if answer}) == 2
    large = [answer for answer in answers if answer and answer[1] > 190_000]
    assert large
    assert all(answer[2] == home for answer in large), "what is larger than a place stays"


@pytest.mark.parametrize("trick", ["helped", "dies", "fails", "full", "in-turn", "no-room"])
def test_nobody_can_tell_who_answered(trick: str) -> None:
    assert sums(trick) == sums("alone")


@TWO
def test_the_other_process_ends_with_this_one() -> None:
    with subprocess.Popen([*WORK, "waits"], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        other = int(process.stdout.readline().split()[2])
        os.kill(other, 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
    until = time.monotonic() + 10
    while alive(other) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(other)


def alive(pid: int) -> bool:
    """Tell whether a process runs: not one that is gone, nor one that nobody has waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
