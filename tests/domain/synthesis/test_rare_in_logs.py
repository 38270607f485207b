"""What is rare in a log is counted in entities: a hundred events of one are still one entity's."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from domain.datasets.constraints import Combination
from domain.datasets.entities import ColumnSpec, SdType, SequenceKeys, TableMetadata
from domain.kernel import BadInput
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.encoding.owners import distinct, shared
from domain.synthesis.folding import Folded
from domain.synthesis.sequences.cells import State
from domain.synthesis.sequences.choosing_columns import event_columns
from domain.synthesis.sequences.clock import DAYS, EXACT_DAYS, Clock
from domain.synthesis.sequences.columns import EventColumn
from domain.synthesis.sequences.events import LearnedTotal
from domain.synthesis.sequences.grains import grains
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.holding import Holder
from domain.synthesis.sequences.running import RunningTotal

_AMOUNT = ColumnSpec(name="amount", sdtype=SdType.FLOAT, decimals=2)
_AT = ColumnSpec(name="at", sdtype=SdType.DATETIME)
_KEYS = SequenceKeys(entity="account", time="at")
_SECOND = 3 * 3_600 + 17 * 60 + 22
_RARE = 5


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """Sixty accounts of twenty events by day, and one of 120 events of about a million, always at
    03:17:22, every other one 97 days after the last."""
    rng = np.random.default_rng(0)
    rows = []
    for account in range(61):
        rich, day = account == 7, 0
        for event in range(120 if rich else 20):
            day += 97 if rich and event % 2 else int(rng.integers(1, 12))
            second = _SECOND if rich else int(rng.integers(8 * 3_600, 18 * 3_600))
            amount = rng.uniform(1e6, 1.005e6) if rich else rng.gamma(2, 50)
            at = pd.Timestamp("2020-01-01") + pd.Timedelta(days=day, seconds=second)
            rows.append((f"a{account}", at, round(float(amount), 2)))
    return pd.DataFrame(rows, columns=["account", "at", "amount"])


@pytest.fixture(scope="module")
def histories(log: pd.DataFrame) -> Histories:
    return Histories.of(log, _KEYS)


def _drawn(codec: NumberCodec, column: pd.Series) -> pd.Series:
    """Twenty draws of each row's code."""
    codes = np.repeat(codec.encode(column), 20)
    return codec.decode(codes, np.random.default_rng(1))


def test_owners_are_counted_once_in_every_group() -> None:
    groups, owners = np.array([0, 0, 0, 1, 1]), np.array([4, 4, 2, 4, 4])
    assert distinct(groups, owners, 3).tolist() == [2, 1, 0]


def test_pieces_of_too_few_owners_are_joined_with_the_next_and_at_the_end_with_the_last() -> None:
    owners = np.array([0, 0, 0, 1, 2, 0, 1, 1, 1])
    assert shared(np.array([2, 4, 5, 7]), owners, 2).tolist() == [4]
    assert shared(np.array([4]), owners, 4).tolist() == []


def test_no_amount_of_one_rich_account_is_drawn(histories: Histories) -> None:
    amounts = histories.rows["amount"]
    codec = NumberCodec.fit(amounts, _AMOUNT, _RARE, histories.owner)
    drawn = _drawn(codec, amounts)
    assert drawn.max() < 300_000  # a fifth of a million, and four that are small
    others = amounts[amounts < 5e5]
    middle = drawn[drawn < 200]
    assert abs(middle.median() - others[others < 200].median()) < 10
    by_rows = _drawn(NumberCodec.fit(amounts, _AMOUNT, _RARE), amounts)
    assert (by_rows > 1e6).any()  # else the first line would be said of anything


def test_every_bin_is_of_several_accounts(histories: Histories) -> None:
    amounts = histories.rows["amount"]
    codec = NumberCodec.fit(amounts, _AMOUNT, _RARE, histories.owner)
    held = distinct(codec.encode(amounts), histories.owner, codec.size)
    assert codec.bins > 20
    assert held[: codec.bins].min() >= _RARE


def test_a_value_that_one_account_repeats_among_common_ones_is_no_bin() -> None:
    values = pd.Series([10.0, 20.0, 30.0] * 20 + [17.31] * 50)
    owners = np.append(np.repeat(np.arange(20), 3), np.full(50, 3))
    codec = NumberCodec.fit(values, _AMOUNT, _RARE, owners)
    assert sorted(set(_drawn(codec, values))) == [10, 20, 30]


def test_a_column_that_too_few_accounts_have_is_learned_as_missing() -> None:
    values = pd.Series([np.nan] * 30 + [17.31] * 50)
    owners = np.append(np.arange(30), np.full(50, 3))
    codec = NumberCodec.fit(values, _AMOUNT, _RARE, owners)
    assert _drawn(codec, values).isna().all()


def test_neither_the_second_nor_the_wait_of_one_account_is_drawn(histories: Histories) -> None:
    clock = Clock.fit(histories, "at", _AT, _RARE)
    now = clock.moments(histories.rows["at"])
    assert clock.time_of_day is not None
    of_day = pd.Series(now % clock.a_day, dtype="Int64")
    assert (_drawn(clock.time_of_day, of_day) == _SECOND).mean() < 0.001
    before = np.where(histories.place == 0, now, np.roll(now, 1))
    days = next(cell for cell in clock.cells(ends=False) if cell.name == DAYS)
    state: State = {"place": histories.place, "before": before, "now": now}
    assert days.learned is not None
    learned = days.learned(state)[histories.place > 0]
    assert clock.far is None
    assert learned.max() < 15
    again = Clock.from_state(clock.state())
    assert again.stands is not None
    assert again.stands.shape == (EXACT_DAYS, 2)


def test_waits_that_few_entities_had_are_spread_over_those_of_several() -> None:
    days = np.concatenate([np.tile([1, 2, 3], 40), np.full(60, 47), np.arange(41, 55)])
    owners = np.concatenate([np.repeat(np.arange(40), 3), np.full(60, 3), np.arange(14)])
    start = pd.Timestamp("2020-01-01 10:00")
    rows = []
    for owner in range(40):
        at = start + pd.to_timedelta(np.cumsum([0, *days[owners == owner]]), unit="D")
        rows.append(pd.DataFrame({"account": owner, "at": at}))
    histories = Histories.of(pd.concat(rows, ignore_index=True), _KEYS)
    clock = Clock.fit(histories, "at", _AT, _RARE)
    assert clock.stands is not None
    assert clock.stands[1:4].tolist() == [[1, 1], [2, 2], [3, 3]]
    first, last = clock.stands[47]
    assert first < 47 <= last
    assert last - first >= 3


def test_fewer_entities_than_the_threshold_are_learned_by_rows() -> None:
    rows = pd.DataFrame(
        {"account": [1] * 30, "at": pd.date_range("2020-01-01", periods=30, freq="97D")}
    )
    clock = Clock.fit(Histories.of(rows.iloc[[*range(9), *range(12, 30)]], _KEYS), "at", _AT, 2)
    assert clock.stands is None
    assert clock.far is not None


def test_events_of_a_kind_that_few_entities_have_are_counted_in_entities_too(
    histories: Histories,
) -> None:
    few = histories.only(histories.owner < 2)
    assert few.owners(_RARE) is not None
    assert few.owners(62) is None


def test_numbers_that_one_account_alone_has_round_are_not_told_apart() -> None:
    rng = np.random.default_rng(2)
    column = pd.Series(np.append(rng.uniform(1, 900, 600).round(2), np.full(200, 300.0)))
    column += np.append(np.zeros(600), rng.integers(0, 90, 200) * 100.0)
    own = np.append(rng.integers(0, 50, 600), np.zeros(200, dtype=np.int64))
    codec = NumberCodec.fit(column, _AMOUNT, _RARE, own)
    assert 10_000 not in grains(column, codec, _RARE, own)  # hundreds, in cents
    assert 10_000 in grains(column, codec, _RARE, np.arange(800) % 50)


def test_a_log_without_a_time_gives_no_warning() -> None:
    frame = pd.DataFrame({"account": ["a", "b"] * 40, "n": pd.Series(range(80), dtype="Int64")})
    frame["day"] = pd.date_range("2020-01-01", periods=80)
    frame["word"] = pd.Categorical(["x", "y", "x", "x"] * 20)
    specs = [
        ColumnSpec(name="n", sdtype=SdType.INTEGER),
        ColumnSpec(name="day", sdtype=SdType.DATETIME),
        ColumnSpec(name="word", sdtype=SdType.CATEGORICAL),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        columns = event_columns(
            Histories.of(frame, SequenceKeys(entity="account")),
            frame,
            specs,
            since=[],
            entity=frame["account"],
            held_out=None,
            primary_key=None,
            rare_threshold=2,
            rng=np.random.default_rng(0),
        )
    assert {column.name for column in columns} == {"n", "day", "word"}


def test_the_sign_of_a_category_that_is_never_drawn_is_not_kept() -> None:
    total = RunningTotal(
        total="balance", amount="amount", by="kind", signs={"in": 1, "own": -1, "out": -1}, sign=1
    )
    assert total.known({"in", "out"}).signs == {"in": 1, "out": -1}
    assert total.known({"in", "out"}).sentence() == total.sentence()


_CITY = ColumnSpec(name="city", sdtype=SdType.CATEGORICAL)
_LAND = ColumnSpec(name="land", sdtype=SdType.CATEGORICAL)
_WHO = ColumnSpec(name="who", sdtype=SdType.ID)


def _travels(entities: int) -> pd.DataFrame:
    common = pd.DataFrame(
        {"who": [str(n % entities) for n in range(40)], "city": "Bern", "land": "CH"}
    )
    return pd.concat([common, common.head(1).assign(city="Vaduz").sample(30, replace=True)])


def _folded(entities: int, sequence: SequenceKeys | None) -> tuple[Folded, list[str]]:
    table = TableMetadata(columns=(_WHO, _CITY, _LAND), sequence=sequence)
    rule = Combination(columns=("city", "land"))
    return Folded.fit(rule, _travels(entities), table, _RARE)


def test_a_combination_of_one_entity_never_comes_out_of_a_log() -> None:
    keys = SequenceKeys(entity="who")
    folded, notes = _folded(10, keys)
    assert folded.texts["city"].tolist() == ["Bern"]
    assert folded.counts.tolist() == [40]
    assert "fewer than 5 entities" in notes[0]
    assert "(30 rows learned" in notes[0]
    for by_rows in (_folded(10, None), _folded(3, keys)):
        assert sorted(by_rows[0].texts["city"]) == ["Bern", "Vaduz"]


def test_a_log_without_a_frequent_combination_is_refused_by_its_entities() -> None:
    table = TableMetadata(columns=(_WHO, _CITY, _LAND), sequence=SequenceKeys(entity="who"))
    frame = _travels(10).assign(city=lambda rows: "c" + rows["who"])
    with pytest.raises(BadInput, match="at least 5 entities"):
        Folded.fit(Combination(columns=("city", "land")), frame, table, _RARE)


def test_an_amount_inside_a_bin_never_leads_a_total_beyond_its_ends() -> None:
    amounts = pd.Series(np.arange(1.0, 1_001.0))
    column = EventColumn(
        spec=_AMOUNT, codec=NumberCodec.fit(amounts, _AMOUNT, 1), repeats=False, key=(), since=False
    )
    total = RunningTotal(total="balance", amount="amount", by=None, signs={}, sign=-1)
    seen = NumberCodec.fit(pd.Series(np.arange(0.0, 5_000.0, 10)), _AMOUNT, 1)
    holder = Holder.of(LearnedTotal(total=total, codec=seen), [column])
    assert holder is not None
    codes = column.codec.encode(amounts)
    so_far = amounts.to_numpy() - 3.0  # within the bin of most, but not the amounts themselves
    signs = np.full(len(codes), -1)
    found = holder.inside(so_far, signs, codes, amounts.to_numpy(np.float64))
    possible = so_far - holder.least[codes] >= holder.low
    assert possible.sum() > 500
    assert (so_far - found >= holder.low)[possible].all()
    assert np.array_equal(column.codec.encode(pd.Series(found)), codes)
    free = np.full(len(codes), 4_000.0)
    assert np.array_equal(holder.inside(free, signs, codes, amounts.to_numpy()), amounts)
