"""Numbers of a private run: what noisy counts say of where they lie, and what they cannot say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, SdType
from domain.privacy.private_table import PrivateTable
from domain.privacy.randomness import SealedSeed
from domain.privacy.touches import Touches
from domain.synthesis.private_encoding.numbers import NumberColumn, rounding

SPEC = ColumnSpec(name="n", sdtype=SdType.INTEGER)


def asked(
    values: np.ndarray, rho: float, bounds: tuple[float, float] | None = None
) -> NumberColumn:
    frame = pd.DataFrame({"n": pd.Series(values, dtype="Int64")})
    table = PrivateTable(frame, Touches(rho=rho, delta=0), SealedSeed(bytes(range(32))))
    return NumberColumn.fit(table, SPEC, bounds, rho, 12)


def drawn(column: NumberColumn, values: np.ndarray, rows: int = 20_000) -> np.ndarray:
    rng = np.random.default_rng(0)
    codes = column.encode(pd.Series(values, dtype="Int64"))
    return column.decode(rng.choice(codes, rows), rng).to_numpy(np.int64)


def test_without_bounds_hardly_anything_is_drawn_far_beyond_what_is_there():
    values = np.random.default_rng(1).integers(17, 60, 5_000)
    made = drawn(asked(values, rho=0.002), values)
    assert made.min() >= 10
    assert made.max() <= 75


def test_whole_numbers_that_start_shortly_above_one_are_taken_to_start_there():
    values = np.random.default_rng(2).integers(4, 17, 5_000)
    assert asked(values, rho=0.001).edges[0] == 1
    assert asked(values + 16, rho=0.001).edges[0] >= 10


def test_tens_and_fives_are_drawn_about_as_often_as_people_round():
    rng = np.random.default_rng(3)
    values = rng.integers(20, 80, 10_000)
    rounded = np.where(rng.random(10_000) < 0.6, values // 5 * 5, values)
    made = drawn(asked(rounded, rho=0.0005, bounds=(20, 79)), rounded)
    assert np.mean(made % 5 == 0) == pytest.approx(np.mean(rounded % 5 == 0), abs=0.12)


def test_even_counts_are_no_sign_of_rounding():
    edges = np.arange(0.0, 101.0)
    noisy = 100 + np.random.default_rng(4).normal(0, 5, 100)
    assert rounding(noisy, edges, 5.0) == pytest.approx(np.ones(100), abs=0.06)
