"""Codec of categories and booleans: one code a value, rare values protected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.conditions import Condition
from domain.synthesis.encoding.allowed import Allowed, is_in
from domain.synthesis.encoding.codec import Codes, stratified_within
from domain.synthesis.encoding.holders import held_by_one

MAX_CODES = 1_000
"""Most frequent values with a code of their own; the others share one, drawn by frequency."""
STAND_IN = "(other)"
"""Written where every value of a column is rare."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CategoryCodec:
    """Codes in this order: frequent values, ``tail`` values together, rare values, missing.

    The code of the rare values (seen in fewer rows than the threshold) teaches the network but
    is never drawn: their mass goes to the values that fit the rest of the row best. Only a
    column in which every value is rare decodes to a stand-in word.
    """

    boolean: bool
    values: tuple[str, ...]
    """Frequent values, the most frequent first."""
    tail: tuple[str, ...]
    tail_shares: NDArray[np.float64]
    rare: int
    """How many distinct values are protected."""
    has_missing: bool
    stand_in: str = ""

    @classmethod
    def fit(
        cls,
        column: pd.Series,
        spec: ColumnSpec,
        rare_threshold: int,
        keys: Sequence[pd.Series] = (),
    ) -> CategoryCodec:
        """Learn the values. Booleans need no protection: neither value names anybody.

        A value is rare, too, when all its rows belong to one person by one of ``keys``.
        """
        boolean = spec.sdtype is SdType.BOOLEAN
        counts = _counts(column)
        shared = ~counts.index.isin(held_by_one(column, keys))
        safe = counts if boolean else counts[(counts >= rare_threshold) & shared]
        tail = safe.iloc[MAX_CODES:]
        rare = len(counts) - len(safe)
        return cls(
            boolean=boolean,
            values=tuple(safe.index[:MAX_CODES]),
            tail=tuple(tail.index),
            tail_shares=(tail / max(tail.sum(), 1)).to_numpy(np.float64),
            rare=rare,
            has_missing=bool(column.isna().any()) or counts.empty,
            stand_in=_stand_in(counts) if rare and safe.empty else "",
        )

    @property
    def size(self) -> int:
        return self._missing_code + self.has_missing

    @property
    def ordered(self) -> bool:
        return False

    @property
    def _tail_code(self) -> int:
        return len(self.values)

    @property
    def _rare_code(self) -> int:
        return self._tail_code + bool(self.tail)

    @property
    def _missing_code(self) -> int:
        return self._rare_code + bool(self.rare)

    @property
    def drawable(self) -> NDArray[np.bool_]:
        allowed = np.ones(self.size, dtype=np.bool_)
        if self.rare and not self.stand_in:
            allowed[self._rare_code] = False
        return allowed

    def encode(self, column: pd.Series) -> Codes:
        levels, level_of_row = _levels(column)
        code_of = {v: i for i, v in enumerate(self.values)} | dict.fromkeys(
            self.tail, self._tail_code
        )
        # Values that were never seen before are as unknown as the rare ones.
        unseen = self._rare_code if self.rare else 0
        code_of_level = np.array([code_of.get(v, unseen) for v in levels], dtype=np.int64)
        return np.append(code_of_level, self._missing_code)[level_of_row]

    @property
    def missing(self) -> int | None:
        return self._missing_code if self.has_missing else None

    def knows(self, column: pd.Series) -> NDArray[np.bool_]:
        levels, level_of_row = _levels(column)
        known = {*self.values, *self.tail}
        return np.array([*(v in known for v in levels), self.has_missing])[level_of_row]

    def allowed(self, all_of: Sequence[Condition], none_of: Sequence[Condition]) -> Allowed:
        values = [*self.values, *self.tail, self.stand_in]
        inside = is_in(values, [self._as_written(c) for c in all_of])
        for condition in none_of:
            inside &= ~is_in(values, [self._as_written(condition)])
        tail = inside[len(self.values) : -2]
        weights = np.zeros(self.size)
        weights[: len(self.values)] = inside[: len(self.values)]
        if self.tail:
            weights[self._tail_code] = self.tail_shares[tail].sum()
        if self.stand_in:
            weights[self._rare_code] = inside[-2]
        if self.has_missing:
            weights[self._missing_code] = inside[-1]
        return Allowed(weights=weights * self.drawable, tail=tail)

    def _as_written(self, condition: Condition) -> Condition:
        """Booleans are kept as Python writes them."""
        if not self.boolean:
            return condition
        return replace(condition, values=tuple(v.title() for v in condition.values))

    def decode(
        self, codes: Codes, rng: np.random.Generator, allowed: Allowed | None = None
    ) -> pd.Series:
        words = [*self.values, *self.tail, *([self.stand_in] if self.stand_in else [])]
        place_of = np.arange(self.size)
        place_of[self._tail_code :] = len(words) - 1
        place_of[self._missing_code :] = -1
        place = place_of[codes]
        if self.tail:
            in_tail = codes == self._tail_code
            place[in_tail] = self._tail_code + self._tail_places(codes[in_tail], rng, allowed)
        return _column(place, words, boolean=self.boolean)

    def _tail_places(
        self, codes: Codes, rng: np.random.Generator, allowed: Allowed | None
    ) -> Codes:
        shares = self.tail_shares
        if allowed is not None and allowed.tail is not None:
            shares = shares * allowed.tail
        if not len(codes):
            return codes
        levels = np.cumsum(shares) / shares.sum()
        levels[np.flatnonzero(shares)[-1] :] = np.inf  # rounding must not lead past the last
        return np.searchsorted(levels, stratified_within(codes, rng), side="right")

    def state(self) -> Mapping[str, Any]:
        return {
            "kind": "category",
            "boolean": self.boolean,
            "values": list(self.values),
            "tail": list(self.tail),
            "tail_shares": self.tail_shares,
            "rare": self.rare,
            "has_missing": self.has_missing,
            "stand_in": self.stand_in,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> CategoryCodec:
        rest = {k: v for k, v in state.items() if k != "kind"}
        return cls(**{**rest, "values": tuple(state["values"]), "tail": tuple(state["tail"])})


def _levels(column: pd.Series) -> tuple[list[str], NDArray[np.int64]]:
    """Distinct values as text, and for each row the place among them (-1 where missing)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [str(v) for v in column.cat.categories], column.cat.codes.to_numpy().astype(np.int64)
    places, levels = pd.factorize(column, use_na_sentinel=True)
    return [str(v) for v in levels], places.astype(np.int64)


def _counts(column: pd.Series) -> pd.Series:
    """Rows of each value, the most frequent first, ties in the order of the text."""
    levels, level_of_row = _levels(column)
    counts = np.bincount(level_of_row[level_of_row >= 0], minlength=len(levels))
    series = pd.Series(counts, index=levels, dtype=np.int64)
    series = series[series > 0].sort_index()
    return series.sort_values(ascending=False, kind="stable")


def _stand_in(counts: pd.Series) -> str:
    """A word that is none of the real values."""
    word = STAND_IN
    while word in counts.index:
        word = f"({word})"
    return word


def _column(places: Codes, words: list[str], *, boolean: bool) -> pd.Series:
    if not boolean:
        categories = pd.Index(words, dtype=object)
        return pd.Series(pd.Categorical.from_codes(places, categories=categories))
    truth = np.array([word == "True" for word in words] + [False], dtype=np.bool_)
    return pd.Series(pd.arrays.BooleanArray(truth[places], places < 0))
