"""Flags that exclude one another (one-hot columns), learned as the one category they spell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, PiiAction, SdType
from domain.synthesis.conditions import Condition, Operator
from domain.synthesis.encoding.codec import Codec

_FEWEST = 3
"""Two flags that exclude one another are one column and its opposite: learned well as they are."""
_KINDS = (SdType.INTEGER, SdType.FLOAT, SdType.BOOLEAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagGroup:
    """Neighbouring columns of which exactly one is 1 in every row, the others 0."""

    columns: tuple[str, ...]
    dtypes: tuple[str, ...]

    @property
    def spec(self) -> ColumnSpec:
        """The category that says which column is 1, named after the first of them."""
        return ColumnSpec(name=self.columns[0], sdtype=SdType.CATEGORICAL)

    def folded(self, frame: pd.DataFrame) -> pd.Series:
        """The place, among the columns, of the one that is 1."""
        truth = np.column_stack([_truth(frame[name].fillna(0)) for name in self.columns])
        return pd.Series(pd.Categorical(truth.argmax(axis=1).astype(str)))

    def spelt(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """In which rows exactly one of the columns is 1."""
        truth = np.column_stack([_truth(frame[name].fillna(0)) for name in self.columns])
        return np.asarray(truth.sum(axis=1) == 1)

    def deduced(self, frame: pd.DataFrame) -> dict[str, pd.Series]:
        """The columns with the gaps that given cells decide: beside a 1 all others are 0, and
        where all others are 0 the last is 1."""
        one = self.spelt(frame)
        last = ~one & (self._zeros(frame).sum(axis=1) == len(self.columns) - 1)
        flag = pd.Series(last.astype(int), index=frame.index)
        return {
            name: frame[name].mask(frame[name].isna() & (one | last), flag.astype(dtype))  # type: ignore[call-overload]
            for name, dtype in zip(self.columns, self.dtypes, strict=True)
        }

    def ruled_out(self, frame: pd.DataFrame, codec: Codec) -> NDArray[np.bool_]:
        """Which codes of the category the given zeros of each row leave no room for: shape
        (rows, codes). None in a row that leaves room for no code."""
        places = pd.Series(pd.Categorical([str(place) for place in range(len(self.columns))]))
        known = codec.knows(places)
        codes = codec.encode(places)[known]
        ruled = np.zeros((len(frame), codec.size), dtype=np.bool_)
        ruled[:, codes] = self._zeros(frame)[:, known]
        return ruled & ~ruled[:, codes].all(axis=1, keepdims=True)

    def _zeros(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Where a flag is given as 0."""
        return np.column_stack([~_truth(frame[name].fillna(1)) for name in self.columns])

    def unfolded(self, places: pd.Series) -> dict[str, pd.Series]:
        """The columns again, each in its own type."""
        texts = places.astype(str).to_numpy()
        return {
            name: pd.Series(texts == str(place)).astype(int).astype(dtype)  # type: ignore[call-overload]
            for place, (name, dtype) in enumerate(zip(self.columns, self.dtypes, strict=True))
        }

    def allowed(
        self, all_of: Sequence[Condition], none_of: Sequence[Condition], codec: Codec
    ) -> NDArray[np.float64]:
        """Which codes of the category leave every flag as the conditions want it."""
        places = np.arange(len(self.columns))
        inside = np.ones(len(places), dtype=np.bool_)
        for condition in all_of:
            inside &= _flag_is(condition, places == self.columns.index(condition.column))
        for condition in none_of:
            inside &= ~_flag_is(condition, places == self.columns.index(condition.column))
        kept = tuple(str(place) for place in np.flatnonzero(inside))
        wanted = Condition(column=self.columns[0], test=Operator.IS, values=kept)
        return codec.allowed([wanted], []).weights

    def state(self) -> Mapping[str, Any]:
        return {"columns": list(self.columns), "dtypes": list(self.dtypes)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> FlagGroup:
        return cls(columns=tuple(state["columns"]), dtypes=tuple(state["dtypes"]))


def flag_groups(
    frame: pd.DataFrame, specs: Iterable[ColumnSpec], primary_key: str | None
) -> list[FlagGroup]:
    """Runs of neighbouring flags that exclude one another and leave no row without one.

    A run ends where it is complete, so that two groups side by side stay two.
    """
    groups: list[FlagGroup] = []
    run: list[str] = []
    covered = np.zeros(len(frame), dtype=np.bool_)
    for spec in specs:
        truth = _flag(frame[spec.name], spec) if spec.name != primary_key else None
        if truth is None or (covered & truth).any():
            run, covered = [], np.zeros(len(frame), dtype=np.bool_)
        if truth is None:
            continue
        run.append(spec.name)
        covered = covered | truth
        if covered.all():
            if len(run) >= _FEWEST:
                dtypes = tuple(str(frame[name].dtype) for name in run)
                groups.append(FlagGroup(columns=tuple(run), dtypes=dtypes))
            run, covered = [], np.zeros(len(frame), dtype=np.bool_)
    return groups


def _flag_is(condition: Condition, flag: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a flag fulfils a condition; a flag is never missing."""
    words = {"true": 1.0, "false": 0.0}
    values = [words[v] if v in words else float(v) for v in condition.values]
    number = flag.astype(np.float64)
    match condition.test:
        case Operator.IS:
            return np.isin(number, values)
        case Operator.NOT:
            return ~np.isin(number, values)
        case Operator.MISSING | Operator.PRESENT:
            return np.full(len(flag), condition.test is Operator.PRESENT)
        case Operator.ABOVE:
            return number > values[0]
        case Operator.AT_LEAST:
            return number >= values[0]
        case Operator.BELOW:
            return number < values[0]
        case _:
            return number <= values[0]


def _flag(column: pd.Series, spec: ColumnSpec) -> NDArray[np.bool_] | None:
    """Where the column is 1, if it holds nothing but 0 and 1."""
    kept = spec.sdtype in _KINDS and spec.pii_action is PiiAction.KEEP
    if not kept or column.isna().any() or not column.isin([0, 1]).all():
        return None
    return _truth(column)


def _truth(column: pd.Series) -> NDArray[np.bool_]:
    return column.to_numpy(np.float64) == 1
