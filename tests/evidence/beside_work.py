"""Runs `Beside` in a process without threads, as readers do, and prints what it gives."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import zlib
from mmap import mmap
from typing import Any

from readiness.evidence.beside import Beside
from readiness.evidence.spans import Span

SPANS = 60
SHORT, MOST = 3_000, 180_000  # bytes


class Sums:
    """Adds up the bytes of a span, and tells which process did."""

    def __init__(self, trick: str) -> None:
        self.trick, self.home, self.done = trick, os.getpid(), 0

    def ready(self, span: Span) -> bool:
        return span.data[span.start] != ord("-")

    def measure(self, data: bytes | mmap, start: int, end: int, hint: int) -> tuple[int, int, int]:
        away = os.getpid() != self.home
        self.done += 1
        time.sleep(0.001)
        if away and self.done > 5:
            if self.trick == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.trick == "fails":
                raise ValueError
            if self.trick == "full":
                raise MemoryError
        return zlib.crc32(data[start:end]) + 0 * hint, end - start, os.getpid()


def no_room() -> int:
    raise BlockingIOError(11, "Resource temporarily unavailable")


def main(trick: str) -> None:
    spans = []
    for number in range(SPANS):
        size = SHORT if number % 5 == 3 else 4_000 * (number * 7 % 50 + 1)
        text = (b"-" if number % 9 == 4 else b"+") + bytes([number]) * size
        spans.append(Span(b"before" + text + b"behind", 6, 6 + len(text)))
    if trick == "no-room":
        os.fork = no_room
    work = Sums(trick)
    answers: list[Any] = []
    given: list[Span] = []
    with Beside(work, MOST, lambda: 1, 3, helped=trick != "alone") as beside:
        for number, (together, answer) in enumerate(beside.run(spans)):
            given += together
            assert not answer or answer[1] == sum(span.end - span.start for span in together)
            assert (answer is None) != all(map(work.ready, together))
            if trick == "waits" and number == 3:
                print(work.home, answers[0][2], beside._pid, flush=True)
                time.sleep(60)
            if trick == "in-turn" and number == 20:
                beside.in_turn()
                work.done = 0
            if trick == "in-turn" and number > 20:
                assert answer is None or (answer[2] == work.home and work.done <= number - 20)
            answers.append(answer)
    assert given == spans
    assert max(answer[1] for answer in answers if answer) > MOST
    assert len(answers) < SPANS
    print(json.dumps([work.home, answers]))


main(sys.argv[1])
