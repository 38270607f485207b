"""Events whose owner only their parents tell: a lab's patient is that of its visit."""

from dataclasses import replace

import pandas as pd
import pytest

from domain.datasets.entities import Metadata, SequenceKeys
from domain.evaluation.event_owners import EventOwners
from domain.evaluation.spec import EvaluationSpec
from domain.evaluation.temporal import log_rows
from tests.domain.synthesis.clinic import clinic, clinic_metadata


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    known = clinic(30)
    return {**known, "labs": known["labs"].drop(columns="patient")}


@pytest.fixture(scope="module")
def metadata() -> Metadata:
    """Labs say their visit only."""
    known = clinic_metadata()
    labs = known.tables["labs"]
    labs = replace(
        labs,
        columns=tuple(c for c in labs.columns if c.name != "patient"),
        sequence=SequenceKeys(entity="visit", time="day"),
    )
    links = tuple(r for r in known.relationships if r.child_foreign_key != "patient")
    visits = next(r for r in known.relationships if r.child_table_name == "visits")
    return replace(known, tables={**known.tables, "labs": labs}, relationships=(visits, *links))


def test_a_row_belongs_to_whom_its_parent_belongs(
    tables: dict[str, pd.DataFrame], metadata: Metadata
) -> None:
    owners = EventOwners.of(metadata)
    labs = owners.told(tables)["labs"]
    patient = tables["visits"].set_index("id")["patient"]
    linked = labs["visit"].notna()
    assert list(labs[owners.column][linked]) == list(patient[labs["visit"][linked]])
    assert labs[owners.column][~linked].isna().all()
    assert "visits" not in owners.names


def test_the_chapter_of_time_reads_histories_of_patients_not_of_visits(
    tables: dict[str, pd.DataFrame], metadata: Metadata
) -> None:
    owners = EventOwners.of(metadata)
    told = owners.told(tables)
    rows = log_rows(
        told,
        {},
        told,
        "labs",
        owners.table("labs", metadata.tables["labs"]),
        EvaluationSpec(),
        seed=0,
        alone=False,
    )
    assert rows is not None
    assert rows.sides().train.histories == told["labs"][owners.column].nunique()


def test_tables_that_are_nobodys_are_left_as_they_are(
    tables: dict[str, pd.DataFrame], metadata: Metadata
) -> None:
    unlinked = replace(metadata, relationships=())
    assert EventOwners.of(unlinked).told(tables) is tables
