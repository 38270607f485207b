"""Questions to private rows: paid for, noisy, and blind to a single person."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from domain.privacy.private_table import PrivateTable
from domain.privacy.randomness import SealedSeed, quantile_above
from domain.privacy.touches import Touches, Uncharged


def a_table(
    words: list[str], *, rho: float = 1e6, delta: float = 1.0, seed: int = 0
) -> PrivateTable:
    frame = pd.DataFrame({"word": words})
    secret = SealedSeed(seed.to_bytes(32, "big"))
    return PrivateTable(frame, Touches(rho=rho, delta=delta), secret)


def codes(frame: pd.DataFrame) -> np.ndarray:
    return frame["word"].map({"a": 0, "b": 1}).to_numpy(int)


def test_counts_are_paid_for_before_the_rows_are_read():
    table = a_table(["a"], rho=0.1)

    def read(frame):
        raise AssertionError("read without paying")

    with pytest.raises(Uncharged):
        table.counts("“word”", read, 2, rho=0.2)
    assert table.touches.record == []


def test_counts_lie_about_the_truth_as_far_as_their_noise_says():
    table = a_table(["a"] * 700 + ["b"] * 300)
    asked = [table.counts("“word”", codes, 2, rho=0.005) for _ in range(300)]
    assert asked[0].sigma == pytest.approx(10.0)
    told = np.array([a.counts for a in asked])
    assert told.mean(axis=0) == pytest.approx([700, 300], abs=2.5)
    assert told.std(axis=0) == pytest.approx([10, 10], rel=0.2)


def test_someone_with_several_rows_costs_noise_in_proportion():
    frame = pd.DataFrame({"word": ["a"] * 10})
    table = PrivateTable(frame, Touches(rho=1, delta=0), SealedSeed(bytes(32)), rows_a_unit=3)
    assert table.counts("“word”", codes, 2, rho=0.5).sigma == pytest.approx(3.0)
    assert table.touches.spent == pytest.approx(0.5)


def test_common_values_are_found_with_counts_near_the_truth():
    found, sigma = a_table(["a"] * 500 + ["b"] * 400).found("“word”", _word, rho=0.02, delta=1e-6)
    assert sigma == pytest.approx(5.0)
    assert found["a"] == pytest.approx(500, abs=25)
    assert found["b"] == pytest.approx(400, abs=25)


def _word(frame: pd.DataFrame) -> pd.Series:
    return frame["word"]


def test_the_value_of_a_single_person_comes_out_no_more_often_than_delta_by_exact_tails():
    for sigma in (0.7, 3.0, 40.0):
        for delta in (1e-2, 1e-6, 1e-9):
            told = 1 + quantile_above(sigma, delta)
            # A count of 1 with rounded noise is above k where the noise is above k − 1/2.
            assert stats.norm.sf(told - 0.5, scale=sigma) <= delta
            assert stats.norm.sf(told - 1.5, scale=sigma) > delta


def test_the_value_of_a_single_person_comes_out_no_more_often_than_delta_by_simulation():
    lone = sum(
        "lone" in a_table(["a"] * 50 + ["lone"], seed=seed).found("“word”", _word, 0.02, 0.01)[0]
        for seed in range(1_000)
    )
    assert lone <= 10 + 3.3 * np.sqrt(10)
    assert lone > 0


def test_a_choice_prefers_the_large_score_and_pays():
    table = a_table(["a"])
    chosen = [
        table.select("a pair", lambda frame: np.array([0.0, 4.0, 1.0]), 1.0, rho=0.5)
        for _ in range(400)
    ]
    weights = np.exp(np.array([0.0, 4.0, 1.0]))
    assert np.bincount(chosen, minlength=3) / 400 == pytest.approx(
        weights / weights.sum(), abs=0.05
    )
    assert table.touches.spent == pytest.approx(200)


def test_new_values_of_a_unit_of_several_rows_come_out_no_more_often_than_delta():
    """Whether she brings as many new values as she has rows, or one that often."""
    for hers in (["x", "y", "z"], ["x"] * 3):
        told = 0
        for seed in range(400):
            table = PrivateTable(
                pd.DataFrame({"word": ["a"] * 50 + hers}),
                Touches(rho=1, delta=1),
                SealedSeed(seed.to_bytes(32, "big")),
                rows_a_unit=3,
            )
            told += bool(set(hers) & set(table.found("“word”", _word, 0.02, 0.02)[0]))
        assert told <= 8 + 3.3 * np.sqrt(8)


def test_neighbouring_tables_answer_within_what_was_paid():
    """The likelihood of any set of answers differs by e^ε at most, but for δ (a pure look at the
    outcomes of many runs, with room for chance)."""
    rho, runs = 0.125, 2_000
    seen = []
    for rows in (3, 2):
        frame = pd.DataFrame({"word": ["a"] * rows})
        drawn = [_counted(frame, seed, rho) for seed in range(runs)]
        seen.append(np.bincount(np.clip(np.array(drawn) + 10, 0, 24), minlength=25) / runs)
    # rho = 1/8 is (1.13, 0.01)-private (see zcdp.epsilon_of): no event may exceed that.
    for one, other in (seen, seen[::-1]):
        excess = np.maximum(one - np.exp(1.13) * other, 0).sum()
        assert excess <= 0.01 + 3 * np.sqrt(0.01 / runs)


def _counted(frame: pd.DataFrame, seed: int, rho: float) -> int:
    table = PrivateTable(frame, Touches(rho=1, delta=0), SealedSeed(seed.to_bytes(32, "big")))
    told = table.counts("“word”", lambda rows: np.zeros(len(rows), np.int64), 2, rho)
    return int(told.counts[0])


def test_a_choice_on_neighbouring_tables_is_made_about_as_often():
    """Scores that one row moves by 1 in opposite directions: the odds change by e^ε at most."""
    rho, runs = 0.125, 800
    shares = []
    for rows in (6, 5):
        frame = pd.DataFrame({"word": ["a"] * rows})

        def scores(found: pd.DataFrame) -> np.ndarray:
            return np.array([float(len(found)), -float(len(found)) + 11])

        chosen = [
            PrivateTable(
                frame, Touches(rho=1, delta=0), SealedSeed(seed.to_bytes(32, "big"))
            ).select("a pair", scores, 1.0, rho)
            for seed in range(runs)
        ]
        shares.append(np.bincount(chosen, minlength=2) / runs)
    room = 3 * np.sqrt(0.25 / runs) * (1 + np.e)
    assert (shares[0] <= np.exp(np.sqrt(8 * rho)) * shares[1] + room).all()
    assert (shares[1] <= np.exp(np.sqrt(8 * rho)) * shares[0] + room).all()
    assert abs(shares[0][0] - shares[1][0]) > room / 10
