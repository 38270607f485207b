"""AdamW over one flat vector, on a one-cycle schedule.

torch's own optimizers load its compiler when the first of them is made, which takes seconds, and
spend most of a small network's step on their book-keeping.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_BETA_2 = 0.999
_EPSILON = 1e-8
WARM_UP = 0.3
"""The share of the steps after which the rate is highest."""
_FIRST, _LAST = 1 / 25, 1 / 250_000
_BETA_1 = (0.95, 0.85)
"""Momentum at the lowest and at the highest rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterGroup:
    """Parameters that share a step size and a weight decay (per unit of it)."""

    parameters: Sequence[Tensor]
    rate: float
    decay: float


class OneCycleAdamW:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019), whose rate rises to ``rate``
    and falls to nothing along two half cosines while the momentum does the opposite (Smith &
    Topin 2019).

    The parameters become views of one vector, and so do their gradients: a step is a handful of
    operations however many parameters there are.
    """

    def __init__(self, groups: Sequence[ParameterGroup], steps: int) -> None:
        """``steps``: how many there will be at most."""
        parameters = [p for group in groups for p in group.parameters]
        self.values = torch.cat([p.detach().flatten() for p in parameters])
        self.gradient = torch.zeros_like(self.values)
        self.mean = torch.zeros_like(self.values)
        self.square = torch.zeros_like(self.values)
        self.rates = _spread(groups, self.values, lambda group: group.rate)
        self.decays = _spread(groups, self.values, lambda group: group.rate * group.decay)
        self.steps, self.done = steps, 0
        self._tie(parameters)

    def _tie(self, parameters: Sequence[Tensor]) -> None:
        start = 0
        for parameter in parameters:
            end = start + parameter.numel()
            parameter.data = self.values[start:end].view_as(parameter)
            parameter.grad = self.gradient[start:end].view_as(parameter)
            start = end

    def clear(self) -> None:
        """Forget the gradient, before the next one is summed up."""
        self.gradient.zero_()

    @torch.no_grad()
    def step(self) -> None:
        """Move the parameters once."""
        share, beta = self._moment()
        self.done += 1
        self.mean.lerp_(self.gradient, 1 - beta)
        self.square.mul_(_BETA_2).addcmul_(self.gradient, self.gradient, value=1 - _BETA_2)
        unbiased = math.sqrt(1 - _BETA_2**self.done)
        scale = self.square.sqrt().div_(unbiased).add_(_EPSILON)
        self.values.addcmul_(self.values, self.decays, value=-share)
        moved = self.mean.mul(self.rates).div_(scale)
        self.values.add_(moved, alpha=-share / (1 - beta**self.done))

    def _moment(self) -> tuple[float, float]:
        """The share of the highest rate, and the momentum, at this point of the cycle."""
        top = max(WARM_UP * self.steps - 1, 0.0)
        if self.done < top:
            height = _half_cosine(self.done / top)
            share = _FIRST + (1 - _FIRST) * height
        else:
            height = 1 - _half_cosine((self.done - top) / max(self.steps - 1 - top, 1.0))
            share = _LAST + (1 - _LAST) * height
        return share, _BETA_1[0] + (_BETA_1[1] - _BETA_1[0]) * height


def _half_cosine(place: float) -> float:
    """From 0 at 0 to 1 at 1, level at both ends."""
    return (1 - math.cos(math.pi * min(place, 1.0))) / 2


def _spread(
    groups: Sequence[ParameterGroup], like: Tensor, of: Callable[[ParameterGroup], float]
) -> Tensor:
    """A number of each group, for each of its values."""
    parts = [(of(group), p.numel()) for group in groups for p in group.parameters]
    return torch.cat([torch.full((size,), number, device=like.device) for number, size in parts])
