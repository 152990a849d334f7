"""The write path under faults: each system call fails in turn, processes are killed, disks are full."""

from __future__ import annotations

import errno
import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Self

import pytest

from readiness import writing
from readiness.errors import IncompleteError
from readiness.writing import locked, update, withdraw, write_new, write_whole

WRITERS = Path(__file__).with_name("writers.py")
ROOT = Path(__file__).resolve().parents[2]
CALLS = ("open", "fdopen", "fsync", "chmod", "replace", "link", "lstat", "unlink")
ERRORS = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO, errno.EDQUOT)
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX locks and signals")


def write_update(path: Path, text: bytes) -> None:
    update(path, lambda _: text)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


class Full:
    """A file that fails after a third of what is written, as on a full disk."""

    def __init__(self, stream: BinaryIO, code: int) -> None:
        self._stream, self._code = stream, code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def write(self, data: bytes) -> None:
        self._stream.write(data[: len(data) // 3])
        raise OSError(self._code, os.strerror(self._code))


@pytest.mark.parametrize("code", ERRORS, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("call", [*CALLS, "write"])
@pytest.mark.parametrize("how", [write_whole, write_new, write_update])
def test_every_system_call_may_fail(
    how: Callable[[Path, bytes], None], call: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fault the file is what it was or what it should be; who called knows which."""
    path = tmp_path / "report.html"
    allowed = [None, b"after"] if how is write_new else [b"before", b"after"]
    if how is not write_new:
        path.write_bytes(b"before")
    fdopen = os.fdopen

    def fails(*_: Any, **__: Any) -> Any:
        raise OSError(code, os.strerror(code))

    def full(handle: int, _: str) -> Full:
        return Full(fdopen(handle, "wb"), code)

    told = ""
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen" if call == "write" else call, full if call == "write" else fails)
        try:
            how(path, b"after")
        except IncompleteError as error:
            told = str(error)
            assert error.exit_code == 3
    found = path.read_bytes() if path.exists() else None
    assert found in (allowed if told else [b"after"])
    if told:
        assert os.strerror(code) in told
        assert str(path) in told
    if call != "unlink":
        assert {entry.name for entry in tmp_path.iterdir()} <= {"report.html"}, "nothing is left behind"


@posix
def test_killed_at_any_moment_the_file_is_whole(tmp_path: Path) -> None:
    """kill -9 while a file is written over and over: it is always one of the two texts, and whole."""
    path, draw = tmp_path / "report.html", random.Random(1)
    seen = set()
    for number in range(25):
        letter = "ab"[number % 2]
        command = [sys.executable, str(WRITERS), "overwrite", str(path), letter]
        with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}) as writer:
            time.sleep(0.1 + draw.random() / 5)
            writer.kill()
        if path.exists():
            text = path.read_text()
            assert len(text) == 300_000
            assert len(set(text)) == 1
            seen.add(text[0])
    assert seen == {"a", "b"}


@posix
def test_eight_writers_lose_nothing(tmp_path: Path) -> None:
    """E2: eight processes append 50 lines each to one file: 400 lines, each writer's in order."""
    path = tmp_path / "ledger.txt"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen([sys.executable, str(WRITERS), "add", str(path), f"writer{n}"], env=env) for n in range(8)
    ]
    assert [writer.wait(timeout=300) for writer in writers] == [0] * 8
    lines = path.read_text().splitlines()
    assert len(lines) == 400
    for n in range(8):
        mine = [line for line in lines if line.startswith(f"writer{n} ")]
        assert mine == [f"writer{n} {number}" for number in range(50)]
    assert names(tmp_path) == ["ledger.txt"], "no lock file is left"


@posix
def test_a_lock_that_another_run_holds_is_told(tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    code = f"import time; from pathlib import Path; from readiness.writing import locked\nwith locked(Path({str(path)!r})): print('held', flush=True); time.sleep(60)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(IncompleteError, match="another run has been writing in this folder"), locked(path, wait=0.1):
            pass
        holder.kill()
    with locked(path, wait=5), locked(path, wait=0):  # a killed run holds nothing; and again by the same one
        pass
    assert not writing._held


@posix
def test_a_folder_that_cannot_be_locked_gets_a_lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    real = fcntl.flock

    def flock(handle: int, how: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    update(tmp_path / "ledger", lambda before: (before or b"") + b"x")
    assert names(tmp_path) == [".readiness-writing", "ledger"]
    (tmp_path / ".readiness-writing").unlink()
    (tmp_path / ".readiness-writing").symlink_to(tmp_path / "ledger")
    with pytest.raises(IncompleteError, match="cannot be locked"):
        update(tmp_path / "ledger", lambda _: b"y")
    assert (tmp_path / "ledger").read_bytes() == b"x"


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)
    write_new(tmp_path / "new", b"1")
    write_new(tmp_path / "new", b"1")
    with pytest.raises(IncompleteError, match="exists"):
        write_new(tmp_path / "new", b"2")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"new": b"1"}


@posix
def test_a_link_is_replaced_and_never_followed(tmp_path: Path) -> None:
    """A report's path may be a link that a pull request brought: what it leads to is not touched."""
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "report.html").symlink_to("precious")
    write_whole(tmp_path / "report.html", "new")
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "report.html").is_symlink()
    (tmp_path / "old.html").symlink_to("precious")
    withdraw([tmp_path / "old.html", tmp_path / "absent"])
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "old.html").is_symlink()


@posix
def test_the_rights_of_a_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text("a")
    path.chmod(0o640)
    write_whole(path, "b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@posix
def test_devices_and_pipes_are_written_into(tmp_path: Path) -> None:
    write_whole(Path("/dev/null"), "x")
    assert stat.S_ISCHR(os.lstat("/dev/null").st_mode)
    withdraw([Path("/dev/null")])
    assert stat.S_ISCHR(os.lstat("/dev/null").st_mode)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IncompleteError, match="No such device"):  # nobody reads: no waiting
        write_whole(tmp_path / "pipe", "x")
    with pytest.raises(IncompleteError, match="No space left"):
        write_whole(Path("/dev/full"), "x")


def test_an_input_is_not_taken_away(tmp_path: Path) -> None:
    for name in ("review.json", "report.html"):
        (tmp_path / name).write_text("x")
    withdraw([tmp_path / "review.json", tmp_path / "report.html"], inputs=[tmp_path / "." / "review.json"])
    assert names(tmp_path) == ["review.json"]
