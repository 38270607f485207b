"""From success rates to a risk: the arithmetic, its limits and how honest its intervals are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import fisher_exact, hypergeom

from domain.evaluation.rescaling import singled_out_among
from domain.evaluation.risk import Stratum, Trial, residual, surely, trial


def tried(hits: int, control_hits: int, n: int = 100) -> Trial:
    return Trial(
        name="leakage.linkability",
        hits=hits,
        attacks=n,
        control_hits=control_hits,
        controls=n,
        guess=0.0,
    )


def test_the_risk_is_the_part_of_the_controls_safety_that_is_lost():
    finding = tried(60, 20).finding()
    assert finding.risk == pytest.approx(0.5)
    assert finding.rates.attack == 0.6
    assert finding.rates.control == 0.2
    assert finding.interval[0] < 0.5 < finding.interval[1]


@pytest.mark.parametrize("hits", [0, 1, 50, 99, 100])
@pytest.mark.parametrize("control", [0, 1, 50, 99, 100])
@pytest.mark.parametrize("n", [100, 100_000])
def test_no_pair_of_rates_breaks_the_arithmetic(hits, control, n):
    scale = n // 100
    finding = tried(hits * scale, control * scale, n).finding()
    low, high = finding.interval
    assert 0 <= low <= finding.risk <= high <= 1
    assert 0 <= finding.p <= 1


def test_a_control_with_nothing_to_lose_has_no_risk():
    assert residual(1.0, 1.0) == 0.0


def test_no_success_beyond_the_control_is_no_risk():
    assert residual(0.2, 0.4) == 0.0


def test_chance_is_judged_by_fishers_exact_test():
    table = [[60, 40], [45, 55]]
    expected = fisher_exact(table, alternative="greater").pvalue
    assert tried(60, 45).finding().p == pytest.approx(expected)


def of_two_kinds(rates, easy_share, n, random) -> Trial:
    """A trial of easy and hard people; ``rates``: of the attack, then of the control, by kind."""
    easy = [random.random(n) < share for share in easy_share]
    hits = [
        random.random(n) < np.where(e, *of_side) for e, of_side in zip(easy, rates, strict=True)
    ]
    return trial("leakage.attribute", *hits, 0.5, easy=(easy[0], easy[1]))


def test_more_easy_people_on_one_side_accuse_nobody():
    random = np.random.default_rng(0)
    harmless = [of_two_kinds([(0.9, 0.2)] * 2, (0.7, 0.4), 150, random) for _ in range(300)]
    assert np.mean([t.finding().p < 0.05 for t in harmless]) <= 0.05
    assert np.mean([t.finding().risk for t in harmless]) < 0.05
    as_one = [replace(t, strata=()) for t in harmless]
    assert np.mean([t.finding().p < 0.05 for t in as_one]) > 0.9


def test_what_is_told_of_training_people_is_found_among_the_easy_and_the_hard():
    random = np.random.default_rng(0)
    leaky = [of_two_kinds([(0.95, 0.6), (0.9, 0.2)], (0.5, 0.5), 150, random) for _ in range(100)]
    assert all(t.finding().p < 0.002 for t in leaky)
    truth = residual(0.775, 0.55)
    held = [t.finding().interval[0] <= truth <= t.finding().interval[1] for t in leaky]
    assert np.mean(held) >= 0.9


def test_a_stratum_with_nobody_to_compare_with_leaves_all_people_as_one():
    lonely = Stratum(hits=3, attacks=3, control_hits=0, controls=0)
    rest = Stratum(hits=20, attacks=97, control_hits=20, controls=100)
    one_sided = replace(tried(23, 20), strata=(lonely, rest))
    assert one_sided.finding() == tried(23, 20).finding()


def test_several_tests_are_judged_together_after_holm():
    assert surely([0.001, 0.2, 0.03]) == [True, False, False]
    assert surely([0.001, 0.02, 0.03]) == [True, True, True]
    assert surely([0.02, 0.03, 0.04]) == [False, False, False]


@pytest.mark.parametrize(
    ("attack", "control"), [(0.5, 0.5), (0.02, 0.01), (0.9, 0.3), (0.6, 0.55), (0.99, 0.95)]
)
@pytest.mark.parametrize("n", [50, 400])
def test_the_interval_holds_the_truth_nine_times_in_ten(attack, control, n):
    random = np.random.default_rng(0)
    truth = residual(attack, control)
    held = 0
    for _ in range(400):
        hits, other = random.binomial(n, attack), random.binomial(n, control)
        low, high = tried(int(hits), int(other), n).finding().interval
        held += low <= truth <= high
    assert held / 400 >= 0.9


@pytest.mark.parametrize("n", [20, 30, 40, 100, 200])
def test_calling_one_half_members_by_chance_is_no_risk_nine_times_in_ten(n):
    hits = np.arange(n + 1)
    chances = hypergeom.pmf(hits, 2 * n, n, n)
    lows = [tried(int(h), n - int(h), n).finding().interval[0] for h in hits]
    assert chances[np.array(lows) <= 0].sum() >= 0.9


@pytest.mark.parametrize("shape", [0.5, 2.0, 50.0])
def test_how_often_chance_singles_out_is_foretold_for_more_rows(shape):
    random = np.random.default_rng(1)
    weights = random.gamma(shape, 0.8 / shape, 20_000)
    few, many = random.poisson(weights), random.poisson(4 * weights)
    factor = singled_out_among(few, 4.0)
    assert factor * np.mean(few == 1) == pytest.approx(np.mean(many == 1), rel=0.12)


@pytest.mark.parametrize("counts", [[0, 0], [1, 1], [2, 3], [0, 2], [1, 2]])
def test_where_nothing_can_be_foretold_the_rate_stays(counts):
    assert singled_out_among(np.array(counts), 3.0) == 1.0
