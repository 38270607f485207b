"""One table learned by the autoregressive network: encoder, network and marginals together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec
from domain.kernel import OnProgress
from domain.synthesis.conditioned import ConditionedRows
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.device import THREADS
from domain.synthesis.drawing import Drawer, OnColumn
from domain.synthesis.encoding.table import Parts, TableEncoder
from domain.synthesis.learning_curves import TOO_FEW_ASIDE, of_network, time_note
from domain.synthesis.network import AutoregressiveNetwork, Shape
from domain.synthesis.predicting import Predictor
from domain.synthesis.training import (
    NOTHING_LEARNED,
    PROGRESS_SECONDS,
    TrainingOutcome,
    TrainingPlan,
    torch_set_up,
    train,
)
from domain.synthesis.wanted_rows import WantedRows

_Draw = Callable[[int, OnColumn], tuple[NDArray[np.int16], Parts]]
"""``draw(rows, on_column)``: codes, and the part of each column that they may hold."""

MAX_CHUNK_ROWS = 65_536
_LOSS_ROWS = 4_096
_CHUNK_CELLS = 2**24
"""Embedding values held at once while drawing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableModel:
    """A fitted table. ``shares`` are the learned marginals of the modelled columns."""

    encoder: TableEncoder
    rows: int
    """Rows it was learned from."""
    block_size: int
    shares: tuple[NDArray[np.float64], ...]
    weights: Mapping[str, NDArray[np.float32]]

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        specs: Iterable[ColumnSpec],
        *,
        held_out: pd.DataFrame | None,
        primary_key: str | None,
        rare_threshold: int,
        block_size: int,
        plan: TrainingPlan,
        seed: int,
        on_progress: OnProgress,
        references: Sequence[str] = (),
    ) -> Learned:
        """Learn a typed frame, invent no identifier of ``held_out``.

        The columns ``references`` refer to tables of people (see ``encoding.holders``).
        """
        on_column = Throttled(on_progress, "learning the columns")
        encoder = TableEncoder.fit(
            frame,
            specs,
            held_out=held_out,
            primary_key=primary_key,
            rare_threshold=rare_threshold,
            seed=seed,
            on_column=on_column,
            references=references,
        )
        codes = encoder.encode(frame, on_column)
        shares = tuple(_shares(codes[:, i], size) for i, size in enumerate(encoder.sizes))
        weights, outcome = _trained(encoder, codes, shares, block_size, plan, seed, on_progress)
        model = cls(
            encoder=encoder, rows=len(frame), block_size=block_size, shares=shares, weights=weights
        )
        notes = (*_training_notes(outcome, plan, len(frame)), *encoder.notes())
        return Learned(model=model, notes=notes, losses=outcome.told)

    def chunks(
        self, rows: int, seed: int, on_progress: OnProgress, spec: SampleSpec = PLAIN
    ) -> Iterator[pd.DataFrame]:
        """Draw ``rows`` rows, in frames of bounded size (one empty frame for no rows)."""
        rng = np.random.default_rng(seed)
        size = self._chunk_rows()
        draw: _Draw | None = None
        for start in range(0, max(rows, 1), size):
            count = min(size, rows - start)
            on_column = Throttled(_within(on_progress, start, count, rows), "drawing rows")
            with torch_set_up(seed, THREADS) as device:
                draw = draw or self._drawing(device, spec, rows, rng)
                codes, parts = draw(count, on_column)
            yield self.encoder.decode(codes, rng, on_column, parts)

    def issuing_anew(self) -> TableModel:
        """The same model, which may invent the same identifiers once more."""
        return replace(self, encoder=self.encoder.issuing_anew())

    def _drawing(
        self, device: torch.device, spec: SampleSpec, rows: int, rng: np.random.Generator
    ) -> _Draw:
        """How the next rows of codes are drawn."""
        never = missing_codes(self.encoder, spec.impute)
        if not (spec.where or spec.amplify or spec.stratify):
            plain = self.drawer(device, never=never)
            return lambda count, on_column: (plain.draw(count, rng, on_column), {})
        wanted = WantedRows.of(spec, self.encoder)
        place = {name: i for i, name in enumerate(self.encoder.modelled)}
        first = [place[name] for name in wanted.columns if name in place]
        drawer = self.drawer(device, first=first, never=never)
        natural = self.drawer(device, never=never)
        for one in (drawer, natural):
            one.calibrate(rng, lambda done, total: None)
        return ConditionedRows(drawer, natural, wanted, self.encoder, self.rows, rows, rng).draw

    def drawer(
        self,
        device: torch.device,
        *,
        first: Sequence[int] = (),
        never: Sequence[tuple[int, int]] = (),
        calibrated: bool = True,
    ) -> Drawer:
        """What draws rows of codes, with the columns ``first`` before all others."""
        predictor = Predictor(self._network(device))
        return Drawer(predictor, self._targets(), first, never, calibrated=calibrated)

    def losses(
        self, frame: pd.DataFrame, seed: int, on_progress: OnProgress
    ) -> NDArray[np.float64]:
        """Negative log-likelihood of the codes of each typed row, in nats, shape ``(rows,)``."""
        on_column = Throttled(on_progress, "asking how likely rows are")
        codes = torch.from_numpy(self.encoder.encode(frame, on_column).astype(np.int64))
        losses = np.zeros(len(frame))
        with torch_set_up(seed, THREADS) as device:
            predictor = Predictor(self._network(device))
            for start in range(0, len(frame), _LOSS_ROWS):
                on_column(start, len(frame))
                some = codes[start : start + _LOSS_ROWS].to(device)
                losses[start : start + _LOSS_ROWS] = predictor.losses(some).cpu().numpy()
        return losses

    def _chunk_rows(self) -> int:
        shape = self._shape()
        width = max(len(shape.sizes) * shape.embedding_size, 1)
        return int(min(MAX_CHUNK_ROWS, max(_CHUNK_CELLS // width, 1_024)))

    def _shape(self) -> Shape:
        return _shape(self.encoder, self.block_size)

    def _network(self, device: torch.device) -> AutoregressiveNetwork:
        network = AutoregressiveNetwork(self._shape(), _log_marginals(self.shares))
        network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in self.weights.items()})
        return network.to(device)

    def _targets(self) -> list[NDArray[np.float64]]:
        """The marginals to draw: those learned, without the codes that may not be drawn."""
        drawable = [self.encoder.codecs[name].drawable for name in self.encoder.modelled]
        allowed = [s * d for s, d in zip(self.shares, drawable, strict=True)]
        return [share / share.sum() for share in allowed]

    def state(self) -> Mapping[str, Any]:
        return {
            "encoder": self.encoder.state(),
            "rows": self.rows,
            "block_size": self.block_size,
            "shares": list(self.shares),
            "weights": dict(self.weights),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> TableModel:
        return cls(
            encoder=TableEncoder.from_state(state["encoder"]),
            rows=state["rows"],
            block_size=state["block_size"],
            shares=tuple(state["shares"]),
            weights=state["weights"],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """What came of learning a table."""

    model: TableModel
    notes: tuple[str, ...]
    """Quote no data."""
    losses: tuple[float, ...]
    """``TrainingOutcome.told``."""


def _trained(
    encoder: TableEncoder,
    codes: NDArray[np.int16],
    shares: tuple[NDArray[np.float64], ...],
    block_size: int,
    plan: TrainingPlan,
    seed: int,
    on_progress: OnProgress,
) -> tuple[dict[str, NDArray[np.float32]], TrainingOutcome]:
    with torch_set_up(seed, THREADS) as device:
        network = AutoregressiveNetwork(_shape(encoder, block_size), _log_marginals(shares))
        network = network.to(device)
        rng = np.random.default_rng(seed)
        outcome = NOTHING_LEARNED
        if len(encoder.modelled) > 1:
            outcome = train(network, codes, plan, rng, on_progress)
        state = network.state_dict()
    return {name: value.cpu().numpy() for name, value in state.items()}, outcome


def missing_codes(encoder: TableEncoder, columns: Iterable[str]) -> list[tuple[int, int]]:
    """The place of each of ``columns`` and its code of a missing cell, where it has both."""
    place = {name: i for i, name in enumerate(encoder.modelled)}
    codes = {name: encoder.codecs[name].missing for name in columns if name in place}
    return [(place[name], code) for name, code in codes.items() if code is not None]


def _shape(encoder: TableEncoder, block_size: int) -> Shape:
    ordered = [encoder.codecs[name].ordered for name in encoder.modelled]
    return Shape.of(encoder.sizes, ordered, block_size)


def _shares(codes: NDArray[np.int16], size: int) -> NDArray[np.float64]:
    return np.bincount(codes, minlength=size) / max(len(codes), 1)


def _log_marginals(shares: tuple[NDArray[np.float64], ...]) -> list[torch.Tensor]:
    return [torch.from_numpy(np.log(np.maximum(s, 1e-6))).float() for s in shares]


def _training_notes(outcome: TrainingOutcome, plan: TrainingPlan, rows: int) -> list[str]:
    if plan.called:
        return [of_network(plan.called, note) for note in _network_notes(outcome, rows)]
    limited = [
        f"The time allowed was found to suffice for {outcome.steps} steps; a run of this table "
        f"alone with max_steps={outcome.steps} and no time limit gives the same model."
    ]
    return _kept_notes(outcome, rows) + (limited if plan.seconds and outcome.steps else [])


def _network_notes(outcome: TrainingOutcome, rows: int) -> list[str]:
    """Of one network among several: its part of the time is nobody's setting."""
    if not outcome.ended_by_time:
        return _kept_notes(outcome, rows)
    return [*_kept_notes(outcome, rows), time_note(outcome.epochs, outcome.wished_epochs)]


def _kept_notes(outcome: TrainingOutcome, rows: int) -> list[str]:
    if not outcome.best_epoch:
        return [
            f"The table ({rows} rows) shows no dependence between columns that holds on rows "
            "kept aside; the columns are drawn independently."
        ]
    kept = f"The weights of epoch {outcome.best_epoch} of {outcome.epochs} were kept: "
    kept += _validation_words(outcome)
    if not outcome.started_over_after:
        return [kept]
    return [
        kept,
        f"Training started over after epoch {outcome.started_over_after}, with a shorter course, "
        "because its best epoch came early.",
    ]


def _validation_words(outcome: TrainingOutcome) -> str:
    if not outcome.told:
        return f"the best {TOO_FEW_ASIDE}."
    first, best = outcome.told[0], outcome.told[outcome.best_epoch]
    return f"validation loss {best:.2f} nats a row, against {first:.2f} for independent columns."


class Throttled:
    """Turns ``on_column(done, total)`` into progress, not more often than is useful."""

    def __init__(self, on_progress: OnProgress, note: str) -> None:
        self.on_progress, self.note, self.last = on_progress, note, 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.last >= PROGRESS_SECONDS:
            self.last = now
            self.on_progress(done, total, self.note)


def _within(on_progress: OnProgress, start: int, count: int, rows: int) -> OnProgress:
    """Progress inside a chunk as progress in rows."""

    def report(done: int, total: int, note: str) -> None:
        on_progress(start + count * done // max(total, 1), max(rows, 1), note)

    return report
