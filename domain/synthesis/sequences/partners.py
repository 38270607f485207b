"""Columns that another column says: what a code means, which organisation a provider belongs to.

Where in the learned rows the value of one column goes with one value of another (a functional
dependency, Armstrong 1974), a network that draws both sometimes pairs what never went together. So
the one is drawn, and the other is looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.sequences.columns import EventColumn

_Whole = NDArray[np.int64]

_MISTAKES = 0.01
"""Rows with another value than the commonest beside theirs, up to which that one is meant (some
texts were reworded), as a share of the rows that do not have the commonest value of all."""
_MOSTLY, _TESTED = 0.5, 20.0
"""At least this share of the rows has a value that comes again; if the columns had nothing to do
with each other, so many rows would have shown it."""
_LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partner:
    """A column, the one that says its value, and what goes with what.

    ``words`` has a value (``None``: missing) of ``column`` for each value of ``by`` that may be
    drawn. Without ``words`` one of both is invented, and the first value that was drawn beside
    an invented one stays with it.
    """

    column: str
    by: str
    boolean: bool = False
    words: Mapping[str, str | None] | None = None
    _met: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        pair: tuple[str, str],
        columns: Sequence[EventColumn],
        rows: pd.DataFrame,
        owners: _Whole | None,
        rare_threshold: int,
        *,
        boolean: bool,
    ) -> Partner:
        """What goes with the values of ``pair[1]`` that are drawn; ``rows``: the learned ones. What
        fewer ``owners`` have than the threshold (``None``: rows) is not kept."""
        column, by = pair
        codec = next(c.codec for c in columns if c.name == by)
        own = next((c.codec for c in columns if c.name == column), None)
        if not isinstance(codec, CategoryCodec) or not isinstance(own, CategoryCodec | None):
            return cls(column=column, by=by)
        if codec.stand_in:
            return cls(column=column, by=by, words={codec.stand_in: codec.stand_in})
        safe = {*codec.values, *codec.tail}
        found = _commonest(rows[by], rows[column], owners, rare_threshold)
        words = {value: word for value, word in found.items() if value in safe}
        return cls(column=column, by=by, boolean=boolean, words=words)

    def meet(self, frame: pd.DataFrame) -> None:
        """Keep what goes together in these rows, where it is not known beforehand."""
        pairs = frame[[self.by, self.column]].astype(object)
        pairs = pairs[pairs[self.by].notna()].drop_duplicates(self.by)
        for value, word in zip(pairs[self.by], pairs[self.column], strict=True):
            self._met.setdefault(value, word)

    def found(self, frame: pd.DataFrame) -> pd.Series:
        """The column of drawn rows."""
        if self.words is None:
            self.meet(frame)
        known = {**self._met, **(self.words or {})}
        places, levels = pd.factorize(frame[self.by], use_na_sentinel=True)
        words = np.array([*(known.get(level) for level in levels), None], dtype=object)
        return self._typed(words[places], frame)

    def _typed(self, words: NDArray[np.object_], frame: pd.DataFrame) -> pd.Series:
        drawn = frame.get(self.column)
        if self.boolean:
            truth = np.array([str(word) == "True" for word in words], dtype=np.bool_)
            return pd.Series(pd.arrays.BooleanArray(truth, pd.isna(words)), index=frame.index)
        if drawn is None or isinstance(drawn.dtype, pd.CategoricalDtype):
            return pd.Series(pd.Categorical(words), index=frame.index)
        return pd.Series(words, index=frame.index).astype(drawn.dtype)

    def state(self) -> Mapping[str, Any]:
        words = None if self.words is None else [[v, word] for v, word in self.words.items()]
        return {"column": self.column, "by": self.by, "boolean": self.boolean, "words": words}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Partner:
        words = None if state["words"] is None else dict(state["words"])
        return cls(**{**state, "words": words})


def pairs_of(rows: pd.DataFrame, names: Sequence[str]) -> list[tuple[str, str]]:
    """Which of the columns ``names`` are said by which other, as ``(column, by)``. Of two that
    say each other the first one stays; none that says another is said itself."""
    codes = {name: pd.factorize(rows[name].astype(object))[0].astype(np.int64) for name in names}
    found: dict[str, str] = {}
    for column in reversed(names):
        by = [n for n in names if n not in (column, *found) and column not in found.values()]
        sayers = {n: _mistakes(codes[n], codes[column]) for n in by}
        best = min(sayers, key=lambda n: sayers[n], default=None)
        if best is not None and sayers[best] <= _MISTAKES:
            found[column] = best
    return list(found.items())


def _mistakes(by: _Whole, column: _Whole) -> float:
    """Rows that looking up misses, as a share of those that the commonest value misses; 1 where
    ``by`` cannot say the column. Most pairs are told apart by their first rows."""
    if len(by) > _LOOKED_AT and _missed(by[:_LOOKED_AT], column[:_LOOKED_AT], 0.0) > 5 * _MISTAKES:
        return 1.0
    return _missed(by, column, _TESTED)


def _missed(by: _Whole, column: _Whole, tested: float) -> float:
    if (column[by < 0] >= 0).any():
        return 1.0
    there = by >= 0
    some, own = by[there], column[there] + 1
    counts = np.bincount(some)
    again = counts[some] > 1
    if not again.any() or again.mean() < _MOSTLY:
        return 1.0
    some, own = some[again], own[again]
    shares = np.bincount(own) / len(own)
    chance = float((len(own) - len(np.unique(some))) * (1 - (shares**2).sum()))
    others = len(own) * (1 - shares.max())
    if chance < tested or not others:
        return 1.0
    together, rows = np.unique(some * (own.max() + 1) + own, return_counts=True)
    most = np.zeros(len(counts), dtype=np.int64)
    np.maximum.at(most, together // (own.max() + 1), rows)
    return float((len(own) - most.sum()) / others)


def _commonest(
    by: pd.Series, column: pd.Series, owners: _Whole | None, rare_threshold: int
) -> dict[str, str | None]:
    """What stands beside each value of ``by`` most often."""
    frame = pd.DataFrame({"by": by.astype(object), "word": column.astype(object)})
    frame["owner"] = np.arange(len(frame)) if owners is None else owners
    frame = frame[frame["by"].notna()]
    groups = frame.groupby(["by", "word"], dropna=False, sort=False)["owner"].agg(
        ["size", "nunique"]
    )
    counts = groups.reset_index().sort_values("size", ascending=False, kind="stable")
    counts = counts.drop_duplicates("by")
    counts = counts[counts["nunique"] >= rare_threshold]
    words = zip(counts["by"], counts["word"], strict=True)
    return {str(value): None if pd.isna(word) else str(word) for value, word in words}
