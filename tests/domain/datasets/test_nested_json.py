"""Nested records of any schema as flat tables, and the way back."""

import io
import json
from contextlib import nullcontext

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata
from domain.datasets.nested_metadata import with_nesting
from domain.datasets.nesting_plan import NestingPlan
from domain.datasets.profiling import profile
from domain.datasets.reading import read_file, read_files
from domain.datasets.table_reading import FileReading
from domain.datasets.writing_json import ending, json_document
from domain.kernel import BadInput, Conflict, no_progress

PATIENTS = [
    {
        "patient_id": "p1",
        "zip": "02138",
        "address": {"city": "Ulm", "place": [48.4, 9.99]},
        "encounters": [
            {
                "date": "2020-01-01",
                "diagnosis_codes": ["I10", "E11"],
                "labs": [{"code": "GLU", "value": 5.0}, {"code": "HDL", "value": 7}],
            },
            {"date": "2020-02-01", "diagnosis_codes": [], "labs": []},
        ],
    },
    {
        "patient_id": "p2",
        "zip": "10115",
        "address": {"city": "Bonn", "place": [50.7, 7.1]},
        "alive": True,
        "encounters": [],
    },
    {
        "patient_id": "p3",
        "zip": "10115",
        "address": {"city": "Bonn", "place": [50.7, 7.1]},
        "alive": False,
        "encounters": [{"date": "2021-01-01", "diagnosis_codes": ["J45"], "labs": []}],
    },
]


def read(name: str, document: object) -> tuple[dict[str, pa.Table], FileReading]:
    text = document if isinstance(document, str) else json.dumps(document)
    found = read_file(name, io.BytesIO(text.encode()))
    return {t.name: pa.Table.from_batches(t.batches) for t in found.tables}, found


def written(tables: dict[str, pa.Table], plan: NestingPlan | None) -> str:
    columns = {name: TableMetadata(columns=()) for name in tables}
    metadata = Metadata(tables=columns, nesting=plan)
    return b"".join(json_document(tables, metadata)).decode()


def test_patients_with_encounters_with_codes_and_results_are_four_tables():
    tables, _ = read("patients.json", PATIENTS)
    assert {name: t.column_names for name, t in tables.items()} == {
        "patients": [
            *("patients_key", "patient_id", "zip", "address.city", "alive"),
            *("address.place.1", "address.place.2"),
        ],
        "patients_encounters": ["patients_encounters_key", "patients_key", "date"],
        "patients_encounters_diagnosis_codes": [
            *("patients_encounters_key", "ordinal", "diagnosis_codes"),
        ],
        "patients_encounters_labs": ["patients_encounters_key", "code", "value"],
    }
    assert tables["patients_encounters_diagnosis_codes"].to_pydict() == {
        "patients_encounters_key": ["1", "1", "3"],
        "ordinal": ["1", "2", "1"],
        "diagnosis_codes": ["I10", "E11", "J45"],
    }


def test_keys_of_nested_tables_are_links_and_primary_keys():
    tables, found = read("patients.json", PATIENTS * 20)
    metadata = profile(tables, with_nesting(None, found.nesting), no_progress)[1]
    assert [
        (r.parent_table_name, r.child_table_name, r.child_foreign_key)
        for r in metadata.relationships
    ] == [
        ("patients", "patients_encounters", "patients_key"),
        *(
            ("patients_encounters", f"patients_encounters_{name}", "patients_encounters_key")
            for name in ("diagnosis_codes", "labs")
        ),
    ]
    assert metadata.tables["patients"].primary_key == "patients_key"
    assert Metadata.from_document(json.loads(json.dumps(metadata.to_document()))) == metadata


def test_a_document_is_written_as_it_was_read():
    for name, document in (
        ("patients.json", PATIENTS),
        ("clinic.json", {"patients": PATIENTS}),
        ("clinic.json", {"patients": PATIENTS, "wards": [{"a": "x", "b": 1}]}),
        ("mixed.json", [{"a": 1, "l": [1, {"b": 2}]}, {"a": 2, "l": [[1], [2]]}]),
    ):
        tables, found = read(name, document)
        assert json.loads(written(tables, found.nesting)) == document


def test_lines_are_written_as_lines():
    text = "".join(json.dumps(p) + "\n" for p in PATIENTS)
    tables, found = read("patients.ndjson", text)
    again = written(tables, found.nesting)
    assert [json.loads(line) for line in again.splitlines()] == PATIENTS
    assert ending(Metadata(tables={}, nesting=found.nesting)) == "ndjson"


def test_rows_in_another_order_still_find_their_parents_and_places():
    tables, found = read("patients.json", PATIENTS)
    turned = {n: t.take(list(range(t.num_rows))[::-1]) for n, t in tables.items()}
    assert json.loads(written(turned, found.nesting)) == [
        {**p, "encounters": [{**e, "labs": e["labs"][::-1]} for e in p["encounters"][::-1]]}
        for p in PATIENTS[::-1]
    ]


def test_columns_and_tables_that_are_gone_leave_no_trace_and_orphans_are_left_out():
    tables, found = read("patients.json", PATIENTS)
    del tables["patients_encounters_labs"]
    tables["patients"] = tables["patients"].drop_columns(["zip"]).slice(0, 1)
    assert json.loads(written(tables, found.nesting)) == [
        {
            **{k: v for k, v in PATIENTS[0].items() if k != "zip"},
            "encounters": [
                {k: v for k, v in e.items() if k != "labs"} for e in PATIENTS[0]["encounters"]
            ],
        }
    ]


def test_files_with_tables_of_one_name_are_one_table_with_keys_of_its_own():
    files = [
        (f"{n}.json", nullcontext(io.BytesIO(json.dumps({"patients": [p]}).encode())))
        for n, p in enumerate(PATIENTS)
    ]
    (found,) = read_files(files)
    tables = {t.name: pa.Table.from_batches(t.batches) for t in found.tables}
    assert tables["patients"]["patients_key"].to_pylist() == ["1", "2", "3"]
    assert tables["patients_encounters"]["patients_key"].to_pylist() == ["1", "1", "3"]
    assert json.loads(written(tables, found.nesting)) == {"patients": PATIENTS}


def test_files_of_other_kinds_are_read_beside_nested_ones():
    files = [
        ("wards.csv", nullcontext(io.BytesIO(b"a,b\n1,2\n"))),
        ("patients.json", nullcontext(io.BytesIO(json.dumps(PATIENTS).encode()))),
    ]
    tables = {}
    for found in read_files(files):
        tables.update({t.name: pa.Table.from_batches(t.batches) for t in found.tables})
    assert list(tables)[:2] == ["wards", "patients"]
    with pytest.raises(Conflict, match="Only some"):
        written(tables, found.nesting)


def test_records_that_had_nothing_but_lists_come_back_with_them():
    document = {"groups": [{"members": [{"a": 1, "b": 2}]}, {"members": [{"a": 3, "b": 4}]}]}
    tables, found = read("t.json", document)
    assert list(tables) == ["groups_members"]
    assert json.loads(written(tables, found.nesting)) == document


def test_flat_tables_are_lists_of_records():
    specs = (
        ColumnSpec(name="id", sdtype=SdType.ID),
        ColumnSpec(name="n", sdtype=SdType.INTEGER),
        ColumnSpec(name="yes", sdtype=SdType.BOOLEAN),
    )
    table = pa.table({"id": ["07", "08"], "n": ["7", None], "yes": ["True", "False"]})
    rows = [{"id": "07", "n": 7, "yes": True}, {"id": "08", "yes": False}]
    for names in (["t"], ["t", "u"]):
        metadata = Metadata(tables={n: TableMetadata(columns=specs) for n in names})
        text = b"".join(json_document(dict.fromkeys(names, table), metadata))
        assert json.loads(text) == (rows if names == ["t"] else {"t": rows, "u": rows})


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_lines_without_a_record_are_refused(text):
    with pytest.raises(BadInput):
        read("t.ndjson", text)


def test_lines_that_stop_being_resources_are_refused_with_their_number():
    with pytest.raises(BadInput, match="line 2"):
        read("t.ndjson", '{"resourceType": "Patient", "id": "a", "x": 1}\n{"x": 2}\n')


_plain = st.integers() | st.booleans() | st.text("abc.", min_size=1) | st.floats(-9, 9)
_names = st.sampled_from(["a", "b", "list", "ordinal", "t_key"])
_records = st.recursive(
    st.dictionaries(_names, _plain, min_size=2, max_size=3),
    lambda inside: st.dictionaries(
        _names,
        _plain | inside | st.lists(inside, min_size=1, max_size=3),
        min_size=2,
        max_size=3,
    ),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None)
@given(record=_records)
def test_any_record_of_objects_and_lists_comes_back(record):
    """Alone, so that no other record gives its members another kind."""
    tables, found = read("t.json", [{"id": "x", "more": "y", **record}])
    assert json.loads(written(tables, found.nesting)) == [{"id": "x", "more": "y", **record}]
