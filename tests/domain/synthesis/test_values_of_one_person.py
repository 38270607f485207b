"""A value that one person alone holds is protected, however often it occurs."""

from __future__ import annotations

import pandas as pd

from domain.datasets.entities import ColumnSpec, PiiAction, PiiKind, SdType, TableMetadata
from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.encoding.holders import held_by_one, is_about_people, person_keys
from domain.synthesis.encoding.table import TableEncoder

PATIENT = ColumnSpec(
    name="patient",
    sdtype=SdType.ID,
    pii_kind=PiiKind.RECORD_NUMBER,
    pii_action=PiiAction.SURROGATE,
)
CODE = ColumnSpec(name="code", sdtype=SdType.CATEGORICAL)


def visits() -> pd.DataFrame:
    """Ten patients with cough; one of them came twenty times with something nobody else has."""
    patients = [f"p{i % 10}" for i in range(50)] + ["p3"] * 20
    return pd.DataFrame({"patient": patients, "code": ["cough"] * 50 + ["rare disease"] * 20})


def encoder_of(frame: pd.DataFrame, *specs: ColumnSpec, references=()) -> TableEncoder:
    return TableEncoder.fit(
        frame,
        specs,
        held_out=None,
        primary_key=None,
        rare_threshold=5,
        seed=0,
        on_column=lambda done, total: None,
        references=references,
    )


def test_a_value_whose_rows_belong_to_one_person_is_never_drawn_and_counted() -> None:
    encoder = encoder_of(visits(), PATIENT, CODE)
    codec = encoder.codecs["code"]
    assert isinstance(codec, CategoryCodec)
    assert (codec.values, codec.rare) == (("cough",), 1)
    assert "Column “code”: 1 rare value is protected, never drawn." in encoder.notes()


def test_a_reference_to_a_table_of_people_says_whose_row_it_is() -> None:
    codec = encoder_of(visits(), CODE, references=["patient"]).codecs["code"]
    assert isinstance(codec, CategoryCodec)
    assert codec.values == ("cough",)


def test_without_a_key_of_persons_only_rows_are_counted() -> None:
    codec = encoder_of(visits(), CODE).codecs["code"]
    assert isinstance(codec, CategoryCodec)
    assert codec.values == ("cough", "rare disease")


def test_a_key_that_never_repeats_says_nothing() -> None:
    frame = visits().assign(patient=[f"p{i}" for i in range(70)])
    assert person_keys(frame, [PATIENT, CODE]) == []


def test_missing_keys_and_values_belong_to_nobody() -> None:
    column = pd.Series(["a", "a", None, "b", "b"])
    key = pd.Series(["x", "y", "x", None, None])
    assert held_by_one(column, [key]) == frozenset()


def test_a_table_with_a_name_in_it_is_about_people() -> None:
    assert is_about_people(TableMetadata(columns=(CODE, PATIENT)))
    assert not is_about_people(TableMetadata(columns=(CODE,)))
