"""Files as pieces: what was compressed comes back whole or not at all, in bounded memory, with its digest."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import os
import random
import sys
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from importlib import util
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.cli.shield import shield
from readiness.errors import Location
from readiness.evidence import collect, files, stream, structured
from readiness.evidence.collect import READERS, Collector
from readiness.evidence.limits import DEFAULT, Meter
from readiness.evidence.paths import Roots, Unopened
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.stream import PIECE, Broken, Stream, compression, read_whole
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Strength

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
MIB = 1 << 20
KINDS = ("gz", "bz2", "zst")


def noise() -> bytes:
    """Return what cannot be packed, without a byte that no text has."""
    return os.urandom(200_000).replace(b"\0", b"0")


ROWS = b"".join(b"%d,%d,GET /chat,200\n" % (1_795_400_465_793 + n * 7, n * n % 977) for n in range(400))


def packed(content: bytes, kind: str) -> bytes:
    if kind == "zst":
        return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})
    return gzip.compress(content, mtime=0) if kind == "gz" else bz2.compress(content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stored")


def whole(path: Path, stored: bytes, limit: int = 1 << 30) -> stream.Whole:
    path.write_bytes(stored)
    handle = os.open(path, os.O_RDONLY)
    try:
        return read_whole(handle, Location("x"), limit)
    finally:
        os.close(handle)


def streamed(path: Path, stored: bytes) -> Stream:
    path.write_bytes(stored)
    return Stream(os.open(path, os.O_RDONLY), Location("x"), len(stored), b"", lambda _: None)


def taken(found: Stream) -> bytes | str:
    """Return the content, or the code of what is wrong with it."""
    parts = []
    try:
        for piece in found.pieces():
            assert len(piece) <= PIECE
            parts.append(piece)
    except Broken as error:
        assert error.problem.kind == "invalid"
        assert error.problem.help
        return error.problem.code
    return b"".join(parts)


def both(folder: Path, stored: bytes) -> bytes | str:
    """Read a file whole and as a stream: they agree, and the digest is that of what is stored."""
    found = streamed(folder / "s", stored)
    content = taken(found)
    assert (found.digest, found.size) == (hashlib.sha256(stored).hexdigest(), len(stored))
    try:
        held = whole(folder / "w", stored)
    except Broken as error:
        assert content == error.problem.code
        return content
    assert (held.digest, held.size, held.more, held.data) == (found.digest, found.size, False, content)
    return content


# content


@given(st.sampled_from(KINDS), st.lists(st.binary(max_size=3_000) | st.just(ROWS), min_size=1, max_size=5))
def test_any_bytes_in_any_number_of_members_come_back(folder: Path, kind: str, members: list[bytes]) -> None:
    stored = b"".join(packed(member, kind) for member in members)
    assert compression(stored) == kind
    assert both(folder, stored) == b"".join(members)
    assert both(folder, stored + bytes(700)) == b"".join(members)  # padded, as tapes are


@given(st.binary(max_size=5_000).filter(lambda data: not compression(data)))
def test_what_is_not_compressed_stands_for_itself(folder: Path, content: bytes) -> None:
    assert both(folder, content) == content


@pytest.mark.parametrize("kind", KINDS)
def test_more_than_a_piece_comes_back(folder: Path, kind: str) -> None:
    content = (ROWS * 300 + os.urandom(700_000)) * 2
    assert len(content) > 5 * MIB
    assert both(folder, packed(content, kind)) == content
    assert both(folder, packed(content, kind) + packed(b"", kind) + packed(ROWS, kind)) == content + ROWS


@pytest.mark.parametrize("kind", KINDS)
def test_padding_may_be_longer_than_what_is_read_at_once(folder: Path, kind: str) -> None:
    padding = bytes(3 * MIB)
    assert both(folder, packed(ROWS, kind) + padding) == ROWS
    assert both(folder, packed(ROWS, kind) + padding + packed(ROWS, kind)) == ROWS * 2


@pytest.mark.parametrize("kind", KINDS)
def test_many_tiny_members_take_no_quadratic_time(folder: Path, kind: str) -> None:
    """Each member hands back all that follows it: were that a mebibyte, this would copy 15 GB."""
    member = packed(b"", kind) if kind != "bz2" else packed(b"x", kind)
    stored = member * (MIB // len(member))
    assert both(folder, stored) == (b"x" * (MIB // len(member)) if kind == "bz2" else b"")


# damage


@pytest.mark.parametrize("kind", KINDS)
def test_cut_off_anywhere_is_told(folder: Path, kind: str) -> None:
    stored = packed(ROWS, kind)
    magic = next(len(magic) for magic, name in stream._MAGIC.items() if name == kind)
    assert {both(folder, stored[:place]) for place in range(magic, len(stored))} == {"cut-off"}


@given(st.sampled_from(KINDS), st.data())
def test_a_second_member_cut_off_is_told(folder: Path, kind: str, data: st.DataObject) -> None:
    first, second = packed(ROWS, kind), packed(ROWS[:500], kind)
    place = data.draw(st.integers(1, len(second) - 1))
    assert both(folder, first + second[:place]) == "cut-off"


@given(st.sampled_from(KINDS), st.binary(min_size=1, max_size=40))
def test_garbage_after_the_end_is_told(folder: Path, kind: str, noise: bytes) -> None:
    content = both(folder, packed(ROWS, kind) + noise)
    assert content in ("corrupt", "cut-off") or (content == ROWS and not noise.strip(b"\0"))


@given(st.sampled_from(KINDS), st.integers(0, 2**32), st.integers(1, 255))
def test_a_changed_byte_is_told_or_changes_nothing(folder: Path, kind: str, place: int, change: int) -> None:
    stored = bytearray(packed(ROWS, kind))
    stored[place % len(stored)] ^= change
    content = both(folder, bytes(stored))
    assert content in ("corrupt", "cut-off", ROWS) or not compression(bytes(stored))


@pytest.mark.parametrize("kind", KINDS)
def test_damage_far_inside_leaves_the_digest_whole(folder: Path, kind: str) -> None:
    stored = bytearray(packed(os.urandom(5 * MIB), kind))
    stored[3 * MIB + 17] ^= 255
    assert both(folder, bytes(stored)) == "corrupt"


# the stream


def test_a_stream_is_read_once_and_its_digest_is_of_all(folder: Path) -> None:
    found = streamed(folder / "s", ROWS * 300)
    first: bytes = next(found.pieces())
    assert found.digest == hashlib.sha256(ROWS * 300).hexdigest()
    assert first == (ROWS * 300)[: len(first)]
    assert list(found.pieces()) == []


def test_a_digest_can_be_had_of_a_file_that_turns_out_corrupt(folder: Path) -> None:
    stored = packed(ROWS, "gz")[:-1]
    assert streamed(folder / "s", stored).digest == hashlib.sha256(stored).hexdigest()


def test_progress_is_told(folder: Path) -> None:
    told: list[str] = []
    (folder / "s").write_bytes(bytes(40 * MIB))
    found = Stream(os.open(folder / "s", os.O_RDONLY), Location("run.jtl"), 40 * MIB, b"", told.append)
    assert sum(map(len, found.pieces())) == 40 * MIB
    assert told[-1] == "reading run.jtl: ████████████████████ 100%"
    assert 5 < len(told) == len(set(told)) <= 20  # some pieces are read ahead, and none is told twice


def test_a_disk_that_fails_on_the_way_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[bytes | OSError] = [ROWS, OSError(5, "Input/output error")]

    def read(handle: int, size: int) -> bytes:
        found = reads.pop(0)
        if isinstance(found, OSError):
            raise found
        return found

    found = streamed(folder / "s", ROWS)
    monkeypatch.setattr(os, "read", read)
    with pytest.raises(Unopened, match="cannot be read: Input/output error") as caught:
        list(found.pieces())
    assert caught.value.fault
    with pytest.raises(Unopened):
        _ = found.digest


def test_whatever_goes_wrong_in_the_thread_comes_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def content(handle: int, at: Location) -> Iterator[tuple[bytes, bytes]]:
        yield ROWS, ROWS
        raise ZeroDivisionError

    monkeypatch.setattr(stream, "_pieces", content)
    with pytest.raises(ZeroDivisionError):
        list(streamed(folder / "s", ROWS).pieces())


# memory


@pytest.fixture(scope="module")
def bomb(folder: Path) -> Path:
    """Return 200 MB of zeros in 200 kB."""
    path = folder / "bomb.gz"
    packer = zlib.compressobj(1, wbits=31)
    with path.open("wb") as file:
        for _ in range(200):
            file.write(packer.compress(bytes(1_000_000)))
        file.write(packer.flush())
    assert path.stat().st_size < MIB
    return path


def peak(call: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def opened(path: Path) -> Stream:
    return Stream(os.open(path, os.O_RDONLY), Location(path.name), path.stat().st_size, b"", lambda _: None)


def test_a_bomb_is_read_in_bounded_memory(bomb: Path) -> None:
    sizes: list[int] = []
    assert peak(lambda: sizes.extend(len(piece) for piece in opened(bomb).pieces())) < 16 * MIB
    assert sum(sizes) == 200_000_000


def test_a_bomb_is_one_long_line_and_refused(bomb: Path) -> None:
    def read() -> None:
        source = Source.streamed("bomb.gz", opened(bomb))
        with pytest.raises(Unreadable, match="a line of over 1 MiB"):
            list(source.lines())
        assert source.digest == hashlib.sha256(bomb.read_bytes()).hexdigest()

    assert peak(read) < 16 * MIB


def test_a_whole_file_is_read_no_further_than_its_limit(bomb: Path) -> None:
    def read() -> None:
        handle = os.open(bomb, os.O_RDONLY)
        found = read_whole(handle, Location("x"), 3_000_000)
        os.close(handle)
        assert (found.more, found.digest, len(found.head)) == (True, "", stream.HEAD)
        assert 3_000_000 < len(found.data) < 5_000_000

    assert peak(read) < 16 * MIB


# blocks and lines


class Pieces(NamedTuple):
    """Content that is stored in given pieces."""

    parts: tuple[bytes, ...]
    digest: str = ""
    size: int = 0
    head: bytes = b""

    def pieces(self) -> Iterator[bytes]:
        yield from self.parts


def cut(content: bytes, places: list[int]) -> Source:
    ends = sorted({0, len(content), *(place % (len(content) + 1) for place in places)})
    parts = tuple(content[a:b] for a, b in pairwise(ends))
    return Source.streamed("x", Pieces(parts))


CONTENT = st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"\xef\xbb\xbf", b"a,b,c", b"\0", b"\xff", b"12345678"])).map(b"".join)
PLACES = st.lists(st.integers(0, 10_000), max_size=30)


@given(CONTENT.filter(lambda c: not c.startswith((b"\xff\xfe", b"\xfe\xff"))), PLACES, st.integers(0, 50))
def test_blocks_are_the_content_whatever_their_size(content: bytes, places: list[int], size: int) -> None:
    expected = content.removeprefix(b"\xef\xbb\xbf")
    for source in (cut(content, places), Source("x", content)):
        blocks = list(source.blocks(size))
        assert b"".join(blocks) == expected
        assert all(block.endswith(b"\n") for block in blocks[:-1])
        assert all(blocks)
        assert source.complete == (not expected or expected.endswith(b"\n"))


@given(CONTENT.filter(lambda c: not c.startswith((b"\xff\xfe", b"\xfe\xff"))), PLACES, st.integers(0, 50), st.integers(0, 20))
def test_spans_are_whole_lines_with_spare_bytes_after_them(content: bytes, places: list[int], size: int, spare: int) -> None:
    for source in (cut(content, places), Source("x", content)):
        spans = list(source.spans(size, spare))
        assert b"".join(data[start:end] for data, start, end in spans) == content.removeprefix(b"\xef\xbb\xbf")
        assert all(data[start:end].endswith(b"\n") for data, start, end in spans[:-1])
        assert all(start < end <= len(data) for data, start, end in spans)
        assert all(len(data) - end >= spare or start == 0 for data, start, end in spans)


@given(CONTENT, PLACES)
def test_lines_are_numbered_and_lack_their_end(content: bytes, places: list[int]) -> None:
    content = content.replace(b"\0", b"0")
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    expected = [line.removesuffix(b"\r") for line in (lines if lines[-1] else lines[:-1])]
    for source in (cut(content, places), Source("x", content)):
        assert list(source.lines()) == list(enumerate(expected, 1))


@given(st.binary(min_size=2, max_size=50), PLACES, st.sampled_from([b"\xff\xfe", b"\xfe\xff"]))
def test_utf_16_is_refused_however_it_is_cut(content: bytes, places: list[int], mark: bytes) -> None:
    with pytest.raises(Unreadable, match="the file is UTF-16") as caught:
        list(cut(mark + content, places).lines())
    assert "UTF-8" in caught.value.problem.help


@pytest.mark.parametrize("end", [b"\n", b"\nmore\n", b"\n" + b"more\n" * 100, b""])
@pytest.mark.parametrize("before", [b"", b"short\n" * 50_000])
@pytest.mark.parametrize(("size", "spare"), [(1, 0), (1 << 15, 0), (MIB, 0), (MIB, 200), (MIB + 4096, 0), (MIB + 4096, 200)])
def test_a_line_may_be_a_mebibyte_long_and_no_longer(before: bytes, end: bytes, size: int, spare: int) -> None:
    for places in ([], [777], [len(before) + MIB - 1], [len(before) + MIB + 100], list(range(0, 2 * MIB, 50_000))):
        fine = before + b"x" * (MIB - 1) + end
        assert b"".join(data[a:b] for data, a, b in cut(fine, places).spans(size, spare)) == fine
        with pytest.raises(Unreadable, match="a line of over 1 MiB"):
            list(cut(before + b"x" * MIB + end, places).spans(size, spare))


def test_a_streamed_source_has_no_data() -> None:
    source = cut(b"abc", [])
    assert source.streaming
    with pytest.raises(TypeError, match="streamed"):
        _ = source.data


# through the collector


def collected(folder: Path, name: str) -> Evidence:
    return Collector(Roots(folder, folder), shield).read(name)


def plain(evidence: Evidence) -> tuple[object, ...]:
    """Return what must be the same. Where JSON is broken is told by the line alone if it comes in pieces."""
    found = [p._replace(at=Location(p.at.path)) if p.code in ("not-json", "duplicate-key") else p for p in evidence.problems]
    return evidence.path, evidence.files, evidence.reader, evidence.strength, evidence.facts, found, evidence.produced, evidence.fault


STREAMING = [path for name, reader in READERS.shipped.items() if reader.streams
             for kind in ("ok", "broken") for path in sorted((SAMPLES / name / kind).glob("*"))]  # fmt: skip


@pytest.mark.parametrize("path", STREAMING, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_streamed_evidence_is_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structured, "_INDEXED", 0)  # as in a large file of JSON, where a place is its pointer
    held = collected(path.parent, path.name)
    monkeypatch.setattr(files, "STREAM_BYTES", 100)
    found = collected(path.parent, path.name)
    if held.reader and found.reader:
        assert plain(found) == plain(held)
    else:  # no reader knows it, or it is corrupt: then it is not read, or not kept
        assert (found.problems, found.facts) == (held.problems, ())


@pytest.mark.parametrize("numpy", [True, False])
@pytest.mark.parametrize("kind", ["", *KINDS])
def test_a_streamed_jtl_gives_the_same_evidence(tmp_path: Path, kind: str, numpy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if numpy and util.find_spec("numpy") is None:
        pytest.skip("numpy is not installed (the extra `bulk`)")
    rows = b"".join(b"%d,%d,GET /a%d,200,%s,9\n" % (1_795_400_465_793 + n * 3, n * n % 977, n % 9, b"false" if n % 11 == 0 else b"true")
                    for n in range(30_000))  # fmt: skip
    content = b"timeStamp,elapsed,label,responseCode,success,allThreads\n" + rows
    (tmp_path / "run.jtl").write_bytes(packed(content, kind) if kind else content)
    held = collected(tmp_path, "run.jtl")
    monkeypatch.setattr(files, "STREAM_BYTES", 1000)
    if not numpy:
        monkeypatch.setattr("readiness.evidence.readers.jmeter_jtl.find_spec", lambda _: None)
    found = collected(tmp_path, "run.jtl")
    assert plain(found) == plain(held)
    assert found.files[0].sha256 == hashlib.sha256((tmp_path / "run.jtl").read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", ["", *KINDS])
def test_one_json_document_is_read_beyond_what_is_held(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (SAMPLES / "vllm-bench" / "ok" / "detailed.json").read_bytes()
    (tmp_path / "run.json").write_bytes(packed(content, kind) if kind else content)
    monkeypatch.setattr(structured, "_INDEXED", 0)
    held = collected(tmp_path, "run.json")
    monkeypatch.setattr(files, "STREAM_BYTES", 1000)
    limits = DEFAULT._replace(held=2000)
    told_at: list[str] = []
    found = Collector(Roots(tmp_path, tmp_path), shield, told_at.append, limits=limits).read("run.json")
    assert plain(found) == plain(held)
    assert {fact.metric for fact in found.facts} > {"ttft.p99", "itl.p99", "errors"}
    assert told_at[-1].endswith("100%")


class Readers:
    """A registry of one reader."""

    def __init__(self, read: Callable[[Source, Any], Reading], *, streams: bool) -> None:
        reader = Reader("one", "One", lambda _: 50, read, Strength.measured, (Metric("x", "", "x"),), "", "", streams=streams)
        self.shipped = self.all = {"one": reader}
        self.installed: dict[str, Reader] = {}
        self.shipped_ids = ("one",)

    def get(self, name: str) -> Reader | None:
        return self.shipped.get(name)


def use(monkeypatch: pytest.MonkeyPatch, read: Callable[[Source, Any], Reading], *, streams: bool) -> None:
    monkeypatch.setattr(collect, "READERS", Readers(read, streams=streams))


def first_line(source: Source, _: object) -> Reading:
    return Reading((Fact("x", len(next(source.lines())[1]), "", source.at(1)),))


def told(evidence: Evidence) -> list[tuple[str, str]]:
    assert all(problem.help for problem in evidence.problems)
    return [(problem.code, problem.message) for problem in evidence.problems]


def test_what_cannot_be_streamed_is_refused_over_64_mb(tmp_path: Path, bomb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, first_line, streams=False)
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(100_000_000)  # sparse
    found = collected(tmp_path, "large.bin")
    assert told(found) == [("too-large", "the file has 100 MB; at most 64 MB are read")]
    assert "--limit held=" in found.problems[0].help
    assert (found.fault, found.files) == (False, ())
    (tmp_path / "bomb.gz").write_bytes(bomb.read_bytes())
    assert told(collected(tmp_path, "bomb.gz")) == [("too-large", "the file unpacks to more; at most 64 MB are read")]


def test_between_the_two_limits_a_file_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, lambda source, _: Reading((Fact("x", len(source.data), "", source.at(1)),)), streams=False)
    (tmp_path / "a.gz").write_bytes(packed(ROWS * 1000, "gz"))
    found = collected(tmp_path, "a.gz")
    assert [fact.value for fact in found.facts] == [len(ROWS) * 1000]
    assert found.files[0].sha256 == hashlib.sha256((tmp_path / "a.gz").read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_that_stops_early_is_told_of_damage_further_on(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, first_line, streams=True)
    monkeypatch.setattr(files, "STREAM_BYTES", 1000)
    stored = packed(ROWS + noise() + b"\n", kind)
    (tmp_path / "a").write_bytes(stored)
    assert told(collected(tmp_path, "a")) == []
    (tmp_path / "a").write_bytes(stored[:-9])
    found = collected(tmp_path, "a")
    assert told(found) == [("cut-off", f"the {kind} file ends in the middle")]
    assert found.files[0].sha256 == hashlib.sha256(stored[:-9]).hexdigest()
    assert found.facts == ()


def test_a_reader_that_refuses_a_file_that_is_cut_off_too_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Source, _: object) -> Reading:
        next(source.lines())
        raise Unreadable("odd", "the first line is odd", source.at(1), "mend it")

    use(monkeypatch, refuse, streams=True)
    monkeypatch.setattr(files, "STREAM_BYTES", 1000)
    stored = packed(ROWS + noise(), "gz")
    (tmp_path / "a").write_bytes(stored)
    assert told(collected(tmp_path, "a")) == [("odd", "the first line is odd")]
    (tmp_path / "a").write_bytes(stored[:-9])
    assert told(collected(tmp_path, "a")) == [("cut-off", "the gz file ends in the middle")]


def test_a_disk_that_fails_while_a_reader_reads_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, first_line, streams=True)
    monkeypatch.setattr(files, "STREAM_BYTES", 1000)
    (tmp_path / "a").write_bytes(ROWS * 400)
    real = os.read
    failing: list[bool] = []

    def read(handle: int, size: int) -> bytes:
        if failing:
            raise OSError(5, "Input/output error")
        return real(handle, size)

    def late(handle: int, at: Location, limit: int, meter: Meter) -> stream.Whole:
        found = read_whole(handle, at, limit, meter)
        failing.append(True)
        return found

    monkeypatch.setattr(os, "read", read)
    monkeypatch.setattr(files, "read_whole", late)
    found = collected(tmp_path, "a")
    assert told(found) == [("unreadable", "cannot be read: Input/output error")]
    assert found.fault


def unpacked(path: Path, stored: bytes) -> bytes | None:
    try:
        return whole(path, stored).data
    except Broken:
        return None


@pytest.mark.skipif(not util.find_spec("isal"), reason="needs the extra bulk")
def test_both_ways_to_unpack_gz_agree_on_what_is_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ISA-L's and zlib's, on members, padding, cuts and 600 files with a byte changed."""
    draw, path = random.Random(5), folder / "both.gz"
    one = packed(ROWS, "gz")
    tries = [one, one * 3, one + b"\0" * 512, one + b"more", one[:-1], one[:-8], one[:40], one[:9], b"", one + one[:5]]
    tries += [packed(b"", "gz"), packed(os.urandom(300_000), "gz"), gzip.compress(ROWS, 1), gzip.compress(ROWS, 9)]
    for _ in range(600):
        broken = bytearray(one)
        place = draw.choice((draw.randrange(12), draw.randrange(len(one)), len(one) - 1 - draw.randrange(8)))
        broken[place] ^= 1 << draw.randrange(8)
        if not broken[3] & 0xE0:  # reserved: zlib refuses these bits, ISA-L reads what the checksum guards
            tries.append(bytes(broken))
    fast = [unpacked(path, stored) for stored in tries]
    monkeypatch.setattr(stream, "find_spec", lambda _: None)
    plain = [unpacked(path, stored) for stored in tries]
    assert [n for n, (a, b) in enumerate(zip(fast, plain, strict=True)) if a != b] == []
    assert plain.count(None) > 400
