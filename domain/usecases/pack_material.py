"""What an evidence pack is made from, read once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from domain.compliance.approvals import Approval
from domain.compliance.attestations_gates import Outcomes, rule_outcomes
from domain.compliance.audit import AuditEntry
from domain.compliance.dp_case import PrivateCase
from domain.compliance.evidence import PACK_VALID, EvidencePack, json_bytes, stream_sha256
from domain.compliance.pack_templates import PackTemplate
from domain.compliance.times_of_private_runs import still_after, told_to_the_hour
from domain.datasets.entities import Dataset
from domain.evaluation.report import EvaluationReport
from domain.evaluation.shareable import shareable
from domain.evaluation.verdict import ReleaseRule
from domain.jobs import Job, JobKind
from domain.kernel import Actor, BlobId, Conflict, EvaluationId, PackId, SyntheticDatasetId
from domain.ports import (
    Approvals,
    AuditLog,
    Blobs,
    Clock,
    Datasets,
    Evaluations,
    Jobs,
    Keys,
    PrivacyLedger,
    ReleaseRules,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.ports.pack_templates import PackTemplates
from domain.synthesis.runs import SyntheticDataset, SyntheticTable, TrainingRun
from domain.usecases.private_cases import private_case


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFile:
    """Synthetic rows as they stand in a pack."""

    blob_id: BlobId
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackMaterial:
    """One way from uploaded files to a pack, with all that is on record about it."""

    pack: EvidencePack
    organisation: str
    """As its template names it."""
    template: PackTemplate
    """How the organisation wants its packs, in the version of this moment."""
    product_version: str
    public_key: bytes
    at: datetime
    """When the pack is made: every document in it says the same."""
    dataset: Dataset
    run: TrainingRun
    model_sha256: str
    synthetic: SyntheticDataset
    source_gone: bool
    """Whether real rows that were learned from or held out were deleted: nobody can look for
    them any more."""
    report: EvaluationReport | None
    """In the shareable rendering; ``None`` where none goes along."""
    private: PrivateCase | None
    approval: Approval | None
    """Of these rows as this evaluation judged them."""
    jobs: tuple[Job, ...]
    rules: tuple[ReleaseRule, ...]
    outcomes: Outcomes
    """What each rule came to inside, figures and all; empty where no evaluation goes along."""
    entries: tuple[AuditEntry, ...]
    """Of the audit log, about any of these."""
    head: AuditEntry | None

    @property
    def expires_at(self) -> datetime:
        """From when on nobody should rely on the pack."""
        return self.at + PACK_VALID

    @property
    def file_digests(self) -> tuple[str, ...]:
        """Keyed names of a private run's files; empty of others."""
        return self.private.file_digests if self.private else ()

    @property
    def evaluation_sha256(self) -> str:
        """Of ``evaluation.json`` as it stands in the pack, in hex; empty where none goes along."""
        return _report_sha256(self.report)

    @property
    def rows(self) -> dict[str, RowFile]:
        """The synthetic rows by name in the pack, CSV before Parquet."""
        return row_files(self.synthetic.tables)

    @property
    def public(self) -> Iterator[str]:
        """What a pack says on purpose: who did what to which file, with which seeds, by whose
        methods. A real value that is spelled alike is no leak."""
        yield from (self.organisation, self.dataset.name)
        yield from self.template.public
        yield from (str(self.run.seed), str(self.synthetic.seed))
        for file in self.dataset.files:
            yield from (file.name, str(file.size))
        yield from (str(e.document()["actor"]) for e in self.entries)
        yield from (s.source for s in (self.report.scores if self.report else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherMaterial:
    """Read everything that a pack is made from."""

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    evaluations: Evaluations
    approvals: Approvals
    jobs: Jobs
    blobs: Blobs
    keys: Keys
    ledger: PrivacyLedger
    audit: AuditLog
    templates: PackTemplates
    rules: ReleaseRules
    clock: Clock
    organisation: str
    product_version: str

    def __call__(self, pack: EvidencePack) -> PackMaterial:
        """Raises :class:`Conflict` while rows or evaluation are not there yet."""
        organisation_id = pack.organisation_id
        synthetic = self.synthetics.get(organisation_id, pack.synthetic_dataset_id)
        if not synthetic.tables:
            raise Conflict("The synthetic rows are not drawn yet; wait before building a pack.")
        run = self.runs.get(organisation_id, synthetic.run_id)
        dataset = _in_order(self.datasets.remembered(organisation_id, run.dataset_id), run)
        inside = self._report(pack)
        report = shareable(inside) if inside else None
        rules = self.rules(organisation_id)
        judged = self._judged(pack)
        template = self.templates.newest(organisation_id) or PackTemplate(
            organisation_id=organisation_id
        )
        head = self.audit.head()  # before the entries, so that none of them is beyond it
        material = PackMaterial(
            pack=pack,
            organisation=template.name_or(self.organisation),
            template=template,
            product_version=self.product_version,
            public_key=self.keys.public_key(),
            at=self.clock(),
            dataset=dataset,
            run=run,
            model_sha256=self._model_hash(run),
            synthetic=synthetic,
            source_gone=self._source_gone(run),
            report=report,
            private=self._private(run, dataset, template, evaluated=report is not None),
            approval=self._approval(pack, report),
            jobs=self._jobs(pack, run, judged),
            rules=rules,
            outcomes=rule_outcomes(inside, rules) if inside else (),
            entries=self._entries(pack, run, judged),
            head=head,
        )
        return told_to_the_hour(material) if material.private else material

    def now(
        self, actor: Actor, synthetic_id: SyntheticDatasetId, *, with_evaluation: bool
    ) -> PackMaterial:
        """What a pack asked for now would be made from. The newest evaluation goes along, of a
        private run only ``with_evaluation``."""
        synthetic = self.synthetics.get(actor.organisation_id, synthetic_id)
        synthetic.require_twin()
        return self(
            EvidencePack(
                id=PackId(uuid4()),
                organisation_id=actor.organisation_id,
                synthetic_dataset_id=synthetic.id,
                evaluation_id=self._evaluation(synthetic, asked=with_evaluation),
                created_by=actor.user_id,
                created_at=self.clock(),
            )
        )

    def _evaluation(self, synthetic: SyntheticDataset, *, asked: bool) -> EvaluationId | None:
        run = self.runs.get(synthetic.organisation_id, synthetic.run_id)
        if run.privacy is not None and not asked:
            return None
        found = self.evaluations.of_synthetic(synthetic.organisation_id, synthetic.id)
        return found[-1].id if found else None

    def _report(self, pack: EvidencePack) -> EvaluationReport | None:
        """As it was judged: only its release-safe rendering may leave."""
        if pack.evaluation_id is None:
            return None
        evaluation = self.evaluations.get(pack.organisation_id, pack.evaluation_id)
        if evaluation.report_blob is None:
            raise Conflict(
                "The newest evaluation has not finished; wait for it, or evaluate again where it "
                "failed."
            )
        with self.blobs.open(pack.organisation_id, evaluation.report_blob) as stream:
            return EvaluationReport.from_document(json.loads(stream.read()))

    def _source_gone(self, run: TrainingRun) -> bool:
        sources = (run.dataset_id, run.holdout.dataset_id)
        found = (self.datasets.remembered(run.organisation_id, s) for s in sources if s is not None)
        return any(source.deleted_at is not None for source in found)

    def _model_hash(self, run: TrainingRun) -> str:
        """As recorded at the fit; runs from before that are hashed now."""
        if run.artifact_sha256:
            return run.artifact_sha256
        if run.artifact_blob is None:
            raise Conflict(
                "The model was deleted with its dataset before its hash was recorded, so nobody "
                "can say which model drew these rows; train again to get an evidence pack."
            )
        with self.blobs.open(run.organisation_id, run.artifact_blob) as stream:
            return stream_sha256(stream)

    def _private(
        self, run: TrainingRun, dataset: Dataset, template: PackTemplate, *, evaluated: bool
    ) -> PrivateCase | None:
        if run.privacy is None:
            return None
        return private_case(
            run,
            dataset,
            keys=self.keys,
            ledger=self.ledger,
            organisation=template.name_or(self.organisation),
            evaluation_included=evaluated,
        )

    def _approval(self, pack: EvidencePack, report: EvaluationReport | None) -> Approval | None:
        found = self.approvals.newest(
            pack.organisation_id, pack.synthetic_dataset_id, pack.evaluation_id
        )
        about = found is not None and found.about(_report_sha256(report))
        return found if about else None

    def _judged(self, pack: EvidencePack) -> tuple[EvaluationId, ...]:
        """Every evaluation of the rows, whichever goes into the pack: all are about this twin."""
        found = self.evaluations.of_synthetic(pack.organisation_id, pack.synthetic_dataset_id)
        return tuple(evaluation.id for evaluation in found)

    def _jobs(
        self, pack: EvidencePack, run: TrainingRun, judged: Sequence[EvaluationId]
    ) -> tuple[Job, ...]:
        subjects: Sequence[tuple[JobKind, UUID]] = (
            (JobKind.PROFILE, run.dataset_id),
            (JobKind.FIT, run.id),
            (JobKind.SAMPLE, pack.synthetic_dataset_id),
            *((JobKind.EVALUATE, evaluation) for evaluation in judged),
            (JobKind.PACK, pack.id),
        )
        found = (self.jobs.latest(pack.organisation_id, kind, about) for kind, about in subjects)
        return tuple(job for job in found if job is not None)

    def _entries(
        self, pack: EvidencePack, run: TrainingRun, judged: Sequence[EvaluationId]
    ) -> tuple[AuditEntry, ...]:
        subjects = {pack.id, pack.synthetic_dataset_id, run.id, run.dataset_id, *judged}
        return self.audit.about(pack.organisation_id, frozenset(str(s) for s in subjects))


def _report_sha256(report: EvaluationReport | None) -> str:
    return hashlib.sha256(json_bytes(report.to_document())).hexdigest() if report else ""


def _in_order(dataset: Dataset, run: TrainingRun) -> Dataset:
    """Columns that were confirmed after a private run had begun are told so, to the hour too."""
    if run.privacy is None or dataset.confirmed_at is None:
        return dataset
    return replace(dataset, confirmed_at=still_after(dataset.confirmed_at, run.created_at))


def row_files(tables: Sequence[SyntheticTable]) -> dict[str, RowFile]:
    """By file name: ``synthetic.csv`` for one table, ``synthetic/<table>.csv`` for several, and
    the same as Parquet."""
    found: dict[str, RowFile] = {}
    one = len(tables) == 1
    for table in tables:
        stem = "synthetic" if one else f"synthetic/{table.name}"
        if table.csv_blob and table.csv_sha256:
            found[f"{stem}.csv"] = RowFile(blob_id=table.csv_blob, sha256=table.csv_sha256)
        found[f"{stem}.parquet"] = RowFile(blob_id=table.parquet_blob, sha256=table.parquet_sha256)
    return dict(sorted(found.items(), key=lambda item: not item[0].endswith(".csv")))
