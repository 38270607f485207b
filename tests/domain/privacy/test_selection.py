"""What it costs to choose among candidates on private rows."""

from __future__ import annotations

import numpy as np
import pytest
from dp_accounting.dp_event import RepeatAndSelectDpEvent, ZCDpEvent
from dp_accounting.rdp import RdpAccountant

from domain.kernel import BadInput
from domain.privacy.selection import EveryOnce, RandomlyOften, planned
from domain.privacy.zcdp import epsilon_of, rho_for

DELTA = 1e-5


def test_a_random_number_of_trials_costs_what_dp_accounting_says():
    accountant = RdpAccountant()
    accountant.compose(RepeatAndSelectDpEvent(ZCDpEvent(0.01), 6.0, 1.0))
    said = RandomlyOften(rho=0.01, mean=6.0).epsilon(DELTA)
    assert said == pytest.approx(accountant.get_epsilon(DELTA), rel=1e-12)


def test_that_bound_is_the_one_of_the_paper():
    """Papernot & Steinke 2022, Theorem 2, with η = 1 and the base's RDP at order λ being ρλ."""
    rho, mean = 0.02, 8.0
    orders = np.linspace(1.05, 600, 20_000)
    hatted = np.linspace(1.05, 600, 20_000)
    paid = 2 * (1 - 1 / hatted) * rho * hatted + 2 * np.log(mean) / hatted
    renyi = rho * orders + paid.min() + np.log(mean) / (orders - 1)
    epsilons = renyi + np.log1p(-1 / orders) - np.log(DELTA * orders) / (orders - 1)
    said = RandomlyOften(rho=rho, mean=mean).epsilon(DELTA)
    assert said == pytest.approx(epsilons.min(), rel=0.01)


@pytest.mark.parametrize(("epsilon", "candidates"), [(0.1, 50), (1.0, 2), (1.0, 9), (8.0, 20)])
def test_all_trials_together_stay_within_what_was_asked_for_and_nearly_use_it_up(
    candidates, epsilon
):
    plan = planned(epsilon, DELTA, candidates)
    assert epsilon * 0.98 <= plan.epsilon(DELTA) <= epsilon * (1 + 1e-6)


@pytest.mark.parametrize("candidates", [3, 12])
def test_a_choice_costs_more_than_one_trial_of_it(candidates):
    plan = planned(1.0, DELTA, candidates)
    assert plan.epsilon(DELTA) > epsilon_of(plan.rho, DELTA)
    assert plan.rho <= rho_for(1.0, DELTA) / 2 * (1 + 1e-9)


def test_few_candidates_are_all_tried_and_many_are_drawn_by_lot():
    assert isinstance(planned(1.0, DELTA, 3), EveryOnce)
    assert isinstance(planned(1.0, DELTA, 30), RandomlyOften)


def test_the_number_of_trials_is_geometric_with_its_mean():
    plan = RandomlyOften(rho=0.01, mean=6.0)
    uniforms = (np.arange(20_000) + 0.5) / 20_000
    numbers = np.array([plan.number(float(u)) for u in uniforms])
    assert numbers.min() == 1
    assert numbers.mean() == pytest.approx(6.0, rel=0.01)
    shares = [np.mean(numbers == k) for k in (1, 2, 3)]
    assert shares == pytest.approx([1 / 6, 5 / 36, 25 / 216], abs=1e-3)


def test_the_chance_to_miss_a_candidate_is_that_of_the_geometric_number():
    plan = RandomlyOften(rho=0.01, mean=6.0)
    exact = sum((1 / 6) * (5 / 6) ** (k - 1) * (2 / 3) ** k for k in range(1, 400))
    assert plan.missed(3) == pytest.approx(exact)


@pytest.mark.parametrize("candidates", [0, 1, 51])
def test_a_choice_among_none_one_or_too_many_is_refused(candidates):
    with pytest.raises(BadInput, match="2 to 50 candidates"):
        planned(1.0, DELTA, candidates)
