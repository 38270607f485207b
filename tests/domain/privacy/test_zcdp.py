"""What ρ comes to, against the closed forms of the papers and dp-accounting."""

from __future__ import annotations

import math

import pytest
from dp_accounting import ZCDpEvent
from dp_accounting.rdp import RdpAccountant

from domain.privacy import zcdp

CASES = [(0.001, 1e-6), (0.03, 1e-5), (0.2, 1e-5), (2.0, 1e-9)]


@pytest.mark.parametrize(("rho", "delta"), CASES)
def test_epsilon_is_that_of_dp_accounting_or_a_little_less_and_below_the_textbook(rho, delta):
    ours = zcdp.epsilon_of(rho, delta)
    theirs = RdpAccountant().compose(ZCDpEvent(rho)).get_epsilon(delta)
    assert ours <= theirs * (1 + 1e-6)
    assert ours == pytest.approx(theirs, rel=0.05)
    assert ours < rho + 2 * math.sqrt(rho * math.log(1 / delta))


@pytest.mark.parametrize(("epsilon", "delta"), [(0.1, 1e-6), (1.0, 1e-5), (3.0, 1e-5), (10, 1e-9)])
def test_rho_and_epsilon_are_each_others_inverse(epsilon, delta):
    assert zcdp.epsilon_of(zcdp.rho_for(epsilon, delta), delta) == pytest.approx(epsilon, rel=1e-6)


def test_a_tenth_of_the_noise_costs_a_hundred_times_as_much():
    assert zcdp.rho_of_gaussian(0.1) == pytest.approx(100 * zcdp.rho_of_gaussian(1.0))
    assert zcdp.sigma_for(zcdp.rho_of_gaussian(2.5, 3.0), 3.0) == pytest.approx(2.5)


def test_an_exponential_mechanism_costs_an_eighth_of_its_epsilon_squared():
    assert zcdp.rho_of_exponential(0.4) == pytest.approx(0.02)
    assert zcdp.exponential_for(0.02) == pytest.approx(0.4)


def test_nothing_spent_is_nothing_told():
    assert zcdp.epsilon_of(0.0, 1e-5) == 0.0
