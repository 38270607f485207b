"""Small simulated tables with known dependences, typed as preparation types them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata, Tables
from domain.kernel import OnProgress, no_progress
from domain.synthesis.base import FitResult, Synthesizer

QUICK = {"max_epochs": 6, "block_size": 16}


def spec(name: str, sdtype: SdType, **more: object) -> ColumnSpec:
    return ColumnSpec(name=name, sdtype=sdtype, **more)  # type: ignore[arg-type]


def metadata(*specs: ColumnSpec, primary_key: str | None = None) -> Metadata:
    return Metadata(tables={"people": TableMetadata(columns=specs, primary_key=primary_key)})


def people(rows: int, seed: int = 0) -> tuple[pd.DataFrame, Metadata]:
    """Visits of invented people: every column kind, missing values, strong dependences."""
    rng = np.random.default_rng(seed)
    group = rng.choice(["north", "south", "west"], rows, p=[0.6, 0.3, 0.1])
    level = pd.Series(group).map({"north": 20, "south": 50, "west": 80}).to_numpy()
    age = pd.Series((level + rng.integers(-8, 9, rows)), dtype="Int64")
    income = np.round(age.to_numpy(np.float64) * 1_000 + rng.normal(0, 2_000, rows), 2)
    retired = pd.Series(age > 60, dtype="boolean")
    retired[rng.random(rows) < 0.1] = pd.NA
    income[rng.random(rows) < 0.2] = np.nan
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, rows), unit="D")
    frame = pd.DataFrame(
        {
            "key": pd.array([f"P-{i:06d}" for i in range(rows)], dtype="string[pyarrow]"),
            "group": pd.Categorical(group),
            "age": age,
            "income": income,
            "retired": retired,
            "seen": pd.Series(day).astype("datetime64[ns]"),
        }
    )
    return frame, metadata(
        spec("key", SdType.ID, unique=True),
        spec("group", SdType.CATEGORICAL),
        spec("age", SdType.INTEGER),
        spec("income", SdType.FLOAT, decimals=2),
        spec("retired", SdType.BOOLEAN),
        spec("seen", SdType.DATETIME, date_only=True),
        primary_key="key",
    )


def fitted(
    engine: Synthesizer,
    tables: Tables,
    about: Metadata,
    *,
    seed: int = 0,
    settings: dict[str, object] | None = None,
    held_out: Tables | None = None,
    on_progress: OnProgress = no_progress,
) -> FitResult:
    chosen = QUICK if settings is None else settings
    return engine.fit(
        tables,
        about,
        held_out=held_out or {},
        settings=chosen,
        privacy=None,
        seed=seed,
        on_progress=on_progress,  # type: ignore[arg-type]
    )


def drawn(
    engine: Synthesizer, artifact: bytes, rows: int | None = None, seed: int = 0
) -> dict[str, pd.DataFrame]:
    """All chunks put together, by table."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for chunk in engine.sample(artifact, rows=rows, seed=seed, on_progress=no_progress):
        for name, frame in chunk.items():
            parts.setdefault(name, []).append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def twin(
    engine: Synthesizer, frame: pd.DataFrame, about: Metadata, rows: int | None = None
) -> pd.DataFrame:
    """Fit and draw a single table."""
    name = str(about.only_table)
    return drawn(engine, fitted(engine, {name: frame}, about).artifact, rows)[name]
