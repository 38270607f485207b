"""The mapping of controls of a pack, alone; of all its frameworks or of one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from domain.compliance.controls.one_framework import of_framework
from domain.compliance.controls.oscal import FOLDER
from domain.compliance.controls.papers import control_files, paper_context
from domain.compliance.evidence import EvidencePack
from domain.compliance.pack_files import media_type
from domain.kernel import Actor, Conflict, PackId, Permission
from domain.ports import Atomic, AuditLog, Blobs, Documents, EvidencePacks
from domain.usecases.download import Download
from domain.usecases.read_pack import note_file, opened

_MAPPINGS: Mapping[str, str] = {
    "json": "controls.json",
    "pdf": "controls.pdf",
    "xlsx": "controls.xlsx",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadMapping:
    """The mapping of controls in one form: a file of a pack, or a zip of its OSCAL files. Audited.

    A pack has one signed mapping, to all frameworks that it was asked for. What it says of one
    ``framework`` among them is an excerpt, made anew from its JSON.
    """

    packs: EvidencePacks
    blobs: Blobs
    documents: Documents
    audit: AuditLog
    atomic: Atomic

    def __call__(
        self, actor: Actor, *, pack_id: PackId, file_format: str, framework: str | None = None
    ) -> Download:
        """Raises :class:`Conflict` where the pack has no such mapping."""
        actor.require(Permission.DOWNLOAD_PACK)
        pack = self.packs.get(actor.organisation_id, pack_id)
        name = _MAPPINGS.get(file_format, f"{FOLDER}/")
        with opened(self.blobs, pack) as blob, zipfile.ZipFile(blob) as archive:
            if framework is None or pack.frameworks == (framework,):
                files = _sealed(archive, name, file_format)
            else:
                files = self._excerpt(archive, pack, file_format, framework)
        note_file(self.atomic, self.audit, actor, pack, name)
        short = f"{framework}-{str(pack.id)[:8]}" if framework else str(pack.id)[:8]
        if file_format == "oscal":
            return Download(
                name=f"oscal-{short}.zip", media_type="application/zip", stream=_zipped(files)
            )
        return Download(
            name=f"controls-{short}.{file_format}",
            media_type=media_type(name),
            stream=io.BytesIO(files[name]),
        )

    def _excerpt(
        self, archive: zipfile.ZipFile, pack: EvidencePack, file_format: str, framework: str
    ) -> dict[str, bytes]:
        pack.require_mapped(framework)
        whole = _sealed(archive, _MAPPINGS["json"], "json")[_MAPPINGS["json"]]
        mapping = of_framework(whole, framework)
        if file_format == "pdf":
            return {_MAPPINGS["pdf"]: self.documents.pdf("controls", paper_context(mapping))}
        return dict(control_files(mapping, (file_format,)))


def _sealed(archive: zipfile.ZipFile, name: str, file_format: str) -> dict[str, bytes]:
    """A file of the pack, or all files of a folder."""
    found = {n: archive.read(n) for n in archive.namelist() if n == name or name == _folder(n)}
    if not found:
        raise Conflict(
            f"The newest pack holds no mapping as {file_format}; ask for a pack with that format."
        )
    return found


def _folder(name: str) -> str:
    return f"{name.rpartition('/')[0]}/"


def _zipped(files: Mapping[str, bytes]) -> io.BytesIO:
    """Some files in a zip of their own: a few documents of text."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in files.items():
            zipped.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    out.seek(0)
    return out
