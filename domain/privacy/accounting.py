"""What a run's mechanisms come to together: one ε at one δ, by two accountants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

from domain.kernel import StudioError
from domain.privacy.published import written, written_down
from domain.privacy.zcdp import rho_of_exponential, rho_of_gaussian

INTERVAL = 1e-4
"""Grid of the privacy-loss distribution; the pessimistic estimate rounds every loss up to it."""

_QUICK_ORDERS = (*range(2, 20), 24, 32, 48, 64, 96, 128, 256, 512, 1024)
_SAMPLED_ORDERS = (1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.5, *range(4, 64), 96, 128, 256, 512, 1024)
"""For steps of DP-SGD, whose broken orders take long: any orders give a figure that holds."""
_SLACK = 1e-6
"""How much above the RDP figure the tighter one may come out by rounding alone."""


class AccountingError(StudioError):
    """Two proofs of the same run contradict each other: a fault of the product, not of a person.

    Another attempt would find the same, so a job that meets it ends, with the sentence.
    """

    code = "accounting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaussian:
    """Gaussian noise, its standard deviation over the L2 sensitivity of what it hides."""

    noise_multiplier: float
    times: int = 1

    @property
    def rho(self) -> float:
        """What it costs in zero-concentrated privacy."""
        return self.times * rho_of_gaussian(self.noise_multiplier)

    @property
    def words(self) -> str:
        """For a report."""
        count = f", {self.times} times" if self.times > 1 else ""
        return (
            f"Gaussian noise of {written_down(self.noise_multiplier)} times the sensitivity{count}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledGaussian:
    """Gaussian noise on Poisson samples: the steps of DP-SGD."""

    noise_multiplier: float
    sample_rate: float
    steps: int

    @property
    def words(self) -> str:
        """For a report."""
        return (
            f"{self.steps:,} steps of DP-SGD: Poisson samples at rate {written(self.sample_rate)}, "
            f"noise of {written_down(self.noise_multiplier)} times the clipping norm"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential:
    """An exponential mechanism; ``epsilon`` is that of pure privacy."""

    epsilon: float

    @property
    def rho(self) -> float:
        """What it costs in zero-concentrated privacy."""
        return rho_of_exponential(self.epsilon)

    @property
    def words(self) -> str:
        """For a report."""
        return f"exponential mechanism, ε = {written(self.epsilon)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """Adaptive looks, of which a filter let through ``rho`` at most, fixed beforehand."""

    rho: float

    @property
    def words(self) -> str:
        """For a report."""
        return f"adaptive looks within a filter of ρ = {written(self.rho)}"


Mechanism = Gaussian | SampledGaussian | Exponential | Filtered


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """(ε, δ) for adding or removing one unit, and who says so."""

    epsilon: float
    delta: float
    accountant: str
    second_epsilon: float | None = None
    """By the other accountant, where both can speak: never below ``epsilon``."""
    second_accountant: str = ""


def guarantee(mechanisms: Sequence[Mechanism], delta: float) -> Guarantee:
    """The ε of running all ``mechanisms``, each parameter of which was fixed beforehand.

    Where the privacy-loss distribution knows all of them, its pessimistic figure; Rényi
    accounting is an upper bound too, so it must not come out below (:class:`AccountingError`).
    With exponential mechanisms, Rényi accounting alone.
    """
    renyi = _epsilon(_renyi(tuple(mechanisms)), delta)
    if not _has_distribution(mechanisms):
        return Guarantee(epsilon=renyi, delta=delta, accountant=_named("RDP"))
    tight = _epsilon(_distribution(tuple(mechanisms)), delta)
    if tight > renyi * (1 + _SLACK) + INTERVAL * 10:
        raise AccountingError(
            f"The privacy-loss distribution gives ε = {tight:.6g} and Rényi accounting "
            f"{renyi:.6g}; neither is published."
        )
    return Guarantee(
        epsilon=tight,
        delta=delta,
        accountant=_named("PLD, pessimistic"),
        second_epsilon=renyi,
        second_accountant=_named("RDP"),
    )


def published_epsilon(mechanisms: Sequence[Mechanism], delta: float) -> float:
    """The ε of :func:`guarantee` at any ``delta``, without the second opinion."""
    told = _distribution if _has_distribution(mechanisms) else _renyi
    return _epsilon(told(tuple(mechanisms)), delta)


def rounded_epsilon(mechanisms: Sequence[Mechanism], delta: float) -> float:
    """The same on a coarser grid, so rounded up a little more: ten times as quick."""
    if not _has_distribution(mechanisms):
        return published_epsilon(mechanisms, delta)
    return _epsilon(_composed(_pld(10 * INTERVAL), mechanisms), delta)


def quick_epsilon(mechanisms: Sequence[Mechanism], delta: float) -> float:
    """ε by Rényi accounting of whole orders: found at once, and never too small."""
    return _epsilon(_composed(_rdp(_QUICK_ORDERS), mechanisms), delta)


@lru_cache(maxsize=4)
def _renyi(mechanisms: tuple[Mechanism, ...]) -> Any:
    sampled = any(isinstance(m, SampledGaussian) for m in mechanisms)
    return _composed(_rdp(_SAMPLED_ORDERS if sampled else None), mechanisms)


@lru_cache(maxsize=4)
def _distribution(mechanisms: tuple[Mechanism, ...]) -> Any:
    return _composed(_pld(), mechanisms)


def _has_distribution(mechanisms: Sequence[Mechanism]) -> bool:
    """Whether the privacy loss of all of them has a known distribution."""
    return not any(isinstance(m, Exponential | Filtered) for m in mechanisms)


def _composed(accountant: Any, mechanisms: Sequence[Mechanism]) -> Any:
    for mechanism in mechanisms:
        accountant.compose(_event(mechanism))
    return accountant


def _epsilon(accountant: Any, delta: float) -> float:
    return max(0.0, float(accountant.get_epsilon(delta)))


def _event(mechanism: Mechanism) -> Any:
    import dp_accounting as dp

    match mechanism:
        case Gaussian():
            event = dp.GaussianDpEvent(mechanism.noise_multiplier)
            return dp.SelfComposedDpEvent(event, mechanism.times)
        case SampledGaussian():
            noised = dp.GaussianDpEvent(mechanism.noise_multiplier)
            sampled = dp.PoissonSampledDpEvent(mechanism.sample_rate, noised)
            return dp.SelfComposedDpEvent(sampled, mechanism.steps)
        case Exponential() | Filtered():
            return dp.ZCDpEvent(mechanism.rho)


def _rdp(orders: Sequence[float] | None = None) -> Any:
    from dp_accounting.rdp import RdpAccountant

    return RdpAccountant(orders=orders)


def _pld(interval: float = INTERVAL) -> Any:
    from dp_accounting.pld import PLDAccountant

    return PLDAccountant(value_discretization_interval=interval)


@cache
def _named(accountant: str) -> str:
    return f"{accountant} (dp-accounting {version('dp-accounting')})"
