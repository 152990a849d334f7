"""Sniffing must end quickly: it is asked of every reader, for any file, also a hostile one."""

from __future__ import annotations

import time

import pytest

from readiness.evidence.reader import Reader
from tests.evidence.readers.test_config_hostile import READERS

HEAD = 65_536
PARTS = (b" \n", b"\t", b"\r\n", b"a: ", b'{"a":', b"kind: x\n", b"apiVersion: a/\n", b"gateway:\n", b'"retry": {', b"http:\n", b"location a\n", b"server ", b"flags:\n", b"spring:\n", b"[[http.", b'"strategy": {"mode"')


@pytest.mark.parametrize("start", [b"", b"spring:\nresilience4j:\nflags:\nhttp:\nvariants: defaultVariant\n"])
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
def test_no_head_takes_long(reader: Reader, part: bytes, start: bytes) -> None:
    head = (start + part * HEAD)[:HEAD]
    times = []
    for _ in range(3):
        before = time.process_time()
        reader.sniff(head)
        times.append(time.process_time() - before)
    assert min(times) < 0.5
