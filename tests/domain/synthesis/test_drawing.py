"""Rows are drawn from the very distribution that was trained, evenly and without surprises."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from domain.synthesis import predicting
from domain.synthesis.drawing import Drawer, _calibrated, _Shares, _without_tails
from domain.synthesis.encoding.codec import nested_strata
from domain.synthesis.network import AutoregressiveNetwork, Shape
from domain.synthesis.predicting import Predictor

SIZES = (5, 2, 40, 9)


def a_network() -> AutoregressiveNetwork:
    """Not trained, but with every parameter in use."""
    shape = Shape.of(SIZES, [True, False, True, False], 16)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = AutoregressiveNetwork(shape, [torch.randn(size) for size in SIZES])
        for parameter in network.parameters():
            parameter.data += 0.3 * torch.randn_like(parameter)
    return network


def a_drawer(first: tuple[int, ...] = ()) -> Drawer:
    targets = [np.full(size, 1 / size) for size in SIZES]
    return Drawer(Predictor(a_network()), targets, first, calibrated=False)


def some_codes(rows: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.stack([rng.integers(size, size=rows) for size in SIZES], axis=1).astype(np.int16)


def quiet(done: int, total: int) -> None:
    pass


def test_a_row_is_as_likely_when_drawn_as_it_was_in_training():
    codes = some_codes(50)
    with torch.no_grad():
        trained = -a_network().loss(torch.from_numpy(codes).long()).item()
    assert a_drawer().density(codes).mean() == pytest.approx(trained, abs=1e-5)


def test_sums_that_are_not_kept_give_the_same(monkeypatch):
    codes = some_codes(50)
    kept = a_drawer().density(codes)
    monkeypatch.setattr(predicting, "_KEPT", 0)
    assert np.array_equal(a_drawer().density(codes), kept)


@pytest.mark.parametrize("first", [(), (2,), (3, 0)])
def test_drawn_rows_know_how_likely_they_were(first):
    given = some_codes(300)
    drawer = a_drawer(first)
    drawn = drawer.fill(given, np.random.default_rng(0), quiet)
    whole = drawer.density(drawn.codes)
    known = np.zeros(300)
    if first:  # what is given was not drawn: its share of the density is the first columns'
        known = whole - drawn.density
        for values in np.unique(given[:, first], axis=0):
            same = (given[:, first] == values).all(axis=1)
            assert np.ptp(known[same]) < 1e-4
    assert np.allclose(known + drawn.density, whole, atol=1e-4)
    assert np.array_equal(drawn.codes[:, first], given[:, first])


def test_each_code_comes_as_often_as_expected_to_within_a_row():
    """The first column depends on nothing, so its uniforms hit every stratum once."""
    drawer = a_drawer()
    rows = 3_200
    drawn = drawer.draw(rows, np.random.default_rng(0), quiet)
    chances = torch.softmax(drawer.predictor.logits(0, torch.zeros((1, 0))), dim=1)[0]
    counts = np.bincount(drawn[:, 0], minlength=SIZES[0])
    assert np.abs(counts - rows * chances.detach().numpy()).max() <= 1.01


def test_no_rows_are_drawn_without_a_fuss():
    assert a_drawer().draw(0, np.random.default_rng(0), quiet).shape == (0, len(SIZES))


@pytest.mark.parametrize("offset", [0.0, 1e3, -1e3])
def test_logits_of_any_height_give_the_same_codes(offset):
    logits = torch.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, float("-inf")]]).repeat(50, 1)
    logits[::4] += offset  # beside rows of ordinary height
    points = torch.linspace(0, 1, 100)
    plain = logits.clone()
    plain[::4] -= offset
    codes, expected = (
        _Shares.of(logits.clone, None).codes(points),
        _Shares.of(plain.clone, None).codes(points),
    )
    assert torch.equal(codes, expected)
    assert (codes[1::2] < 2).all()


def test_calibration_meets_the_marginals_and_leaves_out_what_has_no_share():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        logits = 3 * torch.randn(500, 6)
    logits[:100, 5] += 500  # rows that expect what may not be drawn
    target = torch.tensor([0.4, 0.3, 0.15, 0.1, 0.05, 0.0])
    shift = _calibrated(logits, target, None)
    mean = torch.softmax(logits + shift, dim=1).mean(0)
    assert torch.allclose(mean, target, atol=2e-3)
    assert shift[5] == float("-inf")


@pytest.mark.parametrize("count", [0, 1, 31, 3_200])
def test_uniforms_are_even_as_a_whole_and_among_neighbours(count):
    uniforms = nested_strata(count, np.random.default_rng(0))
    assert uniforms.shape == (count,)
    assert uniforms.dtype == np.float32
    assert ((uniforms >= 0) & (uniforms <= 1)).all()
    if count == 3_200:
        places = np.arange(count) / count
        assert np.abs(np.sort(uniforms) - places).max() <= 1.01 / count
        among = np.sort(uniforms.reshape(-1, 32), axis=1)
        assert (np.floor(among * 32) == np.arange(32)).mean() > 0.999


def test_unlikely_codes_are_cut_only_where_they_are_rarer_than_in_general():
    expected = torch.tensor([0.97, 0.01, 0.01, 0.01])
    sharp = torch.tensor([[0.02, 0.96, 0.016, 0.004]])
    assert _without_tails(sharp, expected).tolist() == [[0, 1, 1, 0]]
    assert _without_tails(expected.unsqueeze(0), expected).all()


def test_what_a_row_makes_likeliest_is_never_cut():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        weights = torch.randn(500, 30).mul(6).exp()
        expected = torch.randn(30).mul(3).softmax(0)
    left = _without_tails(weights, expected)
    assert not left.all(1).any()
    assert left.gather(1, weights.argmax(1, keepdim=True)).all()


def test_marginals_are_met_although_tails_are_cut():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        place = torch.rand(4_000, 1) * 20
        logits = -((place - torch.arange(20)) ** 2) / 2 + torch.randn(20)
        target = torch.rand(20).add(0.2)
    target = target / target.sum()
    weights = (logits + _calibrated(logits, target, target)).exp()
    left = weights * _without_tails(weights, target)
    mean = (left / left.sum(1, keepdim=True)).mean(0)
    assert (mean - target).abs().max() < 0.005
