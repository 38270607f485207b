"""Columns of a fixed combination as one category: only combinations that occur come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from domain.datasets.constraints import Combination
from domain.datasets.entities import ColumnSpec, SdType, TableMetadata
from domain.datasets.preparing import typed, untyped
from domain.kernel import BadInput
from domain.synthesis.encoding.owners import distinct

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Folded:
    """The columns as the number of their combination, in the place of the first of them."""

    table: TableMetadata
    """Only the columns that are combined, in the table's order."""
    texts: pd.DataFrame
    """The combinations that may come out, one a row, as text, the most frequent first."""
    counts: Numbers
    """Real rows that hold each."""

    @classmethod
    def fit(
        cls, rule: Combination, frame: pd.DataFrame, table: TableMetadata, rare_threshold: int
    ) -> tuple[Folded, list[str]]:
        """Count the combinations. Those of fewer than ``rare_threshold`` rows, in a log of as many
        entities, never come out.

        Returns what was left out, in words; raises :class:`BadInput` when nothing is left.
        """
        some = _only(table, rule.columns)
        texts = _texts(frame, some)
        counts = texts.value_counts(sort=False, dropna=False)
        found = counts.index.to_frame(index=False).astype(object)
        numbers: Numbers = np.asarray(counts, dtype=np.int64)
        entities = _entities(frame, table, rare_threshold)
        held = numbers if entities is None else _holders(texts, entities, len(numbers))
        order = np.argsort(-numbers, kind="stable")
        order = order[held[order] >= rare_threshold]
        if not len(order):
            raise BadInput(
                f"No combination of “{rule}” is held by at least {rare_threshold} "
                f"{'rows' if entities is None else 'entities'}; remove "
                "the constraint or combine columns with fewer values."
            )
        texts = found.where(found.notna(), None).iloc[order].reset_index(drop=True)
        folded = cls(table=some, texts=texts, counts=numbers[order])
        by = "rows" if entities is None else "entities"
        return folded, _rare_note(rule, numbers[held < rare_threshold], rare_threshold, by)

    @property
    def makes(self) -> tuple[str, ...]:
        return tuple(spec.name for spec in self.table.columns)

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    @property
    def name(self) -> str:
        """The column in which the engine sees the combination."""
        return self.makes[0]

    @property
    def combinations(self) -> pd.DataFrame:
        """The combinations as typed values, in the order of their numbers."""
        columns = {name: pa.array(self.texts[name].tolist(), pa.string()) for name in self.makes}
        return typed(pa.table(columns), self.table)

    def specs(self, specs: Sequence[ColumnSpec]) -> list[ColumnSpec]:
        one = ColumnSpec(name=self.name, sdtype=SdType.CATEGORICAL)
        kept = (s for s in specs if s.name not in self.makes[1:])
        return [one if s.name == self.name else s for s in kept]

    def shaped(self, frame: pd.DataFrame, original: pd.DataFrame) -> pd.DataFrame:
        """With the number of each row's combination; a rare one is learned as a frequent one,
        of the same first column where there is one."""
        numbers = self.numbers(original)
        rare = np.flatnonzero(numbers < 0)
        if len(rare):
            numbers[rare] = self._stand_ins(_texts(original.iloc[rare], self.table))
        folded = frame.drop(columns=list(self.makes[1:]))
        return folded.assign(**{self.name: self._labels(numbers, frame.index)})

    def numbers(self, frame: pd.DataFrame) -> Numbers:
        """The number of each row's combination, -1 for one that may not come out."""
        known = self._keys(self.texts)
        return known.get_indexer(self._keys(_texts(frame, self.table))).astype(np.int64)

    def some_fitting(self, frame: pd.DataFrame, rng: np.random.Generator) -> list[str | None]:
        """For each row a combination that agrees with its cells that are not missing, drawn by
        frequency; ``None`` where none agrees."""
        patterns, kinds = pd.factorize(self._keys(_texts(frame, self.table)))
        found = np.full(len(frame), None, dtype=object)
        for place, cells in enumerate(kinds):
            numbers, rows = self._fitting(cells), patterns == place
            if len(numbers):
                shares = self.counts[numbers] / self.counts[numbers].sum()
                found[rows] = self.labels(rng.choice(numbers, int(rows.sum()), p=shares))
        return list(found)

    def _fitting(self, cells: tuple[str | None, ...]) -> Numbers:
        agree = np.ones(len(self.texts), dtype=np.bool_)
        for name, cell in zip(self.makes, cells, strict=True):
            if cell is not None:
                agree &= self.texts[name].to_numpy(object) == cell
        return np.flatnonzero(agree).astype(np.int64)

    def _keys(self, texts: pd.DataFrame) -> pd.Index:
        """Each row as one hashable tuple (``None`` for a missing cell)."""
        return pd.Index(
            list(texts[list(self.makes)].itertuples(index=False, name=None)), tupleize_cols=False
        )

    def _stand_ins(self, texts: pd.DataFrame) -> Numbers:
        """By share among combinations with the same first cell; the same for the same rows."""
        rng = np.random.default_rng(len(texts))
        chosen = np.zeros(len(texts), dtype=np.int64)
        firsts = texts[self.name].to_numpy(object)
        known = self.texts[self.name].to_numpy(object)
        for first in dict.fromkeys(firsts.tolist()):
            rows = np.flatnonzero(firsts == first)
            alike = np.flatnonzero(known == first)
            among = alike if len(alike) else np.arange(len(known))
            shares = self.counts[among] / self.counts[among].sum()
            chosen[rows] = rng.choice(among, len(rows), p=shares)
        return chosen

    def _labels(self, numbers: Numbers, index: pd.Index) -> pd.Series:
        words = np.array(self.labels(np.arange(len(self.counts))), dtype=object)
        order = np.argsort(words)
        categories = pd.Index(words[order])
        codes = np.argsort(order)[numbers]
        return pd.Series(pd.Categorical.from_codes(codes, categories=categories), index=index)

    def labels(self, numbers: Numbers) -> list[str]:
        """How the engine sees combinations."""
        return [str(n) for n in numbers.tolist()]

    def restored(self, frame: pd.DataFrame) -> pd.DataFrame:
        numbers = pd.to_numeric(frame[self.name].astype(object), errors="coerce")
        places = numbers.fillna(0).to_numpy(np.int64).clip(0, len(self.counts) - 1)
        values = self.combinations.take(places).set_axis(frame.index)
        return frame.assign(**{name: values[name] for name in self.makes})

    def state(self) -> Mapping[str, Any]:
        return {
            "kind": "folded",
            "columns": list(self.makes),
            "texts": [self.texts[name].tolist() for name in self.makes],
            "counts": self.counts,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], table: TableMetadata) -> Folded:
        columns = dict(zip(state["columns"], state["texts"], strict=True))
        return cls(
            table=_only(table, state["columns"]),
            texts=pd.DataFrame(columns, dtype=object),
            counts=state["counts"],
        )


def _only(table: TableMetadata, columns: Sequence[str]) -> TableMetadata:
    return TableMetadata(columns=tuple(s for s in table.columns if s.name in set(columns)))


def _texts(frame: pd.DataFrame, table: TableMetadata) -> pd.DataFrame:
    """The cells as written, ``None`` where missing."""
    names = [spec.name for spec in table.columns]
    text = untyped(frame[names], table)
    return pd.DataFrame({n: pd.Series(text[n].to_pylist(), dtype=object) for n in names})


def _entities(frame: pd.DataFrame, table: TableMetadata, rare_threshold: int) -> Numbers | None:
    """Whose each row of a log is, as numbers; ``None`` where rows are counted: of other tables, and
    of fewer entities than the threshold."""
    key = table.sequence.entity if table.sequence is not None else None
    if key is None or key not in frame:
        return None
    codes, entities = pd.factorize(frame[key].astype(object), use_na_sentinel=False)
    return codes.astype(np.int64) if len(entities) >= rare_threshold else None


def _holders(texts: pd.DataFrame, entities: Numbers, many: int) -> Numbers:
    """How many entities hold each combination, in the order in which they were counted."""
    numbers = texts.groupby(list(texts), sort=True, dropna=False).ngroup()
    return distinct(np.asarray(numbers, dtype=np.int64), entities, many)


def _rare_note(rule: Combination, rare: Numbers, rare_threshold: int, by: str) -> list[str]:
    """``rare``: the rows of each combination that is held by too few ``by``."""
    if not len(rare):
        return []
    those = "1 combination is" if len(rare) == 1 else f"{len(rare)} combinations are"
    rows = "1 row" if rare.sum() == 1 else f"{rare.sum()} rows"
    return [
        f"“{rule}”: {those} held by fewer than {rare_threshold} {by} and never drawn "
        f"({rows} learned as a more frequent one)."
    ]
