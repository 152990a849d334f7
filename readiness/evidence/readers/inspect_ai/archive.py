"""The members of an `.eval` file, a ZIP archive whose members are stored, deflated or zstd.

The standard library opens zstd members (method 93) only from Python 3.14, so the members are taken
from their places in the central directory (APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.4.5).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from readiness.evidence.reader import Source, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MEMBER = 64_000_000  # bytes of one member, unpacked
MAX_MEMBERS = 100_000
_HEADER = 30  # bytes of a local header before its name
_STORED, _DEFLATED, _ZSTD = 0, 8, 93
_HELP = "copy the log again, or export it: inspect log dump LOG.eval > log.json"


class Archive:
    """A ZIP archive whose members can be read by name."""

    def __init__(self, source: Source) -> None:
        """Read the directory of the archive.

        Raises:
            Unreadable: it has none, or too many members.
        """
        import io  # noqa: PLC0415 - these cost start-up time
        import zipfile  # noqa: PLC0415

        self._source = source
        try:
            with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
                members = archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
            raise self._corrupt(f"the archive is cut off or damaged ({error})") from None
        if len(members) > MAX_MEMBERS:
            raise self._corrupt(f"the archive has {len(members):,} members")
        self._members = {member.filename: member for member in members}

    def names(self) -> list[str]:
        """Return the names of the members."""
        return list(self._members)

    def read(self, name: str) -> Source:
        """Return a member as a source of its own, with the path of the archive.

        Raises:
            Unreadable: encrypted, damaged, too large, or packed in another way.
        """
        import zlib  # noqa: PLC0415 - only an archive needs it

        member, data = self._members[name], self._source.data
        start = member.header_offset
        local = data[start : start + _HEADER]
        if len(local) < _HEADER or not local.startswith(b"PK\3\4"):
            raise self._corrupt(f"`{name}` is not where the directory says")
        start += _HEADER + int.from_bytes(local[26:28], "little")
        start += int.from_bytes(local[28:30], "little")
        packed = data[start : start + member.compress_size]
        if member.flag_bits & 1 or member.compress_type not in (_STORED, _DEFLATED, _ZSTD):
            raise self._corrupt(f"`{name}` is encrypted or packed by method {member.compress_type}")
        unpack, errors = _unpacker(member.compress_type)
        try:
            content = unpack(packed)
        except errors as error:
            raise self._corrupt(f"`{name}` is damaged ({error})") from None
        if len(content) > MAX_MEMBER:
            raise self._corrupt(f"`{name}` unpacks to over {MAX_MEMBER / 1e6:,.0f} MB")
        if zlib.crc32(content) != member.CRC:
            raise self._corrupt(f"`{name}` is damaged: its checksum is wrong")
        return self._source.part(content)

    def _corrupt(self, message: str) -> Unreadable:
        return Unreadable("corrupt", message, self._source.at(), _HELP)


def _unpacker(method: int) -> tuple[Callable[[bytes], bytes], tuple[type[Exception], ...]]:
    """Return what unpacks at most one byte more than allowed, and what it raises."""
    import zlib  # noqa: PLC0415 - only an archive needs it

    if method == _STORED:
        return lambda packed: packed[: MAX_MEMBER + 1], ()
    if method == _DEFLATED:
        return lambda packed: zlib.decompressobj(-15).decompress(packed, MAX_MEMBER + 1), (
            zlib.error,
        )
    zstd: Any
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 - only an archive needs it
    else:
        from backports import zstd  # noqa: PLC0415

    def unpack(packed: bytes) -> bytes:
        return bytes(zstd.ZstdDecompressor().decompress(packed, MAX_MEMBER + 1))

    return unpack, (zstd.ZstdError, EOFError)
