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
class Stratum:
    """How often an attack succeeded on people who are alike in what makes it easy."""

    hits: int
    attacks: int
    control_hits: int
    controls: int

    @classmethod
    def of(cls, hits: np.ndarray, control: np.ndarray) -> Stratum:
        """From one truth value a person."""
        return cls(
            hits=int(hits.sum()),
            attacks=len(hits),
            control_hits=int(control.sum()),
            controls=len(control),
        )


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
    strata: tuple[Stratum, ...] = ()
    """The same people by how easy they are; together they are all of them. Empty: all alike."""

    def finding(self) -> Finding:
        """The risk: which part of the control group's safety training people have lost.

        (attack − control) / (1 − control), after Giomi et al. 2023; the control's rate is that of
        as many easy people as training people are (direct standardisation).
        """
        attack = self.hits / self.attacks
        control, control_interval = self._control()
        risk = residual(attack, control)
        attack_interval = share_interval(attack, self.attacks)
        return Finding(
            name=self.name,
            scope=self.scope,
            risk=risk,
            interval=_interval(attack_interval, control_interval, risk),
            p=self._p(),
            rates=AttackRates(
                attack=attack,
                attack_interval=attack_interval,
                attacks=self.attacks,
                control=control,
                control_interval=control_interval,
                controls=self.controls,
                guess=self.guess,
            ),
        )

    def _control(self) -> tuple[float, tuple[float, float]]:
        """The control's rate and its 95 % interval: errors of strata are added in quadrature."""
        strata = self._alike()
        shares = np.array([s.attacks / self.attacks for s in strata])
        rates = np.array([s.control_hits / s.controls for s in strata])
        intervals = [
            share_interval(r, s.controls) for r, s in zip(rates.tolist(), strata, strict=True)
        ]
        middles, errors = np.array([_centre(interval) for interval in intervals]).T
        rate, middle = float(shares @ rates), float(shares @ middles)
        error = float(np.hypot.reduce(shares * errors))
        low, high = np.clip([middle - error, middle + error], 0.0, 1.0)
        return rate, (min(float(low), rate), max(float(high), rate))

    def _alike(self) -> tuple[Stratum, ...]:
        """The strata; all people as one, where one of the strata has nobody to compare with."""
        if self.strata and all(s.controls for s in self.strata):
            return self.strata
        whole = Stratum(
            hits=self.hits,
            attacks=self.attacks,
            control_hits=self.control_hits,
            controls=self.controls,
        )
        return (whole,)

    def _p(self) -> float:
        """Fisher's exact test, one-sided; of several strata their exact sum (Gart 1970)."""
        chances = np.ones(1)
        for s in self._alike():
            total, marked = s.attacks + s.controls, s.hits + s.control_hits
            of_stratum = hypergeom.pmf(np.arange(s.attacks + 1), total, marked, s.attacks)
            chances = np.convolve(chances, of_stratum)
        return min(float(chances[self.hits :].sum()), 1.0)


def trial(
    name: str,
    hits: np.ndarray,
    control: np.ndarray,
    guess: float,
    *,
    scope: str = "table",
    easy: tuple[np.ndarray, np.ndarray] | None = None,
) -> Trial:
    """A trial from one truth value a person; ``easy``: who is guessed without the twin too."""
    whole = Stratum.of(hits, control)
    strata: tuple[Stratum, ...] = ()
    if easy is not None:
        people, strangers = easy
        parts = (Stratum.of(hits[people == e], control[strangers == e]) for e in (True, False))
        strata = tuple(part for part in parts if part.attacks or part.controls)
    return Trial(
        name=name,
        hits=whole.hits,
        attacks=whole.attacks,
        control_hits=whole.control_hits,
        controls=whole.controls,
        guess=guess,
        scope=scope,
        strata=strata,
    )


def residual(attack: float, control: float) -> float:
    """The risk of an attack rate beside its control's; 0 where the control has nothing to lose."""
    return max(0.0, (attack - control) / (1 - control)) if control < 1 else 0.0


def _interval(
    attack: tuple[float, float], control: tuple[float, float], risk: float
) -> tuple[float, float]:
    """95 %: the errors of both rates (Wilson), propagated to the risk in first order."""
    (a, a_error), (c, c_error) = _centre(attack), _centre(control)
    centre = (a - c) / (1 - c)
    error = float(np.hypot(a_error / (1 - c), c_error * (1 - a) / (1 - c) ** 2))
    low, high = np.clip([centre - error, centre + error], 0.0, 1.0)
    return min(float(low), risk), max(float(high), risk)


def _centre(interval: tuple[float, float]) -> tuple[float, float]:
    """Middle and half width of Wilson's interval; the middle is never 0 or 1."""
    low, high = interval
    return (low + high) / 2, (high - low) / 2


def surely(ps: Sequence[float]) -> list[bool]:
    """Which of several tests are significant together (Holm 1979 at :data:`SIGNIFICANCE`)."""
    verdicts = [False] * len(ps)
    for rank, place in enumerate(np.argsort(ps, kind="stable")):
        if ps[place] > SIGNIFICANCE / (len(ps) - rank):
            break
        verdicts[place] = True
    return verdicts
