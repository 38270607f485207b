"""Whose privacy is spent: populations of people, and what a private run asks for."""

from __future__ import annotations

from dataclasses import dataclass

from domain.kernel import DatasetId, OrganisationId, PopulationId


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySpec:
    """Differential privacy as asked for: ε > 0 and 0 < δ < 1/n, for one privacy unit."""

    epsilon: float
    delta: float
    unit: str = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyStatement:
    """Differential privacy as proved by the accountant for a finished run."""

    epsilon: float
    delta: float
    unit: str
    accountant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The people a dataset is about. Every release about them draws on one budget."""

    id: PopulationId
    organisation_id: OrganisationId
    dataset_id: DatasetId
    unit: str
    """What one person is in the table: ``row``, or the name of an entity column."""
    delta: float
    """The δ at which the budget is kept."""


def default_delta(units: int) -> float:
    """δ well below 1/n: min(1e-5, n^-1.2), the rule of thumb of NIST SP 800-226's δ ≪ 1/n."""
    return float(min(1e-5, max(units, 2) ** -1.2))
