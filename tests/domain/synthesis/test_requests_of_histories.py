"""Histories as long as one asks, of the events one asks for; and the future of given ones."""

import numpy as np
import pandas as pd
import pytest

from domain.kernel import BadInput, no_progress
from domain.synthesis.base import FitResult
from domain.synthesis.conditions import (
    Amplification,
    Condition,
    Lengths,
    Operator,
    SampleSpec,
    Stratification,
)
from domain.synthesis.reached_shares import ReachedShares
from domain.synthesis.sequences import requesting
from domain.synthesis.sequences.engine import Sequences
from domain.synthesis.spec_wording import missed_sentences, spec_sentences
from tests.domain.synthesis.event_logs import (
    TABLE,
    bank_log,
    bank_metadata,
    drawn,
    fitted,
    log_metadata,
    typed_log,
)

ACCOUNTS = 110
SOUTH = Condition(column="region", test=Operator.IS, values=("south",))
LARGE = Condition(column="amount", test=Operator.ABOVE, values=("90",))
RICH = Condition(column="balance", test=Operator.ABOVE, values=("0",))
PAID = Condition(column="kind", test=Operator.IS, values=("out",))


@pytest.fixture(autouse=True)
def quick_pilots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requesting, "_PILOT_EVENTS", 2**12)


@pytest.fixture(scope="module")
def fit() -> FitResult:
    return fitted(bank_log(ACCOUNTS, clock=True), bank_metadata(), max_epochs=2)


@pytest.fixture(scope="module")
def plain(fit: FitResult) -> pd.DataFrame:
    return drawn(fit)


@pytest.fixture(scope="module")
def given() -> pd.DataFrame:
    """The first events of other accounts, in no order."""
    log = bank_log(130, seed=5, clock=True)
    some = log[log["account"] >= "A00118"].groupby("account").head(3)
    return some.sample(frac=1, random_state=0).reset_index(drop=True)


def asked(fit: FitResult, rows: int | None = None, **lengths: object) -> pd.DataFrame:
    return drawn(fit, rows, spec=SampleSpec(lengths=Lengths(**lengths)))  # type: ignore[arg-type]


def events(frame: pd.DataFrame) -> pd.Series:
    return frame.groupby("account").size()


def pace(frame: pd.DataFrame) -> float:
    """Days from event to event."""
    return frame.groupby("account")["when"].diff().dt.total_seconds().mean() / 86_400


def follows(frame: pd.DataFrame) -> bool:
    change = np.where(frame["kind"] == "in", frame["amount"], -frame["amount"])
    later = frame["account"] == frame["account"].shift()
    return bool(((frame["balance"] - frame["balance"].shift() - change)[later].abs() < 1e-6).all())


def continued(fit: FitResult, given: pd.DataFrame, **lengths: object) -> pd.DataFrame:
    spec = SampleSpec(lengths=Lengths(**lengths) if lengths else None)  # type: ignore[arg-type]
    frames = Sequences().complete(fit.artifact, given, seed=3, spec=spec, on_progress=no_progress)
    return pd.concat(list(frames), ignore_index=True)


def added(whole: pd.DataFrame, given: pd.DataFrame) -> pd.Series:
    return events(whole) - events(given)


# Lengths


def test_every_history_has_exactly_so_many_events_also_more_than_any_learned_one(fit):
    long = asked(fit, 6, fewest=40, most=40)
    assert (events(long) == 40).all()
    assert follows(long)


def test_a_range_keeps_lengths_inside_it_and_apart(fit):
    lengths = events(asked(fit, 40, fewest=4, most=8))
    assert lengths.between(4, 8).all()
    assert lengths.nunique() > 2


def test_twice_as_long_histories_last_twice_as_long(fit, plain):
    twice = asked(fit, times=2.0)
    assert events(twice).sum() == 2 * len(plain)
    assert pace(twice) == pytest.approx(pace(plain), rel=0.25)


def test_a_log_is_moved_by_whole_weeks(fit, plain):
    moved = asked(fit, since="2030-03-04T00:00:00")
    assert moved["when"].min() >= pd.Timestamp("2030-03-04")
    passed = moved.groupby("account")["when"].min() - plain.groupby("account")["when"].min()
    assert passed.nunique() == 1
    assert passed.iloc[0] % pd.Timedelta(7, "D") == pd.Timedelta(0)


def test_histories_go_on_to_the_end_that_is_asked_for_at_their_pace(fit, plain):
    end = pd.Timestamp("2024-06-30")
    longer = asked(fit, until="2024-06-30T00:00:00")
    assert longer["when"].max() <= end
    assert longer["when"].max() > end - pd.Timedelta(30, "D")
    assert pace(longer) == pytest.approx(pace(plain), rel=0.25)


def test_a_series_ends_at_the_tick_that_is_asked_for():
    when = pd.date_range("2024-01-01", periods=96, freq="h")
    wave = np.sin(np.arange(96) / 24 * 2 * np.pi).round(2)
    log = pd.DataFrame({"when": when.astype("datetime64[ns]"), "amount": wave})
    table = bank_metadata().tables["events"]
    hourly = fitted(
        log, log_metadata(None, "when", table.column("when"), table.column("amount")), max_epochs=1
    )
    later = asked(hourly, since="2025-05-01T00:00:00", until="2025-05-01T05:00:00")
    assert list(later["when"].dt.hour) == [0, 1, 2, 3, 4, 5]
    assert len(asked(hourly, fewest=7, most=7)) == 7
    with pytest.raises(BadInput, match="ask for one of them"):
        asked(hourly, 5, fewest=7, most=7)
    whole = continued(hourly, log.iloc[:30], fewest=12, most=12)
    assert whole["when"].diff().dropna().eq(pd.Timedelta(1, "h")).all()
    assert whole.iloc[:30]["amount"].equals(log.iloc[:30]["amount"])
    assert len(whole) == 42


# Conditions


def test_a_condition_on_events_leaves_out_the_others(fit, plain):
    kept = drawn(fit, spec=SampleSpec(where=(LARGE,)))
    assert (kept["amount"] > 90).all()
    assert len(kept) == (plain["amount"] > 90).sum()


def test_so_many_entities_have_events_that_fulfil_the_conditions(fit):
    kept = drawn(fit, 9, spec=SampleSpec(where=(LARGE, SOUTH)))
    assert kept["account"].nunique() == 9
    assert (kept["amount"] > 90).all()
    assert set(kept["region"]) == {"south"}
    assert kept["account"].is_monotonic_increasing


def test_a_condition_that_hardly_any_event_fulfils_is_refused(fit):
    never = Condition(column="amount", test=Operator.ABOVE, values=("5000",))
    with pytest.raises(BadInput, match="Too few"):
        drawn(fit, 5, spec=SampleSpec(where=(never,)))


@pytest.mark.parametrize("seed", [0, 1])
def test_events_come_as_many_times_as_often_as_asked_and_that_is_told(fit, seed):
    """Of the real events, not of those that a short course happens to draw."""
    spec = SampleSpec(amplify=(Amplification(condition=LARGE, factor=3.0),))
    reached = ReachedShares.of(fit.artifact, spec)
    more = drawn(fit, spec=spec, seed=seed)
    reached.see({TABLE: more})
    real = bank_log(ACCOUNTS, clock=True)
    times = (more["amount"] > 90).mean() / (real["amount"] > 90).mean()
    assert times == pytest.approx(3, rel=0.08)
    (told,) = reached.told(spec).amplify
    assert told.reached == pytest.approx(times, rel=0.05)
    assert not told.missed
    assert follows(more)


def test_a_factor_that_is_not_reached_is_said_with_the_factor_that_is(fit, plain):
    spec = SampleSpec(amplify=(Amplification(condition=LARGE, factor=3.0),))
    reached = ReachedShares.of(fit.artifact, spec)
    reached.see({TABLE: plain})
    told = SampleSpec.from_document(reached.told(spec).to_document())
    (sentence,) = missed_sentences(told)
    assert "were to be 3 times as frequent as learned; " in sentence
    assert sentence.endswith("was reached.")
    assert spec_sentences(told) == (sentence,)
    assert not missed_sentences(spec)


def test_more_events_than_there_are_is_refused_with_the_largest_factor(fit):
    spec = SampleSpec(amplify=(Amplification(condition=PAID, factor=9.0),))
    with pytest.raises(BadInput, match="largest factor"):
        drawn(fit, spec=spec)


def test_amplified_entities_are_counted_as_entities(fit):
    spec = SampleSpec(amplify=(Amplification(condition=SOUTH, factor=1.6),))
    regions = drawn(fit, spec=spec).groupby("account")["region"].first()
    assert regions.eq("south").mean() == pytest.approx(0.8, abs=0.08)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (SampleSpec(stratify=Stratification(column="kind", shares={})), "cannot be set exactly"),
        (SampleSpec(amplify=(Amplification(condition=RICH, factor=2),)), "follow from other"),
        (SampleSpec(where=(PAID,), lengths=Lengths(fewest=5, most=5)), "one of them"),
    ],
)
def test_what_cannot_be_asked_of_events_is_refused_with_the_reason(fit, spec, reason):
    with pytest.raises(BadInput, match=reason):
        drawn(fit, spec=spec)


# The future of given entities


def test_given_rows_stay_and_new_ones_follow_those_of_each_entity(fit, given):
    whole = continued(fit, given, fewest=4, most=4)
    assert (added(whole, given) == 4).all()
    assert list(whole["account"].unique()) == list(given["account"].unique())
    first = whole.groupby("account", sort=False).head(3)
    ordered = given.sort_values("when", kind="stable")
    for name, own in first.groupby("account"):
        kept = ordered[ordered["account"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(own.reset_index(drop=True).astype(kept.dtypes), kept)
    assert (whole.groupby("account")["when"].diff().dropna() >= pd.Timedelta(0)).all()
    assert follows(whole)
    assert (whole.groupby("account", observed=True)["region"].nunique() == 1).all()
    assert list(whole.dtypes.astype(str)) == list(given.dtypes.astype(str))


def test_histories_get_as_long_as_learned_ones_where_nothing_is_said(fit, given, plain):
    whole = continued(fit, given)
    assert (added(whole, given) >= 0).all()
    assert events(whole).max() <= events(plain).max()
    assert added(whole, given).mean() > 2


def test_histories_go_on_until_a_date(fit, given):
    whole = continued(fit, given, until="2024-05-31T00:00:00")
    assert whole["when"].max() <= pd.Timestamp("2024-05-31")
    assert (whole.groupby("account")["when"].max() > pd.Timestamp("2024-05-10")).all()


def test_the_same_future_comes_again_under_the_same_seed(fit, given):
    one, other = (continued(fit, given, fewest=2, most=2) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


def test_values_that_were_never_learned_stay_and_histories_go_on(fit, given):
    odd = given.astype({"kind": object, "region": object})
    odd.loc[0, "kind"] = "swap"
    odd.loc[odd["account"] == odd["account"][0], "region"] = "moon"
    odd.loc[1, ["amount", "balance"]] = [1e9, np.nan]
    odd = typed_log(odd)
    whole = continued(fit, odd, fewest=2, most=2)
    assert (added(whole, odd) == 2).all()
    assert (whole["kind"] == "swap").sum() == 1
    assert (whole["region"] == "moon").sum() == 5
    assert (whole["amount"] == 1e9).sum() == 1


def test_finished_histories_are_said_to_be_finished(fit):
    end = bank_log(3, seed=9, clock=True)
    end["when"] = end["when"] + pd.Timedelta(3_000, "D")
    with pytest.raises(BadInput, match="how many events to add"):
        continued(fit, end)


@pytest.mark.parametrize(
    ("column", "rows", "reason"),
    [
        ("when", slice(None), "No given row says when it was"),
        ("when", slice(3, 3), r"row 4 below the header"),
        ("account", slice(3, 3), "do not say whose it is"),
    ],
)
def test_a_row_without_entity_or_time_is_refused(fit, given, column, rows, reason):
    torn = given.copy()
    torn.loc[rows, column] = None
    with pytest.raises(BadInput, match=reason):
        continued(fit, torn)


def test_a_beginning_cannot_be_asked_of_given_histories(fit, given):
    with pytest.raises(BadInput, match="leave the beginning out"):
        continued(fit, given, since="2024-01-01T00:00:00")
