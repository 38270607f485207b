"""The synthesizer of event logs: whole histories that hang together."""

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, Metadata, SdType
from domain.kernel import BadInput, no_progress
from domain.privacy.budget import PrivacySpec
from domain.synthesis.base import FitResult
from domain.synthesis.conditions import Condition, Operator, SampleSpec
from domain.synthesis.sequences.engine import Sequences
from tests.domain.synthesis.event_logs import TABLE, bank_log, bank_metadata, drawn, fitted

ACCOUNTS = 120


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return bank_log(ACCOUNTS, clock=True)


@pytest.fixture(scope="module")
def fit(log: pd.DataFrame) -> FitResult:
    return fitted(log, bank_metadata(), max_epochs=8)


@pytest.fixture(scope="module")
def twin(fit: FitResult) -> pd.DataFrame:
    return drawn(fit)


def test_columns_and_dtypes_come_back_as_they_were(log: pd.DataFrame, twin: pd.DataFrame) -> None:
    assert list(twin.columns) == list(log.columns)
    assert list(twin.dtypes.astype(str)) == list(log.dtypes.astype(str))


def test_there_are_as_many_entities_as_were_learned_from(twin: pd.DataFrame) -> None:
    assert twin["account"].nunique() == ACCOUNTS


def test_rows_count_entities(fit: FitResult) -> None:
    assert drawn(fit, rows=7)["account"].nunique() == 7
    assert len(drawn(fit, rows=0)) == 0


def test_events_are_sorted_by_entity_and_time(twin: pd.DataFrame) -> None:
    again = twin.sort_values(["account", "when"], kind="stable")
    assert (again.index == twin.index).all()


def test_no_identifier_is_a_real_one(log: pd.DataFrame, twin: pd.DataFrame) -> None:
    assert not set(twin["account"]) & set(log["account"])


def test_histories_are_as_long_and_begin_when_the_real_ones_do(
    log: pd.DataFrame, twin: pd.DataFrame
) -> None:
    sizes, again = (f.groupby("account").size() for f in (log, twin))
    assert sizes.min() <= again.min() <= again.max() <= sizes.max()
    first, begun = (f.groupby("account")["when"].min().dt.normalize() for f in (log, twin))
    assert first.min() <= begun.min() <= begun.max() <= first.max()
    assert abs(again.mean() / sizes.mean() - 1) < 0.2


def test_hours_of_the_day_are_kept(twin: pd.DataFrame) -> None:
    assert twin["when"].dt.hour.between(8, 17).mean() > 0.9


def test_a_balance_follows_its_amounts_exactly(fit: FitResult, twin: pd.DataFrame) -> None:
    change = np.where(twin["kind"] == "in", twin["amount"], -twin["amount"])
    later = twin["account"] == twin["account"].shift()
    off = (twin["balance"] - twin["balance"].shift() - change)[later].abs()
    assert off.max() < 1e-6
    assert any("“balance” is computed" in note for note in fit.notes)


def test_what_is_constant_in_an_entity_stays_constant(twin: pd.DataFrame) -> None:
    assert (twin.groupby("account", observed=True)["region"].nunique() == 1).all()
    assert set(twin["region"].unique()) == {"north", "south"}


def test_conditions_on_constant_columns_hold(fit: FitResult) -> None:
    spec = SampleSpec(where=(Condition(column="region", test=Operator.IS, values=("south",)),))
    assert set(drawn(fit, rows=20, spec=spec)["region"]) == {"south"}


def test_the_same_seed_gives_the_same_bytes_and_rows(log: pd.DataFrame) -> None:
    some = log[log["account"] < "A00040"].reset_index(drop=True)
    one, other = (fitted(some, bank_metadata(), max_epochs=1) for _ in range(2))
    assert one.artifact == other.artifact
    pd.testing.assert_frame_equal(drawn(one), drawn(other))
    assert not drawn(one, seed=2)["amount"].equals(drawn(one)["amount"])


def test_training_teaches_something(fit: FitResult) -> None:
    losses = fit.curves["events"]
    assert min(losses[1:]) < losses[0]


def test_a_privacy_budget_is_refused(log: pd.DataFrame) -> None:
    with pytest.raises(BadInput, match="unit of privacy"):
        Sequences().fit(
            {TABLE: log},
            bank_metadata(),
            held_out={},
            settings={},
            privacy=PrivacySpec(epsilon=1.0, delta=1e-6),
            seed=0,
            on_progress=no_progress,
        )


def test_a_time_column_that_holds_no_times_is_refused(log: pd.DataFrame) -> None:
    columns = (
        ColumnSpec(name="account", sdtype=SdType.ID),
        ColumnSpec(name="when", sdtype=SdType.CATEGORICAL),
    )
    table = bank_metadata().tables[TABLE]
    metadata = Metadata(tables={TABLE: type(table)(columns=columns, sequence=table.sequence)})
    words = log[["account", "when"]].astype({"when": str}).astype({"when": "category"})
    with pytest.raises(BadInput, match="not read as dates or times"):
        fitted(words, metadata)


def test_a_table_that_is_no_log_is_refused(log: pd.DataFrame) -> None:
    table = bank_metadata().tables[TABLE]
    metadata = Metadata(tables={TABLE: type(table)(columns=table.columns)})
    with pytest.raises(BadInput, match="entity and the time"):
        fitted(log, metadata)
