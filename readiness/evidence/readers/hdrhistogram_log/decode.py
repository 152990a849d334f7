"""Turns the text of one encoded HdrHistogram into counts by value: encodings V0, V1 and V2.

Formats: AbstractHistogram.java (encodeIntoCompressedByteBuffer, decodeFromByteBuffer) and
ZigZagEncoding.java of https://github.com/HdrHistogram/HdrHistogram.
"""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 1 << 24  # bytes that one histogram may take when decompressed
_COMPRESSED = {0x1C849309: 0, 0x1C849302: 1, 0x1C849304: 2}  # cookies without their word size
_PLAIN = {0x1C849308: 0, 0x1C849301: 1, 0x1C849303: 2}
_DOUBLE = 0x0C72124F  # a DoubleHistogram: 16 bytes of its own, then a histogram of integers
_DOUBLE_HEAD = 16
_ENVELOPE, _HEAD, _HEAD_V0 = 8, 40, 32
_WORDS = {2: "h", 4: "i", 8: "q"}
_FINEST = 5  # significant digits
_BITS = 63  # of the largest value
_TOO_LARGE = "a value is larger than any that can be recorded"
_LAST_BYTE = 8  # of a LEB128 number that HdrHistogram writes, which is whole


class Malformed(Exception):  # noqa: N818 - reads better where it is raised
    """An encoding that is none, or that is damaged."""


class Histogram(NamedTuple):
    """What was decoded.

    Attributes:
        digits: significant decimal digits that values keep.
        unit: smallest difference between values, as a power of two.
        ratio: by which each value is to be multiplied; 1 unless it counts fractions.
        counts: how often, by index of the class of values; none is 0.
    """

    digits: int
    unit: int
    ratio: float
    counts: dict[int, int]

    def classes(self) -> Iterator[tuple[float, float, int]]:
        """Yield (lowest value, highest value, count) of each class, ascending."""
        half = _half_bits(self.digits)
        for index in sorted(self.counts):
            bucket = (index >> half) - 1
            sub = (index & ((1 << half) - 1)) + (1 << half)
            if bucket < 0:
                sub, bucket = sub - (1 << half), 0
            shift = bucket + self.unit
            low = sub << shift
            yield low * self.ratio, (low + (1 << shift) - 1) * self.ratio, self.counts[index]


def decode(text: str) -> tuple[Histogram, int]:
    """Return the histogram that a base64 text encodes, and how many numbers had to be read.

    Raises:
        Malformed: it encodes none, or is damaged.
    """
    import binascii  # noqa: PLC0415 - these are for this format alone
    from base64 import b64decode  # noqa: PLC0415

    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("the histogram is not base64") from None
    if len(data) >= _DOUBLE_HEAD and struct.unpack_from(">i", data)[0] == _DOUBLE:
        data = data[_DOUBLE_HEAD:]
    content, version = _inflate(data)
    return _decode(content, version)


def _inflate(data: bytes) -> tuple[bytes, int]:
    import zlib  # noqa: PLC0415

    if len(data) < _ENVELOPE:
        raise Malformed("the histogram is cut off")
    cookie, length = struct.unpack_from(">ii", data)
    version = _COMPRESSED.get(cookie & ~0xF0)
    if version is None:
        raise Malformed("this is no compressed histogram of version 0, 1 or 2")
    if length != len(data) - _ENVELOPE:
        raise Malformed(f"{length} bytes are announced and {len(data) - _ENVELOPE} are there")
    unpack = zlib.decompressobj()
    try:
        content = unpack.decompress(data[_ENVELOPE:], MOST)
    except zlib.error as error:
        raise Malformed(f"the histogram is damaged: {error}") from None
    if unpack.unconsumed_tail:
        raise Malformed(f"the histogram has more than {MOST >> 20} MiB")
    if not unpack.eof:
        raise Malformed("the histogram is cut off")
    return content, version


def _decode(content: bytes, version: int) -> tuple[Histogram, int]:
    if len(content) < _HEAD_V0:
        raise Malformed("the histogram has no header")
    cookie = struct.unpack_from(">i", content)[0]
    if _PLAIN.get(cookie & ~0xF0) != version:
        raise Malformed(f"its content is no histogram of version {version}")
    head, ratio = _HEAD_V0, 1.0
    if version == 0:
        digits, lowest = struct.unpack_from(">iq", content, 4)
        payload = content[head:]
    else:
        if len(content) < _HEAD:
            raise Malformed("the histogram has no header")
        head = _HEAD
        length, _, digits, lowest, _, ratio = struct.unpack_from(">iiiqqd", content, 4)
        payload = content[head : head + max(length, 0)]
        if len(payload) != length:
            raise Malformed(f"{length} bytes of counts are announced, {len(payload)} are there")
    if not 0 <= digits <= _FINEST or lowest < 1 or not 0 < ratio < sys.float_info.max:
        raise Malformed(f"{digits} digits from {lowest} on, times {ratio}, is no range of values")
    unit, half = lowest.bit_length() - 1, _half_bits(digits)
    most = max(0, _BITS - unit - half + 1) << half  # classes up to the largest value there is
    size = (cookie & 0xF0) >> 4 & 0xE
    counts = _zigzag(payload, most) if version > 1 else _words(payload, size, most)
    return Histogram(digits, unit, ratio, counts), len(payload) // (size if version < 2 else 1)  # noqa: PLR2004


def _half_bits(digits: int) -> int:
    """Return how many bits tell the classes of one power of two apart."""
    return max((2 * int(10**digits) - 1).bit_length() - 1, 0)


def _words(payload: bytes, size: int, most: int) -> dict[int, int]:
    """Read counts of 2, 4 or 8 bytes, one for each class from 0 on."""
    from array import array  # noqa: PLC0415

    if size not in _WORDS:
        raise Malformed(f"counts of {size} bytes are not known")
    words = array(_WORDS[size])
    words.frombytes(payload[: len(payload) // size * size])
    if sys.byteorder == "little":
        words.byteswap()
    counts = {index: count for index, count in enumerate(words) if count}
    if any(count < 0 for count in counts.values()):
        raise Malformed("a count is negative")
    if max(counts, default=0) >= most:
        raise Malformed(_TOO_LARGE)
    return counts


def _zigzag(payload: bytes, most: int) -> dict[int, int]:
    """Read counts of one to nine bytes; a negative one is a number of classes without any."""
    counts: dict[int, int] = {}
    index = number = shift = 0
    for byte in payload:
        if shift == 7 * _LAST_BYTE:
            number |= byte << shift
        else:
            number |= (byte & 0x7F) << shift
            if byte & 0x80:
                shift += 7
                continue
        if number & 1:
            index += (number + 1) >> 1
        elif index >= most:
            raise Malformed(_TOO_LARGE)
        else:
            if number:
                counts[index] = number >> 1
            index += 1
        number = shift = 0
    if shift:
        raise Malformed("the last count is cut off")
    return counts
