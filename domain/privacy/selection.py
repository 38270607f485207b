"""What it costs to train several candidates on private rows and to release the best of them.

Two ways, of which the cheaper is taken before any row is read. Either every candidate is tried
once, and their costs add up. Or independent trials, each of a candidate drawn by lot, are repeated
a random number of times that nobody is told, and the best is released alone (Liu & Talwar 2019;
Papernot & Steinke 2022): dearer for few candidates, cheaper for many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from scipy.optimize import brentq

from domain.kernel import BadInput
from domain.privacy.accounting import AccountingError, Filtered, guarantee
from domain.privacy.budget import MOST_CANDIDATES
from domain.privacy.published import written
from domain.privacy.zcdp import epsilon_of, rho_for

TRIES = 2.0
"""Trials for each candidate on average, where their number is drawn."""
_GEOMETRIC = 1.0
"""Shape of the truncated negative binomial distribution that is the geometric one."""
_LEAST = 1e-4
"""Share of ρ below which no trial falls: with a hundred of them it is one in seven."""
_SLACK = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryOnce:
    """Each of ``trials`` candidates is tried once: zero-concentrated privacy adds up."""

    rho: float
    """Of one trial, its training and its score."""
    trials: int

    @property
    def mean(self) -> float:
        """Trials on average: the δ of one trial counts so often."""
        return float(self.trials)

    @property
    def total_rho(self) -> float:
        """Of all trials together."""
        return self.trials * self.rho

    def epsilon(self, delta: float) -> float:
        """Of all trials and the choice among them. Raises :class:`AccountingError` where Rényi
        accounting gives less."""
        epsilon = epsilon_of(self.total_rho, delta)
        if self.second(delta) < epsilon * (1 - _SLACK):
            raise AccountingError("Two proofs of a charged search contradict each other.")
        return epsilon

    def second(self, delta: float) -> float:
        """The same by Rényi accounting."""
        return guarantee([Filtered(rho=self.total_rho)], delta).epsilon

    @property
    def words(self) -> str:
        """For a report."""
        return (
            f"each of {self.trials} candidates tried once, ρ = {written(self.rho)} each, added up"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomlyOften:
    """A geometric number of independent trials, ``mean`` on average; only the best is released."""

    rho: float
    """Of one trial, its training and its score."""
    mean: float

    def epsilon(self, delta: float) -> float:
        """Of all trials and the choice among them (Papernot & Steinke 2022, Theorem 2)."""
        from dp_accounting.dp_event import RepeatAndSelectDpEvent, ZCDpEvent
        from dp_accounting.rdp import RdpAccountant

        accountant: Any = RdpAccountant()
        accountant.compose(RepeatAndSelectDpEvent(ZCDpEvent(self.rho), self.mean, _GEOMETRIC))
        return float(accountant.get_epsilon(delta))

    def number(self, uniform: float) -> int:
        """How many trials there are, from a number drawn uniformly between 0 and 1: at least 1."""
        if self.mean <= 1:
            return 1
        return max(1, math.ceil(math.log(uniform) / math.log1p(-1 / self.mean)))

    def missed(self, candidates: int) -> float:
        """How likely a given one of so many candidates is never tried."""
        stop, other = 1 / self.mean, 1 - 1 / candidates
        return stop * other / (1 - (1 - stop) * other)

    @property
    def words(self) -> str:
        """For a report."""
        return (
            f"a geometric number of independent trials, {self.mean:g} on average, ρ = "
            f"{written(self.rho)} each; only the best is released (Papernot & Steinke 2022)"
        )


Selection = EveryOnce | RandomlyOften


def planned(epsilon: float, delta: float, candidates: int) -> Selection:
    """The way that leaves a trial most of ``epsilon`` at ``delta``; looks at no row.

    ``delta`` is what is left for the mechanisms, without that of discovered sets.
    """
    if not 2 <= candidates <= MOST_CANDIDATES:
        raise BadInput(
            f"A charged choice is among 2 to {MOST_CANDIDATES} candidates; name them, or train "
            "once without."
        )
    whole = rho_for(epsilon, delta)
    once = EveryOnce(rho=whole / candidates, trials=candidates)
    often = RandomlyOften(
        rho=_largest(epsilon, delta, TRIES * candidates, whole), mean=TRIES * candidates
    )
    return once if once.rho >= often.rho else often


def _largest(epsilon: float, delta: float, mean: float, whole: float) -> float:
    """The largest ρ of a trial within ``epsilon``; below that of training once."""

    def over(rho: float) -> float:
        return RandomlyOften(rho=rho, mean=mean).epsilon(delta) - epsilon

    found = brentq(over, whole * _LEAST, whole, xtol=whole * _SLACK, rtol=_SLACK)
    return float(found) * (1 - 4 * _SLACK)
