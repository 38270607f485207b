"""The training loop: one-cycle AdamW, the best epoch by validation loss."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.kernel import OnProgress
from domain.synthesis.device import best_device
from domain.synthesis.learning_curves import epoch_note, told_losses
from domain.synthesis.masking import masks
from domain.synthesis.network import AutoregressiveNetwork
from domain.synthesis.optimizer import WARM_UP, OneCycleAdamW, ParameterGroup
from domain.synthesis.recorded_machine import threads_for
from domain.synthesis.training_length import FEWEST_ROWS, TrainingLength, validation_rows

PROGRESS_SECONDS = 0.25
SMALL_TABLE = 1_500
"""Rows below which training is gentler: there is more to get wrong than to find out."""
FREE_RATE = 0.1
"""Learning rate of the free parts of the heads, as a share of that of everything else."""
PATIENCE = 3
"""Epochs without a better validation loss after which a course ends."""
_CHUNK = 4_096
_TRIAL_STEPS = 6
_SLOWER = 1.15
"""Allowance for what a step does not count: validation, and other work on the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """How long and how hard to train."""

    max_epochs: int
    """0: chosen by the rows."""
    batch_size: int
    learning_rate: float
    dropout: float
    max_steps: int = 0
    """Gradient steps at most; 0: as many as the epochs take."""
    seconds: float = 0.0
    """Time to spend, about; 0: no limit."""
    weight_decay: float = 0.01
    unseen: float = 0.0
    """Share of the cells that a step does not see, so that no row is learned by heart."""
    called: str = ""
    """What notes call the network; empty where it is the only one."""

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
    """Planned; training never takes more."""
    steps: int
    """Gradient steps that were planned: with as many, training takes the same course."""
    best_epoch: int
    losses: tuple[float, ...]
    """Validation loss before training and after each epoch."""
    started_over_after: int = 0
    """The epoch after which training began again with a shorter course; 0: it did not."""
    wished_epochs: int = 0
    """Planned before the time allowed was looked at."""
    told: tuple[float, ...] = ()
    """:attr:`losses`, where enough rows stand behind them."""

    @property
    def ended_by_time(self) -> bool:
        """Whether there would have been more epochs without a time limit."""
        return self.epochs < self.wished_epochs and len(self.losses) > self.epochs


NOTHING_LEARNED = TrainingOutcome(epochs=0, steps=0, best_epoch=0, losses=())


def train(
    network: AutoregressiveNetwork,
    codes: NDArray[np.int16],
    plan: TrainingPlan,
    rng: np.random.Generator,
    on_progress: OnProgress,
) -> TrainingOutcome:
    """Fit ``network`` to rows of codes; it ends with the weights of its best epoch.

    The untrained network (independent columns) is the first candidate, so a table with nothing
    to learn is not overfitted. Where the best epoch came so early that at least half as many are
    left of those planned, a second, shorter course starts from the beginning: the first found its
    best weights in long steps, the second ends in short ones.
    """
    if len(codes) < FEWEST_ROWS:
        return NOTHING_LEARNED
    order = rng.permutation(len(codes))
    held = validation_rows(len(codes))
    validation, rows = codes[order[:held]], order[held:]
    untrained = _copy(network)
    loop = _Loop(network, codes, rows, plan, rng, on_progress)
    best = _Best(network, validation)
    loop.run(best, patience=PATIENCE)
    passed, again = best.epoch, min(best.kept, loop.epochs - best.epoch)
    over = 0 < best.kept <= 2 * again
    if over:
        network.load_state_dict(untrained)
        loop.start_over(again)
        loop.run(best)
    network.load_state_dict(best.weights)
    return TrainingOutcome(
        epochs=loop.epochs,
        steps=loop.total,
        best_epoch=best.kept,
        losses=tuple(best.losses),
        started_over_after=passed if over else 0,
        wished_epochs=loop.wished,
        told=best.told,
    )


class _Best:
    """The best weights so far, by the loss on rows kept aside."""

    def __init__(self, network: AutoregressiveNetwork, validation: NDArray[np.int16]) -> None:
        self.network, self.validation = network, validation
        self.losses = [_mean_loss(network, validation)]
        self.kept, self.weights = 0, _copy(network)

    def look(self) -> None:
        """Measure the network as it is now, after one epoch more."""
        self.losses.append(_mean_loss(self.network, self.validation))
        if self.losses[-1] < self.losses[self.kept]:
            self.kept, self.weights = self.epoch, _copy(self.network)

    @property
    def told(self) -> tuple[float, ...]:
        """The losses, where enough rows stand behind them."""
        return told_losses(self.losses, len(self.validation))

    @property
    def epoch(self) -> int:
        """How many epochs there were."""
        return len(self.losses) - 1


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
        length = TrainingLength.of(
            len(codes),
            len(rows),
            max_epochs=plan.max_epochs,
            batch_size=plan.batch_size,
            max_steps=plan.max_steps,
        )
        self.batch, self.steps = length.batch, length.steps_an_epoch
        self.total = self._affordable(length.steps)
        self.epochs = math.ceil(self.total / self.steps)
        self.wished = math.ceil(length.steps / self.steps)
        self.optimizer = self._optimizer(self.total)
        self.done, self.end, self.reported = 0, self.total, 0.0

    def start_over(self, epochs: int) -> None:
        """Begin another course of so many epochs."""
        steps = min(epochs * self.steps, self.total - self.done)
        self.end = self.done + steps
        self.optimizer = self._optimizer(steps)

    def run(self, best: _Best, *, patience: float = math.inf) -> None:
        """Train until the course ends or is given up.

        It is given up after ``patience`` epochs in turn that were not the best; those before the
        longest steps do not count.
        """
        longest = best.epoch + math.ceil(WARM_UP * (self.end - self.done) / self.steps)
        while self.done < self.end and best.epoch - max(best.kept, longest) < patience:
            self._run_epoch(best.epoch + 1, best.told)
            best.look()

    def _optimizer(self, steps: int) -> OneCycleAdamW:
        network, plan = self.network, self.plan
        shared, free = network.parts()
        # Decay is per unit of rate: divided here, so that the free parts decay as fast.
        groups = [
            ParameterGroup(parameters=shared, rate=plan.learning_rate, decay=plan.weight_decay),
            ParameterGroup(
                parameters=free,
                rate=FREE_RATE * plan.learning_rate,
                decay=plan.weight_decay / FREE_RATE,
            ),
        ]
        return OneCycleAdamW(groups, steps)

    def _affordable(self, steps: int) -> int:
        """So many steps, or as many as the time allows."""
        if self.plan.seconds:
            steps = min(steps, int(self.plan.seconds / self._seconds_a_step()))
        return max(steps, 1)

    def _seconds_a_step(self) -> float:
        """Timed on a copy of the network with random numbers of its own: a run without a time
        limit but of as many steps takes the same course."""
        trial = copy(self)
        trial.network, trial.rng = deepcopy(self.network), np.random.default_rng(0)
        trial.optimizer = trial._optimizer(_TRIAL_STEPS)
        batch = _tensor(self.codes[self.rows[: self.batch]], self.network)
        trial._step(batch)
        seconds = []
        for _ in range(_TRIAL_STEPS - 1):
            self.on_progress(0, 0, "timing a few steps")
            started = time.perf_counter()
            trial._step(batch)
            seconds.append(time.perf_counter() - started)
        return _SLOWER * median(seconds)

    def _run_epoch(self, epoch: int, losses: Sequence[float]) -> None:
        """One pass over the rows (over a random part of them, where there are very many)."""
        self.network.train()
        order = self.rng.permutation(self.rows)
        for step in range(min(self.steps, self.end - self.done)):
            batch = order[step * self.batch : (step + 1) * self.batch]
            self._step(_tensor(self.codes[batch], self.network))
            self.done += 1
            self._report(epoch, losses)

    def _step(self, batch: Tensor) -> None:
        rows, columns = batch.shape
        hidden = masks(
            rows,
            columns,
            len(self.network.bias),
            unseen=self.plan.unseen,
            dropout=self.plan.dropout,
            rng=self.rng,
            device=batch.device,
        )
        self.optimizer.clear()
        loss = self.network.loss(batch, shown=hidden.shown, ahead=hidden.ahead, kept=hidden.kept)
        loss.backward()
        self.optimizer.step()

    def _report(self, epoch: int, losses: Sequence[float]) -> None:
        now = time.monotonic()
        if now - self.reported < PROGRESS_SECONDS:
            return
        self.reported = now
        self.on_progress(self.done, self.total, epoch_note(epoch, self.epochs, losses))


def seconds_a_step(
    network: AutoregressiveNetwork,
    codes: NDArray[np.int16],
    plan: TrainingPlan,
    on_progress: OnProgress,
) -> float:
    """How long one gradient step over the rows ``codes`` takes on this machine."""
    loop = _Loop(network, codes, np.arange(len(codes)), plan, np.random.default_rng(0), on_progress)
    return loop._seconds_a_step()


@torch.no_grad()
def _mean_loss(network: AutoregressiveNetwork, codes: NDArray[np.int16]) -> float:
    network.eval()
    total = 0.0
    for start in range(0, len(codes), _CHUNK):
        chunk = _tensor(codes[start : start + _CHUNK], network)
        total += float(network.loss(chunk)) * len(chunk)
    return total / len(codes)


def _tensor(codes: NDArray[np.int16], network: AutoregressiveNetwork) -> Tensor:
    return torch.from_numpy(codes.astype(np.int64)).to(network.weight.device)


def _copy(network: AutoregressiveNetwork) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


@contextmanager
def torch_set_up(seed: int, threads: int) -> Iterator[torch.device]:
    """Seeded torch on ``threads`` threads, unless others were asked for (see
    :mod:`domain.synthesis.recorded_machine`); the caller's generator and thread count come back.

    Yields the device to work on: the first GPU where there is one that works, else the CPU.
    """
    before = torch.get_num_threads()
    device = best_device().torch
    with torch.random.fork_rng(devices=[0] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        torch.set_num_threads(threads_for(threads))
        try:
            yield device
        finally:
            torch.set_num_threads(before)
