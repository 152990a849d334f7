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
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from mmap import mmap
    from typing import BinaryIO

    from readiness.evidence.files import Job
    from readiness.evidence.limits import Limits

    Content = tuple[Evidence, dict[str, bytes]]
    Work = Callable[[Job, "Voice"], Content]

AVAILABLE = hasattr(os, "fork") and hasattr(signal, "setitimer")
MOST_REPLY = 256_000_000  # bytes of what was found in a file
_HEADER = 9  # one byte for the kind of message, eight for its length
_ANSWER, _PROGRESS, _FULL, _HUGE = b"A", b"P", b"F", b"H"
_MANY = 32_000  # bytes of answers that are sent at once
_SOON = 0.02  # seconds that an answer waits at most for others, while files are read
_PAGE = 1 << 16  # bytes of the page that both processes see
_PREFIX = 4  # bytes that tell how long the note on it is
_NOWHERE = Location("")
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
        self._page: mmap | None = None

    def run(self, jobs: Sequence[Job]) -> Iterator[Content | Ended]:
        """Yield what the function makes of each job, or `Ended`."""
        ended: dict[int, Ended] = {}  # by the number of the job at which a process ended
        done = 0
        try:
            while done < len(jobs):
                if done in ended:
                    self.close()
                    yield ended.pop(done)
                    done += 1
                    continue
                if not self._pid:
                    self._start(jobs, done, min(ended, default=len(jobs)))
                answer = self._answer(jobs[done])
                if isinstance(answer, Problem):
                    # What it had found and not yet said is read again by the next one.
                    number, reader, files = self._where(done)
                    at = Location(jobs[number].path)
                    ended[number] = Ended(answer._replace(at=at), reader, files)
                else:
                    yield answer
                    done += 1
        finally:
            self.close()

    def close(self) -> None:
        """End the process."""
        if self._pid:
            self._end(0)

    def _answer(self, job: Job) -> Content | Ended | Problem:
        """Return the next answer, or why there is none; the process is then gone."""
        while True:
            kind, data = _receive(self._answers)
            if kind == _PROGRESS:
                self._progress(data.decode())
            elif kind == _ANSWER:
                try:
                    return unpack(data)
                except Unpacked as error:
                    problem = _bug(f"a reader gave what is no fact: {error}")
                    return Ended(problem._replace(at=Location(job.path)), error.reader, error.files)
            else:
                return self._why(kind)

    def _where(self, done: int) -> tuple[int, str, tuple[FileRecord, ...]]:
        """Return the job at which the process ended, the reader, and the files that it read."""
        assert self._page is not None  # noqa: S101 - made with the process
        size = int.from_bytes(self._page[:_PREFIX], "big")
        number, reader, files = marshal.loads(self._page[_PREFIX : _PREFIX + size])  # noqa: S302
        return max(number, done), reader, tuple(FileRecord(*file) for file in files)

    def _start(self, jobs: Sequence[Job], first: int, last: int) -> None:
        from mmap import mmap  # noqa: PLC0415 - a shared page: what is written there needs no call

        page = mmap(-1, _PAGE)
        Voice(None, page).note(first, "", ())
        answers, ours = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.close(answers)
                voice = Voice(os.fdopen(ours, "wb", 0), page)
                _serve(voice, self._work, self._limits, jobs, range(first, last))
            finally:
                os._exit(1)  # whatever happens, only the parent goes on
        os.close(ours)
        self._pid, self._page, self._answers = pid, page, os.fdopen(answers, "rb")

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

    def _why(self, kind: bytes) -> Problem:
        """Return why there is no answer; the process is then gone."""
        code = self._end(0 if kind else _PATIENCE)
        if kind == _FULL:
            return out_of_memory(_NOWHERE, self._limits)
        if kind:
            return _bug(f"what was found in it takes over {megabytes(MOST_REPLY)}")
        if code == -signal.SIGALRM:
            return too_slow(_NOWHERE, self._limits)
        if code == -signal.SIGKILL:
            return _bug("the system ended the process that read it: too little memory?")
        how = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended itself with {code}"
        return _bug(f"the process that read it {how}")


class Voice:
    """What the process may say while it works on a job."""

    def __init__(self, stream: BinaryIO | None, page: mmap) -> None:
        self._stream, self._page = stream, page
        self._waiting = bytearray()
        self._said = time.monotonic()
        self.number = 0

    def progress(self, text: str) -> None:
        """Tell a person how far it is."""
        self.send(_PROGRESS, text.encode())
        self.flush()

    def reading(self, reader: str, files: Sequence[FileRecord]) -> None:
        """Note the reader and the files, to be known even if the process ends at them."""
        self.note(self.number, reader, files)

    def note(self, number: int, reader: str, files: Sequence[FileRecord]) -> None:
        """Write a note on the shared page: the number of the job, the reader, the files."""
        text = marshal.dumps((number, reader, [tuple(file) for file in files]))
        if len(text) > _PAGE - _PREFIX:
            text = marshal.dumps((number, reader, []))
        self._page[: _PREFIX + len(text)] = len(text).to_bytes(_PREFIX, "big") + text

    def allow(self, seconds: float) -> None:
        """Ask for more time."""
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        if left:
            signal.setitimer(signal.ITIMER_REAL, left + seconds)

    def send(self, kind: bytes, data: bytes) -> None:
        """Say something, soon: many answers are sent at once, so that nobody waits for each."""
        self._waiting += kind + len(data).to_bytes(_HEADER - 1, "big") + data
        if len(self._waiting) > _MANY or time.monotonic() - self._said > _SOON:
            self.flush()

    def flush(self) -> None:
        """Say what waits to be said."""
        rest = memoryview(bytes(self._waiting))
        self._waiting.clear()
        while rest and self._stream is not None:
            rest = rest[self._stream.write(rest) :]
        self._said = time.monotonic()


def _serve(
    voice: Voice, work: Work, limits: Limits, jobs: Sequence[Job], numbers: Iterable[int]
) -> None:
    """Do jobs, one after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it, and ends this process
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.dup2(2, 1)  # stdout is the report's
    sys.stdout = sys.stderr
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each thread would take memory
    _limit_memory(limits.memory)
    for number in numbers:
        voice.number = number
        voice.note(number, "", ())
        signal.setitimer(signal.ITIMER_REAL, limits.time)
        try:
            answer = pack(*work(jobs[number], voice))
        except MemoryError:
            voice.send(_FULL, b"")
            break
        signal.setitimer(signal.ITIMER_REAL, 0)
        voice.send(_ANSWER, answer)
    signal.setitimer(signal.ITIMER_REAL, 0)
    voice.flush()


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


def _bug(message: str) -> Problem:
    return Problem("invalid", "reader-bug", message, _NOWHERE, "please report this with the file")
