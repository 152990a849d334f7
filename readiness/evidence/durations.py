"""Times as configuration files write them, to milliseconds: one function for each convention.

Each takes the plain value of a setting and returns milliseconds, or None where it is no time.
"""

from __future__ import annotations

import re

from readiness.evidence.loadtest.numbers import MOST, is_number
from readiness.patterns import pattern

_MS = {
    "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6,
    "d": 8.64e7, "w": 6.048e8, "M": 2.592e9, "y": 3.1536e10,
}  # fmt: skip
_PARTS = pattern(r"([0-9]{1,15}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})\s*([a-zA-Zµμ]{1,2})\s*")
_PLAIN = pattern(r"[0-9]{1,15}(?:\.[0-9]{1,12})?")
_PROTO = pattern(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)s")
_ISO = pattern(
    r"[pP](?:([0-9]{1,6})[dD])?"
    r"(?:[tT](?:([0-9]{1,9})[hH])?(?:([0-9]{1,9})[mM])?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)[sS])?)?"
)


def seconds(value: object) -> float | None:
    """Return the ms of a number of seconds."""
    return _scaled(value, 1e3)


def milliseconds(value: object) -> float | None:
    """Return the ms of a number of milliseconds."""
    return _scaled(value, 1.0)


def go(value: object) -> float | None:
    """Return the ms of a text of Go's time.ParseDuration: `1m30s`, `250ms`, `1.5h`, `0`."""
    if not isinstance(value, str):
        return 0.0 if is_number(value) and value == 0 else None
    return 0.0 if value.strip() == "0" else _units(value, "ns us µs μs ms s m h")


def proto(value: object) -> float | None:
    """Return the ms of a protobuf Duration in JSON: `0.25s`, or seconds and nanos apart."""
    if isinstance(value, dict):
        whole, nanos = value.get("seconds", 0), value.get("nanos", 0)
        whole = int(whole) if isinstance(whole, str) and _PLAIN.fullmatch(whole) else whole
        if not is_number(whole) or not is_number(nanos) or set(value) - {"seconds", "nanos"}:
            return None
        return _sound(whole * 1e3 + nanos / 1e6)
    match = _PROTO.fullmatch(value.strip()) if isinstance(value, str) else None
    return _sound(float(match[1]) * 1e3) if match else None


def spring(value: object) -> float | None:
    """Return the ms of a Spring Boot Duration: `100` is ms; `5s`, `2m`; `PT5S` of ISO 8601."""
    if not isinstance(value, str):
        return milliseconds(value)
    text = value.strip()
    if _PLAIN.fullmatch(text):
        return _sound(float(text))
    match = _ISO.fullmatch(text)
    if match and any(match.groups()):
        days, hours, minutes, rest = (float(part or 0) for part in match.groups())
        return _sound(days * 8.64e7 + hours * 3.6e6 + minutes * 6e4 + rest * 1e3)
    lowered = text.lower()
    return _units(lowered, "ns us ms s m h d") if len(_PARTS.findall(lowered)) == 1 else None


def go_or_seconds(value: object) -> float | None:
    """Return the ms of Traefik's durations: a number is seconds, a text is Go's."""
    if is_number(value):
        return seconds(value)
    text = value.strip() if isinstance(value, str) else ""
    return _sound(float(text) * 1e3) if _PLAIN.fullmatch(text) else go(value)


def nginx(value: object) -> float | None:
    """Return the ms of nginx's times: `60` and `60s`, `1m30s`, `500ms`, `1M` is a month."""
    text = str(value).strip()
    if _PLAIN.fullmatch(text):
        return _sound(float(text) * 1e3)
    return _units(text, "ms s m h d w M y")


def _units(text: str, allowed: str) -> float | None:
    """Add up numbers with units; None unless that is all there is."""
    parts = _PARTS.findall(text)
    if not parts or "".join(re.split(r"\s", text)) != "".join(n + u for n, u in parts):
        return None
    if any(unit not in allowed.split() for _, unit in parts):
        return None
    return _sound(sum(float(number) * _MS[unit] for number, unit in parts))


def _scaled(value: object, scale: float) -> float | None:
    if isinstance(value, str) and _PLAIN.fullmatch(value.strip()):
        value = float(value)
    return _sound(value * scale) if is_number(value) else None


def _sound(ms: float) -> float | None:
    return round(ms, 6) if 0 <= ms < MOST else None
