"""Envelopes of DSSE 1.0: what is signed, and who of those we know signed it.

A key id in an envelope is a hint that decides nothing: every signature is tried with every key, and
a key counts once whatever it is called. What is parsed later is the very bytes that were verified.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.attest.keys import holds
from readiness.attest.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.attest.keys import Public, Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_BYTES = 16_000_000
_MOST = 100  # signatures


class Signature(NamedTuple):
    """A signature, and what its maker calls the key."""

    keyid: str
    sig: bytes


class Envelope(NamedTuple):
    """A payload with its type and signatures."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed: the pre-authentication encoding of DSSE 1.0, lengths in bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def signed(envelope: Envelope, signer: Signer) -> Envelope:
    """Return an envelope with one signature more; one of the same key is replaced."""
    signature = signer.sign(pae(envelope.payload_type, envelope.payload))
    others = (s for s in envelope.signatures if s.keyid != signer.public.id)
    return envelope._replace(signatures=(*others, Signature(signer.public.id, signature)))


def signers(envelope: Envelope, keys: Iterable[Public]) -> tuple[Public, ...]:
    """Return those of some keys that signed, each once."""
    text = pae(envelope.payload_type, envelope.payload)
    return tuple(
        key
        for key in dict.fromkeys(keys)
        if any(holds(key, s.sig, text) for s in envelope.signatures)
    )


def dump(envelope: Envelope) -> str:
    """Return an envelope as JSON, ending in a newline."""
    value = {
        "payload": base64.b64encode(envelope.payload).decode(),
        "payloadType": envelope.payload_type,
        "signatures": [
            {"keyid": s.keyid, "sig": base64.b64encode(s.sig).decode()} for s in envelope.signatures
        ],
    }
    return json.dumps(value, indent=2) + "\n"


def parse(data: bytes) -> Envelope:
    """Read an envelope; nothing in it is believed yet. Keys that DSSE does not know are skipped.

    Raises:
        Refused: it is none.
    """
    if len(data) > MAX_BYTES:
        raise Refused("too-large", f"it has more than {MAX_BYTES / 1e6:.0f} MB")
    value = strict_json(data)
    signatures = value.get("signatures") if isinstance(value, dict) else None
    if not isinstance(signatures, list) or not 1 <= len(signatures) <= _MOST:
        raise Refused("envelope", f"an envelope has a list of 1 to {_MOST} signatures")
    payload_type, payload = value.get("payloadType"), _bytes(value.get("payload"), "payload")
    if payload_type != PAYLOAD_TYPE:
        raise Refused("payload-type", f"the payload type is not {PAYLOAD_TYPE}")
    return Envelope(PAYLOAD_TYPE, payload, tuple(map(_signature, signatures)))


def _signature(value: Any) -> Signature:
    keyid = value.get("keyid", "") if isinstance(value, dict) else None
    if not isinstance(keyid, str):
        raise Refused("envelope", "a signature is an object with `sig`, and `keyid` is a text")
    return Signature(keyid, _bytes(value.get("sig"), "sig"))


def _bytes(text: Any, name: str) -> bytes:
    """Decode base64 in the one form that it has: the standard alphabet, padded, no spare bits."""
    if not isinstance(text, str):
        raise Refused("envelope", f"`{name}` is missing, or no text")
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("base64", f"`{name}` is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Refused("base64", f"`{name}` is not the canonical base64 of its bytes")
    return data


def strict_json(data: bytes) -> Any:
    """Return what JSON says, if it says it in one way.

    Raises:
        Refused: not UTF-8, no JSON, a key given twice, a NaN or an infinity, or too deep.
    """
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise Refused("json", f"not JSON as it is taken: {str(error)[:100]}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
