"""Work on the spans of a large file, in this process and in one more beside it.

What is found in a span depends on the span alone, and is given in the order of the file. So nobody
can tell who looked at it, and a machine with one processor finds the same as one with many.
"""

from __future__ import annotations

import marshal
import os
import select
import signal
import struct
from collections import deque
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from readiness.evidence.spans import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from mmap import mmap
    from typing import Self

    Answer = tuple[Any, ...] | None

ROOM = 256  # bytes after a span, which may be looked at
_FEW = 1 << 12  # bytes: so short a span is looked at together with the next
_MORE_WAITING = 1  # spans than places, whose answers wait for an earlier one
_LENGTH = struct.Struct("<Q")
_PIPE = 1 << 20  # bytes
_LARGE = 1 << 24  # bytes
_STANDARD = 3  # handles


class Work(Protocol):
    """What is done with each span."""

    def ready(self, span: Span) -> bool:
        """Tell at a glance whether a span is worth a look."""
        ...

    def measure(self, data: bytes | mmap, start: int, end: int, hint: Any, /) -> Answer:
        """Look at `data[start:end]`; return what `marshal` can write, or None.

        Arrays come as bytes from the other process. A hint is what was known when the span was
        handed over: nothing that is made of the answers may depend on when that was.
        """
        ...


class _Waiting(NamedTuple):
    spans: list[Span]
    ready: bool
    sent: bool = False
    answer: Answer = None


class Beside:
    """Has spans looked at here and in another process, which ends with this one or when it is left.

    If the other process dies, of an error or otherwise, this one goes on alone.

    Args:
        work: what is done with each.
        most: bytes of the longest span that is handed over.
        hint: returns what to tell `work`: something small that `marshal` can write.
        places: spans that the other process has at once; it should not run out of them.
        helped: whether there may be another process: this one must have no other thread yet.
    """

    def __init__(
        self, work: Work, most: int, hint: Callable[[], Any], places: int, *, helped: bool
    ) -> None:
        self._work, self._hint, self._places = work, hint, places
        self._place = most + _FEW + ROOM
        self._waiting: deque[_Waiting] = deque()
        self._pid = self._sent = self._received = 0
        self._in_turn = False
        if helped and _processors() > 1:
            self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def in_turn(self) -> None:
        """From now on look at a span only when all before it are through: here."""
        self._end()
        self._in_turn = True

    def run(self, spans: Iterable[Span]) -> Iterator[tuple[list[Span], Answer]]:
        """Yield spans with their answer: None also where they were not ready.

        They come one by one; only short ones come with those after them, as if they were one.
        """
        waiting = self._waiting
        for few, ready in self._together(spans):
            if ready and self._send(few):
                waiting.append(_Waiting(few, ready, sent=True))
            elif self._in_turn:
                waiting.append(_Waiting(few, ready))
            else:
                waiting.append(_Waiting(few, ready, answer=self._here(few, ready)))
            while waiting and (not waiting[0].sent or self._must_wait() or self._has_answered()):
                yield self._first()
        while waiting:
            yield self._first()

    def _together(self, spans: Iterable[Span]) -> Iterator[tuple[list[Span], bool]]:
        """Yield spans and whether they are ready, short ones with those after them."""
        found: list[Span] = []
        size, before = 0, False
        for span in spans:
            ready = self._work.ready(span)
            if found and ready != before:
                yield found, before
                found, size = [], 0
            found.append(span)
            size, before = size + span.end - span.start, ready
            if size >= _FEW:
                yield found, ready
                found, size = [], 0
        if found:
            yield found, before

    def _first(self) -> tuple[list[Span], Answer]:
        """Return the first that wait, and their answer once that is there."""
        spans, ready, sent, answer = self._waiting.popleft()
        if sent and self._pid:
            self._received += 1
            try:
                return spans, _read(self._answers)
            except EOFError:
                self._end()  # it is gone already
        return spans, self._here(spans, ready) if sent or self._in_turn else answer

    def _here(self, spans: list[Span], ready: bool) -> Answer:
        return self._work.measure(*_joined(spans), self._hint()) if ready else None

    def _must_wait(self) -> bool:
        return len(self._waiting) >= self._places + _MORE_WAITING

    def _has_answered(self) -> bool:
        return not self._pid or bool(self._poll.poll(0))

    def _send(self, spans: list[Span]) -> bool:
        """Hand spans over, if there is another process with a place for them."""
        size = sum(end - start for _, start, end in spans)
        if (
            not self._pid
            or self._sent - self._received == self._places
            or size > self._place - ROOM
        ):
            return False
        begin = place = self._sent % self._places * self._place
        for data, start, end in spans:
            self._shared[place : place + end - start] = memoryview(data)[start:end]
            place += end - start
        with suppress(BrokenPipeError):
            _write(self._tasks, (begin, place, self._hint()))
        self._sent += 1
        return True

    def _start(self) -> None:
        """Start the other process, unless the system has no room for it."""
        from mmap import mmap  # noqa: PLC0415 - only large files need it

        # glibc gives freed memory back, to fetch it anew for each span, until it has seen so much
        # come and go (mallopt(3), M_TRIM_THRESHOLD): with NumPy that costs a fifth of the time.
        bytes(_LARGE)
        with ExitStack() as stack, suppress(OSError):
            self._shared = mmap(-1, self._places * self._place)
            tasks, self._tasks = _pipe(stack)
            self._answers, answers = _pipe(stack)
            _widen(answers)
            pid = os.fork()
            if not pid:
                try:
                    _close_all_but(tasks, answers)
                    _serve(tasks, answers, self._shared, self._work)
                finally:
                    os._exit(0)  # whatever happens, only the other one goes on
            self._pid = pid
            stack.pop_all()
            os.close(tasks)
            os.close(answers)
            self._poll = select.poll()
            self._poll.register(self._answers, select.POLLIN)

    def _end(self) -> None:
        if self._pid:
            os.close(self._tasks)
            os.close(self._answers)
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0


def _joined(spans: list[Span]) -> Span:
    """Return one span for those that follow each other; only a single one is not copied."""
    if len(spans) == 1:
        return spans[0]
    parts = [memoryview(data)[start:end] for data, start, end in spans]
    last = spans[-1]
    room = memoryview(last.data)[last.end : last.end + ROOM]
    return Span(b"".join((*parts, room)), 0, sum(map(len, parts)))


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _pipe(stack: ExitStack) -> tuple[int, int]:
    """Return a pipe, closed at the end of the stack."""
    ends = os.pipe()
    for end in ends:
        stack.callback(os.close, end)
    return ends


def _widen(pipe: int) -> None:
    """Let a pipe hold answers that nobody takes yet, where the system can."""
    import fcntl  # noqa: PLC0415 - where there is `fork` there is this

    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _close_all_but(*handles: int) -> None:
    """Close what others wait for the end of."""
    begin = _STANDARD
    most = min(max(os.sysconf("SC_OPEN_MAX"), 256), 1 << 16)  # it may be unlimited
    for handle in (*sorted(handles), most):
        os.closerange(begin, handle)
        begin = handle + 1


def _serve(tasks: int, answers: int, shared: mmap, work: Work) -> None:
    """Look at one span after the other, until there are no more.

    An error ends this process without a word: the other one looks again, and tells of it.
    """
    with suppress(EOFError):
        while True:
            answer = work.measure(shared, *_read(tasks))
            _write(answers, None if answer is None else tuple(answer))


def _write(pipe: int, message: Any) -> None:
    data = marshal.dumps(message)
    for part in (_LENGTH.pack(len(data)), data):
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(pipe, rest) :]


def _read(pipe: int) -> Any:
    """Return the next message of this program's own fork.

    Raises:
        EOFError: it is gone.
    """
    length = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))[0]
    return marshal.loads(_exactly(pipe, length))  # noqa: S302


def _exactly(pipe: int, size: int) -> bytes:
    parts = []
    while size > 0:
        part = os.read(pipe, size)
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
