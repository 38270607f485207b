"""Is an evidence pack as it was signed? Trusts nothing in the file it is given."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.compliance.manifest import (
    MANIFEST,
    MANIFEST_SCHEMA,
    FileRecord,
    is_safe_name,
    signed_message,
)

MAX_FILES = 10_000
_MAX_MANIFEST = 8 << 20
_CHUNK = 1 << 20
_PLAUSIBLE_SIZE = 1 << 30
_PLAUSIBLE_RATIO = 100
"""A pack may unpack to a gibibyte, or to a hundred times its own size: more is a bomb."""

_END_OF_ZIP = b"PK\x05\x06"
_END_SIZE = 22
_ENCRYPTED = 0x1

_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What zipfile raises on broken or hostile bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackCheck:
    """What checking a pack found."""

    first_break: str | None
    """The first thing wrong, in one sentence; ``None`` when the pack is as it was signed."""
    files: int
    """How many files the manifest vouches for."""
    pack_id: str = ""
    public_key: bytes = b""
    """The key that signed it. Compare it with the key the sender published: a pack signed with
    another key is intact, but not theirs."""

    @property
    def intact(self) -> bool:
        return self.first_break is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest that was read and has the right form; the signature is not checked yet."""

    document: Mapping[str, Any]
    pack_id: str
    public_key: bytes
    signature: bytes
    files: Mapping[str, FileRecord]


class _BrokenError(Exception):
    """The first break was found; the text names it."""


def verify_pack(stream: BinaryIO) -> PackCheck:
    """Check a seekable zip against its signed manifest.

    Finds changed, missing and added files, names that occur twice or point elsewhere, a changed
    manifest, and bytes cut off or hung on. Holds one chunk in memory, whatever the zip claims.
    """
    manifest: Manifest | None = None
    try:
        with _archive(stream) as archive:
            _check_entries(archive, stream)
            manifest = _manifest(archive)
            _check_signature(manifest)
            _check_names(archive, manifest)
            _check_files(archive, manifest)
    except _BrokenError as broken:
        return _check(manifest, str(broken))
    return _check(manifest, None)


def _check(manifest: Manifest | None, first_break: str | None) -> PackCheck:
    if manifest is None:
        return PackCheck(first_break=first_break, files=0)
    return PackCheck(
        first_break=first_break,
        files=len(manifest.files),
        pack_id=manifest.pack_id,
        public_key=manifest.public_key,
    )


def _archive(stream: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(stream)
    except _UNREADABLE:
        raise _BrokenError("This is not a zip file, or it was cut off.") from None


def _check_entries(archive: zipfile.ZipFile, stream: BinaryIO) -> None:
    """Refuse what no pack contains before a byte of it is unpacked."""
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        raise _BrokenError(f"The zip has more than {MAX_FILES:,} files: this is no pack.")
    seen: set[str] = set()
    for entry in entries:
        _check_entry(entry, seen)
        seen.add(entry.filename.casefold())
    _check_frame(archive, stream)


def _check_entry(entry: zipfile.ZipInfo, seen: set[str]) -> None:
    name = _shown(entry.filename)
    # ``orig_filename`` keeps what ``filename`` drops: everything after a zero byte.
    if not is_safe_name(entry.filename) or entry.orig_filename != entry.filename:
        raise _BrokenError(f"The file name “{name}” is unsafe: do not unpack this zip.")
    if entry.filename.casefold() in seen:
        raise _BrokenError(f"The file “{name}” occurs twice.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _BrokenError(f"The file “{name}” is packed in a way that packs do not use.")
    if entry.flag_bits & _ENCRYPTED:
        raise _BrokenError(f"The file “{name}” is encrypted, which files of packs never are.")


def _check_frame(archive: zipfile.ZipFile, stream: BinaryIO) -> None:
    """Nothing before the first file or after the end; files do not overlap or explode."""
    entries, size = archive.infolist(), stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _END_SIZE))
    if archive.comment or not stream.read(_END_SIZE).startswith(_END_OF_ZIP):
        raise _BrokenError("Bytes were added after the end of the zip.")
    if entries and min(e.header_offset for e in entries) != 0:
        raise _BrokenError("Bytes were added before the first file of the zip.")
    if sum(e.compress_size for e in entries) > size:
        raise _BrokenError("Files of the zip overlap: do not unpack it.")
    if sum(e.file_size for e in entries) > max(_PLAUSIBLE_SIZE, _PLAUSIBLE_RATIO * size):
        raise _BrokenError("The zip unpacks to implausibly much: do not unpack it.")


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise _BrokenError(f"The file “{MANIFEST}” is missing.")
    try:
        with archive.open(MANIFEST) as source:
            text = source.read(_MAX_MANIFEST + 1)
        if len(text) > _MAX_MANIFEST:
            raise ValueError
        return _parsed(json.loads(text.decode("utf-8"), object_pairs_hook=_without_repeats))
    except (*_UNREADABLE, KeyError, TypeError, AttributeError, RecursionError):
        raise _BrokenError(f"The file “{MANIFEST}” cannot be read.") from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; one that says a thing twice could mean two things to two readers."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _parsed(document: dict[str, Any]) -> Manifest:
    if document["schema"] != MANIFEST_SCHEMA:
        raise ValueError
    return Manifest(
        document=document,
        pack_id=str(document["pack_id"]),
        public_key=bytes.fromhex(document["public_key"]),
        signature=bytes.fromhex(document["signature"]),
        files={
            name: FileRecord(sha256=str(record["sha256"]), size=int(record["size"]))
            for name, record in document["files"].items()
        },
    )


def _check_signature(manifest: Manifest) -> None:
    try:
        key = Ed25519PublicKey.from_public_bytes(manifest.public_key)
        key.verify(manifest.signature, signed_message(manifest.document))
    except (InvalidSignature, ValueError):
        raise _BrokenError(
            f"The file “{MANIFEST}” was changed: its signature does not fit."
        ) from None


def _check_names(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    present = set(archive.namelist()) - {MANIFEST}
    for name in manifest.files:
        if name not in present:
            raise _BrokenError(f"The file “{_shown(name)}” is missing.")
    for name in archive.namelist():
        if name not in manifest.files and name != MANIFEST:
            raise _BrokenError(
                f"The file “{_shown(name)}” was added: the manifest has no such file."
            )


def _check_files(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    for name, record in manifest.files.items():
        if not _matches(archive, name, record):
            raise _BrokenError(f"The file “{_shown(name)}” was changed.")


def _matches(archive: zipfile.ZipFile, name: str, record: FileRecord) -> bool:
    """Whether the file has the size and hash promised; stops reading at the first byte more."""
    if archive.getinfo(name).file_size != record.size:
        return False
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in _chunks(archive, name):
            size += len(chunk)
            if size > record.size:
                return False
            digest.update(chunk)
    except _UNREADABLE:
        return False
    return size == record.size and digest.hexdigest() == record.sha256


def _chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _shown(name: str) -> str:
    """A hostile name made fit for a terminal."""
    printable = "".join(c if c.isprintable() else "?" for c in name)
    return printable if len(printable) <= 80 else printable[:77] + "…"
