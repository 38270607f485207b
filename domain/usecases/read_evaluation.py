"""Look at an evaluation, or take it along."""

from __future__ import annotations

import json
from dataclasses import dataclass

from domain.evaluation.report import Evaluation, EvaluationReport, Rendering
from domain.evaluation.shareable import rendered
from domain.kernel import Actor, Conflict, EvaluationId, Permission
from domain.ports import (
    Atomic,
    AuditLog,
    Blobs,
    Evaluations,
    SyntheticDatasets,
    TrainingRuns,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEvaluation:
    """The report of an evaluation, once it is measured, for the eyes that are asked for: those who
    may not see the real rows read the shareable rendering, whichever they ask for.

    ε does not cover the figures of a private run, in either rendering: they are for those who may
    see the real rows.
    """

    evaluations: Evaluations
    synthetics: SyntheticDatasets
    runs: TrainingRuns
    blobs: Blobs

    def __call__(
        self,
        actor: Actor,
        *,
        evaluation_id: EvaluationId,
        rendering: Rendering = Rendering.INTERNAL,
    ) -> EvaluationReport:
        actor.require(Permission.VIEW)
        evaluation = self.evaluations.get(actor.organisation_id, evaluation_id)
        if self._is_private(evaluation):
            actor.require(Permission.SEE_SOURCE)
        if evaluation.report_blob is None:
            raise Conflict("This evaluation has not finished; wait for its job.")
        with self.blobs.open(actor.organisation_id, evaluation.report_blob) as stream:
            report = EvaluationReport.from_document(json.loads(stream.read()))
        if not actor.may(Permission.SEE_SOURCE):
            rendering = Rendering.SHAREABLE
        return rendered(report, rendering)

    def _is_private(self, evaluation: Evaluation) -> bool:
        home = evaluation.organisation_id
        synthetic = self.synthetics.get(home, evaluation.synthetic_dataset_id)
        return self.runs.get(home, synthetic.run_id).privacy is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadEvaluation:
    """The report as a file that leaves: like :class:`ReadEvaluation`, and audited."""

    read: ReadEvaluation
    audit: AuditLog
    atomic: Atomic

    def __call__(
        self, actor: Actor, *, evaluation_id: EvaluationId, rendering: Rendering
    ) -> EvaluationReport:
        report = self.read(actor, evaluation_id=evaluation_id, rendering=rendering)
        with self.atomic():
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "evaluation.downloaded",
                str(evaluation_id),
                {"rendering": report.rendering},
            )
        return report
