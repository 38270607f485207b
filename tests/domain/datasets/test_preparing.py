"""Text to typed values and back, the holdout, and decisions on columns."""

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.datasets.entities import (
    ColumnDecision,
    ColumnSpec,
    Metadata,
    PiiAction,
    PiiFlag,
    PiiKind,
    Relationship,
    SdType,
    TableMetadata,
)
from domain.datasets.preparing import decided, split_holdout, typed, untyped
from domain.datasets.profiling import profile
from domain.kernel import BadInput, no_progress


def text_table(**columns: list[str | None]) -> pa.Table:
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def one(sdtype: SdType, **fields: object) -> TableMetadata:
    return TableMetadata(columns=(ColumnSpec(name="c", sdtype=sdtype, **fields),))


def suggested(table: pa.Table) -> TableMetadata:
    return profile({"t": table}, None, no_progress)[1].tables["t"]


@pytest.mark.parametrize(
    ("sdtype", "fields", "cells", "dtype"),
    [
        (SdType.INTEGER, {}, ["-1", None, "20"], "Int64"),
        (SdType.INTEGER, {"missing_word": "?"}, ["-1", "?", "20"], "Int64"),
        (SdType.INTEGER, {"point_zero": True}, ["5.0", None, "-7.0"], "Int64"),
        (SdType.FLOAT, {"decimals": 2}, ["1.50", None, "-0.25"], "float64"),
        (SdType.FLOAT, {}, ["1.5", "2", "1e-05"], "float64"),
        (SdType.FLOAT, {"point_zero": True}, ["1.5", "2.0", None], "float64"),
        (SdType.FLOAT, {"decimal_comma": True}, ["1,5", "2", "-0,125"], "float64"),
        (SdType.FLOAT, {"decimals": 1, "missing_word": "NA"}, ["1.5", "NA", "2.0"], "float64"),
        (SdType.BOOLEAN, {"true_word": "Y", "false_word": "N"}, ["Y", None, "N"], "boolean"),
        (SdType.DATETIME, {"datetime_format": "%d.%m.%Y"}, ["31.12.1999", None], "datetime64[ns]"),
        (
            SdType.DATETIME,
            {"datetime_format": "%d-%^b-%y %H:%M:%S"},
            ["10-JUL-95 04:10:00", "01-JAN-20 23:00:59"],
            "datetime64[ns]",
        ),
        (
            SdType.DATETIME,
            {"datetime_format": "%-m/%-d/%Y %-I:%M %p"},
            ["1/5/2012 9:05 AM", "12/31/2012 12:00 PM"],
            "datetime64[ns]",
        ),
        (
            SdType.DATETIME,
            {"datetime_format": "%Y-%m-%dT%H:%M:%S.%3fZ"},
            ["2020-01-01T00:00:00.007Z", None],
            "datetime64[ns]",
        ),
        (SdType.CATEGORICAL, {}, ["b", None, "a", "b"], "category"),
        (SdType.CATEGORICAL, {"missing_word": "?"}, ["b", "?", "a"], "category"),
        (SdType.ID, {}, ["007", None, "8"], "string"),
        (SdType.TEXT, {}, ["so it was", None], "string"),
        (SdType.CATEGORICAL, {}, [None, None], "category"),
        (SdType.INTEGER, {}, [None, None], "Int64"),
    ],
)
def test_a_column_gets_its_dtype_and_is_written_back_as_it_was(sdtype, fields, cells, dtype):
    table = text_table(c=cells)
    metadata = one(sdtype, **fields)
    frame = typed(table, metadata)
    assert str(frame["c"].dtype) == dtype
    missing = {None, fields.get("missing_word")}
    assert frame["c"].isna().tolist() == [cell in missing for cell in cells]
    assert untyped(frame, metadata).to_pydict() == {"c": cells}


def test_ids_and_text_are_kept_by_arrow():
    frame = typed(text_table(c=["a"]), one(SdType.TEXT))
    assert frame["c"].dtype == pd.StringDtype("pyarrow")


def test_categories_are_words_in_order():
    frame = typed(text_table(c=["b", "10", "a"]), one(SdType.CATEGORICAL))
    assert list(frame["c"].cat.categories) == ["10", "a", "b"]


def test_varying_offsets_become_utc():
    cells = ["2020-07-01 12:00:00+02:00", "2020-01-01 12:00:00+01:00"]
    metadata = one(SdType.DATETIME, datetime_format="%Y-%m-%d %H:%M:%S%z")
    frame = typed(text_table(c=cells), metadata)
    assert frame["c"].tolist() == [datetime(2020, 7, 1, 10), datetime(2020, 1, 1, 11)]
    assert untyped(frame, metadata)["c"].to_pylist() == [
        "2020-07-01 10:00:00+00:00",
        "2020-01-01 11:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("sdtype", "cells", "misfits"),
    [
        (SdType.INTEGER, ["1", "one", "2.5", "NA"], 2),
        (SdType.FLOAT, ["1", "one", "one"], 2),
        (SdType.BOOLEAN, ["True", "yes"], 1),
        (SdType.DATETIME, ["2020-01-01", "soon"], 1),
        (SdType.DATETIME, ["2020-02-29", "2021-02-29", "9999-12-31"], 2),
    ],
)
def test_cells_that_do_not_fit_are_counted_and_not_quoted(sdtype, cells, misfits):
    with pytest.raises(BadInput) as caught:
        typed(text_table(c=cells), one(sdtype))
    assert "“c”" in caught.value.message
    assert f"{misfits} cell(s)" in caught.value.message
    assert "one" not in caught.value.message.split()


def test_only_kept_columns_come_in_the_order_of_the_metadata():
    specs = tuple(
        ColumnSpec(name=name, sdtype=SdType.INTEGER, pii_action=action)
        for name, action in (
            ("b", PiiAction.KEEP),
            ("x", PiiAction.DROP),
            ("a", PiiAction.SURROGATE),
        )
    )
    frame = typed(text_table(a=["1"], b=["2"], x=["3"]), TableMetadata(columns=specs))
    assert list(frame.columns) == ["b", "a"]


def test_a_missing_column_is_named():
    with pytest.raises(BadInput, match="“c”"):
        typed(text_table(d=["1"]), one(SdType.INTEGER))


def test_small_negative_numbers_are_not_written_as_minus_zero():
    frame = pd.DataFrame({"c": [-0.001, 0.004]})
    assert untyped(frame, one(SdType.FLOAT, decimals=2))["c"].to_pylist() == ["0.00", "0.00"]


@pytest.mark.parametrize("outsider", ["2021-02-30", "9999-12-31", "2021-01-01 10:00"])
def test_a_date_of_another_format_or_out_of_range_does_not_fit(outsider):
    metadata = one(SdType.DATETIME, datetime_format="%Y-%m-%d")
    assert typed(text_table(c=["2020-02-29"]), metadata)["c"].tolist() == [datetime(2020, 2, 29)]
    with pytest.raises(BadInput, match=r"1 cell\(s\)"):
        typed(text_table(c=["2020-02-29", outsider]), metadata)


cell_texts = st.one_of(
    st.integers(-(10**17), 10**17).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12),
)
columns = st.one_of(
    st.lists(st.none() | st.integers(-(10**17), 10**17).map(str), min_size=1, max_size=30),
    st.lists(st.none() | st.integers(0, 999).map("{:03d}".format), min_size=1, max_size=30),
    st.integers(1, 6).flatmap(
        lambda d: st.lists(
            st.none() | st.integers(-(10**8), 10**8).map(lambda n: f"{n / 10**d:.{d}f}"),
            min_size=1,
            max_size=30,
        )
    ),
    st.lists(
        st.none() | st.floats(allow_nan=False, allow_infinity=False).map(repr),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d %H:%M", "%d %b %Y", "%Y-%m-%dT%H:%M:%SZ"])
    .flatmap(
        lambda form: st.lists(
            st.none()
            | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(
                lambda m: m.strftime(form)
            ),
            min_size=1,
            max_size=30,
        )
    ),
    st.lists(st.none() | st.sampled_from(["Yes", "No"]), min_size=1, max_size=30),
    st.lists(st.none() | cell_texts, min_size=1, max_size=30),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(columns)
def test_what_profiling_suggests_writes_back_the_same_text(cells):
    table = text_table(c=cells)
    report, metadata = profile({"t": table}, None, no_progress)
    spec = metadata.tables["t"].columns[0]
    back = untyped(typed(table, metadata.tables["t"]), metadata.tables["t"])["c"].to_pylist()
    if report.tables["t"][0].warnings and spec.sdtype is SdType.FLOAT:
        same = [None if c is None else float(c) for c in cells]
        assert [None if c is None else float(c) for c in back] == same
    elif not spec.missing_word:
        assert back == cells
    else:  # an empty cell and a word for “missing” become one of them
        kept = [(a, b) for a, b in zip(cells, back, strict=True) if b != spec.missing_word]
        assert all(a == b for a, b in kept)


def people(count: int) -> tuple[dict[str, pd.DataFrame], Metadata]:
    """Parents with three children each, and a code book that every child refers to."""
    tables = {
        "people": pd.DataFrame({"id": [f"p{i}" for i in range(count)]}),
        "visits": pd.DataFrame(
            {
                "person": [f"p{i % count}" for i in range(3 * count)],
                "ward": [f"w{i % 2}" for i in range(3 * count)],
            }
        ),
        "wards": pd.DataFrame({"id": ["w0", "w1"]}),
    }
    specs = {
        name: TableMetadata(
            columns=tuple(ColumnSpec(name=c, sdtype=SdType.ID) for c in frame.columns)
        )
        for name, frame in tables.items()
    }
    links = (
        Relationship(
            parent_table_name="people",
            parent_primary_key="id",
            child_table_name="visits",
            child_foreign_key="person",
        ),
        Relationship(
            parent_table_name="wards",
            parent_primary_key="id",
            child_table_name="visits",
            child_foreign_key="ward",
        ),
    )
    return tables, Metadata(tables=specs, relationships=links)


def test_a_holdout_is_the_share_asked_for_and_the_same_every_time():
    frame = pd.DataFrame({"x": np.arange(1000)})
    metadata = Metadata(tables={"t": one(SdType.INTEGER)})
    train, holdout = split_holdout({"t": frame}, metadata, 0.2, 7)
    assert len(holdout["t"]) == 200
    assert sorted([*train["t"]["x"], *holdout["t"]["x"]]) == list(range(1000))
    again, _ = split_holdout({"t": frame}, metadata, 0.2, 7)
    other, _ = split_holdout({"t": frame}, metadata, 0.2, 8)
    assert train["t"].equals(again["t"])
    assert not train["t"].equals(other["t"])


def test_no_share_trains_on_everything():
    frame = pd.DataFrame({"x": [1, 2]})
    train, holdout = split_holdout({"t": frame}, Metadata(tables={}), 0, 0)
    assert train["t"].equals(frame)
    assert list(holdout["t"].columns) == ["x"]
    assert len(holdout["t"]) == 0


def test_children_follow_their_parents_and_code_books_stay_whole():
    tables, metadata = people(200)
    train, holdout = split_holdout(tables, metadata, 0.25, 1)
    for part in (train, holdout):
        assert set(part["visits"]["person"]) == set(part["people"]["id"])
        assert len(part["wards"]) == 2
    assert len(holdout["people"]) == 50


def test_children_without_a_parent_are_kept():
    tables, metadata = people(40)
    tables["visits"].loc[0, "person"] = None
    train, holdout = split_holdout(tables, metadata, 0.25, 1)
    assert len(train["visits"]) + len(holdout["visits"]) == 120


def test_too_few_rows_to_hold_out_are_refused():
    with pytest.raises(BadInput, match="too few rows") as refused:
        split_holdout(
            {"t": pd.DataFrame({"x": [1]})}, Metadata(tables={"t": one(SdType.INTEGER)}), 0.2, 0
        )
    assert "share" not in refused.value.message  # the command line has no such option
    assert "more rows" in refused.value.message


def flagged() -> Metadata:
    flag = PiiFlag(
        table="t",
        column="c",
        kind=PiiKind.NAME,
        reason="r",
        share=1.0,
        action=PiiAction.SURROGATE,
    )
    columns = (
        ColumnSpec(name="c", sdtype=SdType.TEXT, pii_action=PiiAction.SURROGATE),
        ColumnSpec(name="k", sdtype=SdType.ID, unique=True),
    )
    return Metadata(
        tables={"t": TableMetadata(columns=columns, primary_key="k")}, pii_flags=(flag,)
    )


def test_a_decision_changes_the_column_and_its_flag():
    found = decided(flagged(), [ColumnDecision(table="t", column="c", pii_action=PiiAction.DROP)])
    assert found.tables["t"].column("c").pii_action is PiiAction.DROP
    assert found.pii_flags[0].action is PiiAction.DROP
    assert [c.name for c in found.tables["t"].kept] == ["k"]


def test_what_a_decision_leaves_out_stays():
    found = decided(flagged(), [ColumnDecision(table="t", column="c", sdtype=SdType.CATEGORICAL)])
    assert found.tables["t"].column("c").sdtype is SdType.CATEGORICAL
    assert found.tables["t"].column("c").pii_action is PiiAction.SURROGATE


def test_zeros_and_ones_can_be_declared_boolean():
    table = text_table(c=["0", "1", None])
    metadata = decided(
        Metadata(tables={"t": suggested(table)}),
        [ColumnDecision(table="t", column="c", sdtype=SdType.BOOLEAN)],
    )
    frame = typed(table, metadata.tables["t"])
    assert frame["c"].tolist()[:2] == [False, True]
    assert untyped(frame, metadata.tables["t"]).equals(table)


def test_a_key_that_is_no_id_any_more_is_no_key():
    decision = ColumnDecision(table="t", column="k", sdtype=SdType.CATEGORICAL)
    assert decided(flagged(), [decision]).tables["t"].primary_key is None


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (ColumnDecision(table="x", column="c"), "no table named “x”"),
        (ColumnDecision(table="t", column="x"), "no column named “x”"),
    ],
)
def test_decisions_on_unknown_columns_are_refused(decision, words):
    with pytest.raises(BadInput, match=words):
        decided(flagged(), [decision])


def test_a_linking_column_can_not_be_dropped_or_retyped():
    _, metadata = people(2)
    for decision in (
        ColumnDecision(table="visits", column="person", pii_action=PiiAction.DROP),
        ColumnDecision(table="people", column="id", sdtype=SdType.INTEGER),
    ):
        with pytest.raises(BadInput, match="links “visits” to “people”"):
            decided(metadata, [decision])


def test_a_table_keeps_at_least_one_column():
    metadata = flagged()
    drop = [
        ColumnDecision(table="t", column=c.name, pii_action=PiiAction.DROP)
        for c in metadata.tables["t"].columns
    ]
    with pytest.raises(BadInput, match="every column"):
        decided(metadata, drop)


def test_a_day_and_a_moment_are_written_apart():
    days = pd.DataFrame({"c": pd.to_datetime([date(2020, 1, 2)])})
    assert untyped(days, one(SdType.DATETIME, date_only=True))["c"].to_pylist() == ["2020-01-02"]
    moments = replace(one(SdType.DATETIME).columns[0])
    written = untyped(days, TableMetadata(columns=(moments,)))["c"].to_pylist()
    assert written == ["2020-01-02 00:00:00"]
