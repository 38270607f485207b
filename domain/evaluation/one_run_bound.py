"""What right guesses about many coins of one training run prove about its ε.

Steinke, Nasr & Jagielski, “Privacy Auditing with One (1) Training Run” (NeurIPS 2023): each of m
canaries is in the training rows by a fair coin of its own; whoever guesses r of the coins from what
an (ε, δ)-private fit tells, r fixed beforehand, is right more often than randomised response with a
chance that their Theorem 5.2 bounds.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom

MOST = 20.0
"""No bound is told above this ε: it would take more canaries than anybody trains on."""

_STEP = 0.05


def p_value(*, canaries: int, guesses: int, correct: int, epsilon: float, delta: float) -> float:
    """The chance of ``correct`` guesses or more, at most, if the fit is (ε, δ)-private.

    ε and δ are those of adding or removing one canary; ``guesses`` were fixed beforehand. Without
    δ it is that of randomised response, right with e^ε / (1 + e^ε). With it, the larger of what
    Theorem 5.2 adds and of :func:`_exact_excess`: the theorem as printed is too small where fewer
    guesses are right than ε alone explains (for 2 canaries, 1 right, ε = 1.5, for instance).
    """
    if not 0 <= correct <= guesses <= canaries:
        raise ValueError("There are no more right guesses than guesses, nor more than canaries.")
    if correct == 0:
        return 1.0
    right = 1 / (1 + math.exp(-epsilon))
    chance = float(binom.sf(correct - 1, guesses, right))
    if delta == 0:
        return chance
    excess = max(_published_excess(guesses, correct, right), _exact_excess(guesses, correct, right))
    return min(chance + canaries * delta * excess, 1.0)


def _published_excess(guesses: int, correct: int, right: float) -> float:
    """2 · max over i of P[v − i ≤ W < v] / i: what m δ is multiplied with in Theorem 5.2."""
    just_below = np.cumsum(binom.pmf(np.arange(correct - 1, -1, -1), guesses, right))
    return float(2 * (just_below / np.arange(1, correct + 1)).max())


def _exact_excess(guesses: int, correct: int, right: float) -> float:
    """What m δ is multiplied with for the best of all (ε, δ)-private mechanisms.

    Turning coins round and exchanging canaries changes neither privacy nor the number of right
    guesses, so the best mechanism may be one whose answer depends on that number alone. It is
    right k times with probability B_k where, W being the response with P[W = k] = b_k,

        Σ over k of max(0, k B_k − e^ε (r − k + 1) B_{k−1}) ≤ m δ.

    Spending all of it at k = j lifts P[B ≥ v] from P[W ≥ v] =: G(v) by m δ times
    G(max(j, v)) · (1 − G(min(j, v))) / (j b_j); the best j counts.
    """
    places = np.arange(1, guesses + 1)
    above, here = binom.sf(places - 1, guesses, right), binom.pmf(places, guesses, right)
    upper = np.where(places > correct, above, above[correct - 1])
    lower = 1 - np.where(places < correct, above, above[correct - 1])
    known = here > 0
    return float((upper[known] * lower[known] / (places * here)[known]).max())


def epsilon_lower_bound(
    *, canaries: int, guesses: int, correct: int, delta: float, confidence: float
) -> float:
    """The ε that the fit exceeds with this ``confidence``: 0 where the guesses prove nothing.

    The smallest ε at which so many right guesses have a chance of 1 − ``confidence``: whoever
    promised less was wrong.
    """

    def excess(epsilon: float) -> float:
        chance = p_value(
            canaries=canaries, guesses=guesses, correct=correct, epsilon=epsilon, delta=delta
        )
        return chance - (1 - confidence)

    # Step by step from 0, since with δ the chance need not rise evenly: the first crossing counts.
    low = 0.0
    if excess(low) >= 0:
        return 0.0
    while low < MOST and excess(low + _STEP) < 0:
        low += _STEP
    return float(brentq(excess, low, low + _STEP)) if low < MOST else MOST
