"""The training loop: one-cycle AdamW, the best epoch by validation loss."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.kernel import OnProgress
from domain.synthesis.network import AutoregressiveNetwork
from domain.synthesis.optimizer import OneCycleAdamW, ParameterGroup

PROGRESS_SECONDS = 0.25
FEWEST_ROWS = 20
"""With fewer rows nothing is learned but the columns one by one."""
MAX_VALIDATION_ROWS = 5_000
MAX_ROWS_SEEN = 6_000_000
"""Training rows shown to the network in all: bounds the time on large tables."""
MAX_ROWS_AN_EPOCH = 250_000
SMALL_TABLE = 1_500
"""Rows below which training is gentler: there is more to get wrong than to find out."""
FREE_RATE = 0.1
"""Learning rate of the free parts of the heads, as a share of that of everything else."""
PATIENCE = 4
"""Epochs without a better validation loss after which training stops."""
_CHUNK = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """How long and how hard to train."""

    max_epochs: int
    batch_size: int
    learning_rate: float
    dropout: float
    weight_decay: float = 0.01
    unseen: float = 0.0
    """Share of the cells that a step does not see, so that no row is learned by heart."""

    def suited_to(self, rows: int) -> TrainingPlan:
        """The plan itself; for a small table a gentler one, the gentler the smaller it is."""
        care = min(max(1.5 * (1 - rows / SMALL_TABLE), 0.0), 1.0)
        return replace(
            self,
            learning_rate=(1 - 0.6 * care) * self.learning_rate,
            dropout=max(self.dropout, 0.5 * care),
            weight_decay=max(self.weight_decay, 0.3 * care),
            unseen=max(self.unseen, 0.3 * care),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOutcome:
    """Which epoch was kept (0: none was better than independent columns), losses in nats."""

    epochs: int
    best_epoch: int
    losses: tuple[float, ...]
    """Validation loss before training and after each epoch."""


def train(
    network: AutoregressiveNetwork,
    codes: NDArray[np.int16],
    plan: TrainingPlan,
    rng: np.random.Generator,
    on_progress: OnProgress,
) -> TrainingOutcome:
    """Fit ``network`` to rows of codes; it ends with the weights of its best epoch.

    The untrained network (independent columns) is the first candidate, so a table with nothing
    to learn is not overfitted.
    """
    if len(codes) < FEWEST_ROWS:
        return TrainingOutcome(epochs=0, best_epoch=0, losses=())
    order = rng.permutation(len(codes))
    held = min(max(len(codes) // 10, 1), MAX_VALIDATION_ROWS)
    validation, rows = codes[order[:held]], order[held:]
    loop = _Loop(network, codes, rows, plan, rng, on_progress)
    losses = [_mean_loss(network, validation)]
    best, best_weights = 0, _copy(network)
    for epoch in range(1, loop.epochs + 1):
        loop.run_epoch(epoch, losses[-1])
        losses.append(_mean_loss(network, validation))
        if losses[-1] < losses[best]:
            best, best_weights = epoch, _copy(network)
        if epoch - best >= PATIENCE:
            break
    network.load_state_dict(best_weights)
    return TrainingOutcome(epochs=loop.epochs, best_epoch=best, losses=tuple(losses))


class _Loop:
    """The state between epochs: optimizer, schedule and progress."""

    def __init__(
        self,
        network: AutoregressiveNetwork,
        codes: NDArray[np.int16],
        rows: NDArray[np.int64],
        plan: TrainingPlan,
        rng: np.random.Generator,
        on_progress: OnProgress,
    ) -> None:
        self.network, self.codes, self.rows = network, codes, rows
        self.plan = plan = plan.suited_to(len(codes))
        self.rng, self.on_progress = rng, on_progress
        self.batch = plan.batch_size or automatic_batch_size(len(rows))
        self.steps = math.ceil(min(len(rows), MAX_ROWS_AN_EPOCH) / self.batch)
        self.epochs = _epochs(plan.max_epochs, self.steps, self.batch)
        shared, free = network.parts()
        # Decay is per unit of rate: divided here, so that the free parts decay as fast.
        groups = [
            ParameterGroup(
                parameters=shared, rate=plan.learning_rate, decay=plan.weight_decay
            ),
            ParameterGroup(
                parameters=free,
                rate=FREE_RATE * plan.learning_rate,
                decay=plan.weight_decay / FREE_RATE,
            ),
        ]
        self.optimizer = OneCycleAdamW(groups, self.epochs * self.steps)
        self.reported = 0.0

    def run_epoch(self, epoch: int, loss: float) -> None:
        """One pass over the rows (over a random part of them, where there are very many)."""
        self.network.train()
        order = self.rng.permutation(self.rows)
        for step in range(self.steps):
            batch = order[step * self.batch : (step + 1) * self.batch]
            self._step(_tensor(self.codes[batch], self.network))
            self._report(epoch, step, loss)

    def _step(self, batch: Tensor) -> None:
        self.optimizer.clear()
        rows, columns = batch.shape
        hidden = len(self.network.bias)
        n=int(ANY*rows); m=int(ANYC*rows)
        shown = _kept((rows, columns), self.plan.unseen, self.rng, batch.device)
        ahead=None
        if n+m:
            some = _some(n + m, columns, self.rng)
            ahead = torch.from_numpy(some)
            if m:
                if shown is None: shown = torch.ones(rows, columns)
                shown[n:n+m] = ahead[n:]
        self.network.loss(
            batch,
            shown=shown,
            ahead=ahead,
            kept=_kept((rows, hidden), self.plan.dropout, self.rng, batch.device),
        ).backward()
        self.optimizer.step()

    def _report(self, epoch: int, step: int, loss: float) -> None:
        now = time.monotonic()
        if now - self.reported < PROGRESS_SECONDS:
            return
        self.reported = now
        note = f"epoch {epoch} of {self.epochs}, validation loss {loss:.2f}"
        done = (epoch - 1) * self.steps + step
        self.on_progress(done, self.epochs * self.steps, note)


def automatic_batch_size(rows: int) -> int:
    """About 80 steps an epoch, as a power of two from 8 to 1,024."""
    return int(2 ** np.clip(round(math.log2(max(rows / 80, 1))), 3, 10))


def _epochs(max_epochs: int, steps: int, batch: int) -> int:
    affordable = max(MAX_ROWS_SEEN // (steps * batch), 1)
    return min(max_epochs, affordable)


@torch.no_grad()
def _mean_loss(network: AutoregressiveNetwork, codes: NDArray[np.int16]) -> float:
    network.eval()
    total = 0.0
    for start in range(0, len(codes), _CHUNK):
        chunk = _tensor(codes[start : start + _CHUNK], network)
        total += float(network.loss(chunk)) * len(chunk)
    return total / len(codes)


import os
ANY = float(os.environ.get('ANY', '0'))


ANYC = float(os.environ.get('ANYC', '0'))


def _some(rows: int, columns: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A random set of columns for each row: half of the sets are small."""
    small = rng.integers(1, 3, rows)
    size = np.where(rng.random(rows) < 0.6, small, rng.integers(1, max(columns, 2), rows))
    ranks = rng.random((rows, columns)).argsort(axis=1)
    return (ranks < np.minimum(size, columns - 1)[:, np.newaxis]).astype(np.float32)


def _kept(
    shape: tuple[int, ...], left_out: float, rng: np.random.Generator, device: torch.device
) -> Tensor | None:
    """Random zeros, and what makes up for them elsewhere. Bytes are drawn: torch's own drop-out
    costs more than the matrix products of a small network."""
    level = round(256 * left_out)
    if not level:
        return None
    mask = torch.from_numpy(rng.integers(0, 256, shape, dtype=np.uint8)) >= level
    return mask.float().mul_(256 / (256 - level)).to(device)


def _tensor(codes: NDArray[np.int16], network: AutoregressiveNetwork) -> Tensor:
    return torch.from_numpy(codes.astype(np.int64)).to(network.weight.device)


def _copy(network: AutoregressiveNetwork) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


@contextmanager
def torch_set_up(seed: int, threads: int) -> Iterator[torch.device]:
    """Seeded torch on ``threads`` threads; the caller's generator and thread count come back.

    Yields the device to work on: the first GPU where there is one, else the CPU.
    """
    before = torch.get_num_threads()
    gpu = torch.cuda.is_available()
    with torch.random.fork_rng(devices=[0] if gpu else []):
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        try:
            yield torch.device("cuda", 0) if gpu else torch.device("cpu")
        finally:
            torch.set_num_threads(before)
