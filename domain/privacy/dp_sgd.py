"""Stochastic gradient descent under differential privacy (Abadi et al. 2016), on Opacus.

A step sees a secret Poisson sample of units, which may be empty; each unit's gradient is clipped;
noise for one unit is added to the sum; the sum is divided by the number of units *expected*, since
how many there were is private.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from opacus.optimizers.optimizer_fast_gradient_clipping import DPOptimizerFastGradientClipping
from torch import Tensor, nn

from domain.privacy.gradient_products import leanings
from domain.privacy.per_sample import Tape, clipped_sum
from domain.privacy.poisson_batches import PoissonBatches, UnitRows

Noise = Callable[[int, float], NDArray[np.float64]]
"""``noise(count, sigma)``: independent normal numbers. Tests may pass silence, nobody else."""
LossOfRows = Callable[[Tape, Tensor, Tensor], Tensor]
"""``loss(tape, codes, there)``: summed over the rows that are ``there``, (rows,) of 0 and 1."""
_ROWS_AT_ONCE = 4_096
"""Rows whose gradients are worked out together: bounds the memory, not the batch."""


class SecretOptimizer(DPOptimizerFastGradientClipping):  # type: ignore[misc]
    """Opacus' optimizer for gradients that come clipped, with noise from a secret stream.

    The sum of gradients and noise is taken in float64: each noise value is a sum of four, whose
    lowest bits tell nothing about what it was added to (Holohan & Braghin 2021).
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        noise: Noise,
        reached: Mapping[nn.Parameter, Tensor],
        **settings: Any,
    ) -> None:
        """``reached``: of some parameters, which entries a gradient can be other than 0 in,
        whatever the rows are; the others need no noise."""
        super().__init__(optimizer, loss_reduction="mean", **settings)
        self.noise, self.reached = noise, reached
        self.noise_seconds = 0.0
        self.on_told: Callable[[], None] | None = None
        """Called when every ``grad`` holds its noised sum, before the step is taken."""

    def add_noise(self) -> None:
        """Put each parameter's noised sum in its ``grad``."""
        started = time.perf_counter()
        sigma = self.noise_multiplier * self.max_grad_norm
        for parameter in self.params:
            summed, reached = parameter.summed_grad, self.reached.get(parameter)
            if reached is None:
                parameter.grad = self._noised(summed.flatten(), sigma).view_as(parameter)
            else:
                parameter.grad = torch.zeros_like(parameter)
                parameter.grad[reached] = self._noised(summed[reached], sigma)
        self.noise_seconds += time.perf_counter() - started
        if self.on_told is not None:
            self.on_told()

    def _noised(self, sums: Tensor, sigma: float) -> Tensor:
        drawn = torch.from_numpy(self.noise(len(sums), sigma)).to(sums.device)
        return (sums.double() + drawn).to(sums.dtype)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DpSgd:
    """Training within what was paid for."""

    batches: PoissonBatches
    optimizer: SecretOptimizer
    loss: LossOfRows
    device: torch.device

    @classmethod
    def of(
        cls,
        batches: PoissonBatches,
        optimizer: torch.optim.Optimizer,
        loss: LossOfRows,
        *,
        max_grad_norm: float,
        units: int,
        device: torch.device,
        reached: Mapping[nn.Parameter, Tensor] | None = None,
        noise: Noise | None = None,
    ) -> DpSgd:
        """Of about so many ``units``; ``reached`` as in :class:`SecretOptimizer`. ``noise``
        replaces the secret one, for tests alone: nothing is proved then."""
        mechanism = batches.mechanism
        secret = SecretOptimizer(
            optimizer,
            noise or batches.noise,
            reached or {},
            noise_multiplier=mechanism.noise_multiplier,
            max_grad_norm=max_grad_norm,
            expected_batch_size=mechanism.sample_rate * units,
        )
        return cls(batches=batches, optimizer=secret, loss=loss, device=device)

    @property
    def steps(self) -> int:
        """How many there are to take."""
        return self.batches.mechanism.steps

    def step(self, public: Callable[[], None] | None = None) -> None:
        """Take one. ``public`` adds to the gradients what no private row had a part in."""
        self.optimizer.step_hook = None if public is None else lambda _: public()
        self.optimizer.on_told = self._shown
        self.optimizer.zero_grad()
        parts = list(self.batches.next().parts(_ROWS_AT_ONCE))
        for place, part in enumerate(parts):
            self._put(self._sums(part))
            self.optimizer.signal_skip_step(do_skip=place + 1 < len(parts))
            self.optimizer.step()

    def _sums(self, part: UnitRows) -> dict[nn.Parameter, Tensor]:
        if not len(part):
            return {}
        loss = self._loss_of(part.codes, part.there)
        return clipped_sum(loss, part.most, self.optimizer.max_grad_norm).gradients

    def _loss_of(
        self, rows: NDArray[np.int64], are_there: NDArray[np.bool_]
    ) -> Callable[[Tape], Tensor]:
        codes = torch.from_numpy(rows).to(self.device)
        there = torch.from_numpy(are_there).to(self.device, torch.float32)
        return lambda tape: self.loss(tape, codes, there)

    def _shown(self) -> None:
        """Tell an audit of the noisy gradient, where one looks on."""
        if self.batches.witness is not None:
            self.batches.witness.stepped(self)

    def leanings(
        self, rows: NDArray[np.int64], known: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """See :class:`domain.privacy.witness.NoisyStep`. Reads no private row."""
        rate, bound = self.batches.mechanism.sample_rate, self.optimizer.max_grad_norm
        told = {parameter: parameter.grad.clone() for parameter in self.optimizer.params}
        for start in range(0, len(known), _ROWS_AT_ONCE):
            part = known[start : start + _ROWS_AT_ONCE]
            sums = clipped_sum(self._loss_of(part, np.ones(len(part), bool)), 1, bound).gradients
            for parameter, gradient in sums.items():
                told[parameter] -= rate * gradient
        found = leanings(self._loss_of(rows, np.ones(len(rows), bool)), bound, told)
        return found.products.cpu().numpy(), found.lengths.cpu().numpy(), rate

    def _put(self, sums: dict[nn.Parameter, Tensor]) -> None:
        for parameter in self.optimizer.params:
            parameter.grad = sums[parameter] if parameter in sums else torch.zeros_like(parameter)
