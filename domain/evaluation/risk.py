"""From how often an attack succeeds to the risk that the twin adds, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom

from domain.evaluation.ranking import share_interval
from domain.evaluation.report import AttackRates

SIGNIFICANCE = 0.05
"""The chance that a harmless twin is accused by any of the attacks on a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one attack found out about a twin."""

    name: str
    scope: str
    risk: float
    interval: tuple[float, float]
    p: float
    """The chance of such success, or more, where the twin tells nothing about single people."""
    rates: AttackRates | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How often one attack succeeded on people trained on, and on people who were not."""

    name: str
    hits: int
    attacks: int
    control_hits: int
    controls: int
    guess: float
    """The success rate of an attacker without the twin."""
    scope: str = "table"

    def finding(self) -> Finding:
        """The risk: which part of the control group's safety training people have lost.

        (attack − control) / (1 − control), after Giomi et al. 2023.
        """
        attack, control = self.hits / self.attacks, self.control_hits / self.controls
        risk = residual(attack, control)
        return Finding(
            name=self.name,
            scope=self.scope,
            risk=risk,
            interval=_interval(attack, self.attacks, control, self.controls, risk),
            p=self._p(),
            rates=AttackRates(
                attack=attack,
                attack_interval=share_interval(attack, self.attacks),
                attacks=self.attacks,
                control=control,
                control_interval=share_interval(control, self.controls),
                controls=self.controls,
                guess=self.guess,
            ),
        )

    def _p(self) -> float:
        """Fisher's exact test, one-sided."""
        total, marked = self.attacks + self.controls, self.hits + self.control_hits
        return float(hypergeom.sf(self.hits - 1, total, marked, self.attacks))


def trial(name: str, hits: np.ndarray, control: np.ndarray, guess: float, **more: str) -> Trial:
    """A trial from one truth value a person."""
    return Trial(
        name=name,
        hits=int(hits.sum()),
        attacks=len(hits),
        control_hits=int(control.sum()),
        controls=len(control),
        guess=guess,
        **more,
    )


def residual(attack: float, control: float) -> float:
    """The risk of an attack rate beside its control's; 0 where the control has nothing to lose."""
    return max(0.0, (attack - control) / (1 - control)) if control < 1 else 0.0


def _interval(
    attack: float, attacks: int, control: float, controls: int, risk: float
) -> tuple[float, float]:
    """95 %: the errors of both rates (Wilson), propagated to the risk in first order."""
    (a, a_error), (c, c_error) = _centre(attack, attacks), _centre(control, controls)
    centre = (a - c) / (1 - c)
    error = float(np.hypot(a_error / (1 - c), c_error * (1 - a) / (1 - c) ** 2))
    low, high = np.clip([centre - error, centre + error], 0.0, 1.0)
    return min(float(low), risk), max(float(high), risk)


def _centre(share: float, n: int) -> tuple[float, float]:
    """Middle and half width of Wilson's interval; the middle is never 0 or 1."""
    low, high = share_interval(share, n)
    return (low + high) / 2, (high - low) / 2


def surely(ps: Sequence[float]) -> list[bool]:
    """Which of several tests are significant together (Holm 1979 at :data:`SIGNIFICANCE`)."""
    verdicts = [False] * len(ps)
    for rank, place in enumerate(np.argsort(ps, kind="stable")):
        if ps[place] > SIGNIFICANCE / (len(ps) - rank):
            break
        verdicts[place] = True
    return verdicts
