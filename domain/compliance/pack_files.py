"""The files of a sealed pack: what each is, and how it may be looked at."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from domain.compliance.manifest import MANIFEST
from domain.compliance.pack_readme import reading_place, what_it_is
from domain.kernel import NotFound

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_MEDIA: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".py": "text/plain; charset=utf-8",
    ".ipynb": "application/x-ipynb+json",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": WORKBOOK,
}
_OPENED = {".pdf", ".json", ".md"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """One file of a pack."""

    name: str
    size: int
    """Bytes, unpacked."""
    sha256: str
    """Hex, as the manifest says; empty of the manifest itself."""

    @property
    def what(self) -> str:
        """What it is, for a person."""
        return what_it_is(self.name)

    @property
    def media_type(self) -> str:
        """As HTTP calls it."""
        return media_type(self.name)

    @property
    def opens(self) -> bool:
        """Whether a browser may show it instead of saving it."""
        return may_open(self.name)


def media_type(name: str) -> str:
    """What the file called so is, as HTTP calls it."""
    return _MEDIA.get(_suffix(name), "application/octet-stream")


def may_open(name: str) -> bool:
    """Whether a browser may show the file called so: nothing that could run there."""
    return _suffix(name) in _OPENED


def packed_files(archive: zipfile.ZipFile) -> tuple[PackedFile, ...]:
    """The files of a pack of this instance, in the order of its README."""
    hashes = {name: f["sha256"] for name, f in json.loads(archive.read(MANIFEST))["files"].items()}
    files = (
        PackedFile(name=i.filename, size=i.file_size, sha256=hashes.get(i.filename, ""))
        for i in archive.infolist()
    )
    return tuple(sorted(files, key=lambda file: reading_place(file.name)))


def the_file(files: Iterable[PackedFile], name: str) -> PackedFile:
    """The one called so; :class:`NotFound` where there is none."""
    for file in files:
        if file.name == name:
            return file
    raise NotFound("There is no such file in this pack; its page lists those that are in it.")


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix
