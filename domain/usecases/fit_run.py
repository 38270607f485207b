"""Fit a training run's synthesizer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from domain.datasets.entities import Metadata, PiiAction, TableMetadata, Tables
from domain.datasets.set_aside import counted_histories, unsplit_notes
from domain.datasets.spelling import Misfit
from domain.jobs import Job, JobKind, about
from domain.kernel import BadInput, OnProgress, RunId
from domain.ports import AuditLog, Blobs, Datasets, Jobs, SyntheticDatasets, TrainingRuns
from domain.privacy.budget import PrivacySpec, PrivacyStatement
from domain.synthesis.base import Synthesizer
from domain.synthesis.catalogue import entry
from domain.synthesis.condition_support import refuse_unsupported
from domain.synthesis.preflight import Expectation
from domain.synthesis.runs import SyntheticDataset, TrainingRun
from domain.synthesis.settings import SettingValue, with_defaults
from domain.usecases.recognise_people import RecognisePeople
from domain.usecases.run_job import Outcome
from domain.usecases.source_tables import sealed_secret, training_split
from domain.usecases.spend_privacy import SpendPrivacy

Preflight = Callable[[Tables, Metadata, str, Mapping[str, SettingValue], OnProgress], Expectation]
"""``preflight(tables, metadata, synthesizer, settings, on_progress)``: what fitting will take;
raises :class:`BadInput` where it cannot fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRun:
    """The work of a fit job."""

    datasets: Datasets
    runs: TrainingRuns
    recognise: RecognisePeople
    spending: SpendPrivacy
    synthetics: SyntheticDatasets
    jobs: Jobs
    blobs: Blobs
    audit: AuditLog
    engine: Callable[[str], Synthesizer]
    preflight: Preflight
    versions: Callable[[], Mapping[str, str]]

    def __call__(self, job: Job, on_progress: OnProgress) -> Outcome:
        run = self.runs.get(job.organisation_id, RunId(job.subject_id))
        on_progress(0, 0, "reading")
        self._recognise(run, on_progress)
        metadata, train, holdout = self._split(run, on_progress)
        rows_trained, rows_held_out = _rows(train), _rows(holdout)
        if not rows_trained:
            raise BadInput("No rows are left to train on; lower the holdout share.")
        kept = kept_metadata(metadata)
        self._refuse_in_vain(run, kept, train)
        settings = fit_settings(run)
        expected = self._expected(run, kept, train, settings, on_progress)
        self._open(run)
        started = time.perf_counter()
        result = self.engine(run.synthesizer).fit(
            train,
            kept,
            held_out=holdout,
            settings=settings,
            privacy=unsealed(self.blobs, run),
            seed=run.seed,
            on_progress=_expecting(expected, on_progress) if expected else on_progress,
        )
        seconds = time.perf_counter() - started
        told = (*_of_log(run, train, holdout, kept), *_foretold(expected))
        blob_id = self.blobs.put(job.organisation_id, result.artifact)

        def keep() -> None:
            self.datasets.get(run.organisation_id, run.dataset_id)  # not deleted meanwhile
            self._settle(run, result.statement)
            self.runs.trained(
                job.organisation_id,
                run.id,
                artifact_blob=blob_id,
                artifact_sha256=hashlib.sha256(result.artifact).hexdigest(),
                statement=result.statement,
                rows_trained=rows_trained,
                rows_held_out=rows_held_out,
                fit_seconds=seconds,
                notes=(*run.notes, *told, *result.notes),
                curves=result.curves,
                versions={**self.versions(), **result.versions},
            )
            self.audit.append(
                job.organisation_id,
                job.requested_by,
                "training.finished",
                str(run.id),
                {"rows_trained": rows_trained, "rows_held_out": rows_held_out},
            )

        return Outcome(keep, lambda: self.blobs.delete(job.organisation_id, blob_id))

    def _split(self, run: TrainingRun, on_progress: OnProgress) -> tuple[Metadata, Tables, Tables]:
        """Metadata, rows to learn from, rows to judge by. Where the cells of a column do not fit,
        how many of them is not told of a private run's rows."""
        try:
            return training_split(self.datasets, self.blobs, run, on_progress)
        except Misfit as misfit:
            if run.privacy is None:
                raise
            raise BadInput(
                f"Column “{misfit.spec.name}” does not hold {misfit.spec.sdtype.value} values "
                "throughout; choose another type for it, such as categorical."
            ) from None

    def _recognise(self, run: TrainingRun, on_progress: OnProgress) -> None:
        """Find the people of a private run in other datasets: they share a budget."""
        if run.privacy is not None:
            self.recognise(run.organisation_id, run.dataset_id, run.privacy.unit, on_progress)

    def _open(self, run: TrainingRun) -> None:
        """From here on what was reserved is spent; refused where kin have left too little."""
        if run.privacy is not None:
            self.spending.open(run.organisation_id, run.id)

    def _settle(self, run: TrainingRun, proved: PrivacyStatement | None) -> None:
        """Charge what was proved. What proves nothing is charged as a whole when the job ends."""
        if run.privacy is not None and proved is not None:
            self.spending.settle(
                run.organisation_id,
                run.id,
                epsilon=proved.epsilon,
                delta=proved.delta,
                note=proved.accountant,
            )

    def _expected(
        self,
        run: TrainingRun,
        metadata: Metadata,
        train: Tables,
        settings: Mapping[str, SettingValue],
        on_progress: OnProgress,
    ) -> Expectation | None:
        """What fitting will take; of a private run's rows nothing is looked up for it."""
        if run.privacy is not None:
            return None
        return self.preflight(train, metadata, run.synthesizer, settings, on_progress)

    def _refuse_in_vain(self, run: TrainingRun, metadata: Metadata, train: Tables) -> None:
        """Refuse a fit when nothing that waits for it could be drawn.

        For a private run no real row is counted outside its budget: what it learned will judge.
        """
        waiting = [s for s in self.synthetics.of_run(run.organisation_id, run.id) if self._waits(s)]
        refusals = [_refusal(s, metadata, train) for s in waiting if run.privacy is None]
        if refusals and all(refusals):
            raise BadInput(refusals[0])

    def _waits(self, synthetic: SyntheticDataset) -> bool:
        job = self.jobs.latest(synthetic.organisation_id, JobKind.SAMPLE, synthetic.id)
        return job is not None and not job.state.ended


def fit_settings(run: TrainingRun) -> dict[str, SettingValue]:
    """Every setting of the fit, those that were left alone too."""
    settings = with_defaults(entry(run.synthesizer).settings, run.settings)
    if "target" in settings and not settings["target"]:
        settings["target"] = run.target or ""
    return settings


def unsealed(blobs: Blobs, run: TrainingRun) -> PrivacySpec | None:
    """The privacy asked for, with the secret that noise and choices come from."""
    if run.privacy is None:
        return None
    return replace(run.privacy, secret=sealed_secret(blobs, run))


def _refusal(synthetic: SyntheticDataset, metadata: Metadata, train: Tables) -> str:
    """Why the rows to learn from do not support what was asked; empty where they do."""
    try:
        refuse_unsupported(synthetic.spec, metadata, train)
    except BadInput as refusal:
        return refusal.message
    return ""


def _of_log(
    run: TrainingRun, train: Tables, holdout: Tables, metadata: Metadata
) -> tuple[str, ...]:
    """How many histories were learned, and why none was held out where none was; of a private run
    nothing is counted outside its budget."""
    if run.privacy is not None:
        return ()
    unsplit = unsplit_notes(train, holdout, metadata) if run.holdout.split_share else ()
    return (*counted_histories(train, holdout, metadata), *unsplit)


def _foretold(expected: Expectation | None) -> tuple[str, ...]:
    return (expected.sentence, *expected.warnings) if expected else ()


def _expecting(expected: Expectation, on_progress: OnProgress) -> OnProgress:
    """Progress that also says what was expected."""
    if expected.seconds is None:
        return on_progress
    said = f"{about(expected.seconds)} expected in all"

    def report(done: int, total: int, note: str) -> None:
        on_progress(done, total, f"{note}; {said}" if note else said)

    return report


def kept_metadata(metadata: Metadata) -> Metadata:
    """The metadata of the twin: without columns dropped as PII, nor keys that went with them."""
    tables = {name: _kept_table(table) for name, table in metadata.tables.items()}
    relationships = tuple(
        r
        for r in metadata.relationships
        if _has(tables[r.parent_table_name], r.parent_primary_key)
        and _has(tables[r.child_table_name], r.child_foreign_key)
    )
    return Metadata(tables=tables, relationships=relationships)


def drawn_metadata(metadata: Metadata, run: TrainingRun) -> Metadata:
    """The metadata of what ``run`` draws: of a private run without constraints, which it was not
    shown and does not keep."""
    kept = kept_metadata(metadata)
    if run.privacy is None:
        return kept
    return replace(kept, tables={n: replace(t, constraints=()) for n, t in kept.tables.items()})


def _kept_table(table: TableMetadata) -> TableMetadata:
    kept = tuple(c for c in table.columns if c.pii_action is not PiiAction.DROP)
    key = table.primary_key if any(c.name == table.primary_key for c in kept) else None
    return TableMetadata(
        columns=kept, primary_key=key, constraints=table.constraints, sequence=table.sequence
    )


def _has(table: TableMetadata, column: str) -> bool:
    return any(c.name == column for c in table.columns)


def _rows(tables: Tables) -> int:
    return sum(len(frame) for frame in tables.values())
