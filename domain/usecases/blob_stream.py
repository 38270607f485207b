"""A blob being written, as the file object that libraries expect."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from domain.kernel import BlobId
from domain.ports import BlobWriter


class BlobStream(io.RawIOBase):
    """Passes bytes on to a blob writer, counting and hashing them on the way.

    Closing the stream neither keeps nor forgets the blob: ``commit`` and ``abort`` do.
    """

    def __init__(self, writer: BlobWriter) -> None:
        super().__init__()
        self._writer = writer
        self._digest = hashlib.sha256()
        self.size = 0
        self._forgotten = False

    @property
    def sha256(self) -> str:
        """Hash of what was written so far, in hex."""
        return self._digest.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        if self._forgotten:  # a library that closes its own writer late has nothing to say
            return len(piece)
        self._digest.update(piece)
        self.size += len(piece)
        return self._writer.write(piece)

    def commit(self) -> BlobId:
        """Keep the blob."""
        return self._writer.commit()

    def abort(self) -> None:
        """Forget the blob. Harmless when it was kept already."""
        self._forgotten = True
        self._writer.abort()
