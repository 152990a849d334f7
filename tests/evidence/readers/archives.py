"""ZIP archives as Inspect writes them: members packed by zstd (method 93), deflated or stored."""

from __future__ import annotations

import struct
import zlib

from backports import zstd

PACK = {0: bytes, 8: lambda data: zlib.compress(data)[2:-4], 93: zstd.compress}


def archive(members: dict[str, bytes], method: int = 93, **lies: int) -> bytes:
    """Return an archive; `lies` change fields of every member: crc, flags, size, packed (the method it claims)."""
    body, directory = b"", b""
    for name, data in members.items():
        packed, encoded = PACK[method](data), name.encode()
        fields = struct.pack(
            "<HHHHHIIIHH", 63, lies.get("flags", 0), lies.get("packed", method), 0, 0x5B77,
            lies.get("crc", zlib.crc32(data)), len(packed), lies.get("size", len(data)), len(encoded), 0,
        )  # fmt: skip
        directory += b"PK\1\2" + struct.pack("<H", 63) + fields
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + encoded
        body += b"PK\3\4" + fields + encoded + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end
