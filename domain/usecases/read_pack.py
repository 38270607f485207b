"""Look into a sealed pack, and take single files out of it."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import BinaryIO, cast

from domain.compliance.evidence import EvidencePack
from domain.compliance.pack_files import PackedFile, packed_files, the_file
from domain.kernel import Actor, Conflict, PackId, Permission
from domain.ports import Atomic, AuditLog, Blobs, EvidencePacks
from domain.usecases.download import Download
from domain.usecases.packed_stream import PackedStream


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPack:
    """What is in a sealed pack."""

    packs: EvidencePacks
    blobs: Blobs

    def __call__(
        self, actor: Actor, *, pack_id: PackId
    ) -> tuple[EvidencePack, tuple[PackedFile, ...]]:
        actor.require(Permission.DOWNLOAD_PACK)
        pack = self.packs.get(actor.organisation_id, pack_id)
        with opened(self.blobs, pack) as blob, zipfile.ZipFile(blob) as archive:
            return pack, packed_files(archive)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadPackFile:
    """One file of a pack, unpacked as it is sent. Audited."""

    packs: EvidencePacks
    blobs: Blobs
    audit: AuditLog
    atomic: Atomic

    def __call__(self, actor: Actor, *, pack_id: PackId, name: str) -> Download:
        actor.require(Permission.DOWNLOAD_PACK)
        pack = self.packs.get(actor.organisation_id, pack_id)
        with opened(self.blobs, pack) as blob, zipfile.ZipFile(blob) as archive:
            file = the_file(packed_files(archive), name)
        stream = PackedStream(opened(self.blobs, pack), name)
        note_file(self.atomic, self.audit, actor, pack, name)
        return Download(
            name=name.rpartition("/")[2],
            media_type=file.media_type,
            stream=cast(BinaryIO, stream),
        )


def opened(blobs: Blobs, pack: EvidencePack) -> BinaryIO:
    """The zip; :class:`Conflict` before it is built."""
    if pack.blob_id is None:
        raise Conflict("The pack is not built yet; wait for its job to finish.")
    return blobs.open(pack.organisation_id, pack.blob_id)


def note_file(atomic: Atomic, audit: AuditLog, actor: Actor, pack: EvidencePack, name: str) -> None:
    """Write into the log who took ``name`` out of the pack."""
    with atomic():
        audit.append(
            actor.organisation_id,
            actor.user_id,
            "pack.file_downloaded",
            str(pack.id),
            {"file": name},
        )
