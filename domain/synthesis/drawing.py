"""Drawing rows of codes column by column, with the marginals held to the learned ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.synthesis.encoding.codec import nested_strata
from domain.synthesis.predicting import Predictor

CALIBRATION_ROWS = 8_192
CALIBRATION_ROUNDS = 12
_LOGITS = 2**18
"""Computed at once: as many as stay near the processor."""
_SMALLEST, _LARGEST = 1e-30, 1e30
"""Sums of weights that float32 holds with ease."""
_SORTED = 2**15 - 1
"""Means are sorted in as many steps: 16 bits are sorted by digits, several times faster."""

_CALIBRATION_CELLS = 2**22

_RARER, _BESIDE = 0.5, 0.05
"""A code of an ordered column is a tail of a row that makes it less than half as likely as it is in
general, and less than a twentieth as likely as the row's likeliest code. Tails are not drawn."""

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

    Ordered columns lose the tails of what a row makes likely. A network that never saw a pair of
    values leaves it a little of its mass; over a hundred codes that adds up to rows far off a
    curve on which all real ones lie.
    """

    def __init__(
        self,
        predictor: Predictor,
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
        self.predictor = predictor
        self.targets = [torch.from_numpy(np.asarray(t, dtype=np.float32)) for t in targets]
        self.first = tuple(first)
        self.rest = tuple(c for c in range(len(targets)) if c not in self.first)
        self.never = tuple(never)
        self.calibrated = calibrated
        self.device = predictor.device
        self.shifts: dict[int, Tensor] = {}

    def in_order(self, first: Sequence[int], never: Sequence[tuple[int, int]]) -> Drawer:
        """The same network with other columns ``first``, and other codes left out."""
        targets = [target.numpy() for target in self.targets]
        return Drawer(self.predictor, targets, first, never, calibrated=self.calibrated)

    def draw(self, rows: int, rng: np.random.Generator, on_column: OnColumn) -> Codes:
        """``rows`` rows of codes, shape ``(rows, columns)``."""
        codes = np.zeros((rows, len(self.targets)), dtype=np.int16, order="F")
        self._fill(codes, 0, rng, on_column)
        return codes

    def calibrate(self, rng: np.random.Generator, on_column: OnColumn) -> None:
        """Set the shifts, by rows drawn without conditions."""
        self.draw(CALIBRATION_ROWS, rng, on_column)

    def fill(self, given: Codes, rng: np.random.Generator, on_column: OnColumn) -> Drawn:
        """The rows ``given`` (the columns ``first`` count) with the other columns drawn."""
        codes, density = given.copy(), np.zeros(len(given))
        self._fill(codes, len(self.first), rng, on_column, density)
        return Drawn(codes=codes, density=density)

    @torch.no_grad()
    def density(self, codes: Codes) -> Floats:
        """The log-probability of rows, drawn column by column in this order."""
        cells, density = self._cells(codes), np.zeros(len(codes))
        for place, column in enumerate(self._order):
            held = cells[:, place].long() - self.predictor.starts[column]
            shift = self._shift(column, cells[:, :place])
            parts = cells[:, :place].split(self._block(column))
            logs = [
                torch.log_softmax(self.predictor.logits(column, seen, shift), dim=1)
                .gather(1, some.unsqueeze(1))
                .squeeze(1)
                for seen, some in zip(parts, held.split(self._block(column)), strict=True)
            ]
            density += torch.cat(logs).double().cpu().numpy()
        return density

    @torch.no_grad()
    def _fill(
        self,
        codes: Codes,
        known: int,
        rng: np.random.Generator,
        on_column: OnColumn,
        density: Floats | None = None,
    ) -> None:
        """Draw all but the first ``known`` columns of the order into ``codes``; add to
        ``density`` the log-probability of what was drawn."""
        cells, columns = self._cells(codes), len(self.targets)
        for place in range(known, columns if len(codes) else 0):
            on_column(place - known, columns - known)
            column, seen = self._order[place], cells[:, :place]
            uniforms = torch.from_numpy(nested_strata(len(codes), rng)).to(self.device)
            drawn, chances = self._drawn(column, seen, uniforms, weighed=density is not None)
            codes[:, column] = drawn.cpu().numpy()
            cells[:, place] = drawn + self.predictor.starts[column]
            if density is not None:
                density += chances.log().double().cpu().numpy()

    def _drawn(
        self, column: int, seen: Tensor, uniforms: Tensor, *, weighed: bool
    ) -> tuple[Tensor, Tensor]:
        """Codes of one column, and their chances (empty unless ``weighed``)."""
        shift, block = self._shift(column, seen), self._block(column)
        if not seen.shape[1]:  # all rows have the same distribution
            seen, block = seen[:1], len(uniforms)
        drawn, chances = [], [uniforms[:0]]
        for some, points in zip(seen.split(block), uniforms.split(block), strict=True):
            logits = partial(self.predictor.logits, column, some, shift)
            shares = _Shares.of(logits, self._expected(column))
            drawn.append(shares.codes(points))
            if weighed:
                chances.append(shares.chances(drawn[-1]))
        return torch.cat(drawn), torch.cat(chances)

    @property
    def _order(self) -> tuple[int, ...]:
        return (*self.first, *self.rest)

    def _cells(self, codes: Codes) -> Tensor:
        """The cells of rows in the order of drawing, as the network looks them up."""
        starts = np.asarray(self.predictor.starts, dtype=np.int32)
        order = list(self._order)
        cells = np.ascontiguousarray(codes[:, order] + starts[order])  # rows are looked up whole
        return torch.from_numpy(cells).to(self.device)

    def _block(self, column: int) -> int:
        return max(_LOGITS // len(self.targets[column]), 1)

    def _expected(self, column: int) -> Tensor | None:
        """The shares of an ordered column in general; none where no tails are cut."""
        ordered = self.predictor.network.shape.ordered[column]
        return self.targets[column].to(self.device) if ordered and self.calibrated else None

    def _shift(self, column: int, seen: Tensor) -> Tensor:
        if column not in self.shifts:
            target = self.targets[column].to(self.device)
            shift = torch.where(target > 0, 0.0, float("-inf"))
            if self.calibrated:
                rows = max(min(CALIBRATION_ROWS, _CALIBRATION_CELLS // len(target)), 1)
                logits = self.predictor.logits(column, seen[:rows])
                shift = _calibrated(logits, target, self._expected(column))
            for code in (code for other, code in self.never if other == column):
                shift[code] = float("-inf")
            self.shifts[column] = shift
        return self.shifts[column]


@dataclass(frozen=True, slots=True)
class _Shares:
    """Each row's distribution over the codes, up to a factor a row. One row may stand for all."""

    weights: Tensor
    cumulative: Tensor
    total: Tensor
    """The last entry of the sums, which rounding may leave a hair off the sum."""

    @classmethod
    def of(cls, logits: Callable[[], Tensor], expected: Tensor | None) -> _Shares:
        """Without looking for each row's highest logit first, where that does no harm."""
        shares = cls._summed(logits().exp_(), expected)
        lowest, highest = shares.total.aminmax()
        if lowest > _SMALLEST and highest < _LARGEST:
            return shares
        return cls._summed(torch.softmax(logits(), dim=1), expected)

    @classmethod
    def _summed(cls, weights: Tensor, expected: Tensor | None) -> _Shares:
        if expected is not None:
            weights *= _without_tails(weights, expected)
        cumulative = weights.cumsum(1)
        return cls(weights, cumulative, cumulative[:, -1].contiguous())

    def codes(self, uniforms: Tensor) -> Tensor:
        """The code whose share of the distribution function holds each row's uniform.

        Uniforms that come side by side go to rows with about the same mean code.
        """
        if len(self.weights) > 1:
            uniforms = torch.empty_like(uniforms).index_put_((self._alike(),), uniforms)
        # Kept below the total, so that a code of no mass at the end is never reached.
        points = uniforms.clamp(max=1 - 2**-22) * self.total
        if len(self.weights) == 1:
            return torch.searchsorted(self.cumulative[0], points, right=True, out_int32=True)
        found = torch.searchsorted(self.cumulative, points.unsqueeze(1), right=True, out_int32=True)
        return found.squeeze(1)

    def _alike(self) -> Tensor:
        """The rows in the order of their mean code."""
        size = self.weights.shape[1]
        steps = torch.arange(size, dtype=torch.float32, device=self.weights.device)
        means = self.weights @ (steps * (_SORTED / max(size - 1, 1))) / self.total
        order = np.argsort(means.to(torch.int16).cpu().numpy(), kind="stable")
        return torch.from_numpy(order).to(self.weights.device)

    def chances(self, codes: Tensor) -> Tensor:
        """The share of one code of each row."""
        weights = self.weights.expand(len(codes), -1).gather(1, codes.long().unsqueeze(1))
        return weights.squeeze(1) / self.total


def _without_tails(weights: Tensor, expected: Tensor) -> Tensor:
    """0 for codes that their row makes unlikely, else 1; never 0 for its likeliest.

    Numbers in one tensor throughout: truth values take three times as long to make and to use.
    """
    least = torch.outer(weights.sum(1), _RARER * expected)
    torch.minimum(least, _BESIDE * weights.amax(1, keepdim=True), out=least)
    return torch.ge(weights, least, out=least)


def _calibrated(logits: Tensor, target: Tensor, expected: Tensor | None) -> Tensor:
    """The shift of the logits under which their mean prediction is ``target``."""
    possible = torch.where(target > 0, 0.0, float("-inf"))
    chances = torch.softmax(logits + possible, dim=1)
    factors = _factors(chances, target, torch.ones_like(target))
    if expected is not None:
        chances = chances * _without_tails(chances * factors, expected)
        factors = _factors(chances, target, factors)
    return torch.where(target > 0, factors.log(), float("-inf"))


def _factors(chances: Tensor, target: Tensor, factors: Tensor) -> Tensor:
    """What the chances of each code are multiplied by so that their mean is ``target``."""
    for _ in range(CALIBRATION_ROUNDS):
        mean = factors * ((chances @ factors).reciprocal() @ chances) / len(chances)
        factors = factors * (target / mean.clamp(min=1e-9)).clamp(math.exp(-3), math.exp(3))
    return factors
