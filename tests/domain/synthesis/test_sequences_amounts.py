"""Amounts and lengths of drawn histories: as round, as bounded and as dense as real ones."""

from dataclasses import replace

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, Metadata, SdType
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.sequences import people
from domain.synthesis.sequences.clock import Clock
from domain.synthesis.sequences.columns import EventColumn
from domain.synthesis.sequences.events import LearnedTotal
from domain.synthesis.sequences.grains import grains, grains_of, rounded
from domain.synthesis.sequences.holding import Holder
from domain.synthesis.sequences.running import RunningTotal
from tests.domain.synthesis.event_logs import TABLE, bank_log, bank_metadata, drawn, fitted

_SPEC = ColumnSpec(name="amount", sdtype=SdType.FLOAT, decimals=2)


def _amounts() -> pd.Series:
    """Withdrawals in hundreds and interest to the cent."""
    rng = np.random.default_rng(0)
    cash, interest = rng.integers(2, 300, 900) * 100.0, rng.uniform(1, 500, 900).round(2)
    return pd.Series(np.concatenate([cash, interest]))


def test_numbers_are_told_apart_by_the_powers_of_ten_that_many_of_them_share() -> None:
    column = _amounts()
    codec = NumberCodec.fit(column, _SPEC, 5)
    sizes = grains(column, codec, 5)
    assert sizes[0] == 1
    assert 10_000 in sizes  # hundreds, in cents
    places = grains_of(pd.Series([300.0, 17.53, np.nan]), codec, sizes)
    assert sizes[places[0]] == 10_000
    assert places[1:].tolist() == [0, 0]


def test_numbers_that_are_never_round_have_no_cell_for_it() -> None:
    column = pd.Series(np.random.default_rng(1).uniform(0, 1, 2_000))
    assert grains(column, NumberCodec.fit(column, _SPEC, 5), 5) == ()
    words = pd.Series(range(50), dtype="Int64")
    alone = NumberCodec.fit(words, ColumnSpec(name="n", sdtype=SdType.INTEGER), 1)
    assert grains(words, alone, 1) == ()


def test_a_drawn_number_is_as_round_as_was_said_and_stays_in_its_bin() -> None:
    column, rng = _amounts(), np.random.default_rng(2)
    codec = NumberCodec.fit(column, _SPEC, 5)
    sizes = grains(column, codec, 5)
    codes = codec.encode(column)
    places = grains_of(column, codec, sizes)
    again = rounded(codec.decode(codes, rng), codec, codes, sizes, places)
    assert (codec.encode(again) == codes).mean() > 0.99
    inner = again.between(column.quantile(0.05), column.quantile(0.95))
    assert (grains_of(again, codec, sizes) == places)[inner].mean() > 0.97
    assert (places > 0).mean() < 0.6  # else the line above would be said of anything


def test_no_amount_leads_a_total_to_where_none_was() -> None:
    amounts = pd.Series(np.arange(1.0, 1_001.0))
    column = EventColumn(
        spec=_SPEC, codec=NumberCodec.fit(amounts, _SPEC, 1), repeats=False, key=(), since=False
    )
    total = RunningTotal(total="balance", amount="amount", by=None, signs={}, sign=-1)
    seen = NumberCodec.fit(pd.Series(np.arange(0.0, 5_000.0, 10)), _SPEC, 1)
    holder = Holder.of(LearnedTotal(total=total, codec=seen), [column])
    assert holder is not None
    state = {"place": np.zeros(2), "so far balance": np.array([300.0, 4_000.0])}
    events = np.arange(2)
    allowed = holder.codes(state, events)
    largest = column.codec.decode(
        np.array([np.flatnonzero(allowed[0]).max()]), np.random.default_rng(0)
    )
    assert largest[0] < 330
    assert allowed[1].all()
    assert holder.again(state, events, np.array([301.0, 301.0])).tolist() == [False, True]


def test_lengths_go_to_the_entities_for_whose_time_and_pace_they_fit() -> None:
    clock = Clock(unit=86_400 * 10**9, step=0, far=None, time_of_day=None, lapse=None, habit=False)
    called = people.names(["who"], [])
    rows = pd.DataFrame(
        {
            called[people.EVENTS]: pd.array([50, 3, 9], dtype="Int64"),
            called["first day"]: pd.to_datetime(["2024-01-01"] * 3),
            called["last day"]: pd.to_datetime(["2024-01-21", "2024-04-10", "2024-01-31"]),
            called[people.PACE]: [10.0, 2.0, 0.0],
        }
    )
    found = people.matched(rows, called, clock)
    assert found[called[people.EVENTS]].tolist() == [3, 50, 9]
    assert found[called["last day"]][2] == found[called["first day"]][2]  # all at once
    assert found[called["last day"]][1] == rows[called["last day"]][1]


def test_a_balance_whose_cells_have_one_or_two_decimals_has_no_more_in_the_twin() -> None:
    about = bank_metadata()
    unsaid = tuple(replace(spec, decimals=None) for spec in about.tables[TABLE].columns)
    table = replace(about.tables[TABLE], columns=unsaid)
    log = bank_log(60)
    log["balance"] = (log["balance"] + 0.1).round(2)  # less an amount it is no number of cents
    twin = drawn(fitted(log, Metadata(tables={TABLE: table})))
    balance = twin["balance"].to_numpy(float)
    assert (balance == balance.round(2)).all()
