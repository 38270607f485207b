"""Blobs as objects in an S3 bucket, through django-storages.

Only ever used below ``EncryptedBlobs``: what goes through here is ciphertext.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast
from uuid import UUID, uuid4

from botocore.exceptions import ClientError
from storages.backends.s3 import S3File, S3Storage

from adapters.blobs.unfinished import Unfinished
from domain.kernel import BlobId, NotFound, OrganisationId

_READ_AHEAD = 1 << 20
_STALE = timedelta(days=1)


def s3_storage(settings: Mapping[str, str]) -> S3Storage:
    """The bucket that ``settings`` name (bucket, endpoint, region, access_key, secret_key).

    What is empty is left to boto3: its environment variables, files and instance roles.
    """
    return S3Storage(
        bucket_name=settings["bucket"],
        endpoint_url=settings["endpoint"] or None,
        region_name=settings["region"] or None,
        access_key=settings["access_key"] or None,
        secret_key=settings["secret_key"] or None,
        default_acl=None,
        querystring_auth=True,
        file_overwrite=True,
    )


class S3Blobs:
    """Keeps the promises of :class:`domain.ports.Blobs` in a bucket.

    An object is ``<organisation>/<id>``. It is uploaded in parts and exists once the upload
    is completed.
    """

    def __init__(self, storage: S3Storage) -> None:
        self._storage = storage

    def writer(self, organisation_id: OrganisationId) -> S3BlobWriter:
        blob_id = BlobId(uuid4().hex)
        file = self._storage.open(_name(organisation_id, blob_id), "wb")
        return S3BlobWriter(blob_id, cast(S3File, file))

    def put(self, organisation_id: OrganisationId, data: bytes) -> BlobId:
        with self.writer(organisation_id) as writer:
            writer.write(data)
            return writer.commit()

    def open(self, organisation_id: OrganisationId, blob_id: BlobId) -> BinaryIO:
        try:
            found = self._storage.bucket.Object(_name(organisation_id, blob_id))
            size = found.content_length
        except (ClientError, ValueError) as error:
            if isinstance(error, ClientError) and not _is_missing(error):
                raise
            raise NotFound("There is no such file here; it may have been deleted.") from None
        return cast(BinaryIO, io.BufferedReader(RangeReader(found, size), _READ_AHEAD))

    def delete(self, organisation_id: OrganisationId, blob_id: BlobId) -> None:
        with suppress(ValueError):  # an id that is no id names no object
            self._storage.bucket.Object(_name(organisation_id, blob_id)).delete()

    def sweep(self, now: datetime) -> int:
        stale = [
            upload
            for upload in self._storage.bucket.multipart_uploads.all()
            if upload.initiated < now - _STALE
        ]
        for upload in stale:
            upload.abort()
        return len(stale)


class S3BlobWriter(Unfinished):
    """One multipart upload."""

    def __init__(self, blob_id: BlobId, file: S3File) -> None:
        self._blob_id = blob_id
        self._file = file
        self._ended = False

    def write(self, data: bytes) -> int:
        return int(self._file.write(data)) if data else 0  # S3 refuses an upload of no bytes

    def commit(self) -> BlobId:
        self._file.close()
        self._ended = True
        return self._blob_id

    def abort(self) -> None:
        if self._ended:
            return
        self._ended = True
        # S3File has no abort: closing it completes the upload, so the upload is taken away first.
        if self._file._multipart is not None:
            self._file._multipart.abort()
        if self._file._file is not None:
            self._file._file.close()


class RangeReader(io.RawIOBase):
    """A seekable reader of one object that asks for the bytes it needs."""

    def __init__(self, found: Any, size: int) -> None:
        super().__init__()
        self._object = found
        self._size = size
        self._position = 0

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
        got = self._next(len(buffer))
        buffer[: len(got)] = got
        return len(got)

    def readall(self) -> bytes:
        return self._next(self._size)

    def _next(self, count: int) -> bytes:
        wanted = min(count, self._size - self._position)
        if wanted <= 0:
            return b""
        span = f"bytes={self._position}-{self._position + wanted - 1}"
        got: bytes = self._object.get(Range=span)["Body"].read()
        self._position += len(got)
        return got


def _name(organisation_id: OrganisationId, blob_id: BlobId) -> str:
    return f"{organisation_id}/{UUID(hex=blob_id).hex}"


def _is_missing(error: ClientError) -> bool:
    return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == 404)
