"""Metadata in SDV's forms: our own reader takes it back, and SDV loads it."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import pytest

from domain.compliance.interchange.sdv_metadata import (
    plain_format,
    sdv_metadata,
    sdv_single_table,
)
from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    PiiKind,
    Relationship,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.datasets.schemas import read_schema
from tests.domain.compliance.interchange import twins


def read(document: dict) -> Metadata:
    return read_schema(json.dumps(document).encode())


def single(example: twins.Example) -> dict:
    return sdv_single_table(example.twin, example.twin.tables[0])


def test_our_reader_takes_every_column_back():
    for document in (sdv_metadata(twins.table().twin), single(twins.table())):
        table = next(iter(read(document).tables.values()))
        assert table.primary_key == "patient"
        assert {c.name: c.sdtype for c in table.columns} == {
            "patient": SdType.ID,
            "age": SdType.INTEGER,
            twins.ODD: SdType.FLOAT,
            "sex": SdType.CATEGORICAL,
            "smokes": SdType.CATEGORICAL,
            "born": SdType.DATETIME,
        }


def test_several_tables_come_back_with_their_relationship():
    assert read(sdv_metadata(twins.tables().twin)).relationships == (twins.LINK,)


def test_a_log_names_whose_rows_they_are_and_when():
    document = single(twins.log())
    assert (document["sequence_key"], document["sequence_index"]) == ("patient", "at")


def test_one_long_series_has_no_index_since_sdv_wants_a_key_for_it():
    known = replace(twins.VISITS, sequence=SequenceKeys(time="at"))
    document = single(twins.example(Metadata(tables={"visits": known})))
    assert "sequence_index" not in document


def test_words_that_pandas_reads_as_yes_or_no_are_boolean():
    columns = tuple(
        replace(c, true_word="True", false_word="False") if c.name == "smokes" else c
        for c in twins.PATIENTS.columns
    )
    known = Metadata(tables={"patients": replace(twins.PATIENTS, columns=columns)})
    assert single(twins.example(known))["columns"]["smokes"] == {"sdtype": "boolean"}


def test_formats_are_told_in_directives_that_strptime_reads():
    assert plain_format("%-d.%-m.%Y %H:%M:%S.%3f") == "%d.%m.%Y %H:%M:%S.%f"


def test_links_that_sdv_refuses_are_left_out():
    to_itself = Relationship(
        parent_table_name="patients",
        parent_primary_key="patient",
        child_table_name="patients",
        child_foreign_key="sex",
    )
    twin = replace(twins.tables().twin, relationships=(to_itself, twins.LINK, twins.LINK))
    assert len(sdv_metadata(twin)["relationships"]) == 1


def test_a_personal_column_of_invented_values_says_so():
    mail = ColumnSpec(
        name="mail",
        sdtype=SdType.TEXT,
        pii_action=PiiAction.SURROGATE,
        pii_kind=PiiKind.EMAIL,
    )
    table = twins.log().twin.tables[0]
    personal = replace(table, metadata=TableMetadata(columns=(mail,)))
    told = sdv_single_table(twins.log().twin, personal)
    assert told["columns"] == {"mail": {"sdtype": "email", "pii": True}}
    assert read(told).tables["table"].column("mail").pii_kind is PiiKind.EMAIL


@pytest.mark.slow
@pytest.mark.parametrize("name", ["table", "tables", "log"])
def test_sdv_loads_and_accepts_it(name, tmp_path):
    from sdv.metadata import Metadata as Sdv

    example = getattr(twins, name)()
    for document in [sdv_metadata(example.twin)] + ([single(example)] if name != "tables" else []):
        path = tmp_path / f"{document['METADATA_SPEC_VERSION']}.json"
        path.write_text(json.dumps(document))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SDV 2 says that it converts
            loaded = Sdv.load_from_json(path)
            loaded.validate()
        found = {c for t in loaded.tables.values() for c in t.columns}
        assert found == {c.name for t in example.twin.tables for c in t.metadata.columns}
