from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import Metadata, Relationship, SdType, TableMetadata
from domain.kernel import BadInput
from domain.synthesis.autoregressive import Autoregressive
from tests.domain.synthesis.simulated import drawn, fitted, spec

ENGINE = Autoregressive()


def link(parent: str, child: str) -> Relationship:
    return Relationship(
        parent_table_name=parent,
        parent_primary_key="id",
        child_table_name=child,
        child_foreign_key=f"{parent}_id",
    )


def clinic() -> tuple[dict[str, pd.DataFrame], Metadata]:
    """Patients with 0 to 5 visits at one of 10 clinics; some visits have no clinic."""
    rng = np.random.default_rng(0)
    ids = pd.Series([f"P{i:04d}" for i in range(400)], dtype="string[pyarrow]")
    visits = pd.Series(np.repeat(ids, rng.integers(0, 6, 400)), dtype="string[pyarrow]")
    visits = visits.sample(frac=1, random_state=0).reset_index(drop=True)
    clinics = pd.Series(rng.integers(100, 110, len(visits)), dtype="Int64")
    clinics[rng.random(len(visits)) < 0.25] = pd.NA
    tables = {
        "visit": pd.DataFrame(
            {
                "cost": rng.normal(80, 9, len(visits)).round(2),
                "patient_id": visits,
                "clinic_id": clinics,
            }
        ),
        "patient": pd.DataFrame(
            {"id": ids, "age": pd.Series(rng.integers(1, 90, 400), dtype="Int64")}
        ),
        "clinic": pd.DataFrame(
            {"id": pd.Series(range(100, 110), dtype="Int64"), "beds": rng.normal(size=10)}
        ),
    }
    about = Metadata(
        tables={
            "visit": TableMetadata(
                columns=(
                    spec("cost", SdType.FLOAT, decimals=2),
                    spec("patient_id", SdType.ID),
                    spec("clinic_id", SdType.INTEGER),
                )
            ),
            "patient": TableMetadata(
                columns=(spec("id", SdType.ID, unique=True), spec("age", SdType.INTEGER)),
                primary_key="id",
            ),
            "clinic": TableMetadata(
                columns=(spec("id", SdType.INTEGER, unique=True), spec("beds", SdType.FLOAT)),
                primary_key="id",
            ),
        },
        relationships=(link("patient", "visit"), link("clinic", "visit")),
    )
    return tables, about


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    tables, about = clinic()
    return drawn(ENGINE, fitted(ENGINE, tables, about).artifact, rows=800)


def test_every_foreign_key_points_to_a_row_that_exists(made: dict[str, pd.DataFrame]) -> None:
    assert set(made["visit"]["patient_id"]) <= set(made["patient"]["id"])
    assert set(made["visit"]["clinic_id"].dropna()) <= set(made["clinic"]["id"])


def test_primary_keys_are_unique_and_invented(made: dict[str, pd.DataFrame]) -> None:
    tables, _ = clinic()
    for name in ("patient", "clinic"):
        assert made[name]["id"].is_unique
        assert not set(made[name]["id"]) & set(tables[name]["id"])


def test_the_number_of_children_per_parent_is_kept(made: dict[str, pd.DataFrame]) -> None:
    tables, _ = clinic()
    real = _family_sizes(tables["patient"], tables["visit"])
    twin = _family_sizes(made["patient"], made["visit"])
    assert twin.sub(real, fill_value=0).abs().max() < 0.01


def test_all_tables_scale_with_the_main_one(made: dict[str, pd.DataFrame]) -> None:
    tables, _ = clinic()
    assert len(made["patient"]) == 800
    assert len(made["clinic"]) == 20
    assert len(made["visit"]) == pytest.approx(2 * len(tables["visit"]), rel=0.02)


def test_missing_foreign_keys_and_dtypes_are_kept(made: dict[str, pd.DataFrame]) -> None:
    tables, _ = clinic()
    real = tables["visit"]["clinic_id"].isna().mean()
    assert made["visit"]["clinic_id"].isna().mean() == pytest.approx(real, abs=0.01)
    for name, frame in tables.items():
        assert made[name].dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
        assert list(made[name]) == list(frame)


def test_parents_come_before_their_children() -> None:
    tables, about = clinic()
    artifact = fitted(ENGINE, tables, about).artifact
    chunks = ENGINE.sample(artifact, rows=None, seed=0, on_progress=lambda *_: None)
    order = [name for chunk in chunks for name in chunk]
    assert order.index("visit") > max(order.index("patient"), order.index("clinic"))


def test_relationships_in_a_circle_are_refused() -> None:
    tables, about = clinic()
    back = Relationship(
        parent_table_name="visit",
        parent_primary_key="patient_id",
        child_table_name="patient",
        child_foreign_key="id",
    )
    circle = Metadata(tables=about.tables, relationships=(*about.relationships, back))
    with pytest.raises(BadInput, match="circle"):
        fitted(ENGINE, tables, circle)


def _family_sizes(parents: pd.DataFrame, children: pd.DataFrame) -> pd.Series:
    counts = children["patient_id"].value_counts().reindex(parents["id"], fill_value=0)
    return counts.value_counts(normalize=True)
