"""Events gathered into one row a person: what their whole history comes to, in a few figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, PiiAction, SdType, SequenceKeys, TableMetadata
from domain.evaluation.comparison import FEW_SHARED, Comparison, compare
from domain.evaluation.report import Score
from domain.evaluation.spec import EvaluationSpec

_NUMBERS = frozenset({SdType.INTEGER, SdType.FLOAT})
_WORDS = frozenset({SdType.CATEGORICAL, SdType.BOOLEAN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Which figures tell a history: the same for all sides, decided by the real rows."""

    entity: str
    """The column that says whose a row is."""
    time: str | None
    """The column that orders a person's rows; without one they are in the order of the file."""
    constant: tuple[ColumnSpec, ...]
    """Attributes that never change within a person's rows: kept as they are."""
    numbers: tuple[ColumnSpec, ...]
    words: tuple[ColumnSpec, ...]
    times: tuple[ColumnSpec, ...]

    @classmethod
    def of(
        cls, table: TableMetadata, entity: str, time: str | None, *real: pd.DataFrame
    ) -> Histories:
        """What to tell of the histories in typed ``real`` frames of ``table``."""
        specs = [
            s for s in table.kept if s.name != entity and s.pii_action is not PiiAction.SURROGATE
        ]
        told = [s for s in specs if s.sdtype in _NUMBERS | _WORDS | {SdType.DATETIME}]
        fixed = [s for s in told if s.name != time and _is_constant(s.name, entity, real)]
        events = [s for s in told if s not in fixed]
        times = [s for s in events if s.sdtype is SdType.DATETIME or s.name == time]
        return cls(
            entity=entity,
            time=time if any(s.name == time for s in times) else None,
            constant=tuple(fixed),
            numbers=tuple(s for s in events if s.sdtype in _NUMBERS and s not in times),
            words=tuple(s for s in events if s.sdtype in _WORDS and s not in times),
            times=tuple(times),
        )

    @property
    def table(self) -> TableMetadata:
        """The columns of :meth:`told`."""
        return TableMetadata(columns=tuple(self._specs()))

    def _specs(self) -> Iterator[ColumnSpec]:
        yield ColumnSpec(name=f"{self.entity}: rows", sdtype=SdType.INTEGER)
        yield from (replace(s, unique=False) for s in self.constant)
        for spec in self.numbers:
            yield from (_figure(spec, w) for w in ("mean", "lowest", "highest", "spread", "last"))
        for spec in self.words:
            kind = SdType.CATEGORICAL
            yield replace(spec, name=f"{spec.name}: commonest", sdtype=kind, unique=False)
            yield ColumnSpec(name=f"{spec.name}: different", sdtype=SdType.INTEGER)
        for spec in self.times:
            yield replace(spec, name=f"{spec.name}: first", unique=False)
            yield from (_figure(spec, w) for w in ("span", "typical gap", "longest gap"))

    def told(self, frame: pd.DataFrame) -> pd.DataFrame:
        """One row a person, in the order of their identifiers; rows of nobody are left out."""
        frame = frame[frame[self.entity].notna()]
        if self.time:
            frame = frame.sort_values(self.time, kind="stable")
        people, _ = pd.factorize(frame[self.entity].astype(object).astype(str), sort=True)
        by = pd.Series(people, index=frame.index)
        columns = {f"{self.entity}: rows": by.groupby(by).size().astype("Int64")}
        for spec in self.constant:
            columns[spec.name] = frame[spec.name].groupby(by).first()
        for spec in self.numbers:
            columns |= _of_numbers(spec.name, _floats(frame[spec.name]), by)
        for spec in self.words:
            columns |= _of_words(spec.name, frame[spec.name], by)
        for spec in self.times:
            columns |= _of_times(spec.name, frame[spec.name], by)
        return pd.DataFrame(columns).reset_index(drop=True)


def _figure(spec: ColumnSpec, what: str) -> ColumnSpec:
    return ColumnSpec(name=f"{spec.name}: {what}", sdtype=SdType.FLOAT)


def _is_constant(column: str, entity: str, frames: tuple[pd.DataFrame, ...]) -> bool:
    return all(
        frame.groupby(entity, observed=True)[column].nunique(dropna=False).max() <= 1
        for frame in frames
        if len(frame)
    )


def _floats(column: pd.Series) -> pd.Series:
    if column.dtype.kind == "M":
        seconds = column.astype("datetime64[ns]").astype("int64") / 1e9
        return seconds.where(column.notna())
    return pd.Series(column.to_numpy(float, na_value=np.nan), index=column.index)


def _of_numbers(name: str, values: pd.Series, by: pd.Series) -> dict[str, pd.Series]:
    groups = values.groupby(by)
    return {
        f"{name}: mean": groups.mean(),
        f"{name}: lowest": groups.min(),
        f"{name}: highest": groups.max(),
        f"{name}: spread": groups.std(ddof=0),
        f"{name}: last": groups.last(),
    }


def _of_words(name: str, column: pd.Series, by: pd.Series) -> dict[str, pd.Series]:
    """The commonest word (of equally common ones the first by the alphabet), and how many."""
    words = column.astype(object).where(column.notna())
    known = pd.DataFrame({"by": by, "word": words}).dropna()
    known["word"] = known["word"].astype(str)
    counts = known.groupby(["by", "word"]).size().reset_index(name="times")
    counts = counts.sort_values(["times", "word"], ascending=[False, True], kind="stable")
    people = np.unique(by)
    return {
        f"{name}: commonest": counts.drop_duplicates("by").set_index("by")["word"].reindex(people),
        f"{name}: different": counts.groupby("by").size().reindex(people, fill_value=0),
    }


def _of_times(name: str, column: pd.Series, by: pd.Series) -> dict[str, pd.Series]:
    """The beginning; then the span and the gaps, in seconds (or the time column's own unit)."""
    moments = _floats(column).sort_values(kind="stable")
    by = by.loc[moments.index]
    groups, gaps = moments.groupby(by), moments.groupby(by).diff().groupby(by)
    return {
        f"{name}: first": column.groupby(by.sort_index()).min(),
        f"{name}: span": groups.max() - groups.min(),
        f"{name}: typical gap": gaps.median(),
        f"{name}: longest gap": gaps.max(),
    }


def owners_of(table: TableMetadata, asked: EvaluationSpec) -> SequenceKeys:
    """Whose the rows of ``table`` are: as asked, else as the table's events were confirmed.

    Whoever attacks a log attacks the person behind several rows, and rows of one person are no
    independent people: counted one by one they would look leaked where nothing is.
    """
    keys = table.sequence or SequenceKeys()
    columns = {spec.name for spec in table.columns}
    return SequenceKeys(
        entity=asked.entity if asked.entity in columns else keys.entity,
        time=asked.time if asked.time in columns else keys.time,
    )


def has_histories(frame: pd.DataFrame, entity: str) -> bool:
    """Whether somebody has several rows: else a row is a person already."""
    return entity in frame and bool(frame[entity].duplicated().any())


def compare_histories(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    synthetic: pd.DataFrame,
    table: TableMetadata,
    *,
    entity: str,
    time: str | None,
    seed: int,
    prefix: str = "",
    unseen: bool = True,
) -> Comparison:
    """Three sides of events as a :class:`Comparison` of people, one row for each.

    Held-out people who were trained on too are left out where they are few; where they are many,
    the comparison says so (see :attr:`Comparison.met`).
    """
    histories = Histories.of(table, entity, time, train, holdout)
    holdout, shared = strangers_in(holdout, train, entity)
    told = [histories.told(s) if len(s) else pd.DataFrame() for s in (train, holdout, synthetic)]
    compared = compare(
        told[0], told[1], told[2], histories.table, seed=seed, prefix=prefix, unseen=unseen
    )
    return replace(compared, entity=entity, shared_people=shared)


def strangers_in(
    holdout: pd.DataFrame, train: pd.DataFrame, entity: str
) -> tuple[pd.DataFrame, float]:
    """The held-out rows less those of people with rows in ``train``, where these are few; and
    their share of all held-out people."""
    shared = _shared(train, holdout, entity)
    if 0 < shared <= FEW_SHARED:
        return holdout[~holdout[entity].isin(train[entity])], shared
    return holdout, shared


def _shared(train: pd.DataFrame, holdout: pd.DataFrame, entity: str) -> float:
    """Of the held-out people, the share of whom other rows were trained on."""
    if not len(holdout):
        return 0.0
    people = holdout[entity].dropna().drop_duplicates()
    return float(people.isin(train[entity].dropna()).mean()) if len(people) else 0.0


def told_of_people(
    measure: Callable[[Comparison], tuple[Score, ...]], comparison: Comparison
) -> tuple[Score, ...]:
    """The scores of ``measure``, whose sentences speak of histories where rows are that."""
    scores = measure(comparison)
    if not comparison.entity:
        return scores
    return tuple(replace(s, sentence=_of_histories(s.sentence)) for s in scores)


def _of_histories(sentence: str) -> str:
    return re.sub(r"\brow\b", "history", re.sub(r"\brows\b", "histories", sentence))
