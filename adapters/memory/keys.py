"""Master and signing keys that live as long as the process."""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.kernel import StudioError

_NONCE = 12


class MemoryKeys:
    """Keeps the promises of :class:`domain.ports.Keys`."""

    def __init__(self) -> None:
        self._masters = [AESGCM(AESGCM.generate_key(256))]
        self._signing = Ed25519PrivateKey.generate()
        self._digesting = os.urandom(32)

    def wrap(self, data_key: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        number = len(self._masters) - 1
        return bytes([number]) + nonce + self._masters[number].encrypt(nonce, data_key, None)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            nonce, sealed = wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
            return self._masters[wrapped[0]].decrypt(nonce, sealed, None)
        except (InvalidTag, ValueError, IndexError):
            raise StudioError("A stored key was changed.") from None

    def sign(self, message: bytes) -> bytes:
        return self._signing.sign(message)

    def public_key(self) -> bytes:
        return self._signing.public_key().public_bytes_raw()

    def keyed_digest(self, purpose: str, message: bytes) -> bytes:
        key = hmac.digest(self._digesting, purpose.encode(), "sha256")
        return hmac.digest(key, message, "sha256")

    def rotate(self) -> None:
        self._masters.append(AESGCM(AESGCM.generate_key(256)))
