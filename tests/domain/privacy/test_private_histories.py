"""Rows of people who have many: whatever anybody brings, it moves an answer by a fixed length."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.privacy.private_histories import GRAINS, PrivateHistories, shortened
from domain.privacy.private_table import PrivateTable
from domain.privacy.randomness import SealedSeed
from domain.privacy.touches import Touches, Uncharged

SEED = SealedSeed(bytes(32))
MOST = 16


def histories(whose: list[str], cells: list[int], rho: float = 1.0, most: int = MOST):
    frame = pd.DataFrame({"cell": cells})
    touches = Touches(rho=rho, delta=0.01)
    return PrivateHistories(frame, pd.Series(whose), touches, SEED, most=most)


def cell(frame: pd.DataFrame) -> np.ndarray:
    return frame["cell"].to_numpy(np.int64)


def test_ten_thousand_events_of_one_person_move_an_answer_by_the_length_at_most():
    """With the same secret the noise is the same, so what is left between two answers is hers."""
    whose, cells = [f"p{n}" for n in range(200)], [n % 5 for n in range(200)]
    without = histories(whose, cells).counts("cells", cell, 5, 0.5)
    her = (whose + ["she"] * 10_000, cells + [n % 3 for n in range(10_000)])
    with_her = histories(*her).counts("cells", cell, 5, 0.5)
    moved = np.sqrt(((with_her.counts - without.counts) ** 2).sum())
    longest = histories(*her).longest(5) / GRAINS
    assert 0.8 * longest < moved <= longest + np.sqrt(5)  # each of five is rounded once


@pytest.mark.parametrize("rows", [1, 7, 50, 1_000])
@pytest.mark.parametrize("cells", [1, 2, 9, 400])
def test_no_histogram_is_longer_than_it_may_be(rows: int, cells: int):
    rng = np.random.default_rng(rows * cells)
    longest = int(rng.integers(GRAINS, 12 * GRAINS))
    places = np.minimum(rng.geometric(0.3, rows) - 1, cells - 1)
    found = shortened(np.zeros(rows, np.int64), places, cells, longest)
    assert (found.astype(object) ** 2).sum() <= longest**2


def test_whoever_is_short_enough_counts_in_full_and_the_others_lose_nothing_by_it():
    units, places = np.array([0, 0, 1, 1, 1, 1]), np.array([0, 1, 2, 2, 2, 2])
    found = shortened(units, places, 3, 2 * GRAINS)
    assert list(found[:2]) == [GRAINS, GRAINS]
    assert found[2] == 2 * GRAINS  # four in one cell, shortened to half


def test_the_length_is_that_of_rows_spread_evenly():
    table = histories(["a"], [0])
    assert table.longest(1) == MOST * GRAINS
    assert table.longest(4) == MOST * GRAINS // 2
    assert table.longest(10_000) == 4 * GRAINS


def test_what_is_charged_is_the_length_and_the_noise_goes_by_it():
    table = histories(["a", "b"], [0, 1])
    told = table.counts("cells", cell, 4, 0.25)
    touch = table.touches.record[-1]
    assert touch.sensitivity == table.longest(4)
    assert touch.sigma == pytest.approx(told.sigma * GRAINS)
    assert touch.rho == pytest.approx(0.25)
    assert "64ths" in touch.what


def test_counts_of_many_people_come_out_about_right():
    whose = [f"p{n // 4}" for n in range(8_000)]
    told = histories(whose, [n % 4 for n in range(8_000)], rho=100.0).counts("c", cell, 4, 100.0)
    assert np.abs(told.counts - 2_000).max() < 6 * told.sigma + 1


def test_more_rows_of_one_person_than_may_take_part_are_left_out_by_secret_lots():
    table = histories(["a"] * 1_000 + ["b"] * 3, [0] * 1_003)
    assert len(table._frame) == MOST + 3


def test_a_word_that_one_person_alone_says_is_never_told_however_often_she_says_it():
    frame = pd.DataFrame({"word": ["common"] * 400 + ["hers"] * 1_000})
    whose = pd.Series([f"p{n}" for n in range(400)] + ["she"] * 1_000)
    for number in range(10):
        seed = SealedSeed(number.to_bytes(32, "big"))
        table = PrivateHistories(frame, whose, Touches(rho=1.0, delta=1e-6), seed, most=MOST)
        words, _ = table.found("words", lambda f: f["word"], 1.0, 1e-6)
        assert list(words) == ["common"]


def test_two_tables_of_one_run_never_share_their_noise():
    touches = Touches(rho=2.0, delta=0.0)
    frame = pd.DataFrame({"cell": [0]})
    people = PrivateTable(frame, touches, SEED)
    events = PrivateHistories(frame, pd.Series(["a"]), touches, SEED, most=1)
    one, other = (t.counts("c", cell, 50, 0.0001) for t in (people, events))
    assert np.corrcoef(one.counts, other.counts)[0, 1] < 0.6


def test_what_the_budget_does_not_cover_is_not_read():
    table = histories(["a"], [0], rho=0.1)
    with pytest.raises(Uncharged):
        table.counts("cells", lambda frame: pytest.fail("read"), 4, 0.2)
