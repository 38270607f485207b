"""Every look at private rows, paid for or declared: the record that a privacy proof rests on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from domain.kernel import StudioError
from domain.privacy.accounting import Exponential, Gaussian, SampledGaussian


class Uncharged(StudioError):
    """A private run read rows without paying and without a declaration: the run ends."""

    code = "uncharged"


class Basis(StrEnum):
    """Why a look is allowed."""

    CHARGED = "charged"
    DECLARED = "declared public"
    ASSUMED = "assumed public"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDeclaration:
    """Something about the data that is known without the data, and who says so."""

    source: str
    """Where it comes from: a code book, a schema, a standard."""
    person: str
    """Who declares it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One look at private rows."""

    what: str
    """In words that quote no value: which question about which columns."""
    basis: Basis
    mechanism: Gaussian | Exponential | SampledGaussian | None = None
    """For charged ones."""
    sensitivity: float | None = None
    """By how much one unit moves the answer: in L2 under Gaussian noise, each score of a choice."""
    delta: float = 0.0
    """What it adds to δ beside the mechanism's own: for sets that are discovered."""
    declaration: PublicDeclaration | None = None
    """For declared ones."""

    @property
    def rho(self) -> float:
        """What it costs; nothing of ρ for steps of DP-SGD, which have an account of their own."""
        if self.mechanism is None or isinstance(self.mechanism, SampledGaussian):
            return 0.0
        return self.mechanism.rho

    @property
    def sigma(self) -> float | None:
        """The standard deviation of Gaussian noise, in units of the answer."""
        if self.sensitivity is None or not isinstance(self.mechanism, Gaussian | SampledGaussian):
            return None
        return self.mechanism.noise_multiplier * self.sensitivity

    def to_document(self) -> dict[str, Any]:
        """For a report."""
        return {
            "what": self.what,
            "basis": str(self.basis),
            "mechanism": self.mechanism.words if self.mechanism else "",
            "sensitivity": self.sensitivity,
            "sigma": self.sigma,
            "rho": None if isinstance(self.mechanism, SampledGaussian) else self.rho,
            "delta": self.delta,
            "declaration": asdict(self.declaration) if self.declaration else None,
        }


@dataclass(slots=True)
class Touches:
    """A privacy filter: ``rho`` and ``delta`` are fixed beforehand, and no look exceeds them.

    Later looks may depend on what earlier ones told, as long as their sum stays within what was
    fixed (Feldman & Zrnic 2021 for Rényi filters; zCDP is the case of all orders at once).
    """

    rho: float
    """To be spent at most."""
    delta: float
    """For discovered sets, to be spent at most."""
    training: SampledGaussian | None = None
    """The steps of DP-SGD that may be taken, accounted for beside ρ; see :meth:`allow`."""
    record: list[Touch] = field(default_factory=list)

    @property
    def spent(self) -> float:
        """ρ so far."""
        return sum(touch.rho for touch in self.record)

    @property
    def left(self) -> float:
        """ρ that is still there."""
        return max(0.0, self.rho - self.spent)

    @property
    def delta_spent(self) -> float:
        """δ of discovered sets so far."""
        return sum(touch.delta for touch in self.record)

    def charge(
        self,
        what: str,
        mechanism: Gaussian | Exponential,
        delta: float = 0.0,
        *,
        sensitivity: float | None = None,
    ) -> None:
        """Pay before looking; raises :class:`Uncharged` where the budget does not suffice."""
        over = self.spent + mechanism.rho > self.rho * (1 + 1e-9)
        if over or self.delta_spent + delta > self.delta * (1 + 1e-9):
            raise Uncharged(
                f"The privacy budget of this run does not suffice for {what}; nothing was read. "
                "Ask for a larger ε, or for fewer columns."
            )
        self.record.append(
            Touch(
                what=what,
                basis=Basis.CHARGED,
                mechanism=mechanism,
                sensitivity=sensitivity,
                delta=delta,
            )
        )

    def allow(self, training: SampledGaussian) -> None:
        """Fix the steps of DP-SGD, once, before the first is taken."""
        if self.training is not None:
            raise Uncharged("The training of this run was fixed before; nothing was read.")
        self.training = training

    def charge_training(self, what: str, sensitivity: float) -> SampledGaussian:
        """Pay for all steps that were fixed, once; raises :class:`Uncharged` otherwise.

        One unit moves what each of them tells by ``sensitivity`` at most.
        """
        paid = any(isinstance(touch.mechanism, SampledGaussian) for touch in self.record)
        if self.training is None or paid:
            raise Uncharged(f"No steps of training are left to pay {what} with; nothing was read.")
        touch = Touch(
            what=what, basis=Basis.CHARGED, mechanism=self.training, sensitivity=sensitivity
        )
        self.record.append(touch)
        return self.training

    def declare(self, what: str, declaration: PublicDeclaration) -> None:
        """Note that an answer is known from outside the data."""
        self.record.append(Touch(what=what, basis=Basis.DECLARED, declaration=declaration))

    def assume(self, what: str) -> None:
        """Note what is taken as public and was not charged, such as column types."""
        self.record.append(Touch(what=what, basis=Basis.ASSUMED))
