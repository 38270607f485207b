"""Steps of DP-SGD: Poisson samples of whole units, noise in proportion, no step beyond the last."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from domain.privacy.accounting import (
    AccountingError,
    Gaussian,
    SampledGaussian,
    guarantee,
    published_epsilon,
    quick_epsilon,
    rounded_epsilon,
)
from domain.privacy.dp_sgd import DpSgd
from domain.privacy.noise_calibration import calibrated
from domain.privacy.per_sample import Dense, Tape
from domain.privacy.poisson_batches import PoissonBatches
from domain.privacy.private_table import PrivateTable
from domain.privacy.randomness import SealedSeed
from domain.privacy.touches import Touches, Uncharged

SEED = SealedSeed(bytes(range(32)))
COLUMNS = 3


def batches_of(rows: np.ndarray, units: np.ndarray, *, rate: float, steps: int, sigma: float = 1.0):
    return PoissonBatches(
        rows,
        units,
        SampledGaussian(noise_multiplier=sigma, sample_rate=rate, steps=steps),
        sampling=SEED.stream("sampling"),
        noise=SEED.stream("noise"),
    )


def numbered(count: int) -> np.ndarray:
    return np.arange(count)[:, np.newaxis] * np.ones(COLUMNS, dtype=np.int64)


def silence(count: int, sigma: float) -> np.ndarray:
    return np.zeros(count)


def squares(linear: nn.Linear):
    """A loss of one linear layer."""

    def loss(tape: Tape, codes: Tensor, there: Tensor) -> Tensor:
        return tape(Dense(linear), codes.float()).square().sum(1) @ there

    return loss


def descent_of(linear: nn.Linear, batches: PoissonBatches, **more) -> DpSgd:
    settings = {"max_grad_norm": 1.0, "units": 20, **more}
    optimizer = torch.optim.SGD(linear.parameters(), lr=1.0)
    device = torch.device("cpu")
    return DpSgd.of(batches, optimizer, squares(linear), device=device, **settings)


def test_each_unit_is_in_a_sample_by_a_lot_of_its_own():
    batches = batches_of(numbered(200), np.arange(200), rate=0.3, steps=400)
    seen = np.zeros((400, 200))
    for step in range(400):
        seen[step, batches.next().codes[:, 0]] = 1
    sizes = seen.sum(1)
    spread = math.sqrt(200 * 0.3 * 0.7)
    assert sizes.mean() == pytest.approx(60, abs=4 * spread / math.sqrt(400))
    assert sizes.std() == pytest.approx(spread, rel=0.2)
    together = (seen[:, :100] * seen[:, 100:]).mean()
    assert together == pytest.approx(0.09, abs=0.005)


def test_all_rows_of_a_unit_come_together_and_others_fill_nothing_in():
    units = np.array([2, 0, 1, 0, 2, 0])
    batches = batches_of(numbered(6), units, rate=0.5, steps=50)
    wanted = {(1, 3, 5), (2,), (0, 4)}
    met = set()
    for _ in range(50):
        rows = batches.next()
        assert rows.most == 3
        for start in range(0, len(rows.codes), 3):
            place = slice(start, start + 3)
            met.add(tuple(rows.codes[place, 0][rows.there[place]].tolist()))
            assert not rows.codes[place][~rows.there[place]].any()
    assert met == wanted


def test_parts_hold_whole_units_and_all_of_them():
    batches = batches_of(numbered(30), np.arange(30) // 3, rate=1.0, steps=1)
    rows = batches.next()
    parts = list(rows.parts(7))
    assert [len(part) for part in parts] == [2] * 5
    assert np.array_equal(np.concatenate([p.codes for p in parts]), rows.codes)


def test_a_step_beyond_those_paid_for_is_refused():
    batches = batches_of(numbered(5), np.arange(5), rate=0.5, steps=2)
    batches.next()
    batches.next()
    with pytest.raises(Uncharged, match="paid for"):
        batches.next()


def test_gradients_of_a_table_are_had_only_after_their_steps_were_fixed_and_once():
    touches = Touches(rho=1.0, delta=0.0)
    table = PrivateTable(pd.DataFrame({"a": [1, 2]}), touches, SEED)
    with pytest.raises(Uncharged):
        table.batches("gradients", 1.0)
    steps = SampledGaussian(noise_multiplier=1.0, sample_rate=0.5, steps=3)
    touches.allow(steps)
    with pytest.raises(Uncharged, match="fixed before"):
        touches.allow(steps)
    table.batches("gradients", 1.0)
    with pytest.raises(Uncharged):
        table.batches("gradients once more", 1.0)
    (touch,) = touches.record
    assert (touch.mechanism, touch.sensitivity, touch.sigma) == (steps, 1.0, 1.0)


def test_without_noise_and_bound_a_step_is_the_plain_one():
    torch.manual_seed(0)
    linear, plain = nn.Linear(COLUMNS, 2), nn.Linear(COLUMNS, 2)
    plain.load_state_dict(linear.state_dict())
    rows = np.random.default_rng(0).integers(0, 3, (20, COLUMNS))
    batches = batches_of(rows, np.arange(20), rate=1.0, steps=1)
    descent_of(linear, batches, max_grad_norm=1e9, noise=silence).step()
    loss = plain(torch.from_numpy(rows).float()).square().sum(1).mean()
    loss.backward()
    for mine, theirs in zip(linear.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(mine, theirs - theirs.grad, atol=1e-5)


def test_a_batch_taken_in_parts_gives_the_same_step(monkeypatch):
    rows = np.random.default_rng(0).integers(0, 3, (20, COLUMNS))
    stepped = []
    for at_once in (4_096, 6):
        torch.manual_seed(0)
        linear = nn.Linear(COLUMNS, 2)
        monkeypatch.setattr("domain.privacy.dp_sgd._ROWS_AT_ONCE", at_once)
        batches = batches_of(rows, np.arange(20) // 2, rate=0.7, steps=2)
        descent = descent_of(linear, batches, noise=silence, units=10)
        descent.step()
        descent.step()
        stepped.append(linear.weight.detach())
    assert torch.allclose(*stepped, atol=1e-6)


def test_noise_is_as_large_as_was_paid_for_and_divided_by_the_expected_batch():
    torch.manual_seed(0)
    linear = nn.Linear(100, 200)
    before = linear.weight.detach().clone()
    batches = batches_of(np.zeros((1, 100), np.int64), np.zeros(1), rate=0.25, steps=1, sigma=3.0)
    linear.bias.requires_grad_(True)
    batches.next = lambda: _empty(100)  # nobody was drawn: what moves is noise alone
    descent_of(linear, batches, max_grad_norm=2.0, units=20).step()
    moved = (linear.weight.detach() - before).flatten()
    assert float(moved.std()) == pytest.approx(3.0 * 2.0 / (0.25 * 20), rel=0.03)
    assert abs(float(moved.mean())) < 0.05


def _empty(columns: int):
    from domain.privacy.poisson_batches import UnitRows

    return UnitRows(codes=np.zeros((0, columns), np.int64), there=np.zeros(0, bool), most=1)


def test_a_row_that_is_not_there_moves_a_step_by_no_more_than_the_bound():
    rows = np.random.default_rng(0).integers(0, 9, (20, COLUMNS))
    moved = []
    for kept in (rows, rows[:-1]):
        torch.manual_seed(0)
        linear = nn.Linear(COLUMNS, 2)
        batches = batches_of(kept, np.arange(len(kept)), rate=1.0, steps=1)
        descent_of(linear, batches, max_grad_norm=0.5, noise=silence).step()
        moved.append(torch.cat([p.detach().flatten() for p in linear.parameters()]))
    # The expected batch is 20 in both, so that one unit moves a step by the bound over 20.
    assert float((moved[0] - moved[1]).norm()) <= 0.5 / 20 + 1e-6


def test_what_is_public_is_added_after_the_noise():
    linear = nn.Linear(COLUMNS, 2)
    before = linear.weight.detach().clone()
    batches = batches_of(numbered(3), np.arange(3), rate=0.5, steps=1)
    batches.next = lambda: _empty(COLUMNS)

    def public() -> None:
        linear.weight.grad += 1.0

    descent_of(linear, batches, noise=silence).step(public)
    assert torch.allclose(linear.weight, before - 1.0)


OTHERS = [Gaussian(noise_multiplier=8.0)]


@pytest.mark.parametrize("epsilon", [0.5, 3.0])
def test_noise_for_an_epsilon_suffices_and_hardly_exceeds_it(epsilon):
    found = calibrated(OTHERS, sample_rate=0.05, steps=200, epsilon=epsilon, delta=1e-5)
    said = guarantee([*OTHERS, found], 1e-5)
    assert 0.985 * epsilon < said.epsilon <= epsilon
    assert said.second_epsilon >= said.epsilon
    assert (found.sample_rate, found.steps) == (0.05, 200)


def test_the_quicker_figures_are_never_below_the_published_one():
    mechanisms = [*OTHERS, SampledGaussian(noise_multiplier=1.5, sample_rate=0.05, steps=200)]
    said = guarantee(mechanisms, 1e-5).epsilon
    assert said <= rounded_epsilon(mechanisms, 1e-5) <= said * 1.01
    assert quick_epsilon(mechanisms, 1e-5) > said


def test_a_smaller_delta_has_a_larger_epsilon_and_the_curve_passes_through_what_is_published():
    mechanisms = [*OTHERS, SampledGaussian(noise_multiplier=1.5, sample_rate=0.05, steps=200)]
    told = {delta: published_epsilon(mechanisms, delta) for delta in (1e-4, 1e-5, 1e-6)}
    assert told[1e-4] < told[1e-5] < told[1e-6]
    assert told[1e-5] == guarantee(mechanisms, 1e-5).epsilon


def test_no_noise_suffices_where_the_other_questions_cost_more():
    with pytest.raises(AccountingError, match="No noise"):
        calibrated(
            [Gaussian(noise_multiplier=1.0)], sample_rate=0.1, steps=10, epsilon=0.5, delta=1e-5
        )


def test_steps_of_every_row_are_as_private_as_gaussian_noise():
    """At rate 1 nothing is amplified: T steps are one Gaussian of σ/√T (closed form)."""
    steps = SampledGaussian(noise_multiplier=10.0, sample_rate=1.0, steps=4)
    alone = guarantee([Gaussian(noise_multiplier=5.0)], 1e-5).epsilon
    assert guarantee([steps], 1e-5).epsilon == pytest.approx(alone, rel=1e-3)


def test_the_accountants_agree_with_that_of_opacus():
    from opacus.accountants.analysis.rdp import compute_rdp, get_privacy_spent

    orders = [1 + x / 10 for x in range(1, 100)] + list(range(12, 64))
    theirs, _ = get_privacy_spent(
        orders=orders,
        rdp=compute_rdp(q=0.05, noise_multiplier=1.5, steps=200, orders=orders),
        delta=1e-5,
    )
    steps = SampledGaussian(noise_multiplier=1.5, sample_rate=0.05, steps=200)
    ours = guarantee([steps], 1e-5)
    assert ours.second_epsilon == pytest.approx(theirs, rel=0.02)
    assert ours.epsilon < theirs
