"""Logs at the edge: one event, one entity, one series, equal times, rows in any order."""

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, SdType
from domain.kernel import BadInput
from tests.domain.synthesis.event_logs import (
    bank_log,
    bank_metadata,
    drawn,
    fitted,
    log_metadata,
)

_WHEN = ColumnSpec(name="when", sdtype=SdType.DATETIME)
_LOAD = ColumnSpec(name="load", sdtype=SdType.FLOAT, decimals=1)


def _hourly(hours: int) -> pd.DataFrame:
    when = pd.date_range("2024-03-01", periods=hours, freq="h")
    rng = np.random.default_rng(0)
    load = 50 + 20 * np.sin(when.hour * np.pi / 12) + rng.normal(0, 2, hours)
    return pd.DataFrame({"when": when.astype("datetime64[ns]"), "load": load.round(1)})


def test_one_event_an_entity_works() -> None:
    log = bank_log(60).drop_duplicates("account").reset_index(drop=True)
    twin = drawn(fitted(log, bank_metadata()))
    assert len(twin) == twin["account"].nunique() == 60


def test_one_entity_works_and_is_invented() -> None:
    log = bank_log(8).assign(account="A00001").astype({"account": "string[pyarrow]"})
    twin = drawn(fitted(log, bank_metadata()))
    assert len(twin) == len(log)
    assert twin["account"].nunique() == 1
    assert twin["account"].iloc[0] != "A00001"
    assert twin["when"].is_monotonic_increasing


def test_a_history_far_longer_than_the_window_works() -> None:
    log = bank_log(20)
    long = _hourly(60).assign(account="A99999", region="north", kind="in", amount=1.0)
    long["balance"] = np.arange(60.0)
    both = pd.concat([log, long[log.columns]], ignore_index=True)
    both = both.astype({"account": "string[pyarrow]", "region": "category", "kind": "category"})
    twin = drawn(fitted(both, bank_metadata(), max_epochs=1), rows=4)
    assert twin["account"].nunique() == 4


def test_a_regular_series_comes_back_with_its_clock() -> None:
    series = _hourly(300)
    twin = drawn(fitted(series, log_metadata(None, "when", _WHEN, _LOAD)), rows=100)
    assert len(twin) == 100
    assert (twin["when"].diff().dropna() == pd.Timedelta("1h")).all()
    assert twin["load"].between(series["load"].min(), series["load"].max()).all()


def test_a_series_without_a_time_column_is_in_the_order_of_its_rows() -> None:
    series = _hourly(150)[["load"]]
    twin = drawn(fitted(series, log_metadata(None, None, _LOAD)))
    assert list(twin.columns) == ["load"]
    assert len(twin) == 150


def test_a_price_that_wanders_keeps_its_small_steps() -> None:
    rng = np.random.default_rng(0)
    price = 20 * np.exp(np.cumsum(rng.normal(0.004, 0.01, 500)))
    series = pd.DataFrame({"open": price.round(2), "close": (price * 1.001).round(2)})
    specs = [ColumnSpec(name=name, sdtype=SdType.FLOAT, decimals=2) for name in series]
    twin = drawn(fitted(series, log_metadata(None, None, *specs)))
    for name in series:
        real, ours = (np.log(f[name]).diff().dropna() for f in (series, twin))
        assert 0.5 < ours.std() / real.std() < 2
    assert (twin["open"] / twin["close"] - 1).abs().max() < 0.02
    assert twin["open"].between(series["open"].min() - 0.1, series["open"].max() + 0.1).all()


def test_rows_in_any_order_are_learned_alike() -> None:
    log = bank_log(40)
    # Times of one account may be equal: only whole accounts change places.
    mixed = log.sort_values("account", kind="stable", ascending=False).reset_index(drop=True)
    twin, other = (drawn(fitted(rows, bank_metadata())) for rows in (log, mixed))
    assert (
        twin.groupby("account")
        .size()
        .describe()
        .round(0)
        .equals(other.groupby("account").size().describe().round(0))
    )


def test_events_at_the_same_moment_are_learned() -> None:
    log = bank_log(60)
    twin = drawn(fitted(log, bank_metadata(), max_epochs=4))
    gaps = twin.groupby("account")["when"].diff().dropna()
    assert (gaps >= pd.Timedelta(0)).all()
    assert (gaps == pd.Timedelta(0)).any()
    assert (twin["when"] == twin["when"].dt.normalize()).all()


def test_rows_without_a_time_are_left_out_and_counted() -> None:
    log = bank_log(40)
    log.loc[:4, "when"] = pd.NaT
    assert any(note.startswith("5 rows without") for note in fitted(log, bank_metadata()).notes)


def test_a_log_without_any_time_is_refused() -> None:
    log = bank_log(5).assign(when=pd.Series(pd.NaT, index=range(len(bank_log(5)))))
    with pytest.raises(BadInput, match="whose it is and when"):
        fitted(log.astype({"when": "datetime64[ns]"}), bank_metadata())


def test_an_invented_number_that_stays_for_some_events_stays_in_the_twin() -> None:
    log = bank_log(60)
    order = log.groupby("account").cumcount() // 3
    log["order"] = (log["account"] + "-" + order.astype(str)).astype("category")
    metadata = log_metadata(
        "account",
        "when",
        *bank_metadata().tables["events"].columns,
        ColumnSpec(name="order", sdtype=SdType.CATEGORICAL),
    )
    twin = drawn(fitted(log, metadata, max_epochs=6))
    same = twin["order"] == twin["order"].shift()
    inside = twin["account"] == twin["account"].shift()
    assert same[inside].mean() > 0.3
    assert not set(twin["order"]) & set(log["order"])
