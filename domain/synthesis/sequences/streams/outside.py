"""Tables beside the stream (code books, the other ends of foreign keys), learned by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from domain.datasets.entities import Metadata, Tables
from domain.kernel import OnProgress
from domain.synthesis.catalogue import entry
from domain.synthesis.related import RelatedTables
from domain.synthesis.sequences.streams.plan import StreamPlan
from domain.synthesis.settings import SettingValue, with_defaults

_ENGINE = "autoregressive"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outside:
    """Groups of tables that refer to each other, and to none of the stream."""

    groups: tuple[RelatedTables, ...]
    fixed: tuple[bool, ...]
    """Of each group whether it has as many rows as were learned from, however many entities are
    asked for: so it is with code books."""

    def chunks(self, scale: float, seed: int, on_progress: OnProgress) -> Iterator[Tables]:
        """Typed rows of all tables, parents first; ``scale`` times as many as were learned from."""
        for place, (group, fixed) in enumerate(zip(self.groups, self.fixed, strict=True)):
            root = next(t for t in group.tables.values() if not t.foreign_keys)
            rows = None if fixed else round(root.model.rows * scale)
            yield from group.chunks(rows, seed + 100 + place, on_progress)

    def state(self) -> Mapping[str, Any]:
        return {"groups": [group.state() for group in self.groups], "fixed": list(self.fixed)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Outside:
        return cls(
            groups=tuple(RelatedTables.from_state(group) for group in state["groups"]),
            fixed=tuple(state["fixed"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedOutside:
    """What came of learning the tables beside the stream."""

    outside: Outside
    notes: tuple[str, ...]
    losses: Mapping[str, tuple[float, ...]]


def learn_outside(
    tables: Tables,
    held_out: Tables,
    metadata: Metadata,
    plan: StreamPlan,
    shared: frozenset[str],
    *,
    settings: Mapping[str, SettingValue],
    seed: int,
    on_progress: OnProgress,
    seconds: float = 0.0,
) -> LearnedOutside:
    """Learn every table that is not of the stream, with those that it is linked to. ``shared``:
    the stream's columns whose rows there stand for something that entities have in common.
    ``seconds`` for all of them together; 0: no limit."""
    inside = {plan.root.name, *(t.name for t in plan.tables)}
    books = {r.parent for t, r in plan.labels if t.called(r.column) in shared}
    own = with_defaults(entry(_ENGINE).plain_settings, {})
    own["rare_threshold"] = settings["rare_threshold"]
    groups, fixed, notes = [], [], []
    losses: dict[str, tuple[float, ...]] = {}
    linked = list(_linked([n for n in metadata.tables if n not in inside], metadata))
    own["max_seconds"] = seconds / max(len(linked), 1)
    for names in linked:
        learned = RelatedTables.fit(
            tables, _within(metadata, names), own, seed, on_progress, held_out=held_out
        )
        groups.append(learned.tables)
        fixed.append(bool(books & {*names}))
        prefix = f"Table “{names[0]}”: " if len(names) == 1 else ""
        notes += [prefix + note for note in learned.notes]
        losses |= learned.curves
    outside = Outside(groups=tuple(groups), fixed=tuple(fixed))
    return LearnedOutside(outside=outside, notes=tuple(notes), losses=losses)


def _within(metadata: Metadata, names: Sequence[str]) -> Metadata:
    return replace(
        metadata,
        tables={n: metadata.tables[n] for n in names},
        relationships=tuple(
            r
            for r in metadata.relationships
            if r.parent_table_name in names and r.child_table_name in names
        ),
    )


def _linked(names: Sequence[str], metadata: Metadata) -> Iterator[list[str]]:
    """Names of tables in groups that are linked with each other."""
    left = list(names)
    while left:
        group = [left[0]]
        for name in group:
            ends = [
                (r.parent_table_name, r.child_table_name)
                for r in metadata.relationships
                if name in (r.parent_table_name, r.child_table_name)
            ]
            group += [n for n in dict.fromkeys(sum(ends, ())) if n in left and n not in group]
        left = [n for n in left if n not in group]
        yield [n for n in names if n in group]


@dataclass(slots=True, kw_only=True, eq=False)
class Labels:
    """From labels in a stream to keys of the rows that they stand for, the same in all chunks."""

    keys: pd.Series
    rng: np.random.Generator
    given: dict[str, int] = field(default_factory=dict)
    """Rows of labels that were invented."""
    _left: list[int] = field(default_factory=list)

    def keys_of(self, labels: pd.Series) -> pd.Series:
        """The key of each label's row; missing where there is no label."""
        texts = labels.astype("string[pyarrow]")
        rows = {text: self._row(text) for text in texts.dropna().unique()}
        places = texts.map(rows).fillna(-1).to_numpy(np.int64)
        return self.keys.reset_index(drop=True).reindex(places).reset_index(drop=True)

    def _row(self, label: str) -> int:
        """The number itself where it is one of a row, else the next row that none has had yet."""
        if label.isascii() and label.isdigit() and int(label) < len(self.keys):
            return int(label)
        if label not in self.given:
            if not self._left:
                self._left = self.rng.permutation(len(self.keys)).tolist()
            self.given[label] = self._left.pop() if self._left else -1
        return self.given[label]
