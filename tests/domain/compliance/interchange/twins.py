"""Tiny twins with everything a format has to tell of: odd names, gaps, keys, logs, several tables.

Their Parquet and CSV files are real ones, and their cards are written by the product.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from domain.compliance.environment_lock import EnvironmentLock
from domain.compliance.interchange.drawn_columns import drawn_columns
from domain.compliance.interchange.twin import Twin
from domain.compliance.model_card import model_card
from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import (
    ColumnSpec,
    DatasetTable,
    Metadata,
    PiiAction,
    PiiFlag,
    PiiKind,
    Relationship,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.datasets.preparing import untyped
from domain.datasets.writing_csv import csv_header, csv_lines
from domain.kernel import BlobId, PackId
from domain.synthesis.catalogue import entry
from domain.synthesis.runs import SyntheticTable
from tests.domain.compliance.examples import NOON, dataset, report, run, synthetic
from tests.domain.compliance.private_examples import statement

PACK = PackId(UUID(int=9))

LOCK = EnvironmentLock.of_versions({"torch": "2.13.0+cpu", "scikit_learn": "1.7.0", "threads": "2"})

ODD = "=cmd|'/c calc'!A1 <b>\"&|`, ünits"
"""A column name that means something to a spreadsheet, a browser and a Markdown reader."""

PATIENTS = TableMetadata(
    columns=(
        ColumnSpec(
            name="patient",
            sdtype=SdType.ID,
            unique=True,
            pii_action=PiiAction.SURROGATE,
            pii_kind=PiiKind.RECORD_NUMBER,
        ),
        ColumnSpec(name="age", sdtype=SdType.INTEGER),
        ColumnSpec(name=ODD, sdtype=SdType.FLOAT, decimals=2, decimal_comma=True),
        ColumnSpec(name="sex", sdtype=SdType.CATEGORICAL, missing_word="?"),
        ColumnSpec(name="smokes", sdtype=SdType.BOOLEAN, true_word="yes", false_word="no"),
        ColumnSpec(name="born", sdtype=SdType.DATETIME, datetime_format="%-d.%-m.%Y"),
        ColumnSpec(name="ssn", sdtype=SdType.TEXT, pii_action=PiiAction.DROP, pii_kind=PiiKind.SSN),
    ),
    primary_key="patient",
    constraints=(parse_constraint("0 <= age <= 130"),),
)
VISITS = TableMetadata(
    columns=(
        ColumnSpec(name="patient", sdtype=SdType.ID),
        ColumnSpec(name="at", sdtype=SdType.DATETIME, datetime_format="%Y-%m-%d %H:%M:%S"),
        ColumnSpec(name="reason", sdtype=SdType.CATEGORICAL),
    ),
    sequence=SequenceKeys(entity="patient", time="at"),
)
LINK = Relationship(
    parent_table_name="patients",
    parent_primary_key="patient",
    child_table_name="visits",
    child_foreign_key="patient",
)
FRAMES = {
    "patients": pd.DataFrame(
        {
            "patient": pd.array(["p1", "p2", "p3"], dtype="string[pyarrow]"),
            "age": pd.arrays.IntegerArray(np.array([41, 7, 0]), np.array([False, False, True])),
            ODD: [-1.5, np.nan, 22.25],
            "sex": pd.Categorical(["f", "m", None]),
            "smokes": pd.arrays.BooleanArray(np.array([True, False, True]), np.zeros(3, bool)),
            "born": pd.to_datetime(["1980-01-02", "2019-12-31", None]),
        }
    ),
    "visits": pd.DataFrame(
        {
            "patient": pd.array(["p1", "p1", "p2"], dtype="string[pyarrow]"),
            "at": pd.to_datetime(
                ["2024-01-02 03:04:05", "2024-02-03 00:00:01", "2024-03-04 23:59:59"]
            ),
            "reason": pd.Categorical(["pain", "control", "pain"]),
        }
    ),
}


@dataclass(frozen=True)
class Example:
    """A twin and the bytes of its files, by name."""

    twin: Twin
    files: Mapping[str, bytes]

    @property
    def drawn(self) -> dict[str, Any]:
        return {
            t.name: drawn_columns(io.BytesIO(self.files[t.parquet]), t.metadata)
            for t in self.twin.tables
        }


@cache
def tables() -> Example:
    """Two tables of which one refers to the other."""
    metadata = Metadata(
        tables={"patients": PATIENTS, "visits": VISITS},
        relationships=(LINK,),
        pii_flags=(flag("patients", "patient", PiiKind.RECORD_NUMBER, PiiAction.SURROGATE),),
    )
    return example(metadata)


@cache
def table(*, private: bool = False) -> Example:
    """The patients alone; under differential privacy where asked for."""
    return example(Metadata(tables={"patients": PATIENTS}), private=private)


@cache
def log() -> Example:
    """The visits alone."""
    return example(Metadata(tables={"visits": VISITS}), sequences={"visits": VISITS.sequence})


def flag(table: str, column: str, kind: PiiKind, action: PiiAction) -> PiiFlag:
    return PiiFlag(
        table=table, column=column, kind=kind, reason="By its header.", share=1.0, action=action
    )


def example(
    metadata: Metadata, *, private: bool = False, unit: str = "row", **changes: Any
) -> Example:
    """Files, card and twin of the example rows with these columns."""
    written = {name: files_of(name, metadata) for name in metadata.tables}
    drawn = replace(synthetic(), tables=tuple(_drawn(n, files) for n, files in written.items()))
    source = replace(
        dataset(1),
        metadata=metadata,
        tables=tuple(
            DatasetTable(
                name=name,
                blob_id=BlobId(name),
                rows=1_234,
                columns=tuple(c.name for c in table.columns),
            )
            for name, table in metadata.tables.items()
        ),
    )
    trained = run(**changes)
    if private:
        trained = replace(
            trained, synthesizer="marginals", statement=statement(unit=unit), settings={}
        )
    card = model_card(
        run=trained,
        synthetic=drawn,
        dataset=source,
        report=None if private else report(3),
        entry=entry(trained.synthesizer),
        organisation="St. Änne Hospital Group",
        product_version="0.1.0",
        created_at=NOON,
        file_digests=("ab" * 32,) if private else (),
    )
    twin = Twin.of(drawn, metadata, card, PACK)
    files = {
        name: written[t.name][name.rpartition(".")[2]] for t in twin.tables for name in t.files
    }
    return Example(twin=twin, files=files)


def files_of(name: str, metadata: Metadata) -> dict[str, bytes]:
    """The example rows of one table as Parquet and CSV, by ending."""
    known, frame = metadata.tables[name], FRAMES[name]
    text = untyped(frame, known)
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), out)
    csv = csv_header([c.name for c in known.written]) + csv_lines(text)
    return {"parquet": out.getvalue(), "csv": csv}


def _drawn(name: str, files: Mapping[str, bytes]) -> SyntheticTable:
    return SyntheticTable(
        name=name,
        rows=len(FRAMES[name]),
        parquet_blob=BlobId(f"{name}.parquet"),
        parquet_sha256=hashlib.sha256(files["parquet"]).hexdigest(),
        csv_blob=BlobId(f"{name}.csv"),
        csv_sha256=hashlib.sha256(files["csv"]).hexdigest(),
    )
