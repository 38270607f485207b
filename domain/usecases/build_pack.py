"""Build the evidence pack of a synthetic dataset."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from domain.compliance.audit import AuditEntry
from domain.compliance.audit_extract import audit_extract
from domain.compliance.dp_report import dp_report
from domain.compliance.evidence import EvidencePack, PackPart, pack_readme, write_pack
from domain.compliance.leak_check import LeakCheck, refusal
from domain.compliance.model_card import model_card
from domain.evaluation.patience import patiently
from domain.evaluation.report import EvaluationReport
from domain.evaluation.shareable import shareable
from domain.jobs import Job
from domain.kernel import BlobId, Conflict, OnProgress, PackId
from domain.ports import (
    AuditLog,
    Blobs,
    Clock,
    Datasets,
    Documents,
    Evaluations,
    EvidencePacks,
    Keys,
    PrivacyLedger,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.synthesis.catalogue import entry
from domain.synthesis.runs import SyntheticDataset, TrainingRun
from domain.usecases.blob_stream import BlobStream
from domain.usecases.leaks import check_leaks
from domain.usecases.private_cases import keyed_digests, private_case
from domain.usecases.run_job import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPack:
    """The work of a pack job."""

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    evaluations: Evaluations
    packs: EvidencePacks
    blobs: Blobs
    keys: Keys
    ledger: PrivacyLedger
    documents: Documents
    audit: AuditLog
    clock: Clock
    organisation: str
    product_version: str

    def __call__(self, job: Job, on_progress: OnProgress) -> Outcome:
        pack = self.packs.get(job.organisation_id, PackId(job.subject_id))
        started = time.perf_counter()
        head = self.audit.head()
        parts = list(self._parts(pack, head, on_progress))
        check = self._checked(job, pack, parts, on_progress)
        parts.append(_part("leak-check.json", _json(check.to_document())))
        blob_id, sha256, size = self._sealed(pack, parts, lambda: on_progress(6, 7, "sealing"))
        seconds = time.perf_counter() - started

        def keep() -> None:
            self.packs.built(
                job.organisation_id,
                pack.id,
                blob_id=blob_id,
                sha256=sha256,
                size=size,
                audit_size=head.index + 1 if head else 0,
                audit_root=head.root.hex() if head else "",
                seconds=seconds,
            )
            self.audit.append(
                job.organisation_id,
                job.requested_by,
                "pack.built",
                str(pack.id),
                {
                    "sha256": sha256,
                    "synthetic": str(pack.synthetic_dataset_id),
                    "leaks_looked_for": check.looked_for,
                },
            )

        return Outcome(keep, lambda: self.blobs.delete(job.organisation_id, blob_id))

    def _parts(
        self, pack: EvidencePack, head: AuditEntry | None, on_progress: OnProgress
    ) -> Iterator[PackPart]:
        synthetic = self.synthetics.get(pack.organisation_id, pack.synthetic_dataset_id)
        if not synthetic.tables:
            raise Conflict("The synthetic rows are not drawn yet; wait before building a pack.")
        run = self.runs.get(pack.organisation_id, synthetic.run_id)
        on_progress(0, 7, "collecting")
        report = self._report(pack)
        card = self._card(run, synthetic, report)
        yield _part("README.md", pack_readme(card, evaluated=report is not None).encode())
        yield _part("model-card.json", _json(card))
        yield self._paper(
            "model_card", {"card": card}, lambda: on_progress(1, 7, "writing the model card")
        )
        if run.privacy is not None:
            told = self._dp_report(run, evaluation_included=report is not None)
            yield _part("dp-report.json", _json(told))
            yield self._paper(
                "dp_report",
                {"report": told},
                lambda: on_progress(2, 7, "writing the privacy report"),
            )
        if report is not None:
            yield _part("evaluation.json", _json(report.to_document()))
            context = {"report": report, "card": card}
            yield self._paper(
                "evaluation", context, lambda: on_progress(3, 7, "writing the evaluation")
            )
        on_progress(4, 7, "extracting the audit log")
        yield _part("audit.json", _json(self._audit_extract(pack, run, head)))
        for name, blob_id in csv_names(synthetic).items():
            yield self._blob_part(pack, name, blob_id)

    def _paper(
        self, template: str, context: Mapping[str, Any], beat: Callable[[], None]
    ) -> PackPart:
        """A document; one of hundreds of columns takes seconds to set."""
        beat()
        data = patiently(lambda: self.documents.pdf(template, context), beat)
        return _part(f"{template.replace('_', '-')}.pdf", data)

    def _blob_part(self, pack: EvidencePack, name: str, blob_id: BlobId) -> PackPart:
        return PackPart(name=name, open=lambda: self.blobs.open(pack.organisation_id, blob_id))

    def _report(self, pack: EvidencePack) -> EvaluationReport | None:
        if pack.evaluation_id is None:
            return None
        evaluation = self.evaluations.get(pack.organisation_id, pack.evaluation_id)
        if evaluation.report_blob is None:
            raise Conflict("The evaluation has not finished; wait before building a pack.")
        with self.blobs.open(pack.organisation_id, evaluation.report_blob) as stream:
            return shareable(EvaluationReport.from_document(json.loads(stream.read())))

    def _checked(
        self, job: Job, pack: EvidencePack, parts: Sequence[PackPart], on_progress: OnProgress
    ) -> LeakCheck:
        """Look for real values in every part; raises :class:`Conflict` where one is found.

        Not in the synthetic rows of a private run: ε covers them as they were drawn, and does not
        cover rows that real ones have chosen.
        """
        synthetic = self.synthetics.get(pack.organisation_id, pack.synthetic_dataset_id)
        run = self.runs.get(pack.organisation_id, synthetic.run_id)
        rows = csv_names(synthetic)
        check = check_leaks(
            self.datasets,
            self.blobs,
            run,
            [part for part in parts if not run.privacy or part.name not in rows],
            drawn=max(t.rows for t in synthetic.tables),
            public=self._public(pack, run, synthetic),
            beat=lambda: on_progress(5, 7, "looking for real values"),
        )
        if check.findings:
            self.audit.append(
                job.organisation_id,
                job.requested_by,
                "pack.blocked",
                str(pack.id),
                {"synthetic": str(synthetic.id), "places": len(check.findings)},
            )
            raise Conflict(refusal(check.findings, private=check.private))
        return check

    def _public(
        self, pack: EvidencePack, run: TrainingRun, synthetic: SyntheticDataset
    ) -> Iterator[str]:
        """What a pack says on purpose: who did what to which file, with which seeds, by whose
        methods. A real value that is spelled alike is no leak."""
        dataset = self.datasets.remembered(run.organisation_id, run.dataset_id)
        yield from (self.organisation, dataset.name, str(run.seed), str(synthetic.seed))
        for file in dataset.files:
            yield from (file.name, str(file.size))
        yield from (str(e.document()["actor"]) for e in self._audited(pack, run))
        report = self._report(pack)
        yield from (s.source for s in (report.scores if report else ()))

    def _card(
        self, run: TrainingRun, synthetic: SyntheticDataset, report: EvaluationReport | None
    ) -> dict[str, Any]:
        dataset = self.datasets.remembered(run.organisation_id, run.dataset_id)
        return model_card(
            run=run,
            synthetic=synthetic,
            dataset=dataset,
            report=report,
            entry=entry(run.synthesizer),
            organisation=self.organisation,
            product_version=self.product_version,
            created_at=self.clock(),
            file_digests=keyed_digests(self.keys, dataset) if run.privacy else (),
        )

    def _dp_report(self, run: TrainingRun, *, evaluation_included: bool) -> dict[str, Any]:
        case = private_case(
            run,
            self.datasets.remembered(run.organisation_id, run.dataset_id),
            keys=self.keys,
            ledger=self.ledger,
            organisation=self.organisation,
            evaluation_included=evaluation_included,
        )
        return dp_report(case, product_version=self.product_version, created_at=self.clock())

    def _audit_extract(
        self, pack: EvidencePack, run: TrainingRun, head: AuditEntry | None
    ) -> dict[str, Any]:
        return audit_extract(
            self._audited(pack, run),
            head,
            self.keys.public_key(),
            private=run.privacy is not None,
        )

    def _audited(self, pack: EvidencePack, run: TrainingRun) -> tuple[AuditEntry, ...]:
        subjects = {pack.id, pack.synthetic_dataset_id, pack.evaluation_id, run.id, run.dataset_id}
        return self.audit.about(
            pack.organisation_id, frozenset(str(s) for s in subjects if s is not None)
        )

    def _sealed(
        self, pack: EvidencePack, parts: list[PackPart], beat: Callable[[], None]
    ) -> tuple[BlobId, str, int]:
        with self.blobs.writer(pack.organisation_id) as writer:
            out = BlobStream(writer)
            write_pack(
                out,
                parts,
                pack_id=pack.id,
                created_at=self.clock(),
                sign=self.keys.sign,
                public_key=self.keys.public_key(),
                beat=beat,
            )
            return out.commit(), out.sha256, out.size


def csv_names(synthetic: SyntheticDataset) -> dict[str, BlobId]:
    """File name by table: ``synthetic.csv`` for one, ``synthetic/<table>.csv`` for several."""
    one = len(synthetic.tables) == 1
    return {
        "synthetic.csv" if one else f"synthetic/{t.name}.csv": t.csv_blob
        for t in synthetic.tables
        if t.csv_blob
    }


def _part(name: str, data: bytes) -> PackPart:
    def opened() -> BinaryIO:
        return io.BytesIO(data)

    return PackPart(name=name, open=opened)


def _json(document: object) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"
