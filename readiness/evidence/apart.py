"""Reading in a process of its own: a file that hangs, crashes or eats memory costs only itself.

The process is a fork of this one that reads file after file. The kernel ends it when a file takes
too long (a timer without a handler, which no Python code can put off) and refuses it memory over
the limit; a new one then reads the files that are left. Where there is no `fork`
(Windows), files are read in this process, and neither limit holds.
"""

from __future__ import annotations

import marshal
import os
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Location
from readiness.evidence.limits import megabytes, out_of_memory, too_slow
from readiness.evidence.packing import Unpacked, pack, unpack
from readiness.model.evidence import Evidence, FileRecord
from readiness.model.fact import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from readiness.evidence.files import Job
    from readiness.evidence.limits import Limits

    Content = tuple[Evidence, dict[str, bytes]]
    Work = Callable[[Job, "Voice"], Content]

AVAILABLE = hasattr(os, "fork") and hasattr(signal, "setitimer")
MOST_REPLY = 256_000_000  # bytes of what was found in a file
_HEADER = 9  # one byte for the kind of message, eight for its length
_ANSWER, _PROGRESS, _NOTE, _FULL, _HUGE = b"A", b"P", b"N", b"F", b"H"
_PATIENCE = 2.0  # seconds for a process that no longer answers to be gone


class Ended(NamedTuple):
    """A process that ended instead of answering: why, and what it was reading with which reader."""

    problem: Problem
    reader: str
    files: tuple[FileRecord, ...]


class Apart:
    """Calls a function in another process, for one job after the other, each within limits."""

    def __init__(
        self,
        work: Work,
        limits: Limits,
        progress: Callable[[str], None],
    ) -> None:
        """Take what does a job, given the job and a voice; the limits; who hears of progress."""
        self._work, self._limits, self._progress = work, limits, progress
        self._pid = 0
        self._answers: BinaryIO | None = None

    def run(self, jobs: Sequence[Job]) -> Iterator[Content | Ended]:
        """Yield what the function makes of each job, or `Ended`."""
        done = 0
        try:
            while done < len(jobs):
                if not self._pid:
                    self._start(jobs[done:])
                yield self._answer(jobs[done])
                done += 1
        finally:
            if self._pid:
                self._end(0)

    def _answer(self, job: Job) -> Content | Ended:
        at, reader = Location(job.path), ""
        files: tuple[FileRecord, ...] = ()
        while True:
            kind, data = _receive(self._answers)
            if kind == _PROGRESS:
                self._progress(data.decode())
            elif kind == _NOTE:
                reader, records = marshal.loads(data)  # noqa: S302 - from a fork of this process
                files = tuple(FileRecord(*record) for record in records)
            elif kind == _ANSWER:
                try:
                    return unpack(data)
                except Unpacked as error:
                    self._end(0)
                    problem = _bug(f"a reader gave what is no fact: {error}", at)
                    return Ended(problem, reader, files)
            else:
                return Ended(self._why(kind, at), reader, files)

    def _start(self, jobs: Sequence[Job]) -> None:
        answers, ours = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.close(answers)
                _serve(ours, self._work, self._limits, jobs)
            finally:
                os._exit(1)  # whatever happens, only the parent goes on
        os.close(ours)
        self._pid, self._answers = pid, os.fdopen(answers, "rb")

    def _end(self, patience: float) -> int:
        """Wait for the process to end, then kill it; return its status, negative for a signal."""
        if self._answers is not None:
            self._answers.close()
        until = time.monotonic() + patience
        while not (found := os.waitpid(self._pid, os.WNOHANG))[0] and time.monotonic() < until:
            time.sleep(0.005)
        if not found[0]:
            os.kill(self._pid, signal.SIGKILL)
            found = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(found[1])

    def _why(self, kind: bytes, at: Location) -> Problem:
        """Return why there is no answer; the process is then gone."""
        code = self._end(0 if kind else _PATIENCE)
        if kind == _FULL:
            return out_of_memory(at, self._limits)
        if kind:
            return _bug(f"what was found in it takes over {megabytes(MOST_REPLY)}", at)
        if code == -signal.SIGALRM:
            return too_slow(at, self._limits)
        if code == -signal.SIGKILL:
            return _bug("the system ended the process that read it: too little memory?", at)
        how = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended itself with {code}"
        return _bug(f"the process that read it {how}", at)


class Voice:
    """What the process may say while it works on a job."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def progress(self, text: str) -> None:
        """Tell a person how far it is."""
        _send(self._stream, _PROGRESS, text.encode())

    def note(self, reader: str, files: Sequence[FileRecord]) -> None:
        """Say what will be known even if the process ends before it answers."""
        _send(self._stream, _NOTE, marshal.dumps((reader, [tuple(file) for file in files])))

    def allow(self, seconds: float) -> None:
        """Ask for more time."""
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        if left:
            signal.setitimer(signal.ITIMER_REAL, left + seconds)


def _serve(replies: int, work: Work, limits: Limits, jobs: Sequence[Job]) -> None:
    """Do jobs, one after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it, and ends this process
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.dup2(2, 1)  # stdout is the report's
    sys.stdout = sys.stderr
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each thread would take memory
    _limit_memory(limits.memory)
    answers = os.fdopen(replies, "wb", 0)
    voice = Voice(answers)
    for job in jobs:
        signal.setitimer(signal.ITIMER_REAL, limits.time)
        try:
            answer = pack(*work(job, voice))
        except MemoryError:
            _send(answers, _FULL, b"")
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(answers, _ANSWER, answer)


def _limit_memory(most: int) -> None:
    """Let this process take so many bytes more than it has. Only Linux holds to it."""
    import resource  # noqa: PLC0415 - there is none on Windows

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123 - quick
            held = int(stream.read().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = held + most
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def _send(stream: BinaryIO, kind: bytes, data: bytes) -> None:
    rest = memoryview(kind + len(data).to_bytes(_HEADER - 1, "big") + data)
    while rest:
        rest = rest[stream.write(rest) :]


def _receive(stream: BinaryIO | None) -> tuple[bytes, bytes]:
    """Return the kind of a message and its content; no kind at the end of the stream."""
    header = stream.read(_HEADER) if stream else b""
    if len(header) < _HEADER:
        return b"", b""
    size = int.from_bytes(header[1:], "big")
    if stream is None or size > MOST_REPLY:
        return _HUGE, b""
    data = stream.read(size)
    return (header[:1], data) if len(data) == size else (b"", b"")


def _bug(message: str, at: Location) -> Problem:
    return Problem("invalid", "reader-bug", message, at, "please report this with the file")
