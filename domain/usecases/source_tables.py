"""Real rows, read from their encrypted blobs. Every place that calls this is one a reviewer
audits: profiling, fitting, evaluating, and looking for real values in a pack."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from domain.datasets.entities import Dataset, Metadata
from domain.datasets.event_keys import with_keys_by_table
from domain.datasets.preparing import split_holdout, split_secretly, typed
from domain.datasets.time_columns import with_companions
from domain.kernel import BadInput, Conflict, OnProgress, no_progress
from domain.ports import Blobs, Datasets
from domain.synthesis.runs import TrainingRun


def text_tables(
    blobs: Blobs, dataset: Dataset, on_progress: OnProgress = no_progress
) -> dict[str, pa.Table]:
    """The dataset's tables as text columns."""
    found = {}
    for table in dataset.tables:
        with blobs.open(dataset.organisation_id, table.blob_id) as stream:
            found[table.name] = _by_columns(stream, on_progress)
    return found


def _by_columns(stream: BinaryIO, on_progress: OnProgress) -> pa.Table:
    """A Parquet file column by column, so that a cancel is heard in between."""
    file = pq.ParquetFile(pa.PythonFile(stream, mode="r"))
    names = file.schema_arrow.names
    columns = []
    for done, name in enumerate(names):
        on_progress(done, len(names), "reading")
        columns.append(file.read(columns=[name]).column(name))
    return pa.Table.from_arrays(columns, schema=file.schema_arrow)


def typed_tables(
    blobs: Blobs, dataset: Dataset, metadata: Metadata, on_progress: OnProgress = no_progress
) -> dict[str, pd.DataFrame]:
    """The dataset's tables with the types of ``metadata``, without columns dropped as PII."""
    return {
        name: typed(table, metadata.tables[name], on_progress)
        for name, table in text_tables(blobs, dataset, on_progress).items()
    }


def confirmed_metadata(dataset: Dataset) -> Metadata:
    """The metadata a person has confirmed, with the columns that typed tables have beside times
    (see ``time_columns``); :class:`Conflict` says which step comes first."""
    if dataset.metadata is None or dataset.profile_blob is None:
        raise Conflict("This dataset is not profiled yet; wait for the profile to finish.")
    if dataset.confirmed_at is None:
        raise Conflict(
            "The column types and PII flags of this dataset are not confirmed yet; "
            "confirm them before training."
        )
    return with_companions(dataset.metadata)


def run_metadata(dataset: Dataset, run: TrainingRun) -> Metadata:
    """The confirmed metadata, with the tables of events that ``run`` was started with."""
    return with_keys_by_table(confirmed_metadata(dataset), run.sequences)


def training_split(
    datasets: Datasets, blobs: Blobs, run: TrainingRun, on_progress: OnProgress = no_progress
) -> tuple[Metadata, dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Metadata, training rows and holdout rows of a run: the same every time it is asked."""
    dataset = datasets.get(run.organisation_id, run.dataset_id)
    metadata = run_metadata(dataset, run)
    rows = typed_tables(blobs, dataset, metadata, on_progress)
    train, holdout = _split(blobs, run, metadata, rows)
    if run.holdout.dataset_id is not None:
        other = datasets.get(run.organisation_id, run.holdout.dataset_id)
        holdout = typed_tables(blobs, matching_tables(other, dataset), metadata, on_progress)
    return metadata, train, holdout


def _split(
    blobs: Blobs, run: TrainingRun, metadata: Metadata, rows: dict[str, pd.DataFrame]
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """By secret coins in a private run, else by the published seed."""
    share, name = run.holdout.split_share, metadata.only_table
    secret = sealed_secret(blobs, run)
    if run.privacy is None or secret is None or name is None:
        return split_holdout(rows, metadata, share, run.seed)
    train, holdout = split_secretly(rows[name], share, secret, run.privacy.entity)
    return {name: train}, {name: holdout}


def sealed_secret(blobs: Blobs, run: TrainingRun) -> bytes | None:
    """The secret of a private run, from its encrypted blob."""
    if run.privacy is None or run.privacy.sealed_seed is None:
        return None
    with blobs.open(run.organisation_id, run.privacy.sealed_seed) as stream:
        return stream.read()


def matching_tables(holdout: Dataset, dataset: Dataset) -> Dataset:
    """The holdout with its tables named as the dataset's, when their columns agree."""
    if len(holdout.tables) == len(dataset.tables) == 1:
        pairs = [(holdout.tables[0], dataset.tables[0])]
    else:
        by_name = {t.name: t for t in holdout.tables}
        pairs = [(by_name[t.name], t) for t in dataset.tables if t.name in by_name]
    if len(pairs) != len(dataset.tables):
        raise BadInput("The holdout does not have the same tables as the training data.")
    for other, table in pairs:
        missing = [c for c in table.columns if c not in other.columns]
        if missing:
            raise BadInput(
                f"The holdout lacks the column “{missing[0]}” of table “{table.name}”; "
                "bring one with the same columns."
            )
    renamed = tuple(replace(other, name=table.name) for other, table in pairs)
    return replace(holdout, tables=renamed)
