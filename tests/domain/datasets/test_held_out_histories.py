"""Of logs whole entities are held out, never single rows, and what is told of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    Relationship,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.datasets.preparing import FEW_ENTITIES, split_holdout
from domain.datasets.set_aside import (
    ONE_SERIES,
    TOO_FEW,
    counted_histories,
    unsplit_notes,
    why_unsplit,
)

KEYS = SequenceKeys(entity="account", time="day")


def _log(lengths: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "account": pd.array(
                [f"a{n}" for n, many in enumerate(lengths) for _ in range(many)], "string[pyarrow]"
            ),
            "day": np.arange(sum(lengths)),
        }
    )


def _metadata(keys: SequenceKeys | None = KEYS, **others: TableMetadata) -> Metadata:
    columns = (
        ColumnSpec(name="account", sdtype=SdType.ID),
        ColumnSpec(name="day", sdtype=SdType.INTEGER),
    )
    return Metadata(tables={"log": TableMetadata(columns=columns, sequence=keys), **others})


def _split(frame: pd.DataFrame, share: float = 0.2, seed: int = 0, keys=KEYS):
    train, holdout = split_holdout({"log": frame}, _metadata(keys), share, seed)
    return train["log"], holdout["log"]


@pytest.mark.parametrize("seed", range(5))
def test_nobody_is_on_both_sides_and_no_row_is_lost(seed):
    frame = _log([3, 9, 1, 5, 7, 2, 8, 4, 6, 5] * 4)
    train, held = _split(frame, seed=seed)
    assert not set(train["account"]) & set(held["account"])
    assert len(train) + len(held) == len(frame)
    assert 0.1 < len(held) / len(frame) < 0.3


def test_the_same_seed_holds_out_the_same_entities():
    frame = _log([4] * 30)
    assert set(_split(frame, seed=3)[1]["account"]) == set(_split(frame, seed=3)[1]["account"])
    assert set(_split(frame, seed=3)[1]["account"]) != set(_split(frame, seed=4)[1]["account"])


@pytest.mark.parametrize("seed", range(4))
def test_one_giant_entity_is_never_cut_and_somebody_is_held_out(seed):
    train, held = _split(_log([500, 2, 2, 2, 2, 2]), seed=seed)
    assert not set(train["account"]) & set(held["account"])
    assert len(held)
    assert "a0" in set(train["account"])


def test_an_entity_of_most_rows_is_no_code_book():
    """Related tables: what ties too much together is repeated on both sides, but never a person."""
    log = _log([300, 3, 3, 3, 3, 3, 3])
    accounts = pd.DataFrame({"account": pd.unique(log["account"]), "sex": ["F", "M"] * 3 + ["F"]})
    metadata = _metadata(
        accounts=TableMetadata(
            columns=(
                ColumnSpec(name="account", sdtype=SdType.ID, unique=True),
                ColumnSpec(name="sex", sdtype=SdType.CATEGORICAL),
            ),
            primary_key="account",
        )
    )
    link = Relationship(
        parent_table_name="accounts",
        parent_primary_key="account",
        child_table_name="log",
        child_foreign_key="account",
    )
    tables = {"log": log, "accounts": accounts}
    linked = Metadata(tables=metadata.tables, relationships=(link,))
    train, held = split_holdout(tables, linked, 0.2, 1)
    for name in tables:
        assert not set(train[name]["account"]) & set(held[name]["account"]), name
        assert len(train[name]) + len(held[name]) == len(tables[name])
    assert set(held["log"]["account"]) == set(held["accounts"]["account"])


def test_logs_of_the_same_entities_are_split_alike_without_a_link():
    visits, bills = _log([4] * 20), _log([2] * 20)
    metadata = _metadata(bills=_metadata().tables["log"])
    train, held = split_holdout({"log": visits, "bills": bills}, metadata, 0.3, 0)
    assert set(held["log"]["account"]) == set(held["bills"]["account"])
    assert not set(train["log"]["account"]) & set(held["bills"]["account"])


def test_rows_of_nobody_are_each_their_own():
    frame = _log([3] * 20)
    frame.loc[::10, "account"] = pd.NA
    train, held = _split(frame, share=0.4)
    assert len(train) + len(held) == len(frame)
    assert not set(train["account"].dropna()) & set(held["account"].dropna())


def test_of_few_entities_and_of_one_series_nothing_is_held_out():
    few = _log([10] * (FEW_ENTITIES - 1))
    train, held = _split(few)
    assert (len(train), len(held)) == (len(few), 0)
    assert why_unsplit(train, held, KEYS) == TOO_FEW
    series = SequenceKeys(time="day")
    train, held = _split(few, keys=series)
    assert (len(train), len(held)) == (len(few), 0)
    assert why_unsplit(train, held, series) == ONE_SERIES
    assert unsplit_notes({"log": train}, {"log": held}, _metadata(series)) == (ONE_SERIES,)


def test_where_somebody_is_held_out_there_is_nothing_to_explain():
    train, held = _split(_log([5] * 12))
    assert why_unsplit(train, held, KEYS) == ""
    assert why_unsplit(train, held.iloc[:0], KEYS) == "", "it was not asked for"
    assert why_unsplit(train, None, None) == "", "no log"


def test_histories_are_counted_on_both_sides():
    frame = _log([5, 5, 5, 5, 1, 1, 1, 1, 1, 1])
    frame.loc[0, "account"] = pd.NA
    sides = {"log": frame}, {"log": frame.tail(1)}
    [sentence] = counted_histories(*sides, _metadata())
    assert sentence == (
        "10 histories with 25 events of “account” were learned, 1 history with 1 event held out."
    )
    assert list(counted_histories(*sides, _metadata(SequenceKeys()))) == []
