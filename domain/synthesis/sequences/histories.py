"""A table of events as histories: sorted by whose they are and by time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import SequenceKeys

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histories:
    """Rows sorted by entity (in the order in which they appear) and time; equal times keep the
    order of the file."""

    rows: pd.DataFrame
    owner: Whole
    """Which entity each row belongs to, 0 to ``len(starts) - 1``."""
    starts: Whole
    lengths: Whole
    time: str | None
    """The column that says when."""
    left_out: int
    """Rows without an entity or without a time."""
    among: int = 0
    """Entities of the whole log, where these are some of its rows."""

    @classmethod
    def of(cls, frame: pd.DataFrame, keys: SequenceKeys) -> Histories:
        """Sort a typed frame; rows that say not whose they are, or not when, are left out."""
        named = [key for key in (keys.entity, keys.time) if key is not None]
        kept = frame.dropna(subset=named) if named else frame
        owner = np.zeros(len(kept), dtype=np.int64)
        if keys.entity is not None:
            owner = pd.factorize(kept[keys.entity].astype(object))[0].astype(np.int64)
        moments = np.zeros(len(kept), dtype=np.int64)
        if keys.time is not None:
            moments = kept[keys.time].to_numpy("datetime64[ns]").astype(np.int64)
        order = np.lexsort((np.arange(len(kept)), moments, owner))
        owner = owner[order]
        lengths = np.bincount(owner).astype(np.int64)
        return cls(
            rows=kept.iloc[order].reset_index(drop=True),
            owner=owner,
            starts=np.cumsum(lengths) - lengths,
            lengths=lengths,
            time=keys.time,
            left_out=len(frame) - len(kept),
        )

    @property
    def entities(self) -> int:
        return len(self.starts)

    @property
    def place(self) -> Whole:
        """The number of each row in its history, from 0."""
        return np.arange(len(self.owner)) - self.starts[self.owner]

    @property
    def left(self) -> Whole:
        """How many events of its history come from each row on, itself included."""
        return self.lengths[self.owner] - self.place

    def owners(self, rare_threshold: int) -> Whole | None:
        """Whose each row is, by which what is rare is counted; ``None`` where the whole log has
        fewer entities than ``rare_threshold``, and rows are counted."""
        return self.owner if max(self.among, self.entities) >= rare_threshold else None

    @property
    def firsts(self) -> pd.DataFrame:
        """The first event of every history."""
        return self.rows.iloc[self.starts].reset_index(drop=True)

    def only(self, chosen: NDArray[np.bool_]) -> Histories:
        """Some of the rows; histories without any are left out."""
        if chosen.all():
            return self
        owner = np.unique(self.owner[chosen], return_inverse=True)[1].astype(np.int64)
        lengths = np.bincount(owner).astype(np.int64)
        return Histories(
            rows=self.rows[chosen].reset_index(drop=True),
            owner=owner,
            starts=np.cumsum(lengths) - lengths,
            lengths=lengths,
            time=self.time,
            left_out=self.left_out,
            among=max(self.among, self.entities),
        )

    def followed_by(self, rows: pd.DataFrame, owner: Whole) -> pd.DataFrame:
        """The rows, with others of the same columns behind those of each entity; ``owner``: whose
        each of them is."""
        both = {name: _joined(self.rows[name], rows[name]) for name in self.rows.columns}
        order = np.argsort(np.concatenate([self.owner, owner]), kind="stable")
        return pd.DataFrame(both).iloc[order].reset_index(drop=True)

    def steady(self, column: str) -> bool:
        """Whether every history holds one value of ``column``, over several events."""
        values = self.rows[column]
        same = (values == values.shift()) | (values.isna() & values.shift().isna())
        return bool((same.fillna(False).to_numpy(np.bool_) | (self.place == 0)).all())


def _joined(given: pd.Series, more: pd.Series) -> pd.Series:
    """One typed column behind the other."""
    if isinstance(given.dtype, pd.CategoricalDtype):
        both = np.concatenate([given.astype(object), more.astype(object)])
        return pd.Series(pd.Categorical(both))
    return pd.concat([given, more.astype(given.dtype)], ignore_index=True)
