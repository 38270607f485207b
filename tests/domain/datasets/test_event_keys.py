"""Which tables are logs of events: what profiling suggests, and what a person may name."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.datasets.event_keys import (
    keys_in_words,
    keys_of,
    with_confirmed_keys,
    with_keys,
    with_keys_by_table,
)
from domain.datasets.profiling import profile
from domain.kernel import BadInput, no_progress
from tests.small_tables import hourly_csv, payments_csv, people_csv

PAYMENTS = SequenceKeys(entity="account_id", time="date")


def _profiled(**tables: bytes | pd.DataFrame) -> Metadata:
    found = {}
    for name, given in tables.items():
        frame = given
        if isinstance(given, bytes):
            frame = pd.read_csv(io.BytesIO(given), dtype=str)
        text = frame.astype(object).where(frame.notna(), None).map(lambda c: c and str(c))
        found[name] = pa.table({c: pa.array(text[c], pa.string()) for c in text})
    return profile(found, None, no_progress)[1]


def _suggested(frame: bytes | pd.DataFrame) -> SequenceKeys | None:
    return _profiled(t=frame).tables["t"].suggested_sequence


def _order_lines(orders: int = 120) -> pd.DataFrame:
    """Two lines an order, four orders a customer, each at one moment."""
    order = np.repeat(np.arange(orders), 2)
    placed = pd.Timestamp("2021-03-01") + pd.to_timedelta(order * 7, "h")
    return pd.DataFrame(
        {
            "order_id": 50_000 + order,
            "customer_id": 700 + order // 4,
            "ordered_at": placed.strftime("%Y-%m-%d %H:%M:%S"),
            "quantity": np.arange(len(order)) % 5 + 1,
        }
    )


def test_headers_without_a_latin_letter_name_nobody_and_break_nothing():
    days = pd.date_range("2021-03-01", periods=60).strftime("%Y-%m-%d")
    wards = ["外科", "内科"] * 30
    frame = pd.DataFrame({"診療科": wards, "العدد": range(1, 61), "✓": wards, "day": days})
    found = _suggested(frame)
    assert found is None or found.entity is None


def test_transactions_are_events_of_their_account_ordered_by_their_date():
    assert _suggested(payments_csv()) == PAYMENTS


def test_order_lines_are_events_of_the_customer_not_of_the_order():
    assert _suggested(_order_lines()) == SequenceKeys(entity="customer_id", time="ordered_at")


def test_an_hourly_table_is_one_long_series():
    assert _suggested(hourly_csv()) == SequenceKeys(time="time")


def test_a_series_that_goes_back_in_time_is_none():
    frame = pd.read_csv(io.BytesIO(hourly_csv()), dtype=str)
    assert _suggested(frame.iloc[::-1]) is None


def test_people_with_a_date_of_birth_are_no_events():
    born = pd.Timestamp("1950-01-01") + pd.to_timedelta(np.arange(120) * 97, "D")
    people = pd.DataFrame(
        {
            "patient_id": 1000 + np.arange(120),
            "birth_date": born.strftime("%Y-%m-%d"),
            "sex": np.where(np.arange(120) % 2, "F", "M"),
        }
    )
    assert _suggested(people) is None
    assert _suggested(people_csv()) is None


def test_times_that_are_mostly_missing_order_nothing():
    frame = pd.read_csv(io.BytesIO(payments_csv()), dtype=str)
    frame.loc[frame.index % 3 > 0, "date"] = None
    assert _suggested(frame) is None


def test_a_suggestion_is_no_persons_word_and_survives_the_document():
    metadata = _profiled(t=payments_csv())
    assert keys_of(metadata) == {}
    again = Metadata.from_document(metadata.to_document())
    assert again.tables["t"].suggested_sequence == PAYMENTS


@pytest.fixture
def two_tables() -> Metadata:
    account = ColumnSpec(name="account_id", sdtype=SdType.ID, unique=True)
    return Metadata(
        tables={
            "accounts": TableMetadata(columns=(account,), primary_key="account_id"),
            "payments": TableMetadata(
                columns=(
                    ColumnSpec(name="account_id", sdtype=SdType.ID),
                    ColumnSpec(name="date", sdtype=SdType.DATETIME, datetime_format="%Y-%m-%d"),
                    ColumnSpec(name="kind", sdtype=SdType.CATEGORICAL),
                    ColumnSpec(name="amount", sdtype=SdType.FLOAT),
                    ColumnSpec(name="iban", sdtype=SdType.ID, pii_action=PiiAction.DROP),
                )
            ),
        }
    )


def test_only_the_table_that_has_both_columns_is_a_log(two_tables):
    assert keys_of(with_keys(two_tables, "account_id", "date")) == {"payments": PAYMENTS}


def test_without_a_time_the_order_of_rows_is_that_of_time(two_tables):
    keys = keys_of(with_keys(two_tables, "kind", None))
    assert keys == {"payments": SequenceKeys(entity="kind")}


@pytest.mark.parametrize(
    ("entity", "time", "words"),
    [
        ("shoe", "date", "no column named “shoe”"),
        ("account_id", "when", "no column named “when”"),
        ("account_id", "kind", "“kind” cannot be read as a time"),
        ("amount", "date", "“amount” is float, so it cannot say whose row it is"),
        ("iban", "date", "“iban” is left out"),
    ],
)
def test_columns_that_cannot_serve_are_refused_with_what_to_do(two_tables, entity, time, words):
    with pytest.raises(BadInput, match=words):
        with_keys(two_tables, entity, time)


def test_columns_of_different_tables_make_no_log(two_tables):
    apart = Metadata(
        tables={
            **two_tables.tables,
            "owners": TableMetadata(columns=(ColumnSpec(name="owner", sdtype=SdType.ID),)),
        }
    )
    with pytest.raises(BadInput, match="No table has both “owner” and “date”"):
        with_keys(apart, "owner", "date")


def test_a_persons_word_makes_a_log_and_takes_it_back(two_tables):
    said = with_confirmed_keys(two_tables, {"payments": PAYMENTS})
    assert keys_of(said) == {"payments": PAYMENTS}
    assert keys_of(with_confirmed_keys(said, {"payments": None})) == {}
    with pytest.raises(BadInput, match="no table named “loans”; the tables are: accounts"):
        with_confirmed_keys(two_tables, {"loans": PAYMENTS})


def test_a_runs_keys_replace_those_confirmed_since(two_tables):
    confirmed = with_confirmed_keys(two_tables, {"payments": SequenceKeys(time="date")})
    assert keys_of(with_keys_by_table(confirmed, {"payments": PAYMENTS})) == {"payments": PAYMENTS}
    assert keys_of(with_keys_by_table(confirmed, {})) == {}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (PAYMENTS, "events of “account_id” ordered by “date”"),
        (SequenceKeys(entity="user"), "events of “user” in the order of its rows"),
        (SequenceKeys(time="hour"), "one long series ordered by “hour”"),
        (SequenceKeys(), "one long series in the order of its rows"),
    ],
)
def test_keys_are_told_in_words(keys, words):
    assert keys_in_words(keys) == words


def test_customers_by_a_word_of_their_own_are_entities_and_kinds_of_customers_are_not():
    days = [f"2024-01-{day:02d}" for day in range(1, 13)] * 30
    people = pa.table({"customer": [f"C{i // 12:04d}" for i in range(360)], "day": days})
    kinds = pa.table({"customer": [f"kind {i % 3}" for i in range(360)], "day": days})

    found = [profile({"log": rows}, None, no_progress)[1].tables["log"] for rows in (people, kinds)]

    assert found[0].suggested_sequence == SequenceKeys(entity="customer", time="day")
    assert found[1].suggested_sequence is None
