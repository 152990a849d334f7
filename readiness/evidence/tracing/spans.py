"""The spans of a file in columns: 60 bytes each, whatever their attributes."""

from __future__ import annotations

import binascii
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.reader import Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from readiness.errors import Location

MOST = 3_000_000  # spans of one file
_LATEST = 1 << 62  # nanoseconds: the year 2116
_HEX = pattern(r"[0-9a-fA-F]{1,32}")
_DIGITS = pattern(r"[0-9]{1,19}")
_LONGEST = 200
_MODEL = ("gen_ai.operation.name", "gen_ai.request.model")
_CALLED = ("peer.service", "db.system.name", "db.system", "db.type", "messaging.system")
_TARGET = (
    "server.address", "net.peer.name", "peer.hostname", "http.host", "peer.address", "peer.ipv4",
)  # fmt: skip
_RESENT_TIMES = ("http.request.resend_count", "http.resend_count")
WANTED = frozenset((*_MODEL, *_CALLED, *_TARGET, *_RESENT_TIMES))
HOST = ("host.id", "k8s.pod.name", "host.name", "hostname", "service.instance.id", "ip")
_ERROR, _RESENT, _FOLLOWS, _UNFINISHED = 1, 2, 4, 8
_BYTES = (8, 16)  # of a span and a trace
_TEXT_OF = {4 * -(-size // 3): size for size in _BYTES}  # length in base64


class Shape(NamedTuple):
    """What many spans have in common.

    Attributes:
        service: the service that wrote it.
        called: the dependency that it calls, where it says so.
        name: the span's own name.
        target: the address it calls.
        kind: `client`, `server`, `producer`, `consumer` or empty.
        host: the machine or process, whose clock it was timed with.
    """

    service: str
    called: str
    name: str
    target: str
    kind: str
    host: str


class Span(NamedTuple):
    """One span as a reader finds it; ids as numbers, times in nanoseconds since the epoch.

    A parent of 0 is none; an end of None means that it did not end.
    """

    trace: int
    id: int
    parent: int
    start: int
    end: int | None
    shape: Shape
    error: bool = False
    resent: bool = False
    follows: bool = False


class Spans:
    """The spans of a file, in its order.

    Attributes:
        traces: number of each trace by its id.
        roots: where each span without a parent stands, by its number: line and pointer.
        latest: the latest time of any span, and where.
    """

    def __init__(self) -> None:
        self.traces: dict[int, int] = {}
        self.trace, self.shape, self.flags = array("I"), array("I"), array("B")
        self.id, self.parent = array("Q"), array("Q")
        self.start, self.end = array("q"), array("q")
        self.shapes: list[Shape] = []
        self.roots: dict[int, tuple[int, str]] = {}
        self.latest = (0, 0, "")
        self._numbers: dict[Shape, int] = {}

    def __len__(self) -> int:
        return len(self.id)

    def add(self, span: Span, line: int, pointer: str, at: Location) -> None:
        """Take one more span.

        Raises:
            Unreadable: there are too many.
        """
        if len(self) >= MOST:
            message = f"more than {MOST:,} spans"
            raise Unreadable("too-large", message, at, "export a sample of the traces")
        number = self._numbers.setdefault(span.shape, len(self.shapes))
        if number == len(self.shapes):
            self.shapes.append(span.shape)
        if not span.parent:
            self.roots[len(self)] = (line, pointer)
        end = span.start - 1 if span.end is None else span.end
        if end > self.latest[0]:
            self.latest = (end, line, pointer)
        self.trace.append(self.traces.setdefault(span.trace, len(self.traces)))
        self.shape.append(number)
        self.id.append(span.id)
        self.parent.append(span.parent)
        self.start.append(span.start)
        self.end.append(end)
        self.flags.append(
            span.error * _ERROR
            + span.resent * _RESENT
            + span.follows * _FOLLOWS
            + (end < span.start) * _UNFINISHED
        )

    def failed(self, index: int) -> bool:
        """Whether a span says that it failed."""
        return bool(self.flags[index] & _ERROR)

    def resent(self, index: int) -> bool:
        """Whether a span says that it repeats a request."""
        return bool(self.flags[index] & _RESENT)

    def follows(self, index: int) -> bool:
        """Whether its parent does not wait for it."""
        return bool(self.flags[index] & _FOLLOWS)


class Attributes(NamedTuple):
    """What the attributes of a span tell, by the names of OpenTelemetry and OpenTracing."""

    called: str
    target: str
    resent: bool


def tell(said: Mapping[str, str]) -> Attributes:
    """Return what a span calls, at which address, and whether it says that it is a retry.

    A model's operation has the name that OpenTelemetry gives its span: `chat MODEL`.
    """
    model = " ".join(said[key] for key in _MODEL if said.get(key))
    return Attributes(
        model or first(said, _CALLED),
        first(said, _TARGET),
        any(said.get(key, "0") not in ("", "0") for key in _RESENT_TIMES),
    )


def first(said: Mapping[str, str], keys: Iterable[str]) -> str:
    """Return the first of some attributes that has a value."""
    return next((said[key] for key in keys if said.get(key)), "")


def read_id(raw: Any, size: int, at: Location, what: str, *, encoded: bool = False) -> int:
    """Return an id as a number; 0 for none.

    Args:
        raw: hexadecimal digits; where `encoded`, also base64, which protobuf's JSON writes.
        size: bytes it has, 8 or 16.
        at: for the message.
        what: for the message.
        encoded: whether base64 is understood.

    Raises:
        Unreadable: it is no such id.
    """
    if raw is None or raw == "":
        return 0
    if isinstance(raw, str):
        if _HEX.fullmatch(raw) and len(raw) <= 2 * size:
            return int(raw, 16)
        if encoded and _TEXT_OF.get(len(raw)) == size:
            try:
                return int.from_bytes(binascii.a2b_base64(raw, strict_mode=True))
            except (binascii.Error, ValueError):
                pass
    shown = f"`{raw}`"[:60]
    kinds = "hexadecimal digits or base64" if encoded else "hexadecimal digits"
    message = f"{what} is {shown}, not {size} bytes in {kinds}"
    raise Unreadable("id", message, at, "keep the file as the tool wrote it")


def read_time(raw: Any, scale: int, at: Location, what: str) -> int | None:
    """Return nanoseconds from a whole number or its digits; None where there is none.

    Raises:
        Unreadable: no whole number of 0 or more, or after the year 2116.
    """
    if raw is None:
        return None
    whole = isinstance(raw, int) and not isinstance(raw, bool)
    if whole or (isinstance(raw, str) and _DIGITS.fullmatch(raw)):
        value = int(raw) * scale
        if 0 <= value < _LATEST:
            return value
    elif isinstance(raw, float) and raw.is_integer() and 0 <= raw * scale < _LATEST:
        return int(raw) * scale
    shown = f"`{raw}`"[:60]
    message, hint = f"{what} is {shown}, not a time", "keep the file as the tool wrote it"
    raise Unreadable("number", message, at, hint)


def text(raw: Any) -> str:
    """Return a name as text, short and without what is not printed; empty for none."""
    if not isinstance(raw, str):
        return ""
    return " ".join(raw[:_LONGEST].split())
