"""Logs of every shape are measured, or it is said why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.evaluation.event_log import EventLog
from domain.evaluation.figures import Figure, figure_of
from domain.evaluation.halves import Apart, apart, halves
from domain.evaluation.temporal import temporal_figures
from domain.evaluation.temporal_wording import sentence
from domain.kernel import BadInput
from tests.domain.evaluation.logs import accounts
from tests.domain.evaluation.test_temporal import the, value

NONE = pd.DataFrame()


def measured(train: pd.DataFrame, twin: pd.DataFrame, holdout: pd.DataFrame = NONE, **asked):
    return temporal_figures(train, holdout, twin, entity="account", time="booked", **asked)


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    return accounts(40, 1)


@pytest.fixture(scope="module")
def twin() -> pd.DataFrame:
    return accounts(40, 2)


def test_without_a_holdout_halves_of_the_training_histories_are_the_baseline(real, twin):
    figures = measured(real, twin)
    assert the(figures, "gaps").baseline > 0
    next_kind = the(figures, "next_category_loss", "column:kind")
    assert next_kind.reason == "no histories were held out to test on"


def test_what_chance_may_make_of_few_histories_is_called_so():
    figure = Figure(
        name="temporal.lengths", value=0.3, baseline=0.2, chance=0.32, limit=0.06, source="x"
    )
    assert figure.passed is False
    assert "may be chance" in sentence(figure)
    assert "may be chance" not in sentence(replace(figure, chance=0.25))


def test_one_event_a_history_leaves_nothing_to_follow(real, twin):
    first = [frame.groupby("account").head(1) for frame in (real, twin)]
    figures = measured(first[0], first[1], learned=True)
    assert the(figures, "gaps").reason == "no history has two events with a time"
    for name in ("order", "gaps", "autocorrelation", "transitions"):
        assert the(figures, name).value is None
    assert value(figures, "lengths") == 0
    assert the(figures, "event_column", "column:kind").value is not None


def test_one_history_alone_is_measured_in_windows():
    one, other = (accounts(1, seed) for seed in (3, 4))
    figures = measured(one, other, learned=True)
    assert the(figures, "lengths").value is None
    assert the(figures, "gaps").value is not None
    assert the(figures, "detection_auc").value is None


def test_ten_thousand_events_of_one_history_beside_short_ones(real, twin):
    rng = np.random.default_rng(0)
    long = real.sample(10_000, replace=True, random_state=0).assign(
        account="long", booked=pd.Timestamp("2020-01-02") + pd.to_timedelta(np.arange(10_000), "h")
    )
    long["amount"] = rng.lognormal(3, 1, len(long))
    figures = measured(pd.concat([real, long]), pd.concat([twin, long]), learned=False)
    assert value(figures, "order") == 0
    assert value(figures, "lengths") < 0.3


def test_equal_times_are_in_order_and_their_gaps_are_nought(real, twin):
    day = pd.Timestamp("2020-01-02")
    same = [frame.assign(booked=day) for frame in (real, twin)]
    figures = measured(same[0], same[1], learned=False)
    assert value(figures, "order") == 0
    assert value(figures, "gaps") == 0


def test_the_order_of_the_real_rows_has_no_say(real, twin):
    mixed_up = real.sample(frac=1, random_state=1)
    figures, same = (measured(frame, twin, learned=False) for frame in (mixed_up, real))
    assert value(figures, "lengths") == pytest.approx(value(same, "lengths"), abs=0.1)
    assert value(figures, "order") == 0
    assert the(figures, "order").baseline > 0.3


def test_rows_without_a_time_or_an_owner_are_left_out_and_counted(real, twin):
    holes = twin.copy()
    holes.loc[holes.index % 5 == 0, "booked"] = pd.NaT
    holes.loc[holes.index % 7 == 3, "account"] = None
    figures = measured(real, holes, learned=False)
    left = ((holes.index % 5 == 0) | (holes.index % 7 == 3)).mean()
    assert value(figures, "without_time") == pytest.approx(left)
    assert the(figures, "without_time").baseline == 0


def test_times_that_nobody_can_read_leave_one_sentence(real, twin):
    figures = measured(real, twin.assign(booked="whenever"))
    assert [f.name for f in figures] == ["temporal.order"]
    assert figures[0].value is None
    assert "time" in figures[0].reason


def test_times_in_words_and_offsets_are_read(real, twin):
    written = twin.assign(booked=twin["booked"].dt.strftime("%Y-%m-%dT12:00:00+02:00"))
    plain = twin.assign(booked=twin["booked"] + pd.Timedelta(hours=10))
    assert measured(real, written, learned=False) == measured(real, plain, learned=False)


def test_a_twin_without_a_column_is_refused_in_one_sentence(real, twin):
    with pytest.raises(BadInput, match="no column “amount”"):
        measured(real, twin.drop(columns="amount"))


def test_held_out_rows_of_trained_people_make_their_histories_whole(real, twin):
    odd = real.groupby("account").cumcount() % 2 == 1
    split = measured(real[~odd], twin, real[odd], learned=False)
    whole = measured(real, twin, learned=False)
    assert value(split, "lengths") == pytest.approx(value(whole, "lengths"), abs=0.1)
    assert value(split, "gaps") < 0.1


def test_keys_of_rows_and_of_parts_of_histories_are_no_words(real, twin):
    def numbered(frame: pd.DataFrame) -> pd.DataFrame:
        order = frame["account"] + "/" + (frame.groupby("account").cumcount() // 2).astype(str)
        return frame.assign(row=[f"r{i}" for i in range(len(frame))], order=order)

    figures = measured(numbered(real), numbered(twin), learned=False)
    assert not {f.scope for f in figures} & {"column:row", "column:order"}


def test_long_sides_are_drawn_down_to_whole_histories(real, twin, monkeypatch):
    monkeypatch.setattr("domain.evaluation.log_sides.MAX_EVENTS", 300)
    figures = measured(real, twin, learned=False)
    assert value(figures, "lengths") < 0.5
    assert the(figures, "running_formula", "column:balance").value == 1.0


@pytest.mark.parametrize(
    ("many", "baseline", "threshold"),
    [(True, 0.01, 0.05), (True, 0.06, 0.06), (False, 0.01, 0.04), (False, 0.06, 0.09)],
)
def test_a_distance_is_held_to_the_absolute_limit_where_there_are_very_many_people(
    many, baseline, threshold
):
    splits = np.full(20, baseline)
    found = Apart(twin=splits, real=splits, many=many)
    assert figure_of("temporal.gaps", found, 0.05, "").threshold == pytest.approx(threshold)


def test_a_thousand_people_are_very_many_and_windows_of_one_series_never_are():
    log = EventLog(
        owners=np.arange(1000),
        histories=1000,
        times=np.zeros(1000),
        numbers={},
        words={},
        fixed_numbers={},
        fixed_words={},
    )

    def between(real: EventLog) -> bool:
        def nothing(log: EventLog, weights: np.ndarray) -> np.ndarray:
            return np.zeros((1, weights.shape[1]))

        split = halves(real.histories, 0, splits=1)
        return apart(real, real, split, nothing, lambda one, other: (one - other)[0]).many

    assert between(log)
    assert not between(replace(log, windows=True))
    assert not between(log.of(np.arange(999)))


def test_one_person_with_an_attribute_and_a_long_history_is_measured():
    rng = np.random.default_rng(0)
    log = pd.DataFrame(
        {
            "account": "A1",
            "booked": pd.date_range("2024-01-01", periods=600, freq="6h"),
            "sex": pd.Categorical(["f"] * 600),
            "kind": pd.Categorical(rng.choice(["in", "out"], 600)),
            "amount": rng.normal(size=600).round(2),
        }
    )
    twin = log.assign(account="B1", amount=rng.permutation(log["amount"]))
    figures = measured(log, twin, learned=True)
    assert the(figures, "next_category_loss", "column:kind").value is not None
