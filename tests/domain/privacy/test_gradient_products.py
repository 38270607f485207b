"""How far a gradient leans towards each row, against gradients written down one by one."""

from __future__ import annotations

import pytest
import torch

from domain.privacy.gradient_products import leanings
from domain.privacy.per_sample import Dense


def test_products_and_lengths_are_those_of_the_clipped_gradients_of_single_rows():
    torch.manual_seed(0)
    linear, seen, bound = torch.nn.Linear(4, 3), torch.randn(6, 4), 0.8
    told = {p: torch.randn_like(p) for p in linear.parameters()}
    found = leanings(lambda tape: tape(Dense(linear), seen).square().sum(), bound, told)
    for place in range(len(seen)):
        loss = linear(seen[place : place + 1]).square().sum()
        own = torch.autograd.grad(loss, list(linear.parameters()))
        length = torch.sqrt(sum(g.square().sum() for g in own))
        share = min(1.0, bound / float(length))
        product = sum((g * t).sum() for g, t in zip(own, told.values(), strict=True))
        assert float(found.lengths[place]) == pytest.approx(share * float(length), rel=1e-4)
        assert float(found.products[place]) == pytest.approx(
            share * float(product), rel=1e-3, abs=1e-5
        )
