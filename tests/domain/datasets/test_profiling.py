"""What profiling makes of columns: types, spellings, keys, links, statistics, warnings."""

import io

import numpy as np
import pyarrow as pa
import pytest

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    PiiKind,
    Relationship,
    SdType,
    TableMetadata,
)
from domain.datasets.profiling import profile
from domain.datasets.reading import read_file
from domain.datasets.samples import SAMPLES, clinical
from domain.datasets.templates import TEMPLATES
from domain.datasets.values import ColumnValues
from domain.kernel import BadInput, Cancelled, no_progress


def text_table(**columns: list[str | None]) -> pa.Table:
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def look(name: str, cells: list[str | None]) -> ColumnSpec:
    table = pa.table({name: pa.array(cells, pa.string())})
    return profile({"t": table}, None, no_progress)[1].tables["t"].columns[0]


def report(name: str, cells: list[str | None]):
    table = pa.table({name: pa.array(cells, pa.string())})
    return profile({"t": table}, None, no_progress)[0].tables["t"][0]


MANY = [f"{i:05d}" for i in range(10_000, 10_200)]


@pytest.mark.parametrize(
    ("name", "cells", "sdtype"),
    [
        ("age", ["1", "20", "-3"], SdType.INTEGER),
        ("flag", ["0", "1", "1"], SdType.INTEGER),
        ("big", ["9" * 18, "1"], SdType.INTEGER),
        ("weight", MANY, SdType.INTEGER),
        ("patient_id", MANY, SdType.ID),
        ("PatientNbr", MANY, SdType.ID),
        ("Id", MANY, SdType.ID),
        ("customer_id", MANY * 20, SdType.ID),
        ("ward_id", ["1", "2", "3"] * 50, SdType.CATEGORICAL),
        ("fips", MANY, SdType.CATEGORICAL),
        ("REASONCODE", MANY, SdType.CATEGORICAL),
        ("snowflake", [str(10**19 + i) for i in range(50)], SdType.ID),
        ("branch", ["007", "012"] * 60, SdType.CATEGORICAL),
        ("price", ["1.50", "2.25"], SdType.FLOAT),
        ("price", ["1,50", "2,25"], SdType.FLOAT),
        ("ratio", ["1e-05", "0.1"], SdType.FLOAT),
        ("smoker", ["yes", "no", None], SdType.BOOLEAN),
        ("smoker", ["Y", "N"], SdType.BOOLEAN),
        ("active", ["TRUE"] * 3, SdType.BOOLEAN),
        ("grade", ["N"] * 3, SdType.CATEGORICAL),
        ("sex", ["M", "F"], SdType.CATEGORICAL),
        ("job", ["?", "clerk", "nurse"], SdType.CATEGORICAL),
        ("diag", ["250.83", "V45", "E11.9"] * 40, SdType.CATEGORICAL),
        ("ref", [f"AB-{i}" for i in range(200)], SdType.ID),
        ("who", ["9a64d3a4-5e42-4d6c-9a54-1c7f5ad0e3a1", None], SdType.CATEGORICAL),
        ("who", [f"9a64d3a4-5e42-4d6c-9a54-{i:012x}" for i in (1, 2, 1, 1)], SdType.ID),
        ("note", [f"The patient came back on day {i} with a cough, again." for i in range(60)],
         SdType.TEXT),
        ("huge", ["1e999", "2e999"], SdType.CATEGORICAL),
        ("empty", [None, None], SdType.CATEGORICAL),
    ],
)  # fmt: skip
def test_the_type_is_told_from_values_and_header(name, cells, sdtype):
    assert look(name, cells).sdtype is sdtype


@pytest.mark.parametrize(
    ("name", "cells", "form"),
    [
        ("x", ["2020-01-31", "1999-12-01"], "%Y-%m-%d"),
        ("x", ["2020-01-31 10:00:00"], "%Y-%m-%d %H:%M:%S"),
        ("x", ["2020-01-31T10:00:00Z", "2020-01-31T11:00:00Z"], "%Y-%m-%dT%H:%M:%SZ"),
        ("x", ["2020-01-31T10:00:00.123Z"], "%Y-%m-%dT%H:%M:%S.%3fZ"),
        ("x", ["2020-01-31 10:00:00.123456"], "%Y-%m-%d %H:%M:%S.%f"),
        ("x", ["2020-01-31 10:00+01:00"] * 2, "%Y-%m-%d %H:%M+01:00"),
        ("x", ["2020-01-31 10:00+01:00", "2020-07-31 10:00+02:00"], "%Y-%m-%d %H:%M%z"),
        ("x", ["01/02/2012", "13/02/2012"], "%d/%m/%Y"),
        ("x", ["01/02/2012", "02/13/2012"], "%m/%d/%Y"),
        ("x", ["1/2/2012", "2/13/2012"], "%-m/%-d/%Y"),
        ("x", ["31.12.99", "01.01.01"], "%d.%m.%y"),
        ("x", ["10-JUL-95 04:10:00", "15-MAY-95 13:55:00"], "%d-%^b-%y %H:%M:%S"),
        ("x", ["5 Mar 2020", "15 Apr 2021"], "%-d %b %Y"),
        ("x", ["March 05, 2020"], "%B %d, %Y"),
        ("visit_date", ["20200131", "19991201"], "%Y%m%d"),
    ],
)
def test_the_format_of_dates_is_told_from_the_evidence(name, cells, form):
    spec = look(name, cells)
    assert spec.sdtype is SdType.DATETIME
    assert spec.datetime_format == form
    assert spec.date_only is ("%H" not in form)


def test_eight_digits_are_a_number_unless_the_header_speaks_of_a_date():
    assert look("amount", ["20200131", "19991201"]).sdtype is SdType.INTEGER
    assert look("date", ["20201331"]).sdtype is SdType.INTEGER


def test_dates_that_could_be_either_way_round_are_warned_about():
    found = report("x", ["01/02/2012", "03/04/2012"])
    assert "month first" in found.warnings[0]


def test_dates_of_several_formats_are_categories_with_a_warning():
    found = report("x", ["2012-01-02", "02.01.2012", "2012-01-03"])
    assert found.sdtype is SdType.CATEGORICAL
    assert "several formats" in found.warnings[0]


def test_dates_that_time_can_not_hold_are_categories_with_a_warning():
    found = report("until", ["2012-01-02", "9999-12-31", "2012-01-03"])
    assert found.sdtype is SdType.CATEGORICAL
    assert "2261" in found.warnings[0]


@pytest.mark.parametrize(
    ("cells", "decimals"),
    [
        (["1.50", "2.25"], 2),
        (["0.1", "10.5"], 1),
        (["1.5", "2.25"], None),
        (["1.5", "1.50"], None),
        (["0.123456789012345678", "0.123456789012345679"], None),
    ],
)
def test_decimals_are_kept_when_every_value_has_as_many(cells, decimals):
    assert look("x", cells).decimals == decimals


def test_numbers_that_can_not_be_written_back_alike_are_warned_about():
    assert "shortest form" in report("x", ["1.5", "1.50"]).warnings[0]
    assert not report("x", ["1.5", "1.25"]).warnings


def test_whole_numbers_with_a_point_are_integers():
    spec = look("x", ["1.0", "25.0", None])
    assert (spec.sdtype, spec.point_zero) == (SdType.INTEGER, True)


@pytest.mark.parametrize("word", ["?", "NA", "NULL", "nan", "-", "unknown"])
def test_a_word_for_missing_is_told_among_numbers(word):
    spec = look("x", ["1", word, "3"])
    assert (spec.sdtype, spec.missing_word) == (SdType.INTEGER, word)
    found = report("x", ["1", word, "3"])
    assert (found.missing, found.distinct) == (1, 2)


def test_several_words_for_missing_are_warned_about():
    assert "several ways" in report("x", ["1", "NA", None]).warnings[0]


def test_statistics_of_numbers_leave_missing_cells_out():
    found = report("x", ["1.5", "2.5", "NA", "5.0"])
    assert (found.rows, found.missing, found.distinct) == (4, 1, 3)
    assert (found.minimum, found.maximum) == ("1.5", "5.0")
    assert found.mean == pytest.approx(3.0)
    assert found.standard_deviation == pytest.approx(1.8027756)
    assert sum(count for _, _, count in found.histogram) == 3


def test_floats_without_fixed_decimals_show_six_significant_digits():
    found = report("x", ["-2.827128530111566", "0.1", "123456.789012345", "1e-3", "7"])
    assert (found.minimum, found.maximum) == ("-2.82713", "123457")
    assert found.histogram[0][0] == -2.82713
    assert all(
        float(f"{edge:.6g}") == edge for low, high, _ in found.histogram for edge in (low, high)
    )


def test_extremes_that_are_close_together_stay_apart():
    found = report("x", ["1000000.125", "1000000.25", "1000000.5"])
    assert float(found.minimum) < float(found.maximum)
    assert all(low < high for low, high, _ in found.histogram)


def test_numbers_of_fixed_decimals_and_whole_numbers_are_shown_as_they_are():
    money = report("x", ["1234567.25", "0.50", "3.75"])
    assert (money.minimum, money.maximum) == ("0.50", "1234567.25")
    assert report("x", ["123456789", "5"]).maximum == "123456789"


def test_statistics_of_dates_are_in_the_files_spelling():
    found = report("x", ["31.12.1999", "01.02.2001"])
    assert (found.minimum, found.maximum) == ("31.12.1999", "01.02.2001")
    assert found.histogram[0][0] == 946_598_400


def test_the_commonest_categories_come_first():
    assert report("x", ["b", "a", "b", None]).top == (("b", 2), ("a", 1))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["5"] * 3, "same"),
        ([None] * 3, "missing"),
        ([*[None] * 30, "1", "2"], "94% of the values are missing"),
    ],
)
def test_columns_with_little_to_learn_are_warned_about(cells, words):
    assert words in report("x", cells).warnings[0]


def test_a_tiny_table_is_warned_about():
    tiny, _ = profile({"t": text_table(a=["1"], b=["2"])}, None, no_progress)
    large, _ = profile({"t": text_table(a=MANY, b=MANY)}, None, no_progress)
    assert "only 1 rows" in tiny.warnings[0]
    assert not large.warnings


def test_a_unique_id_named_as_the_table_is_its_key():
    table = text_table(other_id=MANY, visit_id=MANY, age=MANY)
    _, metadata = profile({"visits": table}, None, no_progress)
    assert metadata.tables["visits"].primary_key == "visit_id"
    assert metadata.tables["visits"].column("visit_id").unique


def two_tables(*, foreign: list[str | None], name: str = "patient_id") -> dict[str, pa.Table]:
    return {
        "visits": text_table(**{name: foreign, "cost": ["1.5"] * len(foreign)}),
        "patients": text_table(patient_id=["1", "2", "3"], age=["30", "40", "50"]),
    }


@pytest.mark.parametrize("name", ["patient_id", "PATIENT", "PatientId"])
def test_a_column_named_after_another_table_refers_to_it(name):
    tables = two_tables(foreign=["1", "1", "3", None], name=name)
    _, metadata = profile(tables, None, no_progress)
    assert metadata.relationships == (
        Relationship(
            parent_table_name="patients",
            parent_primary_key="patient_id",
            child_table_name="visits",
            child_foreign_key=name,
        ),
    )
    assert metadata.tables["visits"].column(name).sdtype is SdType.ID


def test_values_that_the_parent_does_not_have_make_no_link():
    _, metadata = profile(two_tables(foreign=["1", "9"]), None, no_progress)
    assert metadata.relationships == ()


def test_tables_that_share_a_key_are_linked_one_way_only():
    tables = {
        "a": text_table(account_id=["1", "2"], x=["1", "2"]),
        "b": text_table(account_id=["1", "2"], y=["1", "2"]),
    }
    _, metadata = profile(tables, None, no_progress)
    assert len(metadata.relationships) == 1


def schema(*columns: ColumnSpec, key: str | None = None, name: str = "table") -> Metadata:
    return Metadata(tables={name: TableMetadata(columns=columns, primary_key=key)})


def test_a_schema_goes_before_what_the_values_say_but_only_where_it_speaks():
    table = text_table(grade=["1", "2"], done=["1", "0"], x=["1", "2"])
    stated = schema(
        ColumnSpec(name="grade", sdtype=SdType.CATEGORICAL),
        ColumnSpec(name="done", sdtype=SdType.BOOLEAN),
        key="x",
    )
    _, metadata = profile({"exam": table}, stated, no_progress)
    found = metadata.tables["exam"]
    assert found.column("grade").sdtype is SdType.CATEGORICAL
    assert found.column("done").true_word == "1"
    assert found.column("x").sdtype is SdType.ID
    assert found.primary_key == "x"


def test_a_schema_says_what_happens_to_personal_columns():
    table = text_table(note=["a", "b"], email=["a@example.com", "b@example.com"])
    stated = schema(
        ColumnSpec(
            name="note",
            sdtype=SdType.TEXT,
            pii_kind=PiiKind.NAME,
            pii_action=PiiAction.DROP,
        ),
        ColumnSpec(name="email", sdtype=SdType.CATEGORICAL, pii_kind=PiiKind.EMAIL),
    )
    _, metadata = profile({"t": table}, stated, no_progress)
    assert metadata.tables["t"].column("note").pii_action is PiiAction.DROP
    assert metadata.tables["t"].column("email").pii_action is PiiAction.KEEP
    assert {(f.column, f.action) for f in metadata.pii_flags} == {
        ("note", PiiAction.DROP),
        ("email", PiiAction.KEEP),
    }


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        (schema(ColumnSpec(name="z", sdtype=SdType.TEXT)), "column “z”"),
        (schema(ColumnSpec(name="a", sdtype=SdType.INTEGER)), "“a” has 2 cell"),
        (schema(ColumnSpec(name="a", sdtype=SdType.FLOAT)), "“a” has 2 cell"),
        (schema(ColumnSpec(name="a", sdtype=SdType.BOOLEAN)), "“a” has 3 cell"),
        (schema(ColumnSpec(name="a", sdtype=SdType.DATETIME)), "“a” has 3 cell"),
        (schema(ColumnSpec(name="a", sdtype=SdType.ID), key="a"), "primary key “a”"),
    ],
)
def test_a_schema_that_does_not_fit_is_refused(stated, words):
    table = text_table(a=["1", "x", "x"], b=["1", "2", "3"])
    with pytest.raises(BadInput, match=words):
        profile({"t": table}, stated, no_progress)


def test_a_schema_for_another_table_of_several_is_refused():
    tables = {"a": text_table(x=["1"], y=["2"]), "b": text_table(x=["1"], y=["2"])}
    with pytest.raises(BadInput, match="table “table”"):
        profile(tables, schema(ColumnSpec(name="x", sdtype=SdType.TEXT)), no_progress)


def test_a_category_that_may_mean_missing_is_pointed_out():
    spec = look("work", ["Private", "State", "?", "Private", None])
    assert (spec.missing_candidate, spec.missing_word) == ("?", "")
    assert spec.missing_undecided
    profiled = report("work", ["Private", "State", "?", "Private", None])
    assert any("may stand for a missing value" in w for w in profiled.warnings)
    assert profiled.missing == 1


def test_a_number_beside_which_something_means_missing_asks_nothing():
    assert not look("age", ["1", "2", "?"]).missing_undecided


def test_a_schema_says_what_means_missing_among_categories():
    stated = schema(ColumnSpec(name="a", sdtype=SdType.CATEGORICAL, missing_word="?"))
    cells = {"a": ["x", "y", "?"], "b": ["1", "2", "3"]}
    found, metadata = profile({"t": text_table(**cells)}, stated, no_progress)
    assert metadata.tables["t"].column("a").missing_word == "?"
    assert not metadata.tables["t"].column("a").missing_undecided
    assert found.tables["t"][0].missing == 1


def test_a_cancelled_profile_stops():
    def cancel(done: int, total: int, note: str) -> None:
        assert 0 < done <= total
        raise Cancelled

    with pytest.raises(Cancelled):
        profile({"t": text_table(a=["1"], b=["2"])}, None, cancel)


def test_a_cancel_is_heard_while_rules_are_sought_among_many_columns():
    random = np.random.default_rng(0)
    columns = {f"c{i}": [f"{x:.3f}" for x in random.normal(size=200)] for i in range(60)}
    after_the_last_column = 0

    def count(done: int, total: int, note: str) -> None:
        nonlocal after_the_last_column
        after_the_last_column += done == total

    profile({"t": text_table(**columns)}, None, count)
    assert after_the_last_column > 2 * len(columns)


def test_a_cancel_is_heard_while_a_long_column_is_looked_through():
    calls = 0

    def cancel_soon() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled

    texts = pa.chunked_array([[f"note {i}" for i in range(120_000)]])
    values = ColumnValues.of("note", texts, cancel_soon)
    with pytest.raises(Cancelled):
        values.share_matching("7$")


def test_a_share_is_counted_over_all_slices_of_a_long_column():
    texts = pa.chunked_array([[f"{i}" for i in range(120_000)] + ["7"] * 30_000])
    values = ColumnValues.of("n", texts)
    assert values.share_matching("7$") == (12_000 + 30_000) / 150_000
    assert values.all_match("^[0-9]+$")
    assert not values.all_match("^[0-8]")


def test_metadata_survives_its_document():
    table = text_table(a=["1.5", "2.0"], b=["1,5", "2,25"])
    _, metadata = profile({"t": table}, None, no_progress)
    assert Metadata.from_document(metadata.to_document()) == metadata


def sample_table(data: bytes) -> pa.Table:
    return pa.Table.from_batches(list(read_file("t.csv", io.BytesIO(data)).tables[0].batches))


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_simulated_table_is_recognised_as_its_template_says(name):
    sample, template = SAMPLES[name], TEMPLATES[name]
    table = sample_table(sample.csv(1500, 3))
    _, metadata = profile({"t": table}, None, no_progress)
    found = metadata.tables["t"]
    assert [(c.name, c.sdtype) for c in found.columns] == [
        (c.name, c.sdtype) for c in template.columns
    ]
    assert {f.column: f.kind for f in metadata.pii_flags} == {
        c.name: c.pii_kind for c in template.columns if c.pii_kind
    }
    assert found.primary_key == template.primary_key
    assert template.target in table.column_names


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_can_stand_in_for_a_schema(name):
    table = sample_table(SAMPLES[name].csv(300, 1))
    _, metadata = profile({"t": table}, TEMPLATES[name].metadata(), no_progress)
    assert metadata.tables["t"].primary_key == TEMPLATES[name].primary_key


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_the_same_for_the_same_seed(name):
    sample = SAMPLES[name]
    assert sample.csv(200, 5) == sample.csv(200, 5)
    assert sample.csv(200, 5) != sample.csv(200, 6)
    assert sample.csv(200, 5).count(b"\n") == 201
    assert sample.target in sample.csv(10, 0).decode().splitlines()[0].split(",")


def test_fraud_is_rare_and_of_another_look():
    frame = SAMPLES["fintech_transactions"].frame(50_000, 0)
    fraud = frame["is_fraud"] == "true"
    amount = frame["amount"].astype(float)
    assert 0.005 < fraud.mean() < 0.02
    assert amount[fraud].median() > 2 * amount[~fraud].median()


def test_the_clinical_sample_is_whole_and_spelled_out():
    table = clinical()
    assert table.shape == (569, 31)
    assert table["diagnosis"].value_counts().to_dict() == {"benign": 357, "malignant": 212}


def test_more_rows_than_the_clinical_sample_has_are_refused():
    with pytest.raises(BadInput, match="569"):
        SAMPLES["clinical"].csv(570, 0)
