"""Small simulated tables with known dependences, typed as preparation types them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata, Tables
from domain.kernel import OnProgress, no_progress
from domain.synthesis.base import FitResult, Synthesizer
from domain.synthesis.conditions import PLAIN, SampleSpec

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


def households(rows: int, seed: int = 0) -> tuple[pd.DataFrame, Metadata]:
    """Eight columns that all lean on one another, in both directions of their order."""
    rng = np.random.default_rng(seed)
    region = rng.choice(["north", "south", "west", "islands"], rows, p=[0.45, 0.3, 0.2, 0.05])
    lean = pd.Series(region).map({"north": 0.0, "south": 0.5, "west": 1.0, "islands": 1.5})
    age = np.clip(rng.normal(35 + 12 * lean, 13), 18, 90).round()
    owner = rng.random(rows) < 1 / (1 + np.exp(-(age - 45) / 8 - 0.8 * lean))
    income = np.exp(rng.normal(9.8 + 0.015 * (age - 40) + 0.35 * owner - 0.3 * lean, 0.35))
    children = rng.poisson(np.where(age < 30, 0.4, 1.6) + 0.4 * owner)
    days = (rng.beta(1 + owner * 2, 2, rows) * 900).astype(np.int64)
    risk = np.exp(rng.normal(0.02 * (age - 40) - 0.4 * children, 0.5))
    car = np.where(owner, "estate", "none")
    car = np.where(income > 30_000, np.where(children > 2, "van", "saloon"), car)
    car = np.where(rng.random(rows) < 0.1, rng.choice(["van", "saloon", "none"], rows), car)
    income = np.where(rng.random(rows) < 0.05 + 0.1 * ~owner, np.nan, np.round(income, 2))
    frame = pd.DataFrame(
        {
            "region": pd.Categorical(region),
            "age": pd.Series(age).astype("Int64"),
            "owner": pd.Series(owner).astype("boolean"),
            "income": income,
            "children": pd.Series(children).astype("Int64"),
            "moved": pd.Timestamp("2021-01-01") + pd.to_timedelta(days, unit="D"),
            "risk": risk,
            "car": pd.Categorical(car),
        }
    )
    return frame.astype({"moved": "datetime64[ns]"}), metadata(
        spec("region", SdType.CATEGORICAL),
        spec("age", SdType.INTEGER),
        spec("owner", SdType.BOOLEAN),
        spec("income", SdType.FLOAT, decimals=2),
        spec("children", SdType.INTEGER),
        spec("moved", SdType.DATETIME, date_only=True),
        spec("risk", SdType.FLOAT),
        spec("car", SdType.CATEGORICAL),
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
    engine: Synthesizer,
    artifact: bytes,
    rows: int | None = None,
    seed: int = 0,
    spec: SampleSpec = PLAIN,
) -> dict[str, pd.DataFrame]:
    """All chunks put together, by table."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for chunk in engine.sample(artifact, rows=rows, seed=seed, spec=spec, on_progress=no_progress):
        for name, frame in chunk.items():
            parts.setdefault(name, []).append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def twin(
    engine: Synthesizer, frame: pd.DataFrame, about: Metadata, rows: int | None = None
) -> pd.DataFrame:
    """Fit and draw a single table."""
    name = str(about.only_table)
    return drawn(engine, fitted(engine, {name: frame}, about).artifact, rows)[name]
