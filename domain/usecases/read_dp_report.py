"""Read the privacy report of a run, or take it along on paper."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

from domain.compliance.dp_report import dp_report
from domain.compliance.evidence import EvidencePack
from domain.kernel import Actor, Conflict, NotFound, Permission, RunId
from domain.ports import (
    Atomic,
    AuditLog,
    Blobs,
    Clock,
    Datasets,
    EvidencePacks,
    Keys,
    PrivacyLedger,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.synthesis.runs import TrainingRun
from domain.usecases.download import Download
from domain.usecases.private_cases import private_case

DP_REPORT_PDF = "dp-report.pdf"
_NO_PAPER = (
    "The printed privacy report comes with the evidence pack, and this run has none yet; build the "
    "pack first."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDpReport:
    """The report of a finished private run; a run without privacy has none."""

    datasets: Datasets
    runs: TrainingRuns
    ledger: PrivacyLedger
    keys: Keys
    clock: Clock
    organisation: str
    product_version: str

    def __call__(self, actor: Actor, *, run_id: RunId) -> dict[str, Any]:
        actor.require(Permission.VIEW)
        run = private_run(self.runs, actor, run_id)
        dataset = self.datasets.remembered(actor.organisation_id, run.dataset_id)
        case = private_case(
            run,
            dataset,
            keys=self.keys,
            ledger=self.ledger,
            organisation=self.organisation,
            evaluation_included=False,
        )
        return dp_report(case, product_version=self.product_version, created_at=self.clock())


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadDpReport:
    """The report on paper, as it was sealed in the newest evidence pack. Audited."""

    runs: TrainingRuns
    synthetics: SyntheticDatasets
    packs: EvidencePacks
    blobs: Blobs
    audit: AuditLog
    atomic: Atomic

    def __call__(self, actor: Actor, *, run_id: RunId) -> Download:
        actor.require(Permission.DOWNLOAD_PACK)
        run = private_run(self.runs, actor, run_id)
        pack = newest_built(run, self.synthetics, self.packs)
        if pack is None:
            raise Conflict(_NO_PAPER)
        data = self._paper(pack)
        with self.atomic():
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "dp_report.downloaded",
                str(run.id),
                {"pack": str(pack.id)},
            )
        return Download(
            name=f"dp-report-{str(run.id)[:8]}.pdf",
            media_type="application/pdf",
            stream=io.BytesIO(data),
        )

    def _paper(self, pack: EvidencePack) -> bytes:
        if pack.blob_id is None:
            raise Conflict(_NO_PAPER)
        stream = self.blobs.open(pack.organisation_id, pack.blob_id)
        with stream, zipfile.ZipFile(stream) as archive:
            if DP_REPORT_PDF not in archive.namelist():
                raise Conflict(_NO_PAPER)
            return archive.read(DP_REPORT_PDF)


def newest_built(
    run: TrainingRun, synthetics: SyntheticDatasets, packs: EvidencePacks
) -> EvidencePack | None:
    """The newest sealed pack about any rows of a run."""
    built = [
        pack
        for synthetic in synthetics.of_run(run.organisation_id, run.id)
        for pack in packs.of_synthetic(run.organisation_id, synthetic.id)
        if pack.blob_id is not None
    ]
    return max(built, key=lambda pack: pack.created_at, default=None)


def private_run(runs: TrainingRuns, actor: Actor, run_id: RunId) -> TrainingRun:
    """The run; :class:`NotFound` where it promises no privacy that a report could be about."""
    run = runs.get(actor.organisation_id, run_id)
    if run.privacy is None:
        raise NotFound(
            "This run was trained without differential privacy, so it has no privacy report; ask "
            "for an ε when you start a synthesis."
        )
    return run
