"""What files become, and the one sentence each unusable file gets."""

import gzip
import io
import json
import zipfile
from datetime import date, datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.datasets import reading_csv
from domain.datasets.reading import read_file
from domain.kernel import BadInput, TooLarge


def read(name: str, data: bytes) -> tuple[dict[str, dict[str, list[str | None]]], tuple[str, ...]]:
    found = read_file(name, io.BytesIO(data))
    tables = {}
    for table in found.tables:
        batches = list(table.batches)
        whole = pa.Table.from_batches(batches)
        assert tuple(whole.column_names) == table.columns
        assert set(whole.schema.types) == {pa.string()}
        tables[table.name] = whole.to_pydict()
    return tables, found.notes


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        read(name, data)
    message = caught.value.message
    assert message.endswith(".")
    assert "\n" not in message
    return message


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_cells_are_text_and_empty_cells_are_null():
    tables, notes = read("visits.csv", b'id,note\n007,"a ""b"""\n2,\n3,""\n')
    assert tables == {"visits": {"id": ["007", "2", "3"], "note": ['a "b"', None, None]}}
    assert notes == ()


@pytest.mark.parametrize(
    ("separator", "name"),
    [(";", "semicolon"), ("\t", "tab"), ("|", "vertical bar")],
)
def test_the_separator_is_told_from_the_rows(separator, name):
    text = f"a{separator}b\n1,5{separator}x\n2,25{separator}y\n"
    tables, notes = read("t.txt", text.encode())
    assert tables["t"] == {"a": ["1,5", "2,25"], "b": ["x", "y"]}
    assert notes == (f"The separator is a {name}.",)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_understood(end):
    tables, _ = read("t.csv", end.join(["a,b", "1,2", "3,4", ""]).encode())
    assert tables["t"] == {"a": ["1", "3"], "b": ["2", "4"]}


def test_a_quoted_value_may_hold_line_ends_and_separators():
    tables, _ = read("t.csv", b'"a\nx",b\n"1,\r\n2",3\n')
    assert tables["t"] == {"a\nx": ["1,\r\n2"], "b": ["3"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_with_and_without_a_byte_order_mark(encoding):
    tables, _ = read("t.csv", "größe,b\né,1\n".encode(encoding))
    assert tables["t"] == {"größe": ["é"], "b": ["1"]}


def test_western_text_is_read_with_a_note():
    tables, notes = read("t.csv", "ville,n\nGenève,1\nZürich,2\n".encode("cp1252"))
    assert tables["t"]["ville"] == ["Genève", "Zürich"]
    assert notes == ("The file is not UTF-8; it was read as cp1252.",)


def test_another_encoding_far_into_a_file_is_noticed():
    rows = b"1,plain\n" * 200_000
    tables, notes = read("t.csv", b"a,b\n" + rows + "2,Genève\n".encode("cp1252"))
    assert tables["t"]["b"][-1] == "Genève"
    assert "cp1252" in notes[0]


def test_text_of_two_encodings_is_refused_with_its_line():
    data = "a,b\né,1\nö,2\n".encode() + b"\xe9,3\n"
    assert "line 4" in refusal("t.csv", data)


def test_bytes_of_no_language_are_refused():
    assert "encoding" in refusal("t.csv", b"a,b\n\x81\xfe\xff\x8d,1\n")


def test_utf_16_without_its_mark_is_named():
    assert "UTF-16" in refusal("t.csv", "a,b\n1,2\n".encode("utf-16-le"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("city", ["Bern", "Αθήνα", "東京都"])
def test_wide_text_without_its_mark_is_no_binary_data(encoding, city):
    refused = refusal("t.csv", f"id,city\n1,{city}\n2,{city}\n".encode(encoding) + b"\n")
    assert encoding[:6].upper() in refused
    assert "save it as UTF-8" in refused
    assert "binary" not in refused


def test_empty_rows_and_nameless_empty_columns_at_the_edges_are_dropped_with_a_note():
    tables, notes = read("t.csv", b"a,b,\n1,2,\n,,\n3,4,\n,,\n,,\n")
    assert tables["t"] == {"a": ["1", None, "3"], "b": ["2", None, "4"]}
    assert len(notes) == 2
    assert notes[1].startswith("2 empty row(s)")


def test_empty_rows_inside_are_kept_across_batches(monkeypatch):
    monkeypatch.setattr(reading_csv, "_BLOCK", 64)
    rows = ["a,b", *["1,2"] * 20, *[","] * 100, "3,4", *[","] * 100]
    tables, _ = read("t.csv", "\n".join(rows).encode())
    assert tables["t"]["a"] == ["1"] * 20 + [None] * 100 + ["3"]


def test_a_large_file_arrives_in_many_batches():
    row = b"some text,12345\n"
    found = read_file("t.csv", io.BytesIO(b"a,b\n" + row * 600_000))
    sizes = [batch.num_rows for batch in found.tables[0].batches]
    assert len(sizes) > 1
    assert sum(sizes) == 600_000


def test_the_stream_stays_open_for_its_owner():
    stream = io.BytesIO(b"a,b\n1,2\n")
    list(read_file("t.csv", stream).tables[0].batches)
    assert not stream.closed


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/pass wd.csv", "pass wd"),
        ("C:\\data\\x.csv", "x"),
        ("a.b.csv", "a.b"),
        ("<&>.csv", "table"),
    ],
)
def test_a_table_is_named_after_its_file(name, expected):
    assert list(read(name, b"a,b\n1,2\n")[0]) == [expected]


def test_an_empty_file_is_refused():
    assert "empty" in refusal("t.csv", b"")
    assert "empty" in refusal("t.csv", b"\n \r\n")
    assert "empty" in refusal("t.json", b"")
    assert "empty" in refusal("t.xlsx", b"")


def test_a_header_without_rows_is_refused():
    assert "no rows" in refusal("t.csv", b"a,b\n")


def test_rows_of_empty_cells_only_are_refused_as_such():
    for refused in (
        refusal("t.csv", b"a,b\n,\n,\n"),
        refusal("t.xlsx", workbook(s=[["a", "b"], [None, ""], ["", None]])),
    ):
        assert "only empty cells" in refused
        assert "no rows" not in refused


def test_a_single_column_is_refused_with_the_reason():
    assert "at least two" in refusal("t.csv", b"a\n1\n2\n")


def test_a_ragged_row_is_refused_with_its_line_number():
    message = refusal("t.csv", b"a,b\n1,2\n3,4,5\n")
    assert "line 3" in message
    assert "3 cell(s)" in message
    assert "header has 2" in message


def test_the_line_of_a_ragged_row_counts_lines_inside_quotes():
    assert "line 5" in refusal("t.csv", b'a,b\n"x\ny",2\n1,2\n3\n')


def test_a_ragged_row_beyond_the_first_batch_is_refused_while_reading(monkeypatch):
    monkeypatch.setattr(reading_csv, "_BLOCK", 1 << 16)
    found = read_file("t.csv", io.BytesIO(b"a,b\n" + b"1,2\n" * 200_000 + b"secret\n"))
    with pytest.raises(BadInput, match="line 200002") as caught:
        list(found.tables[0].batches)
    assert "secret" not in caught.value.message


def test_an_open_quote_is_refused_with_its_line():
    assert "line 3" in refusal("t.csv", b'a,b\n1,2\n3,"x\n4,5\n')


def test_binary_data_is_refused():
    assert "binary" in refusal("t.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)


def test_a_nul_byte_is_refused_with_its_line():
    assert "NUL byte in line 3" in refusal("t.csv", b"a,b\n1,2\n3,\x00\n" + b"5,6\n" * 500)


def test_duplicate_headers_are_named():
    assert "“a”" in refusal("t.csv", b"a,b, a\n1,2,3\n")


def test_an_empty_header_cell_is_refused_with_its_place():
    assert "column 2" in refusal("t.csv", b"a,,b\n1,2,3\n")
    assert "column 3" in refusal("t.csv", b"a,b,\n1,2,3\n")


def test_an_unknown_kind_of_file_is_refused():
    assert ".parquet" in refusal("t.pdf", b"%PDF-1.7")


def test_packed_text_is_unpacked():
    packed = gzip.compress(b"a,b\n1,2\n")
    assert read("t.csv.gz", packed)[0] == {"t": {"a": ["1"], "b": ["2"]}}


def test_broken_gzip_is_refused():
    assert "gzip" in refusal("t.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 999)[:-9])
    assert "gzip" in refusal("t.csv.gz", b"a,b\n1,2\n")


def test_a_gzip_bomb_is_refused():
    assert "300 times" in refusal("t.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * (18 << 20), 9))


def rows_within(limit: int, name: str, data: bytes) -> int:
    found = read_file(name, io.BytesIO(data), unpacked_limit=limit)
    return sum(batch.num_rows for table in found.tables for batch in table.batches)


def parquet_of(column: list[str]) -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.table({"a": column, "b": column}), held)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 50_000)),
        ("t.json.gz", gzip.compress(json.dumps([{"a": 1, "b": 2}] * 20_000).encode())),
        ("t.xlsx", workbook(s=[["a", "b"], *[[1, 2]] * 5_000])),
        ("t.parquet", parquet_of(["the same again"] * 50_000)),
    ],
)
def test_a_small_file_that_unpacks_to_more_than_the_limit_is_sent_to_the_command_line(name, data):
    assert len(data) < 100_000
    with pytest.raises(TooLarge, match=r"0\.1 MB.*command line"):
        rows_within(100_000, name, data)
    assert list(read(name, data)[0]) == ["t"]


def test_text_that_is_not_packed_has_no_limit_but_that_of_the_upload():
    data = b"a,b\n" + b"1,2\n" * 50_000
    assert rows_within(1_000, "t.csv", data) == 50_000


def test_each_filled_sheet_is_a_table_in_canonical_text():
    data = workbook(
        People=[
            ["id", "height", "born", "seen", "smokes"],
            [1, 1.5, date(2001, 2, 3), datetime(2024, 1, 2, 3, 4, 5), True],
            [2, 2.0, date(1999, 12, 31), datetime(2024, 1, 2), False],
            [None, None, None, None, None],
        ],
        Empty=[],
        Visits=[["id", "x"], [1, "a"]],
    )
    tables, _ = read("clinic.xlsx", data)
    assert list(tables) == ["People", "Visits"]
    assert tables["People"] == {
        "id": ["1", "2"],
        "height": ["1.5", "2"],
        "born": ["2001-02-03", "1999-12-31"],
        "seen": ["2024-01-02 03:04:05", "2024-01-02 00:00:00"],
        "smokes": ["TRUE", "FALSE"],
    }


def test_a_sheet_of_remarks_is_left_out_with_a_note():
    tables, notes = read("t.xlsx", workbook(Data=[["a", "b"], [1, 2]], Remarks=[["by me"]]))
    assert list(tables) == ["t"]
    assert any("Remarks" in note for note in notes)


def test_a_sheet_with_an_overlong_row_is_refused():
    assert "row 2" in refusal("t.xlsx", workbook(S=[["a", "b"], [1, 2, 3]]))


def test_a_protected_or_broken_workbook_is_refused():
    assert "password" in refusal("t.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99))
    assert "no readable Excel" in refusal("t.xlsx", b"PK\x03\x04 nothing")
    assert "no readable Excel" in refusal("t.xlsx", workbook(S=[["a", "b"], [1, 2]])[:-40])


def test_a_workbook_that_unpacks_to_too_much_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (51 << 20))
    assert "unpacks to 51 MB" in refusal("t.xlsx", file.getvalue())


def test_a_workbook_with_xml_entities_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "aa">]><x/>')
    assert "no readable Excel" in refusal("t.xlsx", file.getvalue())


def test_nested_objects_become_dotted_columns():
    data = json.dumps([{"a": 1, "b": {"c": None, "d": {"e": True}}}, {"a": 2.5, "f": [1, "x"]}])
    tables, notes = read("t.json", data.encode())
    assert tables["t"] == {
        "a": ["1", "2.5"],
        "b.c": [None, None],
        "b.d.e": ["true", None],
        "f.1": [None, "1"],
        "f.2": [None, "x"],
    }
    assert "Empty values" in notes[0]


def test_lists_of_objects_become_child_tables_linked_by_keys():
    people = [
        {"name": "a", "visits": [{"day": 1, "labs": [{"v": 7}]}, {"day": 2}]},
        {"name": "b", "visits": []},
        {"name": "c", "visits": [{"day": 3}]},
    ]
    tables, _ = read("people.json", json.dumps(people).encode())
    assert tables["people"] == {"people_key": ["1", "2", "3"], "name": ["a", "b", "c"]}
    assert tables["people_visits"]["people_key"] == ["1", "1", "3"]
    assert tables["people_visits"]["day"] == ["1", "2", "3"]
    assert tables["people_visits_labs"] == {"people_visits_key": ["1"], "v": ["7"]}


def test_an_object_of_lists_is_one_table_a_list():
    data = {"people": [{"a": 1, "b": 2}], "visits": [{"c": 3, "d": 4}], "version": 1}
    tables, notes = read("t.json", json.dumps(data).encode())
    assert list(tables) == ["people", "visits"]
    assert "“version”" in notes[0]


def test_an_object_of_columns_is_one_table():
    assert read("t.json", b'{"a": [1, 2], "b": ["x", null]}')[0] == {
        "t": {"a": ["1", "2"], "b": ["x", None]}
    }


def test_a_fhir_bundle_is_one_table_a_resource_type():
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"resource": {"resourceType": "Patient", "id": "p1", "gender": "female"}},
            {"resource": {"resourceType": "Encounter", "id": "e1", "class": {"code": "AMB"}}},
        ],
    }
    tables, _ = read("bundle.json", json.dumps(bundle).encode())
    assert tables["Patient"]["gender"] == ["female"]
    assert tables["Encounter"]["class"] == ["AMB"]


@pytest.mark.parametrize("name", ["t.ndjson", "t.jsonl", "t.json"])
def test_json_lines_are_read_also_under_the_name_of_json(name):
    tables, _ = read(name, b'{"a": 1, "b": 2}\n\n{"a": 3, "c": 4}\n')
    assert tables["t"] == {"a": ["1", "3"], "b": ["2", None], "c": [None, "4"]}


def test_broken_json_is_refused_with_line_and_column():
    assert "line 2, column 7" in refusal("t.json", b'[{"a": 1, "b": 2},\n {"a":]')
    assert "line 2" in refusal("t.ndjson", b'{"a": 1, "b": 2}\n{"a":\n')


@pytest.mark.parametrize("data", [b"3", b"[]", b"[1, 2]", b'{"a": 1}', b'[{"a": 1}]'])
def test_json_without_records_of_two_columns_is_refused(data):
    refusal("t.json", data)


def test_json_nested_too_deeply_is_refused():
    assert "deep" in refusal("t.json", b"[" * 100_000 + b"]" * 100_000)
    assert "deep" in refusal("t.json", b'[{"a":' * 70 + b"1" + b"}]" * 70)


def test_json_in_another_encoding_is_refused():
    assert "UTF-8" in refusal("t.json", '[{"a": "Genève", "b": 1}]'.encode("cp1252"))


def test_a_record_may_use_the_name_of_a_generated_key():
    data = [{"t_key": "mine", "list": [{"t_key": "own", "x": 1}]}]
    tables, _ = read("t.json", json.dumps(data).encode())
    assert tables["t"]["t_key"] == ["1"]
    assert "mine" in tables["t"]["t_key (given)"]
    assert tables["t_list"]["t_key"] == ["1"]


def test_parquet_values_become_canonical_text():
    table = pa.table(
        {
            "i": pa.array([1, None], pa.int32()),
            "f": pa.array([0.1, float("nan")]),
            "b": pa.array([True, False]),
            "d": pa.array([date(2020, 1, 2), None]),
            "day": pa.array([datetime(2020, 1, 2), datetime(2021, 1, 1)], pa.timestamp("ns")),
            "t": pa.array([datetime(2020, 1, 2, 3), datetime(2021, 1, 1)], pa.timestamp("us")),
            "z": pa.array([datetime(2020, 1, 2, 3), None], pa.timestamp("ms", "Europe/Paris")),
            "c": pa.array(["x", "y"]).dictionary_encode(),
            "s": pa.array([{"u": 1}, {"u": 2}]),
            "l": pa.array([[1, 2], None]),
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file)
    tables, _ = read("t.parquet", file.getvalue())
    assert tables["t"] == {
        "i": ["1", None],
        "f": ["0.1", None],
        "b": ["true", "false"],
        "d": ["2020-01-02", None],
        "day": ["2020-01-02", "2021-01-01"],
        "t": ["2020-01-02 03:00:00", "2021-01-01 00:00:00"],
        "z": ["2020-01-02 03:00:00+00:00", None],
        "c": ["x", "y"],
        "s.u": ["1", "2"],
        "l": ["[1, 2]", None],
    }


def test_a_broken_parquet_file_is_refused():
    assert "no readable Parquet" in refusal("t.parquet", b"PAR1 and nothing else")
