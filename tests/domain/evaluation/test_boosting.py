"""What a fitted model leans on."""

from __future__ import annotations

import numpy as np

from domain.evaluation import boosting
from domain.evaluation.boosting import boosted, leaned_on


def fitted(seed: int = 0):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=(600, 3)), rng.integers(0, 4, 600)])
    truth = (x[:, 3] == 2) | (x[:, 1] > 1)
    model, _ = boosted(x, truth, x, [False, False, False, True], classify=True, seed=0)
    return model


def test_a_model_leans_on_the_columns_that_tell_numbers_and_codes_alike(monkeypatch):
    monkeypatch.setattr(boosting, "MOST_LEANED_ON", 2)
    assert leaned_on(fitted()) == {1, 3}


def test_a_model_of_nothing_leans_on_nothing():
    x = np.zeros((100, 3))
    truth = np.arange(100) % 2
    model, _ = boosted(x, truth, x, [False] * 3, classify=True, seed=0)
    assert leaned_on(model) == frozenset()
