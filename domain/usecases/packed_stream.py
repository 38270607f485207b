"""One file of a sealed zip, read as it is sent."""

from __future__ import annotations

import io
import zipfile
from typing import Any, BinaryIO


class PackedStream(io.RawIOBase):
    """Unpacks while it is read; closing it closes the blob that the zip is read from.

    It cannot be sought: whoever asks where it ends would unpack all of it first.
    """

    def __init__(self, blob: BinaryIO, name: str) -> None:
        super().__init__()
        self._blob = blob
        self._archive = zipfile.ZipFile(blob)
        self._member = self._archive.open(name)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._member.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._member.close()
            self._archive.close()
            self._blob.close()
        super().close()
