"""Each figure of a log passes other real people, and fails what was spoiled on purpose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from domain.evaluation.figures import Figure
from domain.evaluation.temporal import temporal_figures
from tests.domain.evaluation.logs import accounts, hourly, mixed

EVENT = ["kind", "amount", "balance"]


@pytest.fixture(scope="module")
def real() -> tuple[pd.DataFrame, pd.DataFrame]:
    return accounts(150, 1), accounts(150, 2)


@pytest.fixture(scope="module")
def others() -> pd.DataFrame:
    """A perfect twin: real accounts that nobody has seen."""
    return accounts(150, 3)


def measured(real, twin: pd.DataFrame, *, learned: bool = False) -> tuple[Figure, ...]:
    return temporal_figures(*real, twin, entity="account", time="booked", learned=learned)


def failed(figures: Sequence[Figure]) -> set[str]:
    return {f.name.removeprefix("temporal.") for f in figures if f.passed is False}


def the(figures: Sequence[Figure], name: str, scope: str = "table") -> Figure:
    return next(f for f in figures if f.name == f"temporal.{name}" and f.scope == scope)


def value(figures: Sequence[Figure], name: str, scope: str = "table") -> float:
    found = the(figures, name, scope).value
    assert found is not None
    return found


def test_other_real_people_pass_every_figure(real, others):
    figures = measured(real, others)
    assert failed(figures) == set()
    judged = {f.name.removeprefix("temporal.") for f in figures if f.passed}
    assert judged >= {
        "order",
        "gaps",
        "weekday",
        "month_day",
        "lengths",
        "events",
        "attributes",
        "attribute_changes",
        "autocorrelation",
        "cross_correlation",
        "transitions",
        "running_formula",
    }


@pytest.fixture(scope="module")
def few() -> tuple[pd.DataFrame, pd.DataFrame]:
    return accounts(30, 6), accounts(40, 7)


def test_models_learn_from_other_real_people_as_well(few):
    figures = measured(few, accounts(30, 8), learned=True)
    for name, column in (("next_category_loss", "kind"), ("next_number_loss", "amount")):
        assert the(figures, name, f"column:{column}").passed
    assert value(figures, "next_category_auc", "column:kind") > 0.6
    assert the(figures, "detection_auc").passed


def test_models_learn_less_from_events_mixed_within_their_history(few):
    spoiled = mixed(accounts(30, 8), EVENT, 5, within="account")
    figures = measured(few, spoiled, learned=True)
    loss = the(figures, "next_category_loss", "column:kind")
    assert loss.passed is False
    assert loss.interval[0] > 0
    assert value(figures, "detection_auc") > 0.8


def test_every_distance_has_the_baseline_of_real_halves(real, others):
    for figure in measured(real, others):
        assert figure.baseline is not None
        assert figure.source
    gaps = the(measured(real, others), "gaps")
    assert gaps.interval is not None
    assert gaps.interval[0] <= gaps.value <= gaps.interval[1]
    assert gaps.threshold == gaps.baseline + 0.03  # far fewer than 1,000 people


def test_the_same_frames_and_seed_give_the_same_figures(real, others):
    assert measured(real, others) == measured(real, others)


def test_events_dealt_to_other_owners_fail(real, others):
    spoiled = mixed(others, ["account"], 4).sort_values(["account", "booked"])
    figures = measured(real, spoiled)
    assert failed(figures) >= {
        "gaps",
        "attribute_changes",
        "autocorrelation",
        "transitions",
        "running_formula",
    }
    assert "lengths" not in failed(figures)
    assert value(figures, "attribute_changes") > 0.9


def test_rows_out_of_order_fail_that_figure_and_what_equal_dates_hide(real, others):
    figures = measured(real, others.sample(frac=1, random_state=0))
    assert {"order"} <= failed(figures) <= {"order", "running_formula"}
    assert 0.4 < value(figures, "order") < 0.6


def test_a_file_sorted_by_time_alone_is_in_order(real, others):
    assert failed(measured(real, others.sort_values("booked", kind="stable"))) == set()


def test_histories_at_a_steady_pace_fail_the_gaps(real, others):
    place = others.groupby("account").cumcount()
    steady = others.assign(booked=pd.Timestamp("2020-01-02") + pd.to_timedelta(5 * place, unit="D"))
    figures = measured(real, steady)
    assert failed(figures) >= {"gaps", "weekday"}
    assert not failed(figures) & {"order", "lengths", "autocorrelation", "transitions"}


def test_events_mixed_within_their_history_lose_memory_and_nothing_else(real, others):
    figures = measured(real, mixed(others, EVENT, 5, within="account"))
    assert failed(figures) >= {"autocorrelation", "transitions", "running_formula"}
    assert not failed(figures) & {"gaps", "lengths", "events", "attributes", "weekday"}


def test_histories_cut_short_fail_the_lengths(real, others):
    place, whole = others.groupby("account").cumcount(), others.groupby("account")["kind"]
    figures = measured(real, others[place < whole.transform("size") // 2])
    assert "lengths" in failed(figures)
    assert value(figures, "lengths") > 0.7
    assert not failed(figures) & {"gaps", "transitions", "running_formula"}


def test_a_column_of_other_values_is_named(real, others):
    figures = measured(real, others.assign(amount=others["amount"] * 2))
    assert the(figures, "events").about == "amount"
    assert the(figures, "event_column", "column:amount").passed is False
    assert the(figures, "event_column", "column:kind").passed


def test_an_attribute_of_other_people_fails(real, others):
    young = others.assign(born=others["born"] + 25)
    figures = measured(real, young)
    assert failed(figures) == {"attributes", "attribute"}


def test_the_balance_follows_its_amounts_by_the_kind(real, others):
    balance = the(measured(real, others), "running_formula", "column:balance")
    assert balance.value == balance.baseline == 1.0
    assert balance.about == "“balance” = “balance” before ± “amount” by “kind”"


def test_a_balance_that_drifts_from_its_amounts_fails(real, others):
    figures = measured(real, others.assign(balance=others["balance"] + others.index % 7))
    assert failed(figures) == {"running_formula"}


def test_a_log_without_a_running_quantity_is_not_asked_for_one(real, others):
    bare = [frame.drop(columns="balance") for frame in (*real, others)]
    names = {f.name for f in measured(bare[:2], bare[2])}
    assert "temporal.running_formula" not in names


@pytest.fixture(scope="module")
def series() -> pd.DataFrame:
    return hourly(80, 1)


def of_series(series: pd.DataFrame, twin: pd.DataFrame, **asked) -> tuple[Figure, ...]:
    return temporal_figures(series, series.iloc[:0], twin, time="hour", **asked)


def test_another_draw_of_a_regular_series_passes(series):
    figures = of_series(series, hourly(80, 2), learned=False)
    assert failed(figures) == set()
    assert {f.name for f in figures} >= {"temporal.spectrum", "temporal.daily_profile"}
    assert value(figures, "gaps") == 0
    assert the(figures, "lengths").value is None


def test_a_series_whose_hours_are_mixed_loses_rhythm_and_memory(series):
    twin = mixed(hourly(80, 2), ["load", "price"], 0)
    figures = of_series(series, twin, learned=True)
    assert failed(figures) >= {
        "autocorrelation",
        "spectrum",
        "daily_profile",
        "next_number_loss",
        "detection_auc",
    }
    assert not failed(figures) & {"gaps", "order"}


def test_a_series_six_hours_late_keeps_its_spectrum_and_fails_its_day(series):
    late = hourly(80, 2).assign(load=lambda f: np.roll(f["load"], 6))
    figures = of_series(series, late, learned=False)
    assert "daily_profile" in failed(figures)
    assert "spectrum" not in failed(figures)


def test_a_series_without_a_time_is_judged_by_the_order_of_its_rows(series):
    bare, twin = series.drop(columns="hour"), hourly(80, 2).drop(columns="hour")
    figures = temporal_figures(bare, bare.iloc[:0], twin, learned=False)
    assert the(figures, "order").reason == "no column says when events happened"
    assert the(figures, "spectrum").passed
    assert "spectrum" in failed(
        temporal_figures(bare, bare.iloc[:0], twin.sample(frac=1, random_state=0), learned=False)
    )
