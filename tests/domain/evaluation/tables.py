"""A population to draw real tables from, typed as ``preparing.typed`` gives them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, Metadata, PiiAction, SdType, TableMetadata

SPECS = (
    ColumnSpec(name="patient", sdtype=SdType.ID, unique=True),
    ColumnSpec(name="age", sdtype=SdType.INTEGER),
    ColumnSpec(name="pressure", sdtype=SdType.FLOAT),
    ColumnSpec(name="smoker", sdtype=SdType.BOOLEAN),
    ColumnSpec(name="ward", sdtype=SdType.CATEGORICAL),
    ColumnSpec(name="admitted", sdtype=SdType.DATETIME),
    ColumnSpec(name="phone", sdtype=SdType.CATEGORICAL, pii_action=PiiAction.SURROGATE),
    ColumnSpec(name="note", sdtype=SdType.TEXT),
    ColumnSpec(name="outcome", sdtype=SdType.CATEGORICAL),
)
METADATA = Metadata(tables={"visits": TableMetadata(columns=SPECS, primary_key="patient")})
MEASURED = ("age", "pressure", "admitted", "smoker", "ward", "outcome")


def real(rows: int, seed: int) -> pd.DataFrame:
    """Independent real rows: pressure and outcome depend on age, ward on smoking."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 95, rows)
    smoker = rng.random(rows) < 0.3
    pressure = 90 + 0.6 * age + rng.normal(0, 8, rows)
    pressure[rng.random(rows) < 0.05] = np.nan
    ward = np.where(smoker, rng.choice(["lung", "heart"], rows), rng.choice(["eye", "skin"], rows))
    sick = rng.random(rows) < 1 / (1 + np.exp(-(age - 60) / 8))
    return typed(
        pd.DataFrame(
            {
                "patient": [f"p{seed}-{i}" for i in range(rows)],
                "age": age,
                "pressure": pressure,
                "smoker": smoker,
                "ward": ward,
                "admitted": pd.Timestamp("2024-01-01")
                + pd.to_timedelta(rng.integers(0, 86_400 * 365, rows), unit="s"),
                "phone": [f"0{seed}{i:06d}" for i in range(rows)],
                "note": "seen",
                "outcome": np.where(sick, "ill", "well"),
            }
        )
    )


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    dtypes = {
        "patient": "string",
        "age": "Int64",
        "pressure": "float64",
        "smoker": "boolean",
        "ward": "category",
        "admitted": "datetime64[ns]",
        "phone": "category",
        "note": "string",
        "outcome": "category",
    }
    return frame.astype({c: dtypes[c] for c in frame})


def shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Every column right, no column with its neighbour."""
    rng = np.random.default_rng(seed)
    columns = {c: frame[c].iloc[rng.permutation(len(frame))].array for c in frame}
    return pd.DataFrame(columns)
