"""Look at an evaluation."""

from __future__ import annotations

import json
from dataclasses import dataclass

from domain.evaluation.report import EvaluationReport
from domain.kernel import Actor, Conflict, EvaluationId, Permission
from domain.ports import Blobs, Evaluations


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEvaluation:
    """The report of an evaluation, once it is measured."""

    evaluations: Evaluations
    blobs: Blobs

    def __call__(self, actor: Actor, *, evaluation_id: EvaluationId) -> EvaluationReport:
        actor.require(Permission.VIEW)
        evaluation = self.evaluations.get(actor.organisation_id, evaluation_id)
        if evaluation.report_blob is None:
            raise Conflict("This evaluation has not finished; wait for its job.")
        with self.blobs.open(actor.organisation_id, evaluation.report_blob) as stream:
            return EvaluationReport.from_document(json.loads(stream.read()))
