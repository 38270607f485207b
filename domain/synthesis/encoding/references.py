"""Codec of whole numbers that name others: account numbers, terminals, orders.

As numbers they measure nothing: the next one belongs to somebody else. So a value that many people
share keeps a code of its own, and every other is invented, of the same look: what hardly anybody
else has never comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec
from domain.synthesis.conditions import Condition
from domain.synthesis.encoding.allowed import Allowed, is_in
from domain.synthesis.encoding.codec import Codes
from domain.synthesis.encoding.surrogates import SurrogateCodec

MOST_KEPT = 100
"""Values with a code of their own, the most shared first."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceCodec:
    """Codes in this order: kept values, the most shared first; all others together; missing."""

    kept: tuple[int, ...]
    others: SurrogateCodec
    has_missing: bool

    @classmethod
    def fit(
        cls,
        column: pd.Series,
        spec: ColumnSpec,
        rare_threshold: int,
        *,
        salt: str,
        held_out: pd.Series,
    ) -> ReferenceCodec:
        """Learn an ``Int64`` column in which every person has each value once; kept are values of
        as many people as ``rare_threshold``. No invented one is a real one, of ``held_out``
        neither."""
        counts = column.value_counts()
        shared = counts[counts >= max(rare_threshold, 2)].sort_index()
        shared = shared.sort_values(ascending=False, kind="stable").iloc[:MOST_KEPT]
        keeps = column.isin(shared.index)
        others = SurrogateCodec.fit(
            column[column.notna() & ~keeps],
            spec,
            rare_threshold,
            unique=False,
            salt=salt,
            held_out=pd.concat([held_out, column[keeps]]),
        )
        kept = tuple(int(value) for value in shared.index)
        return cls(kept=kept, others=others, has_missing=bool(column.isna().any()))

    @property
    def size(self) -> int:
        return len(self.kept) + 1 + self.has_missing

    @property
    def ordered(self) -> bool:
        return False

    @property
    def drawable(self) -> NDArray[np.bool_]:
        return np.ones(self.size, dtype=np.bool_)

    @property
    def missing(self) -> int | None:
        return len(self.kept) + 1 if self.has_missing else None

    def encode(self, column: pd.Series) -> Codes:
        code_of = {value: code for code, value in enumerate(self.kept)}
        known = column.map(code_of).to_numpy(np.float64, na_value=np.nan)
        codes = np.where(np.isnan(known), len(self.kept), known).astype(np.int64)
        missing = column.isna().to_numpy(np.bool_)
        return np.where(missing, len(self.kept) + self.has_missing, codes)

    def knows(self, column: pd.Series) -> NDArray[np.bool_]:
        return (column.notna() | self.has_missing).to_numpy(np.bool_)

    def allowed(self, all_of: Sequence[Condition], none_of: Sequence[Condition]) -> Allowed:
        values = [*(str(value) for value in self.kept), ""]
        inside = is_in(values, all_of)
        for condition in none_of:
            inside &= ~is_in(values, [condition])
        return Allowed(weights=inside[: self.size].astype(np.float64))

    def decode(
        self, codes: Codes, rng: np.random.Generator, allowed: Allowed | None = None
    ) -> pd.Series:
        values = np.full(len(codes), None, dtype=object)
        some = codes < len(self.kept)
        values[some] = np.array([*self.kept, 0], dtype=object)[codes[some]]
        invented = np.flatnonzero(codes == len(self.kept))
        values[invented] = self.others.decode(np.zeros(len(invented), np.int64), rng).array
        return pd.Series(values).astype("Int64")

    def state(self) -> Mapping[str, Any]:
        return {
            "kind": "reference",
            "kept": list(self.kept),
            "others": self.others.state(),
            "has_missing": self.has_missing,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ReferenceCodec:
        return cls(
            kept=tuple(state["kept"]),
            others=SurrogateCodec.from_state(state["others"]),
            has_missing=state["has_missing"],
        )
