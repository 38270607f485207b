"""How much noise the steps of DP-SGD need for an ε that was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

from domain.privacy.accounting import (
    AccountingError,
    Mechanism,
    SampledGaussian,
    quick_epsilon,
    rounded_epsilon,
)
from domain.privacy.published import written

_LEAST, _MOST = 0.3, 1e4
"""Noise multipliers between which the answer is looked for. Below, too little is hidden of a
single gradient to lean on the accountants' amplification."""
_CLOSE = 0.002
"""The ε reached may lie below the one asked for by this share of it."""
_ROUGHLY = 1.03
_LOOKS = 14


def calibrated(
    others: Sequence[Mechanism], *, sample_rate: float, steps: int, epsilon: float, delta: float
) -> SampledGaussian:
    """Steps with hardly more noise than needed: with ``others`` at most (ε, δ), never above.

    Rényi accounting, which is quick and never too small, finds a noise that suffices; the tighter
    accountant then lowers it. Raises :class:`AccountingError` where ``others`` alone exceed ε.
    """

    return _calibrated(tuple(others), sample_rate, steps, epsilon, delta)


@lru_cache(maxsize=64)
def _calibrated(
    others: tuple[Mechanism, ...], sample_rate: float, steps: int, epsilon: float, delta: float
) -> SampledGaussian:
    def training(noise: float) -> SampledGaussian:
        return SampledGaussian(noise_multiplier=noise, sample_rate=sample_rate, steps=steps)

    def renyi(noise: float) -> float:
        return quick_epsilon([*others, training(noise)], delta)

    def rounded(noise: float) -> float:
        return rounded_epsilon([*others, training(noise)], delta)

    enough = _bisected(renyi, epsilon)
    return training(_lowered(rounded, enough, epsilon))


def _bisected(of_noise: Callable[[float], float], epsilon: float) -> float:
    low, high = _LEAST, _MOST
    if of_noise(high) > epsilon:
        raise AccountingError(f"No noise brings ε down to {written(epsilon)}; nothing is trained.")
    while high > low * _ROUGHLY:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if of_noise(middle) <= epsilon else (middle, high)
    return high


def _lowered(of_noise: Callable[[float], float], enough: float, epsilon: float) -> float:
    """A noise at which ε is just reached, from above: it suffices, whatever else happens."""
    low, high, at_high = _LEAST, enough, of_noise(enough)
    # ε falls about as the noise grows: a first guess, a hair above what that would take.
    guess = high * at_high / (epsilon * (1 - _CLOSE / 2))
    for _ in range(_LOOKS):
        if at_high >= epsilon * (1 - _CLOSE):
            break
        at_guess = of_noise(guess)
        if at_guess <= epsilon:
            high, at_high = guess, at_guess
        else:
            low = guess
        guess = max(math.sqrt(low * high), high * at_high / (epsilon * (1 - _CLOSE / 2)))
    return high
