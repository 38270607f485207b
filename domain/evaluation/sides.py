"""The sides of every table, as likeness, attacks and whole people are measured on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from domain.datasets.entities import Metadata, SequenceKeys, Tables
from domain.datasets.set_aside import why_unsplit
from domain.evaluation.alike import AlikeRows
from domain.evaluation.comparison import Comparison, compare
from domain.evaluation.report import Backing
from domain.evaluation.spec import EvaluationSpec
from domain.evaluation.whole_entities import compare_histories, has_histories, owners_of

Comparisons = Mapping[str, Comparison]
"""By table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Real, held-out and synthetic rows of all tables, ready to be compared."""

    alike: Comparisons
    """With real rows that are like those that were asked for."""
    people: Comparisons
    """With all real rows that fulfil the conditions; one row a person where rows are events."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of held-out rows that were trained on, and where none could be
        held out."""
        compared = [c for side in (self.alike, self.people) for c in side.values()]
        found = (*(c.seen_note for c in compared), *(c.unsplit for c in compared))
        return tuple(dict.fromkeys(filter(None, found)))

    @property
    def backing(self) -> tuple[Backing, ...]:
        """How many real people each table's figures rest on, at the fewest."""
        return tuple(_backing(rows, self.people[name]) for name, rows in self.alike.items())

    @classmethod
    def of(
        cls,
        real: AlikeRows,
        synthetic: Tables,
        metadata: Metadata,
        asked: EvaluationSpec,
        *,
        conditioned: bool,
        seed: int,
        unseen: bool,
    ) -> Sides:
        """``conditioned``: whether the twin was drawn under conditions or other shares."""
        among = _Among(synthetic=synthetic, metadata=metadata, seed=seed, unseen=unseen)
        alike = among.rows(real.train, real.holdout)
        everyone = among.rows(real.all_train, real.all_holdout) if conditioned else alike
        histories = among.histories(real.all_train, real.all_holdout, asked)
        return cls(alike=alike, people={**everyone, **histories})


def _backing(*compared: Comparison) -> Backing:
    return Backing(
        table=compared[0].prefix.rstrip("/"),
        trained=min(filter(None, (len(c.train) for c in compared)), default=0),
        held_out=min(filter(None, (len(c.holdout) for c in compared)), default=0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Among:
    """What all comparisons of an evaluation share."""

    synthetic: Tables
    metadata: Metadata
    seed: int
    unseen: bool

    def rows(self, train: Tables, holdout: Tables) -> dict[str, Comparison]:
        """Every table, row by row."""
        return {
            name: self._rows(name, train[name], holdout.get(name)) for name in self.metadata.tables
        }

    def _rows(self, name: str, train: pd.DataFrame, holdout: pd.DataFrame | None) -> Comparison:
        compared = compare(
            train,
            pd.DataFrame() if holdout is None else holdout,
            self.synthetic[name],
            self.metadata.tables[name],
            seed=self.seed,
            prefix=self._prefix(name),
            unseen=self.unseen,
        )
        compared = replace(compared, unsplit=self._unsplit(name, train, holdout))
        if holdout is not None and self._is_code_book(name) and train.equals(holdout):
            return replace(compared, seen_share=0.0, seen_at=())
        return compared.without_seen()

    def _is_code_book(self, name: str) -> bool:
        """Whether others refer to it: a split gives both sides the whole of a code book."""
        return any(link.parent_table_name == name for link in self.metadata.relationships)

    def histories(
        self, train: Tables, holdout: Tables, asked: EvaluationSpec
    ) -> dict[str, Comparison]:
        """The tables in which people have several rows, one row a person."""
        for named in filter(None, (asked.entity, asked.time)):
            self.metadata.table_with(named)
        return {
            name: self._histories(name, train[name], holdout.get(name), keys)
            for name, table in self.metadata.tables.items()
            if (keys := owners_of(table, asked)).entity and has_histories(train[name], keys.entity)
        }

    def _histories(
        self, name: str, train: pd.DataFrame, holdout: pd.DataFrame | None, keys: SequenceKeys
    ) -> Comparison:
        compared = compare_histories(
            train,
            pd.DataFrame() if holdout is None else holdout,
            self.synthetic[name],
            self.metadata.tables[name],
            entity=keys.entity or "",
            time=keys.time,
            seed=self.seed,
            prefix=self._prefix(name),
            unseen=self.unseen,
        ).without_seen()
        return replace(compared, unsplit=self._unsplit(name, train, holdout))

    def _unsplit(self, name: str, train: pd.DataFrame, holdout: pd.DataFrame | None) -> str:
        return why_unsplit(train, holdout, self.metadata.tables[name].sequence)

    def _prefix(self, name: str) -> str:
        return "" if self.metadata.only_table else f"{name}/"
