"""Master and signing keys in a file of the instance."""

from __future__ import annotations

import base64
import fcntl
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters.keys.private_file import read_or_create, read_private, replace_private
from domain.kernel import StudioError

_KEY_BITS = 256
_NONCE = 12
_ID = 8
"""Bytes of a master key's id, which a wrapped key begins with."""
_PURPOSE = b"studio data key 1"
_DIGEST_PURPOSE = b"studio keyed digest 1 "


class LocalKeys:
    """Keeps the promises of :class:`domain.ports.Keys` with a JSON key ring of mode 0600.

    The ring holds every master key by its id, names the active one, and holds the Ed25519
    signing key. It is made when missing. A wrapped key is the master key's id, a nonce and the
    AES-256-GCM ciphertext with the id bound to it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ring = _parsed(read_or_create(path, _new_ring))
        self._digesting: dict[str, bytes] = {}

    def wrap(self, data_key: bytes) -> bytes:
        key_id = bytes.fromhex(self._ring["active"])
        nonce = os.urandom(_NONCE)
        return key_id + nonce + self._master(key_id).encrypt(nonce, data_key, _PURPOSE + key_id)

    def unwrap(self, wrapped: bytes) -> bytes:
        key_id, nonce, sealed = wrapped[:_ID], wrapped[_ID : _ID + _NONCE], wrapped[_ID + _NONCE :]
        try:
            return self._master(key_id).decrypt(nonce, sealed, _PURPOSE + key_id)
        except (InvalidTag, ValueError):
            raise StudioError(
                "A stored key was changed, so its file cannot be read; restore it from a backup."
            ) from None

    def sign(self, message: bytes) -> bytes:
        return self._signing().sign(message)

    def public_key(self) -> bytes:
        return self._signing().public_key().public_bytes_raw()

    def keyed_digest(self, purpose: str, message: bytes) -> bytes:
        """The key of a purpose is derived from the signing key, which never rotates, by HKDF
        (RFC 5869)."""
        if purpose not in self._digesting:
            derive = HKDF(SHA256(), length=32, salt=None, info=_DIGEST_PURPOSE + purpose.encode())
            self._digesting[purpose] = derive.derive(_decoded(self._ring["signing"]))
        return hmac.digest(self._digesting[purpose], message, "sha256")

    def rotate(self) -> None:
        """Add a new master key and wrap with it from now on; older ones still unwrap.

        Afterwards ``BlobKeys.rewrap(lambda wrapped: keys.wrap(keys.unwrap(wrapped)))`` brings
        the stored keys over.
        """
        with _alone(self._path):
            ring = _parsed(read_private(self._path))
            key_id, key = _new_master()
            ring["active"] = key_id
            ring["masters"][key_id] = key
            replace_private(self._path, _written(ring))
            self._ring = ring

    def _master(self, key_id: bytes) -> AESGCM:
        if key_id.hex() not in self._ring["masters"]:
            self._ring = _parsed(read_private(self._path))  # another process may have rotated
        if key_id.hex() not in self._ring["masters"]:
            raise StudioError(
                f"The key file {self._path} lacks the master key that this data was stored "
                "under; put the key file back that belongs to this database."
            )
        return AESGCM(_decoded(self._ring["masters"][key_id.hex()]))

    def _signing(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(_decoded(self._ring["signing"]))


def _new_ring() -> bytes:
    key_id, key = _new_master()
    signing = Ed25519PrivateKey.generate().private_bytes_raw()
    return _written({"active": key_id, "masters": {key_id: key}, "signing": _encoded(signing)})


def _new_master() -> tuple[str, str]:
    return uuid4().bytes[:_ID].hex(), _encoded(AESGCM.generate_key(_KEY_BITS))


def _written(ring: dict[str, Any]) -> bytes:
    return json.dumps(ring, indent=2).encode()


def _parsed(data: bytes) -> dict[str, Any]:
    ring: dict[str, Any] = json.loads(data)
    return ring


def _encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time rotate."""
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
