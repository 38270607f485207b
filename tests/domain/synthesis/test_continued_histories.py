"""Futures of given histories that keep the rules of their table."""

import pandas as pd
import pytest

from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import ColumnSpec, SdType, SequenceKeys, TableMetadata
from domain.kernel import BadInput
from domain.synthesis.continued_histories import ContinuedHistories
from domain.synthesis.reshaping import Reshaping

KEYS = SequenceKeys(entity="who", time="when")
TABLE = TableMetadata(
    columns=(
        ColumnSpec(name="who", sdtype=SdType.ID),
        ColumnSpec(name="when", sdtype=SdType.DATETIME, datetime_format="%Y-%m-%d"),
        ColumnSpec(name="x", sdtype=SdType.INTEGER),
    ),
    constraints=(parse_constraint("x >= 0"),),
    sequence=KEYS,
)


def events(who: list[str], x: list[int], day: int = 1) -> pd.DataFrame:
    when = pd.Timestamp(f"2024-01-{day:02}")
    frame = pd.DataFrame({"who": who, "when": [when] * len(who), "x": x})
    return frame.astype({"who": "string[pyarrow]", "x": "Int64", "when": "datetime64[ns]"})


def continued(given: pd.DataFrame, drawn_x: list[int]) -> tuple[pd.DataFrame, list[int]]:
    """One new event an entity; ``drawn_x``: its value in each round. And how many were asked."""
    asked: list[int] = []

    def go_on(rows: pd.DataFrame, time: int):
        names = list(dict.fromkeys(rows["who"]))
        asked.append(len(names))
        value = [drawn_x[min(time, len(drawn_x) - 1)] if name == "b" else 1 for name in names]
        new = events(names, value, day=9)
        yield pd.concat([rows, new]).sort_values("who", kind="stable").reset_index(drop=True)

    reshaping, _ = Reshaping.fit(given, TABLE, 1)
    futures = ContinuedHistories(reshaping=reshaping, keys=KEYS, go_on=go_on)
    return pd.concat(list(futures.rows(given)), ignore_index=True), asked


def test_new_events_stand_behind_those_of_their_entity():
    whole, _ = continued(events(["a", "b", "a"], [5, 6, 7]), [3])
    assert list(whole["who"]) == ["a", "a", "a", "b", "b"]
    assert list(whole["x"]) == [5, 7, 1, 6, 3]


def test_only_the_future_that_breaks_a_rule_is_drawn_again():
    whole, asked = continued(events(["a", "b"], [5, 6]), [-3, -2, 4])
    assert list(whole["x"]) == [5, 1, 6, 4]
    assert asked == [2, 1, 1]


def test_a_given_event_that_breaks_a_rule_stays():
    whole, _ = continued(events(["a", "b"], [-5, 6]), [3])
    assert list(whole["x"]) == [-5, 1, 6, 3]


def test_a_rule_that_no_future_keeps_is_named():
    with pytest.raises(BadInput, match="x >= 0"):
        continued(events(["b"], [6]), [-1])
