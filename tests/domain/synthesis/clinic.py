"""A small clinic of several tables: patients, their visits, diagnoses and labs, and the wards."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    Relationship,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.kernel import no_progress
from domain.synthesis.base import FitResult
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.sequences.engine import Sequences

QUICK: Mapping[str, int] = {"max_epochs": 3, "memory": 16, "block_size": 8, "window": 16}
_CAUSES = {"flu": "fever", "fracture": "fall"}


def _id(name: str, *, unique: bool = False) -> ColumnSpec:
    return ColumnSpec(name=name, sdtype=SdType.ID, pii_action=PiiAction.SURROGATE, unique=unique)


def _link(child: str, column: str, parent: str) -> Relationship:
    return Relationship(
        parent_table_name=parent,
        parent_primary_key="id",
        child_table_name=child,
        child_foreign_key=column,
    )


def clinic_metadata() -> Metadata:
    """Visits and labs are of patients, diagnoses of visits only; wards are a code book."""
    word, day = SdType.CATEGORICAL, SdType.DATETIME
    patients = (
        _id("id", unique=True),
        ColumnSpec(name="sex", sdtype=word),
        ColumnSpec(name="born", sdtype=day, date_only=True),
    )
    visits = (
        _id("id", unique=True),
        _id("patient"),
        _id("ward"),
        ColumnSpec(name="start", sdtype=day),
        ColumnSpec(name="stop", sdtype=day),
        ColumnSpec(name="cause", sdtype=word),
    )
    diagnoses = (
        _id("visit"),
        ColumnSpec(name="code", sdtype=word),
        ColumnSpec(name="cause", sdtype=word),
    )
    labs = (
        _id("patient"),
        _id("visit"),
        ColumnSpec(name="day", sdtype=day, date_only=True),
        ColumnSpec(name="value", sdtype=SdType.FLOAT, decimals=1),
    )
    wards = (_id("id", unique=True), ColumnSpec(name="beds", sdtype=SdType.INTEGER))
    return Metadata(
        tables={
            "patients": TableMetadata(columns=patients, primary_key="id"),
            "visits": TableMetadata(
                columns=visits,
                primary_key="id",
                sequence=SequenceKeys(entity="patient", time="start"),
            ),
            "diagnoses": TableMetadata(columns=diagnoses),
            "labs": TableMetadata(
                columns=labs, sequence=SequenceKeys(entity="patient", time="day")
            ),
            "wards": TableMetadata(columns=wards, primary_key="id"),
        },
        relationships=(
            _link("visits", "patient", "patients"),
            _link("visits", "ward", "wards"),
            _link("diagnoses", "visit", "visits"),
            _link("labs", "patient", "patients"),
            _link("labs", "visit", "visits"),
        ),
    )


def clinic(patients: int, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Every fifth patient was never there; every fourth visit has a lab on its day, before or after
    the hour at which it began; every twelfth lab belongs to no visit. A diagnosis has the cause of
    its visit."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"P{n:04d}" for n in range(patients)])
    born = np.datetime64("1950-01-01") + rng.integers(0, 20_000, patients)
    who = np.repeat(np.arange(patients), np.where(np.arange(patients) % 5, 4, 0))
    days = np.datetime64("2024-01-01") + rng.integers(0, 300, len(who))
    start = days + rng.integers(8 * 60, 18 * 60, len(who)) * np.timedelta64(60, "s")
    cause = np.where(rng.random(len(who)) < 0.6, "flu", "fracture")
    visits = pd.DataFrame(
        {
            "id": [f"V{n:05d}" for n in range(len(who))],
            "patient": ids[who],
            "ward": [f"W{n:02d}" for n in rng.integers(0, 3, len(who))],
            "start": start.astype("datetime64[ns]"),
            "stop": (start + rng.integers(1, 4, len(who)) * np.timedelta64(3600, "s")).astype(
                "datetime64[ns]"
            ),
            "cause": cause,
        }
    )
    at = np.repeat(np.arange(len(who)), rng.integers(0, 3, len(who)))
    diagnoses = pd.DataFrame(
        {
            "visit": visits["id"].to_numpy()[at],
            "code": [_CAUSES[c] for c in cause[at]],
            "cause": cause[at],
        }
    )
    tested = np.arange(0, len(who), 4)
    labs = pd.DataFrame(
        {
            "patient": ids[who[tested]],
            "visit": np.where(tested % 12, visits["id"].to_numpy()[tested], None),
            "day": days[tested].astype("datetime64[ns]"),
            "value": rng.normal(5, 1, len(tested)).round(1),
        }
    )
    found = {
        "patients": pd.DataFrame(
            {
                "id": ids,
                "sex": np.where(np.arange(patients) % 2, "f", "m"),
                "born": born.astype("datetime64[ns]"),
            }
        ),
        "visits": visits.sample(frac=1, random_state=seed),
        "diagnoses": diagnoses.sample(frac=1, random_state=seed),
        "labs": labs,
        "wards": pd.DataFrame({"id": ["W00", "W01", "W02"], "beds": [10, 20, 30]}),
    }
    return {name: _typed(frame, name) for name, frame in found.items()}


def _typed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """With the dtypes that the engines are given."""
    dtypes = {
        SdType.ID: "string[pyarrow]",
        SdType.CATEGORICAL: "category",
        SdType.INTEGER: "Int64",
        SdType.FLOAT: "float64",
        SdType.DATETIME: "datetime64[ns]",
    }
    specs = clinic_metadata().tables[name].columns
    return frame.astype({s.name: dtypes[s.sdtype] for s in specs}).reset_index(drop=True)


def without(metadata: Metadata, *names: str) -> Metadata:
    """The metadata of fewer tables."""
    return replace(
        metadata,
        tables={n: t for n, t in metadata.tables.items() if n not in names},
        relationships=tuple(
            r
            for r in metadata.relationships
            if not {r.parent_table_name, r.child_table_name} & {*names}
        ),
    )


def fitted(
    tables: Mapping[str, pd.DataFrame], metadata: Metadata, *, seed: int = 0, **settings: int
) -> FitResult:
    """The engine after a quick course."""
    return Sequences().fit(
        tables,
        metadata,
        held_out={name: frame.iloc[:0] for name, frame in tables.items()},
        settings={**QUICK, **settings},
        privacy=None,
        seed=seed,
        on_progress=no_progress,
    )


def drawn(
    fit: FitResult, rows: int | None = None, *, seed: int = 1, spec: SampleSpec = PLAIN
) -> dict[str, pd.DataFrame]:
    """A whole sample, its chunks put together."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for chunk in Sequences().sample(
        fit.artifact, rows=rows, seed=seed, spec=spec, on_progress=no_progress
    ):
        for name, frame in chunk.items():
            parts.setdefault(name, []).append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
