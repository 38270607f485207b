"""Make the rows of an evidence pack again, from the real rows that they came from."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, cast

import pandas as pd

from domain.compliance.environment_lock import EnvironmentLock
from domain.compliance.packed_twin import NO_PROVENANCE, PackedTwin
from domain.compliance.reproduction import RebuiltFile, Reproduction, lock_differences
from domain.evaluation.rebuilt import rebuilt_distances, tolerance
from domain.kernel import (
    Actor,
    BadInput,
    Conflict,
    NotFound,
    OnProgress,
    Permission,
)
from domain.ports import AuditLog, Blobs, Datasets, SyntheticDatasets, TrainingRuns
from domain.synthesis.base import Synthesizer
from domain.synthesis.recorded_machine import as_recorded
from domain.synthesis.runs import SyntheticDataset, SyntheticTable, TrainingRun
from domain.usecases.drawn_tables import discard_tables, drawn_tables
from domain.usecases.fit_run import drawn_metadata, fit_settings, kept_metadata, unsealed
from domain.usecases.pack_material import row_files
from domain.usecases.source_tables import training_split

_NOT_HERE = (
    "This pack was made by another instance, or its source was deleted here: only where the real "
    "rows are can its rows be made again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """A twin that was made again, and what it was made with."""

    model_sha256: str
    tables: tuple[SyntheticTable, ...]
    lock: EnvironmentLock


@dataclass(frozen=True, slots=True, kw_only=True)
class ReproducePack:
    """Fit and draw again with the recorded seeds, compare, and keep nothing.

    It is done on the recorded number of threads, and on the processor where the fit was.

    The noise of a private run comes from its sealed seed, so the same bytes come out and nothing
    new is told of anyone; whatever comes out stays here.
    """

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    blobs: Blobs
    audit: AuditLog
    engine: Callable[[str], Synthesizer]
    versions: Callable[[], Mapping[str, str]]

    def __call__(self, actor: Actor, *, twin: PackedTwin, on_progress: OnProgress) -> Reproduction:
        actor.require(Permission.TRAIN)
        actor.require(Permission.SEE_SOURCE)
        run, synthetic = self._known(actor, twin)
        recorded = EnvironmentLock.of_versions(run.versions)
        with as_recorded(recorded.device, recorded.threads):
            again = self._made_again(run, synthetic, on_progress)
        try:
            made = self._compared(synthetic, twin, again, recorded)
        finally:
            discard_tables(self.blobs, synthetic, again.tables)
        self.audit.append(
            actor.organisation_id,
            actor.user_id,
            "pack.reproduced",
            str(synthetic.id),
            {"result": str(made.sameness), "model_same": made.model_same},
        )
        return made

    def _known(self, actor: Actor, twin: PackedTwin) -> tuple[TrainingRun, SyntheticDataset]:
        try:
            run = self.runs.get(actor.organisation_id, twin.run_id)
            synthetic = self.synthetics.get(actor.organisation_id, twin.synthetic_id)
            self.datasets.get(actor.organisation_id, run.dataset_id)
        except NotFound:
            raise Conflict(_NOT_HERE) from None
        if synthetic.run_id != run.id:
            raise BadInput(NO_PROVENANCE)
        return run, synthetic

    def _made_again(
        self, run: TrainingRun, synthetic: SyntheticDataset, on_progress: OnProgress
    ) -> _Again:
        metadata, train, holdout = training_split(self.datasets, self.blobs, run, on_progress)
        engine = self.engine(run.synthesizer)
        result = engine.fit(
            train,
            kept_metadata(metadata),
            held_out=holdout,
            settings=fit_settings(run),
            privacy=unsealed(self.blobs, run),
            seed=run.seed,
            on_progress=on_progress,
        )
        twins = drawn_metadata(metadata, run)
        tables, _ = drawn_tables(
            self.blobs, engine, synthetic, run, twins, result.artifact, on_progress
        )
        return _Again(
            model_sha256=hashlib.sha256(result.artifact).hexdigest(),
            tables=tables,
            lock=EnvironmentLock.of_versions({**self.versions(), **result.versions}),
        )

    def _compared(
        self,
        synthetic: SyntheticDataset,
        twin: PackedTwin,
        again: _Again,
        recorded: EnvironmentLock,
    ) -> Reproduction:
        made = row_files(again.tables)
        files = tuple(
            RebuiltFile(name=name, packed=packed, rebuilt=made[name].sha256 if name in made else "")
            for name, packed in twin.files.items()
        )
        distances: dict[str, float] = {}
        for file in files:
            if file.name.endswith(".csv") and not file.same and file.rebuilt:
                with self.blobs.open(synthetic.organisation_id, made[file.name].blob_id) as now:
                    distances |= _distances(file.name, twin.archive, now)
        return Reproduction(
            model_same=again.model_sha256 == twin.model_sha256,
            files=files,
            differences=lock_differences(recorded, again.lock),
            distances=distances,
            tolerance=tolerance(min((table.rows for table in again.tables), default=0)),
        )


def _distances(name: str, archive: zipfile.ZipFile, rebuilt: BinaryIO) -> dict[str, float]:
    """By file and column."""
    with archive.open(name) as packed:
        found = rebuilt_distances(_text(cast(BinaryIO, packed)), _text(rebuilt))
    return {f"{name}, “{column}”": distance for column, distance in found.items()}


def _text(stream: BinaryIO) -> pd.DataFrame:
    return pd.read_csv(stream, dtype=str)
