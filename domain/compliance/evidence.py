"""The evidence pack: one zip with a signed manifest of everything in it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, BinaryIO, Protocol, Self, cast

from domain.compliance.controls.catalogue import FRAMEWORKS, framework_title
from domain.compliance.controls.formats import FORMATS
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
    Conflict,
    EvaluationId,
    OrganisationId,
    PackId,
    SyntheticDatasetId,
    UserId,
)

__all__ = ["EvidencePack", "PackCheck", "PackPart", "pack_readme", "verify_pack", "write_pack"]

PACK_VALID = timedelta(days=365)
"""How long a pack may be relied on: attacks get better and versions older."""

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
    frameworks: tuple[str, ...] = tuple(FRAMEWORKS)
    """What its controls are mapped to."""
    formats: tuple[str, ...] = tuple(FORMATS)
    """In which forms."""
    blob_id: BlobId | None = None
    """The zip, once built."""
    sha256: str = ""
    size: int = 0
    """Bytes."""
    template_version: int = 0
    """Of the organisation's template that it was made with; 0 is the product's own."""
    audit_size: int = 0
    audit_root: str = ""
    """Head of the audit log when the pack was built: the log may only grow from there."""
    seconds: float | None = None

    def is_like(self, other: EvidencePack) -> bool:
        """Whether both tell the same of the same rows."""
        mine, theirs = (
            (p.synthetic_dataset_id, p.evaluation_id, set(p.frameworks), set(p.formats))
            for p in (self, other)
        )
        return mine == theirs

    def require_framework(self, framework: str) -> None:
        """Raise :class:`Conflict` unless it is mapped to ``framework`` and to no other."""
        if self.frameworks != (framework,):
            raise Conflict(
                f"The newest pack is mapped to {self._mapped}; ask for a pack of "
                f"{framework_title(framework)} alone, or for what its mapping says of it."
            )

    def require_mapped(self, framework: str) -> None:
        """Raise :class:`Conflict` unless it is mapped to ``framework``."""
        if framework not in self.frameworks:
            raise Conflict(
                f"The newest pack is mapped to {self._mapped}; ask for a pack that is mapped to "
                f"{framework_title(framework)}."
            )

    @property
    def _mapped(self) -> str:
        return " and ".join(framework_title(name) for name in self.frameworks) or "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackPart:
    """One file of a pack: its name inside the zip and how to read it."""

    name: str
    open: Callable[[], BinaryIO]

    @classmethod
    def of(cls, name: str, data: bytes) -> Self:
        """A file that is small enough to be held."""
        return cls(name=name, open=lambda: io.BytesIO(data))

    @classmethod
    def of_document(cls, name: str, document: object) -> Self:
        """A JSON file."""
        return cls.of(name, json_bytes(document))

    def sha256(self) -> str:
        """Hash of the file, in hex; reads it once."""
        with self.open() as stream:
            return stream_sha256(stream)


class ByteSink(Protocol):
    """Where a pack is written to: never sought, so that it can be encrypted on the way."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


def stream_sha256(stream: BinaryIO) -> str:
    """Hash of what is left of a stream, in hex."""
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def json_bytes(document: object) -> bytes:
    """A document as it stands in a pack: for people too, and always the same bytes."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"


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
        document = manifest_document(
            files, pack_id, created_at, created_at + PACK_VALID, public_key
        )
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
    entry = _entry(name)
    # 64 bits for sizes that need them only: some programs that unpack a stream stop at others.
    entry.file_size = source.seek(0, io.SEEK_END)
    source.seek(0)
    with archive.open(entry, "w") as target:
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
