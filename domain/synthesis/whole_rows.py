"""A synthesizer whose network makes whole rows at once: encoder, weights and engine around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, Metadata, Tables
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec
from domain.synthesis.artifacts import Artifact, library_versions
from domain.synthesis.base import FitResult, no_conditions
from domain.synthesis.blocks import Blocks
from domain.synthesis.catalogue import entry
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.device import THREADS
from domain.synthesis.encoding.mixed import MixedEncoder, MixedRows
from domain.synthesis.encoding.table import table_specs
from domain.synthesis.private_networks.choice import PRIVATE, private_network
from domain.synthesis.settings import SettingValue, with_defaults
from domain.synthesis.training import PROGRESS_SECONDS, torch_set_up

_CHUNK_ROWS = 16_384
_CHUNK_CELLS = 2**21
"""Entries of rows held at once while drawing."""

Weights = Mapping[str, NDArray[Any]]
Draw = Callable[[int, np.random.Generator], MixedRows]
"""``draw(rows, rng)``: new rows."""
Decode = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
"""``decode(noise)``: middles of the places, logits, and the spread around the middles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What training leaves: weights by name, one number an epoch, notes that quote no data."""

    weights: Weights
    curve: tuple[float, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """What a network is to learn from: encoded rows, and how to be trained on them."""

    rows: MixedRows
    encoder: MixedEncoder
    blocks: Blocks
    settings: Mapping[str, SettingValue]
    rng: np.random.Generator
    beat: Beat

    def batch(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """Codes and places of the real ``rows`` on the device."""
        codes = torch.from_numpy(self.rows.codes[rows].astype(np.int64))
        places = torch.from_numpy(self.rows.places[rows])
        return codes.to(self.blocks.device), places.to(self.blocks.device)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to make whole rows: how it learns, and how it draws with what it learned."""

    name: str
    learn: Callable[[Task], Learned]
    drawer: Callable[[Blocks, MixedEncoder, Weights], Draw]
    decoder: Callable[[Blocks, MixedEncoder, Weights, MixedRows], tuple[int, Decode]]
    """For given rows the size of the noise, and what makes such rows from it."""


@dataclass(slots=True)
class Beat:
    """Progress, passed on not more often than is useful."""

    on_progress: OnProgress
    last: float = 0.0

    def __call__(self, done: int, total: int, note: str) -> None:
        now = time.monotonic()
        if now - self.last >= PROGRESS_SECONDS:
            self.last = now
            self.on_progress(done, total, note)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WholeRowsModel:
    """One fitted table."""

    method: Method
    encoder: MixedEncoder
    rows: int
    """Rows it was learned from."""
    weights: Weights

    @classmethod
    def fit(
        cls,
        method: Method,
        frame: pd.DataFrame,
        specs: Iterable[ColumnSpec],
        *,
        held_out: pd.DataFrame | None,
        primary_key: str | None,
        settings: Mapping[str, SettingValue],
        seed: int,
        on_progress: OnProgress,
    ) -> tuple[WholeRowsModel, Learned]:
        """Learn a typed frame; returns the model, and what is to be told about the training."""
        beat, rng = Beat(on_progress), np.random.default_rng(seed)
        encoder = MixedEncoder.fit(
            frame,
            specs,
            held_out=held_out,
            primary_key=primary_key,
            rare_threshold=int(settings["rare_threshold"]),
            seed=seed,
            on_column=lambda done, total: beat(done, total, "learning the columns"),
        )
        rows = encoder.encode(
            frame, rng, lambda done, total: beat(done, total, "reading the columns")
        )
        learned = _learned(method, encoder, rows, settings, seed, rng, beat)
        model = cls(method=method, encoder=encoder, rows=len(frame), weights=learned.weights)
        return model, learned

    def chunks(self, rows: int, seed: int, on_progress: OnProgress) -> Iterator[pd.DataFrame]:
        """Draw ``rows`` rows, in frames of bounded size (one empty frame for no rows)."""
        beat, rng = Beat(on_progress), np.random.default_rng(seed)
        size = min(_CHUNK_ROWS, max(_CHUNK_CELLS // max(sum(self.encoder.sizes), 1), 256))
        for start in range(0, max(rows, 1), size):
            beat(start, max(rows, 1), "drawing rows")
            made = self._made(min(size, rows - start), seed, rng)
            yield self.encoder.decode(
                made, rng, lambda *_, at=start: beat(at, max(rows, 1), "drawing rows")
            )

    def _made(self, count: int, seed: int, rng: np.random.Generator) -> MixedRows:
        if not self.encoder.modelled or not count:
            columns, numbers = len(self.encoder.modelled), len(self.encoder.with_modes)
            return MixedRows(
                codes=np.zeros((count, columns), dtype=np.int16),
                places=np.zeros((count, numbers), dtype=np.float32),
            )
        with torch_set_up(seed, THREADS) as device, torch.no_grad():
            blocks = Blocks(self.encoder.sizes, len(self.encoder.with_modes), device)
            return self.method.drawer(blocks, self.encoder, self.weights)(count, rng)

    def state(self) -> Mapping[str, Any]:
        return {
            "encoder": self.encoder.state(),
            "rows": self.rows,
            "weights": dict(self.weights),
        }

    @classmethod
    def from_state(cls, method: Method, state: Mapping[str, Any]) -> WholeRowsModel:
        return cls(
            method=method,
            encoder=MixedEncoder.from_state(state["encoder"]),
            rows=state["rows"],
            weights=state["weights"],
        )


def _learned(
    method: Method,
    encoder: MixedEncoder,
    rows: MixedRows,
    settings: Mapping[str, SettingValue],
    seed: int,
    rng: np.random.Generator,
    beat: Beat,
) -> Learned:
    if not encoder.modelled:
        return Learned(weights={}, curve=(), notes=("No column holds anything to learn.",))
    with torch_set_up(seed, THREADS) as device:
        blocks = Blocks(encoder.sizes, len(encoder.with_modes), device)
        task = Task(
            rows=rows, encoder=encoder, blocks=blocks, settings=settings, rng=rng, beat=beat
        )
        return method.learn(task)


@dataclass(frozen=True, slots=True)
class WholeRows:
    """The engine around a method (see :mod:`domain.synthesis.base` for the promises)."""

    method: Method

    def fit(
        self,
        tables: Tables,
        metadata: Metadata,
        *,
        held_out: Tables,
        settings: Mapping[str, SettingValue],
        privacy: PrivacySpec | None,
        seed: int,
        on_progress: OnProgress,
    ) -> FitResult:
        """Learn one table."""
        if privacy is not None:
            return private_network(self.method.name).fit(
                tables,
                metadata,
                settings=settings,
                privacy=privacy,
                seed=seed,
                on_progress=on_progress,
            )
        name = self._only_table(tables, metadata)
        table = metadata.tables[name]
        complete = with_defaults(entry(self.method.name).plain_settings, settings)
        model, learned = WholeRowsModel.fit(
            self.method,
            tables[name],
            table_specs(table),
            held_out=held_out.get(name),
            primary_key=table.primary_key,
            settings=complete,
            seed=seed,
            on_progress=on_progress,
        )
        artifact = Artifact(
            synthesizer=self.method.name,
            seed=seed,
            settings=complete,
            state={"table": name, "model": model.state()},
            versions=library_versions(),
        )
        return FitResult(
            artifact=artifact.to_bytes(),
            notes=(*learned.notes, *model.encoder.notes()),
            curves={name: learned.curve} if learned.curve else {},
        )

    def sample(
        self,
        artifact: bytes,
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        """Draw typed rows."""
        state = Artifact.from_bytes(artifact, self.method.name).state
        if PRIVATE in state:
            return private_network(self.method.name).sample(
                state[PRIVATE], rows=rows, seed=seed, spec=spec, on_progress=on_progress
            )
        if spec:
            raise no_conditions(self.method.name)
        model = WholeRowsModel.from_state(self.method, state["model"])
        count = model.rows if rows is None else rows
        return ({state["table"]: f} for f in model.chunks(count, seed, on_progress))

    def complete(
        self,
        artifact: bytes,
        given: pd.DataFrame,
        *,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[pd.DataFrame]:
        """Not offered."""
        raise no_conditions(self.method.name)

    def _only_table(self, tables: Tables, metadata: Metadata) -> str:
        if metadata.only_table is None:
            raise BadInput(
                f"The synthesizer “{self.method.name}” learns single tables only; "
                "use “autoregressive” for several tables."
            )
        name = metadata.only_table
        if not len(tables[name]):
            raise BadInput(f"The table “{name}” has no rows to learn from; upload one with rows.")
        if not metadata.tables[name].kept:
            raise BadInput(f"Every column of the table “{name}” is dropped; keep at least one.")
        return name
