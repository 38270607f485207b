"""Queue an evidence pack about a synthetic dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from domain.compliance.controls.catalogue import FRAMEWORKS, require_frameworks
from domain.compliance.controls.formats import FORMATS, require_formats
from domain.compliance.evidence import EvidencePack
from domain.evaluation.report import Evaluation
from domain.jobs import Job, JobKind
from domain.kernel import Actor, Conflict, JobId, PackId, Permission, SyntheticDatasetId
from domain.ports import (
    Atomic,
    AuditLog,
    Clock,
    Evaluations,
    EvidencePacks,
    Jobs,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.synthesis.runs import SyntheticDataset


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPack:
    """Queue a pack with the newest evaluation in it. It waits for what is not done yet; asked for
    again while it is under way, it is the same pack.

    Figures of an evaluation are computed on real rows without noise, so the pack of a private run
    holds them only where ``with_evaluation`` asks for it.
    """

    runs: TrainingRuns
    synthetics: SyntheticDatasets
    evaluations: Evaluations
    packs: EvidencePacks
    jobs: Jobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(
        self,
        actor: Actor,
        *,
        synthetic_id: SyntheticDatasetId,
        with_evaluation: bool = False,
        frameworks: Sequence[str] = tuple(FRAMEWORKS),
        formats: Sequence[str] = tuple(FORMATS),
    ) -> tuple[EvidencePack, Job]:
        """Map it to ``frameworks`` in ``formats``; :class:`BadInput` where one is unknown."""
        actor.require(Permission.TRAIN)
        require_frameworks(frameworks)
        require_formats(formats)
        synthetic = self.synthetics.get(actor.organisation_id, synthetic_id)
        synthetic.require_twin()
        if not synthetic.csv:
            raise Conflict(
                "These rows were drawn as Parquet only, and a pack holds CSV; draw them again "
                "with CSV."
            )
        evaluation = self._evaluation(synthetic, asked=with_evaluation)
        pack = EvidencePack(
            id=PackId(uuid4()),
            organisation_id=actor.organisation_id,
            synthetic_dataset_id=synthetic.id,
            evaluation_id=evaluation.id if evaluation else None,
            created_by=actor.user_id,
            created_at=self.clock(),
            frameworks=tuple(dict.fromkeys(frameworks)),
            formats=tuple(dict.fromkeys(formats)),
        )
        if (same := self._under_way(pack)) is not None:
            return same
        before = (
            self.jobs.latest(actor.organisation_id, JobKind.EVALUATE, evaluation.id)
            if evaluation
            else self.jobs.latest(actor.organisation_id, JobKind.SAMPLE, synthetic.id)
        )
        job = Job(
            id=JobId(uuid4()),
            organisation_id=actor.organisation_id,
            kind=JobKind.PACK,
            subject_id=pack.id,
            requested_by=actor.user_id,
            created_at=pack.created_at,
            after=before.id if before else None,
        )
        with self.atomic():
            self.packs.add(pack)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "pack.requested",
                str(pack.id),
                {"synthetic": str(synthetic.id), "evaluation": evaluation is not None},
            )
            self.jobs.add(job)
        return pack, job

    def _under_way(self, asked: EvidencePack) -> tuple[EvidencePack, Job] | None:
        """A pack of the same rows, figures, frameworks and formats that is not done yet."""
        home = asked.organisation_id
        for pack in self.packs.of_synthetic(home, asked.synthetic_dataset_id):
            job = self.jobs.latest(home, JobKind.PACK, pack.id)
            if job is not None and not job.state.ended and pack.is_like(asked):
                return pack, job
        return None

    def _evaluation(self, synthetic: SyntheticDataset, *, asked: bool) -> Evaluation | None:
        """The newest, unless it would tell un-noised figures of a private run unasked."""
        run = self.runs.get(synthetic.organisation_id, synthetic.run_id)
        if run.privacy is not None and not asked:
            return None
        found = self.evaluations.of_synthetic(synthetic.organisation_id, synthetic.id)
        return found[-1] if found else None
