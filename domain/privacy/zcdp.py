"""Zero-concentrated differential privacy: one number ρ that adds up, and what it comes to."""

from __future__ import annotations

import math
from functools import cache

from scipy.optimize import brentq, minimize_scalar

_LARGEST_RHO = 1e4


def rho_of_gaussian(sigma: float, sensitivity: float = 1.0) -> float:
    """ρ of Gaussian noise on answers that one unit moves by ``sensitivity`` in L2 (Bun & Steinke
    2016, Proposition 6))."""
    return sensitivity**2 / (2 * sigma**2)


def sigma_for(rho: float, sensitivity: float = 1.0) -> float:
    """The standard deviation that costs ``rho``."""
    return sensitivity / math.sqrt(2 * rho)


def rho_of_exponential(epsilon: float) -> float:
    """ρ of an exponential mechanism of ``epsilon``: ε²/8 (Cesar & Rogers 2021, Lemma 3.2)."""
    return epsilon**2 / 8


def exponential_for(rho: float) -> float:
    """The ε of an exponential mechanism that costs ``rho``."""
    return math.sqrt(8 * rho)


def log_delta(rho: float, epsilon: float) -> float:
    """Natural logarithm of the smallest known δ for which ρ-zCDP is (ε, δ)-private.

    Canonne, Kamath & Steinke 2020, Corollary 13, minimised over the order α > 1.
    """

    def at(log_order: float) -> float:
        excess = math.exp(log_order)
        order = 1 + excess
        bound = excess * (order * rho - epsilon) + order * math.log1p(-1 / order)
        return bound - log_order

    found = minimize_scalar(at, bounds=(-8.0, 16.0), method="bounded", options={"xatol": 1e-9})
    return min(float(found.fun), 0.0)


@cache
def rho_for(epsilon: float, delta: float) -> float:
    """The largest ρ that is (``epsilon``, ``delta``)-private."""
    target = math.log(delta)
    return float(brentq(lambda rho: log_delta(rho, epsilon) - target, 1e-12, _LARGEST_RHO))


def epsilon_of(rho: float, delta: float) -> float:
    """The smallest known ε for which ρ-zCDP is (ε, ``delta``)-private."""
    if rho == 0:
        return 0.0
    target = math.log(delta)
    most = rho + 2 * math.sqrt(rho * -target)
    return float(brentq(lambda epsilon: log_delta(rho, epsilon) - target, 0.0, most))
