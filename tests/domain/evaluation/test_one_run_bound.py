"""What right guesses prove: against published figures, exact optima, and simulation."""

from __future__ import annotations

from itertools import product
from math import exp, log

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import beta, binom

from domain.evaluation.one_run_bound import (
    MOST,
    _exact_excess,
    _published_excess,
    epsilon_lower_bound,
    p_value,
)


def bound(
    guesses: int, correct: int, delta: float = 0.0, canaries: int = 0, confidence: float = 0.95
) -> float:
    return epsilon_lower_bound(
        canaries=canaries or guesses,
        guesses=guesses,
        correct=correct,
        delta=delta,
        confidence=confidence,
    )


@pytest.mark.parametrize(
    ("canaries", "guesses", "correct", "delta", "published"),
    [(1_000, 100, 75, 1e-4, 0.673), (100_000, 1_510, 1_439, 1e-5, 2.675)],
)
def test_the_figures_printed_in_the_paper_come_out(canaries, guesses, correct, delta, published):
    assert bound(guesses, correct, delta, canaries) == pytest.approx(published, abs=1e-3)


@pytest.mark.parametrize(
    ("guesses", "bounds"),
    [
        (100, (0.05, 0.47, 0.96, 1.63, 3.49)),
        (500, (0.25, 0.68, 1.20, 1.95, 5.11)),
        (1_000, (0.30, 0.73, 1.25, 2.02, 5.81)),
    ],
)
def test_the_power_by_guesses_and_accuracy_is_the_tabled_one(guesses, bounds):
    shares = (0.6, 0.7, 0.8, 0.9, 1.0)
    found = [bound(guesses, round(share * guesses)) for share in shares]
    assert found == pytest.approx(list(bounds), abs=0.006)


def test_without_delta_it_is_the_exact_bound_of_a_share_in_another_form():
    for guesses, correct in ((40, 31), (900, 610)):
        share = beta.ppf(0.05, correct, guesses - correct + 1)  # Clopper & Pearson 1934
        assert bound(guesses, correct) == pytest.approx(log(share / (1 - share)), abs=1e-6)


def best_chance(
    canaries: int, correct: int, epsilon: float, delta: float, guesses: int | None = None
) -> float:
    """The largest chance of so many right guesses over *all* (ε, δ)-private mechanisms that guess
    so many coins (1 or −1, and 0 where they abstain): a linear program over the table of their
    probabilities."""
    guesses = canaries if guesses is None else guesses
    coins = list(product((-1, 1), repeat=canaries))
    answers = [t for t in product((-1, 0, 1), repeat=canaries) if sum(map(abs, t)) == guesses]
    cell = {pair: place for place, pair in enumerate(product(coins, answers))}
    neighbours = [(a, b) for a in coins for b in coins if sum(map(int.__ne__, a, b)) == 1]
    slack = {key: len(cell) + k for k, key in enumerate(product(neighbours, answers))}
    size = len(cell) + len(slack)
    gain = np.zeros(size)
    for (held, told), place in cell.items():
        gain[place] = -(sum(map(int.__eq__, held, told)) >= correct) / len(coins)
    above, limits = [], []
    for a, b in neighbours:
        total = np.zeros(size)
        for told in answers:
            row = np.zeros(size)
            row[cell[a, told]], row[cell[b, told]] = 1, -exp(epsilon)
            row[slack[(a, b), told]], total[slack[(a, b), told]] = -1, 1
            above.append(row)
            limits.append(0.0)
        above.append(total)
        limits.append(delta)
    rows = np.zeros((len(coins), size))
    for place, held in enumerate(coins):
        rows[place, [cell[held, told] for told in answers]] = 1
    found = linprog(
        gain, A_ub=np.array(above), b_ub=limits, A_eq=rows, b_eq=np.ones(len(coins)), bounds=(0, 1)
    )
    return -found.fun


SMALL = [(1, 1), (2, 1), (2, 2), (3, 2), (3, 3)]
"""Canaries and guesses."""


@pytest.mark.parametrize("delta", [0.0, 0.01, 0.1])
@pytest.mark.parametrize(("canaries", "guesses"), SMALL)
def test_no_private_mechanism_at_all_guesses_better_than_the_bound_says(canaries, guesses, delta):
    for correct, epsilon in product(range(1, guesses + 1), (0.0, 0.7, 1.5)):
        best = best_chance(canaries, correct, epsilon, delta, guesses)
        told = p_value(
            canaries=canaries, guesses=guesses, correct=correct, epsilon=epsilon, delta=delta
        )
        assert best <= told + 1e-7
        if delta == 0:
            assert best == pytest.approx(told, abs=1e-7)


@pytest.mark.parametrize(("canaries", "guesses"), SMALL)
def test_what_delta_adds_at_most_is_what_the_best_mechanism_gains(canaries, guesses):
    for correct, epsilon in product(range(1, guesses + 1), (0.0, 1.5)):
        with_it, without = (best_chance(canaries, correct, epsilon, d, guesses) for d in (1e-3, 0))
        added = canaries * 1e-3 * _exact_excess(guesses, correct, 1 / (1 + exp(-epsilon)))
        assert with_it - without == pytest.approx(added, abs=1e-8)


def test_the_theorem_as_printed_is_not_trusted_where_a_private_mechanism_beats_it():
    best, right = best_chance(2, 1, 1.5, 0.01), 1 / (1 + exp(-1.5))
    assert best > binom.sf(0, 2, right) + 2 * 0.01 * _published_excess(2, 1, right) + 1e-4
    told = p_value(canaries=2, guesses=2, correct=1, epsilon=1.5, delta=0.01)
    assert best == pytest.approx(told, abs=1e-8)


def test_forgetting_delta_would_promise_too_much():
    """The term is needed: some private mechanism beats what is left without it."""
    assert best_chance(2, 2, 0.7, 0.1) > p_value(
        canaries=2, guesses=2, correct=2, epsilon=0.7, delta=0.0
    )


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 3.0])
def test_the_bound_exceeds_the_true_epsilon_in_one_of_twenty_runs_at_most_and_is_near_it(epsilon):
    guesses, runs = 1_000, 400
    right = 1 / (1 + exp(-epsilon))
    seen = np.random.default_rng(7).binomial(guesses, right, runs)
    table = {int(v): bound(guesses, int(v)) for v in np.unique(seen)}
    found = np.array([table[int(v)] for v in seen])
    assert (found > epsilon).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
    assert np.median(found) > 0.7 * epsilon
    at_stake = [v for v, told in table.items() if told > epsilon]
    assert binom.sf(min(at_stake) - 1, guesses, right) <= 0.05


def test_a_mechanism_that_fails_openly_with_probability_delta_is_not_accused():
    """Randomised response that now and then shows all coins: the worst that δ allows."""
    epsilon, delta, canaries, runs = 1.0, 0.01, 100, 400
    rng = np.random.default_rng(3)
    right = 1 / (1 + exp(-epsilon))
    seen = np.where(rng.random(runs) < delta, canaries, rng.binomial(canaries, right, runs))
    table = {int(v): bound(canaries, int(v), delta) for v in np.unique(seen)}
    assert np.mean([table[int(v)] > epsilon for v in seen]) <= 0.05


def test_chance_proves_nothing_and_everything_right_proves_a_finite_amount():
    assert bound(1_000, 500) == 0.0
    assert bound(1_000, 0) == 0.0
    assert bound(100, 100) == pytest.approx(log(0.05**0.01 / (1 - 0.05**0.01)), abs=1e-6)
    assert bound(10**10, 10**10) == MOST


def test_more_delta_fewer_right_guesses_and_more_confidence_prove_less():
    assert bound(200, 160, 1e-3) < bound(200, 160, 1e-5) < bound(200, 160)
    assert bound(200, 150) < bound(200, 160)
    assert bound(200, 160, confidence=0.99) < bound(200, 160)


def test_more_right_guesses_than_guesses_are_a_fault():
    with pytest.raises(ValueError, match="no more right guesses"):
        p_value(canaries=10, guesses=5, correct=6, epsilon=1.0, delta=0.0)
