"""Judge a synthetic dataset: real, holdout and synthetic rows meet for the last time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from domain.compliance.dp_wording import UNCOVERED
from domain.datasets.entities import SdType, TableMetadata
from domain.evaluation.drift import drift_scores, drifted
from domain.evaluation.private_wording import privately_worded
from domain.evaluation.report import Evaluation, EvaluationReport
from domain.evaluation.spec import Part
from domain.evaluation.suite import evaluate, headline
from domain.evaluation.verdict import decided
from domain.evaluation.white_box import HeldModel
from domain.jobs import Job
from domain.kernel import Conflict, EvaluationId, OnProgress
from domain.ports import (
    AuditLog,
    Blobs,
    Datasets,
    Evaluations,
    ReleaseRules,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.synthesis.base import Synthesizer
from domain.synthesis.catalogue import entry
from domain.synthesis.row_losses import row_losses
from domain.synthesis.runs import SyntheticDataset, TrainingRun
from domain.synthesis.settings import with_defaults
from domain.usecases.earlier_release import earlier_release
from domain.usecases.fit_run import kept_metadata
from domain.usecases.run_job import Outcome
from domain.usecases.source_tables import training_split


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateTwin:
    """The work of an evaluation job. Only scores leave."""

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    evaluations: Evaluations
    blobs: Blobs
    audit: AuditLog
    rules: ReleaseRules
    engine: Callable[[str], Synthesizer]

    def __call__(self, job: Job, on_progress: OnProgress) -> Outcome:
        evaluation = self.evaluations.get(job.organisation_id, EvaluationId(job.subject_id))
        synthetic = self.synthetics.get(job.organisation_id, evaluation.synthetic_dataset_id)
        if not synthetic.tables:
            raise Conflict("The synthetic rows are not drawn yet; wait before evaluating.")
        run = self.runs.get(job.organisation_id, synthetic.run_id)
        started = time.perf_counter()
        on_progress(0, 0, "reading")
        metadata, train, holdout = training_split(self.datasets, self.blobs, run, on_progress)
        kept = kept_metadata(metadata)
        on_progress(0, 0, "reading the synthetic rows")
        report = evaluate(
            train,
            holdout,
            self._synthetic_tables(synthetic, kept.tables),
            kept,
            asked=replace(evaluation.asked, target=evaluation.asked.target or run.target),
            seed=evaluation.seed,
            on_progress=on_progress,
            spec=synthetic.spec,
            model=self._model(run) if Part.WHITE_BOX in evaluation.asked.parts else None,
        )
        if evaluation.asked.whole:
            report = self._judged(report, evaluation, run)
        if run.privacy is not None:
            report = privately_worded(report)
            report = replace(report, notes=(UNCOVERED, *report.notes))
        seconds = time.perf_counter() - started
        document = json.dumps(report.to_document(), allow_nan=False).encode()
        blob_id = self.blobs.put(job.organisation_id, document)

        def keep() -> None:
            self.evaluations.measured(
                job.organisation_id,
                evaluation.id,
                report_blob=blob_id,
                verdict=report.verdict,
                headline=headline(report),
                seconds=seconds,
            )
            self.audit.append(
                job.organisation_id,
                job.requested_by,
                "evaluation.finished",
                str(evaluation.id),
                {
                    "synthetic": str(synthetic.id),
                    "scores": len(report.scores),
                    "verdict": report.verdict or "",
                    "drifted": drifted(report),
                },
            )

        return Outcome(keep, lambda: self.blobs.delete(job.organisation_id, blob_id))

    def _model(self, run: TrainingRun) -> HeldModel:
        """What someone who gets hold of the model would have."""
        if run.artifact_blob is None:
            raise Conflict("This training run has not finished; wait for it before evaluating.")
        with self.blobs.open(run.organisation_id, run.artifact_blob) as stream:
            artifact = stream.read()
        return HeldModel(
            synthesizer=run.synthesizer,
            engine=self.engine(run.synthesizer),
            artifact=artifact,
            settings=with_defaults(entry(run.synthesizer).settings, run.settings),
            row_losses=row_losses,
            private=run.privacy is not None,
        )

    def _judged(
        self, report: EvaluationReport, evaluation: Evaluation, run: TrainingRun
    ) -> EvaluationReport:
        """With the drift since the last release, and the verdict."""
        earlier = earlier_release(
            evaluation,
            run,
            datasets=self.datasets,
            runs=self.runs,
            synthetics=self.synthetics,
            evaluations=self.evaluations,
            blobs=self.blobs,
        )
        if earlier is not None:
            drift = drift_scores(report, earlier)
            report = replace(report, scores=(*report.scores, *drift))
        return decided(report, self.rules(evaluation.organisation_id))

    def _synthetic_tables(
        self, synthetic: SyntheticDataset, tables: Mapping[str, TableMetadata]
    ) -> dict[str, pd.DataFrame]:
        found = {}
        for table in synthetic.tables:
            with self.blobs.open(synthetic.organisation_id, table.parquet_blob) as stream:
                frame = pq.read_table(pa.PythonFile(stream, mode="r")).to_pandas()
            found[table.name] = with_dtypes(frame, tables[table.name])
        return found


_DTYPES: dict[SdType, str] = {
    SdType.INTEGER: "Int64",
    SdType.FLOAT: "float64",
    SdType.BOOLEAN: "boolean",
    SdType.DATETIME: "datetime64[ns]",
    SdType.CATEGORICAL: "category",
    SdType.ID: "string[pyarrow]",
    SdType.TEXT: "string[pyarrow]",
}


def with_dtypes(frame: pd.DataFrame, table: TableMetadata) -> pd.DataFrame:
    """The dtypes that ``preparing.typed`` gives, for rows that come back from Parquet."""
    return frame.astype({c.name: _DTYPES[c.sdtype] for c in table.columns})
