"""The accountant against closed forms, Opacus and itself."""

from __future__ import annotations

import math

import pytest
from opacus.accountants import PRVAccountant
from scipy.optimize import brentq
from scipy.stats import norm

from domain.kernel import BadInput
from domain.privacy import accounting, zcdp
from domain.privacy.accounting import (
    AccountingError,
    Exponential,
    Filtered,
    Gaussian,
    SampledGaussian,
    guarantee,
)
from domain.privacy.budget import LEAST_EPSILON, check_asked, default_delta
from domain.synthesis.requests import PrivacyRequest, privacy_spec

DELTA = 1e-5


def exact(sigma: float, delta: float) -> float:
    """ε of one Gaussian mechanism (Balle & Wang 2018, Theorem 8)."""
    mu = 1 / sigma

    def above(epsilon: float) -> float:
        return (
            norm.cdf(mu / 2 - epsilon / mu)
            - math.exp(epsilon) * norm.cdf(-mu / 2 - epsilon / mu)
            - delta
        )

    return brentq(above, 0, 50)


@pytest.mark.parametrize("sigma", [0.5, 2.0, 10.0])
def test_one_gaussian_is_the_analytic_gaussian_and_never_less(sigma):
    found = guarantee([Gaussian(noise_multiplier=sigma)], DELTA).epsilon
    assert exact(sigma, DELTA) <= found <= exact(sigma, DELTA) + 0.01


def test_many_gaussians_are_one_of_less_noise():
    many = guarantee([Gaussian(noise_multiplier=8.0, times=16)], DELTA).epsilon
    one = guarantee([Gaussian(noise_multiplier=2.0)], DELTA).epsilon
    assert many == pytest.approx(one, rel=1e-3)


def test_dp_sgd_agrees_with_the_accountant_of_opacus():
    ours = guarantee([SampledGaussian(noise_multiplier=1.1, sample_rate=0.02, steps=800)], DELTA)
    theirs = PRVAccountant()
    theirs.history = [(1.1, 0.02, 800)]
    assert ours.epsilon == pytest.approx(theirs.get_epsilon(DELTA), rel=0.01)


def test_the_published_figure_is_the_smaller_of_two_bounds():
    found = guarantee([SampledGaussian(noise_multiplier=1.1, sample_rate=0.02, steps=800)], DELTA)
    assert found.second_epsilon is not None
    assert found.epsilon <= found.second_epsilon
    assert "PLD" in found.accountant
    assert "RDP" in found.second_accountant


def test_exponential_mechanisms_are_accounted_by_their_concentration():
    mechanisms = [Gaussian(noise_multiplier=5.0), Exponential(epsilon=0.3)]
    found = guarantee(mechanisms, DELTA)
    rho = sum(m.rho for m in mechanisms)
    assert found.epsilon == pytest.approx(zcdp.epsilon_of(rho, DELTA), rel=0.05)
    assert found.epsilon >= zcdp.epsilon_of(rho, DELTA) * (1 - 1e-6)
    assert found.second_epsilon is None


def test_two_proofs_that_contradict_each_other_are_not_published(monkeypatch):
    monkeypatch.setattr(accounting, "_renyi", lambda mechanisms: _Generous())
    with pytest.raises(AccountingError):
        guarantee([Gaussian(noise_multiplier=1.0)], DELTA)


class _Generous:
    """A Rényi accountant with a sign error."""

    def compose(self, event: object) -> None:
        pass

    def get_epsilon(self, delta: float) -> float:
        return 0.01


def test_more_noise_is_more_privacy_and_it_never_turns_negative():
    found = [guarantee([Gaussian(noise_multiplier=s)], DELTA).epsilon for s in (1, 10, 1e3, 1e5)]
    assert found == sorted(found, reverse=True)
    assert found[-1] >= 0


@pytest.mark.parametrize("epsilon", [0.0, -1.0, math.inf, math.nan])
def test_an_epsilon_that_promises_nothing_is_refused(epsilon):
    with pytest.raises(BadInput, match="ε must be"):
        check_asked(epsilon, DELTA, 1_000)


@pytest.mark.parametrize("delta", [1e-10, 7.4e-9, 1e-5, 1e-2])
def test_an_epsilon_is_refused_where_the_accountants_would_part(delta):
    with pytest.raises(BadInput, match="smaller than can be accounted for"):
        check_asked(1e-9, delta, 0)
    check_asked(LEAST_EPSILON, delta, 0)
    rho = zcdp.rho_for(LEAST_EPSILON, delta)
    epsilon = zcdp.epsilon_of(rho, delta)
    assert epsilon == pytest.approx(LEAST_EPSILON, rel=5e-7)
    assert accounting.guarantee([Filtered(rho=rho)], delta).epsilon >= epsilon * (1 - 1e-6)


@pytest.mark.parametrize(("delta", "words"), [(0.0, "between"), (1.0, "between"), (0.01, "laid")])
def test_a_delta_that_allows_a_person_to_be_laid_open_is_refused(delta, words):
    with pytest.raises(BadInput, match=words):
        check_asked(1.0, delta, 100)


def test_a_delta_finer_than_the_arithmetic_of_noise_is_refused():
    with pytest.raises(BadInput, match="finer than the noise"):
        check_asked(1.0, 9e-11, 0)
    check_asked(1.0, 1e-10, 0)
    assert default_delta(10**12) == 1e-10


def test_a_default_delta_for_people_follows_from_no_count():
    asked = PrivacyRequest(epsilon=1.0, entity="account_id")
    assert {privacy_spec(asked, rows).delta for rows in (100, 31_000, 10**9)} == {1e-6}
    assert privacy_spec(PrivacyRequest(epsilon=1.0), 10**7).delta == 1e-9


def test_how_many_people_there_are_is_told_in_no_refusal_and_how_many_rows_is():
    with pytest.raises(BadInput) as refused:
        check_asked(1.0, 0.01, 1_441, "person")
    assert "1,441" not in refused.value.message
    assert "0.000" not in refused.value.message
    with pytest.raises(BadInput, match="1,441 rows"):
        check_asked(1.0, 0.01, 1_441)


def test_words_of_a_mechanism_claim_neither_more_noise_nor_less_cost_than_there_is():
    assert "1.234 times" in Gaussian(noise_multiplier=1.23497).words
    assert "0.1235" in Exponential(epsilon=0.12341).words
    steps = SampledGaussian(noise_multiplier=2.99999, sample_rate=0.010001, steps=3).words
    assert "rate 0.01001" in steps
    assert "2.999 times" in steps


def test_a_usual_pair_is_accepted():
    check_asked(1.0, DELTA, 10_000)
