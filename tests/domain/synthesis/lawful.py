"""A table that keeps rules of every kind."""

import csv
import io

import numpy as np
import pandas as pd
import pyarrow as pa

from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import Metadata, SdType, TableMetadata
from domain.datasets.preparing import typed, untyped
from tests.domain.synthesis.simulated import spec

COLUMNS = (
    spec("start", SdType.DATETIME, date_only=True, datetime_format="%d.%m.%Y"),
    spec("end", SdType.DATETIME, datetime_format="%Y-%m-%d %H:%M"),
    spec("low", SdType.INTEGER),
    spec("high", SdType.FLOAT, decimals=1),
    spec("net", SdType.FLOAT, decimals=2),
    spec("tax", SdType.FLOAT),
    spec("gross", SdType.FLOAT, decimals=2),
    spec("pieces", SdType.INTEGER),
    spec("worth", SdType.FLOAT, decimals=1, decimal_comma=True),
    spec("city", SdType.CATEGORICAL),
    spec("land", SdType.CATEGORICAL),
    spec("well", SdType.BOOLEAN, true_word="Y", false_word="N"),
    spec("age", SdType.INTEGER),
    spec("slot", SdType.INTEGER),
    spec("code", SdType.CATEGORICAL),
)
RULES = (
    "start < end",
    "low <= high",
    "gross = net + tax",
    "worth = net * pieces",
    "combination(city, land)",
    "never(well=false, city=Bern)",
    "0 <= age <= 99",
    "unique(slot, pieces)",
    "unique(code)",
)
LANDS = {"Bern": "CH", "Genf": "CH", "Lyon": "FR", None: "?"}


def about(*rules: str, columns=COLUMNS) -> Metadata:
    parsed = tuple(map(parse_constraint, rules))
    return Metadata(tables={"t": TableMetadata(columns=columns, constraints=parsed)})


def lawful(rows: int, seed: int, gaps: float) -> pd.DataFrame:
    """A table that keeps all of ``RULES``, with a share of cells missing."""
    rng = np.random.default_rng(seed)
    city = rng.choice(["Bern", "Genf", "Lyon", None], rows)
    well = (city == "Bern") | (rng.random(rows) < 0.5)
    start = pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 700, rows), "D")
    net, tax = rng.integers(0, 9_999, rows) / 100, rng.integers(0, 999, rows) / 1_000
    pieces, low = rng.integers(-3, 20, rows), rng.integers(0, 200, rows)
    frame = pd.DataFrame(
        {
            "start": pd.Series(start).astype("datetime64[ns]"),
            "end": pd.Series(start + pd.to_timedelta(rng.integers(1, 4_000, rows), "min")),
            "low": pd.array(low, dtype="Int64"),
            "high": np.round(low + rng.integers(0, 60, rows) / 10, 1),
            "net": net,
            "tax": tax,
            "gross": np.round(net + tax, 2),
            "pieces": pd.array(pieces, dtype="Int64"),
            "worth": np.round(net * pieces, 1),
            "city": pd.Categorical(city),
            "land": pd.Categorical([LANDS[c] for c in city]),
            "well": pd.array(well, dtype="boolean"),
            "age": pd.array(rng.integers(0, 100, rows), dtype="Int64"),
            "slot": pd.array(rng.permutation(rows * 20)[:rows], dtype="Int64"),
            "code": pd.Categorical([f"X{i:04}" for i in range(rows)]),
        }
    )
    for name in ("start", "end", "low", "high", "tax", "gross", "pieces", "well", "age", "slot"):
        frame.loc[rng.random(rows) < gaps, name] = pd.NA
    return frame


def through_csv(frame: pd.DataFrame, table: TableMetadata) -> pd.DataFrame:
    """What a reader of the written file gets."""
    file = io.StringIO()
    text = untyped(frame, table)
    csv.writer(file).writerows(zip(*(c.to_pylist() for c in text.columns), strict=True))
    rows = list(csv.reader(io.StringIO(file.getvalue())))
    columns = zip(*rows, strict=True) if rows else [[]] * len(text.column_names)
    cells = [pa.array([c or None for c in column], pa.string()) for column in columns]
    return typed(pa.table(cells, names=text.column_names), table)
