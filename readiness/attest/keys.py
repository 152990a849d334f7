"""Ed25519 keys (RFC 8032): read, refused where weak, known by the digest of their bytes."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.errors import InputError, input_error

if TYPE_CHECKING:
    from types import ModuleType

SIZE = 32
SIGNATURE = 64
_FIELD = 2**255 - 19
# The y coordinates of the eight points whose order divides 8: a signature under such a key holds
# for any message (Bernstein et al. 2012; the list is that of RFC 8032's curve).
_ORDER_EIGHT = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_LOW = {0, 1, _FIELD - 1, _ORDER_EIGHT, _FIELD - _ORDER_EIGHT}
_PUBLIC = "a public key is a PEM file: openssl pkey -in key.pem -pubout"
_PRIVATE = "`readiness keygen FILE` makes one; so does openssl genpkey -algorithm ed25519"


class Public(NamedTuple):
    """A public key: its 32 bytes."""

    raw: bytes

    @property
    def id(self) -> str:
        """Its identity: the SHA-256 of its bytes, 64 hexadecimal digits."""
        return sha256(self.raw).hexdigest()


class Signer(NamedTuple):
    """A private key: what signs (bytes to 64 bytes), and the public key beside it."""

    sign: Callable[[bytes], bytes]
    public: Public


def checked(raw: bytes, name: str) -> Public:
    """Return a public key of 32 bytes that is fit for use.

    Args:
        raw: its encoding by RFC 8032, section 5.1.2.
        name: where it came from, for the message.

    Raises:
        InputError: it has another size, is no canonical encoding, or is of low order.
    """
    if len(raw) != SIZE:
        raise input_error("key", f"it has {len(raw)} bytes and not {SIZE}", name, _PUBLIC)
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _FIELD:
        message = "it is not the canonical form of a key, and could be taken for another"
        raise input_error("weak-key", message, name, "make a new one")
    if y in _LOW:
        message = "it is of low order: a signature under it holds for any text"
        raise input_error("weak-key", message, name, "make a new one, and ask where this came from")
    return Public(raw)


def read_public(pem: bytes, name: str) -> Public:
    """Return the key in a PEM file (SubjectPublicKeyInfo, RFC 8410).

    Raises:
        InputError: it is none, of another kind, or weak.
    """
    serial, ed, errors = _library()
    if b"PRIVATE" in pem:
        raise input_error("key", "it is a private key: nobody else may have it", name, _PUBLIC)
    try:
        key = serial.load_pem_public_key(pem)
    except (ValueError, errors.UnsupportedAlgorithm) as error:
        raise _unreadable(error, "public", name, _PUBLIC) from None
    if not isinstance(key, ed.Ed25519PublicKey):
        raise input_error("key", "it is not an Ed25519 key", name, _PUBLIC)
    return checked(key.public_bytes_raw(), name)


def read_private(pem: bytes, name: str) -> Signer:
    """Return what signs with the key in a PEM text (PKCS #8, RFC 8410), which is not encrypted.

    Raises:
        InputError: it is none, of another kind, encrypted or weak.
    """
    serial, ed, errors = _library()
    try:
        key = serial.load_pem_private_key(pem, password=None)
    except TypeError:
        message = "the private key is encrypted, and this program asks for no password"
        raise input_error("key", message, name, "decrypt it into READINESS_SIGNING_KEY") from None
    except (ValueError, errors.UnsupportedAlgorithm) as error:
        raise _unreadable(error, "private", name, _PRIVATE) from None
    if not isinstance(key, ed.Ed25519PrivateKey):
        raise input_error("key", "it is not an Ed25519 key", name, _PRIVATE)
    return Signer(key.sign, checked(key.public_key().public_bytes_raw(), name))


def generate() -> tuple[bytes, bytes, Public]:
    """Make a key: its private PEM, its public PEM, and the public key itself."""
    serial, ed, _ = _library()
    key = ed.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serial.Encoding.PEM, serial.PrivateFormat.PKCS8, serial.NoEncryption()
    )
    form = serial.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serial.Encoding.PEM, form)
    return private, public, checked(key.public_key().public_bytes_raw(), "the new key")


def holds(key: Public, signature: bytes, message: bytes) -> bool:
    """Whether a signature of 64 bytes over a message was made with a key."""
    _, ed, errors = _library()
    if len(signature) != SIGNATURE:
        return False
    try:
        ed.Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, message)
    except (ValueError, errors.InvalidSignature):
        return False
    return True


def _library() -> tuple[Any, ModuleType, ModuleType]:
    """Return the modules of `cryptography` that are used.

    Raises:
        InputError: it is not installed.
    """
    try:
        from cryptography import exceptions  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415
    except ImportError:
        raise input_error(
            "not-installed",
            "signing needs the package cryptography, which is not installed",
            "attest",
            "pip install 'readiness[attest]'",
        ) from None
    return serialization, ed25519, exceptions


def _unreadable(error: Exception, kind: str, name: str, help_: str) -> InputError:
    """Return the error of a text that is no key; what it holds is never shown."""
    return input_error("key", f"there is no {kind} key in it ({type(error).__name__})", name, help_)
