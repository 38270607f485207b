"""The dictionary tells of the synthetic rows, and of nothing else."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.compliance.interchange.csv_on_the_web import column_name, csv_metadata
from domain.compliance.interchange.csv_times import csv_time
from domain.compliance.interchange.data_dictionary import (
    DictionaryLine,
    dictionary_csv,
    dictionary_lines,
)
from domain.compliance.interchange.drawn_columns import MOST_VALUES, drawn_columns
from domain.compliance.interchange.twin import Twin
from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata
from domain.kernel import BadInput
from tests.domain.compliance.interchange import twins


@pytest.fixture(scope="module")
def lines() -> dict[str, DictionaryLine]:
    example = twins.tables()
    found = dictionary_lines(example.twin, example.drawn)
    return {f"{line.table}.{line.column}": line for line in found}


def test_there_is_a_line_for_every_column_in_the_order_of_the_card(lines):
    card = twins.tables().twin.card
    assert list(lines) == [
        f"{t['name']}.{c['name']}" for t in card["training_data"]["tables"] for c in t["columns"]
    ]


def test_ranges_are_those_of_the_synthetic_rows_as_the_file_writes_them(lines):
    told = {name: (line.minimum, line.maximum) for name, line in lines.items() if line.minimum}
    assert told == {
        "patients.age": ("7", "41"),
        f"patients.{twins.ODD}": ("-1,50", "22,30"),
        "patients.born": ("2.1.1980", "31.12.2019"),
        "visits.at": ("2024-01-02 03:04:05", "2024-03-04 23:59:59"),
    }


def test_categories_missing_cells_and_words_are_named(lines):
    assert lines["patients.sex"].values == "f, m"
    assert lines["patients.sex"].missing == "1 of 3, written as “?”"
    assert lines["patients.smokes"].values == "no, yes"
    assert lines["patients.smokes"].format == "“yes” or “no”"
    assert lines["patients.born"].format == "d.M.yyyy"


def test_keys_rules_and_meanings_are_told(lines):
    assert lines["patients.patient"].key == "primary key"
    assert lines["visits.patient"].key == "refers to patients.patient"
    assert lines["visits.at"].meaning == "may identify people: Safe Harbor C; when it happened"
    assert lines["patients.age"].rules == "0 <= age <= 130"


def test_a_column_that_was_left_out_has_a_line_and_no_values(lines):
    ssn = lines["patients.ssn"]
    assert (ssn.in_the_twin, ssn.values, ssn.minimum, ssn.format) == ("left out", "", "", "")


def test_of_invented_values_none_is_shown(lines):
    assert lines["patients.patient"].values == lines["patients.patient"].minimum == ""


def test_a_private_run_tells_no_rule_that_was_found_in_real_rows():
    example = twins.table(private=True)
    told = dictionary_lines(example.twin, example.drawn)
    assert [line.rules for line in told] == [""] * len(told)
    assert next(line for line in told if line.column == "age").minimum == "7"


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(lines):
    rows = list(csv.DictReader(io.StringIO(dictionary_csv(list(lines.values())).decode())))
    odd = rows[2]
    assert odd["column"] == f"'{twins.ODD}"
    assert odd["minimum"] == "'-1,50"
    assert rows[1]["minimum"] == "7"


def drawn(values: list, spec: ColumnSpec):
    out = io.BytesIO()
    frame = pd.DataFrame({spec.name: values})
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), out, row_group_size=7)
    return drawn_columns(io.BytesIO(out.getvalue()), TableMetadata(columns=(spec,)))[spec.name]


def test_many_categories_are_counted_and_not_named():
    spec = ColumnSpec(name="code", sdtype=SdType.CATEGORICAL)
    words = [f"c{i:03d}" for i in range(MOST_VALUES + 1)]
    assert drawn(words, spec).values == ()
    assert drawn(words, spec).distinct == MOST_VALUES + 1
    assert drawn(words[:-1] * 3, spec).values == tuple(words[:-1])


def test_ends_are_found_over_all_pieces_of_a_file():
    spec = ColumnSpec(name="at", sdtype=SdType.DATETIME, date_only=True)
    days = list(pd.date_range("2020-01-01", periods=50))
    found = drawn(days[25:] + days[:25], spec)
    assert (found.minimum, found.maximum) == ("2020-01-01", "2020-02-19")


def test_ends_of_numbers_are_rounded_outwards_and_tell_no_amount():
    pay = drawn([-1234.56, 98765.43], ColumnSpec(name="x", sdtype=SdType.FLOAT, decimals=2))
    assert (pay.minimum, pay.maximum) == ("-1240.00", "98800.00")
    most = 2**63 - 1
    key = drawn([-most, most], ColumnSpec(name="x", sdtype=SdType.INTEGER, point_zero=True))
    assert (key.minimum, key.maximum) == ("-9230000000000000000.0", "9230000000000000000.0")


def test_a_column_without_a_value_has_no_ends():
    spec = ColumnSpec(name="x", sdtype=SdType.FLOAT)
    found = drawn([None, None], spec)
    assert (found.rows, found.missing, found.minimum) == (2, 2, None)


def test_a_table_that_nobody_knows_is_refused():
    card = twins.table().twin.card
    with pytest.raises(BadInput, match="Nothing is known about the columns of table “visits”"):
        Twin.of(twins.synthetic(), Metadata(tables={"patients": twins.PATIENTS}), card, twins.PACK)


def test_csv_metadata_lies_where_readers_look_for_it():
    assert list(csv_metadata(twins.table().twin)) == ["synthetic.csv-metadata.json"]
    assert list(csv_metadata(twins.tables().twin)) == ["synthetic/csv-metadata.json"]


def test_csv_metadata_marks_the_rows_as_synthetic_with_their_epsilon():
    told = csv_metadata(twins.table(private=True).twin)["synthetic.csv-metadata.json"]
    marks = {m["schema:name"]: m["schema:value"] for m in told["schema:additionalProperty"]}
    assert (marks["synthetic"], marks["epsilon"], marks["pack"]) == (
        True,
        1.0,
        f"urn:uuid:{twins.PACK}",
    )


def test_csv_metadata_links_tables_by_their_columns():
    patients, visits = csv_metadata(twins.tables().twin)["synthetic/csv-metadata.json"]["tables"]
    assert patients["tableSchema"]["primaryKey"] == "patient"
    assert visits["tableSchema"]["foreignKeys"] == [
        {
            "columnReference": "patient",
            "reference": {"resource": "patients.csv", "columnReference": "patient"},
        }
    ]


def test_without_a_csv_there_is_no_csv_metadata():
    table = twins.table().twin.tables[0]
    alone = replace(table, files={table.parquet: table.files[table.parquet]})
    assert csv_metadata(replace(twins.table().twin, tables=(alone,))) == {}


@pytest.mark.parametrize(
    ("form", "datatype"),
    [
        ("%Y-%m-%d", {"base": "date", "format": "yyyy-MM-dd"}),
        ("%d.%m.%Y %H:%M", {"base": "datetime", "format": "dd.MM.yyyy HH:mm"}),
        ("%Y-%m-%dT%H:%M:%S.%3f", {"base": "datetime", "format": "yyyy-MM-ddTHH:mm:ss.SSS"}),
        ("%d %b %Y", "string"),
        ("%s", "integer"),
    ],
)
def test_formats_of_times_become_pictures_where_there_is_one(form, datatype):
    spec = ColumnSpec(name="at", sdtype=SdType.DATETIME, datetime_format=form)
    assert csv_time(spec) == datatype


def test_names_of_columns_become_variables_of_addresses():
    assert column_name("a_b") == "a_b"
    assert column_name("_a b") == "%5Fa%20b"
