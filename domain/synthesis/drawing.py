"""Drawing rows of codes column by column, with the marginals held to the learned ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.synthesis.encoding.codec import nested_strata
from domain.synthesis.network import AutoregressiveNetwork

CALIBRATION_ROWS = 8_192
CALIBRATION_ROUNDS = 12
_CELLS = 2**22
"""Logits held in memory at once."""

OnColumn = Callable[[int, int], None]


class Drawer:
    """Draws codes from a network, chunk by chunk.

    Two things keep every column's marginal near the learned one: the logits are shifted until
    the mean predicted distribution equals it (once, on the first rows of the first chunk), and
    the uniforms that choose the codes are stratified instead of independent, among all rows
    and among every few rows for which the network expects about the same.
    """

    def __init__(
        self, network: AutoregressiveNetwork, targets: Sequence[NDArray[np.float64]]
    ) -> None:
        """``targets``: for each column the shares its codes shall have; 0 is never drawn."""
        self.network = network
        self.targets = [torch.from_numpy(np.asarray(t, dtype=np.float32)) for t in targets]
        self.shifts: list[Tensor] = []

    @torch.no_grad()
    def draw(self, rows: int, rng: np.random.Generator, on_column: OnColumn) -> NDArray[np.int16]:
        """``rows`` rows of codes, shape ``(rows, columns)``."""
        network = self.network.eval()
        columns, width = len(self.targets), network.shape.embedding_size
        device = network.weight.device
        codes = np.empty((rows, columns), dtype=np.int16)
        seen = torch.empty((rows, columns * width), device=device)
        for column in range(columns):
            on_column(column, columns)
            before = seen[:, : column * width]
            uniforms = torch.from_numpy(nested_strata(rows, rng).astype(np.float32)).to(device)
            drawn = self._draw_column(column, before, uniforms)
            codes[:, column] = drawn.cpu().numpy()
            seen[:, column * width : (column + 1) * width] = network.embed(column, drawn)
        return codes

    def _draw_column(self, column: int, before: Tensor, uniforms: Tensor) -> Tensor:
        shift = self._shift(column, before)
        block = max(_CELLS // len(shift), 1)
        parts = [
            _inverse(self.network.logits(column, some) + shift, some_uniforms)
            for some, some_uniforms in zip(before.split(block), uniforms.split(block), strict=True)
        ]
        return torch.cat(parts)

    def _shift(self, column: int, before: Tensor) -> Tensor:
        if len(self.shifts) <= column:
            rows = max(min(CALIBRATION_ROWS, _CELLS // len(self.targets[column])), 1)
            logits = self.network.logits(column, before[:rows])
            self.shifts.append(_calibrated(logits, self.targets[column].to(logits.device)))
        return self.shifts[column]


def _calibrated(logits: Tensor, target: Tensor) -> Tensor:
    """The shift of the logits under which their mean prediction is ``target``."""
    wanted = target.log()
    shift = torch.where(target > 0, 0.0, float("-inf"))
    for _ in range(CALIBRATION_ROUNDS):
        mean = torch.softmax(logits + shift, dim=1).mean(0)
        step = torch.where(target > 0, wanted - mean.clamp(min=1e-9).log(), 0.0)
        shift = shift + step.clamp(-3, 3)
    return shift


def _inverse(logits: Tensor, uniforms: Tensor) -> Tensor:
    """The code whose share of the distribution function holds each row's uniform.

    Uniforms that come side by side go to rows with about the same mean code.
    """
    cumulative = torch.softmax(logits, dim=1).cumsum(1)
    alike = cumulative.sum(1).argsort()
    uniforms = torch.empty_like(uniforms).index_put_((alike,), uniforms)
    # Scaled by the last entry, which rounding leaves a hair off 1; kept below it, so that a
    # code of no mass at the end is never reached.
    points = uniforms.clamp(max=1 - 2**-22) * cumulative[:, -1]
    return (cumulative <= points.unsqueeze(1)).sum(1)
