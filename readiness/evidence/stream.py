"""A file as pieces of its content: read, hashed and decompressed beside the reader, in a thread."""

from __future__ import annotations

import hashlib
import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.errors import Location
from readiness.evidence.limits import DEFAULT, Meter
from readiness.evidence.paths import unreadable
from readiness.model.fact import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE = 2 << 20
HEAD = 1 << 16
_SLICE = 1 << 17  # stored bytes that are decompressed at once: members may be tiny
_SWITCH = 0.0001  # seconds the reader may go on before this thread gets its short turns
_AHEAD = 1  # pieces that wait for the reader: bounds the memory
_MAGIC = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zst"}


class Broken(Exception):  # noqa: N818 - reads better where it is raised
    """A compressed file whose content cannot be had."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Whole(NamedTuple):
    """The content of a file, decompressed; its beginning where `more` follows.

    `digest` and `size` are those of the file as it is stored; empty where not all was read.
    """

    data: bytes
    digest: str
    size: int
    more: bool

    @property
    def head(self) -> bytes:
        """The beginning of the content."""
        return self.data[:HEAD]

    def pieces(self) -> Iterator[bytes]:
        """Yield the content."""
        yield self.data


def compression(head: bytes) -> str:
    """Tell how some bytes are compressed, by their first ones: gz, bz2, zst, or empty."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")


def read_whole(handle: int, at: Location, limit: int, meter: Meter | None = None) -> Whole:
    """Read a file to its end, or until its content is longer than `limit` bytes.

    Raises:
        Broken: a compressed file that is cut off or corrupt, or over a limit.
        Unopened: the system refuses.
    """
    hasher, parts, held, size = hashlib.sha256(), [], 0, 0
    try:
        for piece, stored in _content(handle, at, meter or Meter(DEFAULT, at)):
            size += len(stored)
            hasher.update(stored)
            parts.append(piece)
            held += len(piece)
            if held > limit:
                return Whole(b"".join(parts), "", size, more=True)
    except OSError as error:
        raise unreadable(at, error) from None
    return Whole(b"".join(parts), hasher.hexdigest(), size, more=False)


def _content(handle: int, at: Location, meter: Meter) -> Iterator[tuple[bytes, bytes]]:
    """Yield pieces of the content, each with what was read from the file for it.

    Raises:
        Broken: a compressed file that is cut off or corrupt, or over a limit.
    """
    for piece, stored in _pieces(handle, at):
        if problem := meter.took(len(stored), len(piece)):
            raise Broken(problem)
        yield piece, stored


def _pieces(handle: int, at: Location) -> Iterator[tuple[bytes, bytes]]:
    first = os.read(handle, PIECE)
    kind = compression(first)
    stored = first
    unpack = _unpacker(kind, at) if kind else None
    while stored:
        if unpack is None:
            yield stored, stored
        else:
            yield b"", stored  # first, so that it is hashed even if it is corrupt
            for piece in _gathered(unpack, stored):
                yield piece, b""
        stored = os.read(handle, PIECE)
    if unpack is not None:
        list(unpack(b""))  # complains if the end is missing


def _gathered(unpack: Callable[[bytes], Iterator[bytes]], stored: bytes) -> Iterator[bytes]:
    """Yield the content of stored bytes in few pieces: where two meet, readers copy."""
    held: list[bytes] = []
    size = 0
    for start in range(0, len(stored), _SLICE):
        for piece in unpack(stored[start : start + _SLICE]):
            if size + len(piece) > PIECE:
                yield b"".join(held)
                held, size = [], 0
            held.append(piece)
            size += len(piece)
    yield b"".join(held)


def _unpacker(kind: str, at: Location) -> Callable[[bytes], Iterator[bytes]]:
    """Return what turns stored bytes into pieces of content of at most two mebibytes.

    Several members in a row (as `cat a.gz b.gz` makes) are one content. An empty input asks
    whether the last member is whole.
    """
    new, errors = _codec(kind)
    decoder, begun, after = new(), False, False

    def pull(stored: bytes) -> bytes:
        try:
            return bytes(decoder.decompress(stored, PIECE))
        except errors as error:
            message = f"not valid {kind}: {error}"
            problem = Problem("invalid", "corrupt", message, at, "compress it again")
            raise Broken(problem) from None

    def unpack(stored: bytes) -> Iterator[bytes]:
        nonlocal decoder, begun, after
        if not stored and begun:
            raise Broken(_cut_off(kind, at))
        while stored := stored if begun or not after else stored.lstrip(b"\0"):  # padding
            begun = True
            while (piece := pull(stored)) or stored:
                yield piece
                stored = decoder.unconsumed_tail if kind == "gz" else b""
                if decoder.eof or (not stored and getattr(decoder, "needs_input", False)):
                    break
            stored = b""
            if decoder.eof:
                stored = decoder.unused_data
                decoder, begun, after = new(), False, True

    return unpack


def _codec(kind: str) -> tuple[Callable[[], Any], tuple[type[Exception], ...]]:
    if kind == "gz":
        if find_spec("isal"):  # with the extra `bulk`: three times as fast
            from isal import isal_zlib  # noqa: PLC0415 - only a compressed file needs one of these

            error: Any = isal_zlib.error
            return (lambda: isal_zlib.decompressobj(31)), (error,)
        import zlib  # noqa: PLC0415

        return (lambda: zlib.decompressobj(31)), (zlib.error,)
    if kind == "bz2":
        import bz2  # noqa: PLC0415

        return bz2.BZ2Decompressor, (OSError, EOFError)
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415
    else:
        from backports import zstd  # noqa: PLC0415
    return zstd.ZstdDecompressor, (zstd.ZstdError, EOFError)


def _cut_off(kind: str, at: Location) -> Problem:
    message = f"the {kind} file ends in the middle"
    return Problem("invalid", "cut-off", message, at, "was it copied whole?")


class Stream:
    """The content of a large file in pieces, read once; its digest is known when all is read.

    Attributes:
        digest: SHA-256 of the file as it is stored.
        size: its bytes as stored.
        head: the beginning of the content.
    """

    def __init__(
        self,
        handle: int,
        at: Location,
        size: int,
        head: bytes,
        progress: Callable[[str], None],
        meter: Meter | None = None,
    ) -> None:
        self._handle, self._at, self._expected, self.head = handle, at, max(size, 1), head
        self._progress = progress
        self._meter = meter or Meter(DEFAULT, at)
        self._hasher = hashlib.sha256()
        self.size = 0
        self._failure: BaseException | None = None
        self._thread: Any = None
        self._pieces: Any = None

    @property
    def digest(self) -> str:
        """SHA-256 of the file, all of which is read first, even if it is corrupt.

        Raises:
            Unopened: the system refuses to read on.
        """
        try:
            for _ in self.pieces():
                pass
        except Broken:
            pass  # whoever took the pieces is told
        return self._hasher.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """Yield the content that was not yet taken.

        Raises:
            Broken: a compressed file that is cut off or corrupt, or over a limit.
            Unopened: the system refuses to read on.
        """
        if self._thread is None:
            from queue import Queue  # noqa: PLC0415 - only large files need a thread
            from threading import Thread  # noqa: PLC0415

            self._pieces = Queue(_AHEAD)
            self._thread = Thread(target=self._read, daemon=True)
            self._thread.start()
        told = ""
        while (piece := self._pieces.get()) is not None:
            yield piece
            share = min(self.size / self._expected, 1.0)
            if (text := f"{share:4.0%}") != told:
                told = text
                self._progress(f"reading {self._at.path}: {_bar(share)} {text}")
        self._pieces.put(None)  # for whoever asks again
        if self._failure is not None:
            raise self._failure

    def _read(self) -> None:
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        try:
            for piece, stored in _content(self._handle, self._at, self._meter):
                self._hash(stored)
                if piece:
                    self._pieces.put(piece)
        except Broken as error:
            self._failure = error
            self._drain()
        except OSError as error:
            self._failure = unreadable(self._at, error)
        except BaseException as error:  # noqa: BLE001 - raised again where the pieces are taken
            self._failure = error
        finally:
            sys.setswitchinterval(before)
            os.close(self._handle)
            self._pieces.put(None)

    def _hash(self, stored: bytes) -> None:
        self._hasher.update(stored)
        self.size += len(stored)

    def _drain(self) -> None:
        """Hash what is left of a corrupt file."""
        try:
            while stored := os.read(self._handle, PIECE):
                self._hash(stored)
        except OSError as error:
            self._failure = unreadable(self._at, error)


def _bar(share: float) -> str:
    full = round(share * 20)
    return "█" * full + "░" * (20 - full)
