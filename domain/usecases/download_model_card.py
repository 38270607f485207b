"""Take the model card of a training run along, as it was sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.compliance.interchange.pack_formats import HUGGING_FACE_FILE
from domain.kernel import Actor, Conflict, NotFound, Permission, RunId
from domain.ports import EvidencePacks, SyntheticDatasets, TrainingRuns
from domain.usecases.download import Download
from domain.usecases.read_dp_report import newest_built
from domain.usecases.read_pack import DownloadPackFile

_FILES: Mapping[str, str] = {"pdf": "model-card.pdf", "md": HUGGING_FACE_FILE}
_NO_PAPER = (
    "The model card comes in this form with the evidence pack, and this run has none that holds "
    "it; build a pack first."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadModelCard:
    """The card on paper, or as Hugging Face reads it, from the newest evidence pack. Audited."""

    runs: TrainingRuns
    synthetics: SyntheticDatasets
    packs: EvidencePacks
    take: DownloadPackFile

    def __call__(self, actor: Actor, *, run_id: RunId, file_format: str) -> Download:
        """``file_format``: ``pdf`` or ``md``."""
        actor.require(Permission.DOWNLOAD_PACK)
        run = self.runs.get(actor.organisation_id, run_id)
        pack = newest_built(run, self.synthetics, self.packs)
        if pack is None:
            raise Conflict(_NO_PAPER)
        try:
            made = self.take(actor, pack_id=pack.id, name=_FILES[file_format])
        except NotFound:
            raise Conflict(_NO_PAPER) from None
        return replace(made, name=f"model-card-{str(run.id)[:8]}.{file_format}")
