"""The parts of the sequences engine: calendar, running totals, repeated values."""

import numpy as np
import pandas as pd

from domain.datasets.entities import SequenceKeys
from domain.synthesis.sequences import calendar
from domain.synthesis.sequences.cells import BUCKETS, bucket
from domain.synthesis.sequences.columns import NOWHERE, repeated, sources
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.running import _followed, openings, running, running_totals
from tests.domain.synthesis.event_logs import TABLE, bank_log, bank_metadata

_SPECS = [s for s in bank_metadata().tables[TABLE].columns if s.name not in ("account", "when")]


def _histories(log: pd.DataFrame) -> tuple[Histories, np.ndarray]:
    found = Histories.of(log, SequenceKeys(entity="account", time="when"))
    return found, found.rows["when"].astype("int64").to_numpy()


def test_the_calendar_agrees_with_that_of_pandas() -> None:
    stamps = pd.date_range("1999-12-20", periods=500, freq="D")
    days = stamps.astype("int64").to_numpy() // (86_400 * 10**9)
    assert (calendar.weekday(days) == stamps.dayofweek).all()
    assert (calendar.day_of_month(days) == stamps.day - 1).all()
    assert (calendar.days_to_end(days) == stamps.days_in_month - stamps.day).all()
    assert (calendar.month(days) == stamps.month - 1).all()


def test_buckets_rise_with_their_numbers() -> None:
    codes = bucket(np.array([0, 1, 7, 8, 9, 16, 10**6, 10**15]))
    assert (np.diff(codes) >= 0).all()
    assert codes[-1] < BUCKETS


def test_a_running_balance_is_found_with_its_signs() -> None:
    histories, moments = _histories(bank_log(60))
    (total,) = running_totals(histories, _SPECS, moments)
    assert (total.total, total.amount, total.by) == ("balance", "amount", "kind")
    assert total.signs == {"in": 1, "out": -1}


def test_a_balance_is_found_where_events_of_a_day_stand_in_any_order() -> None:
    log = bank_log(80)
    mixed = log.sample(frac=1, random_state=0).sort_values("when", kind="stable")
    histories, moments = _histories(mixed.reset_index(drop=True))
    (total,) = running_totals(histories, _SPECS, moments)
    again = running(total, histories, openings(total, histories, moments))
    ends = pd.Series(again).groupby(histories.rows["account"].to_numpy()).last()
    assert np.abs(ends - log.groupby("account")["balance"].last()).max() < 1e-6


def test_a_balance_that_moves_by_itself_is_no_running_total() -> None:
    log = bank_log(60)
    log["balance"] = np.random.default_rng(0).normal(0, 100, len(log)).round(2)
    histories, moments = _histories(log)
    assert running_totals(histories, _SPECS, moments) == ()


def test_the_source_of_a_value_is_the_last_event_of_the_same_entity_and_key() -> None:
    owner, key = np.array([0, 0, 0, 1, 1]), np.array([1, 2, 1, 1, 1])
    assert sources(owner, [key]).tolist() == [NOWHERE, NOWHERE, 0, NOWHERE, 3]
    values = pd.Series([5.0, 6.0, 5.0, None, None])
    assert repeated(values, sources(owner, [key])).tolist() == [0, 0, 1, 0, 1]


def test_a_day_of_ten_thousand_events_is_put_in_order_quickly() -> None:
    rng = np.random.default_rng(0)
    amounts = rng.normal(0.0, 1_000.0, 10_000)
    mixed = rng.permutation(10_000)
    after = amounts.cumsum()

    missed, last = _followed((after - amounts)[mixed], after[mixed], 0.0, 1e-6)

    assert missed == 0
    assert last == after[-1]
