"""Norms and clipped sums by rule, against one gradient a unit worked out on its own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from domain.privacy.per_sample import Dense, Tape, clipped_sum
from domain.synthesis.network import AutoregressiveNetwork, Shape
from domain.synthesis.private_networks.layers import Before, reached, row_loss

SIZES = (3, 7, 2, 30, 5)
UNITS = 9


@pytest.fixture(scope="module")
def network() -> AutoregressiveNetwork:
    """One that has learned something: no part of it is zero."""
    torch.manual_seed(0)
    shape = Shape.of(SIZES, (False, True, False, True, False), 8)
    made = AutoregressiveNetwork(shape, [torch.randn(size) for size in SIZES])
    with torch.no_grad():
        for parameter in made.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    return made


def rows_of(count: int) -> Tensor:
    torch.manual_seed(1)
    return torch.stack([torch.randint(0, size, (count,)) for size in SIZES], dim=1)


def one_by_one(network: AutoregressiveNetwork, codes: Tensor, rows: int) -> dict[str, Tensor]:
    """The gradient of each unit: (units, …), by torch alone and with the network's own loss."""
    parameters = {name: p.detach() for name, p in network.named_parameters()}

    def loss(values: dict[str, Tensor], unit: Tensor) -> Tensor:
        return functional_call(_Loss(network), {f"network.{n}": v for n, v in values.items()}, unit)

    units = codes.view(-1, rows, codes.shape[1])
    return vmap(grad(loss), in_dims=(None, 0))(parameters, units)


class _Loss(nn.Module):
    def __init__(self, network: AutoregressiveNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, codes: Tensor) -> Tensor:
        return self.network.loss(codes) * len(codes)


def clipped(network: AutoregressiveNetwork, codes: Tensor, rows: int, bound: float):
    there = torch.ones(len(codes))
    return clipped_sum(lambda tape: row_loss(network, tape, codes, there), rows, bound)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_norm_of_each_unit_is_that_of_its_gradient_worked_out_alone(network, rows):
    codes = rows_of(UNITS * rows)
    alone = one_by_one(network, codes, rows)
    wanted = torch.stack([g.flatten(1).square().sum(1) for g in alone.values()]).sum(0).sqrt()
    found = clipped(network, codes, rows, 1.0).norms
    assert torch.allclose(found, wanted, rtol=1e-4)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_norm_of_every_layer_is_that_of_its_own_parameters(network, rows):
    codes = rows_of(UNITS * rows)
    alone = one_by_one(network, codes, rows)
    name_of = {p: name for name, p in network.named_parameters()}
    tape = Tape()
    loss = row_loss(network, tape, codes, torch.ones(len(codes)))
    pushed = torch.autograd.grad(loss, [made for _, _, made in tape.passes])
    met = set()
    for (layer, seen, _), back in zip(tape.passes, pushed, strict=True):
        names = [name_of[p] for p in layer.parameters]
        wanted = sum(alone[n].flatten(1).square().sum(1) for n in names)
        assert torch.allclose(layer.squared_norms(seen, back, rows), wanted, rtol=1e-4), names
        met.update(names)
    assert met == set(alone), "a parameter without a layer would be trained unclipped"


@pytest.mark.parametrize("rows", [1, 3])
def test_without_a_bound_the_sum_is_the_plain_gradient(network, rows):
    codes = rows_of(UNITS * rows)
    network.zero_grad()
    (network.loss(codes) * len(codes)).backward()
    found = clipped(network, codes, rows, 1e9).gradients
    for name, parameter in network.named_parameters():
        assert torch.allclose(found[parameter], parameter.grad, rtol=1e-5, atol=1e-5), name


def test_every_unit_moves_the_sum_by_no_more_than_the_bound(network):
    codes = rows_of(UNITS * 2)
    whole = clipped(network, codes, 2, 0.5).gradients
    for unit in range(UNITS):
        rest = torch.cat([codes[: 2 * unit], codes[2 * unit + 2 :]])
        without = clipped(network, rest, 2, 0.5).gradients
        moved = sum(float((whole[p] - without[p]).double().square().sum()) for p in whole) ** 0.5
        assert moved <= 0.5 + 1e-5
        assert moved > 0.49


def test_clipped_gradients_are_those_worked_out_one_by_one_and_scaled(network):
    codes = rows_of(UNITS)
    alone = one_by_one(network, codes, 1)
    norms = torch.stack([g.flatten(1).square().sum(1) for g in alone.values()]).sum(0).sqrt()
    bound = float(norms.median())
    found = clipped(network, codes, 1, bound).gradients
    scale = (bound / norms).clamp(max=1.0)
    for name, parameter in network.named_parameters():
        wanted = torch.einsum("u,u...->...", scale, alone[name])
        assert torch.allclose(found[parameter], wanted, rtol=1e-3, atol=1e-4), name


def test_the_rule_of_a_plain_layer_would_count_weights_that_the_mask_hides(network):
    codes = rows_of(UNITS)
    tape = Tape()
    loss = row_loss(network, tape, codes, torch.ones(UNITS))
    pushed = torch.autograd.grad(loss, [made for _, _, made in tape.passes])
    at = next(i for i, entry in enumerate(tape.passes) if isinstance(entry[0], Before))
    layer, seen, _ = tape.passes[at]
    plain = Dense(nn.Linear(1, 1)).squared_norms(seen, pushed[at], 1)
    assert (plain > layer.squared_norms(seen, pushed[at], 1)).all()


def test_rows_that_only_fill_up_a_unit_have_no_part_in_anything(network):
    codes = rows_of(2 * UNITS)
    there = torch.tensor([1.0, 0.0] * UNITS)
    found = clipped_sum(lambda tape: row_loss(network, tape, codes, there), 2, 0.7)
    alone = clipped(network, codes[::2], 1, 0.7)
    assert torch.allclose(found.norms, alone.norms, rtol=1e-4)
    for parameter, gradient in alone.gradients.items():
        assert torch.allclose(found.gradients[parameter], gradient, atol=1e-5)


def test_a_plain_layer_agrees_with_opacus():
    from opacus.grad_sample.linear import compute_linear_grad_sample

    torch.manual_seed(2)
    linear, seen, pushed = nn.Linear(6, 4), torch.randn(10, 6), torch.randn(10, 4)
    theirs = compute_linear_grad_sample(linear, [seen], pushed)
    wanted = sum(g.flatten(1).square().sum(1) for g in theirs.values())
    assert torch.allclose(Dense(linear).squared_norms(seen, pushed, 1), wanted, rtol=1e-5)
    for mine, parameter in zip(
        Dense(linear).summed(seen, pushed), linear.parameters(), strict=True
    ):
        assert torch.allclose(mine, theirs[parameter].sum(0), atol=1e-5)


def test_noise_is_put_wherever_a_gradient_can_be_and_nowhere_else(network):
    found: dict[nn.Parameter, Tensor] = {}
    for seed in range(20):
        torch.manual_seed(seed)
        codes = torch.stack([torch.randint(0, size, (60,)) for size in SIZES], dim=1)
        for parameter, gradient in clipped(network, codes, 1, 1.0).gradients.items():
            met = gradient != 0
            found[parameter] = found[parameter] | met if parameter in found else met
    for parameter, there in reached(network).items():
        assert torch.equal(found[parameter], there)
    assert len(reached(network)) == 1 + 2 * len(network.groups)


@pytest.mark.parametrize("strange", [torch.inf, torch.nan, 1e30])
def test_a_unit_whose_gradient_is_beyond_all_numbers_adds_nothing(strange):
    torch.manual_seed(0)
    linear, numbers = nn.Linear(3, 2), torch.randn(6, 3)
    numbers[4] = strange

    def summed(rows: Tensor) -> list[Tensor]:
        def loss(tape: Tape) -> Tensor:
            return tape(Dense(linear), rows).square().sum()

        return list(clipped_sum(loss, 1, 1.0).gradients.values())

    others = summed(numbers[[0, 1, 2, 3, 5]])
    assert all(
        torch.allclose(mine, wanted) for mine, wanted in zip(summed(numbers), others, strict=True)
    )
