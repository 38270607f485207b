"""Search for the smallest ε that keeps a goal for a dataset, on a proxy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from domain.datasets.entities import Dataset, Metadata
from domain.evaluation.comparison import drawn
from domain.evaluation.privacy_tuning import PrivacyTuning
from domain.evaluation.tuning import TuningSetup, tuned
from domain.evaluation.tuning_log import TuningSource
from domain.jobs import Job
from domain.kernel import BadInput, Conflict, OnProgress, TuningId
from domain.ports import AuditLog, Blobs, Datasets, SyntheticDatasets, TrainingRuns
from domain.ports.privacy_tunings import PrivacyTunings
from domain.privacy.budget import TuningMode
from domain.privacy.published import written
from domain.synthesis.base import Synthesizer
from domain.usecases.evaluate_twin import with_dtypes
from domain.usecases.fit_run import kept_metadata
from domain.usecases.request_tuning import privacy_of
from domain.usecases.run_job import Outcome
from domain.usecases.source_tables import confirmed_metadata, typed_tables
from domain.usecases.tune_privacy import trial_settings
from domain.usecases.tuning_rows import TuningRows, number_notes, split


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneDataset:
    """The work of a tuning job. The rows of the dataset itself are never read."""

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    tunings: PrivacyTunings
    blobs: Blobs
    audit: AuditLog
    engine: Callable[[str], Synthesizer]
    """A function of a module, which other processes can be sent."""
    versions: Callable[[], Mapping[str, str]]

    def __call__(self, job: Job, on_progress: OnProgress) -> Outcome:
        tuning = self.tunings.get(job.organisation_id, TuningId(job.subject_id))
        dataset = self.datasets.get(job.organisation_id, tuning.dataset_id)
        started = time.perf_counter()
        on_progress(0, 0, "reading the proxy")
        setup = self._setup(tuning, dataset, on_progress)
        log = tuned(setup, partial(self.engine, tuning.wish.synthesizer), on_progress=on_progress)
        seconds = time.perf_counter() - started

        def keep() -> None:
            self.tunings.done(job.organisation_id, tuning.id, log=log, seconds=seconds)
            self.audit.append(
                job.organisation_id,
                job.requested_by,
                "tuning.finished",
                str(tuning.id),
                {"dataset": str(dataset.id), "trials": len(log.trials)},
            )

        return Outcome(keep, lambda: None)

    def _setup(
        self, tuning: PrivacyTuning, dataset: Dataset, on_progress: OnProgress
    ) -> TuningSetup:
        wish = tuning.wish
        rows = self._rows(tuning, dataset, on_progress)
        return TuningSetup(
            mode=TuningMode.PROXY,
            source=rows.source,
            train=rows.train,
            held_out=rows.held_out,
            metadata=rows.metadata,
            synthesizer=wish.synthesizer,
            settings=trial_settings(wish.synthesizer, wish.settings, wish.target),
            target=wish.target,
            privacy=privacy_of(wish, dataset.rows),
            search=wish.search,
            split_seed=wish.seed,
            versions=self.versions(),
            notes=rows.notes,
        )

    def _rows(self, tuning: PrivacyTuning, dataset: Dataset, on_progress: OnProgress) -> TuningRows:
        """The proxy's rows; no more to learn from than the dataset has, where that is public."""
        wish = tuning.wish
        found, metadata, source = self._proxy(tuning, on_progress)
        train, held_out = split(found, metadata, wish.entity, wish.seed)
        public = None if wish.entity else dataset.rows
        if public is not None:
            train = drawn(train, public, wish.seed).reset_index(drop=True)
        return TuningRows(
            train=train,
            held_out=held_out,
            metadata=metadata,
            source=TuningSource(**source, rows_trained=len(train), rows_held_out=len(held_out)),
            notes=(*number_notes(len(train), public), *_lacking(dataset, metadata)),
        )

    def _proxy(
        self, tuning: PrivacyTuning, on_progress: OnProgress
    ) -> tuple[pd.DataFrame, Metadata, dict[str, str]]:
        """Rows, their metadata, and what a log says of where they are from."""
        if tuning.wish.proxy_synthetic_id is not None:
            return self._twin(tuning)
        assert tuning.wish.proxy_dataset_id is not None  # one of both is there
        proxy = self.datasets.get(tuning.organisation_id, tuning.wish.proxy_dataset_id)
        metadata = kept_metadata(confirmed_metadata(proxy))
        tables = typed_tables(self.blobs, proxy, confirmed_metadata(proxy), on_progress)
        name = _only_table(metadata)
        said = {
            "name": proxy.name,
            "source": tuning.wish.source,
            "person": str(tuning.created_by),
            "sha256": proxy.files[0].sha256,
        }
        return tables[name], metadata, said

    def _twin(self, tuning: PrivacyTuning) -> tuple[pd.DataFrame, Metadata, dict[str, str]]:
        assert tuning.wish.proxy_synthetic_id is not None
        synthetic = self.synthetics.get(tuning.organisation_id, tuning.wish.proxy_synthetic_id)
        if not synthetic.tables:
            raise Conflict("The synthetic rows are not drawn yet; wait before tuning on them.")
        run = self.runs.get(tuning.organisation_id, synthetic.run_id)
        source = self.datasets.remembered(tuning.organisation_id, run.dataset_id)
        metadata = kept_metadata(confirmed_metadata(source))
        name = _only_table(metadata)
        (table,) = synthetic.tables
        with self.blobs.open(tuning.organisation_id, table.parquet_blob) as stream:
            frame = pq.read_table(pa.PythonFile(stream, mode="r")).to_pandas()
        assert run.statement is not None  # refused before
        said = {
            "name": f"synthetic rows of {source.name}",
            "source": f"released at ε = {written(run.statement.epsilon)}, run {run.id}",
            "person": str(run.created_by),
            "sha256": table.parquet_sha256,
        }
        return with_dtypes(frame, metadata.tables[name]), metadata, said


def _only_table(metadata: Metadata) -> str:
    if metadata.only_table is None:
        raise BadInput("The proxy holds several tables; tune on one table.")
    return metadata.only_table


def _lacking(dataset: Dataset, metadata: Metadata) -> Iterator[str]:
    """What a reader must know of columns that the proxy does not have."""
    if dataset.metadata is None:
        return
    kept = {c.name for t in dataset.metadata.tables.values() for c in t.kept}
    there = {c.name for t in metadata.tables.values() for c in t.kept}
    lacking, more = len(kept - there), len(there - kept)
    if lacking or more:
        yield (
            f"The proxy lacks {lacking} columns of this dataset and has {more} others: the fewer "
            "columns there are, the smaller the ε that is found."
        )
