"""What an ε means for one person: how far anybody's belief about them can move."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from domain.privacy.published import rounded_down, rounded_up

PRIORS = (0.001, 0.01, 0.1, 0.5)
"""What somebody may believe before they see anything, from a stranger to a coin."""
FALSE_ALARMS = (0.001, 0.01, 0.1)
"""How often somebody who looks for members may accuse a stranger."""

_CERTAIN = 700.0
"""e to this power is the largest that a float holds; odds beyond it are certainty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """That one person was in the table: before, and at most and at least after a release."""

    before: float
    at_most: float
    at_least: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Of members found at most, by somebody who accuses this share of strangers."""

    false_alarms: float
    found_at_most: float


def posterior(prior: float, epsilon: float) -> float:
    """The largest belief after a release: its odds are e^ε times those of ``prior``.

    Kasiviswanathan & Smith 2014; for pure privacy, so δ has to be told beside it.
    """
    if epsilon > _CERTAIN:
        return 1.0 if prior > 0 else 0.0
    raised = math.exp(epsilon) * prior
    return raised / (raised + 1 - prior)


def of_several(epsilon: float, delta: float, units: int) -> tuple[float, float]:
    """ε and δ of ``units`` units at once: kε, and δ·Σ e^{iε} over i < k, cut at 1.

    From one neighbour to the next, k times (Dwork & Roth 2014, theorem 2.2 with δ). Where δ is 1,
    nothing is promised.
    """
    if delta and epsilon * (units - 1) > _CERTAIN:
        return units * epsilon, 1.0
    grown = delta * math.fsum(math.exp(i * epsilon) for i in range(units)) if delta else 0.0
    return units * epsilon, min(1.0, grown)


def beliefs(epsilon: float) -> tuple[Belief, ...]:
    """For each of :data:`PRIORS`; shares of 0 to 1, bounds rounded away from the prior."""
    return tuple(
        Belief(
            before=prior,
            at_most=_up(posterior(prior, epsilon)),
            at_least=rounded_down(posterior(prior, -epsilon)),
        )
        for prior in PRIORS
    )


def detections(epsilon: float, delta: float) -> tuple[Detection, ...]:
    """The most powerful test there can be: true positives ≤ e^ε × false positives + δ, and the
    same with both errors exchanged (Wasserman & Zhou 2010; Kairouz, Oh & Viswanath 2015)."""
    return tuple(
        Detection(false_alarms=alarms, found_at_most=_up(_power(alarms, epsilon, delta)))
        for alarms in FALSE_ALARMS
    )


def _up(share: float) -> float:
    """A share rounded up, near certainty by what it lacks."""
    if share < 0.5:
        return rounded_up(share)
    return float(1 - Decimal(repr(rounded_down(max(0.0, 1 - share)))))


def _power(alarms: float, epsilon: float, delta: float) -> float:
    if epsilon > _CERTAIN:
        return 1.0
    raised = math.exp(epsilon)
    return min(raised * alarms + delta, 1 - (1 - delta - alarms) / raised)


def interpretation(epsilon: float, delta: float) -> dict[str, Any]:
    """Both tables as a document."""
    return {
        "factor": rounded_up(math.exp(min(epsilon, _CERTAIN))),
        "beliefs": [asdict(b) for b in beliefs(epsilon)],
        "detections": [asdict(d) for d in detections(epsilon, delta)],
    }
