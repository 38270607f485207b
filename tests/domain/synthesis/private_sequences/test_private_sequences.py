"""Logs of events under differential privacy: what comes out, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, SdType
from domain.kernel import BadInput
from domain.synthesis.base import FitResult
from domain.synthesis.conditions import Condition, Lengths, Operator, SampleSpec
from domain.synthesis.private_sequences.unit import refuse_histories
from tests.domain.synthesis.event_logs import bank_log, bank_metadata, log_metadata, typed_log
from tests.domain.synthesis.private_sequences.private_logs import drawn, privately

LOG = bank_log(150, clock=True)
KIND = ColumnSpec(name="kind", sdtype=SdType.CATEGORICAL)
WHEN = ColumnSpec(name="when", sdtype=SdType.DATETIME)
WHO = ColumnSpec(name="account", sdtype=SdType.ID)


@pytest.fixture(scope="module")
def fit() -> FitResult:
    return privately(LOG, bank_metadata())


@pytest.fixture(scope="module")
def twin(fit: FitResult) -> pd.DataFrame:
    return drawn(fit)


def test_a_twin_has_the_columns_types_and_about_the_entities_of_the_log(twin: pd.DataFrame):
    assert list(twin.columns) == list(LOG.columns)
    assert [d.kind for d in twin.dtypes] == [d.kind for d in LOG.dtypes]
    assert abs(twin["account"].nunique() - 150) < 15
    assert abs(len(twin) / twin["account"].nunique() - len(LOG) / 150) < 2


def test_histories_come_sorted_by_entity_and_never_go_back_in_time(twin: pd.DataFrame):
    assert twin["account"].is_monotonic_increasing
    steps = twin.groupby("account", sort=False)["when"].diff().dropna()
    assert (steps >= pd.Timedelta(0)).all()
    lived = twin["when"].between(LOG["when"].min() - pd.Timedelta("60D"), "2025-01-01")
    assert lived.mean() > 0.95


def test_times_of_day_are_kept(twin: pd.DataFrame):
    assert twin["when"].dt.hour.between(7, 19).mean() > 0.9


def test_what_never_changes_is_told_once_an_entity(twin: pd.DataFrame):
    assert (twin.groupby("account")["region"].nunique() == 1).all()
    share = twin.groupby("account")["region"].first().eq("north").mean()
    assert 0.35 < share < 0.65


def test_what_follows_what_is_learned(twin: pd.DataFrame):
    def turned(log: pd.DataFrame) -> float:
        ordered = log.sort_values(["account", "when"], kind="stable")
        earlier = ordered.groupby("account")["kind"].shift()
        later = earlier.notna()
        return float((ordered["kind"].astype(str)[later] != earlier.astype(str)[later]).mean())

    assert abs(turned(twin) - turned(LOG)) < 0.12


def test_names_of_entities_are_invented(twin: pd.DataFrame):
    assert not set(twin["account"]) & set(LOG["account"])


def test_the_statement_proves_what_was_asked_for_one_entity_and_no_more(fit: FitResult):
    said = fit.statement
    assert said is not None
    assert said.epsilon <= 50.0
    assert (said.delta, said.unit, said.rows_a_unit) == (1e-4, "account", 50)
    assert said.rho_spent <= said.rho * (1 + 1e-9)
    assert sum(t["delta"] for t in said.touches) == 0.0  # every word is in the code book
    assert all(t["rho"] > 0 or "public" in t["basis"] for t in said.touches)


def test_the_notes_say_what_is_not_looked_for(fit: FitResult):
    assert any("Running totals" in note for note in fit.notes)
    assert any("at most 50 take part" in note for note in fit.notes)


def test_the_same_secret_and_seed_give_the_same_bytes_and_another_secret_does_not():
    log = bank_log(20)
    one, same, other = (
        privately(log, bank_metadata(), secret=secret).artifact for secret in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_so_many_entities_are_drawn_as_are_asked_for(fit: FitResult):
    assert drawn(fit, 7)["account"].nunique() == 7
    assert len(drawn(fit, 0)) == 0


def test_conditions_hold_on_what_never_changes_and_are_refused_on_events(fit: FitResult):
    north = Condition(column="region", test=Operator.IS, values=("north",))
    assert set(drawn(fit, 9, spec=SampleSpec(where=(north,)))["region"]) == {"north"}
    kind = Condition(column="kind", test=Operator.IS, values=("in",))
    with pytest.raises(BadInput, match="stay the same over an entity's whole history"):
        drawn(fit, 9, spec=SampleSpec(where=(kind,)))


def test_a_log_of_one_event_an_entity_is_learned():
    rows = pd.DataFrame({"account": [f"a{n}" for n in range(60)], "kind": ["in", "out"] * 30})
    metadata = log_metadata("account", None, WHO, KIND)
    twin = drawn(privately(typed_log(rows), metadata))
    assert twin.groupby("account").size().max() <= 2
    assert set(twin["kind"]) == {"in", "out"}


def test_ten_thousand_events_of_one_entity_change_little_and_take_part_up_to_the_bound():
    her = pd.DataFrame(
        {
            "account": "she",
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(10_000) // 50, "D"),
            "kind": "in",
        }
    )
    log = pd.concat([bank_log(60)[["account", "when", "kind"]], her], ignore_index=True)
    metadata = log_metadata("account", "when", WHO, WHEN, KIND)
    fit = privately(typed_log(log), metadata, settings={"events_per_entity": 10})
    twin = drawn(fit, 40)
    assert 0.3 < (twin["kind"] == "in").mean() < 0.75
    assert twin["account"].nunique() == 40


def test_whole_numbers_can_be_times():
    log = bank_log(40)[["account", "kind"]]
    log = log.sort_values("account", kind="stable").reset_index(drop=True)
    log["step"] = (log.groupby("account").cumcount() * 3).astype("Int64")
    metadata = log_metadata(
        "account", "step", WHO, KIND, ColumnSpec(name="step", sdtype=SdType.INTEGER)
    )
    twin = drawn(privately(log, metadata))
    assert str(twin["step"].dtype) == "Int64"
    steps = twin.groupby("account", sort=False)["step"].diff().dropna()
    assert (steps >= 0).all()
    assert abs(float(steps.median()) - 3) <= 1


def test_one_long_series_is_refused_with_the_reason():
    with pytest.raises(BadInput, match="no other to be hidden among"):
        privately(LOG, log_metadata(None, "when", WHO, WHEN, KIND))


@pytest.mark.parametrize("unit", ["row", "region"])
def test_a_unit_that_is_not_the_entity_is_refused(unit: str):
    with pytest.raises(BadInput, match="is its entity “account” with the whole history"):
        privately(LOG, bank_metadata(), unit=unit)


def test_too_many_columns_of_events_are_refused():
    wide = (ColumnSpec(name=f"c{n}", sdtype=SdType.BOOLEAN) for n in range(101))
    with pytest.raises(BadInput, match="at most 100 columns"):
        privately(LOG, log_metadata("account", "when", WHO, WHEN, *wide))


def test_histories_are_as_long_as_is_asked_for(fit: FitResult):
    asked = SampleSpec(lengths=Lengths(fewest=3, most=5))
    assert drawn(fit, 20, spec=asked).groupby("account").size().between(3, 5).all()
    twice = drawn(fit, 60, spec=SampleSpec(lengths=Lengths(times=2.0)))
    assert len(twice) / 60 > 1.6 * len(LOG) / 150


def test_dates_to_begin_or_end_at_are_refused(fit: FitResult):
    with pytest.raises(BadInput, match="leave out the dates"):
        drawn(fit, 5, spec=SampleSpec(lengths=Lengths(until="2025-01-01")))


@pytest.mark.parametrize("what", ["An audit by made-up rows", "A search for ε"])
def test_what_works_on_rows_alone_is_refused(what: str):
    with pytest.raises(BadInput, match="learns whole histories"):
        refuse_histories("sequences", what)
