"""Chunks of typed rows become one CSV and one Parquet file."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from adapters.memory.blobs import MemoryBlobs
from domain.datasets.entities import ColumnSpec, SdType, TableMetadata
from domain.kernel import RunId, SyntheticDatasetId, UserId
from domain.synthesis.runs import SyntheticDataset
from domain.usecases.table_files import TableFiles
from tests.domain.compliance.private_examples import VOIDED, statement
from tests.studio import ORGANISATION

TABLE = TableMetadata(
    columns=(
        ColumnSpec(name="age", sdtype=SdType.INTEGER),
        ColumnSpec(name="pay", sdtype=SdType.FLOAT, decimals=2),
        ColumnSpec(name="city", sdtype=SdType.CATEGORICAL, missing_word="?"),
        ColumnSpec(name="rich", sdtype=SdType.BOOLEAN, true_word="yes", false_word="no"),
        ColumnSpec(name="born", sdtype=SdType.DATETIME, date_only=True),
        ColumnSpec(name="id", sdtype=SdType.ID),
    )
)
SYNTHETIC = SyntheticDataset(
    id=SyntheticDatasetId(uuid4()),
    organisation_id=ORGANISATION,
    run_id=RunId(uuid4()),
    rows=4,
    seed=0,
    created_by=UserId("ada"),
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
)


def frame(city: list[str | None], missing: bool) -> pd.DataFrame:
    gap = [missing, False]
    return pd.DataFrame(
        {
            "age": pd.arrays.IntegerArray(np.array([41, 7]), np.array(gap)),
            "pay": [np.nan if missing else 1.5, 2.25],
            "city": pd.Categorical(city),
            "rich": pd.arrays.BooleanArray(np.array([True, False]), np.array(gap)),
            "born": pd.to_datetime([None if missing else "2000-01-02", "1999-12-31"]),
            "id": pd.array(["p1", "p2"], dtype="string[pyarrow]"),
        }
    )


def written(synthetic: SyntheticDataset = SYNTHETIC):
    blobs = MemoryBlobs()
    files = TableFiles("people", TABLE, blobs, synthetic, "resampler")
    files.write(frame([None, None], missing=True))
    files.write(frame(["New, York", 'a "b"'], missing=False))
    return blobs, files.finish()


def test_chunks_of_any_gaps_become_one_csv():
    blobs, table = written()
    text = blobs.open(ORGANISATION, table.csv_blob).read().decode()
    assert text.splitlines() == [
        "age,pay,city,rich,born,id",
        ",,?,,,p1",
        "7,2.25,?,no,1999-12-31,p2",
        '41,1.50,"New, York",yes,2000-01-02,p1',
        '7,2.25,"a ""b""",no,1999-12-31,p2',
    ]


def test_chunks_of_any_gaps_become_one_typed_parquet():
    blobs, table = written()
    found = pq.read_table(io.BytesIO(blobs.open(ORGANISATION, table.parquet_blob).read()))
    types = {field.name: str(field.type) for field in found.schema}
    assert types == {
        "age": "int64",
        "pay": "double",
        "city": "large_string",
        "rich": "bool",
        "born": "timestamp[ns]",
        "id": "large_string",
    }
    assert found["city"].to_pylist() == [None, None, "New, York", 'a "b"']
    assert found["age"].to_pylist() == [None, 7, 41, 7]
    assert found.schema.metadata[b"synthetic_dataset"] == str(SYNTHETIC.id).encode()


def test_parquet_alone_leaves_one_blob():
    blobs, table = written(replace(SYNTHETIC, csv=False))
    assert table.csv_blob is None
    assert len(blobs._bytes) == 1


def marks(**more):
    blobs = MemoryBlobs()
    files = TableFiles("people", TABLE, blobs, SYNTHETIC, "marginals", (), **more)
    files.write(frame(["Ulm", "Bonn"], missing=False))
    return pq.read_schema(
        io.BytesIO(blobs.open(ORGANISATION, files.finish().parquet_blob).read())
    ).metadata


def test_parquet_of_a_private_run_says_its_epsilon_rounded_up():
    said = marks(privacy=statement(epsilon=0.73111))
    assert (said[b"epsilon"], said[b"delta"], said[b"privacy_unit"]) == (b"0.7312", b"1e-5", b"row")


def test_parquet_claims_no_epsilon_where_there_is_none():
    assert marks(privacy=statement(tuning=VOIDED))[b"epsilon"] == b"void"
    assert b"epsilon" not in marks()
