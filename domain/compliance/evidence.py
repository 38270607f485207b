"""The evidence pack: one zip with a signed manifest of everything in it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO, BinaryIO, Protocol, cast

from domain.compliance.manifest import (
    MANIFEST,
    FileRecord,
    is_safe_name,
    manifest_document,
    signed_message,
)
from domain.compliance.pack_readme import pack_readme
from domain.compliance.verification import PackCheck, verify_pack
from domain.kernel import (
    BadInput,
    BlobId,
    EvaluationId,
    OrganisationId,
    PackId,
    SyntheticDatasetId,
    UserId,
)

__all__ = ["EvidencePack", "PackCheck", "PackPart", "pack_readme", "verify_pack", "write_pack"]

_CHUNK = 1 << 20
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""The zip format's earliest time: packs are told apart by their manifest, not by file times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePack:
    """One pack about one synthetic dataset and, where there is one, its evaluation."""

    id: PackId
    organisation_id: OrganisationId
    synthetic_dataset_id: SyntheticDatasetId
    evaluation_id: EvaluationId | None
    created_by: UserId
    created_at: datetime
    blob_id: BlobId | None = None
    """The zip, once built."""
    sha256: str = ""
    size: int = 0
    """Bytes."""
    audit_size: int = 0
    audit_root: str = ""
    """Head of the audit log when the pack was built: the log may only grow from there."""
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackPart:
    """One file of a pack: its name inside the zip and how to read it."""

    name: str
    open: Callable[[], BinaryIO]


class ByteSink(Protocol):
    """Where a pack is written to: never sought, so that it can be encrypted on the way."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


def write_pack(
    out: ByteSink,
    parts: Iterable[PackPart],
    *,
    pack_id: PackId,
    created_at: datetime,
    sign: Callable[[bytes], bytes],
    public_key: bytes,
    beat: Callable[[], None] = lambda: None,
) -> None:
    """Write the zip: every part in the order given, then the signed manifest.

    ``beat`` is called as the parts are copied, and may stop it by raising.

    The same parts, time and key give the same bytes. Raises :class:`BadInput` for names that
    are unsafe or occur twice.
    """
    files: dict[str, FileRecord] = {}
    with zipfile.ZipFile(cast("IO[bytes]", out), "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            _refuse_name(part.name, taken=files)
            with part.open() as source:
                files[part.name] = _copied(source, archive, part.name, beat)
        document = manifest_document(files, pack_id, created_at, public_key)
        document["signature"] = sign(signed_message(document)).hex()
        text = json.dumps(document, indent=2, ensure_ascii=False)
        archive.writestr(_entry(MANIFEST), text.encode() + b"\n")
    out.flush()


def _refuse_name(name: str, *, taken: Iterable[str]) -> None:
    if not is_safe_name(name):
        raise BadInput(
            "A table's name cannot be used as a file name in the pack; rename the table to "
            "letters, digits, spaces, dots and dashes."
        )
    if name.casefold() in {MANIFEST, *(t.casefold() for t in taken)}:
        raise BadInput(
            "Two files of the pack would have the same name; give the tables different names."
        )


def _copied(
    source: BinaryIO, archive: zipfile.ZipFile, name: str, beat: Callable[[], None]
) -> FileRecord:
    """Stream one file into the zip; returns its hash and size."""
    digest, size = hashlib.sha256(), 0
    # The size is not known before the end, so room for more than 4 GiB is made up front.
    with archive.open(_entry(name), "w", force_zip64=True) as target:
        while chunk := source.read(_CHUNK):
            beat()
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return FileRecord(sha256=digest.hexdigest(), size=size)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_FIXED_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry
