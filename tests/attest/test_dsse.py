"""Envelopes: no change survives, one key counts once, and another implementation agrees both ways."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from inline_snapshot import snapshot
from securesystemslib.dsse import Envelope as Theirs
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._key import SSlibKey

from readiness.attest import dsse
from readiness.attest.dsse import PAYLOAD_TYPE, Envelope, Signature
from readiness.attest.keys import Public, Signer, checked, generate, read_private
from readiness.attest.refusal import Refused

PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1","x":"\xc3\xa9~?>"}'


def signer() -> Signer:
    return read_private(generate()[0], "k")


def signed(*by: Signer, payload: bytes = PAYLOAD) -> Envelope:
    envelope = Envelope(PAYLOAD_TYPE, payload, ())
    for one in by:
        envelope = dsse.signed(envelope, one)
    return envelope


def accepted(data: bytes, *keys: Public, threshold: int = 1) -> bool:
    try:
        found = dsse.parse(data)
    except Refused:
        return False
    return len(dsse.signers(found, keys)) >= threshold


def test_the_vector_of_the_specification() -> None:
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert dsse.pae("é", "é".encode()) == b"DSSEv1 2 \xc3\xa9 2 \xc3\xa9", "lengths are in bytes"


def test_what_was_signed_is_accepted_and_reads_back() -> None:
    one = signer()
    envelope = signed(one)
    data = dsse.dump(envelope).encode()
    assert dsse.parse(data) == envelope
    assert accepted(data, one.public)
    assert not accepted(data, signer().public)
    assert not accepted(data)


@pytest.mark.parametrize("bit", [1, 2, 4, 8, 16, 32, 64])
def test_i40_every_one_byte_change_of_payload_type_and_signature_fails(bit: int) -> None:
    """In the JSON text itself, where every byte but those of the key id counts, and of its name."""
    one = signer()
    data = dsse.dump(signed(one)).encode()
    hint = data.index(b'"keyid"'), data.index(b'"sig"')
    survived = [
        at for at in range(len(data))
        if not hint[0] <= at < hint[1] and accepted(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :], one.public)
    ]  # fmt: skip
    assert [data[at : at + 1] for at in survived if data[at : at + 1] not in b" \n"] == []


def test_i40_every_other_byte_in_every_place_of_the_decoded_parts_fails() -> None:
    one = signer()
    envelope = signed(one, payload=b'{"d":1}')
    for at in range(len(envelope.payload)):
        for other in range(256):
            payload = envelope.payload[:at] + bytes([other]) + envelope.payload[at + 1 :]
            held = bool(dsse.signers(envelope._replace(payload=payload), [one.public]))
            assert held is (payload == envelope.payload)
    (signature,) = envelope.signatures
    for at in range(64):
        for bit in range(8):
            sig = bytearray(signature.sig)
            sig[at] ^= 1 << bit
            assert not dsse.signers(envelope._replace(signatures=(Signature("", bytes(sig)),)), [one.public])
    for at in range(len(PAYLOAD_TYPE)):
        kind = PAYLOAD_TYPE[:at] + chr(ord(PAYLOAD_TYPE[at]) ^ 1) + PAYLOAD_TYPE[at + 1 :]
        assert not dsse.signers(envelope._replace(payload_type=kind), [one.public])


def test_cut_off_anywhere_it_fails() -> None:
    one = signer()
    data = dsse.dump(signed(one)).encode()
    assert [end for end in range(len(data) - 1) if accepted(data[:end], one.public)] == []


def test_a5_one_key_counts_once_whatever_it_is_called() -> None:
    one, two = signer(), signer()
    envelope = signed(one)
    (signature,) = envelope.signatures
    twice = envelope._replace(signatures=(signature, signature._replace(keyid="another"), signature._replace(keyid="")))
    data = dsse.dump(twice).encode()
    assert not accepted(data, one.public, one.public, checked(one.public.raw, "copy"), threshold=2)
    assert accepted(dsse.dump(signed(one, two)).encode(), one.public, two.public, threshold=2)


def test_the_key_id_decides_nothing() -> None:
    one, two = signer(), signer()
    (signature,) = signed(one).signatures
    for keyid in ("", two.public.id, "x" * 1000):
        data = dsse.dump(Envelope(PAYLOAD_TYPE, PAYLOAD, (Signature(keyid, signature.sig),))).encode()
        assert accepted(data, one.public)
        assert not accepted(data, two.public)


def test_a_signature_for_another_payload_or_of_another_protocol_is_none() -> None:
    one = signer()
    (other,) = signed(one, payload=b"other").signatures
    raw = Signature("", one.sign(PAYLOAD))
    for signature in (other, raw, Signature("", b""), Signature("", bytes(64))):
        assert not accepted(dsse.dump(Envelope(PAYLOAD_TYPE, PAYLOAD, (signature,))).encode(), one.public)


def changed(**parts: Any) -> bytes:
    return json.dumps({**json.loads(dsse.dump(signed(signer()))), **parts}).encode()


GOOD = {"keyid": "", "sig": base64.b64encode(bytes(64)).decode()}


@pytest.mark.parametrize(("data", "code"), [
    (b"", "json"), (b"\xff", "json"), (b"\xef\xbb\xbf{}", "json"), ("{}".encode("utf-16"), "json"),
    (b'{"payload":"","payload":""}', "json"), (b'{"a":NaN}', "json"), (b'{"a":-Infinity}', "json"), (b"[" * 100_000, "json"),
    (b"{}", "envelope"), (b"[]", "envelope"), (b"null", "envelope"), (b'"x"', "envelope"), (b"1" * 4000, "envelope"),
    (changed(signatures=[]), "envelope"), (changed(signatures={}), "envelope"), (changed(signatures=None), "envelope"),
    (changed(signatures=[GOOD] * 101), "envelope"), (changed(signatures=["x"]), "envelope"), (changed(signatures=[{}]), "envelope"),
    (changed(signatures=[{"sig": 1}]), "envelope"), (changed(signatures=[{**GOOD, "keyid": 1}]), "envelope"), (changed(payload=1), "envelope"),
    (changed(payloadType="application/json"), "payload-type"), (changed(payloadType=None), "payload-type"), (changed(payloadType=[]), "payload-type"),
    (changed(payload="aGl="), "base64"), (changed(payload="aGk"), "base64"), (changed(payload="aGk=\n"), "base64"), (changed(payload=" aGk="), "base64"),
    (changed(payload="a_k="), "base64"), (changed(payload="a-k="), "base64"), (changed(payload="aGk=="), "base64"), (changed(payload="a"), "base64"),
    (changed(payload="é"), "base64"), (changed(payload="\ud800"), "base64"), (changed(signatures=[{**GOOD, "sig": "????"}]), "base64"),
    (b" " * 16_000_001, "too-large"),
])  # fmt: skip
def test_what_is_no_envelope_is_refused_with_its_reason(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        dsse.parse(data)
    assert caught.value.refusal.code == code


def test_what_we_sign_securesystemslib_accepts() -> None:
    one, two = signer(), signer()
    data = json.loads(dsse.dump(signed(one, two)))
    keys = [SSlibKey(k.public.id, "ed25519", "ed25519", {"public": k.public.raw.hex()}) for k in (one, two)]
    theirs = Theirs.from_dict(data)
    assert theirs.payload == PAYLOAD
    assert set(theirs.verify(list(keys), 2)) == {one.public.id, two.public.id}
    theirs.payload += b" "
    with pytest.raises(VerificationError):
        theirs.verify(list(keys), 1)


def test_what_securesystemslib_signs_we_accept() -> None:
    one, two = CryptoSigner.generate_ed25519(), CryptoSigner.generate_ed25519("chosen")
    theirs = Theirs(PAYLOAD, PAYLOAD_TYPE, {})
    for each in (one, two):
        theirs.sign(each)
    keys = [checked(bytes.fromhex(k.public_key.keyval["public"]), "k") for k in (one, two)]
    data = json.dumps(theirs.to_dict()).encode()
    assert accepted(data, *keys, threshold=2)
    assert dsse.parse(data).payload == PAYLOAD
    theirs.payload += b" "
    assert not accepted(json.dumps(theirs.to_dict()).encode(), *keys)


def test_two_names_of_one_key_that_satisfy_securesystemslib_do_not_satisfy_us() -> None:
    one = CryptoSigner.generate_ed25519("a")
    theirs = Theirs(PAYLOAD, PAYLOAD_TYPE, {})
    theirs.sign(one)
    again = CryptoSigner(one._private_key, SSlibKey("b", "ed25519", "ed25519", dict(one.public_key.keyval)))
    theirs.sign(again)
    assert len(theirs.verify([one.public_key, again.public_key], 2)) == 2
    key = checked(bytes.fromhex(one.public_key.keyval["public"]), "k")
    assert not accepted(json.dumps(theirs.to_dict()).encode(), key, key, threshold=2)


def test_the_text_of_an_envelope() -> None:
    envelope = Envelope(PAYLOAD_TYPE, b"{}", (Signature("ab", bytes(3)),))
    assert dsse.dump(envelope) == snapshot("""\
{
  "payload": "e30=",
  "payloadType": "application/vnd.in-toto+json",
  "signatures": [
    {
      "keyid": "ab",
      "sig": "AAAA"
    }
  ]
}
""")
