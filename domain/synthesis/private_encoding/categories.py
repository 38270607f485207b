"""Categories and flags of a private run: known from a code book, or common enough to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, SdType
from domain.privacy.private_table import PrivateTable
from domain.synthesis.private_encoding.column import (
    SIGNIFICANT,
    Codes,
    Floats,
    drawn_within,
    summed,
)

_MISSING = "\0missing"
_FINDING = 0.5
"""Share of ρ for which words there are, where they are counted afterwards."""
_FLAGS = ("False", "True")
STAND_IN = "other"
"""Written where no value of a column is common enough to be told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CategoryColumn:
    """Words as codes. Cells are the words, then a missing cell, then any other word."""

    flag: bool
    """Whether it is yes or no."""
    words: tuple[str, ...]
    cells: Floats
    """Noisy counts, shape ``(words + 2,)``."""
    groups: Codes
    """The code of each cell: rare ones share one."""
    counts: Floats
    spreads: Floats

    @classmethod
    def declared(
        cls, table: PrivateTable, spec: ColumnSpec, words: Sequence[str], rho: float
    ) -> CategoryColumn:
        """Count words that are public. Costs ``rho``."""
        words, flag = tuple(words), spec.sdtype is SdType.BOOLEAN
        told = table.counts(
            f"“{spec.name}”", lambda f: _cells(f[spec.name], words), len(words) + 2, rho
        )
        cells = told.counts.astype(np.float64)
        return cls._grouped(flag, words, cells, told.sigma)

    @classmethod
    def flagged(cls, table: PrivateTable, spec: ColumnSpec, rho: float) -> CategoryColumn:
        """Count yes and no. Costs ``rho``."""
        return cls.declared(table, spec, _FLAGS, rho)

    @classmethod
    def discovered(
        cls, table: PrivateTable, spec: ColumnSpec, total: int, rho: float, delta: float
    ) -> CategoryColumn:
        """Ask for the words that are common enough to be told. Costs ``rho`` and ``delta``.

        Where counts of different questions do not add up to the same, what all other words hold
        is no difference: then the words that were found are counted once more, others beside them.
        """
        if not table.adds_up:
            found, _ = table.found(
                f"“{spec.name}”", lambda f: _words(f[spec.name]), rho * _FINDING, delta
            )
            common = [str(word) for word in found]
            return cls.declared(table, spec, common, rho * (1 - _FINDING))
        found, sigma = table.found(f"“{spec.name}”", lambda f: _texts(f[spec.name]), rho, delta)
        words = tuple(str(w) for w in found if w != _MISSING)
        known = [float(found[w]) for w in words]
        missing = float(found.get(_MISSING, 0))
        other = total - sum(known) - missing
        cells = np.array([*known, missing, other])
        return cls._grouped(False, words, cells, sigma)

    @classmethod
    def _grouped(
        cls, flag: bool, words: tuple[str, ...], cells: Floats, sigma: float
    ) -> CategoryColumn:
        """Words of a small noisy count share a code; cells that are no words have one of their own
        where they are large, and are drawn as the most frequent one where they are not."""
        large = cells >= SIGNIFICANT * sigma
        alone = np.flatnonzero(large)
        if not len(alone):
            alone = np.array([int(np.argmax(cells))])
        groups = np.full(len(cells), len(alone), dtype=np.int64)
        groups[alone] = np.arange(len(alone))
        small = np.flatnonzero(groups == len(alone))
        if not len(small[small < len(words)]):
            groups[small] = int(np.argmax(cells[alone]))
        counts, spreads = summed(groups, cells, sigma)
        return cls(
            flag=flag, words=words, cells=cells, groups=groups, counts=counts, spreads=spreads
        )

    @property
    def size(self) -> int:
        return len(self.counts)

    def encode(self, column: pd.Series) -> Codes:
        return np.asarray(self.groups[_cells(column, self.words)])

    def joint(self) -> None:
        """Words are counted for themselves."""
        return

    def decode(
        self, codes: Codes, rng: np.random.Generator, beside: Codes | None = None
    ) -> pd.Series:
        cells = drawn_within(codes, self.groups, self._weights(), rng)
        other = cells == len(self.words) + 1
        if other.any() and self.words:
            shares = np.maximum(self.cells[: len(self.words)], 1e-9)
            cells[other] = rng.choice(len(self.words), int(other.sum()), p=shares / shares.sum())
        texts = np.array([*self.words, None, STAND_IN], dtype=object)[cells]
        if self.flag:
            flags = pd.Series(texts).map({"False": False, "True": True})
            return flags.astype("boolean")
        return pd.Series(pd.Categorical(texts))

    def _weights(self) -> Floats:
        """How likely each cell of a code is; an unlikely missing or other one never is."""
        weights = np.maximum(self.cells, 0.0) + 1e-6
        with_words = np.bincount(self.groups[:-2], minlength=self.size) > 0
        weights[-2:][with_words[self.groups[-2:]]] = 0.0
        return weights

    def state(self) -> Mapping[str, Any]:
        return {
            "kind": "category",
            "flag": self.flag,
            "words": list(self.words),
            **{name: getattr(self, name) for name in ("cells", "groups", "counts", "spreads")},
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> CategoryColumn:
        rest = {k: v for k, v in state.items() if k != "kind"}
        return cls(**{**rest, "words": tuple(state["words"])})


def _words(column: pd.Series) -> pd.Series:
    """Texts, where cells are not missing."""
    return _texts(column).where(column.notna())


def _texts(column: pd.Series) -> pd.Series:
    texts = column.astype(object)
    return texts.where(texts.notna(), _MISSING).astype(str)


def _cells(column: pd.Series, words: Sequence[str]) -> Codes:
    known = {word: place for place, word in enumerate(words)} | {_MISSING: len(words)}
    places = _texts(column).map(known).fillna(len(words) + 1)
    return np.asarray(places.to_numpy(), dtype=np.int64)
