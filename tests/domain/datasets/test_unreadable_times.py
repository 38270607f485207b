"""Cells that hold no time in a column of times, and times that are numbers."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from domain.datasets.entities import (
    ColumnDecision,
    ColumnSpec,
    Metadata,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.datasets.named_times import named_times, read_as, with_named_times
from domain.datasets.preparing import decided, typed, untyped
from domain.datasets.profiling import profile
from domain.datasets.time_columns import refuse_mixing_people, with_companions
from domain.datasets.time_settings import UnreadableTimes
from domain.datasets.unreadable_times import refuse_unreadable_time
from domain.kernel import BadInput, no_progress

DAYS = [f"{day:02}.05.2024" for day in range(1, 31)]
MESSY = [*DAYS[:9], "soon", None, *DAYS[11:]]


def table_of(**columns: list[str | None]) -> pa.Table:
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def suggested(text: pa.Table) -> Metadata:
    return profile({"t": text}, None, no_progress)[1]


def with_setting(text: pa.Table, kind: UnreadableTimes, keys: SequenceKeys | None = None):
    said = ColumnDecision(table="t", column="when", unreadable_times=kind)
    metadata = decided(suggested(text), [said])
    table = replace(metadata.tables["t"], sequence=keys)
    return with_companions(replace(metadata, tables={"t": table}))


def test_a_column_of_times_with_a_few_other_words_is_read_and_tagged():
    text = table_of(when=MESSY)
    metadata = with_companions(suggested(text)).tables["t"]
    assert metadata.column("when").datetime_format == "%d.%m.%Y"
    frame = typed(text, metadata)
    assert list(frame.columns) == ["when", "when missing"]
    assert frame["when missing"].tolist()[8:12] == ["read", "unreadable", "missing", "read"]
    assert frame["when"].isna().sum() == 2
    written = untyped(frame, metadata)
    assert written["when"].to_pylist() == [*DAYS[:9], None, None, *DAYS[11:]]
    assert typed(written, metadata).astype(object).equals(frame.astype(object))


def test_what_could_not_be_read_is_counted_and_not_quoted():
    report, _ = profile({"t": table_of(when=MESSY)}, None, no_progress)
    (said,) = report.tables["t"][0].warnings
    assert said.startswith("1 of 29 filled cells")
    assert "soon" not in said


def test_a_column_of_notes_with_dates_in_between_is_no_column_of_times():
    text = table_of(when=[*DAYS[:20], *["call again"] * 10])
    assert suggested(text).tables["t"].column("when").sdtype is SdType.CATEGORICAL


def test_gaps_are_filled_between_the_neighbours_of_the_same_entity():
    text = table_of(
        who=["a", "b", "a", "b", "a", "b", "a", "a"] * 5,
        when=["1.5.2024", "11.5.2024", "?", None, "5.5.2024", "13.5.2024", "7.5.2024", ""] * 5,
    )
    text = text.slice(0, 8)
    keys = SequenceKeys(entity="who", time="when")
    metadata = with_setting(text, UnreadableTimes.INTERPOLATE, keys).tables["t"]
    days = typed(text, metadata)["when"].dt.day.tolist()
    assert days == [1, 11, 3, 12, 5, 13, 7, 9]  # the last one by the median gap of its entity


def test_an_invented_time_has_no_finer_clock_than_the_real_ones():
    text = table_of(when=["2024-05-01 10:00", None, None, "2024-05-01 12:00"])
    metadata = with_setting(text, UnreadableTimes.INTERPOLATE).tables["t"]
    assert typed(text, metadata)["when"].dt.minute.tolist() == [0, 0, 0, 0]


def test_an_entity_without_any_time_stays_without():
    text = table_of(who=["a", "a", "b"], when=["1.5.2024", "2.5.2024", None])
    keys = SequenceKeys(entity="who", time="when")
    metadata = with_setting(text, UnreadableTimes.INTERPOLATE, keys).tables["t"]
    assert typed(text, metadata)["when"].isna().tolist() == [False, False, True]


def test_a_tagged_time_that_orders_events_has_a_place_but_is_written_as_missing():
    text = table_of(when=MESSY)
    metadata = with_setting(text, UnreadableTimes.TAG, SequenceKeys(time="when")).tables["t"]
    frame = typed(text, metadata)
    assert frame["when"].is_monotonic_increasing
    assert frame["when"].notna().all()
    assert untyped(frame, metadata)["when"].null_count == 2


def test_no_tag_says_that_a_missing_time_was_read():
    metadata = with_companions(suggested(table_of(when=MESSY))).tables["t"]
    drawn = pd.DataFrame(
        {
            "when": pd.to_datetime(["2024-05-01", None]),
            "when missing": pd.Categorical(["unreadable", "read"]),
        }
    )
    assert untyped(drawn, metadata).to_pydict() == {
        "when": [None, None],
        "when missing": ["unreadable", "missing"],
    }


def test_a_gap_in_a_given_row_is_left_open_and_a_given_time_stays():
    metadata = with_companions(suggested(table_of(when=MESSY))).tables["t"]
    given = table_of(when=["01.05.2024", None]).append_column(
        "when missing", pa.nulls(2, pa.string())
    )
    tags = typed(given, metadata)["when missing"]
    assert tags[0] == "read"
    assert pd.isna(tags[1])


def test_most_of_a_column_must_be_readable_whoever_asks():
    spec = ColumnSpec(
        name="when",
        sdtype=SdType.DATETIME,
        datetime_format="%Y-%m-%d",
        unreadable_times=UnreadableTimes.TAG,
    )
    with pytest.raises(BadInput, match="Of the 3 filled cells of column “when”, 2 cannot"):
        typed(table_of(when=["2024-01-01", "x", "y", None]), TableMetadata(columns=(spec,)))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["spring", "summer", "2024-01-01"], "at most 1 of 3 filled cells"),
        (["spring", "summer", "?"], "at most 0 of 2 filled cells"),
        ([None, "NA"], "is empty"),
    ],
)
def test_a_time_column_that_cannot_be_read_is_refused_with_how_much_could_be(cells, words):
    with pytest.raises(BadInput, match=words) as refusal:
        refuse_unreadable_time(table_of(when=cells), "when")
    assert "spring" not in refusal.value.message
    refuse_unreadable_time(table_of(when=MESSY), "when")


def read_as_time(text: pa.Table, **named: object) -> Metadata:
    metadata = suggested(text)
    return with_named_times(
        metadata, named_times(metadata, [], **{"events": {}} | named), {"t": text}
    )


def test_a_column_named_as_the_time_is_read_in_the_format_of_most_of_it():
    text = table_of(when=[*DAYS[:20], *["call again"] * 10])
    metadata = read_as_time(text, time="when")
    assert metadata == read_as_time(text, events={"t": SequenceKeys(time="when"), "u": None})
    spec = metadata.tables["t"].column("when")
    assert (spec.sdtype, spec.datetime_format) == (SdType.DATETIME, "%d.%m.%Y")
    assert spec.unreadable_times is UnreadableTimes.TAG
    assert typed(text, metadata.tables["t"])["when"].isna().sum() == 10


def test_a_column_named_as_the_time_that_holds_none_is_refused():
    text = table_of(when=["spring", "summer"] * 15)
    with pytest.raises(BadInput, match="“when” cannot be read as a time"):
        read_as_time(text, time="when")


def test_numbers_that_grow_may_order_events_as_they_are():
    text = table_of(when=["1", "2", "5"])
    assert read_as_time(text, time="when") == suggested(text)


def test_only_times_have_unreadable_times():
    metadata = suggested(table_of(age=["1", "2", "3"]))
    said = ColumnDecision(table="t", column="age", unreadable_times=UnreadableTimes.TAG)
    with pytest.raises(BadInput, match="“age” is integer, not a time"):
        decided(metadata, [said])


def test_an_unknown_treatment_is_refused():
    with pytest.raises(BadInput, match="refuse, tag, interpolate"):
        read_as({"when": "guess"})


def test_a_private_run_fills_no_time_from_other_peoples_rows():
    text = table_of(who=["a", "a", "b"], when=["1.5.2024", "2.5.2024", None])
    keys = SequenceKeys(entity="who", time="when")
    refuse_mixing_people(with_setting(text, UnreadableTimes.INTERPOLATE, keys), "who")
    refuse_mixing_people(with_setting(text, UnreadableTimes.TAG), None)
    for kind in (UnreadableTimes.INTERPOLATE, UnreadableTimes.TAG):
        with pytest.raises(BadInput, match="tag them instead"):
            refuse_mixing_people(with_setting(text, kind, keys), None)
    with pytest.raises(BadInput, match="other people"):
        refuse_mixing_people(with_setting(text, UnreadableTimes.INTERPOLATE), "who")


@pytest.mark.parametrize(
    ("header", "cells", "moment"),
    [
        ("timestamp", ["1700000000", None, "1700000007"], "2023-11-14 22:13:20"),
        ("event_ts", ["1700000000123", "1700000000124", None], "2023-11-14 22:13:20.123"),
        ("order_date", ["45292", "45293", None], "2024-01-01"),
    ],
)
def test_numbers_that_count_seconds_or_days_are_times_and_come_back_as_numbers(
    header, cells, moment
):
    text = table_of(**{header: cells})
    metadata = suggested(text).tables["t"]
    frame = typed(text, metadata)
    assert frame[header][0] == pd.Timestamp(moment)
    assert untyped(frame, metadata).equals(text)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("amount", ["1700000000", "1700000007"]),
        ("time", ["45292", "45293"]),
        ("order_date", ["45292", "7"]),
        ("time_id", ["1700000000", "1700000007"]),
    ],
)
def test_other_numbers_stay_numbers(header, cells):
    spec = suggested(table_of(**{header: cells})).tables["t"].column(header)
    assert spec.sdtype is not SdType.DATETIME
