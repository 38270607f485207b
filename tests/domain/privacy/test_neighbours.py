"""Every question to a private table, asked on neighbouring tables many times: no answer tells more
than was paid for. With room for chance, so a gross fault shows and a small one does not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from domain.privacy.private_table import PrivateTable
from domain.privacy.randomness import SealedSeed, SecretStream
from domain.privacy.touches import Touches
from domain.privacy.zcdp import epsilon_of, exponential_for

RUNS = 2_000
RHO, DELTA = 0.125, 0.01
EPSILON = epsilon_of(RHO, DELTA)

Question = Callable[[PrivateTable], int]


def answers(words: list[str], question: Question, *, rows_a_unit: int = 1) -> np.ndarray:
    frame = pd.DataFrame({"word": words})
    return np.array(
        [
            question(
                PrivateTable(
                    frame,
                    Touches(rho=1e6, delta=1.0),
                    SealedSeed(seed.to_bytes(32, "big")),
                    rows_a_unit=rows_a_unit,
                )
            )
            for seed in range(RUNS)
        ]
    )


def excess(one: np.ndarray, other: np.ndarray, epsilon: float) -> float:
    """What the likeliest event beyond e^ε exceeds it by, on answers not used to choose it."""
    half = RUNS // 2
    support = np.unique(np.r_[one, other])
    shares = [
        np.array([(part == v).mean() for v in support])
        for part in (one[:half], other[:half], one[half:], other[half:])
    ]
    event = shares[0] > np.exp(epsilon) * shares[1]
    return float((shares[2] - np.exp(epsilon) * shares[3])[event].sum())


def room(epsilon: float) -> float:
    """Three standard deviations of an estimated excess, at most."""
    return 3 * (1 + np.exp(epsilon)) * np.sqrt(0.25 / (RUNS / 2))


def coded(frame: pd.DataFrame) -> np.ndarray:
    return (frame["word"] == "b").to_numpy(np.int64)


def counted(table: PrivateTable) -> int:
    return int(np.clip(table.counts("“word”", coded, 2, RHO).counts[0], -12, 24))


def all_rows(table: PrivateTable) -> int:
    return min(table.total(RHO), 24)


def is_found(table: PrivateTable) -> int:
    return int("lone" in table.found("“word”", lambda f: f["word"], RHO, DELTA)[0])


def chosen(table: PrivateTable) -> int:
    def scores(frame: pd.DataFrame) -> np.ndarray:
        held = (frame["word"] == "a").sum()
        return np.array([held, -held, 0.0])

    return table.select("a column", scores, 1.0, RHO)


QUESTIONS = [
    pytest.param(counted, ["a", "a"], EPSILON, DELTA, id="counts"),
    pytest.param(all_rows, ["a", "a"], EPSILON, DELTA, id="total"),
    pytest.param(is_found, ["a", "a"], EPSILON, 2 * DELTA, id="found"),
    pytest.param(chosen, ["a", "b"], exponential_for(RHO), 0.0, id="select"),
]


@pytest.mark.parametrize(("question", "others", "epsilon", "delta"), QUESTIONS)
def test_nobody_shows_by_more_than_was_paid_for(question, others, epsilon, delta):
    mine = "lone" if question is is_found else "a"
    with_me, without = answers([*others, mine], question), answers(others, question)
    for one, other in ((with_me, without), (without, with_me)):
        assert excess(one, other, epsilon) <= delta + room(epsilon)


def test_somebody_with_several_rows_shows_no_more():
    with_me = answers(["a"] * 5, counted, rows_a_unit=3)
    without = answers(["a"] * 2, counted, rows_a_unit=3)
    for one, other in ((with_me, without), (without, with_me)):
        assert excess(one, other, EPSILON) <= DELTA + room(EPSILON)


def test_a_fault_would_show(monkeypatch):
    """The yardstick is no rubber stamp: a fifth of the noise fails it."""
    usual = SecretStream.whole_gaussians
    monkeypatch.setattr(
        SecretStream, "whole_gaussians", lambda self, count, sigma: usual(self, count, sigma / 5)
    )
    found = excess(answers(["a"] * 3, counted), answers(["a"] * 2, counted), EPSILON)
    assert found > DELTA + room(EPSILON)
