"""Canaries: rows made up to be noticed, each among the training rows by a fair coin of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, TableMetadata
from domain.privacy.budget import PrivacySpec
from domain.privacy.contributions import unit_codes
from domain.synthesis.encoding.table import is_surrogate
from domain.synthesis.private_encoding.table import modelled, needs_discovery
from domain.synthesis.private_fit import keys_of

_BRINGS = 20
"""Times the rows that are kept of a unit: what a canary brings, so that a bound that is not kept
shows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Canaries:
    """Rows to learn from, and made-up units of privacy that may be put among them."""

    others: pd.DataFrame
    """Typed rows that are learned from in any case; no unit has more than are kept of it."""
    rows: pd.DataFrame
    """One typed row for each canary."""
    brings: int
    """How often a canary's row comes, where it comes at all."""

    @classmethod
    def among(
        cls,
        rows: pd.DataFrame,
        table: TableMetadata,
        privacy: PrivacySpec,
        count: int,
        rng: np.random.Generator,
    ) -> Canaries:
        """``count`` canaries for typed ``rows``.

        Every value of a column is used about equally often, so that rare ones come together
        where nobody else is. A column whose words have to be found gets a word of its own for
        every canary: it must never be told.
        """
        keys = keys_of(table, privacy)
        learned = modelled(table.columns, set(keys))
        to_find = [s.name for s in learned if needs_discovery(s, privacy.code_book)]
        named = {*keys, *(to_find[:1] if len(learned) > 1 else ())}
        made = {
            spec.name: _names(rows[spec.name], count)
            if spec.name in named
            else _values(rows[spec.name], spec, privacy, count, rng)
            for spec in table.columns
        }
        kept = _bounded(rows, privacy)[list(made)]
        whole = _joined(kept, pd.DataFrame(made))
        return cls(
            others=whole.iloc[: len(kept)],
            rows=whole.iloc[len(kept) :].reset_index(drop=True),
            brings=_BRINGS * privacy.rows_a_unit if privacy.entity else 1,
        )

    def learned(self, held: NDArray[np.bool_]) -> pd.DataFrame:
        """The training rows with the canaries that are ``held``."""
        places = np.repeat(np.flatnonzero(held), self.brings)
        return _joined(self.others, self.rows.iloc[places])


def _values(
    column: pd.Series,
    spec: ColumnSpec,
    privacy: PrivacySpec,
    count: int,
    rng: np.random.Generator,
) -> pd.Series:
    """Values that the column may hold, each about as often as any other."""
    book = privacy.code_book
    known = book.values.get(spec.name) if book and not is_surrogate(spec) else None
    distinct = column.dropna().drop_duplicates()
    if known and isinstance(column.dtype, pd.CategoricalDtype):
        distinct = pd.Series(known, dtype="category")
    if not len(distinct):
        return pd.Series(pd.NA, index=range(count), dtype=column.dtype)
    rounds = [rng.permutation(len(distinct)) for _ in range(-(-count // len(distinct)))]
    return distinct.iloc[np.concatenate(rounds)[:count]].reset_index(drop=True)


def _names(column: pd.Series, count: int) -> pd.Series:
    """A value of its own for every canary, that no row has."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        latest = column.max() if column.notna().any() else pd.Timestamp("2000-01-01")
        return pd.Series(latest + pd.to_timedelta(np.arange(1, count + 1), unit="D"))
    if pd.api.types.is_numeric_dtype(column.dtype):
        highest = int(column.max()) if column.notna().any() else 0
        return pd.Series(highest + np.arange(1, count + 1)).astype(column.dtype)
    texts = [f"canary {place}" for place in range(count)]
    is_category = isinstance(column.dtype, pd.CategoricalDtype)
    return pd.Series(texts, dtype="category" if is_category else column.dtype)


def _bounded(rows: pd.DataFrame, privacy: PrivacySpec) -> pd.DataFrame:
    """No more rows of a unit than a fit keeps: what is kept of the others is then known."""
    if privacy.entity is None:
        return rows.reset_index(drop=True)
    units = pd.Series(unit_codes(rows[privacy.entity]), index=rows.index)
    first = units.groupby(units).cumcount() < privacy.rows_a_unit
    return rows[first].reset_index(drop=True)


def _joined(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Rows below rows, in the types of the first."""
    return pd.DataFrame({name: _below([one[name], other[name]]) for name in one.columns})


def _below(parts: Sequence[pd.Series]) -> pd.Series:
    if isinstance(parts[0].dtype, pd.CategoricalDtype):
        texts = pd.concat([part.astype(object) for part in parts], ignore_index=True)
        return texts.astype("category")
    return pd.concat(parts, ignore_index=True).astype(parts[0].dtype)
