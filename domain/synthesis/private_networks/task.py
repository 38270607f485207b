"""What a private network is given to learn from, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from domain.privacy.dp_sgd import DpSgd, LossOfRows, Noise
from domain.privacy.poisson_batches import PoissonBatches
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.settings import SettingValue
from domain.synthesis.whole_rows import Beat

Weights = Mapping[str, NDArray[Any]]
Codes = NDArray[np.int64]


class Draw(Protocol):
    """Draws rows of codes, shape ``(rows, columns)``."""

    def __call__(self, rows: int, rng: np.random.Generator) -> Codes: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """Everything but the batches follows from noisy answers and public settings."""

    encoder: PrivateEncoder
    batches: PoissonBatches
    units: int
    """Units of privacy, as far as that is told."""
    settings: Mapping[str, SettingValue]
    seed: int
    """The published one: for weights to begin with, never for what touches a row."""
    device: torch.device
    beat: Beat
    noise: Noise | None = None
    """Instead of the secret one: for tests alone."""

    @property
    def steps(self) -> int:
        """To be taken."""
        return self.batches.mechanism.steps

    @property
    def batch(self) -> int:
        """Units expected in a step."""
        return max(round(self.batches.mechanism.sample_rate * self.units), 1)

    def descent(
        self,
        optimizer: torch.optim.Optimizer,
        loss: LossOfRows,
        reached: Mapping[nn.Parameter, Tensor] | None = None,
    ) -> DpSgd:
        """The steps that were paid for."""
        return DpSgd.of(
            self.batches,
            optimizer,
            loss,
            max_grad_norm=float(self.settings["max_grad_norm"]),
            units=self.units,
            device=self.device,
            reached=reached,
            noise=self.noise,
        )

    def told(self, step: int) -> None:
        """Progress, which tells nothing of how well it goes: that would be private."""
        self.beat(step, self.steps, f"step {step + 1:,} of {self.steps:,}, with noise")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateMethod:
    """One kind of network under differential privacy."""

    name: str
    networks: tuple[str, ...]
    """Those that see real rows, in words."""
    learn: Callable[[Task], Weights]
    drawer: Callable[[PrivateEncoder, Weights, torch.device], Draw]


def shares(encoder: PrivateEncoder) -> list[NDArray[np.float64]]:
    """Of every column how frequent each code is, by noisy counts; 0 where noise outweighs them."""
    told = [np.maximum(column.counts, 0.0) for column in encoder.columns.values()]
    return [counts / counts.sum() if counts.sum() else _even(counts) for counts in told]


def _even(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.full(len(counts), 1 / len(counts))
