"""Blobs encrypted at rest, over any other storage.

The format is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: *Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance*, 2015) with AES-256-GCM: eight
bytes that name the format, then chunks of 64 KiB, each followed by its 16-byte tag. A chunk's
nonce is its number (11 bytes) and a byte that is 1 for the last chunk, so chunks cannot be
changed, swapped, left out or cut off unnoticed. Every blob has a data key of its own, so nonces
never repeat under one key. The format's name and the organisation are bound as associated data.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any, BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.blobs.unfinished import Unfinished
from domain.kernel import BlobId, OrganisationId, StudioError
from domain.ports import BlobKeys, Blobs, Keys

FORMAT = b"SDSblob1"
CHUNK = 64 * 1024
TAG = 16
_KEY_BITS = 256


class EncryptedBlobs:
    """Keeps the promises of :class:`domain.ports.Blobs` with ``inner``, which sees ciphertext."""

    def __init__(self, inner: Blobs, keys: Keys, blob_keys: BlobKeys) -> None:
        self._inner = inner
        self._keys = keys
        self._blob_keys = blob_keys

    def writer(self, organisation_id: OrganisationId) -> EncryptingWriter:
        return EncryptingWriter(self._inner, self._keys, self._blob_keys, organisation_id)

    def put(self, organisation_id: OrganisationId, data: bytes) -> BlobId:
        with self.writer(organisation_id) as writer:
            writer.write(data)
            return writer.commit()

    def open(self, organisation_id: OrganisationId, blob_id: BlobId) -> BinaryIO:
        data_key = self._keys.unwrap(self._blob_keys.get(organisation_id, blob_id))
        inner = self._inner.open(organisation_id, blob_id)
        try:
            plain = DecryptingReader(inner, data_key, _bound_to(organisation_id))
        except BaseException:
            inner.close()
            raise
        return cast(BinaryIO, io.BufferedReader(plain, CHUNK))

    def delete(self, organisation_id: OrganisationId, blob_id: BlobId) -> None:
        self._blob_keys.delete(organisation_id, blob_id)  # first: without it the bytes are noise
        self._inner.delete(organisation_id, blob_id)

    def sweep(self, now: datetime) -> int:
        return self._inner.sweep(now)


class EncryptingWriter(Unfinished):
    """Encrypts while writing; at most one chunk of plaintext is held, in memory."""

    def __init__(
        self, inner: Blobs, keys: Keys, blob_keys: BlobKeys, organisation_id: OrganisationId
    ) -> None:
        data_key = AESGCM.generate_key(_KEY_BITS)
        self._wrapped = keys.wrap(data_key)
        self._cipher = AESGCM(data_key)
        self._bound = _bound_to(organisation_id)
        self._inner = inner
        self._writer = inner.writer(organisation_id)
        self._blob_keys = blob_keys
        self._organisation_id = organisation_id
        self._waiting = bytearray()
        self._chunks = 0
        self._writer.write(FORMAT)

    def write(self, data: bytes) -> int:
        self._waiting += data
        while len(self._waiting) > CHUNK:  # not >=: the last chunk is marked, so one is held back
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def commit(self) -> BlobId:
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()
        blob_id = self._writer.commit()
        try:
            self._blob_keys.add(self._organisation_id, blob_id, self._wrapped)
        except BaseException:
            self._inner.delete(self._organisation_id, blob_id)  # noise that nobody can read
            raise
        return blob_id

    def abort(self) -> None:
        self._waiting.clear()
        self._writer.abort()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._writer.write(self._cipher.encrypt(_nonce(self._chunks, last), chunk, self._bound))
        self._chunks += 1


class DecryptingReader(io.RawIOBase):
    """Reads and seeks in the plaintext; decrypts one chunk at a time.

    Raises :class:`StudioError` when what is read was changed, swapped or cut off.
    """

    def __init__(self, inner: BinaryIO, data_key: bytes, bound: bytes) -> None:
        super().__init__()
        self._inner = inner
        self._cipher = AESGCM(data_key)
        self._bound = bound
        sealed = inner.seek(0, io.SEEK_END) - len(FORMAT)
        self._chunks = -(-sealed // (CHUNK + TAG))
        self._size = sealed - self._chunks * TAG
        inner.seek(0)
        if inner.read(len(FORMAT)) != FORMAT or self._chunks < 1 or self._size < 0:
            raise _damaged()
        self._position = 0
        self._open_chunk = (-1, b"")
        self._chunk(self._chunks - 1)  # the end is checked before anything is believed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("negative seek position")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        if self._position >= self._size:
            return 0
        number, start = divmod(self._position, CHUNK)
        part = self._chunk(number)[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._open_chunk = (-1, b"")
            self._inner.close()
        super().close()

    def _chunk(self, number: int) -> bytes:
        if self._open_chunk[0] != number:
            self._inner.seek(len(FORMAT) + number * (CHUNK + TAG))
            sealed = self._inner.read(CHUNK + TAG)
            nonce = _nonce(number, last=number == self._chunks - 1)
            try:
                plain = self._cipher.decrypt(nonce, sealed, self._bound)
            except InvalidTag:
                raise _damaged() from None
            self._open_chunk = (number, plain)
        return self._open_chunk[1]


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _bound_to(organisation_id: OrganisationId) -> bytes:
    return FORMAT + organisation_id.bytes


def _damaged() -> StudioError:
    return StudioError(
        "A stored file was changed or is incomplete, so it is not used; restore it from a backup."
    )
