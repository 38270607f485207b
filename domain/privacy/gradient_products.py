"""How much a noisy gradient leans towards each of some rows: what an attacker makes of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from domain.privacy.per_sample import Tape, clipped_sum


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leanings:
    """Of rows with a clipped gradient each."""

    products: Tensor
    """Each row's clipped gradient times what was told beyond what was expected, ``(rows,)``."""
    lengths: Tensor
    """The norm of each clipped gradient, ``(rows,)``."""


def leanings(
    loss: Callable[[Tape], Tensor], bound: float, told: Mapping[nn.Parameter, Tensor]
) -> Leanings:
    """How ``told`` (a gradient) leans towards each row of ``loss``, clipped to ``bound``.

    A layer's sum over rows is linear in the rows' weights, so the products of all rows are the
    derivatives of one product by these weights: no gradient of a single row is written down.
    """
    tape = Tape()
    pushed = torch.autograd.grad(loss(tape), [made for _, _, made in tape.passes])
    norms = clipped_sum(loss, 1, bound).norms
    weights = torch.ones_like(norms, requires_grad=True)
    product = torch.zeros((), device=norms.device)
    for (layer, seen, _), back in zip(tape.passes, pushed, strict=True):
        sums = layer.summed(seen, layer.weighted(back, weights))
        for parameter, gradient in zip(layer.parameters, sums, strict=True):
            product = product + (gradient * told[parameter]).sum()
    (products,) = torch.autograd.grad(product, [weights])
    shares = (bound / norms.clamp(min=1e-12)).clamp(max=1.0)
    return Leanings(products=products * shares, lengths=norms * shares)
