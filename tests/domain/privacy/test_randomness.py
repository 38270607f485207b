"""Secret draws have the law they claim, and follow from the sealed seed alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from domain.privacy.randomness import SealedSeed

SEED = SealedSeed(bytes(range(32)))


def test_the_same_seed_and_purpose_give_the_same_draws():
    assert SEED.stream("noise").words(4).tolist() == SEED.stream("noise").words(4).tolist()


def test_different_purposes_and_seeds_give_different_draws():
    other = SealedSeed(bytes(32))
    draws = [s.stream(p).words(1)[0] for s in (SEED, other) for p in ("noise", "batches")]
    assert len(set(draws)) == 4


def test_two_fresh_seeds_differ_and_show_only_a_commitment():
    one, two = SealedSeed.fresh(), SealedSeed.fresh()
    assert one.commitment != two.commitment
    assert one.secret.hex() not in one.commitment
    assert "secret" not in repr(one)


def test_a_seed_of_another_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        SealedSeed(b"short")


def test_uniforms_are_uniform_and_never_0_or_1():
    drawn = SEED.stream("u").uniforms(20_000)
    assert drawn.min() > 0
    assert drawn.max() < 1
    assert stats.kstest(drawn, "uniform").pvalue > 0.001


def test_gaussians_have_the_asked_spread():
    drawn = SEED.stream("g").gaussians(20_000, 3.0)
    assert stats.kstest(drawn / 3.0, "norm").pvalue > 0.001


def extremes(upper: int, lower: int) -> float:
    """One of the four normal numbers, were its random bits these."""
    stream = SEED.stream("bits")
    stream.words = lambda count: np.repeat(np.array([upper, lower], np.uint64), count // 2)
    return float(stream.gaussians(1, 1.0)[0]) / 2


def test_both_tails_of_normal_noise_are_fine_far_beyond_where_53_bits_end():
    assert extremes(0, 0) == pytest.approx(stats.norm.ppf(2.0**-129))
    assert extremes(1, 0) == pytest.approx(stats.norm.isf(2.0**-129))
    assert extremes(0, 2**63) == pytest.approx(stats.norm.ppf(2.0**-65))
    assert extremes(0, 2**63) != extremes(0, 2**63 + 2**53)
    assert extremes(1 << 20, 5) == pytest.approx(stats.norm.ppf(2.0**-45))
    assert extremes(2**64 - 1, 2**64 - 1) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("sigma", [0.4, 1.0, 7.5, 300.0])
def test_whole_gaussians_are_gaussians_rounded(sigma):
    drawn = SEED.stream(f"d {sigma}").whole_gaussians(50_000, sigma)
    reach = int(6 * sigma) + 1
    support = np.arange(-reach, reach + 1)
    law = stats.norm.cdf(support + 0.5, scale=sigma) - stats.norm.cdf(support - 0.5, scale=sigma)
    step = max(1, len(support) // 30)
    starts = np.arange(0, len(support), step)
    expected = np.add.reduceat(law / law.sum() * len(drawn), starts)
    counted = np.bincount(drawn + reach, minlength=len(support))[: len(support)]
    seen = np.add.reduceat(counted, starts)
    common = expected > 5
    expected, seen = expected[common], seen[common]
    assert stats.chisquare(seen, expected * seen.sum() / expected.sum()).pvalue > 0.001


def test_a_choice_follows_its_weights():
    stream = SEED.stream("c")
    seen = np.bincount([stream.choice(np.array([1.0, 0.0, 3.0])) for _ in range(2_000)])
    assert seen[1] == 0
    assert seen[2] / 2_000 == pytest.approx(0.75, abs=0.04)


def test_a_choice_gives_unlikely_places_their_chance_however_small():
    """Where every number of 53 bits would choose another place."""
    stream = SEED.stream("bits")
    stream.halves = lambda count: (np.array([False, True]), np.array([0.5, 2.0**-70]))
    assert stream.choice(np.array([1.0, 2.0**-60])) == 1
    assert stream.choice(np.array([1.0, 2.0**-75])) == 0


def test_a_poisson_sample_varies_in_size_about_its_rate():
    sizes = [len(SEED.stream(f"s {i}").sample(1_000, 0.1)) for i in range(200)]
    assert np.mean(sizes) == pytest.approx(100, abs=3)
    assert np.std(sizes) == pytest.approx(np.sqrt(90), rel=0.25)


def test_a_units_coin_does_not_move_when_another_unit_is_added():
    units = [f"person {i}".encode() for i in range(500)]
    before = SEED.coins("holdout", units, 0.2)
    after = SEED.coins("holdout", [b"somebody new", *units], 0.2)
    assert (after[1:] == before).all()
    assert before.mean() == pytest.approx(0.2, abs=0.06)
