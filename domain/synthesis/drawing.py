"""Drawing rows of codes column by column, with the marginals held to the learned ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.synthesis.encoding.codec import nested_strata
from domain.synthesis.network import AutoregressiveNetwork

CALIBRATION_ROWS = 8_192
CALIBRATION_ROUNDS = 12
_CELLS = 2**19
"""Logits computed at once: as many as stay near the processor."""

_CALIBRATION_CELLS = 2**22

OnColumn = Callable[[int, int], None]
Codes = NDArray[np.int16]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """Rows of codes, and the log-probability with which their drawn columns were drawn."""

    codes: Codes
    density: Floats


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
        *,
        calibrated: bool = True,
    ) -> None:
        """``targets``: for each column the shares its codes shall have (unless ``calibrated`` is
        false); 0 is never drawn.

        The columns ``first`` come before all others. ``never`` are ``(column, code)`` pairs that
        are left out after the marginals are set: what would hold them is filled with the rest.
        """
        self.network = network.eval()
        self.targets = [torch.from_numpy(np.asarray(t, dtype=np.float32)) for t in targets]
        self.first = tuple(first)
        self.rest = tuple(c for c in range(len(targets)) if c not in self.first)
        self.never = tuple(never)
        self.calibrated = calibrated
        self.shifts: dict[int, Tensor] = {}

    def in_order(self, first: Sequence[int], never: Sequence[tuple[int, int]]) -> Drawer:
        """The same network with other columns ``first``, and other codes left out."""
        targets = [target.numpy() for target in self.targets]
        return Drawer(self.network, targets, first, never, calibrated=self.calibrated)

    def draw(self, rows: int, rng: np.random.Generator, on_column: OnColumn) -> Codes:
        """``rows`` rows of codes, shape ``(rows, columns)``."""
        codes = np.zeros((rows, len(self.targets)), dtype=np.int16)
        self._fill(codes, self._nothing(rows), (*self.first, *self.rest), rng, on_column)
        return codes

    def calibrate(self, rng: np.random.Generator, on_column: OnColumn) -> None:
        """Set the shifts, by rows drawn without conditions."""
        self.draw(CALIBRATION_ROWS, rng, on_column)

    def fill(self, given: Codes, rng: np.random.Generator, on_column: OnColumn) -> Drawn:
        """The rows ``given`` (the columns ``first`` count) with the other columns drawn."""
        seen = self._nothing(len(given))
        for column in self.first:
            held = torch.from_numpy(given[:, column].astype(np.int64))
            self.network.show(seen, column, held.to(seen.device))
        codes = given.copy()
        return Drawn(codes=codes, density=self._fill(codes, seen, self.rest, rng, on_column))

    @torch.no_grad()
    def density(self, codes: Codes) -> Floats:
        """The log-probability of rows, drawn column by column in this order."""
        seen, density = self._nothing(len(codes)), np.zeros(len(codes))
        for column in (*self.first, *self.rest):
            held = torch.from_numpy(codes[:, column].astype(np.int64)).to(seen.device)
            parts = [
                torch.log_softmax(logits, dim=1).gather(1, some.unsqueeze(1)).squeeze(1)
                for logits, some in zip(
                    self._logits(column, seen), held.split(self._block(column)), strict=True
                )
            ]
            density += torch.cat(parts).double().cpu().numpy()
            self.network.show(seen, column, held)
        return density

    @torch.no_grad()
    def _fill(
        self,
        codes: Codes,
        seen: Tensor,
        columns: Sequence[int],
        rng: np.random.Generator,
        on_column: OnColumn,
    ) -> Floats:
        """Draw ``columns`` into ``codes``; returns the log-probability of what was drawn."""
        density = np.zeros(len(codes))
        for done, column in enumerate(columns):
            on_column(done, len(columns))
            uniforms = torch.from_numpy(nested_strata(len(codes), rng).astype(np.float32))
            some = uniforms.to(seen.device).split(self._block(column))
            pairs = zip(self._logits(column, seen), some, strict=True)
            drawn = [_inverse(logits, uniforms) for logits, uniforms in pairs]
            chosen = torch.cat([codes for codes, _ in drawn])
            codes[:, column] = chosen.cpu().numpy()
            density += torch.cat([chances for _, chances in drawn]).log().double().cpu().numpy()
            self.network.show(seen, column, chosen)
        return density

    def _nothing(self, rows: int) -> Tensor:
        """What the network sees of rows before their first column is drawn."""
        width = len(self.targets) * self.network.shape.embedding_size
        return torch.zeros((rows, width), device=self.network.weight.device)

    def _logits(self, column: int, seen: Tensor) -> Iterator[Tensor]:
        """Shifted logits of some rows after the others, so that memory stays bounded."""
        if not self.first:
            seen = seen[:, : column * self.network.shape.embedding_size]
        shift = self._shift(column, seen)
        parts = seen.split(self._block(column))
        return (self.network.logits(column, some, shift) for some in parts)

    def _block(self, column: int) -> int:
        return max(_CELLS // len(self.targets[column]), 1)

    def _shift(self, column: int, seen: Tensor) -> Tensor:
        if column not in self.shifts:
            target = self.targets[column].to(seen.device)
            shift = torch.where(target > 0, 0.0, float("-inf"))
            if self.calibrated:
                rows = max(min(CALIBRATION_ROWS, _CALIBRATION_CELLS // len(target)), 1)
                shift = _calibrated(self.network.logits(column, seen[:rows]), target)
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


def _inverse(logits: Tensor, uniforms: Tensor) -> tuple[Tensor, Tensor]:
    """The code whose share of the distribution function holds each row's uniform, and its chance.

    Uniforms that come side by side go to rows with about the same mean code.
    """
    chances = torch.softmax(logits, dim=1)
    cumulative = chances.cumsum(1)
    alike = (cumulative @ cumulative.new_ones(cumulative.shape[1])).argsort()
    uniforms = torch.empty_like(uniforms).index_put_((alike,), uniforms)
    # Scaled by the last entry, which rounding leaves a hair off 1; kept below it, so that a
    # code of no mass at the end is never reached.
    points = uniforms.clamp(max=1 - 2**-22) * cumulative[:, -1]
    codes = torch.searchsorted(cumulative, points.unsqueeze(1), right=True).squeeze(1)
    return codes, chances.gather(1, codes.unsqueeze(1)).squeeze(1)
