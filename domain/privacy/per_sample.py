"""Gradients clipped unit by unit, in one pass forwards and one backwards.

Of a linear layer, what one unit adds to the gradient is a product of what the layer saw and of what
came back through it, so that its norm is known without writing it down (Goodfellow 2015; for
several rows a unit Lee & Kifer 2021), and the clipped sum follows from the same two without a
second pass backwards (Bu et al. 2023). A layer whose weights are masked or shared has a rule of its
own: one for plain layers would count what is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn


class Layer(Protocol):
    """A layer whose parameters are learned from private rows.

    Rows stand side by side, those of a unit together: ``(…, rows, numbers)``, where the rule of
    the layer says what comes before them.
    """

    @property
    def parameters(self) -> Sequence[nn.Parameter]:
        """What is learned; no other layer has a share in it."""
        ...

    def __call__(self, seen: Tensor) -> Tensor:
        """What the layer makes of what it sees, without a path to its parameters."""
        ...

    def squared_norms(self, seen: Tensor, pushed: Tensor, rows: int) -> Tensor:
        """The squared norm of each unit's gradient, ``(units,)``; ``rows`` to a unit.

        ``pushed`` is the gradient of the loss, summed over rows, by what the layer made.
        """
        ...

    def summed(self, seen: Tensor, pushed: Tensor) -> Sequence[Tensor]:
        """The gradient of each parameter, summed over rows; ``pushed`` is weighted by then."""
        ...

    def weighted(self, pushed: Tensor, weights: Tensor) -> Tensor:
        """``pushed`` with each row's part multiplied by its weight, ``(rows,)``."""
        ...


class Tape:
    """What went through the layers on the way to the loss."""

    def __init__(self) -> None:
        self.passes: list[tuple[Layer, Tensor, Tensor]] = []

    def __call__(self, layer: Layer, seen: Tensor) -> Tensor:
        """Send rows through a layer. Every layer is passed once."""
        made = layer(seen)
        if not made.requires_grad:
            made.requires_grad_()
        self.passes.append((layer, seen.detach(), made))
        return made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClippedSum:
    """The clipped gradients of units, summed."""

    gradients: dict[nn.Parameter, Tensor]
    norms: Tensor
    """Each unit's before clipping, ``(units,)``: private, for tests only."""


def clipped_sum(loss: Callable[[Tape], Tensor], rows: int, bound: float) -> ClippedSum:
    """The gradients of ``loss`` (summed over all rows) unit by unit, each scaled down to a norm of
    ``bound`` where it is longer, and added up. ``rows`` to a unit."""
    tape = Tape()
    pushed = torch.autograd.grad(loss(tape), [made for _, _, made in tape.passes])
    passes = [
        (layer, seen, back) for (layer, seen, _), back in zip(tape.passes, pushed, strict=True)
    ]
    with torch.no_grad():
        squares = [layer.squared_norms(seen, back, rows) for layer, seen, back in passes]
        norms = torch.stack(squares).sum(0).clamp(min=0).sqrt()
        # A hair less than the bound, since a norm in float32 may come out a hair too small.
        weights = (bound * (1 - 1e-5) / norms.clamp(min=1e-12)).clamp(max=1.0)
        # A gradient beyond all numbers counts as none, or it would show through any noise; and 0
        # times infinity would be no number.
        weights = torch.where(norms.isfinite(), weights, 0.0)
        if not norms.isfinite().all():
            passes = [(layer, _numbers(seen), _numbers(back)) for layer, seen, back in passes]
        of_rows = weights.repeat_interleave(rows)
        gradients: dict[nn.Parameter, Tensor] = {}
        for layer, seen, back in passes:
            sums = layer.summed(seen, layer.weighted(back, of_rows))
            gradients.update(zip(layer.parameters, sums, strict=True))
    return ClippedSum(gradients=gradients, norms=norms)


def _numbers(found: Tensor) -> Tensor:
    """0 instead of what is infinite or no number."""
    return found.nan_to_num(0.0, 0.0, 0.0)


def inner_products(numbers: Tensor, rows: int) -> Tensor:
    """Of the rows of each unit with each other: ``(…, units × rows, numbers)`` as ``(…, units,
    rows, rows)``."""
    units = numbers.unflatten(-2, (-1, rows))
    if rows == 1:
        return units.square().sum(-1, keepdim=True)
    return units @ units.transpose(-1, -2)


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """A plain linear layer: rows ``(rows, numbers)``."""

    linear: nn.Linear

    @property
    def parameters(self) -> Sequence[nn.Parameter]:
        return list(self.linear.parameters())

    def __call__(self, seen: Tensor) -> Tensor:
        return nn.functional.linear(seen, self.linear.weight.detach(), self.linear.bias.detach())

    def squared_norms(self, seen: Tensor, pushed: Tensor, rows: int) -> Tensor:
        # One more number that is always 1 stands for the bias.
        return (inner_products(pushed, rows) * (inner_products(seen, rows) + 1)).flatten(1).sum(1)

    def summed(self, seen: Tensor, pushed: Tensor) -> Sequence[Tensor]:
        return (pushed.T @ seen, pushed.sum(0))

    def weighted(self, pushed: Tensor, weights: Tensor) -> Tensor:
        return pushed * weights.unsqueeze(1)
