"""Real rows like those that were asked for, so that a conditioned twin is compared fairly.

A twin of women over 65 is compared with real women over 65; a twin whose frauds are ten times as
frequent, with real rows drawn down until frauds are as frequent among them. Rows are only left
out, never repeated: a repeated real row would look like a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import Metadata, Relationship, Tables
from domain.evaluation.report import ShareShift
from domain.synthesis.condition_rows import by_table, matching, table_of
from domain.synthesis.condition_text import written
from domain.synthesis.conditions import Condition, Operator, SampleSpec
from domain.synthesis.spec_wording import filling_sentences, length_sentences

MIN_ROWS = 50
"""With fewer real rows left, a comparison says more about chance than about the twin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeRows:
    """The real rows to compare with, and what a reader must know about them."""

    train: Tables
    holdout: Tables
    """Fulfil the conditions and, where shares were changed, come in the twin's shares."""
    all_train: Tables
    all_holdout: Tables
    """Fulfil the conditions: distances to real people are measured to all of them."""
    notes: tuple[str, ...] = ()
    shifts: tuple[ShareShift, ...] = ()
    too_few: str = ""
    """Why likeness cannot be measured; empty when it can."""


def alike_rows(
    spec: SampleSpec,
    train: Tables,
    holdout: Tables,
    synthetic: Tables,
    metadata: Metadata,
    *,
    seed: int,
) -> AlikeRows:
    """The real rows that a twin drawn under ``spec`` is compared with; all for a plain one."""
    if not spec.columns:
        return AlikeRows(
            train=train,
            holdout=holdout,
            all_train=train,
            all_holdout=holdout,
            notes=(*_length_notes(spec), *filling_sentences(spec)),
        )
    spoken = _Spoken(spec, metadata)
    fulfilling = [_fulfilling(side, spec.where, metadata) for side in (train, holdout)]
    compared = [_complete_where_filled(side, spec, metadata) for side in fulfilling]
    shared = [spoken.in_shares_of(synthetic, side, seed) for side in compared]
    table = spoken.table
    left = tuple(len(side.get(table, ())) for side in shared)
    if len(holdout.get(table, ())) > 0 and left[1] < MIN_ROWS:
        shared[1] = {name: frame.iloc[:0] for name, frame in shared[1].items()}
    return AlikeRows(
        train=shared[0],
        holdout=shared[1],
        all_train=fulfilling[0],
        all_holdout=fulfilling[1],
        notes=tuple(_notes(spec, *left, had_held=len(holdout.get(table, ())) > 0)),
        shifts=tuple(spoken.shifts(train, fulfilling[0], synthetic)),
        too_few=_too_few(left[0]),
    )


def _fulfilling(
    tables: Tables, where: tuple[Condition, ...], metadata: Metadata
) -> dict[str, pd.DataFrame]:
    """The rows that fulfil the conditions, and of their children those that have a parent left."""
    kept = dict(tables)
    for name, conditions in by_table(where, metadata).items():
        if name in kept and len(kept[name]):
            kept[name] = kept[name][matching(kept[name], conditions)]
    for _ in metadata.tables:  # each round reaches one generation further down
        for link in metadata.relationships:
            _drop_orphans(kept, tables, link)
    return {name: frame.reset_index(drop=True) for name, frame in kept.items()}


def _drop_orphans(kept: dict[str, pd.DataFrame], whole: Tables, link: Relationship) -> None:
    parent, child = kept.get(link.parent_table_name), kept.get(link.child_table_name)
    if parent is None or child is None or len(parent) == len(whole[link.parent_table_name]):
        return
    has_parent = child[link.child_foreign_key].isin(parent[link.parent_primary_key])
    kept[link.child_table_name] = child[has_parent.to_numpy()]


def _complete_where_filled(
    tables: Tables, spec: SampleSpec, metadata: Metadata
) -> dict[str, pd.DataFrame]:
    """Rows without gaps in the columns that were filled in, where enough of them are left."""
    present = tuple(Condition(column=c, test=Operator.PRESENT) for c in spec.impute)
    found = dict(tables)
    for name, conditions in by_table(present, metadata).items():
        if name in found and len(found[name]):
            complete = found[name][matching(found[name], conditions)].reset_index(drop=True)
            found[name] = complete if len(complete) >= MIN_ROWS else found[name]
    return found


class _Spoken:
    """What the spec says about shares: of which rows, in which table."""

    def __init__(self, spec: SampleSpec, metadata: Metadata) -> None:
        self._where = spec.where
        self._conditions = tuple(a.condition for a in spec.amplify)
        if spec.stratify:
            self._conditions += tuple(
                Condition(column=spec.stratify.column, test=Operator.IS, values=(value,))
                for value in spec.stratify.shares
            )
        changed = self._conditions[0].column if self._conditions else spec.columns[0]
        self.table = table_of(changed, metadata)
        self._local = by_table(self._conditions, metadata).get(self.table, ())
        self._metadata = metadata

    def in_shares_of(self, synthetic: Tables, real: Tables, seed: int) -> dict[str, pd.DataFrame]:
        """The real tables, drawn down until the named rows are as frequent as in the twin."""
        found = dict(real)
        frame = found.get(self.table)
        if not self._local or frame is None or not len(frame):
            return found
        shares = np.bincount(self._groups(synthetic[self.table]), minlength=len(self._local) + 1)
        shares = shares / shares.sum()
        keep = _drawn_down(self._groups(frame), shares, np.random.default_rng(seed))
        found[self.table] = frame.iloc[keep].reset_index(drop=True)
        for link in self._metadata.relationships:
            _drop_orphans(found, real, link)
        return found

    def _groups(self, frame: pd.DataFrame) -> NDArray[np.int64]:
        """For each row the first named condition it fulfils, counted from 1; 0 for none."""
        groups = np.zeros(len(frame), dtype=np.int64)
        for number, condition in reversed(list(enumerate(self._local, 1))):
            groups[matching(frame, [condition])] = number
        return groups

    def shifts(self, train: Tables, fulfilling: Tables, synthetic: Tables) -> Iterator[ShareShift]:
        """Shares learned and drawn: of the conditions together, then of each named group."""
        for name, conditions in by_table(self._where, self._metadata).items():
            what = " and ".join(written(c) for c in conditions)
            yield _shift(what, conditions, train[name], synthetic[name])
        for condition, local in zip(self._conditions, self._local, strict=True):
            yield _shift(
                written(condition), (local,), fulfilling[self.table], synthetic[self.table]
            )


def _shift(
    what: str, conditions: tuple[Condition, ...], real: pd.DataFrame, synthetic: pd.DataFrame
) -> ShareShift:
    learned, drawn = (
        matching(frame, conditions) if len(frame) else np.zeros(1, bool)
        for frame in (real, synthetic)
    )
    return ShareShift(
        what=what,
        learned=float(learned.mean()),
        drawn=float(drawn.mean()),
        rows=int(learned.sum()),
    )


def _drawn_down(
    groups: NDArray[np.int64], shares: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.int64]:
    """Places of the most rows whose groups have the given shares, in their old order."""
    counts = np.bincount(groups, minlength=len(shares))
    wanted = shares > 0
    rows = float((counts[wanted] / shares[wanted]).min()) if wanted.any() else 0.0
    kept = [
        random.permutation(np.flatnonzero(groups == group))[: int(rows * share)]
        for group, share in enumerate(shares)
    ]
    return np.sort(np.concatenate(kept))


def _notes(spec: SampleSpec, train: int, holdout: int, *, had_held: bool) -> Iterator[str]:
    rows = f"{train:,} training and {holdout:,} held-out rows"
    measured = train >= MIN_ROWS
    if spec.where:
        conditions = "; ".join(written(c) for c in spec.where)
        yield f"This twin was drawn under conditions ({conditions}), so " + (
            f"it is compared with real rows that fulfil them, not with the whole table: {rows}."
            if measured
            else f"only real rows that fulfil them could be compared with: {rows}."
        )
    if spec.changes_shares:
        yield (
            "Shares were changed on purpose. For a fair comparison real rows were drawn down to "
            f"the shares of the twin: {rows}; distances to real rows are measured to all of them."
        )
    yield from _length_notes(spec)
    yield from filling_sentences(spec)
    if spec.impute:
        yield (
            "Where enough real rows have no gap in the columns that were filled in, the twin is "
            "compared with those."
        )
    if had_held and holdout < MIN_ROWS and measured:
        yield (
            f"Fewer than {MIN_ROWS} held-out rows are left for this comparison, so the twin is "
            "compared with training rows."
        )


def _length_notes(spec: SampleSpec) -> Iterator[str]:
    if spec.lengths is not None:
        asked = " ".join(length_sentences(spec.lengths))
        yield (
            f"The length of histories was set on purpose ({asked.rstrip('.')}); they are compared "
            "with real ones as they are, so what depends on lengths or dates differs."
        )


def _too_few(rows: int) -> str:
    if rows >= MIN_ROWS:
        return ""
    return (
        f"Not measured: only {rows} real training rows are left to compare with under the "
        f"conditions and shares of this twin, and {MIN_ROWS} are needed; evaluate a sample of the "
        "same run without conditions."
    )
