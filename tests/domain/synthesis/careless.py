"""A synthesizer that knows nothing of any dependence: the hardest one to keep constraints with."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import numpy as np
import pandas as pd

from domain.synthesis.base import FitResult
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import PLAIN


class Careless:
    """Draws every column by itself from the learned cells, in two chunks."""

    def __init__(self) -> None:
        self.specs: list[object] = []
        self.asked = 0

    def fit(self, tables, metadata, *, held_out, settings, privacy, seed, on_progress) -> FitResult:
        self.metadata, self.tables = metadata, dict(tables)
        for name, frame in tables.items():
            assert list(frame.columns) == [c.name for c in metadata.tables[name].columns]
            assert not metadata.tables[name].constraints
        return FitResult(artifact=json.dumps(sorted(tables)).encode(), notes=("careless",))

    def sample(
        self, artifact, *, rows, seed, spec=PLAIN, on_progress
    ) -> Iterator[dict[str, pd.DataFrame]]:
        assert json.load(io.BytesIO(artifact)) == sorted(self.tables)
        self.specs.append(spec)
        for name, frame in self.tables.items():
            wanted = len(frame) if rows is None else rows
            self.asked += wanted
            drawn = self._drawn(name, wanted, seed, spec)
            yield {name: drawn.iloc[: wanted // 2]}
            yield {name: drawn.iloc[wanted // 2 :].reset_index(drop=True)}

    def _drawn(self, name: str, rows: int, seed: int, spec) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        frame, table = self.tables[name], self.metadata.tables[name]
        columns = {}
        for column in table.columns:
            cells = frame[column.name]
            for condition in spec.where:
                if condition.column == column.name:
                    cells = cells[matching(frame, [condition])]
            if column.name in spec.impute:
                cells = cells.dropna()
            picked = cells.take(rng.integers(0, len(cells), rows)).reset_index(drop=True)
            columns[column.name] = self._invented(picked, rng) if column.unique else picked
        return pd.DataFrame(columns)

    def _invented(self, cells: pd.Series, rng: np.random.Generator) -> pd.Series:
        if cells.dtype == "Int64":
            return pd.Series(10_000_000 + rng.permutation(len(cells)), dtype="Int64")
        names = [f"new-{rng.integers(0, 2**60)}" for _ in range(len(cells))]
        return pd.Series(names, dtype="string[pyarrow]")

    def complete(self, artifact, given, *, seed, on_progress, spec=None) -> Iterator[pd.DataFrame]:
        (name,) = self.tables
        assert list(given.columns) == [c.name for c in self.metadata.tables[name].columns]
        drawn = self._drawn(name, len(given), seed, PLAIN)
        done = {}
        for column in given:
            there = given[column].notna()
            cells = given[column].astype(object).where(there, drawn[column].astype(object))
            done[column] = cells.astype(drawn[column].dtype)
        yield pd.DataFrame(done).iloc[: len(given) // 2]
        yield pd.DataFrame(done).iloc[len(given) // 2 :]
