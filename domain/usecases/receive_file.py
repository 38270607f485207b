"""Take in one file, encrypted and hashed while it arrives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from domain.datasets.entities import SourceFile
from domain.datasets.table_reading import USE_COMMAND_LINE
from domain.kernel import Actor, Permission, TooLarge
from domain.ports import Blobs, BlobWriter

_MEGABYTE = 1_000_000


@dataclass(slots=True, kw_only=True)
class IncomingFile:
    """A file on its way in: ``write`` its bytes in order, then hand it to ``UploadDataset``."""

    name: str
    writer: BlobWriter
    limit: int | None
    """Bytes accepted; ``None`` for no limit."""
    size: int = 0
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> int:
        """Take the next bytes; raises :class:`TooLarge` past the limit, keeping nothing."""
        self.size += len(data)
        if self.limit is not None and self.size > self.limit:
            self.abort()
            raise TooLarge(too_large_sentence(self.limit))
        self._digest.update(data)
        return self.writer.write(data)

    def commit(self) -> SourceFile:
        """Keep the file."""
        return SourceFile(
            name=self.name,
            blob_id=self.writer.commit(),
            sha256=self._digest.hexdigest(),
            size=self.size,
        )

    def abort(self) -> None:
        """Forget the file. Harmless when it was kept already."""
        self.writer.abort()


def too_large_sentence(limit: int) -> str:
    """What a face says about a request that is too large."""
    return (
        f"This upload is larger than {limit / _MEGABYTE:g} MB, the limit of one request; "
        f"{USE_COMMAND_LINE}."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveFile:
    """Open the door for one file of at most ``limit`` bytes."""

    blobs: Blobs
    limit: int | None

    def __call__(self, actor: Actor, *, name: str) -> IncomingFile:
        actor.require(Permission.UPLOAD)
        return IncomingFile(
            name=PurePosixPath(name.replace("\\", "/")).name[:200] or "upload",
            writer=self.blobs.writer(actor.organisation_id),
            limit=self.limit,
        )

    def check_request(self, size: int) -> None:
        """Refuse a request whose files have, or announce, ``size`` bytes together."""
        if self.limit is not None and size > self.limit:
            raise TooLarge(too_large_sentence(self.limit))
