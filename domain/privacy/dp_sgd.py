"""Stochastic gradient descent under differential privacy (Abadi et al. 2016), on Opacus.

A step sees a secret Poisson sample of units, which may be empty; each unit's gradient is clipped;
noise for one unit is added to the sum; the sum is divided by the number of units *expected*, since
how many there were is private.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from opacus.optimizers.optimizer_fast_gradient_clipping import DPOptimizerFastGradientClipping
from torch import Tensor, nn

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

    def __init__(self, optimizer: torch.optim.Optimizer, noise: Noise, **settings: Any) -> None:
        super().__init__(optimizer, loss_reduction="mean", **settings)
        self.noise = noise
        self.noise_seconds = 0.0

    def add_noise(self) -> None:
        """Put each parameter's noised sum in its ``grad``."""
        started = time.perf_counter()
        sigma = self.noise_multiplier * self.max_grad_norm
        for parameter in self.params:
            drawn = torch.from_numpy(self.noise(parameter.numel(), sigma)).view_as(parameter)
            noised = parameter.summed_grad.double() + drawn.to(parameter.device)
            parameter.grad = noised.to(parameter.dtype)
        self.noise_seconds += time.perf_counter() - started


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
        noise: Noise | None = None,
    ) -> DpSgd:
        """Of about so many ``units``. ``noise`` replaces the secret one, for tests alone: nothing
        is proved then."""
        mechanism = batches.mechanism
        secret = SecretOptimizer(
            optimizer,
            noise or batches.noise,
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
        self.optimizer.zero_grad()
        parts = list(self.batches.next().parts(_ROWS_AT_ONCE))
        for place, part in enumerate(parts):
            self._put(self._sums(part))
            self.optimizer.signal_skip_step(do_skip=place + 1 < len(parts))
            self.optimizer.step()

    def _sums(self, part: UnitRows) -> dict[nn.Parameter, Tensor]:
        if not len(part):
            return {}
        codes = torch.from_numpy(part.codes).to(self.device)
        there = torch.from_numpy(part.there).to(self.device, torch.float32)

        def loss(tape: Tape) -> Tensor:
            return self.loss(tape, codes, there)

        return clipped_sum(loss, part.most, self.optimizer.max_grad_norm).gradients

    def _put(self, sums: dict[nn.Parameter, Tensor]) -> None:
        for parameter in self.optimizer.params:
            parameter.grad = sums[parameter] if parameter in sums else torch.zeros_like(parameter)
