"""At most so many rows of a person, and which ones depends on nobody else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.privacy.contributions import bounded
from domain.privacy.randomness import SealedSeed

SEED = SealedSeed(bytes(range(32)))


def visits(people: int = 60, each: int = 5) -> pd.DataFrame:
    names = np.repeat([f"p{n}" for n in range(people)], each)
    return pd.DataFrame({"who": names, "visit": np.arange(people * each)})


def kept(rows: pd.DataFrame, most: int, seed: SealedSeed = SEED) -> pd.DataFrame:
    return bounded(rows, rows["who"], most, seed)


def test_of_everybody_as_many_rows_stay_as_asked_for():
    assert (kept(visits(), 2)["who"].value_counts() == 2).all()
    assert len(kept(visits(), 9)) == 300


def test_without_one_person_everybody_else_keeps_the_very_same_rows():
    rows = visits()
    without = kept(rows[rows["who"] != "p0"], 2)
    everybody = kept(rows, 2)
    assert set(without["visit"]) == set(everybody.loc[everybody["who"] != "p0", "visit"])


def test_each_row_of_a_person_stays_about_as_often_as_every_other():
    rows = visits(people=1_500)
    places = kept(rows, 1)["visit"] % 5
    assert np.bincount(places, minlength=5) == pytest.approx([300] * 5, abs=5 * np.sqrt(300 * 0.8))


def test_rows_that_nobody_owns_are_units_of_their_own():
    rows = pd.DataFrame({"who": [None, None, "p", "p"], "visit": range(4)})
    assert set(kept(rows, 1)["visit"]) >= {0, 1}
    assert len(kept(rows, 1)) == 3


def test_another_secret_keeps_other_rows():
    other = SealedSeed(bytes(32))
    assert set(kept(visits(), 1)["visit"]) != set(kept(visits(), 1, other)["visit"])
