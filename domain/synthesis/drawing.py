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
Codes = NDArray[np.int16]


class Drawer:
    """Draws codes from a network, chunk by chunk, in one order of the columns.

    Two things keep every column's marginal near the learned one: the logits are shifted until
    the mean predicted distribution equals it (once, on the first rows that are drawn without
    conditions), and the uniforms that choose the codes are stratified instead of independent,
    among all rows and among every few rows for which the network expects about the same.
    """

    def __init__(
        self,
        network: AutoregressiveNetwork,
        targets: Sequence[NDArray[np.float64]],
        first: Sequence[int] = (),
        never: Sequence[tuple[int, int]] = (),
    ) -> None:
        """``targets``: for each column the shares its codes shall have; 0 is never drawn.

        The columns ``first`` come before all others. ``never`` are ``(column, code)`` pairs that
        are left out after the marginals are set: what would hold them is filled with the rest.
        """
        self.network = network.eval()
        self.targets = [torch.from_numpy(np.asarray(t, dtype=np.float32)) for t in targets]
        self.first = tuple(first)
        self.rest = tuple(c for c in range(len(targets)) if c not in self.first)
        self.never = tuple(never)
        self.shifts: dict[int, Tensor] = {}

    def draw(self, rows: int, rng: np.random.Generator, on_column: OnColumn) -> Codes:
        """``rows`` rows of codes, shape ``(rows, columns)``."""
        codes = np.zeros((rows, len(self.targets)), dtype=np.int16)
        return self._filled(codes, self._nothing(rows), (*self.first, *self.rest), rng, on_column)

    def fill(self, given: Codes, rng: np.random.Generator, on_column: OnColumn) -> Codes:
        """The rows ``given`` (the columns ``first`` count) with the other columns drawn."""
        if len(self.shifts) < len(self.rest):
            self.draw(CALIBRATION_ROWS, rng, on_column)
        seen = self._nothing(len(given))
        for column in self.first:
            codes = torch.from_numpy(given[:, column].astype(np.int64))
            self._show(seen, column, codes.to(seen.device))
        return self._filled(given.copy(), seen, self.rest, rng, on_column)

    @torch.no_grad()
    def _filled(
        self,
        codes: Codes,
        seen: Tensor,
        columns: Sequence[int],
        rng: np.random.Generator,
        on_column: OnColumn,
    ) -> Codes:
        for done, column in enumerate(columns):
            on_column(done, len(columns))
            uniforms = nested_strata(len(codes), rng).astype(np.float32)
            drawn = self._draw_column(column, seen, torch.from_numpy(uniforms).to(seen.device))
            codes[:, column] = drawn.cpu().numpy()
            self._show(seen, column, drawn)
        return codes

    def _nothing(self, rows: int) -> Tensor:
        """What the network sees of rows before their first column is drawn."""
        width = len(self.targets) * self.network.shape.embedding_size
        return torch.zeros((rows, width), device=self.network.weight.device)

    def _show(self, seen: Tensor, column: int, codes: Tensor) -> None:
        width = self.network.shape.embedding_size
        seen[:, column * width : (column + 1) * width] = self.network.embed(column, codes)

    def _draw_column(self, column: int, seen: Tensor, uniforms: Tensor) -> Tensor:
        if not self.first:
            seen = seen[:, : column * self.network.shape.embedding_size]
        shift = self._shift(column, seen)
        block = max(_CELLS // len(shift), 1)
        parts = [
            _inverse(self.network.logits(column, some) + shift, some_uniforms)
            for some, some_uniforms in zip(seen.split(block), uniforms.split(block), strict=True)
        ]
        return torch.cat(parts)

    def _shift(self, column: int, seen: Tensor) -> Tensor:
        if column not in self.shifts:
            rows = max(min(CALIBRATION_ROWS, _CELLS // len(self.targets[column])), 1)
            logits = self.network.logits(column, seen[:rows])
            shift = _calibrated(logits, self.targets[column].to(logits.device))
            for code in (code for other, code in self.never if other == column):
                shift[code] = float("-inf")
            self.shifts[column] = shift
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
