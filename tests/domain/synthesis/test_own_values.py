"""Values that an entity has a small set of, and uses in any order."""

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, SdType, SequenceKeys
from domain.synthesis.sequences.choosing_columns import event_columns
from domain.synthesis.sequences.columns import NOWHERE
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.own_values import Own, before, comes_again

_OWNER = np.array([0, 0, 0, 0, 1, 1, 1])
_USED = pd.Series(["a", "b", None, "a", "a", "c", "c"])


def test_every_row_knows_what_its_own_history_had_before() -> None:
    found = before(_OWNER, _USED)
    assert found.again.tolist() == [0, 0, 0, 1, 0, 0, 1]
    assert found.known.tolist() == [0, 1, 2, 2, 0, 1, 2]
    assert found.source.tolist() == [NOWHERE, 0, 1, 0, NOWHERE, 4, 5]
    assert comes_again(_OWNER, _USED) == 2 / 4


def test_any_value_of_a_history_is_drawn_and_of_no_other() -> None:
    own, rng = Own(2, 10), np.random.default_rng(0)
    assert own.any_of(np.arange(2), rng).tolist() == [NOWHERE, NOWHERE]
    own.add(np.array([0, 1]), np.array([0, 1]))
    own.add(np.array([0]), np.array([2]))
    drawn = np.stack([own.any_of(np.arange(2), rng) for _ in range(50)])
    assert set(drawn[:, 0]) == {0, 2}
    assert set(drawn[:, 1]) == {1}


def test_of_more_values_than_are_held_later_ones_take_the_places_of_earlier_ones() -> None:
    own, rng = Own(1, 4), np.random.default_rng(0)
    for event in range(6):
        own.add(np.array([0]), np.array([event]))
    assert own.known[0] == 6
    assert {int(own.any_of(np.zeros(1, dtype=np.int64), rng)[0]) for _ in range(80)} == {2, 3, 4, 5}


def test_terminals_of_a_customer_come_again_in_any_order_and_those_of_a_sequence_do_not() -> None:
    rng = np.random.default_rng(1)
    owner = np.repeat(np.arange(40), 30)
    frame = pd.DataFrame(
        {
            "who": owner,
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.tile(np.arange(30), 40), "D"),
            "terminal": [
                f"T{w:03}{n}" for w, n in zip(owner, rng.integers(0, 9, 1200), strict=True)
            ],
            "order": [
                f"O{w:03}{n:02}"
                for w, n in zip(owner, np.tile(np.arange(30) // 3, 40), strict=True)
            ],
        }
    )
    specs = [ColumnSpec(name=name, sdtype=SdType.ID) for name in ("terminal", "order")]
    columns = event_columns(
        Histories.of(frame, SequenceKeys(entity="who", time="when")),
        frame[["terminal", "order"]],
        specs,
        since=(),
        entity=frame["who"],
        held_out=None,
        primary_key=None,
        rare_threshold=5,
        rng=rng,
    )
    found = {c.name: (c.repeats, c.anywhere) for c in columns}
    assert found == {"terminal": (True, True), "order": (True, False)}
