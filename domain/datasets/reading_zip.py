"""A zip of JSON files, such as one FHIR bundle for each patient."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from domain.datasets.table_reading import unpacks_to_too_much
from domain.kernel import BadInput

MAX_FILES = 100_000
MAX_RATIO = 300
"""JSON packs 5 to 50 times; only bombs reach more."""
_FREE_OF_RATIO = 64 << 20
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError),  # odd packing, odd offsets
)
_JSON = (".json", ".ndjson", ".jsonl")


def members(name: str, stream: BinaryIO, limit: int | None) -> Iterator[tuple[str, BinaryIO]]:
    """The names and contents of the JSON files in a zip, in the order of their names.

    Raises :class:`BadInput` for a zip that is broken, protected or holds anything else, and
    :class:`TooLarge` for one that unpacks to more than ``limit`` bytes (``None``: no limit).
    """
    where = f"“{name}”"
    try:
        with zipfile.ZipFile(stream) as archive:
            files = _files(where, archive, limit)
            for info in files:
                yield PurePosixPath(info.filename).name, io.BytesIO(_content(archive, info))
    except _BROKEN:
        raise BadInput(f"{where} is no readable zip file; pack or upload it again.") from None


def _files(where: str, archive: zipfile.ZipFile, limit: int | None) -> list[zipfile.ZipInfo]:
    found = [i for i in archive.infolist() if not i.is_dir() and not _is_hidden(i.filename)]
    if not found:
        raise BadInput(f"{where} is an empty zip; pack it again with its files.")
    if len(found) > MAX_FILES:
        raise BadInput(f"{where} holds more than {MAX_FILES:,} files; pack them in several zips.")
    if any(i.flag_bits & 1 for i in found):
        raise BadInput(f"{where} is protected by a password; pack it again without one.")
    if any(not i.filename.lower().endswith(_JSON) for i in found):
        raise BadInput(
            f"{where} holds files that are no JSON; pack JSON or NDJSON files only, and upload "
            "others as they are."
        )
    _refuse_too_much(where, found, limit)
    return sorted(found, key=lambda i: i.filename)


def _is_hidden(path: str) -> bool:
    """What file managers add by themselves."""
    parts = PurePosixPath(path).parts
    return "__MACOSX" in parts or any(p.startswith(".") for p in parts)


def _refuse_too_much(where: str, files: list[zipfile.ZipInfo], limit: int | None) -> None:
    size, packed = sum(i.file_size for i in files), sum(i.compress_size for i in files)
    if limit is not None and size > limit:
        raise unpacks_to_too_much(where, limit)
    if size > _FREE_OF_RATIO and size > MAX_RATIO * packed:
        raise BadInput(
            f"{where} unpacks to more than {MAX_RATIO} times its size, which no data does; upload "
            "the files unpacked."
        )


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """At most as many bytes as the file said it has, whatever is packed."""
    with archive.open(info) as file:
        content = file.read(info.file_size)
        if file.read(1):
            raise zipfile.BadZipFile
        return content
