"""What fitting costs, in steps, seconds and bytes, by the sizes of things. Knows no torch.

The constants were measured on one thread of a two-core machine (see docs/guide/preflight.md);
another machine is slower or faster by one factor, which a few timed steps find out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from domain.synthesis.settings import SettingValue
from domain.synthesis.training_length import FEWEST_ROWS, TrainingLength, validation_rows
from domain.synthesis.workload import TableLoad

PROCESS_BYTES = 520_000_000
"""A worker with its libraries, before it has read a row."""
_CELL_BYTES = 60
"""A cell as text, as a typed value, and in the copies that are made of both."""
_FLOAT = 4
_LARGEST_HIDDEN, _NARROWEST_BLOCK = 4_096, 8
_CHUNK = 4_096
_USUAL_SHARE = 0.9
"""Of the epochs that a training may take: it stops where the validation loss rises for good."""
_SECONDS_A_COLUMN, _SECONDS_A_CELL, _SECONDS_AN_INVENTED_CELL = 6e-3, 0.8e-6, 4e-6
_SECONDS_A_MIXED_COLUMN = 2e-2


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """The cost of fitting one table."""

    steps: int
    """Gradient steps, about."""
    step_seconds: float
    other_seconds: float
    """Learning the columns and writing rows as codes."""
    rows_bytes: int
    """The rows themselves, which are in memory before fitting starts."""
    fit_bytes: int
    """What fitting needs beside them."""
    limit_seconds: float = 0.0
    """Longest training, where a time limit is set; 0: none."""

    @property
    def seconds(self) -> float:
        """The whole fit."""
        training = self.steps * self.step_seconds
        return self.other_seconds + min(training, self.limit_seconds or math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSize:
    """The autoregressive network of a table; mirrors ``network.Shape``."""

    columns: int
    codes: int
    """Of all columns together."""
    block: int
    embedding: int

    @classmethod
    def of(cls, sizes: tuple[int, ...], block_size: int) -> NetworkSize:
        """The size for columns of ``sizes`` codes."""
        columns = max(len(sizes), 1)
        bound = max(_NARROWEST_BLOCK, _LARGEST_HIDDEN // columns)
        return cls(
            columns=columns,
            codes=sum(sizes),
            block=min(block_size, bound),
            embedding=8 if columns <= 100 else 4,
        )

    @property
    def weights(self) -> int:
        """Numbers in the one large matrix."""
        return self.columns**2 * self.block * self.embedding

    @property
    def parameters(self) -> int:
        """Numbers that are learned."""
        return self.weights + self.codes * (self.block + self.embedding + 1)

    def step_seconds(self, batch: int) -> float:
        """One gradient step over ``batch`` rows."""
        return (
            2.4e-3
            + 1.9e-8 * self.parameters
            + 1.3e-10 * batch * self.weights
            + 1.1e-8 * batch * self.codes
            + 2.2e-8 * batch * self.columns * self.block
        )

    def bytes(self, batch: int, validation: int) -> int:
        """Parameters with gradients, moments and copies, and what a step or a check holds."""
        parameters = 14 * self.parameters
        step = batch * (4 * self.codes + 12 * self.columns * self.block)
        check = min(validation, _CHUNK) * 2.2 * self.codes
        return int(_FLOAT * (parameters + max(step, check)))


def training_length(rows: int, settings: Mapping[str, SettingValue]) -> TrainingLength | None:
    """How long the autoregressive network trains; ``None`` where it learns nothing."""
    if rows < FEWEST_ROWS:
        return None
    return TrainingLength.of(
        rows,
        rows - validation_rows(rows),
        max_epochs=int(settings["max_epochs"]),
        batch_size=int(settings["batch_size"]),
        max_steps=int(settings["max_steps"]),
    )


def autoregressive_effort(load: TableLoad, settings: Mapping[str, SettingValue]) -> Effort:
    """The cost of the autoregressive network on one table."""
    size = NetworkSize.of(load.sizes, int(settings["block_size"]))
    length = training_length(load.rows, settings) if len(load.sizes) > 1 else None
    batch, most = (length.batch, length.steps) if length else (1, 0)
    return Effort(
        steps=most if settings["max_steps"] else math.ceil(_USUAL_SHARE * most),
        step_seconds=size.step_seconds(batch),
        other_seconds=_reading_seconds(load, _SECONDS_A_COLUMN),
        rows_bytes=load.rows * len(load.columns) * _CELL_BYTES,
        fit_bytes=size.bytes(batch, validation_rows(load.rows)) + 8 * load.rows * size.columns,
        limit_seconds=float(settings["max_seconds"]),
    )


_WHOLE_ROWS = {"ctgan": (5e-5, 6.6e-7), "tvae": (1.7e-5, 5.2e-8)}
"""Seconds a row of a step, and beyond them for every entry of the row."""
_MODES = 6
"""Codes of a number, about."""
_HIDDEN = 256


def whole_rows_effort(name: str, load: TableLoad, settings: Mapping[str, SettingValue]) -> Effort:
    """The cost of CTGAN or TVAE on one table."""
    width = sum(min(c, _MODES) if c > 100 else c for c in load.sizes)
    batch = min(int(settings["batch_size"]), max(load.rows, 1))
    fixed, an_entry = _WHOLE_ROWS[name]
    parameters = 4 * _HIDDEN * (12 * width + _HIDDEN)
    return Effort(
        steps=int(settings["epochs"]) * max(round(load.rows / batch), 1),
        step_seconds=batch * (fixed + an_entry * width),
        other_seconds=_reading_seconds(load, _SECONDS_A_MIXED_COLUMN),
        rows_bytes=load.rows * len(load.columns) * _CELL_BYTES,
        fit_bytes=_FLOAT * (4 * parameters + 20 * batch * (width + _HIDDEN)),
    )


def _reading_seconds(load: TableLoad, a_column: float) -> float:
    learned = len(load.columns) - load.invented
    return (
        0.3
        + a_column * len(load.columns)
        + load.rows * (_SECONDS_A_CELL * learned + _SECONDS_AN_INVENTED_CELL * load.invented)
    )
