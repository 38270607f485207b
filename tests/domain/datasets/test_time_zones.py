"""Whose clock times show: one zone for a column, an offset for each row, or a column of words."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from domain.datasets.entities import ColumnDecision, Metadata, SdType
from domain.datasets.preparing import decided, typed, untyped
from domain.datasets.profiling import profile
from domain.datasets.time_columns import with_companions
from domain.datasets.time_zones import explaining_zone, to_local, to_utc
from domain.datasets.zone_words import fixed_offset, is_zone_word
from domain.kernel import BadInput, no_progress

HOURS = pd.date_range("2021-03-26", "2021-04-05", freq="h", tz="UTC").union(
    pd.date_range("2021-09-24", "2021-11-08", freq="2h", tz="UTC")
)


def on_clock(zone: str, form: str = "%Y-%m-%d %H:%M:%S%z") -> list[str]:
    return pd.Series(HOURS.tz_convert(zone)).dt.strftime(form).tolist()


def with_colon(texts: list[str]) -> list[str]:
    return [f"{t[:-2]}:{t[-2:]}" for t in texts]


MADRID = with_colon(on_clock("Europe/Madrid"))


def table_of(**columns: list[str | None]) -> pa.Table:
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def profiled(text: pa.Table) -> Metadata:
    return with_companions(profile({"t": text}, None, no_progress)[1])


def warnings_of(text: pa.Table, column: str) -> str:
    report, _ = profile({"t": text}, None, no_progress)
    return " ".join(next(c for c in report.tables["t"] if c.name == column).warnings)


def test_offsets_of_one_clock_are_written_back_summer_time_and_all():
    text = table_of(date=MADRID)
    metadata = profiled(text).tables["t"]
    frame = typed(text, metadata)
    assert [c.name for c in metadata.columns] == ["date"]
    assert frame["date"].tolist() == HOURS.tz_localize(None).tolist()
    assert untyped(frame, metadata).equals(text)
    assert "Europe/" in warnings_of(text, "date")


def test_a_twin_has_the_hour_that_autumn_repeats_twice_and_the_one_that_spring_lacks_never():
    metadata = profiled(table_of(date=MADRID)).tables["t"]
    drawn = pd.DataFrame({"date": pd.date_range("2023-01-01", "2023-12-31 22:00", freq="h")})
    written = untyped(drawn, metadata)["date"].to_pylist()
    assert [t[-6:] for t in written if t.startswith("2023-10-29 02:00")] == ["+02:00", "+01:00"]
    assert not [t for t in written if t.startswith("2023-03-26 02:")]
    assert typed(table_of(date=written), metadata).equals(drawn)


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Adelaide", "Pacific/Chatham"])
def test_the_zone_that_explains_the_offsets_shows_the_same_clock(zone):
    moments = HOURS.tz_localize(None).to_numpy("datetime64[ns]")
    local = HOURS.tz_convert(zone).tz_localize(None).to_numpy("datetime64[ns]")
    offsets = ((local - moments) // np.timedelta64(60, "s")).astype(np.int64)
    found = explaining_zone(moments, offsets)
    assert found is not None
    assert (to_local(moments, found) == local).all()
    offsets[len(offsets) // 3] += 30
    assert explaining_zone(moments, offsets) is None


def test_from_the_clock_to_utc_never_goes_back():
    clock = np.arange("2021-01-01", "2022-01-01", 15, dtype="datetime64[m]").astype("M8[ns]")
    assert (np.diff(to_utc(clock, "Europe/Madrid")).astype(np.int64) >= 0).all()


@pytest.mark.parametrize(
    ("form", "cells"),
    [
        ("%z", ["2020-07-01 12:00:00+02:00", "2020-01-01 12:00:00+01:00"]),
        ("%-z", ["2020-07-01T12:00:00+0530", "2020-01-01T12:00:00-0330"]),
        ("%^z", ["2020-07-01T12:00:00.123+01:00", "2020-01-01T12:00:00.000Z"]),
    ],
)
def test_every_spelling_of_offsets_comes_back(form, cells):
    text = table_of(date=cells)
    metadata = profiled(text).tables["t"]
    assert metadata.column("date").datetime_format.endswith(form)
    assert untyped(typed(text, metadata), metadata)["date"].to_pylist() == cells


def test_offsets_of_several_zones_are_kept_as_a_column_beside():
    cells = ["2020-07-01 12:00:00+02:00", None, "2020-07-01 12:00:00-05:00"]
    text = table_of(when=cells, x=["1", "2", "3"])
    metadata = profiled(text).tables["t"]
    frame = typed(text, metadata)
    assert list(frame.columns) == ["when", "when zone", "x"]
    assert frame["when zone"].astype(object).where(frame["when zone"].notna(), None).tolist() == [
        "+02:00",
        None,
        "-05:00",
    ]
    assert frame["when"].tolist()[2] == pd.Timestamp("2020-07-01 17:00")
    assert untyped(frame, metadata).equals(text)  # the file's own columns, and no other


def test_a_column_beside_does_not_take_a_name_that_is_taken():
    text = table_of(when=["2020-07-01 12:00:00+02:00", "2020-07-01 12:00:00-05:00"])
    text = text.append_column("when zone", pa.array(["a", "b"]))
    metadata = profiled(text)
    assert [c.name for c in metadata.tables["t"].columns] == ["when", "when zone 2", "when zone"]
    assert with_companions(metadata) == metadata


def test_a_document_of_metadata_remembers_zones_and_companions():
    cells = ["2020-07-01 12:00:00+02:00", "2020-07-01 12:00:00-05:00"]
    metadata = profiled(table_of(when=cells, at=["2020-07-01 12:00:00"] * 2, tz=["CST", "EST"]))
    assert metadata.tables["t"].column("at").zone_column == "tz"
    assert Metadata.from_document(metadata.to_document()) == metadata


def test_a_person_chooses_the_zone_that_is_written():
    text = table_of(date=MADRID)
    metadata = profile({"t": text}, None, no_progress)[1]
    said = ColumnDecision(table="t", column="date", time_zone="Asia/Tokyo")
    table = decided(metadata, [said]).tables["t"]
    assert untyped(typed(text, table), table)["date"][0].as_py() == "2021-03-26 09:00:00+09:00"
    utc = decided(metadata, [replace(said, time_zone="")]).tables["t"]
    assert untyped(typed(text, utc), utc)["date"][0].as_py() == "2021-03-26 00:00:00+00:00"


@pytest.mark.parametrize(("column", "zone"), [("date", "Mars/Olympus"), ("x", "Europe/Madrid")])
def test_a_zone_that_is_none_or_of_no_time_is_refused(column, zone):
    metadata = profiled(table_of(date=MADRID, x=["ab"[i % 2] for i in range(len(MADRID))]))
    with pytest.raises(BadInput, match=r"time zone|not a time"):
        decided(metadata, [ColumnDecision(table="t", column=column, time_zone=zone)])


STORMS = table_of(
    BEGIN_DATE_TIME=["10-JUL-95 04:10:00", "10-JUL-95 04:10:00", "10-JUL-95 04:10:00", None] * 5,
    CZ_TIMEZONE=["CST", "EDt", "SCT", "CST", *["CST", "EST", "PST", "HST"] * 4],
)


def test_local_times_become_utc_by_the_zone_word_of_their_row_and_come_back():
    metadata = profiled(STORMS).tables["t"]
    frame = typed(STORMS, metadata)
    hours = frame["BEGIN_DATE_TIME"].dt.hour.tolist()
    assert hours[:3] == [10, 8, 4]  # an unknown word leaves its time as it is
    assert hours[4:7] == [10, 9, 12]
    assert untyped(frame, metadata).equals(STORMS)


def test_rows_with_an_unknown_zone_word_are_counted_and_not_quoted():
    said = warnings_of(STORMS, "BEGIN_DATE_TIME")
    assert "In 1 of 20 rows" in said
    assert "SCT" not in said


def test_a_time_takes_the_zone_column_whose_header_is_nearest():
    table = profiled(
        table_of(
            departure_time=["2024-05-01 10:00", "2024-05-01 11:00"],
            departure_tz=["Europe/Berlin", "Asia/Tokyo"],
            arrival_time=["2024-05-01 12:00", "2024-05-01 13:00"],
            arrival_tz=["+01:00", "UTC-03:30"],
        )
    ).tables["t"]
    assert table.column("departure_time").zone_column == "departure_tz"
    assert table.column("arrival_time").zone_column == "arrival_tz"


@pytest.mark.parametrize(
    "columns",
    [
        {"day": ["2024-05-01", "2024-05-02"], "tz": ["CST", "EST"]},
        {"time": ["2024-05-01 10:00Z", "2024-05-02 10:00Z"], "tz": ["CST", "EST"]},
        {"time": ["2024-05-01 10:00", "2024-05-02 10:00"], "zone": ["north", "south"]},
        {"time": ["2024-05-01 10:00", "2024-05-02 10:00"], "party": ["CST", "EST"]},
    ],
)
def test_days_and_moments_and_other_zones_are_left_alone(columns):
    assert all(c.zone_column is None for c in profiled(table_of(**columns)).tables["t"].columns)


@pytest.mark.parametrize(
    ("word", "minutes"),
    [("cst", -360), ("CSt", -360), ("CST-6", -360), ("UTC+5:30", 330), ("-0330", -210), ("z", 0)],
)
def test_words_for_offsets_are_read(word, minutes):
    assert fixed_offset(word) == minutes


@pytest.mark.parametrize("word", ["SCT", "IST", "BST", "north", "", "+15:00", "Europe/Atlantis"])
def test_words_of_several_meanings_or_none_are_not(word):
    assert not is_zone_word(word)


def test_a_zone_column_that_is_left_out_leaves_times_local():
    metadata = profile({"t": STORMS}, None, no_progress)[1].tables["t"]
    alone = replace(metadata, columns=metadata.columns[:1])
    frame = typed(STORMS, alone)
    assert frame["BEGIN_DATE_TIME"].dt.hour.dropna().unique().tolist() == [4]
    assert untyped(frame, alone)["BEGIN_DATE_TIME"].equals(STORMS["BEGIN_DATE_TIME"])


def test_a_column_of_one_offset_keeps_it_as_a_part_of_its_spelling():
    cells = ["2020-07-01 12:00:00+02:00", "2020-01-01 12:00:00+02:00"]
    spec = profiled(table_of(date=cells)).tables["t"].column("date")
    assert (spec.sdtype, spec.time_zone) == (SdType.DATETIME, None)
