"""Blobs as files in a folder."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from adapters.blobs.unfinished import Unfinished
from domain.kernel import BlobId, NotFound, OrganisationId

_UNFINISHED = ".unfinished"
_STALE = timedelta(days=1)


class FileBlobs:
    """Keeps the promises of :class:`domain.ports.Blobs` under the folder ``root``.

    A blob is ``root/<organisation>/<first two letters>/<id>``. It is written under a name that
    no reader looks at and renamed when committed, so a crash leaves nothing readable.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def writer(self, organisation_id: OrganisationId) -> FileBlobWriter:
        blob_id = BlobId(uuid4().hex)
        return FileBlobWriter(blob_id, self._path(organisation_id, blob_id))

    def put(self, organisation_id: OrganisationId, data: bytes) -> BlobId:
        with self.writer(organisation_id) as writer:
            writer.write(data)
            return writer.commit()

    def open(self, organisation_id: OrganisationId, blob_id: BlobId) -> BinaryIO:
        try:
            return self._path(organisation_id, blob_id).open("rb")
        except (FileNotFoundError, ValueError):
            raise NotFound("There is no such file here; it may have been deleted.") from None

    def delete(self, organisation_id: OrganisationId, blob_id: BlobId) -> None:
        with suppress(ValueError):  # an id that is no id names no file
            self._path(organisation_id, blob_id).unlink(missing_ok=True)

    def sweep(self, now: datetime) -> int:
        stale = [
            path
            for path in self._root.glob(f"*/*/*{_UNFINISHED}")
            if path.stat().st_mtime < (now - _STALE).timestamp()
        ]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _path(self, organisation_id: OrganisationId, blob_id: BlobId) -> Path:
        name = UUID(hex=blob_id).hex  # an id that is no id must not become a path
        return self._root / str(organisation_id) / name[:2] / name


class FileBlobWriter(Unfinished):
    """One file on its way in."""

    def __init__(self, blob_id: BlobId, path: Path) -> None:
        self._blob_id = blob_id
        self._path = path
        self._unfinished = path.with_name(path.name + _UNFINISHED)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def commit(self) -> BlobId:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._unfinished.replace(self._path)
        _sync_folder(self._path.parent)
        return self._blob_id

    def abort(self) -> None:
        self._file.close()
        self._unfinished.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
