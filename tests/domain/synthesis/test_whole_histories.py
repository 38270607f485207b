"""Histories that break a rule are replaced whole."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import ColumnSpec, SdType, SequenceKeys, TableMetadata
from domain.kernel import BadInput
from domain.synthesis.reshaping import Reshaping
from domain.synthesis.row_rules import Blame, RowRules
from domain.synthesis.whole_histories import HistoryKeeper


def _table(*rules: str) -> TableMetadata:
    return TableMetadata(
        columns=(
            ColumnSpec(name="who", sdtype=SdType.ID),
            ColumnSpec(name="day", sdtype=SdType.INTEGER),
            ColumnSpec(name="paid", sdtype=SdType.INTEGER),
        ),
        constraints=tuple(parse_constraint(rule) for rule in rules),
        sequence=SequenceKeys(entity="who", time="day"),
    )


def _frame(*events: tuple[str, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(list(events), columns=["who", "day", "paid"])
    return frame.astype({"who": "string[pyarrow]", "day": "Int64", "paid": "Int64"})


def _keeper(*spares: pd.DataFrame) -> HistoryKeeper:
    drawn = iter(spares)

    def draw_more(entities: int, time: int) -> Iterator[pd.DataFrame]:
        yield next(drawn, _frame(("z", 1, -1)))

    rules = RowRules(table=_table("paid >= 0"), conditions=(), blame=Blame())
    return HistoryKeeper(entity="who", rules=rules, draw_more=draw_more)


def test_a_history_with_one_broken_event_is_replaced_whole_under_its_own_name() -> None:
    drawn = _frame(("a", 1, 5), ("b", 1, 5), ("b", 2, -1), ("c", 3, 0))
    spares = _frame(("x", 7, -2), ("y", 8, 1), ("y", 9, 2), ("y", 10, 3))

    kept = _keeper(spares).kept(drawn)

    assert kept["who"].tolist() == ["a", "b", "b", "b", "c"]
    assert kept["day"].tolist() == [1, 8, 9, 10, 3]
    assert kept.dtypes.to_dict() == drawn.dtypes.to_dict()


def test_each_spare_history_is_used_once() -> None:
    drawn = _frame(("a", 1, -5), ("b", 1, -5))

    kept = _keeper(_frame(("x", 7, 1)), _frame(("y", 8, 1))).kept(drawn)

    assert sorted(kept["day"]) == [7, 8]


def test_a_rule_that_no_history_keeps_is_given_up_with_a_sentence() -> None:
    with pytest.raises(BadInput, match=r"too few meet .*paid >= 0.* in every event; loosen it"):
        _keeper().kept(_frame(("a", 1, -5)))


def test_neither_entity_nor_time_is_reshaped_by_a_rule() -> None:
    table = _table("paid <= day", "day = paid + 1")
    frame = _frame(("a", 3, 2), ("a", 4, 3), ("b", 6, 5))

    reshaping, _ = Reshaping.fit(frame, table, 1)

    assert {"who", "day"} <= {c.name for c in reshaping.inner.columns}
    assert reshaping.inner.sequence == table.sequence
