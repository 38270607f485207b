"""What a fit proved whose every answer passed one filter of ρ, fixed beforehand."""

from __future__ import annotations

from domain.privacy.accounting import AccountingError, Filtered, guarantee
from domain.privacy.budget import PrivacyStatement
from domain.privacy.zcdp import epsilon_of
from domain.synthesis.private_fit import PrivateFit

_SLACK = 1e-6


def proved_by_filter(private: PrivateFit, rho: float) -> PrivacyStatement:
    """The statement for ``rho`` at most. Raises :class:`AccountingError` where two accountants
    disagree, or where it is less than was asked for."""
    asked = private.privacy.epsilon
    epsilon = epsilon_of(rho, private.rest)
    second = guarantee([Filtered(rho=rho)], private.rest)
    if second.epsilon < epsilon * (1 - _SLACK) or epsilon > asked * (1 + _SLACK):
        raise AccountingError(
            f"ε = {epsilon:.6g} by zCDP and {second.epsilon:.6g} by Rényi accounting for "
            f"{asked:g} asked; nothing is published."
        )
    return private.statement(
        epsilon=epsilon,
        accountant="zCDP filter, fixed beforehand (Canonne, Kamath & Steinke 2020)",
        second_epsilon=max(second.epsilon, epsilon),
        second_accountant=second.accountant,
        epsilon_at=lambda delta: epsilon_of(rho, delta),
        rho=rho,
    )
