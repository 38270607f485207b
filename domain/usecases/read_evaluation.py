"""Look at an evaluation, or take it along."""

from __future__ import annotations

import json
from dataclasses import dataclass

from domain.evaluation.report import EvaluationReport, Rendering
from domain.evaluation.shareable import rendered
from domain.kernel import Actor, Conflict, EvaluationId, Permission
from domain.ports import Atomic, AuditLog, Blobs, Evaluations


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEvaluation:
    """The report of an evaluation, once it is measured, for the eyes that are asked for."""

    evaluations: Evaluations
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
        if evaluation.report_blob is None:
            raise Conflict("This evaluation has not finished; wait for its job.")
        with self.blobs.open(actor.organisation_id, evaluation.report_blob) as stream:
            report = EvaluationReport.from_document(json.loads(stream.read()))
        return rendered(report, rendering)


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
                {"rendering": rendering},
            )
        return report
