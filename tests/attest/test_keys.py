"""Keys: every vector of Wycheproof, and every key that must be refused when it is registered."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from inline_snapshot import snapshot

from readiness.attest.keys import Public, checked, generate, holds, read_private, read_public
from readiness.errors import InputError

VECTORS = Path(__file__).resolve().parents[3] / "shared/hostile/wycheproof-ed25519/testvectors_v1/ed25519_test.json"
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, PRIME) % PRIME


def test_every_vector_of_wycheproof() -> None:
    if not VECTORS.is_file():
        pytest.skip("the vectors of Wycheproof are not beside the checkout")
    results: Counter[str] = Counter()
    for group in json.loads(VECTORS.read_text())["testGroups"]:
        key = checked(bytes.fromhex(group["publicKey"]["pk"]), "vector")
        for case in group["tests"]:
            found = holds(key, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            assert found is (case["result"] == "valid"), case
            results[case["result"]] += 1
    assert results == snapshot({"valid": 88, "invalid": 63})


# Arithmetic on the curve (RFC 8032, section 5.1.4), to find the weak keys anew

Point = tuple[int, int]


def add(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    k = D * x1 * x2 * y1 * y2 % PRIME
    return (
        (x1 * y2 + x2 * y1) * pow(1 + k, -1, PRIME) % PRIME,
        (y1 * y2 + x1 * x2) * pow(1 - k, -1, PRIME) % PRIME,
    )


def times(scalar: int, point: Point) -> Point:
    found = (0, 1)
    while scalar:
        found = add(found, point) if scalar & 1 else found
        point, scalar = add(point, point), scalar >> 1
    return found


def point_at(y: int) -> Point | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    for root in (x, x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME):
        if root * root % PRIME == square:
            return root, y
    return None


def low_order() -> set[Point]:
    """Return the points of an order that divides 8: what is left of others when ORDER is taken out."""
    found: set[Point] = set()
    y = 2
    while len(found) < 8:
        point = point_at(y)
        if point is not None:
            small = times(ORDER, point)
            found |= {times(n, small) for n in range(8)}
        y += 1
    return found


def encoded(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def test_a5_every_key_of_low_order_is_refused_and_so_is_every_other_form_of_it() -> None:
    points = low_order()
    assert len(points) == 8
    tried = set()
    for _, y in points:
        for value in (y, y + PRIME):
            for sign in (0, 1):
                if value < 2**255:
                    tried.add(encoded(value, sign))
    for raw in tried:
        with pytest.raises(InputError) as caught:
            checked(raw, "key")
        assert caught.value.diagnostics[0].code == "weak-key"
    assert len(tried) == 14


def test_the_universal_signature_under_a_low_order_key_is_why() -> None:
    identity = Public(encoded(1, 0))
    universal = encoded(1, 0) + bytes(32)
    assert holds(identity, universal, b"any text"), "the library takes it"
    with pytest.raises(InputError):
        checked(identity.raw, "key")


@pytest.mark.parametrize("above", range(19))
def test_a_key_that_is_not_canonical_is_refused(above: int) -> None:
    with pytest.raises(InputError):
        checked(encoded(PRIME + above, 0), "key")


def test_good_keys_are_taken() -> None:
    for _ in range(50):
        private, public, key = generate()
        assert read_public(public, "k") == key == read_private(private, "k").public
        assert len(key.id) == 64
        signature = read_private(private, "k").sign(b"text")
        assert holds(key, signature, b"text")
        assert not holds(key, signature, b"texT")
        assert not holds(key, signature[:-1], b"text")
        assert not holds(key, signature + b"\0", b"text")


def pem(key: object) -> bytes:
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, none)  # type: ignore[attr-defined,no-any-return]


def public_pem(key: object) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)  # type: ignore[attr-defined,no-any-return]


def test_what_is_no_key_of_ours_is_refused_without_showing_it() -> None:
    private, public, _ = generate()
    elliptic = ec.generate_private_key(ec.SECP256R1())
    rivest = rsa.generate_private_key(65537, 2048)
    encrypted = serialization.load_pem_private_key(private, None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    weak = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(bytes.fromhex("302a300506032b6570032100") + encoded(1, 0)) + b"\n-----END PUBLIC KEY-----\n"
    told = []
    for read, texts in (
        (read_private, (b"", b"secret sesame", public, pem(elliptic), pem(rivest), encrypted, private[:60], b"\xff\x00")),
        (read_public, (b"", b"secret sesame", private, public_pem(elliptic), public_pem(rivest), public[:60], weak)),
    ):
        for text in texts:
            with pytest.raises(InputError) as caught:
                read(text, "key.pem")
            assert "sesame" not in str(caught.value)
            told.append(f"{caught.value.diagnostics[0].code}: {caught.value.diagnostics[0].message}")
    assert told == snapshot([
        "key: there is no private key in it (ValueError)",
        "key: there is no private key in it (ValueError)",
        "key: there is no private key in it (ValueError)",
        "key: it is not an Ed25519 key",
        "key: it is not an Ed25519 key",
        "key: the private key is encrypted, and this program asks for no password",
        "key: there is no private key in it (ValueError)",
        "key: there is no private key in it (ValueError)",
        "key: there is no public key in it (ValueError)",
        "key: there is no public key in it (ValueError)",
        "key: it is a private key: nobody else may have it",
        "key: it is not an Ed25519 key",
        "key: it is not an Ed25519 key",
        "key: there is no public key in it (ValueError)",
        "weak-key: it is of low order: a signature under it holds for any text",
    ])  # fmt: skip


def test_keys_of_openssl_are_read(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    try:
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", file], check=True, capture_output=True)
        public = subprocess.run(["openssl", "pkey", "-in", file, "-pubout"], check=True, capture_output=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no openssl that knows Ed25519")
    assert read_private(file.read_bytes(), "k").public == read_public(public, "k")


def test_without_the_library_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['cryptography'] = None\nfrom readiness.attest.keys import generate\ngenerate()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'readiness[attest]'" in done.stderr
