"""Learning a log: truncated back-propagation through windows, the best epoch kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.kernel import OnProgress
from domain.synthesis.learning_curves import epoch_note, told_losses
from domain.synthesis.masking import kept
from domain.synthesis.optimizer import WARM_UP, OneCycleAdamW, ParameterGroup
from domain.synthesis.sequence_effort import batch_of, epochs_of
from domain.synthesis.sequences.network import EventNetwork
from domain.synthesis.settings import SettingValue
from domain.synthesis.training import FREE_RATE, PATIENCE, PROGRESS_SECONDS

FEWEST_EVENTS = 20
VALIDATION = 0.1
BLOCKS = 20
"""One series is cut into so many, at least."""
_TRIAL_STEPS = 5
_SLOWER = 1.3
"""Allowance for what a step does not count: validation, and other work on the machine."""
_Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPlan:
    """How long and how hard to train."""

    max_epochs: int
    """0: chosen by the number of events."""
    max_seconds: float
    """0: no limit."""
    window: int
    """Events through which errors are propagated back at once; the memory goes on beyond."""
    batch_events: int
    """Events a gradient step, about; 0: chosen by their number."""
    learning_rate: float
    dropout: float
    weight_decay: float = 0.02

    @classmethod
    def of(cls, settings: Mapping[str, SettingValue], seconds: float) -> EventPlan:
        """As the synthesizer's ``settings`` say, in so many ``seconds`` (0: no limit)."""
        return cls(
            max_epochs=int(settings["max_epochs"]),
            max_seconds=seconds,
            window=int(settings["window"]),
            batch_events=int(settings["batch_size"]),
            learning_rate=float(settings["learning_rate"]),
            dropout=float(settings["dropout"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Log:
    """A coded log."""

    codes: NDArray[np.int16]
    asked: NDArray[np.bool_]
    constants: NDArray[np.int16]
    """Shape ``(entities, columns)``."""
    candidates: Callable[[_Whole], _Whole] | None
    """From rows to what ``EventNetwork.logits`` wants to know of them (``None`` without)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """Parts of a log that are read from the beginning: whole histories, or blocks of a series."""

    starts: _Whole
    lengths: _Whole
    owners: _Whole

    def of(self, chosen: _Whole) -> Pieces:
        return Pieces(
            starts=self.starts[chosen], lengths=self.lengths[chosen], owners=self.owners[chosen]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOutcome:
    """Which epoch was kept (0: none was better than independent cells); losses in nats an event."""

    epochs: int
    """Planned; training never takes more."""
    best_epoch: int
    losses: tuple[float, ...]
    wished_epochs: int = 0
    """Planned before the time allowed was looked at."""
    told: tuple[float, ...] = ()
    """:attr:`losses`, where enough histories stand behind them."""

    @property
    def ended_by_time(self) -> bool:
        """Whether there would have been more epochs without a time limit."""
        return self.epochs < self.wished_epochs and len(self.losses) > self.epochs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Some histories side by side, from some event on."""

    rows: Tensor
    """Shape ``(histories, events)``."""
    real: Tensor
    """Which of them are there, not padding."""
    started: bool
    """Whether these are the first events."""
    owners: Tensor


def train(
    network: EventNetwork,
    log: Log,
    learned: Pieces,
    validation: Pieces,
    plan: EventPlan,
    rng: np.random.Generator,
    on_progress: OnProgress,
) -> EventOutcome:
    """Fit ``network``; it ends with the weights of its best epoch on ``validation``.

    As in ``domain.synthesis.training``: where the best epoch came early, a second, shorter course
    begins again, so that the best weights are found in short steps.
    """
    untrained = _copy(network)
    course = _Course(network, log, learned, plan, rng, on_progress)
    best = _Best(network, course.mean_loss(validation), len(validation.starts))
    course.run(best, validation, patience=PATIENCE)
    again = min(best.kept, course.epochs - best.epoch)
    if 0 < best.kept <= 2 * again:
        network.load_state_dict(untrained)
        course.start_over(again, best.epoch)
        course.run(best, validation, patience=math.inf)
    network.load_state_dict(best.weights)
    return EventOutcome(
        epochs=course.planned if not course.late else best.epoch,
        best_epoch=best.kept,
        losses=tuple(best.losses),
        wished_epochs=course.wished,
        told=best.told,
    )


class _Best:
    """The best weights so far."""

    def __init__(self, network: EventNetwork, loss: float, behind: int) -> None:
        """``behind``: the histories, or blocks of a series, that losses rest on."""
        self.network, self.losses, self.kept, self.behind = network, [loss], 0, behind
        self.weights = _copy(network)

    @property
    def epoch(self) -> int:
        return len(self.losses) - 1

    @property
    def told(self) -> tuple[float, ...]:
        """The losses, where enough histories stand behind them."""
        return told_losses(self.losses, self.behind)

    def look(self, loss: float) -> None:
        """Another epoch ended with this loss."""
        self.losses.append(loss)
        if loss < self.losses[self.kept]:
            self.kept, self.weights = self.epoch, _copy(self.network)


class _Course:
    """The state between epochs."""

    def __init__(
        self,
        network: EventNetwork,
        log: Log,
        learned: Pieces,
        plan: EventPlan,
        rng: np.random.Generator,
        on_progress: OnProgress,
    ) -> None:
        self.network, self.log, self.pieces, self.plan = network, log, learned, plan
        self.rng, self.on_progress = rng, on_progress
        self.device = network.embedding.device
        events = int(learned.lengths.sum())
        self.wished = epochs_of(events, plan.max_epochs, len(learned.starts))
        self.batch = batch_of(events, plan.batch_events)
        self.an_epoch = sum(1 for _ in self._windows(learned, np.random.default_rng(0)))
        self.began, self.reported, self.done, self.epoch = time.monotonic(), 0.0, 0, 0
        self.steps = self.end = self._affordable(self.wished * self.an_epoch)
        self.epochs = self.planned = math.ceil(self.steps / self.an_epoch)
        self.first, self.optimizer = 0, self._optimizer(self.steps)

    def start_over(self, epochs: int, after: int) -> None:
        """Begin another course of so many epochs."""
        self.epochs, self.first = after + epochs, after
        self.end = min(self.done + epochs * self.an_epoch, self.steps)
        self.optimizer = self._optimizer(max(self.end - self.done, 1))

    def run(self, best: _Best, validation: Pieces, *, patience: float) -> None:
        """Train until the course ends, or was given up after ``patience`` epochs that were not
        the best; those before the longest steps do not count."""
        longest = self.first + math.ceil(WARM_UP * (self.epochs - self.first))
        while self._goes_on and best.epoch - max(best.kept, longest) < patience:
            self.run_epoch(best.told)
            best.look(self.mean_loss(validation))

    @property
    def late(self) -> bool:
        """Whether the time allowed is over."""
        limit = self.plan.max_seconds
        return bool(limit) and time.monotonic() - self.began > limit

    @property
    def _used_up(self) -> bool:
        """Whether the time allowed is over, or the steps that fit in are done."""
        return self.late or (bool(self.plan.max_seconds) and self.done >= self.end)

    @property
    def _goes_on(self) -> bool:
        return self.epoch < self.epochs and not self._used_up

    def run_epoch(self, losses: Sequence[float]) -> None:
        """One pass over all histories."""
        self.network.train()
        self.epoch += 1
        memory: Tensor | None = None
        for window in self._windows(self.pieces, self.rng):
            if self._used_up:
                return
            memory = self._step(window, memory)
            self.done += 1
            self._report(losses)

    def _step(self, window: _Window, memory: Tensor | None) -> Tensor:
        """One gradient step; returns the memory after the window."""
        memory = None if window.started or memory is None else memory
        self.optimizer.clear()
        loss, memory = self._loss(window, memory)
        asked = window.real.sum().clamp(min=1)
        (loss / asked).backward()
        self._clip()
        self.optimizer.step()
        return memory

    def _affordable(self, steps: int) -> int:
        """So many steps, or as many as the time allows: the course then ends in short ones too.

        Timed on a copy of the network with random numbers of its own.
        """
        if not self.plan.max_seconds:
            return steps
        trial = copy(self)
        trial.network, trial.rng = deepcopy(self.network), np.random.default_rng(0)
        trial.optimizer = trial._optimizer(_TRIAL_STEPS)
        trial.network.train()
        memory, seconds = None, []
        for window in islice(trial._windows(self.pieces, np.random.default_rng(0)), _TRIAL_STEPS):
            started = time.perf_counter()
            memory = trial._step(window, memory)
            seconds.append(time.perf_counter() - started)
            self.on_progress(0, 0, "timing a few steps")
        usual = _SLOWER * sum(seconds[1:] or seconds) / max(len(seconds) - 1, 1)
        return max(min(steps, int(self.plan.max_seconds / usual)), 1)

    @torch.no_grad()
    def mean_loss(self, pieces: Pieces) -> float:
        """Nats an event."""
        self.network.eval()
        total, events, memory = 0.0, 0, None
        for window in self._windows(pieces, np.random.default_rng(0)):
            memory = None if window.started else memory
            loss, memory = self._loss(window, memory)
            total, events = total + float(loss), events + int(window.real.sum())
            self.on_progress(self.done, max(self.steps, 1), "measuring the loss")
        return total / max(events, 1)

    def _loss(self, window: _Window, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        """The summed loss of a window, and the memory after it."""
        network, real = self.network, window.real
        rows = torch.cat([window.rows[:, :1] - 1, window.rows], 1).clamp(min=0)
        codes = self._codes(rows)
        embedded = network.embedded(codes)
        before, now, codes = embedded[:, :-1], embedded[:, 1:], codes[:, 1:]
        if window.started:
            before = torch.cat([torch.zeros_like(before[:, :1]), before[:, 1:]], 1)
        constant = network.constant(self._constants(window.owners))
        inputs = self._dropped(network.inputs(before, now, constant), 0.5)
        held = memory[:, : len(real)].contiguous() if memory is not None else None
        remembered, memory = network.memory(inputs, held)
        flat = self._dropped(remembered[real], 1.0)
        total = self._summed_by_kind(flat, now[real], codes[real], window.rows[real])
        return total, memory.detach()

    def _summed_by_kind(self, flat: Tensor, now: Tensor, codes: Tensor, rows: Tensor) -> Tensor:
        """The cells that only one kind of events has are computed for those events alone."""
        total = flat.new_zeros(())
        for kind, slots in self.network.shape.runs:
            of = torch.arange(len(codes))
            if kind is not None:
                of = (codes[:, self.network.shape.kind] == kind).nonzero().squeeze(1).cpu()
            if len(of):
                blocks = self._dropped(self.network.blocks(flat[of], now[of], slots), 1.0)
                total = total + self._summed(blocks, codes[of], rows[of], slots)
        return total

    def _summed(self, blocks: Tensor, codes: Tensor, rows: Tensor, slots: range) -> Tensor:
        asked = torch.from_numpy(self.log.asked[rows.numpy()]).to(self.device)
        total = blocks.new_zeros(())
        for place, slot in enumerate(slots):
            cell = self.network.shape.asked[slot]
            free = asked[:, slot].nonzero().squeeze(1)
            candidates = self._candidates(cell, rows[free])
            logits = self.network.logits(slot, blocks[free, place], candidates)
            total = total + torch.nn.functional.cross_entropy(
                logits, codes[free, cell], reduction="sum"
            )
        return total

    def _candidates(self, cell: int, rows: Tensor) -> Tensor | None:
        if self.log.candidates is None or cell != self.network.shape.days:
            return None
        return torch.from_numpy(self.log.candidates(rows.numpy())).to(self.device)

    def _dropped(self, values: Tensor, share: float) -> Tensor:
        shape = tuple(values.shape)
        mask = kept(shape, share * self.plan.dropout, self.rng) if self.network.training else None
        return values if mask is None else values * torch.from_numpy(mask).to(self.device)

    def _codes(self, rows: Tensor) -> Tensor:
        return torch.from_numpy(self.log.codes[rows.numpy()].astype(np.int64)).to(self.device)

    def _constants(self, owners: Tensor) -> Tensor:
        return torch.from_numpy(self.log.constants[owners.numpy()].astype(np.int64)).to(self.device)

    def _clip(self) -> None:
        """Hold the gradient of a step to length 1."""
        length = self.optimizer.gradient.norm()
        self.optimizer.gradient.mul_(1.0 / length.clamp(min=1.0))

    def _optimizer(self, steps: int) -> OneCycleAdamW:
        shared, free = self.network.parts()
        rate, decay = self.plan.learning_rate, self.plan.weight_decay
        groups = [
            ParameterGroup(parameters=shared, rate=rate, decay=decay),
            ParameterGroup(parameters=free, rate=FREE_RATE * rate, decay=decay),
        ]
        return OneCycleAdamW(groups, steps)

    def _windows(self, pieces: Pieces, rng: np.random.Generator) -> Iterator[_Window]:
        """Histories of about equal length side by side, window after window, the longest first."""
        for group in _batches(pieces, self.batch, self.plan.window, rng):
            for start in range(0, int(group.lengths.max()), self.plan.window):
                rows = int((group.lengths > start).sum())
                end = min(start + self.plan.window, int(group.lengths.max()))
                steps = np.arange(start, end)
                real = steps < group.lengths[:rows, np.newaxis]
                where = group.starts[:rows, np.newaxis] + np.where(real, steps, 0)
                yield _Window(
                    rows=torch.from_numpy(where),
                    real=torch.from_numpy(real),
                    started=start == 0,
                    owners=torch.from_numpy(group.owners[:rows]),
                )

    def _report(self, losses: Sequence[float]) -> None:
        now = time.monotonic()
        if now - self.reported >= PROGRESS_SECONDS:
            self.reported = now
            note = epoch_note(self.epoch, self.epochs, losses, "nats an event")
            self.on_progress(min(self.done, self.steps), self.steps, note)


def _batches(
    pieces: Pieces, events: int, window: int, rng: np.random.Generator
) -> Iterator[Pieces]:
    """Random histories, sorted by length among many, in groups of about so many events a window."""
    order = rng.permutation(len(pieces.starts))
    many = max(len(order) // 4, 64)
    groups: list[_Whole] = []
    for start in range(0, len(order), many):
        some = order[start : start + many]
        some = some[np.argsort(-pieces.lengths[some], kind="stable")]
        groups += _cut(some, np.minimum(pieces.lengths[some], window), events)
    for place in rng.permutation(len(groups)):
        yield pieces.of(groups[place])


def _cut(chosen: _Whole, lengths: _Whole, events: int) -> list[_Whole]:
    """``chosen`` in runs of about so many events."""
    number = (np.cumsum(lengths) - lengths) // events
    return np.split(chosen, np.flatnonzero(np.diff(number)) + 1)


def _copy(network: EventNetwork) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def in_runs(pieces: Pieces, most: int) -> Pieces:
    """The same events in runs of at most so many: each is read with a memory of its own."""
    runs = -(-pieces.lengths // most)
    of = np.repeat(np.arange(len(runs)), runs)
    begun = (np.arange(len(of)) - np.repeat(np.cumsum(runs) - runs, runs)) * most
    return Pieces(
        starts=pieces.starts[of] + begun,
        lengths=np.minimum(pieces.lengths[of] - begun, most),
        owners=pieces.owners[of],
    )


def series_pieces(length: int, block: int, rng: np.random.Generator) -> tuple[Pieces, Pieces]:
    """``(learned, validation)`` blocks of one series; those aside lie anywhere, for a series may be
    another at its end."""
    block = min(block, max(length // BLOCKS, 1))
    starts = np.arange(0, length, block)
    blocks = Pieces(
        starts=starts,
        lengths=np.minimum(block, length - starts),
        owners=np.zeros(len(starts), dtype=np.int64),
    )
    return validation_split(blocks, rng)


def validation_split(pieces: Pieces, rng: np.random.Generator) -> tuple[Pieces, Pieces]:
    """``(learned, validation)``: whole histories aside, about a tenth of them, at least one."""
    count = len(pieces.starts)
    aside = min(max(math.ceil(VALIDATION * count), 1), 1_000)
    order = rng.permutation(count)
    return pieces.of(order[aside:]), pieces.of(order[:aside])
