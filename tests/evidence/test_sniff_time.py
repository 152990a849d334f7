"""Sniffing takes time in proportion to what it looks at: every reader is asked about any file, also a hostile one."""

from __future__ import annotations

import time

import pytest

from readiness.evidence.collect import READERS
from readiness.evidence.reader import Reader

QUICK = 0.02  # seconds, under which nothing is measured
PARTS = (
    b"\n", b" ", b" \n", b"\t\n", b"\r\n", b"\n ", b"> ", b"1 ", b"1,", b"1\n", b"a", b"a ", b"a\n", b"a: ", b"a.", b"-", b"=", b"|",
    b"{", b"[", b'"', b"<", b'{"a":', b"kind: x\n", b"apiVersion: a/\n", b"gateway:\n", b'"retry": {', b"http:\n", b"location a\n",
    b"server ", b"flags:\n", b"spring:\n", b"[[http.", b'"strategy": {"mode"', b"Summary:\n", b"Bombarding ", b"Detailed Percentile spectrum:\n", b"#[", b"Date & Time, ",
)  # fmt: skip
STARTS = (b"", b"spring:\nresilience4j:\nflags:\nhttp:\nvariants: defaultVariant\n")


def seconds(reader: Reader, head: bytes) -> float:
    """Return the least CPU time of three, for both of its looks."""
    found = []
    for _ in range(3):
        before = time.process_time()
        reader.sniff(head)
        if reader.pasted not in (None, reader.sniff):
            reader.pasted(head)
        found.append(time.process_time() - before)
    return min(found)


@pytest.mark.parametrize("reader", READERS.shipped.values(), ids=list(READERS.shipped))
def test_four_times_as_much_takes_about_four_times_as_long(reader: Reader) -> None:
    slow = []
    for start in STARTS:
        for part in PARTS:
            least, short, long = ((start + part * size)[:size] for size in (1 << 11, 1 << 13, 1 << 15))
            first = seconds(reader, short)
            if first > QUICK / 4 and first > 9 * seconds(reader, least):  # the long one might take minutes
                slow.append((start[:10], part))
                continue
            taken = seconds(reader, long)
            if taken > QUICK and taken > 9 * first:
                slow.append((start[:10], part))
    assert not slow
