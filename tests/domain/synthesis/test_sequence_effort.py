"""What a log would take: counted as the engine counts, and growing with what there is to learn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from domain.synthesis.catalogue import SEQUENCES, entry
from domain.synthesis.preflight import Expectation, expected
from domain.synthesis.sequence_effort import (
    MOST_EVENTS_SEEN,
    batch_of,
    block_of,
    epochs_of,
)
from domain.synthesis.settings import with_defaults
from domain.synthesis.workload import ColumnLoad, TableLoad


def _column(name: str, distinct: int) -> ColumnLoad:
    return ColumnLoad(
        name=name, numeric=distinct > 50, invented=False, distinct=distinct, missing_share=0.0
    )


def _expected(events: int, distinct: Sequence[int] = (900, 6, 400), **said) -> Expectation:
    columns = tuple(_column(f"c{n}", many) for n, many in enumerate(distinct))
    load = TableLoad(name="log", rows=events, columns=columns)
    return expected(SEQUENCES, [load], with_defaults(entry(SEQUENCES).settings, said))


@pytest.mark.parametrize(
    ("events", "passes", "step"),
    [
        (0, 50, 64),
        (16_000, 50, 400),
        (25_000, 32, 625),
        (100_000, 8, 2_500),
        (1_000_000, 4, 4_096),
        (2_000_000, 2, 4_096),
        (10_000_000, 1, 4_096),
    ],
)
def test_passes_and_steps_follow_the_number_of_events(events, passes, step):
    assert (epochs_of(events, 0), batch_of(events, 0)) == (passes, step)


def test_passes_that_are_asked_for_are_bounded_by_the_events_shown_in_all():
    assert epochs_of(1_000, 3) == 3
    assert epochs_of(MOST_EVENTS_SEEN // 2, 30) == 2


def test_few_histories_are_passed_over_less_often():
    assert [epochs_of(2_000, 0, histories) for histories in (1, 4, 22, 500)] == [8, 14, 50, 50]
    assert epochs_of(2_000, 30, 4) == 30


def test_where_very_many_cells_are_predicted_each_has_fewer_hidden_units():
    assert [block_of(cells, 64) for cells in (0, 5, 32, 64, 128, 900)] == [64, 64, 64, 32, 16, 16]
    assert block_of(900, 8) == 8


def test_more_events_columns_or_passes_take_longer():
    usual = _expected(4_000).seconds
    assert _expected(8_000).seconds > usual
    assert _expected(4_000, (900, 6, 400, 12, 5)).seconds > usual
    assert _expected(4_000, max_epochs=2).seconds < usual
    assert _expected(4_000, max_seconds=1).seconds < usual


def test_the_expectation_is_a_number_and_a_sentence():
    told = _expected(47_000)
    assert 30 < told.seconds < 600
    assert told.memory < 2_000_000_000
    assert told.sentence.startswith("Fitting is expected to take about ")
    assert "estimated from the size" in told.sentence
